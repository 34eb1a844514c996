import { compareBytes, copyBytes } from "../../bytes/ascii.ts";

const INITIAL_BYTES = 1024;
const INITIAL_COUNT = 64;

/** Byte strings, copied one behind the other and known by their numbers: what is sorted, what it is sorted by. */
export class Elements {
	count: number;
	bytes: Uint8Array;
	/** Where each ends, and the next begins. */
	private ends: Uint32Array;

	constructor() {
		this.count = 0;
		this.bytes = new Uint8Array(INITIAL_BYTES);
		this.ends = new Uint32Array(INITIAL_COUNT);
	}

	add(source: Uint8Array, start: number, length: number): void {
		const from = this.start(this.count);
		const to = from + length;
		if (to > this.bytes.length) {
			const grown = new Uint8Array(Math.max(to, 2 * this.bytes.length));
			grown.set(this.bytes.subarray(0, from));
			this.bytes = grown;
		}
		if (this.count === this.ends.length) {
			const grown = new Uint32Array(2 * this.count);
			grown.set(this.ends);
			this.ends = grown;
		}
		copyBytes(source, start, this.bytes, from, length);
		this.ends[this.count++] = to;
	}

	start(index: number): number {
		return index === 0 ? 0 : this.ends[index - 1]!;
	}

	end(index: number): number {
		return this.ends[index]!;
	}

	length(index: number): number {
		return this.end(index) - this.start(index);
	}

	/** Orders two elements by their bytes. */
	compare(a: number, b: number): number {
		const { bytes } = this;
		return compareBytes(bytes, this.start(a), this.end(a), bytes, this.start(b), this.end(b));
	}
}

/** Where a string ends for the functions of C: at its first zero byte. */
export function textEnd(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && bytes[at] !== 0) at++;
	return at;
}
