import { copyBytes } from "../../bytes/ascii.ts";
import { parseInteger } from "../../bytes/int64.ts";
import { WideInteger } from "../../types/set/wide-integer.ts";

/**
 * Makes a listpack: strings and integers in as few bytes as Redis needs for them, in one string.
 *
 *     total bytes:4  count:2 (0xffff: too many to say)  entry entry …  0xff
 *     entry     code  bytes  length of both, backwards
 *
 *     0nnnnnnn                 0 to 127                  10llllll  bytes                 up to 63 bytes
 *     110nnnnn n:1             13 bits                   1110llll l:1  bytes             up to 4095 bytes
 *     0xf1 … 0xf4  n:2-8       16, 24, 32, 64 bits       0xf0 l:4  bytes                 more
 *
 * What goes in is the text; where it is exactly what an int64 prints as, it is kept as a number.
 */
export class ListpackWriter {
	bytes: Uint8Array;
	/** Where the next entry goes; behind `end` where the listpack ends. */
	length: number;
	count: number;
	private readonly integer: WideInteger;

	constructor() {
		this.bytes = new Uint8Array(INITIAL_BYTES);
		this.length = HEAD_BYTES;
		this.count = 0;
		this.integer = new WideInteger();
	}

	begin(): void {
		this.length = HEAD_BYTES;
		this.count = 0;
		if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(INITIAL_BYTES);
	}

	/** Bytes that it will have when it ends here. */
	totalBytes(): number {
		return this.length + 1;
	}

	/** Adds a string. */
	text(source: Uint8Array, start: number, length: number): void {
		if (length > 0 && length <= INTEGER_BYTES_MAX && source[start]! <= NINE) {
			const value = parseInteger(source, start, start + length);
			if (value === (value | 0)) return this.narrow(value);
			const { integer } = this;
			if (integer.parse(source, start, start + length)) return this.wide(integer.high, integer.low | 0);
		}
		this.reserve(length);
		const { bytes } = this;
		let at = this.length;
		if (length < 64) bytes[at++] = 0x80 | length;
		else if (length < 4096) {
			bytes[at++] = 0xe0 | (length >>> 8);
			bytes[at++] = length;
		} else {
			bytes[at++] = 0xf0;
			at = writeBytes(bytes, at, length, 4);
		}
		copyBytes(source, start, bytes, at, length);
		this.endEntry(at + length);
	}

	/** Adds a safe integer. */
	number(value: number): void {
		if (value === (value | 0)) return this.narrow(value);
		this.integer.set(value);
		this.wide(this.integer.high, this.integer.low | 0);
	}

	/** Adds an int64 in two halves, both as signed integers. */
	wide(high: number, low: number): void {
		if (high === low >> 31) return this.narrow(low);
		this.reserve(0);
		this.bytes[this.length] = 0xf4;
		this.endEntry(writeBytes(this.bytes, writeBytes(this.bytes, this.length + 1, low, 4), high, 4));
	}

	private narrow(value: number): void {
		this.reserve(0);
		const { bytes, length } = this;
		if (value >= 0 && value < 128) {
			bytes[length] = value;
			this.endEntry(length + 1);
		} else if (value >= -4096 && value < 4096) {
			bytes[length] = 0xc0 | ((value >> 8) & 0x1f);
			bytes[length + 1] = value;
			this.endEntry(length + 2);
		} else {
			const width = value === (value << 16) >> 16 ? 2 : value === (value << 8) >> 8 ? 3 : 4;
			bytes[length] = 0xef + width;
			this.endEntry(writeBytes(bytes, length + 1, value, width));
		}
	}

	/** Writes behind the entry how long it is: seven bits a byte, the top bit in all but the first, to be read backwards. */
	private endEntry(end: number): void {
		const { bytes } = this;
		const size = end - this.length;
		this.count++;
		if (size < 128) {
			bytes[end] = size;
			this.length = end + 1;
			return;
		}
		const width = size < 16_383 ? 2 : size < 2_097_151 ? 3 : size < 268_435_455 ? 4 : 5;
		for (let i = 0; i < width; i++) {
			const bits = (size >>> (7 * (width - 1 - i))) & 0x7f;
			bytes[end + i] = i === 0 ? bits : bits | 0x80;
		}
		this.length = end + width;
	}

	/** Completes the listpack, which is `bytes` up to `length` then. */
	end(): void {
		const { bytes } = this;
		bytes[this.length++] = 0xff;
		writeBytes(bytes, 0, this.length, 4);
		writeBytes(bytes, 4, Math.min(this.count, COUNT_UNKNOWN), 2);
	}

	private reserve(length: number): void {
		const needed = this.length + length + ENTRY_OVERHEAD_MAX;
		if (needed <= this.bytes.length) return;
		const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
		copyBytes(this.bytes, 0, grown, 0, this.length);
		this.bytes = grown;
	}
}

const HEAD_BYTES = 6;
const COUNT_UNKNOWN = 0xffff;
/** Code, length, length behind, and the end mark. */
const ENTRY_OVERHEAD_MAX = 16;
const INITIAL_BYTES = 16_384;
const KEPT_BYTES_MAX = 1 << 20;
/** Longest decimal int64. */
const INTEGER_BYTES_MAX = 20;
const NINE = 0x39;

/** The low bytes first. */
function writeBytes(target: Uint8Array, at: number, value: number, count: number): number {
	for (let i = 0; i < count; i++) target[at + i] = value >>> (8 * i);
	return at + count;
}
