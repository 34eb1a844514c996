/**
 * What OBJECT ENCODING says of a set. It follows Redis's thresholds and is remembered, not derived: it only ever changes
 * from intset to listpack to hashtable while members come, and never back when they go.
 */
import { KIND_MARK, KIND_MARKS, KIND_SECOND_MARK } from "../../memory/entry.ts";
import type { Table } from "../../memory/table.ts";
import { SET } from "../type.ts";
import type { BigSet } from "./big-set.ts";

export const INTSET = 0;
export const LISTPACK = 1;
export const HASHTABLE = 2;

const NAMES = ["intset", "listpack", "hashtable"];

/** Kinds of inline sets: those of strings remember their encoding; one of integers is always an intset. */
export const LISTPACK_KIND = SET;
export const HASHTABLE_KIND = SET | KIND_SECOND_MARK;
export const INTEGERS_KIND = SET | KIND_MARK;
/** Integers of eight bytes. */
export const WIDE_INTEGERS_KIND = SET | KIND_MARKS;

/** Of the set at the table's cursor. */
export function setEncoding(table: Table): string {
	if (table.isExternal()) return NAMES[(table.external() as BigSet).encoding]!;
	const kind = table.kind();
	if ((kind & KIND_MARK) !== 0) return NAMES[INTSET]!;
	return NAMES[(kind & KIND_SECOND_MARK) === 0 ? LISTPACK : HASHTABLE]!;
}
