import { equalBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { halfSipHash } from "../bytes/siphash.ts";
import { DeadlineHeap } from "./deadline-heap.ts";
import {
	deadBytes,
	entryKeyEquals,
	INLINE_KEY_MAX,
	isLive,
	KIND_DEADLINE,
	keyLength,
	keyStart,
	NO_HEAP_POSITION,
	readHeapPosition,
	readUint32,
	SLAB_START,
	strideOf,
	writeDead,
	writeHeapPosition,
} from "./entry.ts";
import { LongString } from "./long-string.ts";
import type { SegmentContext } from "./segment-context.ts";
import {
	GARBAGE_BYTES_MIN,
	hasFreeSlot,
	INDEX_SLOTS_MIN,
	indexSlots,
	SLAB_BYTES,
	SLAB_BYTES_MIN,
	SMALL_SLAB_BYTES_MAX,
	SPLIT_ENTRIES_MIN,
	slabCapacity,
} from "./segment-size.ts";

/**
 * One piece of hash space: an open-addressing index over one slab of packed entries.
 *
 *     index   i32   0 = empty, 1 = tombstone, else tag:8 | offset:24     (linear probing)
 *     slab    u8    entries one behind the other, live and dead          (memory/entry.ts)
 *     heap          deadlines of the entries that have one               (memory/deadline-heap.ts)
 *
 * An entry's home slot comes from the hash bits right below the `depth` bits that chose the segment, so slots are in hash
 * order and stay so when a segment splits: that is what makes a scan cursor a position in hash space. The tag is the low
 * eight bits.
 *
 * Invariant: every live entry is found from its home slot without crossing an empty slot; `used` = SLAB_START + strides
 * of live entries + `garbage`.
 */

/** An index with more slots than this to an entry is too large: drawing an entry at random would take too many tries. */
const SPARSENESS_MAX = 8;

/** A small entry ends about here: with its first byte, touching this one fetches both cache lines it may lie in. */
const TOUCH_DISTANCE = 24;

export const TOMBSTONE = 1;
const TAG_MASK = 0xff000000 | 0;
const OFFSET_MASK = 0x00ffffff;

export class Segment {
	index: Int32Array;
	mask: number;
	/** 32 minus the bits of the home slot. */
	shift: number;
	/** Hash bits that chose this segment. */
	depth: number;
	slab: Uint8Array;
	used: number;
	/** Where filling stops to see whether collecting garbage would do instead; at most the end of the slab. */
	limit: number;
	garbage: number;
	count: number;
	tombstones: number;
	/** Slot of the last `find`: the entry's, or where it would go. */
	slot: number;
	heap: DeadlineHeap | null;
	/** Kept by the table's DueQueue: a moment no later than the earliest deadline, Infinity and -1 where not queued. */
	queuedFor_ms: number;
	queuePosition: number;
	private readonly context: SegmentContext;

	constructor(depth: number, slots: number, slabBytes: number, context: SegmentContext) {
		this.index = new Int32Array(slots);
		this.mask = slots - 1;
		this.shift = Math.clz32(slots) + 1;
		this.depth = depth;
		this.slab = new Uint8Array(slabBytes);
		this.used = SLAB_START;
		this.limit = Math.min(slabBytes, SMALL_SLAB_BYTES_MAX);
		this.garbage = 0;
		this.count = 0;
		this.tombstones = 0;
		this.slot = 0;
		this.heap = null;
		this.queuedFor_ms = Infinity;
		this.queuePosition = -1;
		this.context = context;
		context.segmentBytes += this.bytesUsed();
	}

	static empty(context: SegmentContext): Segment {
		return new Segment(0, INDEX_SLOTS_MIN, SLAB_BYTES_MIN, context);
	}

	/** How many bits of a hash tell one home slot from another. */
	resolution(): number {
		return this.depth + 32 - this.shift;
	}

	/** Offset of the entry with this key, or 0. Leaves `slot` where the entry is, or where a new one would go. */
	find(bytes: Uint8Array, start: number, length: number, hash: number): number {
		const index = this.index;
		const slab = this.slab;
		const mask = this.mask;
		const tag = hash << 24;
		let slot = (hash << this.depth) >>> this.shift;
		let free = -1;
		for (;;) {
			const word = index[slot]!;
			if (word === 0) {
				this.slot = free < 0 ? slot : free;
				return 0;
			}
			if (word === TOMBSTONE) {
				if (free < 0) free = slot;
			} else if ((word & TAG_MASK) === tag) {
				const offset = word & OFFSET_MASK;
				const equal =
					length <= INLINE_KEY_MAX
						? entryKeyEquals(slab, offset, bytes, start, length)
						: this.longKeyEquals(offset, bytes, start, length);
				if (equal) {
					this.slot = slot;
					return offset;
				}
			}
			slot = (slot + 1) & mask;
		}
	}

	/** Whether an entry of `bytes` fits behind the last one and the index takes one more. */
	hasRoom(bytes: number): boolean {
		return this.used + bytes <= this.limit && this.hasFreeSlot();
	}

	private hasFreeSlot(): boolean {
		return hasFreeSlot(this.count + this.tombstones, this.mask + 1);
	}

	/** Takes `bytes` at the end of the slab, which must have room; the caller writes a whole entry there. */
	allocate(bytes: number): number {
		const offset = this.used;
		this.used = offset + bytes;
		this.context.segmentBytes += bytes;
		return offset;
	}

	/** Takes the bytes behind a living entry that ends there, where they are dead or not used yet; false where neither. */
	extend(end: number, bytes: number): boolean {
		if (end === this.used) {
			if (end + bytes > this.limit) return false;
			this.allocate(bytes);
			return true;
		}
		const dead = deadBytes(this.slab, end, this.used, bytes);
		if (dead < bytes) return false;
		writeDead(this.slab, end + bytes, dead - bytes);
		this.garbage -= bytes;
		this.context.garbageBytes -= bytes;
		return true;
	}

	/** Points the slot of the last `find` at a new entry. */
	occupy(offset: number, hash: number): void {
		if (this.index[this.slot] === TOMBSTONE) this.tombstones--;
		this.index[this.slot] = (hash << 24) | offset;
		this.count++;
	}

	/** Points the slot of the last `find` at the entry's new place; the old bytes become garbage. */
	relocate(from: number, to: number, hash: number): void {
		this.index[this.slot] = (hash << 24) | to;
		this.discard(from, strideOf(this.slab, from));
	}

	/** Removes the entry of the last `find`. What its handles refer to is the caller's to release. */
	remove(offset: number): void {
		this.clearDeadline(offset);
		this.discard(offset, strideOf(this.slab, offset));
		this.vacate(this.slot);
		this.count--;
		if (this.count === 0) this.reset();
	}

	/** Turns bytes into garbage, or gives them back where they were the last. */
	discard(offset: number, bytes: number): void {
		if (offset + bytes === this.used) {
			this.used = offset;
			this.context.segmentBytes -= bytes;
			return;
		}
		writeDead(this.slab, offset, bytes);
		this.garbage += bytes;
		this.context.garbageBytes += bytes;
	}

	/** A slot before an empty one needs no tombstone, and neither do the tombstones before it. */
	private vacate(slot: number): void {
		const { index, mask } = this;
		if (index[(slot + 1) & mask] !== 0) {
			index[slot] = TOMBSTONE;
			this.tombstones++;
			return;
		}
		index[slot] = 0;
		for (let before = (slot - 1) & mask; index[before] === TOMBSTONE; before = (before - 1) & mask) {
			index[before] = 0;
			this.tombstones--;
		}
	}

	private reset(): void {
		this.context.segmentBytes -= this.bytesUsed();
		if (this.mask + 1 > INDEX_SLOTS_MIN) this.setIndex(INDEX_SLOTS_MIN);
		else this.index.fill(0);
		if (this.slab.length > SLAB_BYTES_MIN) this.replaceSlab(new Uint8Array(SLAB_BYTES_MIN));
		this.used = SLAB_START;
		this.limit = this.slab.length;
		this.context.garbageBytes -= this.garbage;
		this.garbage = 0;
		this.tombstones = 0;
		this.heap = null;
		this.context.segmentBytes += this.bytesUsed();
	}

	private setIndex(slots: number): void {
		this.index = new Int32Array(slots);
		this.mask = slots - 1;
		this.shift = Math.clz32(slots) + 1;
	}

	// Deadlines

	/** Milliseconds, or Infinity. */
	deadline(offset: number): number {
		if ((this.slab[offset]! & KIND_DEADLINE) === 0) return Infinity;
		const position = readHeapPosition(this.slab, offset);
		return position === NO_HEAP_POSITION ? Infinity : this.heap!.deadlines[position]!;
	}

	/** The entry must have room for a heap position. */
	setDeadline(offset: number, deadline: number): void {
		const position = readHeapPosition(this.slab, offset);
		this.heap ??= this.newHeap();
		if (position !== NO_HEAP_POSITION) {
			this.heap.change(this.slab, position, deadline);
			return;
		}
		const before = this.heap.bytesUsed();
		this.heap.add(this.slab, offset, deadline);
		this.context.segmentBytes += this.heap.bytesUsed() - before;
	}

	private newHeap(): DeadlineHeap {
		const heap = new DeadlineHeap();
		this.context.segmentBytes += heap.bytesUsed();
		return heap;
	}

	/** Returns whether there was one. */
	clearDeadline(offset: number): boolean {
		if ((this.slab[offset]! & KIND_DEADLINE) === 0) return false;
		const position = readHeapPosition(this.slab, offset);
		if (position === NO_HEAP_POSITION) return false;
		this.heap!.remove(this.slab, position);
		writeHeapPosition(this.slab, offset, NO_HEAP_POSITION);
		return true;
	}

	// Keys of living entries

	keyHash(offset: number): number {
		const slab = this.slab;
		const length = keyLength(slab, offset);
		const start = keyStart(slab, offset);
		const { seed0, seed1 } = this.context;
		if (length <= INLINE_KEY_MAX) return halfSipHash(slab, start, start + length, seed0, seed1);
		return halfSipHash(this.longKey(offset).bytes, 0, length, seed0, seed1);
	}

	longKey(offset: number): LongString {
		const key = this.context.handles.get(readUint32(this.slab, keyStart(this.slab, offset)));
		assert(key instanceof LongString, "the handle of a long key is a string");
		return key;
	}

	private longKeyEquals(offset: number, bytes: Uint8Array, start: number, length: number): boolean {
		return keyLength(this.slab, offset) === length && equalBytes(this.longKey(offset).bytes, 0, bytes, start, length);
	}

	// Reorganisation. All of it moves entries: offsets and slots held by the caller are stale afterwards.

	/** Makes room for `bytes` more; false where the segment has to be split instead. */
	makeRoom(bytes: number): boolean {
		if (this.used + bytes > this.limit) {
			if (this.garbage >= GARBAGE_BYTES_MIN && this.garbage * 4 >= this.used) this.rebuild(this.mask + 1);
			else if (this.limit < this.slab.length) this.setLimit(this.used + bytes);
			else if (this.slab.length < SLAB_BYTES || this.count < SPLIT_ENTRIES_MIN)
				this.moveSlab(slabCapacity(this.used + bytes, this.depth));
			else return false;
		}
		if (this.hasFreeSlot()) return true;
		if (this.mask + 1 >= this.context.segmentSlotsMax && this.count * 2 > this.mask) return false;
		this.rebuild(indexSlots(this.count, this.context.segmentSlotsMax));
		return true;
	}

	/** After a removal: gives memory back where little is left. Cheap to ask, rarely says yes. */
	shrinkIfSparse(): void {
		const slots = this.mask + 1;
		const isIndexSparse = this.count * SPARSENESS_MAX < slots && slots > INDEX_SLOTS_MIN;
		const isSlabSparse = this.garbage >= GARBAGE_BYTES_MIN && this.garbage * 3 >= this.used * 2;
		if (isIndexSparse || isSlabSparse) this.compact();
	}

	/** Gives back what is dead, and what is too much of the index. */
	compact(): void {
		this.rebuild(Math.min(this.mask + 1, indexSlots(this.count, this.context.segmentSlotsMax)));
		const smaller = slabCapacity(this.used, this.depth);
		if (smaller < this.slab.length) this.moveSlab(smaller);
	}

	private moveSlab(capacity: number): void {
		const slab = new Uint8Array(capacity);
		slab.set(this.slab.subarray(0, this.used));
		this.replaceSlab(slab);
		this.setLimit(this.used);
		this.releaseSpare();
	}

	private replaceSlab(slab: Uint8Array): void {
		this.context.pages.releaseLater(this.slab);
		this.slab = slab;
	}

	/** Gives back the pages behind the last entry. A new slab may have some, too: recycled memory is cleared by writing. */
	private releaseSpare(): void {
		this.context.pages.release(this.slab, this.used, this.slab.length);
	}

	/** Half as much again as is needed. */
	private setLimit(needed: number): void {
		this.limit = Math.min(this.slab.length, needed + (needed >> 1) + SLAB_BYTES_MIN);
	}

	/** Closes the gaps between living entries, in place, and fills the index, or one of another size, anew. */
	private rebuild(slots: number): void {
		this.context.segmentBytes -= this.bytesUsed();
		if (slots !== this.mask + 1) this.setIndex(slots);
		else this.index.fill(0);
		const { slab, used, heap } = this;
		this.tombstones = 0;
		this.context.garbageBytes -= this.garbage;
		this.garbage = 0;
		let to = SLAB_START;
		for (let offset = SLAB_START; offset < used; ) {
			const stride = strideOf(slab, offset);
			if (isLive(slab, offset)) {
				if (to !== offset) slab.copyWithin(to, offset, offset + stride);
				this.insertSlot(this.keyHash(to), to);
				if ((slab[to]! & KIND_DEADLINE) !== 0) {
					const position = readHeapPosition(slab, to);
					if (position !== NO_HEAP_POSITION) heap!.offsets[position] = to;
				}
				to += stride;
			}
			offset += stride;
		}
		this.used = to;
		this.context.segmentBytes += this.bytesUsed();
		this.setLimit(to);
		this.releaseSpare();
	}

	/**
	 * Takes one more bit of the hash into account: keeps the entries where it is 0, in place, and returns a new segment
	 * with the others. In place, because a slab let go stays resident until the collector comes; the pages behind the last
	 * entry are given back at once.
	 */
	split(): Segment {
		const { slab, used, depth, heap } = this;
		const slots = indexSlots(this.count >> 1, this.context.segmentSlotsMax);
		const bytes = slabCapacity((used - this.garbage) >> 1, depth + 1);
		this.context.segmentBytes -= this.bytesUsed();
		const high = new Segment(depth + 1, slots, bytes, this.context);
		if (slots !== this.mask + 1) this.setIndex(slots);
		else this.index.fill(0);
		this.depth = depth + 1;
		this.heap = null;
		this.tombstones = 0;
		this.context.garbageBytes -= this.garbage;
		this.garbage = 0;
		this.count = 0;
		this.used = SLAB_START;
		this.context.segmentBytes += this.bytesUsed();
		for (let offset = SLAB_START; offset < used; ) {
			const stride = strideOf(slab, offset);
			if (isLive(slab, offset)) {
				const position = (slab[offset]! & KIND_DEADLINE) === 0 ? NO_HEAP_POSITION : readHeapPosition(slab, offset);
				const deadline = position === NO_HEAP_POSITION ? Infinity : heap!.deadlines[position]!;
				const hash = this.keyHash(offset);
				const target = hash << depth < 0 ? high : this;
				target.adopt(slab, offset, stride, hash, deadline);
			}
			offset += stride;
		}
		this.setLimit(this.used);
		high.setLimit(high.used);
		this.releaseSpare();
		high.releaseSpare();
		return high;
	}

	/** The opposite of a split: takes the entries of the segment with the next hashes, which has no deadlines, too. */
	absorb(high: Segment): void {
		const { slab, used } = high;
		this.depth--;
		this.rebuild(indexSlots(this.count + high.count, this.context.segmentSlotsMax));
		for (let offset = SLAB_START; offset < used; ) {
			const stride = strideOf(slab, offset);
			if (isLive(slab, offset)) this.adopt(slab, offset, stride, high.keyHash(offset), Infinity);
			offset += stride;
		}
		this.setLimit(this.used);
		this.context.segmentBytes -= high.bytesUsed();
		this.context.garbageBytes -= high.garbage;
	}

	/** Copies an entry, from this slab or another, to the end of this one. */
	private adopt(from: Uint8Array, offset: number, stride: number, hash: number, deadline: number): void {
		// The halves of a split need not be equal.
		if (this.used + stride > this.slab.length) this.moveSlab(slabCapacity(this.used + stride, this.depth));
		if (!this.hasFreeSlot()) this.rebuild(indexSlots(this.count, this.context.segmentSlotsMax));
		const slab = this.slab;
		const to = this.allocate(stride);
		if (stride <= 32) for (let i = 0; i < stride; i++) slab[to + i] = from[offset + i]!;
		else if (from === slab) slab.copyWithin(to, offset, offset + stride);
		else slab.set(from.subarray(offset, offset + stride), to);
		this.insertSlot(hash, to);
		this.count++;
		if ((slab[to]! & KIND_DEADLINE) === 0) return;
		writeHeapPosition(slab, to, NO_HEAP_POSITION);
		if (deadline !== Infinity) this.setDeadline(to, deadline);
	}

	private insertSlot(hash: number, offset: number): void {
		const { index, mask } = this;
		let slot = (hash << this.depth) >>> this.shift;
		while (index[slot] !== 0) slot = (slot + 1) & mask;
		index[slot] = (hash << 24) | offset;
	}

	// Memory-level parallelism: loads whose results nobody waits for

	/** Reads the home slot, so that the index line is on its way to the cache. */
	touchIndex(hash: number): number {
		return this.index[(hash << this.depth) >>> this.shift]!;
	}

	/** Reads the first byte of the entry that the home slot, or its neighbour, most likely means. */
	touchEntry(hash: number): number {
		const tag = hash << 24;
		const home = (hash << this.depth) >>> this.shift;
		for (let probe = 0; probe < 4; probe++) {
			const word = this.index[(home + probe) & this.mask]!;
			if ((word & TAG_MASK) === tag) {
				const offset = word & OFFSET_MASK;
				return this.slab[offset]! + this.slab[offset + TOUCH_DISTANCE]!;
			}
		}
		return 0;
	}

	bytesUsed(): number {
		return this.index.byteLength + this.used + (this.heap === null ? 0 : this.heap.bytesUsed());
	}
}
