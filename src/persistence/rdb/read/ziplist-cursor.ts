import { BadData } from "./bad-data.ts";
import { type ElementCursor, readInt32, readInteger, readUint16, showBytes, showInteger } from "./element-cursor.ts";
import type { Text } from "./rdb-input.ts";

const HEAD_BYTES = 10;
const END = 0xff;
/** First byte of a length that takes four more. */
const WIDE_LENGTH = 254;
/** A ziplist of so many elements, or more, does not say how many. */
const COUNT_UNKNOWN = 0xffff;

/**
 * A ziplist, as listpacks were before Redis 7:
 *
 *     bytes:4  offset-of-last:4  count:2  { length-of-the-one-before  code [data] }…  0xff
 *
 *     code  00nnnnnn              a string of n bytes       0xc0  an integer of 2 bytes    0xf0  of 3
 *           01nnnnnn n:1          a string                  0xd0  of 4                     0xfe  of 1
 *           0x80 n:4              a string                  0xe0  of 8                     0xf1 … 0xfd  0 … 12
 */
export class ZiplistCursor implements ElementCursor {
	private bytes: Uint8Array;
	private start: number;
	private at: number;
	/** Of the end mark. */
	private end: number;
	private count: number;
	private seen: number;
	/** Where the element before this one lies. */
	private last: number;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.at = 0;
		this.end = 0;
		this.count = 0;
		this.seen = 0;
		this.last = 0;
	}

	open(blob: Text): this {
		const { bytes, start, length } = blob;
		if (length <= HEAD_BYTES || readInt32(bytes, start) !== length || bytes[start + length - 1]! !== END) throw bad();
		this.bytes = bytes;
		this.start = start;
		this.at = start + HEAD_BYTES;
		this.end = start + length - 1;
		this.count = readUint16(bytes, start + 8);
		this.seen = 0;
		this.last = this.at;
		return this;
	}

	next(text: Text): boolean {
		const { bytes, at, end } = this;
		if (at === end) {
			const isCounted = this.count === COUNT_UNKNOWN || this.count === this.seen;
			if (!isCounted || readInt32(bytes, this.start + 4) !== this.last - this.start) throw bad();
			return false;
		}
		let code = at + 1;
		let before = bytes[at]!;
		if (before === WIDE_LENGTH) {
			this.need(5);
			before = readInt32(bytes, at + 1);
			code = at + 5;
		}
		if (before !== at - this.last || code >= end) throw bad();
		this.seen++;
		this.last = at;
		this.at = this.load(text, code);
		return true;
	}

	private need(count: number): void {
		if (count > this.end - this.at) throw bad();
	}

	/** Loads the element with this code; returns where it ends. */
	private load(text: Text, code: number): number {
		const { bytes, end } = this;
		const first = bytes[code]!;
		if (first < 0x40) return this.string(text, code + 1, first);
		if (first < 0x80) {
			if (code + 1 >= end) throw bad();
			return this.string(text, code + 2, ((first & 0x3f) << 8) | bytes[code + 1]!);
		}
		if (first === 0x80) {
			if (end - code < 5) throw bad();
			const [a, b, c, d] = [bytes[code + 1]!, bytes[code + 2]!, bytes[code + 3]!, bytes[code + 4]!];
			return this.string(text, code + 5, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
		}
		if (first > 0xf0 && first <= 0xfd) {
			showInteger(text, 0, (first & 0x0f) - 1);
			return code + 1;
		}
		const width = integerBytes(first);
		if (width > end - code - 1) throw bad();
		if (width === 8) showInteger(text, readInt32(bytes, code + 5), readInt32(bytes, code + 1));
		else {
			const value = readInteger(bytes, code + 1, width);
			showInteger(text, value >> 31, value);
		}
		return code + 1 + width;
	}

	private string(text: Text, at: number, length: number): number {
		if (length > this.end - at) throw bad();
		showBytes(text, this.bytes, at, length);
		return at + length;
	}
}

function integerBytes(code: number): number {
	switch (code) {
		case 0xc0:
			return 2;
		case 0xd0:
			return 4;
		case 0xe0:
			return 8;
		case 0xf0:
			return 3;
		case 0xfe:
			return 1;
		default:
			throw bad();
	}
}

function bad(): BadData {
	return new BadData("Ziplist integrity check failed.");
}
