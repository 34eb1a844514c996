import { copyBytes } from "../../bytes/ascii.ts";
import {
	elementBytes,
	nextElement,
	previousElement,
	skipElements,
	skipElementsBack,
	verifyElements,
	writeElement,
} from "../../bytes/elements.ts";
import type { External } from "../../memory/handles.ts";
import { BLOCK_BYTES, BlockDirectory, COUNT, END, ENTRIES, START } from "./block-directory.ts";
import { entriesOf, entryBytes, entryBytesAt } from "./listpack.ts";
import { countEqual, findElement, removeEqual } from "./search.ts";

/** A lone block that uses less than a quarter of its buffer gets a smaller one, but for buffers as small as this. */
const LONE_BUFFER_MIN = 512;

/**
 * A list that is not small: a deque of blocks (block-directory.ts).
 *
 * The first block is filled backwards and the last one forwards, so neither end moves bytes to grow; only a lone block is
 * rearranged, or gets a larger buffer, until it is as large as a block can be. An element that is larger than that has a
 * block of its own. In the middle, a block that is full is divided where something is to go in.
 *
 * It has a cursor: an element, known by its block and its offset there. Changes but those at the cursor leave it behind.
 * Bytes handed in must not lie in the list itself.
 */
export class BlockList extends BlockDirectory implements External {
	/** The cursor. */
	block: number;
	at: number;
	/** How many elements of its block lie before the one last sought. */
	ordinal: number;

	constructor() {
		super();
		this.block = 0;
		this.at = 0;
		this.ordinal = 0;
	}

	/** A list of the elements of a run, with room for so many bytes more. */
	static of(run: Uint8Array, from: number, to: number, count: number, roomBytes: number): BlockList {
		const list = new BlockList();
		const used = to - from;
		const buffer = new Uint8Array(Math.min(BLOCK_BYTES, used + Math.max(used >> 2, roomBytes)));
		copyBytes(run, from, buffer, 0, used);
		list.addBlock(false, buffer);
		list.count = count;
		list.entries = entriesOf(run, from, to);
		list.setSpan(0, 0, used, count, list.entries);
		return list;
	}

	// The ends

	pushHead(source: Uint8Array, start: number, length: number): void {
		const bytes = elementBytes(length);
		if (this.spans[this.spanOf(0) + START]! < bytes) this.makeRoom(true, bytes);
		const span = this.spanOf(0);
		const { spans } = this;
		const at = spans[span + START]! - bytes;
		if (this.snapshot !== null) this.preserve(0, at, at + bytes);
		spans[span + START] = at;
		writeElement(this.bufferOf(0), at, source, start, length);
		this.account(span, 1, entryBytes(source, start, length));
	}

	pushTail(source: Uint8Array, start: number, length: number): void {
		const bytes = elementBytes(length);
		const last = this.size - 1;
		if (this.bufferOf(last).length - this.endOf(last) < bytes) this.makeRoom(false, bytes);
		const block = this.size - 1;
		const span = this.spanOf(block);
		const { spans } = this;
		const at = spans[span + END]!;
		if (this.snapshot !== null) this.preserve(block, at, at + bytes);
		spans[span + END] = at + bytes;
		writeElement(this.bufferOf(block), at, source, start, length);
		this.account(span, 1, entryBytes(source, start, length));
	}

	/** Counts elements that have come to a block, or gone where negative. */
	private account(span: number, count: number, entries: number): void {
		const { spans } = this;
		spans[span + COUNT] = spans[span + COUNT]! + count;
		spans[span + ENTRIES] = spans[span + ENTRIES]! + entries;
		this.count += count;
		this.entries += entries;
	}

	private makeRoom(atHead: boolean, bytes: number): void {
		if (this.size === 1 && this.rearrange(atHead, bytes)) return;
		if (this.size === 1 && this.count === 0) this.dropBlock(atHead);
		if (this.size > 0) this.trim(atHead ? 0 : this.size - 1);
		this.addBlock(atHead, this.takeBuffer(bytes));
	}

	/** Finds room at an end of the lone block, in its buffer or in a larger one; false where it is as large as can be. */
	private rearrange(atHead: boolean, bytes: number): boolean {
		const capacity = this.bufferOf(0).length;
		const used = this.endOf(0) - this.startOf(0);
		const needed = used + bytes;
		const free = capacity - used;
		if (4 * (capacity - needed) >= needed) {
			this.relocate(0, capacity, atHead ? Math.max(bytes, free >> 1) : Math.min(free - bytes, free >> 1));
		} else if (needed > BLOCK_BYTES || capacity >= BLOCK_BYTES) return false;
		else {
			const larger = Math.min(BLOCK_BYTES, needed + (needed >> 2));
			this.relocate(0, larger, atHead ? larger - used : 0);
		}
		return true;
	}

	/** Moves the elements of a block to `to` of its buffer, or of one with another capacity. */
	private relocate(block: number, capacity: number, to: number): void {
		const buffer = this.bufferOf(block);
		const span = this.spanOf(block);
		const start = this.spans[span + START]!;
		const end = this.spans[span + END]!;
		if (capacity === buffer.length) {
			this.preserve(block, to, to + end - start);
			buffer.copyWithin(to, start, end);
		} else {
			const other = new Uint8Array(capacity);
			copyBytes(buffer, start, other, to, end - start);
			this.setBuffer(block, other);
		}
		this.spans[span + START] = to;
		this.spans[span + END] = to + end - start;
	}

	/** Cuts a full block to size where a good part of its buffer is not used: elements were too large for the rest. */
	private trim(block: number): void {
		const capacity = this.bufferOf(block).length;
		const used = this.endOf(block) - this.startOf(block);
		if (8 * used < 7 * capacity) this.relocate(block, used, 0);
	}

	/** Removes so many elements, of which there are as many, from an end. */
	drop(atHead: boolean, count: number): void {
		let left = count;
		while (left > 0) {
			const block = atHead ? 0 : this.size - 1;
			const inBlock = this.countOf(block);
			if (inBlock > left) return this.dropWithin(block, atHead, left);
			this.dropBlock(atHead);
			left -= inBlock;
		}
	}

	private dropWithin(block: number, atHead: boolean, count: number): void {
		const buffer = this.bufferOf(block);
		const span = this.spanOf(block);
		let entries = 0;
		let at = this.spans[span + (atHead ? START : END)]!;
		for (let left = count; left > 0; left--) {
			if (!atHead) at = previousElement(buffer, at);
			entries += entryBytesAt(buffer, at);
			if (atHead) at = nextElement(buffer, at);
		}
		this.spans[span + (atHead ? START : END)] = at;
		this.account(span, -count, -entries);
	}

	/** Gives a lone block that has become nearly empty a smaller buffer. */
	tighten(): void {
		const capacity = this.bufferOf(0).length;
		const used = this.endOf(0) - this.startOf(0);
		if (this.size !== 1 || capacity <= LONE_BUFFER_MIN || 4 * used >= capacity) return;
		this.relocate(0, used + (used >> 1), used >> 2);
	}

	// The cursor

	/** Places the cursor on the first or last element. */
	seekEnd(atHead: boolean): void {
		this.block = atHead ? 0 : this.size - 1;
		this.at = atHead ? this.startOf(0) : previousElement(this.bufferOf(this.block), this.endOf(this.block));
		this.ordinal = atHead ? 0 : this.countOf(this.block) - 1;
	}

	/** Places the cursor on an element by its index, on the shorter way. */
	seek(index: number): void {
		let block: number;
		let ordinal: number;
		if (index < this.count / 2) {
			block = 0;
			ordinal = index;
			for (let count = this.countOf(0); ordinal >= count; count = this.countOf(++block)) ordinal -= count;
		} else {
			block = this.size - 1;
			let first = this.count - this.countOf(block);
			while (index < first) first -= this.countOf(--block);
			ordinal = index - first;
		}
		const buffer = this.bufferOf(block);
		const behind = this.countOf(block) - ordinal;
		this.block = block;
		this.ordinal = ordinal;
		if (ordinal < behind) this.at = skipElements(buffer, this.startOf(block), ordinal);
		else this.at = skipElementsBack(buffer, this.endOf(block), behind);
	}

	// Changes at the cursor

	/** Puts an element before the one at the cursor, or behind it. */
	insert(isBehind: boolean, source: Uint8Array, start: number, length: number): void {
		if (isBehind) this.at = nextElement(this.bufferOf(this.block), this.at);
		this.put(0, source, start, length);
	}

	/** Puts an element in place of the one at the cursor. */
	replace(source: Uint8Array, start: number, length: number): void {
		const buffer = this.bufferOf(this.block);
		this.account(this.spanOf(this.block), -1, -entryBytesAt(buffer, this.at));
		this.put(nextElement(buffer, this.at) - this.at, source, start, length);
	}

	private put(removed: number, source: Uint8Array, start: number, length: number): void {
		this.makeGap(removed, elementBytes(length));
		writeElement(this.bufferOf(this.block), this.at, source, start, length);
		this.account(this.spanOf(this.block), 1, entryBytes(source, start, length));
	}

	/** Turns `removed` bytes at the cursor into `inserted` bytes, to be written; a snapshot knows. */
	private makeGap(removed: number, inserted: number): void {
		const { block, at } = this;
		const grown = inserted - removed;
		if (grown === 0) return this.preserve(block, at, at + inserted);
		const buffer = this.bufferOf(block);
		const span = this.spanOf(block);
		const start = this.spans[span + START]!;
		const end = this.spans[span + END]!;
		const used = end - start + grown;
		if (used > BLOCK_BYTES) return this.divide(removed, inserted);
		const isTailShorter = end - at - removed <= at - start;
		if (buffer.length <= BLOCK_BYTES && end + grown <= buffer.length && (isTailShorter || start < grown)) {
			this.preserve(block, at, Math.max(end, end + grown));
			buffer.copyWithin(at + inserted, at + removed, end);
			this.spans[span + END] = end + grown;
		} else if (buffer.length <= BLOCK_BYTES && start >= grown) {
			this.preserve(block, Math.min(start, start - grown), at + removed);
			buffer.copyWithin(start - grown, start, at);
			this.spans[span + START] = start - grown;
			this.at = at - grown;
		} else {
			const other = new Uint8Array(Math.min(BLOCK_BYTES, used + (used >> 2)));
			copyBytes(buffer, start, other, 0, at - start);
			copyBytes(buffer, at + removed, other, at - start + inserted, end - at - removed);
			this.setBuffer(block, other);
			this.spans[span + START] = 0;
			this.spans[span + END] = used;
			this.at = at - start;
		}
	}

	/** The same where one block would become too large: what is before the gap and what is behind it get one each. */
	private divide(removed: number, inserted: number): void {
		const { at } = this;
		const buffer = this.bufferOf(this.block);
		const span = this.spanOf(this.block);
		const start = this.startOf(this.block);
		const head = at - start;
		const tail = this.endOf(this.block) - at - removed;
		const headCount = verifyElements(buffer, start, at);
		const headEntries = entriesOf(buffer, start, at);
		const tailCount = this.spans[span + COUNT]! - headCount;
		const tailEntries = this.spans[span + ENTRIES]! - headEntries;
		// The gap goes to the smaller side where there is one, else to a block of its own.
		const fitsTail = tail > 0 && tail + inserted <= BLOCK_BYTES;
		const joinsHead = head > 0 && head + inserted <= BLOCK_BYTES && (head <= tail || !fitsTail);
		const joinsTail = fitsTail && !joinsHead;
		const isAlone = !joinsHead && !joinsTail;
		this.spread(this.block, (head > 0 ? 1 : 0) + (isAlone ? 1 : 0) + (tail > 0 ? 1 : 0) - 1);
		let block = this.block;
		if (head > 0) {
			this.adopt(block, new Uint8Array(joinsHead ? head + inserted : head), headCount, headEntries);
			copyBytes(buffer, start, this.bufferOf(block), 0, head);
			this.at = head;
			if (!joinsHead) block++;
		}
		this.block = block;
		if (!joinsHead) this.at = 0;
		if (isAlone) this.adopt(block, new Uint8Array(inserted), 0, 0);
		if (tail === 0) return;
		if (!joinsTail) block++;
		this.adopt(block, new Uint8Array(joinsTail ? inserted + tail : tail), tailCount, tailEntries);
		copyBytes(buffer, at + removed, this.bufferOf(block), joinsTail ? inserted : 0, tail);
	}

	/** Gives a block a buffer that its elements fill. */
	private adopt(block: number, buffer: Uint8Array, count: number, entries: number): void {
		this.setBuffer(block, buffer);
		this.setSpan(block, 0, buffer.length, count, entries);
	}

	// Removal by value

	/** Takes out up to `limit` elements that are the given bytes, the first ones or the last ones; returns how many. */
	removeEqual(bytes: Uint8Array, start: number, length: number, limit: number, fromTail: boolean): number {
		let left = limit;
		let lowest = this.size;
		let highest = -1;
		for (let i = 0; i < this.size && left > 0; i++) {
			const block = fromTail ? this.size - 1 - i : i;
			const removed = this.removeWithin(block, bytes, start, length, left, fromTail);
			if (removed === 0) continue;
			left -= removed;
			lowest = Math.min(lowest, block);
			highest = Math.max(highest, block);
		}
		if (highest >= 0) this.mend(Math.max(0, lowest - 1), Math.min(this.size, highest + 2));
		return limit - left;
	}

	private removeWithin(
		block: number,
		bytes: Uint8Array,
		start: number,
		length: number,
		limit: number,
		fromTail: boolean,
	): number {
		const buffer = this.bufferOf(block);
		const from = this.startOf(block);
		const to = this.endOf(block);
		if (this.snapshot !== null) {
			const first = findElement(buffer, from, to, bytes, start, length);
			if (first < 0) return 0;
			this.preserve(block, first, to);
		}
		const skipped = fromTail ? Math.max(0, countEqual(buffer, from, to, bytes, start, length) - limit) : 0;
		const end = removeEqual(buffer, from, to, bytes, start, length, skipped, limit);
		const removed = (to - end) / elementBytes(length);
		const span = this.spanOf(block);
		this.spans[span + END] = end;
		this.account(span, -removed, -removed * entryBytes(bytes, start, length));
		return removed;
	}

	/**
	 * Of the blocks [from, to): takes out those that are empty, joins one to the one before where both fit in one, and cuts
	 * those to size that have lost most of their elements.
	 */
	private mend(from: number, to: number): void {
		let kept = from;
		for (let block = from; block < to; block++) {
			const used = this.endOf(block) - this.startOf(block);
			if (used === 0 || (kept > from && this.join(kept - 1, block))) {
				this.vacate(block);
				continue;
			}
			if (kept !== block) this.moveBlock(block, kept);
			if (4 * used < this.bufferOf(kept).length) this.relocate(kept, used, 0);
			kept++;
		}
		if (kept < to) this.close(kept, to - kept);
	}

	/** Appends the elements of a block to those of another; false where they are too many for one. */
	private join(block: number, other: number): boolean {
		const span = this.spanOf(block);
		const source = this.bufferOf(other);
		const start = this.startOf(other);
		const added = this.endOf(other) - start;
		const used = this.endOf(block) - this.startOf(block);
		if (used + added > BLOCK_BYTES) return false;
		if (this.endOf(block) + added > this.bufferOf(block).length) this.relocate(block, used + added, 0);
		this.preserve(block, this.endOf(block), this.endOf(block) + added);
		copyBytes(source, start, this.bufferOf(block), this.endOf(block), added);
		this.spans[span + END]! += added;
		this.spans[span + COUNT]! += this.countOf(other);
		this.spans[span + ENTRIES]! += this.spans[this.spanOf(other) + ENTRIES]!;
		return true;
	}

	clone(): BlockList {
		const copy = new BlockList();
		for (let block = 0; block < this.size; block++) {
			const span = this.spanOf(block);
			const buffer = this.bufferOf(block).slice(this.startOf(block), this.endOf(block));
			copy.addBlock(false, buffer);
			copy.setSpan(block, 0, buffer.length, this.spans[span + COUNT]!, this.spans[span + ENTRIES]!);
		}
		copy.count = this.count;
		copy.entries = this.entries;
		return copy;
	}
}
