/**
 * The kind byte of a sorted set. Whether its bytes lie in the slab or behind a handle is our affair; what OBJECT ENCODING
 * answers is a mark beside the type, set when the set first grows beyond the limits and never taken back.
 */
import { KIND_MARK } from "../../memory/entry.ts";
import { SORTED_SET } from "../type.ts";

const SKIPLIST_MARK = KIND_MARK;

export function sortedSetKind(isSkiplist: boolean): number {
	return isSkiplist ? SORTED_SET | SKIPLIST_MARK : SORTED_SET;
}

export function isSkiplistKind(kind: number): boolean {
	return (kind & SKIPLIST_MARK) !== 0;
}

export function sortedSetEncoding(kind: number): string {
	return isSkiplistKind(kind) ? "skiplist" : "listpack";
}
