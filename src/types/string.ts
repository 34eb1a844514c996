import { isInt64 } from "../bytes/int64.ts";
import { INLINE_VALUE_MAX, KIND_MARK, KIND_MARKS, KIND_SECOND_MARK } from "../memory/entry.ts";
import type { LongString } from "../memory/long-string.ts";
import type { Table } from "../memory/table.ts";
import { STRING } from "./type.ts";

/**
 * Strings: up to INLINE_VALUE_MAX bytes in the slab, longer ones in a LongString behind a handle.
 *
 * Numbers are kept as the text they came as, so reading never formats. What OBJECT ENCODING answers follows from the text:
 * "int" where it is a canonical int64, "embstr" up to 44 bytes, "raw" beyond; the marks of the
 * kind byte say where it is otherwise, such as for a string that was changed in place (APPEND, SETRANGE).
 */
export const STRING_KIND = STRING;
export const RAW_STRING_KIND = STRING | KIND_MARK;
/** Never "int": what INCRBYFLOAT leaves behind. */
export const EMBEDDED_STRING_KIND = STRING | KIND_SECOND_MARK;
/** Like STRING_KIND, but not one of the small integers that Redis shares: what COPY leaves behind. */
export const PRIVATE_STRING_KIND = STRING | KIND_MARKS;

const EMBEDDED_BYTES_MAX = 44;
/** Longest decimal int64. */
const INTEGER_BYTES_MAX = 20;

/** A range of bytes where a string lies at the moment; good until the next change of its table. */
export class StringView {
	bytes: Uint8Array;
	start: number;
	length: number;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.length = 0;
	}

	/** Points at the string at the table's cursor. */
	load(table: Table): void {
		if (table.isExternal()) {
			const string = table.external() as LongString;
			this.bytes = string.bytes;
			this.start = 0;
			this.length = string.length;
			return;
		}
		this.bytes = table.segment.slab;
		this.start = table.valueStart();
		this.length = table.valueLength();
	}
}

export function stringEncoding(kind: number, view: StringView): string {
	const { bytes, start, length } = view;
	const marks = kind & KIND_MARKS;
	if (marks === KIND_MARK) return "raw";
	if (marks !== KIND_SECOND_MARK && length <= INTEGER_BYTES_MAX && isInt64(bytes, start, start + length)) return "int";
	return length <= EMBEDDED_BYTES_MAX ? "embstr" : "raw";
}

export function isInlineString(length: number): boolean {
	return length <= INLINE_VALUE_MAX;
}
