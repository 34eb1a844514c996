import { copyBytes } from "../../bytes/ascii.ts";
import { KIND_MARK } from "../../memory/entry.ts";
import { KEEP_DEADLINE } from "../../memory/table.ts";
import type { Limits } from "../limits.ts";
import type { Place } from "../place.ts";
import { LIST } from "../type.ts";
import { BlockList } from "./block-list.ts";
import { entriesOf, exceedsListpack, fitsHalfListpack } from "./listpack.ts";

/** A list that OBJECT ENCODING calls a listpack, and one that it calls a quicklist, wherever they lie. */
const LISTPACK_KIND = LIST;
const QUICKLIST_KIND = LIST | KIND_MARK;

/** Before the elements of an inline list: how many there are. */
const COUNT_BYTES = 2;
/** A big list that has shrunk to so few bytes of elements becomes inline again. */
export const INLINE_AGAIN_MAX = 256;
/** A short element takes up to two bytes more in a listpack than in a run. */
const ENTRY_EXTRA_BYTES = 2;

const nothing = new Uint8Array(0);
const scratch = new Uint8Array(INLINE_AGAIN_MAX);

/** What OBJECT ENCODING says of a list of this kind. */
export function listEncoding(kind: number): string {
	return (kind & KIND_MARK) === 0 ? "listpack" : "quicklist";
}

/**
 * A list as it lies at its key, from opening to closing: which form it has, and how it gets another one. What a list can
 * do is in list.ts.
 *
 * Invariant: `blocks` is null for an inline list, whose elements lie in `slab` from `from` to `to`, and for a missing one,
 * which is an inline one of no bytes.
 */
export class OpenList {
	count: number;
	/** Where the list shows what it was asked for. */
	bytes: Uint8Array;
	protected place: Place | null;
	protected blocks: BlockList | null;
	protected slab: Uint8Array;
	protected from: number;
	protected to: number;
	/** Something went, so that a more modest form may do. */
	protected hasShrunk: boolean;
	private limit: number;
	private isQuicklist: boolean;
	/** What the table counts for the blocks. */
	private bytesCounted: number;

	constructor() {
		this.count = 0;
		this.bytes = nothing;
		this.place = null;
		this.blocks = null;
		this.slab = nothing;
		this.from = 0;
		this.to = 0;
		this.hasShrunk = false;
		this.limit = 0;
		this.isQuicklist = false;
		this.bytesCounted = 0;
	}

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
	protected create(bytes: number, count: number): void {
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
	protected splice(at: number, removed: number, inserted: number, count: number): number {
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
	protected spill(roomBytes: number): void {
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
}
