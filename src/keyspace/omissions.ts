import { copyBytes, grownBytes } from "../bytes/ascii.ts";

/**
 * Ranges of bytes that are not for everybody:
 *
 *     … │ SET k v │ PUBLISH c m │ SELECT 3 │ SET k v │ …
 *                 └ not for the file ┘
 *
 * Invariant: the ranges follow each other without touching backwards, and the last one may lack its end.
 */
export class Omissions {
	count: number;
	private readonly starts: number[];
	private readonly ends: number[];
	/** For whom each is not: bits. */
	private readonly audiences: number[];
	private copy: Uint8Array;
	/** Bytes of the newest `without`. */
	length: number;

	constructor() {
		this.count = 0;
		this.starts = [];
		this.ends = [];
		this.audiences = [];
		this.copy = new Uint8Array(0);
		this.length = 0;
	}

	/** A range begins that is not for `audience`. */
	begin(at: number, audience: number): void {
		this.starts[this.count] = at;
		this.ends[this.count] = at;
		this.audiences[this.count] = audience;
		this.count++;
	}

	end(at: number): void {
		this.ends[this.count - 1] = at;
	}

	/** So many bytes are put in at `from`, where no range lies around it. */
	shift(from: number, by: number): void {
		for (let i = this.count - 1; i >= 0 && this.starts[i]! >= from; i--) {
			this.starts[i]! += by;
			this.ends[i]! += by;
		}
	}

	/** What lies behind `length` is taken back. */
	truncate(length: number): void {
		while (this.count > 0 && this.starts[this.count - 1]! >= length) this.count--;
	}

	clear(): void {
		this.count = 0;
		if (this.copy.length > KEPT_BYTES_MAX) this.copy = new Uint8Array(0);
	}

	concerns(audience: number): boolean {
		for (let i = 0; i < this.count; i++) if ((this.audiences[i]! & audience) !== 0) return true;
		return false;
	}

	/** A copy of what is for `audience`, from 0 to `this.length`; good until the next one is made. */
	without(audience: number, bytes: Uint8Array, length: number): Uint8Array {
		if (this.copy.length < length) this.copy = grownBytes(this.copy, length);
		this.length = 0;
		let from = 0;
		for (let i = 0; i < this.count; i++) {
			if ((this.audiences[i]! & audience) === 0) continue;
			this.keep(bytes, from, this.starts[i]!);
			from = this.ends[i]!;
		}
		this.keep(bytes, from, length);
		return this.copy;
	}

	private keep(bytes: Uint8Array, from: number, to: number): void {
		copyBytes(bytes, from, this.copy, this.length, to - from);
		this.length += to - from;
	}
}

/** A buffer that one burst has grown beyond this is let go. */
const KEPT_BYTES_MAX = 1 << 20;
