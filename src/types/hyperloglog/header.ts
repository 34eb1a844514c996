import { readUint32, writeUint32 } from "../../memory/entry.ts";
import type { StringView } from "../string.ts";
import { REGISTERS_BYTES } from "./registers.ts";

/**
 * The head of a HyperLogLog string, and whether a string is one:
 *
 *     "HYLL"   encoding:1   unused:3   count:8   registers…
 *
 * The count is the last estimate, its low half first; while its highest bit is set it is not to be relied on.
 */
export const HEADER_BYTES = 16;
export const DENSE_BYTES = HEADER_BYTES + REGISTERS_BYTES;

export const DENSE = 0;
export const SPARSE = 1;

const MAGIC = 0x4c4c5948;
const ENCODING_AT = 4;
const COUNT_LOW_AT = 8;
const COUNT_HIGH_AT = 12;
const STALE = 0x80000000 | 0;
const HALF = 2 ** 32;
const INT64_LIMIT = 2 ** 63;

export function isHyperLogLog({ bytes, start, length }: StringView): boolean {
	if (length < HEADER_BYTES || readUint32(bytes, start) !== MAGIC) return false;
	const encoding = bytes[start + ENCODING_AT]!;
	return encoding === SPARSE || (encoding === DENSE && length === DENSE_BYTES);
}

/** Writes the head of an empty one. */
export function writeHeader(bytes: Uint8Array, start: number): void {
	bytes.fill(0, start, start + HEADER_BYTES);
	writeUint32(bytes, start, MAGIC);
	bytes[start + ENCODING_AT] = SPARSE;
}

export function encodingAt(view: StringView): number {
	return view.bytes[view.start + ENCODING_AT]!;
}

export function writeEncoding(bytes: Uint8Array, start: number, encoding: number): void {
	bytes[start + ENCODING_AT] = encoding;
}

/** The halves of the count; it is stale where the high one is negative. */
export function countLow(view: StringView): number {
	return readUint32(view.bytes, view.start + COUNT_LOW_AT);
}

export function countHigh(view: StringView): number {
	return readUint32(view.bytes, view.start + COUNT_HIGH_AT) | 0;
}

export function writeCount(view: StringView, estimate: number): void {
	writeUint32(view.bytes, view.start + COUNT_LOW_AT, lowHalf(estimate));
	writeUint32(view.bytes, view.start + COUNT_HIGH_AT, highHalf(estimate));
}

/** An estimate beyond int64 counts as the smallest number of all, and so as stale. */
export function highHalf(estimate: number): number {
	return estimate < INT64_LIMIT ? Math.floor(estimate / HALF) : STALE;
}

export function lowHalf(estimate: number): number {
	return estimate < INT64_LIMIT ? estimate % HALF : 0;
}

/** The rest of the count stays as it is, since Redis leaves it. */
export function markStale(view: StringView): void {
	writeUint32(view.bytes, view.start + COUNT_HIGH_AT, countHigh(view) | STALE);
}
