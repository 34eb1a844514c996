/**
 * What entries would take in a node of Redis's: a listpack behind a radix tree's key. Approximate trimming frees whole
 * nodes, and a node is full by its bytes or its entries, so to leave the same entries as Redis we have to know those
 * bytes; nothing is stored that way here.
 *
 * Each element of a listpack is a head, its bytes and its own length behind it, written backwards. Strings that are
 * numbers are stored as numbers.
 */
import { isInt64, parseInteger } from "../../bytes/int64.ts";

/** Six bytes of header and the end mark. */
export const EMPTY_NODE_BYTES = 7;

/** Digits and sign of the longest number, and more than those of any that fits 32 bits. */
const NUMBER_TEXT_MAX = 20;

/** Bytes of the element for a whole number in int32. */
export function numberBytes(value: number): number {
	if (value >= 0 && value <= 127) return 2;
	if (value >= -4096 && value <= 4095) return 3;
	if (value >= -32768 && value <= 32767) return 4;
	return value >= -8388608 && value <= 8388607 ? 5 : 6;
}

/** The same for a number of 64 bits in two halves. */
export function wideNumberBytes(high: number, low: number): number {
	return high === low >> 31 ? numberBytes(low) : 10;
}

/** Bytes of the element for a string. */
export function textBytes(bytes: Uint8Array, start: number, length: number): number {
	if (length <= NUMBER_TEXT_MAX && length > 0 && bytes[start]! <= 0x39 && isInt64(bytes, start, start + length)) {
		const value = parseInteger(bytes, start, start + length);
		return value === (value | 0) ? numberBytes(value) : 10;
	}
	const element = length < 64 ? 1 + length : length < 4096 ? 2 + length : 5 + length;
	return element + backwardLengthBytes(element);
}

function backwardLengthBytes(element: number): number {
	if (element <= 127) return 1;
	if (element < 16_383) return 2;
	if (element < 2_097_151) return 3;
	return element < 268_435_455 ? 4 : 5;
}

/** Bytes of the elements that count the living entries and the deleted ones. */
export function countsBytes(live: number, deleted: number): number {
	return numberBytes(live) + numberBytes(deleted);
}

/** Bytes of the element behind an entry that says how many elements it has. */
export function entrySizeBytes(pairs: number, hasOwnFields: boolean): number {
	return numberBytes(hasOwnFields ? 2 * pairs + 4 : pairs + 3);
}
