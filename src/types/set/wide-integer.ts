import { integerLength, isInt64, parseInteger, writeInteger } from "../../bytes/int64.ts";

const MINUS = 0x2d;
const ZERO = 0x30;
const WORD = 0x1_0000_0000;
/** Beyond this many digits a number may be no safe integer. */
const SAFE_DIGITS = 15;
/** Digits that are read or written at once where they are more than those. */
const GROUP_DIGITS = 9;
const GROUP = 1_000_000_000;

/**
 * An int64 as two halves, so that all of the range is compared and kept without BigInt: `high` is the upper word and
 * signed, `low` the lower one and unsigned. The number is high * 2^32 + low.
 *
 * One object is one number at a time, read from text or bytes and written as either.
 */
export class WideInteger {
	high: number;
	low: number;

	constructor() {
		this.high = 0;
		this.low = 0;
	}

	/** Takes a number from its text; false, and no number, where the text is not exactly what an int64 prints as. */
	parse(bytes: Uint8Array, start: number, end: number): boolean {
		const value = parseInteger(bytes, start, end);
		if (!Number.isNaN(value)) {
			this.set(value);
			return true;
		}
		if (end - start <= SAFE_DIGITS || !isInt64(bytes, start, end)) return false;
		this.parseLong(bytes, start, end);
		return true;
	}

	/** Takes a safe integer. */
	set(value: number): void {
		this.high = Math.floor(value / WORD);
		this.low = value >>> 0;
	}

	/** Sixteen to nineteen digits: two exact products, of the upper and the lower half of all but the last nine. */
	private parseLong(bytes: Uint8Array, start: number, end: number): void {
		const isNegative = bytes[start] === MINUS;
		const middle = end - GROUP_DIGITS;
		const head = digits(bytes, isNegative ? start + 1 : start, middle);
		const upper = Math.floor(head / 0x2_0000) * GROUP;
		const lower = (head % 0x2_0000) * GROUP + digits(bytes, middle, end);
		// The magnitude is upper * 2^17 + lower.
		const low = (upper % 0x8000) * 0x2_0000 + (lower % WORD);
		this.low = low >>> 0;
		this.high = (Math.floor(upper / 0x8000) + Math.floor(lower / WORD) + Math.floor(low / WORD)) | 0;
		if (isNegative) this.negate();
	}

	private negate(): void {
		this.low = -this.low >>> 0;
		this.high = (this.low === 0 ? -this.high : ~this.high) | 0;
	}

	isSafe(): boolean {
		return this.high >= -0x20_0000 && this.high < 0x20_0000 && (this.high > -0x20_0000 || this.low > 0);
	}

	/** Bytes it takes in two's complement: 2, 4 or 8. */
	width(): number {
		const { high } = this;
		const low = this.low | 0;
		if (high !== low >> 31) return 8;
		return low === (low << 16) >> 16 ? 2 : 4;
	}

	/** Negative, zero or positive. */
	compare(other: WideInteger): number {
		return this.high === other.high ? this.low - other.low : this.high - other.high;
	}

	/** Takes a number from `width` bytes in two's complement, the low byte first. */
	load(bytes: Uint8Array, at: number, width: number): void {
		if (width === 8) {
			this.low = word(bytes, at) >>> 0;
			this.high = word(bytes, at + 4);
			return;
		}
		const value = width === 4 ? word(bytes, at) : ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
		this.low = value >>> 0;
		this.high = value >> 31;
	}

	/** Writes the number into `width` bytes, which must be enough for it. */
	store(bytes: Uint8Array, at: number, width: number): void {
		const { low, high } = this;
		bytes[at] = low;
		bytes[at + 1] = low >>> 8;
		if (width === 2) return;
		bytes[at + 2] = low >>> 16;
		bytes[at + 3] = low >>> 24;
		if (width === 4) return;
		bytes[at + 4] = high;
		bytes[at + 5] = high >>> 8;
		bytes[at + 6] = high >>> 16;
		bytes[at + 7] = high >>> 24;
	}

	/** Writes the number as text; returns how many bytes that took, at most INT64_TEXT_MAX. */
	print(target: Uint8Array, at: number): number {
		if (this.isSafe()) return writeInteger(this.high * WORD + this.low, target, at);
		if (this.high >= 0) return printMagnitude(this.high, this.low, target, at);
		target[at] = MINUS;
		const low = -this.low >>> 0;
		return 1 + printMagnitude((low === 0 ? -this.high : ~this.high) >>> 0, low, target, at + 1);
	}

	/** Bytes of its text. */
	printedLength(): number {
		if (this.isSafe()) return integerLength(this.high * WORD + this.low);
		return this.print(scratch, 0);
	}
}

const scratch = new Uint8Array(20);

function word(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Up to ten digits as a number. */
function digits(bytes: Uint8Array, start: number, end: number): number {
	let value = 0;
	for (let i = start; i < end; i++) value = value * 10 + bytes[i]! - ZERO;
	return value;
}

/** Prints high * 2^32 + low, both words unsigned and the whole beyond 2^53: long division, sixteen bits at a time. */
function printMagnitude(high: number, low: number, target: Uint8Array, at: number): number {
	let quotient = Math.floor(high / GROUP);
	let rest = high % GROUP;
	for (let shift = 16; shift >= 0; shift -= 16) {
		const part = rest * 0x1_0000 + ((low >>> shift) & 0xffff);
		quotient = quotient * 0x1_0000 + Math.floor(part / GROUP);
		rest = part % GROUP;
	}
	const length = writeInteger(quotient, target, at);
	for (let i = at + length + GROUP_DIGITS - 1; i >= at + length; i--) {
		target[i] = ZERO + (rest % 10);
		rest = Math.floor(rest / 10);
	}
	return length + GROUP_DIGITS;
}
