import { BadData } from "./bad-data.ts";
import { type ElementCursor, readInt32, readInteger, readUint16, showBytes, showInteger } from "./element-cursor.ts";
import type { Text } from "./rdb-input.ts";

const HEAD_BYTES = 6;
const END = 0xff;
/** A listpack of so many elements, or more, does not say how many. */
const COUNT_UNKNOWN = 0xffff;

/**
 * A listpack, element by element:
 *
 *     bytes:4  count:2  { code [data] length-of-both, readable from behind }…  0xff
 *
 *     code  0nnnnnnn            an integer          10nnnnnn          a string of n bytes
 *           110nnnnn n:1        an integer          1110nnnn n:1      a string
 *           0xf1 … 0xf4         an integer of 2, 3, 4, 8 bytes        0xf0 n:4   a string
 */
export class ListpackCursor implements ElementCursor {
	/** Whether the element loaded last is kept as an integer, and which it is. */
	isInteger: boolean;
	high: number;
	low: number;
	private bytes: Uint8Array;
	private at: number;
	/** Of the end mark. */
	private end: number;
	private count: number;
	private seen: number;
	/** Of the element at `at`: of its code, and its data. */
	private codeBytes: number;
	private dataBytes: number;

	constructor() {
		this.isInteger = false;
		this.high = 0;
		this.low = 0;
		this.bytes = new Uint8Array(0);
		this.at = 0;
		this.end = 0;
		this.count = 0;
		this.seen = 0;
		this.codeBytes = 0;
		this.dataBytes = 0;
	}

	open(blob: Text): this {
		const { bytes, start, length } = blob;
		if (length <= HEAD_BYTES || readInt32(bytes, start) !== length || bytes[start + length - 1]! !== END) throw bad();
		this.bytes = bytes;
		this.at = start + HEAD_BYTES;
		this.end = start + length - 1;
		this.count = readUint16(bytes, start + 4);
		this.seen = 0;
		return this;
	}

	next(text: Text): boolean {
		if (this.at === this.end) {
			if (this.count !== COUNT_UNKNOWN && this.count !== this.seen) throw bad();
			return false;
		}
		this.seen++;
		this.readCode();
		const { bytes, at, codeBytes, dataBytes } = this;
		// In this order, since a length of four bytes may be anything.
		if (dataBytes > this.end - at - codeBytes) throw bad();
		if (this.isInteger) showInteger(text, this.high, this.low);
		else showBytes(text, bytes, at + codeBytes, dataBytes);
		this.at = this.skipBackLength(at + codeBytes + dataBytes, codeBytes + dataBytes);
		return true;
	}

	/** The next element, which there must be and which must be kept as an integer. */
	nextInteger(text: Text): void {
		if (!this.next(text) || !this.isInteger) throw bad();
	}

	/** As nextInteger, a natural number below 2^31. */
	nextCount(text: Text): number {
		this.nextInteger(text);
		if (this.high !== 0 || this.low < 0) throw bad();
		return this.low;
	}

	private readCode(): void {
		const { bytes, at } = this;
		const first = bytes[at]!;
		this.isInteger = false;
		this.codeBytes = 1;
		this.dataBytes = 0;
		if (first < 0x80) this.integer(first, 1);
		else if (first < 0xc0) this.dataBytes = first & 0x3f;
		else if (first < 0xe0) this.integer(((((first & 0x1f) << 8) | this.data(1)) << 19) >> 19, 2);
		else if (first < 0xf0) {
			this.dataBytes = ((first & 0x0f) << 8) | this.data(1);
			this.codeBytes = 2;
		} else if (first === 0xf0) {
			this.data(4);
			this.dataBytes = readInt32(bytes, at + 1) >>> 0;
			this.codeBytes = 5;
		} else if (first <= 0xf3) {
			this.data(first - 0xef);
			this.integer(readInteger(bytes, at + 1, first - 0xef), first - 0xee);
		} else if (first === 0xf4) {
			this.data(8);
			this.integer(readInt32(bytes, at + 1), 9);
			this.high = readInt32(bytes, at + 5);
		} else throw bad();
	}

	/** The first of so many bytes behind the first one of the code, which must be there. */
	private data(count: number): number {
		if (count > this.end - this.at - 1) throw bad();
		return this.bytes[this.at + 1]!;
	}

	private integer(value: number, codeBytes: number): void {
		this.isInteger = true;
		this.low = value;
		this.high = value >> 31;
		this.codeBytes = codeBytes;
	}

	/** Seven bits a byte, the high ones first, all but the first marked. */
	private skipBackLength(at: number, length: number): number {
		const width = backLengthBytes(length);
		if (width > this.end - at) throw bad();
		let rest = length;
		for (let i = width - 1; i >= 0; i--) {
			const expected = (rest & 0x7f) | (i > 0 ? 0x80 : 0);
			if (this.bytes[at + i]! !== expected) throw bad();
			rest >>>= 7;
		}
		return at + width;
	}
}

function backLengthBytes(length: number): number {
	if (length <= 127) return 1;
	if (length < 16_383) return 2;
	if (length < 2_097_151) return 3;
	return length < 268_435_455 ? 4 : 5;
}

function bad(): BadData {
	return new BadData("Listpack integrity check failed.");
}
