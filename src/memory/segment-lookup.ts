import { assert } from "../bytes/assert.ts";
import { type Segment, TOMBSTONE } from "./segment.ts";

/** Offset of the entry whose key has this hash, or 0. Leaves the segment's `slot` on it. */
export function findByHash(segment: Segment, hash: number): number {
	const { index, mask, depth, shift } = segment;
	const tag = hash & 0xff;
	for (let slot = (hash << depth) >>> shift; index[slot] !== 0; slot = (slot + 1) & mask) {
		const word = index[slot]!;
		const offset = word & 0xffffff;
		if (word === TOMBSTONE || word >>> 24 !== tag || segment.keyHash(offset) !== hash) continue;
		segment.slot = slot;
		return offset;
	}
	return 0;
}

/** Slot of a living entry, -1 where the hash does not lead to it. */
export function slotOf({ index, mask, depth, shift }: Segment, hash: number, offset: number): number {
	const word = (hash << 24) | offset;
	let slot = (hash << depth) >>> shift;
	for (let probes = 0; probes <= mask; probes++) {
		if (index[slot] === word) return slot;
		if (index[slot] === 0) return -1;
		slot = (slot + 1) & mask;
	}
	return -1;
}

/** Leaves the segment's `slot` on a living entry known by its offset, as `remove` and `relocate` need it. */
export function seekEntry(segment: Segment, hash: number, offset: number): void {
	segment.slot = slotOf(segment, hash, offset);
	assert(segment.slot >= 0, "a living entry has a slot");
}
