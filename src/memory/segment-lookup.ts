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
