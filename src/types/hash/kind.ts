/**
 * The kind byte of a hash. What OBJECT ENCODING says follows Redis's thresholds, whatever lies beneath, and is kept in
 * two marks:
 *
 *     HASH                  "listpack"
 *     HASH | mark           "hashtable": was beyond the limits once
 *     HASH | second mark    "listpackex": was given a deadline of a field once; both marks: "hashtable"
 *
 * The second mark is also how the keyspace tells that fields of the hash may have deadlines.
 */
import { KIND_MARK, KIND_SECOND_MARK, TYPE_MASK } from "../../memory/entry.ts";
import { HASH } from "../type.ts";

export const HASH_KIND = HASH;
/** Set where OBJECT ENCODING says "hashtable". */
export const LARGE_MARK = KIND_MARK;
/** Set where fields may have deadlines. */
export const VOLATILE_MARK = KIND_SECOND_MARK;

const VOLATILE_HASH = HASH | VOLATILE_MARK;

/** Whether a value of this kind is a hash whose fields may have deadlines. */
export function isVolatileHash(kind: number): boolean {
	return (kind & (TYPE_MASK | VOLATILE_MARK)) === VOLATILE_HASH;
}

export function hashEncoding(kind: number): string {
	if ((kind & LARGE_MARK) !== 0) return "hashtable";
	return (kind & VOLATILE_MARK) !== 0 ? "listpackex" : "listpack";
}
