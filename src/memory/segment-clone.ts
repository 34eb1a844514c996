/** Copies of whole segments, entries, holes and all: a copy of bytes, where putting each entry anew would be a hundred. */
import { assert } from "../bytes/assert.ts";
import { Segment } from "./segment.ts";
import type { SegmentContext } from "./segment-context.ts";

/** A segment of another table of the same seeds, whose handles have the same numbers. It is not queued yet. */
export function cloneSegment(source: Segment, context: SegmentContext): Segment {
	const copy = new Segment(source.depth, source.index.length, source.slab.length, context);
	assert(copy.shift === source.shift, "the copy has an index of the same size");
	context.segmentBytes -= copy.bytesUsed();
	copy.index.set(source.index);
	copy.slab.set(source.slab.subarray(0, source.used));
	copy.used = source.used;
	copy.limit = source.limit;
	copy.garbage = source.garbage;
	copy.count = source.count;
	copy.tombstones = source.tombstones;
	copy.heap = source.heap === null ? null : source.heap.clone();
	context.segmentBytes += copy.bytesUsed();
	context.garbageBytes += copy.garbage;
	return copy;
}
