import { copyBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import type { External } from "./handles.ts";
import { LongStringSnapshot } from "./long-string-snapshot.ts";

/** A byte string outside the slabs, with room to grow at its end. */
export class LongString implements External {
	bytes: Uint8Array;
	length: number;
	snapshot: LongStringSnapshot | null;

	constructor(capacity: number) {
		this.bytes = new Uint8Array(capacity);
		this.length = 0;
		this.snapshot = null;
	}

	static of(source: Uint8Array, start: number, length: number): LongString {
		const string = new LongString(length);
		string.replace(source, start, length);
		return string;
	}

	replace(source: Uint8Array, start: number, length: number): void {
		// A much shorter value gives the room back; a snapshot reads on in the old bytes.
		const isFitting = length <= this.bytes.length && length >= this.bytes.length >> 1;
		if (!isFitting || this.snapshot !== null) this.bytes = new Uint8Array(length);
		copyBytes(source, start, this.bytes, 0, length);
		this.length = length;
	}

	/**
	 * Makes the string `length` bytes long; new bytes are zero. Spare room is as much again up to 1 MiB, then a quarter, so
	 * that even a huge string grows by small pieces in linear time; pages of it cost no memory until they are written.
	 */
	resize(length: number): void {
		if (length > this.bytes.length) {
			const grown = new Uint8Array(length + Math.max(Math.min(length, 1 << 20), length >>> 2));
			grown.set(this.bytes.subarray(0, this.length));
			this.bytes = grown;
		} else if (length > this.length) this.bytes.fill(0, this.length, length);
		this.length = length;
	}

	write(at: number, source: Uint8Array, start: number, length: number): void {
		assert(at + length <= this.length, "a write stays inside the string");
		this.preserve(at, at + length);
		copyBytes(source, start, this.bytes, at, length);
	}

	/** To be told before bytes from `from` to before `to` change where they lie. */
	preserve(from: number, to: number): void {
		if (this.snapshot !== null) this.snapshot.preserve(this.bytes, from, to);
	}

	beginSnapshot(): LongStringSnapshot {
		return new LongStringSnapshot(this.bytes, this.length);
	}

	clone(): LongString {
		return LongString.of(this.bytes, 0, this.length);
	}

	*buffers(): Iterable<Uint8Array> {
		yield this.bytes;
	}

	bytesUsed(): number {
		return this.bytes.length;
	}
}
