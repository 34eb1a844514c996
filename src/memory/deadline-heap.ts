import { assert } from "../bytes/assert.ts";
import { readHeapPosition, writeHeapPosition } from "./entry.ts";

/**
 * A binary min-heap of deadlines over the entries of one slab. Each entry holds its own position in the heap, so setting,
 * moving and removing a deadline is O(log n) and the heap never carries a stale item.
 *
 *     deadlines  f64   milliseconds, the heap order
 *     offsets    u32   the entry in the slab that expires then
 *
 * Invariant: for each position p, the entry at offsets[p] says p, and deadlines[parent(p)] <= deadlines[p].
 */
export class DeadlineHeap {
	deadlines: Float64Array;
	offsets: Uint32Array;
	size: number;

	constructor() {
		this.deadlines = new Float64Array(4);
		this.offsets = new Uint32Array(4);
		this.size = 0;
	}

	/** The earliest deadline, Infinity when there is none. */
	earliest(): number {
		return this.size === 0 ? Infinity : this.deadlines[0]!;
	}

	earliestOffset(): number {
		return this.offsets[0]!;
	}

	add(slab: Uint8Array, offset: number, deadline: number): void {
		if (this.size === this.deadlines.length) this.grow();
		this.siftUp(slab, this.size++, offset, deadline);
	}

	/** Moves the item at `position` to a new deadline. */
	change(slab: Uint8Array, position: number, deadline: number): void {
		const offset = this.offsets[position]!;
		if (deadline < this.deadlines[position]!) this.siftUp(slab, position, offset, deadline);
		else this.siftDown(slab, position, offset, deadline);
	}

	remove(slab: Uint8Array, position: number): void {
		const last = --this.size;
		if (position === last) return;
		const offset = this.offsets[last]!;
		const deadline = this.deadlines[last]!;
		if (deadline < this.deadlines[position]!) this.siftUp(slab, position, offset, deadline);
		else this.siftDown(slab, position, offset, deadline);
	}

	/** The same for a slab that is a copy. */
	clone(): DeadlineHeap {
		const copy = new DeadlineHeap();
		copy.deadlines = this.deadlines.slice();
		copy.offsets = this.offsets.slice();
		copy.size = this.size;
		return copy;
	}

	bytesUsed(): number {
		return this.deadlines.byteLength + this.offsets.byteLength;
	}

	verify(slab: Uint8Array): void {
		for (let position = 0; position < this.size; position++) {
			const parent = (position - 1) >> 1;
			assert(position === 0 || this.deadlines[parent]! <= this.deadlines[position]!, "heap order");
			assert(readHeapPosition(slab, this.offsets[position]!) === position, "entry knows its heap position");
		}
	}

	private siftUp(slab: Uint8Array, position: number, offset: number, deadline: number): void {
		const { deadlines, offsets } = this;
		while (position > 0) {
			const parent = (position - 1) >> 1;
			if (deadlines[parent]! <= deadline) break;
			this.place(slab, position, offsets[parent]!, deadlines[parent]!);
			position = parent;
		}
		this.place(slab, position, offset, deadline);
	}

	private siftDown(slab: Uint8Array, position: number, offset: number, deadline: number): void {
		const { deadlines, offsets, size } = this;
		for (;;) {
			let child = 2 * position + 1;
			if (child >= size) break;
			if (child + 1 < size && deadlines[child + 1]! < deadlines[child]!) child++;
			if (deadlines[child]! >= deadline) break;
			this.place(slab, position, offsets[child]!, deadlines[child]!);
			position = child;
		}
		this.place(slab, position, offset, deadline);
	}

	private place(slab: Uint8Array, position: number, offset: number, deadline: number): void {
		this.deadlines[position] = deadline;
		this.offsets[position] = offset;
		writeHeapPosition(slab, offset, position);
	}

	private grow(): void {
		const capacity = this.size + Math.max(4, this.size >> 1);
		const deadlines = new Float64Array(capacity);
		const offsets = new Uint32Array(capacity);
		deadlines.set(this.deadlines);
		offsets.set(this.offsets);
		this.deadlines = deadlines;
		this.offsets = offsets;
	}
}
