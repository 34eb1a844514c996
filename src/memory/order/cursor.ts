import { COUNT, LONG, MEMBER, NEXT, NO_BLOCK, PREVIOUS, SCORE_BYTES, slotsAt } from "./block.ts";
import { baseOf, type Chunk } from "./blocks.ts";
import { longMember } from "./element.ts";
import type { Tree } from "./tree.ts";

/** Where a cursor shows its element. */
export interface ShownElement {
	bytes: Uint8Array;
	start: number;
	length: number;
	score: number;
}

/**
 * A place in an order, good until the order changes. The element there is shown in `element`, an object of the owner's.
 *
 * Walking costs a step in a leaf of some hundred elements; only `place` looks for anything.
 */
export class OrderCursor {
	readonly element: ShownElement;
	private tree: Tree | null;
	private chunk: Chunk | null;
	private base: number;
	private slot: number;
	/** Slots of the leaf. */
	private count: number;

	constructor(element: ShownElement) {
		this.element = element;
		this.tree = null;
		this.chunk = null;
		this.base = 0;
		this.slot = 0;
		this.count = 0;
	}

	/** At the end of the tree's way, which is an element. */
	place(tree: Tree): void {
		this.tree = tree;
		this.enter(tree.pathBlocks[0]!);
		this.slot = tree.pathSlots[0]!;
		this.load(this.slot);
	}

	/** Refers to nothing from now on, so that nothing is kept from being collected. */
	clear(): void {
		this.tree = null;
		this.chunk = null;
	}

	/** False behind the last element. */
	next(): boolean {
		if (this.slot + 1 < this.count) this.slot++;
		else {
			const leaf = this.chunk!.words[(this.base >> 2) + NEXT]!;
			if (leaf === NO_BLOCK) return false;
			this.enter(leaf);
			this.slot = 0;
		}
		this.load(this.slot);
		return true;
	}

	/** False before the first element. */
	previous(): boolean {
		if (this.slot > 0) this.slot--;
		else {
			const leaf = this.chunk!.words[(this.base >> 2) + PREVIOUS]!;
			if (leaf === NO_BLOCK) return false;
			this.enter(leaf);
			this.slot = this.count - 1;
		}
		this.load(this.slot);
		return true;
	}

	/** Copies the scores of `count` elements, or as many as there are, from the cursor on; returns how many. Moves it. */
	readScores(count: number, target: Float64Array): number {
		let read = 0;
		for (;;) {
			const { view, shorts, words } = this.chunk!;
			const slots = (this.base + slotsAt(0)) >> 1;
			const end = Math.min(this.count, this.slot + count - read);
			for (let slot = this.slot; slot < end; slot++) {
				target[read++] = view.getFloat64(this.base + shorts[slots + slot]!, true);
			}
			const leaf = words[(this.base >> 2) + NEXT]!;
			if (read === count || leaf === NO_BLOCK) return read;
			this.enter(leaf);
			this.slot = 0;
		}
	}

	/** How many elements of its leaf lie from the cursor on, and how many before it. */
	leftInLeaf(): number {
		return this.count - this.slot;
	}

	beforeInLeaf(): number {
		return this.slot;
	}

	/** Shows the element so many slots away in the leaf, and stays where it is. */
	peek(distance: number): void {
		this.load(this.slot + distance);
	}

	private enter(leaf: number): void {
		const chunk = this.tree!.blocks.chunkOf(leaf);
		this.chunk = chunk;
		this.base = baseOf(leaf);
		this.count = chunk.shorts[(this.base >> 1) + COUNT]!;
	}

	/**
	 * Where the members from the cursor on, up or down, lie in `element.bytes`: at most `limit`, as far as the leaf goes.
	 * Returns how many, and leaves the cursor on the last of them; 0 where the first is a long one, which lies elsewhere.
	 */
	gather(starts: Int32Array, lengths: Int32Array, limit: number, isReverse: boolean): number {
		const { shorts, bytes } = this.chunk!;
		const slots = (this.base + slotsAt(0)) >> 1;
		const step = isReverse ? -1 : 1;
		const reach = Math.min(limit, isReverse ? this.slot + 1 : this.count - this.slot);
		let found = 0;
		for (; found < reach; found++) {
			const at = this.base + shorts[slots + this.slot + found * step]!;
			const length = bytes[at + SCORE_BYTES]!;
			if (length === LONG) break;
			starts[found] = at + MEMBER;
			lengths[found] = length;
		}
		if (found === 0) return 0;
		this.slot += (found - 1) * step;
		this.element.bytes = bytes;
		return found;
	}

	private load(slot: number): void {
		const { element } = this;
		const chunk = this.chunk!;
		const at = this.base + chunk.shorts[((this.base + slotsAt(0)) >> 1) + slot]!;
		const length = chunk.bytes[at + SCORE_BYTES]!;
		element.score = chunk.view.getFloat64(at, true);
		if (length === LONG) {
			element.bytes = longMember(chunk, at, this.tree!.longs);
			element.start = 0;
			element.length = element.bytes.length;
		} else {
			element.bytes = chunk.bytes;
			element.start = at + MEMBER;
			element.length = length;
		}
	}
}
