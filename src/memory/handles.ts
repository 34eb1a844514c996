import { assert } from "../bytes/assert.ts";

/** What an entry holds when it does not hold the bytes themselves: a collection, or a long string. */
export interface External {
	/** Bytes this object holds outside the slab. */
	bytesUsed(): number;
	/** An equal object that shares nothing with this one which either may change. */
	clone(): External;
}

/** Small integers for objects, so that a slab of bytes can refer to them. Freed numbers are handed out again. */
export class Handles {
	/** What all objects hold, as they said when they were added or last measured. */
	bytes: number;
	private items: (External | null)[];
	private free: number[];

	constructor() {
		this.bytes = 0;
		this.items = [];
		this.free = [];
	}

	add(item: External): number {
		this.bytes += item.bytesUsed();
		const handle = this.free.pop();
		if (handle === undefined) return this.items.push(item) - 1;
		this.items[handle] = item;
		return handle;
	}

	get(handle: number): External {
		const item = this.items[handle];
		assert(item !== null && item !== undefined, "a handle refers to a living object");
		return item;
	}

	release(handle: number): void {
		this.bytes -= this.get(handle).bytesUsed();
		this.items[handle] = null;
		this.free.push(handle);
	}

	clear(): void {
		this.bytes = 0;
		this.items = [];
		this.free = [];
	}

	count(): number {
		return this.items.length - this.free.length;
	}
}
