import { assert } from "../../bytes/assert.ts";
import { verifyElements } from "../../bytes/elements.ts";
import { entriesOf } from "./listpack.ts";
import { ListSnapshot } from "./snapshot.ts";

/**
 * The blocks of a big list, numbered from the first one on: each a buffer with a run of elements (bytes/elements.ts)
 * somewhere in it, and what is known of it.
 *
 *     buffer     ░░░░░[element element element]░░░░░      from START to END
 *     spans      i32   START  END  COUNT  ENTRIES  NUMBER         of each slot
 *
 * The slots are circular and doubled when all are taken, so that a block comes or goes at either end at no cost, however
 * many there are.
 *
 * While a snapshot of the list is on, it has to be told before bytes of a buffer change (`preserve`), and buffers are not
 * used for other blocks. NUMBER is one more than the number of the block in the snapshot, 0 where the buffer is a later one.
 *
 * Invariant: what the spans say of a block is so, `count` and `entries` are the sums, and no block is empty but the only
 * one of an empty list.
 */

/** Small enough to move bytes within in no time, large enough for its own objects not to count. */
export const BLOCK_BYTES = 8192;
/** Large lists get larger blocks: one that is let go has few thousand of them, up to a gigabyte. */
const LARGE_BYTES_MIN = 4 << 20;
const LARGE_BLOCK_BYTES = 8 * BLOCK_BYTES;
const HUGE_BYTES_MIN = 64 << 20;
const HUGE_BLOCK_BYTES = 64 * BLOCK_BYTES;
const SLOTS_MIN = 2;
/** Fields of a block in `spans`; ENTRIES is the bytes its elements would take in a listpack (listpack.ts). */
export const START = 0;
export const END = 1;
export const COUNT = 2;
export const ENTRIES = 3;
const NUMBER = 4;
const SPAN_FIELDS = 5;
const SPAN_BYTES = 4 * SPAN_FIELDS;
const REFERENCE_BYTES = 8;
/** What the objects of a list, and those of a block, take beside all bytes. */
const OBJECT_BYTES = 256;
const BLOCK_OBJECT_BYTES = 64;

const noBlock = new Uint8Array(0);

export class BlockDirectory {
	/** Elements. */
	count: number;
	/** Bytes they would take in a listpack. */
	entries: number;
	/** Blocks. */
	size: number;
	snapshot: ListSnapshot | null;
	protected blocks: Uint8Array[];
	protected spans: Int32Array;
	/** Slot of the first block. */
	protected first: number;
	private bufferBytes: number;
	/** The buffer of a block that is gone, for the next one. */
	private spare: Uint8Array;

	constructor() {
		this.count = 0;
		this.entries = 0;
		this.size = 0;
		this.snapshot = null;
		this.blocks = new Array<Uint8Array>(SLOTS_MIN).fill(noBlock);
		this.spans = new Int32Array(SLOTS_MIN * SPAN_FIELDS);
		this.first = 0;
		this.bufferBytes = 0;
		this.spare = noBlock;
	}

	private slotOf(block: number): number {
		return (this.first + block) & (this.blocks.length - 1);
	}

	protected spanOf(block: number): number {
		return this.slotOf(block) * SPAN_FIELDS;
	}

	bufferOf(block: number): Uint8Array {
		return this.blocks[this.slotOf(block)]!;
	}

	startOf(block: number): number {
		return this.spans[this.spanOf(block) + START]!;
	}

	endOf(block: number): number {
		return this.spans[this.spanOf(block) + END]!;
	}

	countOf(block: number): number {
		return this.spans[this.spanOf(block) + COUNT]!;
	}

	protected setSpan(block: number, start: number, end: number, count: number, entries: number): void {
		const span = this.spanOf(block);
		this.spans[span + START] = start;
		this.spans[span + END] = end;
		this.spans[span + COUNT] = count;
		this.spans[span + ENTRIES] = entries;
	}

	/** Gives a block another buffer; where its elements lie in it is the caller's to say. */
	protected setBuffer(block: number, buffer: Uint8Array): void {
		const slot = this.slotOf(block);
		this.bufferBytes += buffer.length - this.blocks[slot]!.length;
		this.blocks[slot] = buffer;
		this.spans[slot * SPAN_FIELDS + NUMBER] = 0;
	}

	/** Bytes of a new block. */
	private blockBytes(): number {
		if (this.bufferBytes < LARGE_BYTES_MIN) return BLOCK_BYTES;
		return this.bufferBytes < HUGE_BYTES_MIN ? LARGE_BLOCK_BYTES : HUGE_BLOCK_BYTES;
	}

	/** A buffer for a new block that has to take so many bytes. */
	protected takeBuffer(bytes: number): Uint8Array {
		if (bytes > this.spare.length) return new Uint8Array(Math.max(bytes, this.blockBytes()));
		const { spare } = this;
		this.dropSpare();
		return spare;
	}

	/** Adds a block at one end, without elements as yet. */
	protected addBlock(atHead: boolean, buffer: Uint8Array): void {
		if (this.size === this.blocks.length) this.resize(2 * this.size);
		if (atHead) this.first = this.slotOf(-1);
		this.size++;
		const block = atHead ? 0 : this.size - 1;
		const edge = atHead ? buffer.length : 0;
		this.setBuffer(block, buffer);
		this.setSpan(block, edge, edge, 0, 0);
	}

	/** Takes the first or last block away, with the elements it has. */
	protected dropBlock(atHead: boolean): void {
		const block = atHead ? 0 : this.size - 1;
		const span = this.spanOf(block);
		const buffer = this.bufferOf(block);
		this.count -= this.spans[span + COUNT]!;
		this.entries -= this.spans[span + ENTRIES]!;
		this.vacate(block);
		if (atHead) this.first = this.slotOf(1);
		this.size--;
		if (this.snapshot === null) this.keepSpare(buffer);
		if (this.blocks.length > 4 * Math.max(this.size, SLOTS_MIN)) this.resize(this.blocks.length >> 1);
	}

	/** Leaves a slot without a block. */
	protected vacate(block: number): void {
		this.setBuffer(block, noBlock);
		this.setSpan(block, 0, 0, 0, 0);
	}

	/** Keeps a buffer for the next block where that would be like it, and lets go of a larger one. */
	private keepSpare(buffer: Uint8Array): void {
		const bytes = this.blockBytes();
		if (this.size <= 1 || this.spare.length > bytes) this.dropSpare();
		else if (buffer.length === bytes && this.spare === noBlock) {
			this.spare = buffer;
			this.bufferBytes += buffer.length;
		}
	}

	private dropSpare(): void {
		this.bufferBytes -= this.spare.length;
		this.spare = noBlock;
	}

	private resize(slots: number): void {
		const blocks = new Array<Uint8Array>(slots).fill(noBlock);
		const spans = new Int32Array(slots * SPAN_FIELDS);
		for (let block = 0; block < this.size; block++) {
			const span = this.spanOf(block);
			blocks[block] = this.bufferOf(block);
			spans.set(this.spans.subarray(span, span + SPAN_FIELDS), block * SPAN_FIELDS);
		}
		this.blocks = blocks;
		this.spans = spans;
		this.first = 0;
	}

	/** Makes `added` vacant slots behind this block. */
	protected spread(block: number, added: number): void {
		if (added === 0) return;
		while (this.size + added > this.blocks.length) this.resize(2 * this.blocks.length);
		if (block < this.size >> 1) {
			this.first = this.slotOf(-added);
			for (let i = 0; i <= block; i++) this.moveBlock(i + added, i);
		} else {
			for (let i = this.size - 1; i > block; i--) this.moveBlock(i, i + added);
		}
		this.size += added;
	}

	/** Closes the gap of `removed` vacant slots from this one on. */
	protected close(block: number, removed: number): void {
		if (block < this.size >> 1) {
			for (let i = block - 1; i >= 0; i--) this.moveBlock(i, i + removed);
			this.first = this.slotOf(removed);
		} else {
			for (let i = block + removed; i < this.size; i++) this.moveBlock(i, i - removed);
		}
		this.size -= removed;
	}

	protected moveBlock(from: number, to: number): void {
		const source = this.slotOf(from);
		const target = this.slotOf(to);
		const span = source * SPAN_FIELDS;
		this.blocks[target] = this.blocks[source]!;
		this.blocks[source] = noBlock;
		this.spans.copyWithin(target * SPAN_FIELDS, span, span + SPAN_FIELDS);
		this.spans.fill(0, span, span + SPAN_FIELDS);
	}

	beginSnapshot(): ListSnapshot {
		// One that is on already goes by the numbers it gave.
		if (this.snapshot === null) {
			for (let block = 0; block < this.size; block++) this.spans[this.spanOf(block) + NUMBER] = block + 1;
		}
		return new ListSnapshot(this);
	}

	/** Bytes from `from` to before `to` of a block's buffer are about to change: tells the snapshot, if one is on. */
	protected preserve(block: number, from: number, to: number): void {
		const { snapshot, spans } = this;
		if (snapshot === null) return;
		const at = this.spanOf(block) + NUMBER;
		if (spans[at]! > 0 && snapshot.preserve(spans[at]! - 1, from, to)) spans[at] = 0;
	}

	/** The buffers of all blocks. */
	*buffers(): Iterable<Uint8Array> {
		for (let block = 0; block < this.size; block++) yield this.bufferOf(block);
	}

	bytesUsed(): number {
		const slots = this.blocks.length * (SPAN_BYTES + REFERENCE_BYTES);
		return OBJECT_BYTES + slots + this.size * BLOCK_OBJECT_BYTES + this.bufferBytes;
	}

	verify(): void {
		let count = 0;
		let entries = 0;
		let bytes = this.spare.length;
		for (let block = 0; block < this.size; block++) {
			const buffer = this.bufferOf(block);
			const [start, end] = [this.startOf(block), this.endOf(block)];
			assert(start >= 0 && start <= end && end <= buffer.length, "the elements of a block lie in its buffer");
			assert(verifyElements(buffer, start, end) === this.countOf(block), "the elements of a block are counted");
			assert(this.countOf(block) > 0 || this.size === 1, "no block is empty");
			const blockEntries = entriesOf(buffer, start, end);
			assert(this.spans[this.spanOf(block) + ENTRIES] === blockEntries, "the entries of a block are counted");
			count += this.countOf(block);
			entries += blockEntries;
			bytes += buffer.length;
		}
		assert(count === this.count, "elements are counted");
		assert(entries === this.entries, "entries are counted");
		assert(bytes === this.bufferBytes, "the bytes of buffers are counted");
		for (let block = this.size; block < this.blocks.length; block++) {
			assert(this.bufferOf(block) === noBlock && this.endOf(block) === 0, "a vacant slot has nothing");
		}
	}
}
