import type { Pages } from "../adapters/pages.ts";
import { assert } from "../bytes/assert.ts";
import type { Random } from "../bytes/random.ts";
import { DueQueue } from "./due-queue.ts";
import { Handles } from "./handles.ts";
import { Segment } from "./segment.ts";
import { cloneSegment } from "./segment-clone.ts";
import type { SegmentContext } from "./segment-context.ts";
import { indexSlots, LONE_SLAB_BYTES_MAX, SLAB_BYTES, SLAB_BYTES_MIN, UNITED_SHARE } from "./segment-size.ts";
import { verifySegment } from "./segment-verify.ts";

/** The objects that a table consists of, measured in Bun 1.4.5. */
const TABLE_OBJECT_BYTES = 1000;
/** Tries at drawing an entry, for each segment one more, after which the resolution is estimated anew. */
const TRIES_MAX = 64;

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
	garbageBytes: number;
	protected due: DueQueue;
	protected directory: Segment[];
	/** Of the resolutions of indexes met while drawing, the finest. */
	private finest: number;
	/** 31 minus the hash bits that index the directory; the hash is shifted by one more first, since JS has no >>> 32. */
	protected directoryShift: number;

	/** Begins with segments for so many entries, all of the same size; where they are several, with slabs of `slabBytes`. */
	constructor(seed0: number, seed1: number, pages: Pages, segmentSlotsMax: number, entries: number, slabBytes: number) {
		this.handles = new Handles(pages);
		this.seed0 = seed0;
		this.seed1 = seed1;
		this.pages = pages;
		this.segmentSlotsMax = segmentSlotsMax;
		this.segmentBytes = 0;
		this.garbageBytes = 0;
		this.due = new DueQueue();
		this.directory = [];
		this.directoryShift = 31;
		this.finest = 0;
		let depth = 0;
		while (entries > segmentSlotsMax * 2 ** (depth - 1)) depth++;
		const slots = indexSlots(Math.ceil(entries / 2 ** depth), segmentSlotsMax);
		const bytes = depth > 0 ? slabBytes : SLAB_BYTES_MIN;
		for (let i = 0; i < 2 ** depth; i++) this.directory.push(new Segment(depth, slots, bytes, this));
		this.directoryShift = 31 - depth;
	}

	/** Starts anew with one empty segment, which is returned. */
	protected renew(): Segment {
		this.handles.clear();
		this.segmentBytes = 0;
		this.garbageBytes = 0;
		const segment = Segment.empty(this);
		this.due = new DueQueue();
		this.directory = [segment];
		this.directoryShift = 31;
		return segment;
	}

	/** Becomes a copy of another directory with the same seeds; returns the first segment. */
	protected copyFrom(original: SegmentDirectory): Segment {
		this.segmentBytes = 0;
		this.garbageBytes = 0;
		this.handles.copyFrom(original.handles);
		this.directoryShift = original.directoryShift;
		this.directory = new Array<Segment>(original.directory.length);
		for (let i = 0; i < original.directory.length; i += original.span(i)) {
			const segment = cloneSegment(original.directory[i]!, this);
			this.directory.fill(segment, i, i + original.span(i));
			if (segment.heap !== null && segment.heap.size > 0) this.due.advance(segment, segment.heap.earliest());
		}
		return this.directory[0]!;
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

	/**
	 * Joins a segment with its neighbour, the other half of a former one, while both together are small; `hash` is one of
	 * those that lead to it. Returns the segment that those lead to afterwards.
	 */
	protected unite(segment: Segment, hash: number): Segment {
		let united = segment;
		while (united.depth > 0) {
			const span = this.directory.length >>> united.depth;
			const first = ((hash >>> 1) >>> this.directoryShift) & ~(2 * span - 1);
			const low = this.directory[first]!;
			const high = this.directory[first + span]!;
			const areSmall =
				low.count + high.count <= this.segmentSlotsMax / UNITED_SHARE &&
				low.used + high.used <= SLAB_BYTES / UNITED_SHARE;
			if (low.depth !== high.depth || !areSmall || (high.heap !== null && high.heap.size > 0)) break;
			low.absorb(high);
			this.pages.releaseLater(high.slab);
			this.directory.fill(low, first, first + 2 * span);
			this.halveIfSparse();
			united = low;
		}
		return united;
	}

	/** Halves the directory if no segment takes all of its bits into account. */
	private halveIfSparse(): void {
		const bits = 31 - this.directoryShift;
		for (let i = 0; i < this.directory.length; i += this.span(i)) if (this.directory[i]!.depth === bits) return;
		this.directory = this.directory.filter((_, i) => i % 2 === 0);
		this.directoryShift++;
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

	/** The one that a hash leads to; `hash` is not negative. */
	segmentAt(hash: number): Segment {
		return this.directory[(hash >>> 1) >>> this.directoryShift]!;
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

	/** Calls `visit` for every entry whose hash lies in [from, to); it must not change the table. */
	forEachBetween(from: number, to: number, visit: (segment: Segment, offset: number) => void): void {
		const last = to - 1;
		for (let at = from; at <= last; ) {
			const segment = this.segmentAt(at);
			const span = 2 ** (32 - segment.depth);
			at = (Math.floor(at / span) + 1) * span;
			for (const word of segment.index) {
				const offset = word & 0xffffff;
				if (offset <= 1) continue;
				const hash = segment.keyHash(offset) >>> 0;
				if (hash >= from && hash <= last) visit(segment, offset);
			}
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

	/**
	 * Draws an entry, each equally likely: returns its segment, whose `slot` it is. There must be entries.
	 *
	 * What is drawn is a position in hash space, at the resolution of the finest index. In a coarser one several positions
	 * share a slot, of which only the first counts.
	 */
	protected drawSegment(random: Random): Segment {
		for (let tries = 1; ; tries++) {
			const position = random.uint32() | 0;
			const segment = this.directory[(position >>> 1) >>> this.directoryShift]!;
			const resolution = segment.resolution();
			if (resolution > this.finest) this.finest = resolution;
			const rest = this.finest - resolution;
			if (rest === 0 || (position << resolution) >>> (32 - rest) === 0) {
				const slot = (position << segment.depth) >>> segment.shift;
				if ((segment.index[slot]! & 0xffffff) > 1) {
					segment.slot = slot;
					return segment;
				}
			}
			// So many misses come of a bound that was true once.
			if (tries % (this.directory.length + TRIES_MAX) === 0) this.finest = 0;
		}
	}

	touchIndex(hash: number): number {
		return this.directory[(hash >>> 1) >>> this.directoryShift]!.touchIndex(hash);
	}

	/** For a key that is most likely new: as touchIndex, and the place where its entry will go. */
	touchRoom(hash: number): number {
		const segment = this.directory[(hash >>> 1) >>> this.directoryShift]!;
		return segment.touchIndex(hash) + segment.slab[segment.used - 1]!;
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
		const { handles } = this;
		const outside = handles.bytes + handles.overheadBytes();
		return this.segmentBytes + this.directory.length * 8 + outside + this.due.bytesUsed() + this.ownBytes();
	}

	/** What there is but once: of a table that is one collection of many it is a share that counts. */
	private ownBytes(): number {
		const { slab, used } = this.directory[0]!;
		// The spare room of larger slabs is not resident.
		const isSmall = this.directory.length === 1 && slab.length <= LONE_SLAB_BYTES_MAX;
		return isSmall ? TABLE_OBJECT_BYTES + slab.length - used : TABLE_OBJECT_BYTES;
	}

	/** Bytes of what finds the entries, and of what waits for their deadlines. */
	overheadBytes(): { indexes: number; heaps: number } {
		let indexes = this.directory.length * 8;
		let heaps = this.due.bytesUsed();
		for (const { index, heap } of this.segments()) {
			indexes += index.byteLength;
			heaps += heap?.bytesUsed() ?? 0;
		}
		return { indexes, heaps };
	}

	/** Checks every segment and what is counted of them; returns what there is, for a table's own counts. */
	protected verifySegments(): { count: number; deadlines: number; earliest_ms: number } {
		let count = 0;
		let deadlines = 0;
		let earliest_ms = Infinity;
		let bytes = 0;
		let garbage = 0;
		let handles = 0;
		const bits = 31 - this.directoryShift;
		for (let i = 0; i < this.directory.length; i += this.span(i)) {
			const segment = this.directory[i]!;
			assert(segment.depth <= bits, "a segment is no deeper than the directory");
			handles += verifySegment(segment, i >>> (bits - segment.depth), this.handles);
			count += segment.count;
			bytes += segment.bytesUsed();
			garbage += segment.garbage;
			if (segment.heap !== null && segment.heap.size > 0) {
				deadlines += segment.heap.size;
				earliest_ms = Math.min(earliest_ms, segment.heap.earliest());
			}
			this.due.verifySegment(segment);
			for (let slot = i; slot < i + this.span(i); slot++) {
				assert(this.directory[slot] === segment, "a segment's directory slots are one run");
			}
		}
		this.due.verify();
		assert(bytes === this.segmentBytes, "bytes are counted");
		assert(garbage === this.garbageBytes, "dead bytes are counted");
		assert(handles === this.handles.count(), "no handle leaks");
		return { count, deadlines, earliest_ms };
	}
}

/** The first hash whose home is slot `end` of this segment, or the first of the next segment; 0 past the last. */
function nextPosition(position: number, depth: number, shift: number, end: number): number {
	const prefix = depth === 0 ? 0 : (position >>> (32 - depth)) * 2 ** (32 - depth);
	const next = prefix + end * 2 ** (shift - depth);
	return next >= 2 ** 32 ? 0 : next;
}
