import { copyBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import type { External } from "./handles.ts";
import { LongStringSnapshot } from "./long-string-snapshot.ts";
import { ROOM_BYTES_MAX, type StringRoom } from "./string-room.ts";

const NO_BYTES = new Uint8Array(0);

/**
 * A byte string outside the slabs, with room to grow at its end. Its bytes lie in a buffer of its own, or in a room that
 * many share: there they are given back as soon as they are not needed.
 */
export class LongString implements External {
	bytes: Uint8Array;
	length: number;
	snapshot: LongStringSnapshot | null;
	/** Null where the buffer is its own. */
	private room: StringRoom | null;
	private place: number;

	constructor(capacity: number) {
		this.bytes = capacity === 0 ? NO_BYTES : new Uint8Array(capacity);
		this.length = 0;
		this.snapshot = null;
		this.room = null;
		this.place = 0;
	}

	static of(source: Uint8Array, start: number, length: number, room: StringRoom | null = null): LongString {
		const string = new LongString(0);
		string.allocate(length, room);
		copyBytes(source, start, string.bytes, 0, length);
		string.length = length;
		return string;
	}

	private allocate(length: number, room: StringRoom | null): void {
		const fits = room !== null && length > 0 && length <= ROOM_BYTES_MAX;
		this.room = fits ? room : null;
		if (fits) {
			this.place = room.take(length);
			this.bytes = room.bytesAt(this.place);
		} else this.bytes = new Uint8Array(length);
	}

	/** Another string in its place. `room` is for a buffer that has to be new. */
	replace(source: Uint8Array, start: number, length: number, room: StringRoom | null = null): void {
		// A much shorter value gives the room back; a snapshot reads on in the old bytes.
		const isFitting = length <= this.bytes.length && length >= this.bytes.length >> 1;
		if (isFitting && this.snapshot === null) copyBytes(source, start, this.bytes, 0, length);
		else {
			const { room: oldRoom, place } = this;
			const keeps = this.letGo();
			this.allocate(length, room);
			copyBytes(source, start, this.bytes, 0, length);
			if (keeps) oldRoom!.give(place);
		}
		this.length = length;
	}

	/** Whether the bytes lie in a room and have to be given back; a snapshot that reads in them takes copies first. */
	private letGo(): boolean {
		if (this.room === null) return false;
		if (this.snapshot !== null) this.snapshot.preserve(this.bytes, 0, this.length);
		return true;
	}

	/** Gives back what lies in a room: nobody needs the string any more. */
	free(): void {
		const { room } = this;
		if (!this.letGo()) return;
		this.room = null;
		this.bytes = NO_BYTES;
		this.length = 0;
		room!.give(this.place);
	}

	/** Lies in this room, or in a buffer of its own, which can be anywhere. */
	isAtHome(room: StringRoom | null): boolean {
		return this.room === null || this.room === room;
	}

	/**
	 * Makes the string `length` bytes long; new bytes are zero. Spare room is as much again up to 1 MiB, then a quarter, so
	 * that even a huge string grows by small pieces in linear time; pages of it cost no memory until they are written.
	 */
	resize(length: number): void {
		if (length > this.bytes.length) {
			const grown = new Uint8Array(length + Math.max(Math.min(length, 1 << 20), length >>> 2));
			grown.set(this.bytes.subarray(0, this.length));
			const { room, place } = this;
			if (this.letGo()) room!.give(place);
			this.room = null;
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
		if (this.room === null) yield this.bytes;
	}

	bytesUsed(): number {
		return this.bytes.length;
	}
}
