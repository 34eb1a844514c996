/**
 * Whole numbers as decimal text, by Redis's rules for what counts as one: an optional minus, then digits without a
 * leading zero; no plus, no spaces, no minus zero, nothing empty.
 *
 * Invariant: text accepted here is exactly what the number prints as, so parsing and writing are inverse, and a string
 * may be stored as its number and given back byte for byte.
 *
 * Up to nine digits fit int32 arithmetic; longer numbers are taken in two or three such groups and joined as doubles,
 * or as BigInt where 53 bits do not suffice.
 */
import { assert } from "./assert.ts";

const MINUS = 0x2d;
const ZERO = 0x30;

/** Digits that always fit an int32. */
const GROUP_DIGITS = 9;
const GROUP = 1_000_000_000;
const GROUP_BIGINT = 1_000_000_000n;
const FOUR_DIGITS = 10_000;
const EIGHT_DIGITS = 100_000_000;
const INT32_MAX = 0x7fffffff;
/** 9007199254740991 has this many digits. */
const SAFE_DIGITS_MAX = 16;
/** 9223372036854775807 has this many digits. */
const INT64_DIGITS = 19;
/** Bytes of the longest int64, `-9223372036854775808`. */
export const INT64_TEXT_MAX = 20;

/** 10^0 to 10^9. */
const powersOfTen = new Int32Array(GROUP_DIGITS + 1);
for (let power = 1, index = 0; index <= GROUP_DIGITS; index++, power *= 10) powersOfTen[index] = power;

/** The two digits of 0 to 99, so that writing takes one division for two digits. */
const digitPairs = new Uint8Array(200);
for (let value = 0; value < 100; value++) {
	digitPairs[2 * value] = ZERO + Math.floor(value / 10);
	digitPairs[2 * value + 1] = ZERO + (value % 10);
}

/** NaN where the text is malformed or outside ±(2^53 - 1). */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number {
	let position = start;
	let negative = false;
	if (position < end && bytes[position]! === MINUS) {
		negative = true;
		position++;
	}
	const digits = end - position;
	if (digits <= 0) return Number.NaN;
	const first = bytes[position]! - ZERO;
	// A leading zero, and with it minus zero; the only number that begins with one is zero itself.
	if (first === 0) return digits === 1 && !negative ? 0 : Number.NaN;
	if (digits > GROUP_DIGITS) return parseWide(bytes, position, end, negative);
	if (first < 0 || first > 9) return Number.NaN;
	let value = first;
	for (position++; position < end; position++) {
		const digit = bytes[position]! - ZERO;
		if (digit < 0 || digit > 9) return Number.NaN;
		value = (Math.imul(value, 10) + digit) | 0;
	}
	return negative ? -value : value;
}

/** Ten digits and more, the first of them not zero. */
function parseWide(bytes: Uint8Array, start: number, end: number, negative: boolean): number {
	if (end - start > SAFE_DIGITS_MAX) return Number.NaN;
	const middle = end - GROUP_DIGITS;
	const high = parseGroup(bytes, start, middle);
	const low = parseGroup(bytes, middle, end);
	if (high < 0 || low < 0) return Number.NaN;
	// At most 16 digits: rounding cannot carry a number from above the bound to below it.
	const value = high * GROUP + low;
	if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
	return negative ? -value : value;
}

/** One to nine digits, leading zeros allowed; -1 where one is not a digit. */
function parseGroup(bytes: Uint8Array, start: number, end: number): number {
	let value = 0;
	for (let position = start; position < end; position++) {
		const digit = bytes[position]! - ZERO;
		if (digit < 0 || digit > 9) return -1;
		value = (Math.imul(value, 10) + digit) | 0;
	}
	return value;
}

/** The whole range of int64; undefined where the text is malformed or beyond it. Allocates. */
export function parseInt64(bytes: Uint8Array, start: number, end: number): bigint | undefined {
	if (!isInt64(bytes, start, end)) return undefined;
	const negative = bytes[start]! === MINUS;
	let position = negative ? start + 1 : start;
	let value = 0n;
	while (position < end) {
		const groupEnd = Math.min(position + GROUP_DIGITS, end);
		const scale = groupEnd - position === GROUP_DIGITS ? GROUP_BIGINT : BigInt(powersOfTen[groupEnd - position]!);
		value = value * scale + BigInt(parseGroup(bytes, position, groupEnd));
		position = groupEnd;
	}
	return negative ? -value : value;
}

/** Whether Redis would keep this string as an integer. */
export function isInt64(bytes: Uint8Array, start: number, end: number): boolean {
	const negative = start < end && bytes[start]! === MINUS;
	const digitsStart = negative ? start + 1 : start;
	const digits = end - digitsStart;
	if (digits <= 0 || digits > INT64_DIGITS) return false;
	if (bytes[digitsStart]! === ZERO) return digits === 1 && !negative;
	for (let position = digitsStart; position < end; position++) {
		const digit = bytes[position]! - ZERO;
		if (digit < 0 || digit > 9) return false;
	}
	return digits < INT64_DIGITS || isWithinInt64(bytes, digitsStart, negative);
}

/** Nineteen digits against the largest magnitude, 9223372036854775807 or ...808, in groups of 9, 9 and 1. */
function isWithinInt64(bytes: Uint8Array, start: number, negative: boolean): boolean {
	const high = parseGroup(bytes, start, start + 9);
	if (high !== 922337203) return high < 922337203;
	const middle = parseGroup(bytes, start + 9, start + 18);
	if (middle !== 685477580) return middle < 685477580;
	return bytes[start + 18]! - ZERO <= (negative ? 8 : 7);
}

/** Writes a safe integer at `offset`; returns how many bytes that took, at most 17. */
export function writeInteger(value: number, target: Uint8Array, offset: number): number {
	if (value >= 0) return value < FOUR_DIGITS ? writeShort(value, target, offset) : writePositive(value, target, offset);
	target[offset] = MINUS;
	return 1 + writePositive(-value, target, offset + 1);
}

function writePositive(value: number, target: Uint8Array, offset: number): number {
	if (value > INT32_MAX) return writeWide(value, target, offset);
	const length = int32Length(value);
	let position = offset + length;
	let rest = value;
	while (rest >= FOUR_DIGITS) {
		const quotient = (rest / FOUR_DIGITS) | 0;
		position -= 4;
		writeFour(rest - Math.imul(quotient, FOUR_DIGITS), target, position);
		rest = quotient;
	}
	writeShort(rest, target, offset);
	return length;
}

/** Beyond int32: what lies above the last eight digits is an int32 again. */
function writeWide(value: number, target: Uint8Array, offset: number): number {
	assert(value <= Number.MAX_SAFE_INTEGER, "writeInteger takes safe integers only");
	const high = Math.floor(value / EIGHT_DIGITS);
	const low = value - high * EIGHT_DIGITS;
	const middle = (low / FOUR_DIGITS) | 0;
	const length = writePositive(high, target, offset);
	writeFour(middle, target, offset + length);
	writeFour(low - Math.imul(middle, FOUR_DIGITS), target, offset + length + 4);
	return length + 8;
}

/** 0 to 9999 without leading zeros. */
function writeShort(value: number, target: Uint8Array, offset: number): number {
	if (value < 10) {
		target[offset] = ZERO + value;
		return 1;
	}
	if (value < 100) {
		writeTwo(value, target, offset);
		return 2;
	}
	if (value >= 1000) {
		writeFour(value, target, offset);
		return 4;
	}
	const high = hundreds(value);
	target[offset] = ZERO + high;
	writeTwo(value - Math.imul(high, 100), target, offset + 1);
	return 3;
}

/** 0 to 9999, padded with zeros. */
function writeFour(value: number, target: Uint8Array, offset: number): void {
	const high = hundreds(value);
	writeTwo(high, target, offset);
	writeTwo(value - Math.imul(high, 100), target, offset + 2);
}

/** 0 to 99, padded with a zero. */
function writeTwo(value: number, target: Uint8Array, offset: number): void {
	target[offset] = digitPairs[value << 1]!;
	target[offset + 1] = digitPairs[(value << 1) + 1]!;
}

/** A hundredth of 0 to 9999, rounded down, by a multiplication: 5243 / 2^19 is 1/100 closely enough up to 43,698. */
function hundreds(value: number): number {
	return Math.imul(value, 5243) >>> 19;
}

/** How many bytes `writeInteger` takes for this safe integer. */
export function integerLength(value: number): number {
	const sign = value < 0 ? 1 : 0;
	const magnitude = sign === 1 ? -value : value;
	if (magnitude < GROUP) return sign + int32Length(magnitude);
	return sign + GROUP_DIGITS + int32Length(Math.floor(magnitude / GROUP));
}

/** Digits of a number from 0 to 2^31 - 1. */
function int32Length(value: number): number {
	if (value < 100_000) {
		if (value < 100) return value < 10 ? 1 : 2;
		if (value < 1000) return 3;
		return value < 10_000 ? 4 : 5;
	}
	if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
	if (value < 100_000_000) return 8;
	return value < GROUP ? 9 : 10;
}
