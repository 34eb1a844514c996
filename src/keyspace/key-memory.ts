import { INLINE_KEY_MAX, KIND_DEADLINE } from "../memory/entry.ts";
import { OBJECT_BYTES } from "../memory/handles.ts";
import type { Database } from "./database.ts";

/** A deadline's room in the heap. */
const DEADLINE_BYTES = 12;

/** Bytes that the key at the cursor takes with its value: exact, but for its share of the index, which is the mean. */
export function keyMemory({ table }: Database): number {
	const { segment } = table;
	let bytes = table.entryStride() + Math.ceil(segment.index.byteLength / segment.count);
	if ((table.kind() & KIND_DEADLINE) !== 0) bytes += DEADLINE_BYTES;
	if (table.isExternal()) bytes += table.external().bytesUsed() + OBJECT_BYTES;
	table.loadKey();
	const keyLength = table.keyTo - table.keyFrom;
	return keyLength > INLINE_KEY_MAX ? bytes + keyLength + OBJECT_BYTES : bytes;
}
