/**
 * Things by name, in the order of the names' bytes: the groups of a stream, the consumers of a group. There are few, and
 * they are listed in this order, so a sorted array is all it takes.
 */
import { compareBytes } from "../../bytes/ascii.ts";

export interface Named {
	readonly name: Uint8Array;
}

/** Where a name is, or -1 - the place where it would have to be inserted. */
export function indexOfName(items: readonly Named[], bytes: Uint8Array, start: number, length: number): number {
	let low = 0;
	let high = items.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const { name } = items[middle]!;
		const order = compareBytes(bytes, start, start + length, name, 0, name.length);
		if (order === 0) return middle;
		if (order < 0) high = middle;
		else low = middle + 1;
	}
	return -1 - low;
}
