import { assert } from "../../bytes/assert.ts";
import type { Footprint } from "./footprint.ts";
import { type FrozenRecords, RecordBlock, type RecordSource } from "./frozen-records.ts";
import type { StreamId } from "./stream-id.ts";

/** Words of an id, the start of every record. */
export const ID_WORDS = 4;

const RECORDS_MIN = 4;
const RECORDS_MAX = 256;
/** A block that is emptied is kept for what comes next if it is no larger. */
const RECORDS_KEPT_MAX = 32;
/** Two neighbours become one when they fit a block this full, so that they are not parted again at once. */
const RECORDS_MERGED_MAX = 192;
const RECORDS_SPARSE_MAX = 64;
const LIST_OVERHEAD_BYTES = 120;
const BLOCK_OVERHEAD_BYTES = 100;

/**
 * Records of a fixed number of words, in the order of the ids they begin with: the pending entries of a group or of a
 * consumer.
 *
 *     blocks    [record record …]  [record record …]  …      each sorted, each behind the one before, 256 records at most
 *     record    msHigh msLow sequenceHigh sequenceLow  and `stride` - 4 words of the owner's
 *
 * Entries are delivered in order and mostly acknowledged in order: records come at the end of the last block and go from
 * the start of the first, and neither moves any other. Elsewhere at most half a block is moved, and a full one splits. A
 * million records are some 4,000 arrays; the collector has nothing to do with a single one.
 *
 * The list is used through its cursor: `find` and its like place it, and then the record is `words` from `at` on. Any
 * insertion or removal ends it. Words are written there after `touch` was called.
 */
export class PendingList implements RecordSource {
	readonly stride: number;
	count: number;
	words: Int32Array;
	at: number;
	/** The records as they were when a snapshot began, while it has not taken all of them. */
	frozen: FrozenRecords | null;
	private blocks: RecordBlock[];
	private blockIndex: number;
	private record: number;
	private readonly footprint: Footprint;

	constructor(stride: number, footprint: Footprint) {
		const words = new Int32Array(RECORDS_MIN * stride);
		this.stride = stride;
		this.count = 0;
		this.words = words;
		this.at = 0;
		this.frozen = null;
		this.blocks = [new RecordBlock(words, 0, 0)];
		this.blockIndex = 0;
		this.record = 0;
		this.footprint = footprint;
		footprint.bytes += LIST_OVERHEAD_BYTES + BLOCK_OVERHEAD_BYTES + words.byteLength;
	}

	// The cursor

	/** Places the cursor on the record of an id. */
	find(id: StreamId): boolean {
		if (this.count === 0) return false;
		const tail = this.blocks[this.blocks.length - 1]!;
		// What is delivered is mostly newer than all that is pending.
		if (id.compareTo(tail.words, (tail.end - 1) * this.stride) > 0) return false;
		return this.seek(id) && id.compareTo(this.words, this.at) === 0;
	}

	/** Places the cursor on the first record whose id is at least `id`. */
	seek(id: StreamId): boolean {
		const { blocks, stride } = this;
		let low = 0;
		let high = blocks.length - 1;
		// The first block whose last record is not before the id.
		while (low < high) {
			const middle = (low + high) >>> 1;
			const block = blocks[middle]!;
			if (id.compareTo(block.words, (block.end - 1) * stride) > 0) low = middle + 1;
			else high = middle;
		}
		const block = blocks[low]!;
		return this.place(low, firstFrom(block, id, stride));
	}

	first(): boolean {
		return this.place(0, this.blocks[0]!.start);
	}

	last(): boolean {
		const index = this.blocks.length - 1;
		return this.place(index, this.blocks[index]!.end - 1);
	}

	/** Places the cursor on the next record. */
	next(): boolean {
		return this.place(this.blockIndex, this.record + 1);
	}

	private place(blockIndex: number, record: number): boolean {
		if (this.count === 0) return false;
		let block = this.blocks[blockIndex]!;
		if (record >= block.end) {
			if (blockIndex + 1 === this.blocks.length) return false;
			block = this.blocks[++blockIndex]!;
			record = block.start;
		}
		this.blockIndex = blockIndex;
		this.record = record;
		this.words = block.words;
		this.at = record * this.stride;
		return true;
	}

	// Changes

	/** Makes a record for an id that has none, and places the cursor on it: its other words are to be written. */
	insert(id: StreamId): void {
		const { blocks, stride } = this;
		let index = blocks.length - 1;
		let block = blocks[index]!;
		if (this.count === 0 || id.compareTo(block.words, (block.end - 1) * stride) > 0) {
			if (this.frozen !== null) this.frozen.preserve(block);
			// Nor is a nearly full block moved again and again to make room for one.
			if (block.end === RECORDS_MAX && block.start * 2 < RECORDS_MAX) {
				block = new RecordBlock(new Int32Array(RECORDS_MAX * stride), 0, 0);
				this.footprint.bytes += BLOCK_OVERHEAD_BYTES + block.words.byteLength;
				index = blocks.push(block) - 1;
			} else this.makeRoomAtEnd(block);
			block.end++;
			this.count++;
			this.place(index, block.end - 1);
		} else this.insertWithin(id);
		id.store(this.words, this.at);
	}

	private makeRoomAtEnd(block: RecordBlock): void {
		const { words, start, end } = block;
		const { stride } = this;
		if (end * stride < words.length) return;
		if (start * 2 >= end || end === RECORDS_MAX) words.copyWithin(0, start * stride, end * stride);
		else {
			block.words = new Int32Array(words.length * 2);
			block.words.set(words.subarray(start * stride, end * stride));
			this.footprint.bytes += block.words.byteLength - words.byteLength;
		}
		block.start = 0;
		block.end = end - start;
	}

	private insertWithin(id: StreamId): void {
		const { stride } = this;
		this.seek(id);
		let index = this.blockIndex;
		let block = this.blocks[index]!;
		if (this.frozen !== null) this.frozen.preserve(block);
		if (block.end - block.start === RECORDS_MAX) {
			this.split(index);
			block = this.blocks[index]!;
			if (id.compareTo(block.words, (block.end - 1) * stride) > 0) block = this.blocks[++index]!;
		}
		const record = firstFrom(block, id, stride);
		const before = record - block.start;
		if (block.start > 0 && before * 2 < block.end - block.start) {
			block.words.copyWithin((block.start - 1) * stride, block.start * stride, record * stride);
			block.start--;
		} else {
			this.makeRoomAtEnd(block);
			const at = block.start + before;
			block.words.copyWithin((at + 1) * stride, at * stride, block.end * stride);
			block.end++;
		}
		this.count++;
		this.place(index, block.start + before);
	}

	private split(index: number): void {
		const { stride } = this;
		const block = this.blocks[index]!;
		const middle = (block.start + block.end) >>> 1;
		const words = new Int32Array(RECORDS_MAX * stride);
		words.set(block.words.subarray(middle * stride, block.end * stride));
		this.blocks.splice(index + 1, 0, new RecordBlock(words, 0, block.end - middle));
		this.footprint.bytes += BLOCK_OVERHEAD_BYTES + words.byteLength;
		block.end = middle;
	}

	/** Removes the record at the cursor. */
	remove(): void {
		const { stride, record, blockIndex } = this;
		const block = this.blocks[blockIndex]!;
		if (this.frozen !== null) this.preserveForRemoval(this.frozen, block);
		if (record - block.start < block.end - record) {
			if (record > block.start) {
				block.words.copyWithin((block.start + 1) * stride, block.start * stride, record * stride);
			}
			block.start++;
		} else {
			block.words.copyWithin(record * stride, (record + 1) * stride, block.end * stride);
			block.end--;
		}
		this.count--;
		const left = block.end - block.start;
		if (left === 0) this.removeBlock(blockIndex);
		else if (left <= RECORDS_SPARSE_MAX && this.blocks.length > 1) this.merge(blockIndex);
	}

	/** Removing the first or the last record of a block changes no words. */
	private preserveForRemoval(frozen: FrozenRecords, block: RecordBlock): void {
		if (this.record > block.start && this.record + 1 < block.end) frozen.preserve(block);
		else frozen.note();
	}

	/** To be told before words of the record at the cursor are changed. */
	touch(): void {
		if (this.frozen !== null) this.frozen.preserve(this.blocks[this.blockIndex]!);
	}

	private removeBlock(index: number): void {
		const block = this.blocks[index]!;
		const { words } = block;
		if (this.blocks.length === 1) {
			block.start = 0;
			block.end = 0;
			if (words.length <= RECORDS_KEPT_MAX * this.stride) return;
			block.words = new Int32Array(RECORDS_MIN * this.stride);
			this.footprint.bytes += block.words.byteLength - words.byteLength;
			this.words = block.words;
			return;
		}
		if (index === 0) this.blocks.shift();
		else this.blocks.splice(index, 1);
		this.footprint.bytes -= BLOCK_OVERHEAD_BYTES + words.byteLength;
	}

	/** Joins a sparse block with a neighbour, where both fit one. */
	private merge(index: number): void {
		const { blocks, stride } = this;
		const first = index > 0 && (index + 1 === blocks.length || sizeOf(blocks[index - 1]!) < sizeOf(blocks[index + 1]!));
		const at = first ? index - 1 : index;
		const left = blocks[at]!;
		const right = blocks[at + 1]!;
		const total = sizeOf(left) + sizeOf(right);
		if (total > RECORDS_MERGED_MAX) return;
		const words = new Int32Array(RECORDS_MAX * stride);
		words.set(left.words.subarray(left.start * stride, left.end * stride));
		words.set(right.words.subarray(right.start * stride, right.end * stride), sizeOf(left) * stride);
		this.footprint.bytes += words.byteLength - left.words.byteLength;
		blocks[at] = new RecordBlock(words, 0, total);
		this.removeBlock(at + 1);
	}

	/** Lets everything go, and is not used any more. */
	retire(): void {
		if (this.frozen !== null) this.frozen.note();
		for (const block of this.blocks) this.footprint.bytes -= BLOCK_OVERHEAD_BYTES + block.words.byteLength;
		this.footprint.bytes -= LIST_OVERHEAD_BYTES;
		this.blocks = [];
		this.count = 0;
	}

	/** Becomes equal to another list of the same stride. */
	copy(other: PendingList): void {
		this.footprint.bytes += other.bytesUsed() - this.bytesUsed();
		this.blocks = other.blocks.map(({ words, start, end }) => new RecordBlock(words.slice(), start, end));
		this.count = other.count;
	}

	recordBlocks(): readonly RecordBlock[] {
		return this.blocks;
	}

	bytesUsed(): number {
		let bytes = LIST_OVERHEAD_BYTES;
		for (const { words } of this.blocks) bytes += BLOCK_OVERHEAD_BYTES + words.byteLength;
		return bytes;
	}

	verify(id: StreamId): void {
		let count = 0;
		for (const { words, start, end } of this.blocks) {
			assert(start >= 0 && end * this.stride <= words.length, "records lie inside their block");
			assert(start < end || this.blocks.length === 1, "only a list without records has an empty block");
			for (let record = start; record < end; record++) {
				assert(count === 0 || id.compareTo(words, record * this.stride) < 0, "records are in order");
				id.load(words, record * this.stride);
				count++;
			}
		}
		assert(count === this.count, "records are counted");
	}
}

function sizeOf(block: RecordBlock): number {
	return block.end - block.start;
}

/** The first record of a block whose id is at least `id`, or its end. */
function firstFrom(block: RecordBlock, id: StreamId, stride: number): number {
	const { words } = block;
	let low = block.start;
	let high = block.end;
	// In a short list, and among what is acknowledged in order, it is the first.
	if (low < high && id.compareTo(words, low * stride) <= 0) return low;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (id.compareTo(words, middle * stride) > 0) low = middle + 1;
		else high = middle;
	}
	return low;
}
