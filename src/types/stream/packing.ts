/**
 * How strings and numbers lie in a run of entries.
 *
 *     string   0 … 239       so many bytes follow
 *              240 + n       a natural number in n bytes, lowest first, n from 1 to 7: the string is its decimal text
 *              248           length:2, bytes
 *              249           length:4, bytes
 *              250           the same value as in the first entry of the run
 *     number   seven bits a byte, lowest first; the top bit says that more follow
 *
 * Field names are never packed as numbers, so that they can be compared where they lie; values are wherever their text is
 * that of a safe integer from 10 on: a time in milliseconds takes 7 bytes instead of 14.
 */
import { copyBytes } from "../../bytes/ascii.ts";
import { parseInteger } from "../../bytes/int64.ts";

/** Longest string whose head is its length. */
export const SHORT_BYTES_MAX = 239;
/** Heads above this one, up to LENGTH_2, announce a number. */
export const PACKED_NUMBER = 240;
export const LENGTH_2 = 248;
export const LENGTH_4 = 249;
export const SAME_VALUE = 250;
/** Bytes of the longest head with its length. */
export const STRING_HEAD_MAX = 5;
/** Bytes of the longest number, 64 bits wide. */
export const NUMBER_BYTES_MAX = 10;

const ONE = 0x31;
const NINE = 0x39;
/** Digits of the greatest safe integer. */
const DIGITS_MAX = 16;
const HALF = 2 ** 32;

/** Writes a string as it is and returns where it ends. */
export function writeText(target: Uint8Array, at: number, source: Uint8Array, start: number, length: number): number {
	const body = writeLength(target, at, length);
	copyBytes(source, start, target, body, length);
	return body + length;
}

/** Writes a string, as a number where its text is one, and returns where it ends. */
export function writeValue(target: Uint8Array, at: number, source: Uint8Array, start: number, length: number): number {
	if (length >= 2 && length <= DIGITS_MAX) {
		const first = source[start]!;
		if (first >= ONE && first <= NINE) {
			const value = parseInteger(source, start, start + length);
			if (value > 0) return writePacked(target, at, value);
		}
	}
	return writeText(target, at, source, start, length);
}

function writeLength(target: Uint8Array, at: number, length: number): number {
	if (length <= SHORT_BYTES_MAX) {
		target[at] = length;
		return at + 1;
	}
	const bytes = length <= 0xffff ? 2 : 4;
	target[at] = bytes === 2 ? LENGTH_2 : LENGTH_4;
	for (let i = 1; i <= bytes; i++) target[at + i] = length >>> (8 * (i - 1));
	return at + 1 + bytes;
}

function writePacked(target: Uint8Array, at: number, value: number): number {
	let high = Math.floor(value / HALF);
	let low = value | 0;
	let end = at + 1;
	for (; low !== 0 && high === 0; low >>>= 8) target[end++] = low;
	if (high !== 0) {
		for (let i = 0; i < 4; i++, low >>>= 8) target[end++] = low;
		for (; high !== 0; high >>>= 8) target[end++] = high;
	}
	target[at] = PACKED_NUMBER + end - at - 1;
	return end;
}

/** The number behind a head above PACKED_NUMBER. */
export function readPacked(bytes: Uint8Array, at: number): number {
	const end = at + 1 + bytes[at]! - PACKED_NUMBER;
	let value = 0;
	for (let i = end - 1; i > at; i--) value = value * 256 + bytes[i]!;
	return value;
}

/** Where the string at `at` ends. */
export function skipString(bytes: Uint8Array, at: number): number {
	const head = bytes[at]!;
	if (head <= SHORT_BYTES_MAX) return at + 1 + head;
	if (head < LENGTH_2) return at + 1 + head - PACKED_NUMBER;
	if (head === SAME_VALUE) return at + 1;
	return head === LENGTH_2 ? at + 3 + readLength2(bytes, at + 1) : at + 5 + readLength4(bytes, at + 1);
}

/** Bytes of the text, which is not a packed number, whose head lies at `at`. */
export function textLength(bytes: Uint8Array, at: number): number {
	const head = bytes[at]!;
	if (head <= SHORT_BYTES_MAX) return head;
	return head === LENGTH_2 ? readLength2(bytes, at + 1) : readLength4(bytes, at + 1);
}

export function readLength2(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8);
}

export function readLength4(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Writes a number of 64 bits, given as two halves, and returns where it ends. */
export function writeNumber(target: Uint8Array, at: number, high: number, low: number): number {
	while (high !== 0 || low >>> 7 !== 0) {
		target[at++] = (low & 0x7f) | 0x80;
		low = (low >>> 7) | (high << 25);
		high >>>= 7;
	}
	target[at] = low;
	return at + 1;
}

/** The low half of the number at `at`. */
export function readLow(bytes: Uint8Array, at: number): number {
	let low = bytes[at]!;
	if (low < 0x80) return low;
	low &= 0x7f;
	for (let shift = 7; ; shift += 7) {
		const byte = bytes[++at]!;
		if (shift < 32) low |= (byte & 0x7f) << shift;
		if (byte < 0x80) return low;
	}
}

/** The high half of the number at `at`. */
export function readHigh(bytes: Uint8Array, at: number): number {
	let high = 0;
	for (let shift = 0; ; shift += 7) {
		const byte = bytes[at++]!;
		// The fifth byte holds bits 28 to 34.
		if (shift === 28) high = (byte & 0x7f) >>> 4;
		else if (shift > 28) high |= (byte & 0x7f) << (shift - 32);
		if (byte < 0x80) return high;
	}
}

/** Where the number at `at` ends. */
export function skipNumber(bytes: Uint8Array, at: number): number {
	while (bytes[at]! >= 0x80) at++;
	return at + 1;
}
