import type { External } from "../memory/handles.ts";
import type { Table } from "../memory/table.ts";

/**
 * Where a value of one key lies, or will: a database, whose last find says which key. Everything here works on that key
 * and may move entries, so slabs and offsets are to be read again from `table` afterwards.
 */
export interface Place {
	readonly table: Table;
	/**
	 * Makes the key's value an inline one of `length` bytes, which the caller has to write, and keeps its deadline where it
	 * has one. Returns where they begin in `table.segment.slab`.
	 */
	createInline(kind: number, length: number): number;
	/**
	 * Replaces `removed` bytes at `at` of the inline value by `inserted` bytes, which the caller has to write. Returns where
	 * they begin in `table.segment.slab`. The value must not become longer than INLINE_VALUE_MAX.
	 */
	spliceInline(at: number, removed: number, inserted: number): number;
	/** `deadline_ms` is a moment, Infinity for none, or KEEP_DEADLINE. */
	putExternal(kind: number, value: External, deadline_ms: number): void;
	remove(): void;
}
