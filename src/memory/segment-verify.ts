import { assert } from "../bytes/assert.ts";
import {
	INLINE_KEY_MAX,
	isLive,
	KIND_EXTERNAL,
	keyEnd,
	keyLength,
	readUint32,
	SLAB_START,
	strideOf,
	valueField,
} from "./entry.ts";
import type { Handles } from "./handles.ts";
import { type Segment, TOMBSTONE } from "./segment.ts";
import { slotOf } from "./segment-lookup.ts";

/**
 * Walks a whole segment and checks every invariant; `prefix` is the hash bits that lead to it. Returns how many handles
 * its entries have.
 */
export function verifySegment(segment: Segment, prefix: number, handles: Handles): number {
	const { slab, used, depth } = segment;
	let held = 0;
	let live = 0;
	let dead = 0;
	let offset = SLAB_START;
	while (offset < used) {
		const stride = strideOf(slab, offset);
		assert(stride > 0, "an entry has a length");
		if (isLive(slab, offset)) {
			live++;
			const hash = segment.keyHash(offset);
			assert(depth === 0 || hash >>> (32 - depth) === prefix, "an entry lies in its segment");
			assert(slotOf(segment, hash, offset) >= 0, "an entry is reached from its home slot");
			if (keyLength(slab, offset) > INLINE_KEY_MAX) held++;
			if ((slab[offset]! & KIND_EXTERNAL) !== 0) {
				handles.get(readUint32(slab, valueField(slab, offset)));
				held++;
			}
			assert(keyEnd(slab, offset) < offset + stride, "an entry holds its key");
		} else dead += stride;
		offset += stride;
	}
	assert(offset === used, "strides add up");
	assert(used <= segment.limit && segment.limit <= slab.length, "entries end before the limit");
	assert(live === segment.count, "count is the living entries");
	assert(dead === segment.garbage, "garbage is the dead bytes");
	verifyIndex(segment);
	segment.heap?.verify(slab);
	return held;
}

function verifyIndex({ index, tombstones, count }: Segment): void {
	let found = 0;
	let occupied = 0;
	for (const word of index) {
		if (word === TOMBSTONE) found++;
		else if (word !== 0) occupied++;
	}
	assert(found === tombstones, "tombstones are counted");
	assert(occupied === count, "one slot an entry");
	assert(tombstones + occupied < index.length, "a probe ends");
}
