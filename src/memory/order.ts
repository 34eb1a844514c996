import type { Pages } from "../adapters/pages.ts";
import { assert } from "../bytes/assert.ts";
import { childOf, countLeftOf, countOf, NEXT, NO_BLOCK, PREVIOUS, recordAt, slotsAt } from "./order/block.ts";
import { baseOf } from "./order/blocks.ts";
import type { OrderCursor } from "./order/cursor.ts";
import { Element } from "./order/element.ts";
import { searchMember, searchScore } from "./order/search.ts";
import { sought, Tree } from "./order/tree.ts";
import { verifyTree } from "./order/verify.ts";

/** Of the element whose score changes. */
const neighbour = new Element();

/**
 * Members in the order of their scores, equal scores in the order of the members' bytes: a B+-tree that counts.
 *
 *     inner blocks    child, count of the elements below it, separator
 *     leaves          score, member                                       linked both ways
 *
 * Inserting, removing, the rank of an element and the element of a rank are O(log n), walking on is O(1). Elements and
 * blocks are no objects but bytes in chunks of up to 1 MiB, so the largest set is let go at once. `order/block.ts` draws
 * the blocks, `order/tree.ts` splits and merges them.
 *
 * It holds each member once, and does not check: whoever inserts knows that it is new, whoever removes, which score it has.
 */
export class Order {
	private readonly pages: Pages;
	private readonly tree: Tree;
	/** Where the tree's way ends, if it was sought by rank; -1 otherwise. */
	private soughtRank: number;

	constructor(pages: Pages) {
		this.pages = pages;
		this.tree = new Tree(pages);
		this.soughtRank = -1;
	}

	count(): number {
		return this.tree.count;
	}

	insert(score: number, bytes: Uint8Array, start: number, length: number): void {
		const { tree } = this;
		this.soughtRank = -1;
		sought.set(score, bytes, start, length);
		const found = tree.descend();
		assert(found < 0, "a new member is new");
		tree.insertSought();
	}

	remove(score: number, bytes: Uint8Array, start: number, length: number): void {
		this.find(score, bytes, start, length);
		this.tree.removeFromLeaf(1);
	}

	/** Leaves the tree's way at an element that is there. Returns its slot. */
	private find(score: number, bytes: Uint8Array, start: number, length: number): number {
		this.soughtRank = -1;
		sought.set(score, bytes, start, length);
		const found = this.tree.descend();
		assert(found >= 0, "the order holds what the set holds");
		return found;
	}

	/** Gives a member another score: in place where its rank remains. */
	update(from: number, score: number, bytes: Uint8Array, start: number, length: number): void {
		const { tree } = this;
		const slot = this.find(from, bytes, start, length);
		if (this.keepsRank(slot, score)) {
			const leaf = tree.pathBlocks[0]!;
			const chunk = tree.blocks.chunkOf(leaf);
			chunk.view.setFloat64(recordAt(chunk, baseOf(leaf), 0, slot), score, true);
		} else {
			tree.removeFromLeaf(1);
			this.insert(score, bytes, start, length);
		}
	}

	/** Whether the element at the end of the way, which was sought, would be there with another score, too. */
	private keepsRank(slot: number, score: number): boolean {
		const { tree } = this;
		const leaf = tree.pathBlocks[0]!;
		const chunk = tree.blocks.chunkOf(leaf);
		const base = baseOf(leaf);
		const isUp = score > sought.score;
		const other = isUp ? slot + 1 : slot - 1;
		if (other < 0) return chunk.words[(base >> 2) + PREVIOUS] === NO_BLOCK;
		if (other === countOf(chunk, base)) return chunk.words[(base >> 2) + NEXT] === NO_BLOCK;
		neighbour.load(chunk, recordAt(chunk, base, 0, other), tree.longs);
		return neighbour.compare(score, sought.bytes, sought.start, sought.length) > 0 === isUp;
	}

	/** Removes the element that was last sought by its rank, and so many behind it, all of them in its leaf. */
	removeHere(count: number): void {
		assert(this.soughtRank >= 0, "a rank was sought");
		this.soughtRank = -1;
		this.tree.removeFromLeaf(count);
	}

	clear(): void {
		this.soughtRank = -1;
		this.tree.clear();
	}

	// Ranks

	/** Of an element that is there. */
	rankOf(score: number, bytes: Uint8Array, start: number, length: number): number {
		this.find(score, bytes, start, length);
		return this.tree.pathRank();
	}

	/** How many elements have a score below this one, or, with `orEqual`, below or equal. */
	countBelow(score: number, orEqual: boolean): number {
		const { tree } = this;
		if (score === Infinity && orEqual) return tree.count;
		const { pathBlocks, pathSlots } = tree;
		let block = tree.root;
		let rank = 0;
		for (let level = tree.height; level > 0; level--) {
			const chunk = tree.blocks.chunkOf(block);
			const base = baseOf(block);
			const slots = (base + slotsAt(level)) >> 1;
			const slot = searchScore(chunk, base, slots, 1, countOf(chunk, base), score, orEqual) - 1;
			rank += countLeftOf(chunk, base, slot);
			pathBlocks[level] = block;
			pathSlots[level] = slot;
			block = childOf(chunk.words, base, slot);
		}
		const chunk = tree.blocks.chunkOf(block);
		const base = baseOf(block);
		const count = countOf(chunk, base);
		const slot = searchScore(chunk, base, (base + slotsAt(0)) >> 1, 0, count, score, orEqual);
		pathBlocks[0] = block;
		pathSlots[0] = slot;
		// Whoever asks goes to that element next; behind the last one of a leaf there is none.
		this.soughtRank = slot < count ? rank + slot : -1;
		return rank + slot;
	}

	/** The same by the members' bytes, where all scores are equal; where not, some rank. */
	countBelowMember(bytes: Uint8Array, start: number, length: number, orEqual: boolean): number {
		const { tree } = this;
		const { longs } = tree;
		sought.set(0, bytes, start, length);
		let block = tree.root;
		let rank = 0;
		for (let level = tree.height; level > 0; level--) {
			const chunk = tree.blocks.chunkOf(block);
			const base = baseOf(block);
			const slots = (base + slotsAt(level)) >> 1;
			const slot = searchMember(chunk, base, slots, 1, countOf(chunk, base), sought, orEqual, longs) - 1;
			rank += countLeftOf(chunk, base, slot);
			block = childOf(chunk.words, base, slot);
		}
		const chunk = tree.blocks.chunkOf(block);
		const base = baseOf(block);
		const slots = (base + slotsAt(0)) >> 1;
		return rank + searchMember(chunk, base, slots, 0, countOf(chunk, base), sought, orEqual, longs);
	}

	/** Places a cursor on the element of a rank; false where there is none. */
	seek(cursor: OrderCursor, rank: number): boolean {
		if (rank < 0 || rank >= this.tree.count) return false;
		if (rank !== this.soughtRank) this.tree.descendToRank(rank);
		this.soughtRank = rank;
		cursor.place(this.tree);
		return true;
	}

	clone(): Order {
		const copy = new Order(this.pages);
		copy.tree.copyFrom(this.tree);
		return copy;
	}

	*buffers(): Iterable<Uint8Array> {
		yield* this.tree.blocks.buffers();
		yield* this.tree.longs.buffers();
	}

	bytesUsed(): number {
		return this.tree.blocks.bytesUsed() + this.tree.longs.bytes;
	}

	/** Walks everything and checks every invariant. */
	verify(): void {
		verifyTree(this.tree);
	}
}
