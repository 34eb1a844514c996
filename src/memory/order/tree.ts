import type { Pages } from "../../adapters/pages.ts";
import { assert } from "../../bytes/assert.ts";
import { Handles } from "../handles.ts";
import {
	appendChildren,
	appendRecord,
	appendRecords,
	CHILDREN,
	COUNTS,
	childOf,
	closeSlots,
	compact,
	countLeftOf,
	countOf,
	FANOUT,
	handleAt,
	hasRoom,
	hasRoomBelowGarbage,
	initialize,
	insertChild,
	LEVEL,
	liveBytes,
	middleSlot,
	NEXT,
	NO_BLOCK,
	openFirstSlot,
	openSlot,
	PREVIOUS,
	recordAt,
	recordBytes,
	recordBytesAt,
	removeChild,
	roomOf,
	separatorSlot,
	slotsAt,
} from "./block.ts";
import { Blocks, baseOf } from "./blocks.ts";
import { Element } from "./element.ts";
import { search } from "./search.ts";

/** A billion elements need fewer. */
const LEVELS_MAX = 16;
/** A block that would be fuller without its garbage is split and not compacted; so neither comes often. */
const FULL = 7 / 8;
/** A block with less than this in use looks for a neighbour; the two become one if that is no fuller than MERGED. */
const SPARSE = 1 / 4;
const MERGED = 3 / 4;

/** One tree is at work at a time: what it needs for that is shared, so that a small tree is a small object. */

/** What a descent by value goes for. */
export const sought = new Element();

const below = new Element();
const separator = new Element();
const promoted = new Element();
/** Blocks that have left the tree. */
const freed: number[] = [];

/**
 * The blocks of an order as a tree: the way down to a leaf, and how blocks split and merge.
 *
 * A descent leaves the way it took in `pathBlocks` and `pathSlots`, by level; everything else works at its end. Between
 * two calls the tree is whole and its blocks lie in one row without a gap; blocks that leave it wait until the change
 * is made, and then the last blocks of the row take their places.
 */
export class Tree {
	/** Elements. */
	count: number;
	readonly blocks: Blocks;
	/** Members and separators too long for a record. */
	readonly longs: Handles;
	root: number;
	/** Level of the root; leaves are at 0. */
	height: number;
	readonly pathBlocks: Int32Array;
	readonly pathSlots: Int32Array;

	constructor(pages: Pages) {
		this.count = 0;
		this.blocks = new Blocks(pages);
		this.longs = new Handles(pages);
		this.root = 0;
		this.height = 0;
		this.pathBlocks = new Int32Array(LEVELS_MAX);
		this.pathSlots = new Int32Array(LEVELS_MAX);
		this.root = this.newBlock(0);
	}

	/** Becomes a copy that shares nothing with the original. */
	copyFrom(original: Tree): void {
		this.blocks.copyFrom(original.blocks);
		this.longs.copyFrom(original.longs);
		this.count = original.count;
		this.root = original.root;
		this.height = original.height;
	}

	clear(): void {
		this.count = 0;
		this.blocks.clear();
		this.longs.clear();
		this.height = 0;
		this.root = this.newBlock(0);
	}

	private newBlock(level: number): number {
		const block = this.blocks.allocate();
		initialize(this.blocks.chunkOf(block), baseOf(block), level);
		return block;
	}

	// The way down

	/** To the leaf where `sought` is or would go. Returns its slot there, or the complement of the slot for it. */
	descend(): number {
		const { blocks, longs, pathBlocks, pathSlots } = this;
		let block = this.root;
		for (let level = this.height; level > 0; level--) {
			const chunk = blocks.chunkOf(block);
			const base = baseOf(block);
			const found = search(chunk, base, (base + slotsAt(1)) >> 1, 1, countOf(chunk, base), sought, longs);
			const slot = found < 0 ? ~found - 1 : found;
			pathBlocks[level] = block;
			pathSlots[level] = slot;
			block = chunk.words[((base + CHILDREN) >> 2) + slot]!;
		}
		const chunk = blocks.chunkOf(block);
		const base = baseOf(block);
		const found = search(chunk, base, (base + slotsAt(0)) >> 1, 0, countOf(chunk, base), sought, longs);
		pathBlocks[0] = block;
		pathSlots[0] = found < 0 ? ~found : found;
		return found;
	}

	/** To the element of this rank, which must exist. */
	descendToRank(rank: number): void {
		const { blocks, pathBlocks, pathSlots } = this;
		let block = this.root;
		let rest = rank;
		for (let level = this.height; level > 0; level--) {
			const { words } = blocks.chunkOf(block);
			const counts = (baseOf(block) + COUNTS) >> 2;
			let slot = 0;
			for (let below = words[counts]!; rest >= below; below = words[counts + slot]!) {
				rest -= below;
				slot++;
			}
			pathBlocks[level] = block;
			pathSlots[level] = slot;
			block = words[((baseOf(block) + CHILDREN) >> 2) + slot]!;
		}
		pathBlocks[0] = block;
		pathSlots[0] = rest;
	}

	/** How many elements lie before the end of the way. */
	pathRank(): number {
		let rank = this.pathSlots[0]!;
		for (let level = this.height; level > 0; level--) {
			const block = this.pathBlocks[level]!;
			rank += countLeftOf(this.blocks.chunkOf(block), baseOf(block), this.pathSlots[level]!);
		}
		return rank;
	}

	private addToCounts(elements: number): void {
		this.count += elements;
		for (let level = this.height; level > 0; level--) {
			const block = this.pathBlocks[level]!;
			const at = ((baseOf(block) + COUNTS) >> 2) + this.pathSlots[level]!;
			const { words } = this.blocks.chunkOf(block);
			words[at] = words[at]! + elements;
		}
	}

	// Growing

	/** Inserts `sought` where the last descent, which must not have found it, has ended. */
	insertSought(): void {
		const bytes = recordBytes(sought.length);
		this.makeRoom(0, bytes);
		const block = this.pathBlocks[0]!;
		const chunk = this.blocks.chunkOf(block);
		const at = openSlot(chunk, baseOf(block), 0, this.pathSlots[0]!, bytes);
		sought.write(chunk, at, this.longs);
		this.addToCounts(1);
	}

	/** Makes the way end, at this level, in a block with room for a record of `bytes`: it may lead elsewhere now. */
	private makeRoom(level: number, bytes: number): void {
		const block = this.pathBlocks[level]!;
		const chunk = this.blocks.chunkOf(block);
		const base = baseOf(block);
		if (hasRoom(chunk, base, level, bytes)) return;
		if (hasRoomBelowGarbage(chunk, base, level, bytes, FULL)) compact(chunk, base, level);
		else if (level > 0) this.splitInner(level);
		else this.splitLeaf();
	}

	/** Elements that come in order, at either end, fill their leaves: the new one goes to a leaf of its own. */
	private splitLeaf(): void {
		// A split on each level and a new root; from here on no chunk moves.
		this.blocks.reserve(this.height + 2);
		const { longs } = this;
		const left = this.pathBlocks[0]!;
		const chunk = this.blocks.chunkOf(left);
		const base = baseOf(left);
		const links = base >> 2;
		const count = countOf(chunk, base);
		const slot = this.pathSlots[0]!;
		const next = chunk.words[links + NEXT]!;
		const isAppended = slot === count && next === NO_BLOCK;
		const isPrepended = slot === 0 && chunk.words[links + PREVIOUS] === NO_BLOCK;
		const cut = isAppended ? count : isPrepended ? 0 : middleSlot(chunk, base, 0);
		const goesRight = slot > cut || isAppended;
		if (slot === cut && !goesRight) below.set(sought.score, sought.bytes, sought.start, sought.length);
		else below.load(chunk, recordAt(chunk, base, 0, cut - 1), longs);
		if (isAppended) separator.set(sought.score, sought.bytes, sought.start, sought.length);
		else separator.load(chunk, recordAt(chunk, base, 0, cut), longs);
		separator.cutAgainst(below);

		if (this.height === 0) this.growRoot();
		this.makeRoom(1, recordBytes(separator.length));
		const right = this.newBlock(0);
		const rightChunk = this.blocks.chunkOf(right);
		appendRecords(chunk, base, rightChunk, baseOf(right), 0, cut, count);
		this.link(left, right);
		this.link(right, next);
		this.addChild(1, right, count - cut, separator);
		closeSlots(chunk, base, 0, cut, count - cut);
		compact(chunk, base, 0);
		if (!goesRight) return;
		this.pathBlocks[0] = right;
		this.pathSlots[0] = slot - cut;
		this.pathSlots[1] = this.pathSlots[1]! + 1;
	}

	/** The separator in the middle moves up: it is that of the right half. */
	private splitInner(level: number): void {
		const left = this.pathBlocks[level]!;
		const chunk = this.blocks.chunkOf(left);
		const base = baseOf(left);
		const count = countOf(chunk, base);
		const slot = this.pathSlots[level]! + 1;
		const cut = slot === count ? count - 1 : middleSlot(chunk, base, level);
		const at = recordAt(chunk, base, level, cut);

		if (level === this.height) this.growRoot();
		this.makeRoom(level + 1, recordBytesAt(chunk.bytes, at));
		const right = this.newBlock(level);
		const rightChunk = this.blocks.chunkOf(right);
		const rightBase = baseOf(right);
		openFirstSlot(rightChunk, rightBase);
		appendRecords(chunk, base, rightChunk, rightBase, level, cut + 1, count);
		const elements = appendChildren(chunk, base, rightChunk, rightBase, cut, count);
		promoted.load(chunk, at, this.longs);
		this.addChild(level + 1, right, elements, promoted);
		this.releaseLong(left, level, cut);
		closeSlots(chunk, base, level, cut, count - cut);
		compact(chunk, base, level);
		if (slot <= cut) return;
		this.pathBlocks[level] = right;
		this.pathSlots[level] = slot - 1 - cut;
		this.pathSlots[level + 1] = this.pathSlots[level + 1]! + 1;
	}

	private growRoot(): void {
		assert(this.height + 1 < LEVELS_MAX, "a tree is not that high");
		const root = this.newBlock(this.height + 1);
		const chunk = this.blocks.chunkOf(root);
		const base = baseOf(root);
		openFirstSlot(chunk, base);
		insertChild(chunk, base, 0, this.root, this.count);
		this.root = root;
		this.height++;
		this.pathBlocks[this.height] = root;
		this.pathSlots[this.height] = 0;
	}

	/** Adds a child behind the one the way takes at this level, which gives it so many of its elements. */
	private addChild(level: number, child: number, elements: number, separator: Element): void {
		const block = this.pathBlocks[level]!;
		const chunk = this.blocks.chunkOf(block);
		const base = baseOf(block);
		const slot = this.pathSlots[level]! + 1;
		separator.write(chunk, openSlot(chunk, base, level, slot, recordBytes(separator.length)), this.longs);
		insertChild(chunk, base, slot, child, elements);
		const giver = ((base + COUNTS) >> 2) + slot - 1;
		chunk.words[giver] = chunk.words[giver]! - elements;
	}

	/** Makes two leaves neighbours; either may be NO_BLOCK. */
	private link(left: number, right: number): void {
		if (left !== NO_BLOCK) this.blocks.chunkOf(left).words[(baseOf(left) >> 2) + NEXT] = right;
		if (right !== NO_BLOCK) this.blocks.chunkOf(right).words[(baseOf(right) >> 2) + PREVIOUS] = left;
	}

	// Shrinking

	/** Removes `count` elements from the end of the way on, all of them in its leaf. */
	removeFromLeaf(count: number): void {
		const leaf = this.pathBlocks[0]!;
		const slot = this.pathSlots[0]!;
		if (this.longs.count() > 0) for (let i = slot; i < slot + count; i++) this.releaseLong(leaf, 0, i);
		closeSlots(this.blocks.chunkOf(leaf), baseOf(leaf), 0, slot, count);
		this.addToCounts(-count);
		if (this.count === 0) this.clear();
		else this.repair();
	}

	/** Makes the tree whole where the way leads through blocks that have become empty or sparse. */
	private repair(): void {
		for (let level = 0; level < this.height; level++) {
			const block = this.pathBlocks[level]!;
			const chunk = this.blocks.chunkOf(block);
			if (countOf(chunk, baseOf(block)) === 0) this.detach(level);
			else if (liveBytes(chunk, baseOf(block)) >= roomOf(level) * SPARSE || !this.merge(level)) break;
		}
		while (this.height > 0) {
			const chunk = this.blocks.chunkOf(this.root);
			const base = baseOf(this.root);
			if (countOf(chunk, base) > 1) break;
			freed.push(this.root);
			this.root = chunk.words[(base + CHILDREN) >> 2]!;
			this.height--;
		}
		if (freed.length > 0) this.closeRow();
	}

	/** Takes an empty block out of the tree. */
	private detach(level: number): void {
		const block = this.pathBlocks[level]!;
		if (level === 0) {
			const { words } = this.blocks.chunkOf(block);
			const links = baseOf(block) >> 2;
			this.link(words[links + PREVIOUS]!, words[links + NEXT]!);
		}
		const parent = this.pathBlocks[level + 1]!;
		const chunk = this.blocks.chunkOf(parent);
		const slot = this.pathSlots[level + 1]!;
		if (countOf(chunk, baseOf(parent)) > 1) this.releaseLong(parent, level + 1, separatorSlot(slot));
		removeChild(chunk, baseOf(parent), level + 1, slot);
		freed.push(block);
	}

	/** Makes the block of the way at this level and a neighbour one, where they fit; returns whether they did. */
	private merge(level: number): boolean {
		const slot = this.pathSlots[level + 1]!;
		if (this.canMerge(level, slot)) this.absorb(level, slot);
		else if (slot > 0 && this.canMerge(level, slot - 1)) this.absorb(level, slot - 1);
		else return false;
		return true;
	}

	/** Whether the child of the way's block at `level` + 1 in this slot and the next one fit into one block. */
	private canMerge(level: number, slot: number): boolean {
		const parent = this.pathBlocks[level + 1]!;
		const chunk = this.blocks.chunkOf(parent);
		const base = baseOf(parent);
		if (slot + 1 >= countOf(chunk, base)) return false;
		const left = childOf(chunk.words, base, slot);
		const right = childOf(chunk.words, base, slot + 1);
		const leftChunk = this.blocks.chunkOf(left);
		const rightChunk = this.blocks.chunkOf(right);
		let bytes = liveBytes(leftChunk, baseOf(left)) + liveBytes(rightChunk, baseOf(right));
		if (level > 0) {
			const children = countOf(leftChunk, baseOf(left)) + countOf(rightChunk, baseOf(right));
			if (children > FANOUT * MERGED) return false;
			bytes += recordBytesAt(chunk.bytes, recordAt(chunk, base, level + 1, slot + 1));
		}
		return bytes <= roomOf(level) * MERGED;
	}

	private absorb(level: number, slot: number): void {
		const parent = this.pathBlocks[level + 1]!;
		const chunk = this.blocks.chunkOf(parent);
		const base = baseOf(parent);
		const left = childOf(chunk.words, base, slot);
		const right = childOf(chunk.words, base, slot + 1);
		const leftChunk = this.blocks.chunkOf(left);
		const rightChunk = this.blocks.chunkOf(right);
		const end = countOf(rightChunk, baseOf(right));
		compact(leftChunk, baseOf(left), level);
		if (level === 0) {
			appendRecords(rightChunk, baseOf(right), leftChunk, baseOf(left), 0, 0, end);
			this.link(left, rightChunk.words[(baseOf(right) >> 2) + NEXT]!);
			this.releaseLong(parent, 1, slot + 1);
		} else {
			// The separator comes down, its handle with it, to the child that had none.
			appendRecord(chunk, recordAt(chunk, base, level + 1, slot + 1), leftChunk, baseOf(left), level);
			appendRecords(rightChunk, baseOf(right), leftChunk, baseOf(left), level, 1, end);
			appendChildren(rightChunk, baseOf(right), leftChunk, baseOf(left), 0, end);
		}
		const counts = ((base + COUNTS) >> 2) + slot;
		chunk.words[counts] = chunk.words[counts]! + chunk.words[counts + 1]!;
		removeChild(chunk, base, level + 1, slot + 1);
		freed.push(right);
	}

	private releaseLong(block: number, level: number, slot: number): void {
		const chunk = this.blocks.chunkOf(block);
		const handle = handleAt(chunk, recordAt(chunk, baseOf(block), level, slot));
		if (handle >= 0) this.longs.release(handle);
	}

	/** Fills the places of freed blocks with the last ones of the row. */
	private closeRow(): void {
		// From the highest on, so that the last one of the row is never a freed one but the one that goes.
		freed.sort((a, b) => b - a);
		for (const block of freed) {
			const last = this.blocks.count - 1;
			if (block !== last) this.move(last, block);
			this.blocks.dropLast();
		}
		freed.length = 0;
	}

	/** Gives a block another place, and tells those who refer to it. */
	private move(from: number, to: number): void {
		this.blocks.copy(from, to);
		const { words, shorts } = this.blocks.chunkOf(to);
		const base = baseOf(to);
		const level = shorts[(base >> 1) + LEVEL]!;
		if (level === 0) {
			this.link(words[(base >> 2) + PREVIOUS]!, to);
			this.link(to, words[(base >> 2) + NEXT]!);
		}
		if (from === this.root) {
			this.root = to;
			return;
		}
		this.seekFirstBelow(from, level);
		this.descend();
		const parent = this.pathBlocks[level + 1]!;
		const child = ((baseOf(parent) + CHILDREN) >> 2) + this.pathSlots[level + 1]!;
		const parentWords = this.blocks.chunkOf(parent).words;
		assert(parentWords[child] === from, "the way to a block's first element leads through it");
		parentWords[child] = to;
	}

	/** Makes the first element below a block the one that is sought. */
	private seekFirstBelow(block: number, level: number): void {
		let leaf = block;
		for (let i = level; i > 0; i--) leaf = childOf(this.blocks.chunkOf(leaf).words, baseOf(leaf), 0);
		const chunk = this.blocks.chunkOf(leaf);
		sought.load(chunk, recordAt(chunk, baseOf(leaf), 0, 0), this.longs);
	}
}
