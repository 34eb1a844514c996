import { assert } from "../bytes/assert.ts";
import {
	elementBytes,
	elementEquals,
	elementLength,
	elementStart,
	nextElement,
	previousElement,
	skipElements,
	skipElementsBack,
	verifyElements,
	writeElement,
} from "../bytes/elements.ts";
import { OpenList } from "./list/open-list.ts";
import { countEqual, findElement, removeEqual } from "./list/search.ts";

export { listEncoding } from "./list/open-list.ts";

/** Ends of a list. */
export const HEAD = true;
export const TAIL = false;

/** Most bytes of elements that are inline: each push copies them. See docs/lists.md. */
export const INLINE_MAX = 1024;

/** Hears of elements, one after the other; the bytes are good during the call only. */
export type ElementVisitor = (bytes: Uint8Array, start: number, length: number) => void;

/**
 * A list, whichever form it has: what commands work with. An object of this class serves one list at a time; it is opened
 * at the cursor of a database, asked and changed, and closed.
 *
 *     if (call.findForWrite(1) && call.database.type() !== LIST) return call.reply.error(WRONG_TYPE);
 *     list.open(call.database, call.keyspace.limits);      the key may be missing: `count` is 0 then
 *     list.append(HEAD, call.bytes, start, length);
 *     const isGone = list.close();                         true: it became empty, and the key was removed
 *
 * The forms:
 *
 *     inline     count:2  element element element …     up to INLINE_MAX bytes of elements (bytes/elements.ts)
 *     blocks                                            list/block-list.ts
 *
 * It has a cursor: an element, which `bytes`, `start` and `length` show. Reading goes by runs, the elements that lie
 * together: `bytes` from `runStart` to `runEnd`, `runCount` of them. Both are good until the next change. Bytes handed
 * in must lie neither in a slab of the table nor in the list itself.
 */
export class List extends OpenList {
	/** The element at the cursor. */
	start: number;
	length: number;
	/** The run. */
	runStart: number;
	runEnd: number;
	runCount: number;
	/** Of an inline list: where the element at the cursor lies, and the gap that pushed ones go into. */
	private at: number;
	private gapStart: number;
	private gapEnd: number;
	/** The block of the run; 0 of an inline list. */
	private runBlock: number;

	constructor() {
		super();
		this.start = 0;
		this.length = 0;
		this.runStart = 0;
		this.runEnd = 0;
		this.runCount = 0;
		this.at = 0;
		this.gapStart = 0;
		this.gapEnd = 0;
		this.runBlock = 0;
	}

	// The ends

	/** Pushes one element. */
	append(end: boolean, bytes: Uint8Array, start: number, length: number): void {
		this.reserve(end, 1, length, elementBytes(length));
		this.push(end, bytes, start, length);
	}

	/** Makes room at one end for elements that are pushed next: so many, of so many bytes, which packed take so many. */
	reserve(end: boolean, count: number, bytes: number, packedBytes: number): void {
		this.expect(count, bytes);
		if (this.blocks !== null) return;
		if (this.to - this.from + packedBytes > INLINE_MAX) return this.spill(packedBytes);
		if (this.place!.table.offset === 0) {
			this.create(packedBytes, count);
			this.gapStart = this.from;
		} else this.gapStart = this.splice(end === HEAD ? this.from : this.to, 0, packedBytes, this.count + count);
		this.gapEnd = this.gapStart + packedBytes;
	}

	/** Pushes an element that room was made for. */
	push(end: boolean, bytes: Uint8Array, start: number, length: number): void {
		this.count++;
		if (this.blocks !== null) {
			if (end === HEAD) this.blocks.pushHead(bytes, start, length);
			else this.blocks.pushTail(bytes, start, length);
		} else if (end === HEAD) {
			this.gapEnd -= elementBytes(length);
			writeElement(this.slab, this.gapEnd, bytes, start, length);
		} else this.gapStart = writeElement(this.slab, this.gapStart, bytes, start, length);
	}

	/** Places the cursor on the first or last element. */
	seekEnd(end: boolean): void {
		if (this.blocks !== null) {
			this.blocks.seekEnd(end);
			this.showBlock();
		} else this.show(this.slab, end === HEAD ? this.from : previousElement(this.slab, this.to));
	}

	/** Removes so many elements from one end: all, where there are not as many. */
	drop(end: boolean, wanted: number): void {
		const count = Math.min(wanted, this.count);
		if (count === 0) return;
		this.hasShrunk = true;
		this.count -= count;
		const { blocks, slab, from, to } = this;
		if (blocks !== null) blocks.drop(end, count);
		else if (end === HEAD) this.splice(from, skipElements(slab, from, count) - from, 0, this.count);
		else {
			const at = skipElementsBack(slab, to, count);
			this.splice(at, to - at, 0, this.count);
		}
	}

	// The cursor

	/** Places the cursor on an element by its index, counted from the end where negative; false where there is none. */
	seek(index: number): boolean {
		const place = index < 0 ? this.count + index : index;
		if (place < 0 || place >= this.count) return false;
		if (this.blocks !== null) {
			this.blocks.seek(place);
			this.showBlock();
		} else this.show(this.slab, this.inlineAt(place));
		return true;
	}

	/** Places the cursor on the first element that is the given bytes; false where none is. */
	find(bytes: Uint8Array, start: number, length: number): boolean {
		for (this.loadRun(0); this.runCount > 0; this.nextRun()) {
			const at = findElement(this.bytes, this.runStart, this.runEnd, bytes, start, length);
			if (at < 0) continue;
			if (this.blocks !== null) {
				this.blocks.block = this.runBlock;
				this.blocks.at = at;
			}
			this.show(this.bytes, at);
			return true;
		}
		return false;
	}

	private show(run: Uint8Array, at: number): void {
		this.at = at;
		this.bytes = run;
		this.start = elementStart(run, at);
		this.length = elementLength(run, at);
	}

	private showBlock(): void {
		const blocks = this.blocks!;
		this.show(blocks.bufferOf(blocks.block), blocks.at);
	}

	/** Where an element of an inline list lies, found on the shorter way. */
	private inlineAt(index: number): number {
		const behind = this.count - index;
		if (index < behind) return skipElements(this.slab, this.from, index);
		return skipElementsBack(this.slab, this.to, behind);
	}

	/** Puts an element before the one at the cursor, or behind it. */
	insert(isBehind: boolean, bytes: Uint8Array, start: number, length: number): void {
		const size = elementBytes(length);
		if (this.blocks === null && this.to - this.from + size > INLINE_MAX) this.spillAtCursor(size);
		this.count++;
		if (this.blocks !== null) return this.blocks.insert(isBehind, bytes, start, length);
		const at = isBehind ? nextElement(this.slab, this.at) : this.at;
		const gap = this.splice(at, 0, size, this.count);
		writeElement(this.slab, gap, bytes, start, length);
	}

	/** Puts an element in place of the one at the cursor. */
	replace(bytes: Uint8Array, start: number, length: number): void {
		const size = elementBytes(length);
		const old = elementBytes(this.length);
		this.hasShrunk = true;
		if (this.blocks === null && this.to - this.from + size - old > INLINE_MAX) this.spillAtCursor(size);
		if (this.blocks !== null) return this.blocks.replace(bytes, start, length);
		const gap = this.splice(this.at, old, size, this.count);
		writeElement(this.slab, gap, bytes, start, length);
	}

	private spillAtCursor(roomBytes: number): void {
		const offset = this.at - this.from;
		this.spill(roomBytes);
		const blocks = this.blocks!;
		blocks.block = 0;
		blocks.at = blocks.startOf(0) + offset;
	}

	/** Removes elements that are the given bytes, `limit` at most, from one end on; returns how many. */
	removeEqual(bytes: Uint8Array, start: number, length: number, limit: number, end: boolean): number {
		const removed = this.takeOut(bytes, start, length, Math.min(limit, this.count), end);
		if (removed > 0) this.hasShrunk = true;
		this.count -= removed;
		return removed;
	}

	private takeOut(bytes: Uint8Array, start: number, length: number, limit: number, end: boolean): number {
		const { slab, from, to } = this;
		if (this.blocks !== null) return this.blocks.removeEqual(bytes, start, length, limit, end === TAIL);
		const skipped = end === HEAD ? 0 : Math.max(0, countEqual(slab, from, to, bytes, start, length) - limit);
		const at = removeEqual(slab, from, to, bytes, start, length, skipped, limit);
		const removed = (to - at) / elementBytes(length);
		this.splice(at, to - at, 0, this.count - removed);
		return removed;
	}

	// Runs

	/** Loads the run that begins with the element of this index, of which there is one. */
	seekRun(index: number): void {
		const { blocks } = this;
		if (blocks === null) {
			this.loadRun(0);
			this.runStart = this.inlineAt(index);
			this.runCount -= index;
		} else {
			blocks.seek(index);
			this.loadRun(blocks.block);
			this.runStart = blocks.at;
			this.runCount -= blocks.ordinal;
		}
	}

	/** Loads the run behind the one that is loaded; it has no elements at the end of the list. */
	nextRun(): void {
		if (this.runBlock + 1 < this.runs()) this.loadRun(this.runBlock + 1);
		else this.runCount = 0;
	}

	private runs(): number {
		return this.blocks === null ? 1 : this.blocks.size;
	}

	private loadRun(block: number): void {
		const { blocks } = this;
		this.runBlock = block;
		this.bytes = blocks === null ? this.slab : blocks.bufferOf(block);
		this.runStart = blocks === null ? this.from : blocks.startOf(block);
		this.runEnd = blocks === null ? this.to : blocks.endOf(block);
		this.runCount = blocks === null ? this.count : blocks.countOf(block);
	}

	/** Calls `visit` for every element, which must not change the list. */
	forEach(visit: ElementVisitor): void {
		for (this.loadRun(0); this.runCount > 0; this.nextRun()) {
			const { bytes, runEnd } = this;
			for (let at = this.runStart; at < runEnd; at = nextElement(bytes, at)) {
				visit(bytes, elementStart(bytes, at), elementLength(bytes, at));
			}
		}
	}

	/**
	 * Calls `visit` with the index of each element that is the given bytes, from one end on and among the first `among`
	 * elements there, until it returns false. It must not change the list.
	 */
	forEachEqual(
		bytes: Uint8Array,
		start: number,
		length: number,
		end: boolean,
		among: number,
		visit: (index: number) => boolean,
	): void {
		let left = Math.min(among, this.count);
		let index = end === HEAD ? 0 : this.count - 1;
		for (let i = 0; left > 0; i++) {
			this.loadRun(end === HEAD ? i : this.runs() - 1 - i);
			const run = this.bytes;
			const looked = Math.min(left, this.runCount);
			let at = end === HEAD ? this.runStart : this.runEnd;
			for (let j = 0; j < looked; j++) {
				if (end === TAIL) at = previousElement(run, at);
				if (elementEquals(run, at, bytes, start, length) && !visit(index)) return;
				if (end === HEAD) at = nextElement(run, at);
				index += end === HEAD ? 1 : -1;
			}
			left -= looked;
		}
	}

	/** Checks the open list. */
	verify(): void {
		if (this.blocks !== null) {
			this.blocks.verify();
			assert(this.blocks.count === this.count, "a list counts as its blocks do");
		} else if (this.place!.table.offset !== 0) {
			assert(verifyElements(this.slab, this.from, this.to) === this.count, "an inline list counts its elements");
			assert(this.to - this.from <= INLINE_MAX, "an inline list is small");
		}
	}
}
