import type { Pages } from "../adapters/pages.ts";
import { assert } from "../bytes/assert.ts";
import { DueQueue } from "./due-queue.ts";
import { Handles } from "./handles.ts";
import { Segment } from "./segment.ts";
import type { SegmentContext } from "./segment-context.ts";

/**
 * The segments of a table, by extendible hashing: the top bits of a hash choose the slot, and a segment that takes fewer
 * bits into account than the directory has occupies an aligned run of slots. Only this array of references ever doubles.
 *
 * A walk goes through hash space, so splits in between change nothing about what it still has to see.
 */
export class SegmentDirectory implements SegmentContext {
	readonly handles: Handles;
	readonly seed0: number;
	readonly seed1: number;
	readonly pages: Pages;
	readonly segmentSlotsMax: number;
	segmentBytes: number;
	protected due: DueQueue;
	protected directory: Segment[];
	/** 31 minus the hash bits that index the directory; the hash is shifted by one more first, since JS has no >>> 32. */
	protected directoryShift: number;

	constructor(seed0: number, seed1: number, pages: Pages, segmentSlotsMax: number) {
		this.handles = new Handles(pages);
		this.seed0 = seed0;
		this.seed1 = seed1;
		this.pages = pages;
		this.segmentSlotsMax = segmentSlotsMax;
		this.segmentBytes = 0;
		this.due = new DueQueue();
		this.directory = [Segment.empty(this)];
		this.directoryShift = 31;
	}

	/** Starts anew with one empty segment, which is returned. */
	protected renew(): Segment {
		this.handles.clear();
		this.segmentBytes = 0;
		const segment = Segment.empty(this);
		this.due = new DueQueue();
		this.directory = [segment];
		this.directoryShift = 31;
		return segment;
	}

	/** Splits a segment; `hash` is one of those that lead to it. */
	protected divide(old: Segment, hash: number): void {
		const bits = 31 - this.directoryShift;
		assert(old.depth < 30, "hash bits are left to split by");
		if (old.depth === bits) {
			const doubled: Segment[] = [];
			for (const segment of this.directory) doubled.push(segment, segment);
			this.directory = doubled;
			this.directoryShift--;
		}
		// The slots of the directory that mean this segment are one aligned run; the new one takes the upper half of it.
		const span = this.directory.length >>> old.depth;
		const first = ((hash >>> 1) >>> this.directoryShift) & ~(span - 1);
		const upper = old.split();
		this.directory.fill(upper, first + (span >> 1), first + span);
		if (upper.heap !== null) this.due.advance(upper, upper.heap.earliest());
	}

	/** Slots of the directory, from an aligned one, that mean the same segment. */
	private span(at: number): number {
		return this.directory.length >>> this.directory[at]!.depth;
	}

	segmentCount(): number {
		let segments = 0;
		for (let i = 0; i < this.directory.length; i += this.span(i)) segments++;
		return segments;
	}

	/** All of them, in hash order. */
	segments(): Segment[] {
		const segments: Segment[] = [];
		for (let i = 0; i < this.directory.length; i += this.span(i)) segments.push(this.directory[i]!);
		return segments;
	}

	/** Mean of the deadlines, of about `sample` of them where there are more; NaN where there is none. */
	meanDeadline(sample: number): number {
		let sum = 0;
		let count = 0;
		for (let i = 0; i < this.directory.length && count < sample; i += this.span(i)) {
			const { heap } = this.directory[i]!;
			if (heap === null) continue;
			for (let position = 0; position < heap.size; position++) sum += heap.deadlines[position]!;
			count += heap.size;
		}
		return sum / count;
	}

	/** Calls `visit` for every entry, in hash order; it must not change the table. */
	forEach(visit: (segment: Segment, offset: number) => void): void {
		for (let i = 0; i < this.directory.length; i += this.span(i)) {
			const segment = this.directory[i]!;
			for (const word of segment.index) if ((word & 0xffffff) > 1) visit(segment, word & 0xffffff);
		}
	}

	/**
	 * Visits the entries of the next stretch of hash space, about `wanted` of them, and returns the position to go on
	 * from, 0 at the end. What is in the table from the first call to the last is visited; a split in between changes
	 * nothing, for positions are hashes.
	 */
	scan(position: number, wanted: number, visit: (segment: Segment, offset: number) => void): number {
		let seen = 0;
		let slotsLeft = Math.max(wanted * 64, 1024);
		while (seen < wanted && slotsLeft > 0) {
			const segment = this.directory[(position >>> 1) >>> this.directoryShift]!;
			const { index, mask, depth, shift } = segment;
			const home = (position << depth) >>> shift;
			// A whole run of occupied slots is examined at once: its entries may sit behind their homes.
			const stretch = Math.max(1, Math.ceil(((wanted - seen) * index.length) / Math.max(1, segment.count)));
			const end = Math.min(index.length, home + stretch);
			for (let slot = home, passed = 0; passed < index.length; slot++, passed++) {
				const word = index[slot & mask]!;
				if (slot >= end && word === 0) break;
				const offset = word & 0xffffff;
				if (offset <= 1) continue;
				const from = (segment.keyHash(offset) << depth) >>> shift;
				if (from < home || from >= end) continue;
				seen++;
				visit(segment, offset);
			}
			slotsLeft -= end - home;
			position = nextPosition(position, depth, shift, end);
			if (position === 0) return 0;
		}
		return position;
	}

	touchIndex(hash: number): number {
		return this.directory[(hash >>> 1) >>> this.directoryShift]!.touchIndex(hash);
	}

	touchEntry(hash: number): number {
		return this.directory[(hash >>> 1) >>> this.directoryShift]!.touchEntry(hash);
	}

	/** Of all segments, and of what the handles hold. */
	*buffers(): Iterable<Uint8Array> {
		for (let i = 0; i < this.directory.length; i += this.span(i)) {
			const { slab, index } = this.directory[i]!;
			yield slab;
			yield new Uint8Array(index.buffer);
		}
		yield* this.handles.buffers();
	}

	/** Bytes of slabs, indexes and heaps in use, and of what the handles hold. */
	bytesUsed(): number {
		return this.segmentBytes + this.directory.length * 8 + this.handles.bytes + this.due.bytesUsed();
	}

	/** Checks every segment and what is counted of them; returns how many entries and deadlines there are. */
	protected verifySegments(): { count: number; deadlines: number } {
		let count = 0;
		let deadlines = 0;
		let bytes = 0;
		const bits = 31 - this.directoryShift;
		for (let i = 0; i < this.directory.length; i += this.span(i)) {
			const segment = this.directory[i]!;
			assert(segment.depth <= bits, "a segment is no deeper than the directory");
			segment.verify(i >>> (bits - segment.depth));
			count += segment.count;
			bytes += segment.bytesUsed();
			deadlines += segment.heap === null ? 0 : segment.heap.size;
			this.due.verifySegment(segment);
			for (let slot = i; slot < i + this.span(i); slot++) {
				assert(this.directory[slot] === segment, "a segment's directory slots are one run");
			}
		}
		this.due.verify();
		assert(bytes === this.segmentBytes, "bytes are counted");
		return { count, deadlines };
	}
}

/** The first hash whose home is slot `end` of this segment, or the first of the next segment; 0 past the last. */
function nextPosition(position: number, depth: number, shift: number, end: number): number {
	const prefix = depth === 0 ? 0 : (position >>> (32 - depth)) * 2 ** (32 - depth);
	const next = prefix + end * 2 ** (shift - depth);
	return next >= 2 ** 32 ? 0 : next;
}
