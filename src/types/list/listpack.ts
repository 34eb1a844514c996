/**
 * What OBJECT ENCODING says of a list: "listpack" while Redis would keep all of it in one listpack within the limit of
 * `list-max-listpack-size`, then "quicklist", until it has shrunk to a single node half as large. So lists know how
 * many bytes their elements would take there, though they are laid out otherwise.
 *
 * An entry of a listpack is a code, which also holds small integers and short lengths, the bytes, and the length of both.
 */
import { elementLength, elementStart, nextElement } from "../../bytes/elements.ts";
import { isInt64, parseInteger } from "../../bytes/int64.ts";

/** Head and end mark of a listpack. */
const FRAME_BYTES = 7;
/** A listpack that is limited by its number of entries may not be larger than this all the same. */
const SAFE_BYTES_MAX = 8192;
const KILOBYTE = 1024;
/** The limit -1 stands for so many kilobytes, each lower one for twice as many as the one before, down to -5. */
const LOWEST_LEVEL_KILOBYTES = 4;
const LEVELS = 5;

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
/** Integers of fewer digits are safe. */
const SAFE_DIGITS = 16;
/** Longest decimal int64. */
const INTEGER_BYTES_MAX = 20;

/** Bytes of the entry for this element. */
export function entryBytes(bytes: Uint8Array, start: number, length: number): number {
	const first = length > 0 && length <= INTEGER_BYTES_MAX ? bytes[start]! : 0;
	if ((first >= ZERO && first <= NINE) || first === MINUS) {
		const value = parseInteger(bytes, start, start + length);
		if (!Number.isNaN(value)) return integerBytes(value) + 1;
		if (length >= SAFE_DIGITS && isInt64(bytes, start, start + length)) return integerBytes(Infinity) + 1;
	}
	if (length < 64) return length + 2;
	return length < 4096 ? withLength(length + 2) : withLength(length + 5);
}

/** The same for the element at `at` of a run. */
export function entryBytesAt(run: Uint8Array, at: number): number {
	return entryBytes(run, elementStart(run, at), elementLength(run, at));
}

/** The same for all elements of a run. */
export function entriesOf(run: Uint8Array, from: number, to: number): number {
	let bytes = 0;
	for (let at = from; at < to; at = nextElement(run, at)) bytes += entryBytesAt(run, at);
	return bytes;
}

/** Bytes of an integer with its code; Infinity stands for one beyond 2^53. */
function integerBytes(value: number): number {
	if (value >= 0 && value < 2 ** 7) return 1;
	if (value >= -(2 ** 12) && value < 2 ** 12) return 2;
	if (value >= -(2 ** 15) && value < 2 ** 15) return 3;
	if (value >= -(2 ** 23) && value < 2 ** 23) return 4;
	return value >= -(2 ** 31) && value < 2 ** 31 ? 5 : 9;
}

/** The length of an entry is written behind it, in bytes of seven bits. */
function withLength(bytes: number): number {
	if (bytes < 2 ** 7) return bytes + 1;
	if (bytes < 2 ** 14 - 1) return bytes + 2;
	if (bytes < 2 ** 21 - 1) return bytes + 3;
	return bytes < 2 ** 28 - 1 ? bytes + 4 : bytes + 5;
}

/** Whether so many entries of so many bytes are too much for one listpack; `limit` is list-max-listpack-size. */
export function exceedsListpack(limit: number, entries: number, count: number): boolean {
	const bytes = entries + FRAME_BYTES;
	if (limit < 0) return bytes > levelBytes(limit);
	return bytes > SAFE_BYTES_MAX || count > Math.max(1, limit);
}

/** Whether a quicklist of a single node has become so small that it is a listpack again. */
export function fitsHalfListpack(limit: number, entries: number, count: number): boolean {
	if (limit < 0) return entries + FRAME_BYTES <= levelBytes(limit) >> 1;
	return count <= Math.max(1, limit) >> 1;
}

function levelBytes(limit: number): number {
	return (LOWEST_LEVEL_KILOBYTES * KILOBYTE) << (Math.min(-limit, LEVELS) - 1);
}
