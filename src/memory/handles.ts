import type { Pages } from "../adapters/pages.ts";
import { assert } from "../bytes/assert.ts";
import type { TakeBuffer, ValueSnapshot } from "./snapshot.ts";
import type { StringRoom } from "./string-room.ts";

/** A table of members whose index and entries can be read ahead of use. */
export interface Touchable {
	readonly seed0: number;
	readonly seed1: number;
	touchIndex(hash: number): number;
	touchEntry(hash: number): number;
}

/** What an entry holds when it does not hold the bytes themselves: a collection, or a long string. */
export interface External {
	/** Bytes this object holds outside the slab. */
	bytesUsed(): number;
	/** An equal object that shares nothing with this one which either may change. */
	clone(): External;
	/** Where its members are found by hash, for those that are collections of many. */
	readonly memberTable?: Touchable;
	/** The large buffers it consists of, so that their memory can be given back the moment it is no longer needed. */
	buffers?(): Iterable<Uint8Array>;
	/** Gives back at once what it shares with others: nobody needs it any more. */
	free?(): void;
	/** Set while a snapshot of it is taken: it hears of every change before that is made. Values of keys have it. */
	snapshot?: ValueSnapshot | null;
	/** The value as it is now, to be taken piece by piece; buffers may come from elsewhere. Values of keys have it. */
	beginSnapshot?(takeBuffer?: TakeBuffer): ValueSnapshot;
}

/** What an object takes beside the bytes it holds: itself, its handle, and what the runtime keeps of its buffer. */
export const OBJECT_BYTES = 160;

/** Less than this goes back when the collector comes by. */
const RELEASED_BYTES_MIN = 2048;

/** Small integers for objects, so that a slab of bytes can refer to them. Freed numbers are handed out again. */
export class Handles {
	/** Where long strings are to lie; null: each in a buffer of its own. */
	strings: StringRoom | null;
	private readonly pages: Pages;
	/** What all objects hold, as they said when they were added or last measured. */
	bytes: number;
	private items: (External | null)[];
	private free: number[];

	constructor(pages: Pages) {
		this.strings = null;
		this.pages = pages;
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

	/** Lets go of an object that nobody else refers to. */
	release(handle: number): void {
		const item = this.detach(handle);
		item.free?.();
		// A snapshot reads on in what it has not taken yet.
		if (item.buffers === undefined || (item.snapshot ?? null) !== null || item.bytesUsed() < RELEASED_BYTES_MIN) return;
		this.pages.releaseAllLater(item.buffers());
	}

	/** Lets go of an object that lives on elsewhere. */
	detach(handle: number): External {
		const item = this.get(handle);
		this.bytes -= item.bytesUsed();
		this.items[handle] = null;
		this.free.push(handle);
		return item;
	}

	/** The large buffers of all objects, but for those that a snapshot reads on in. */
	*buffers(): Iterable<Uint8Array> {
		for (const item of this.items) {
			if (item?.buffers !== undefined && (item.snapshot ?? null) === null) yield* item.buffers();
		}
		if (this.strings !== null) yield* this.strings.buffers();
	}

	/** Becomes a copy, under the same numbers, that shares nothing with the original. */
	copyFrom(original: Handles): void {
		this.items = original.items.map((item) => (item === null ? null : item.clone()));
		this.free = original.free.slice();
		this.bytes = this.items.reduce((sum, item) => sum + (item === null ? 0 : item.bytesUsed()), 0);
	}

	clear(): void {
		this.bytes = 0;
		this.items = [];
		this.free = [];
	}

	/** What the objects take themselves. */
	overheadBytes(): number {
		return OBJECT_BYTES * (this.items.length - this.free.length);
	}

	count(): number {
		return this.items.length - this.free.length;
	}
}
