/** Checks a whole tree: order, counts, separators, links, the row of blocks, handles. */
import { assert } from "../../bytes/assert.ts";
import {
	COUNTS,
	childOf,
	countOf,
	FANOUT,
	handleAt,
	LEVEL,
	liveBytes,
	NEXT,
	NO_BLOCK,
	PREVIOUS,
	recordAt,
	recordBytesAt,
	slotsAt,
	TOP,
} from "./block.ts";
import { BLOCK_BYTES, baseOf } from "./blocks.ts";
import { Element } from "./element.ts";
import type { Tree } from "./tree.ts";

export function verifyTree(tree: Tree): void {
	new Check(tree).run();
}

class Check {
	private readonly tree: Tree;
	private readonly seen: Set<number>;
	private longs: number;
	/** The element before, in order. */
	private previous: Element | null;
	private previousLeaf: number;

	constructor(tree: Tree) {
		this.tree = tree;
		this.seen = new Set();
		this.longs = 0;
		this.previous = null;
		this.previousLeaf = NO_BLOCK;
	}

	run(): void {
		const { tree } = this;
		assert(this.block(tree.root, tree.height, null) === tree.count, "elements are counted");
		assert(this.linkOf(this.previousLeaf, NEXT) === NO_BLOCK, "nothing follows the last leaf");
		assert(this.seen.size === tree.blocks.count, "the row holds the blocks of the tree and no others");
		assert(this.longs === tree.longs.count(), "no handle leaks");
		assert(tree.count > 0 || tree.height === 0, "an empty tree is one leaf");
		assert(tree.height === 0 || this.countOf(tree.root) > 1, "a root has a reason");
	}

	/** Returns how many elements lie below; none is less than `least`. */
	private block(block: number, level: number, least: Element | null): number {
		assert(block >= 0 && block < this.tree.blocks.count && !this.seen.has(block), "a block has one parent");
		this.seen.add(block);
		this.room(block, level);
		if (level === 0) return this.leaf(block, least);
		const { words } = this.tree.blocks.chunkOf(block);
		const base = baseOf(block);
		const count = this.countOf(block);
		assert(count >= 1 && count <= FANOUT, "an inner block has children");
		let elements = 0;
		for (let slot = 0; slot < count; slot++) {
			const separator = slot === 0 ? least : this.element(block, level, slot);
			if (slot > 0) assert(this.isAbovePrevious(separator!), "a separator is greater than what is left of it");
			const below = this.block(childOf(words, base, slot), level - 1, separator);
			assert(below === words[((base + COUNTS) >> 2) + slot], "counts are those of the children");
			elements += below;
		}
		return elements;
	}

	private leaf(block: number, least: Element | null): number {
		const count = this.countOf(block);
		assert(count > 0 || this.tree.count === 0, "a leaf has elements");
		assert(this.linkOf(block, PREVIOUS) === this.previousLeaf, "leaves know the one before");
		if (this.previousLeaf !== NO_BLOCK) assert(this.linkOf(this.previousLeaf, NEXT) === block, "and the one behind");
		this.previousLeaf = block;
		for (let slot = 0; slot < count; slot++) {
			const element = this.element(block, 0, slot);
			assert(this.isAbovePrevious(element), "elements are in order");
			if (slot === 0 && least !== null) assert(compare(element, least) >= 0, "no element is less than its separator");
			this.previous = element;
		}
		return count;
	}

	/** Slots and records of one block do not overlap, and add up. */
	private room(block: number, level: number): void {
		const chunk = this.tree.blocks.chunkOf(block);
		const base = baseOf(block);
		const header = base >> 1;
		const count = countOf(chunk, base);
		const top = chunk.shorts[header + TOP]!;
		assert(chunk.shorts[header + LEVEL] === level, "a block knows its level");
		assert(slotsAt(level) + 2 * count <= top && top <= BLOCK_BYTES, "slots end before the records");
		let live = 2 * count;
		for (let slot = 0; slot < count; slot++) {
			const at = recordAt(chunk, base, level, slot);
			assert((at === base) === (level > 0 && slot === 0), "slot 0 of an inner block, and no other, has no record");
			if (at === base) continue;
			const bytes = recordBytesAt(chunk.bytes, at);
			assert(at >= base + top && at + bytes <= base + BLOCK_BYTES, "a record lies in its block");
			live += bytes;
			if (handleAt(chunk, at) >= 0) this.longs++;
		}
		assert(live === liveBytes(chunk, base), "garbage is counted");
	}

	private isAbovePrevious(element: Element): boolean {
		return this.previous === null || compare(element, this.previous) > 0;
	}

	private element(block: number, level: number, slot: number): Element {
		const chunk = this.tree.blocks.chunkOf(block);
		const element = new Element();
		element.load(chunk, recordAt(chunk, baseOf(block), level, slot), this.tree.longs);
		return element;
	}

	private countOf(block: number): number {
		return countOf(this.tree.blocks.chunkOf(block), baseOf(block));
	}

	private linkOf(block: number, link: number): number {
		return this.tree.blocks.chunkOf(block).words[(baseOf(block) >> 2) + link]!;
	}
}

function compare(a: Element, b: Element): number {
	return a.compare(b.score, b.bytes, b.start, b.length);
}
