import { copyBytes } from "../bytes/ascii.ts";
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
import { KIND_MARK } from "../memory/entry.ts";
import { KEEP_DEADLINE } from "../memory/table.ts";
import type { Limits } from "./limits.ts";
import { BlockList } from "./list/block-list.ts";
import { entriesOf, exceedsListpack, fitsHalfListpack } from "./list/listpack.ts";
import { countEqual, findElement, removeEqual } from "./list/search.ts";
import type { Place } from "./place.ts";
import { LIST } from "./type.ts";

/** Ends of a list. */
export const HEAD = true;
export const TAIL = false;

/** A list that OBJECT ENCODING calls a listpack, and one that it calls a quicklist, wherever they lie. */
const LISTPACK_KIND = LIST;
const QUICKLIST_KIND = LIST | KIND_MARK;

/** Before the elements of an inline list: how many there are. */
const COUNT_BYTES = 2;
/** Most bytes of elements that are inline: each push copies them. See docs/lists.md. */
export const INLINE_MAX = 1024;
/** A big list that has shrunk to so few becomes inline again. */
export const INLINE_AGAIN_MAX = 256;
/** A short element takes up to two bytes more in a listpack than in a run. */
const ENTRY_EXTRA_BYTES = 2;

const nothing = new Uint8Array(0);
const scratch = new Uint8Array(INLINE_AGAIN_MAX);

/** Hears of elements, one after the other; the bytes are good during the call only. */
export type ElementVisitor = (bytes: Uint8Array, start: number, length: number) => void;

/** What OBJECT ENCODING says of a list of this kind. */
export function listEncoding(kind: number): string {
	return (kind & KIND_MARK) === 0 ? "listpack" : "quicklist";
}

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
export class List {
	count: number;
	/** The element at the cursor; `bytes` is also where the run lies. */
	bytes: Uint8Array;
	start: number;
	length: number;
	/** The run. */
	runStart: number;
	runEnd: number;
	runCount: number;
	private place: Place | null;
	private limit: number;
	private isQuicklist: boolean;
	/** Something went, so that a more modest form may do. */
	private hasShrunk: boolean;
	private blocks: BlockList | null;
	/** What the table counts for the blocks. */
	private bytesCounted: number;
	/** Of an inline list: where its elements lie, the one at the cursor, and the gap that pushed ones go into. */
	private slab: Uint8Array;
	private from: number;
	private to: number;
	private at: number;
	private gapStart: number;
	private gapEnd: number;
	/** The block of the run; 0 of an inline list. */
	private runBlock: number;

	constructor() {
		this.count = 0;
		this.bytes = nothing;
		this.start = 0;
		this.length = 0;
		this.runStart = 0;
		this.runEnd = 0;
		this.runCount = 0;
		this.place = null;
		this.limit = 0;
		this.isQuicklist = false;
		this.hasShrunk = false;
		this.blocks = null;
		this.bytesCounted = 0;
		this.slab = nothing;
		this.from = 0;
		this.to = 0;
		this.at = 0;
		this.gapStart = 0;
		this.gapEnd = 0;
		this.runBlock = 0;
	}

	// Opening and closing

	/** The key of the place's last find holds a list, or does not exist and comes with the first element. */
	open(place: Place, limits: Limits): void {
		const { table } = place;
		this.place = place;
		this.limit = limits.listBlock;
		this.hasShrunk = false;
		this.blocks = null;
		this.from = 0;
		this.to = 0;
		if (table.offset === 0) {
			this.count = 0;
			this.isQuicklist = false;
			return;
		}
		this.isQuicklist = (table.kind() & KIND_MARK) !== 0;
		if (table.isExternal()) {
			this.blocks = table.external() as BlockList;
			this.bytesCounted = this.blocks.bytesUsed();
			this.count = this.blocks.count;
			return;
		}
		const start = table.valueStart();
		this.slab = table.segment.slab;
		this.from = start + COUNT_BYTES;
		this.to = start + table.valueLength();
		this.count = this.slab[start]! | (this.slab[start + 1]! << 8);
	}

	/** Ends the use. A list without elements is removed with its key: returns whether that happened. */
	close(): boolean {
		const place = this.place!;
		const isGone = this.count === 0 && place.table.offset !== 0;
		if (this.blocks !== null) this.countBytes();
		if (isGone) place.remove();
		else if (this.hasShrunk) this.settle();
		this.place = null;
		this.blocks = null;
		this.slab = nothing;
		this.bytes = nothing;
		return isGone;
	}

	/** Tells the table what the blocks take now. */
	private countBytes(): void {
		const bytes = this.blocks!.bytesUsed();
		this.place!.table.handles.bytes += bytes - this.bytesCounted;
		this.bytesCounted = bytes;
	}

	/** Finds the form for a list that has shrunk. */
	private settle(): void {
		const { blocks } = this;
		const isLone = blocks === null || blocks.size === 1;
		if (this.isQuicklist && isLone && fitsHalfListpack(this.limit, this.entries(), this.count)) this.mark(false);
		if (blocks === null || !isLone) return;
		if (blocks.endOf(0) - blocks.startOf(0) <= INLINE_AGAIN_MAX) this.takeIn(blocks);
		else {
			blocks.tighten();
			this.countBytes();
		}
	}

	/** Makes a list of blocks an inline one. */
	private takeIn(blocks: BlockList): void {
		const start = blocks.startOf(0);
		const length = blocks.endOf(0) - start;
		copyBytes(blocks.bufferOf(0), start, scratch, 0, length);
		this.blocks = null;
		this.create(length, this.count);
		copyBytes(scratch, 0, this.slab, this.from, length);
	}

	/** Makes the value an inline list of so many elements, which take so many bytes and are to be written. */
	private create(bytes: number, count: number): void {
		const place = this.place!;
		const start = place.createInline(this.kind(), COUNT_BYTES + bytes);
		this.slab = place.table.segment.slab;
		this.from = start + COUNT_BYTES;
		this.to = this.from + bytes;
		this.writeCount(count);
	}

	private kind(): number {
		return this.isQuicklist ? QUICKLIST_KIND : LISTPACK_KIND;
	}

	private writeCount(count: number): void {
		this.slab[this.from - 2] = count;
		this.slab[this.from - 1] = count >>> 8;
	}

	/**
	 * Replaces `removed` bytes at `at` of an inline list, which has so many elements then, by `inserted` bytes that are to be
	 * written; returns where.
	 */
	private splice(at: number, removed: number, inserted: number, count: number): number {
		const place = this.place!;
		const length = this.to - this.from + inserted - removed;
		const offset = at - this.from;
		const start = place.spliceInline(COUNT_BYTES + offset, removed, inserted);
		this.slab = place.table.segment.slab;
		this.from = start - offset;
		this.to = this.from + length;
		this.writeCount(count);
		return start;
	}

	/** Makes an inline list, or none, one of blocks, with room for so many bytes more. */
	private spill(roomBytes: number): void {
		const place = this.place!;
		const blocks = BlockList.of(this.slab, this.from, this.to, this.count, roomBytes);
		place.putExternal(this.kind(), blocks, KEEP_DEADLINE);
		this.blocks = blocks;
		this.bytesCounted = blocks.bytesUsed();
	}

	// What OBJECT ENCODING says

	/** Bytes the elements would take in a listpack. */
	private entries(): number {
		return this.blocks !== null ? this.blocks.entries : entriesOf(this.slab, this.from, this.to);
	}

	private mark(isQuicklist: boolean): void {
		this.isQuicklist = isQuicklist;
		if (this.place!.table.offset !== 0) this.place!.table.setKind(this.kind());
	}

	/** To be told before elements come: a listpack that they might not fit in is one no more, even if they do not come. */
	expect(count: number, bytes: number): void {
		if (this.isQuicklist) return;
		if (this.blocks === null) {
			// To count the entries of an inline list means to look at each element, and is rarely needed.
			const bound = this.to - this.from + ENTRY_EXTRA_BYTES * this.count;
			if (!exceedsListpack(this.limit, bound + bytes, this.count + count)) return;
		}
		if (exceedsListpack(this.limit, this.entries() + bytes, this.count + count)) this.mark(true);
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
