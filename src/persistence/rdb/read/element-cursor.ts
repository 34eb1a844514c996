import { writeInteger } from "../../../bytes/int64.ts";
import type { Text } from "./rdb-input.ts";

const HALF = 2 ** 32;
/** Within so far from zero the high half and the low one are exact as one number. */
const SAFE_HIGH_MAX = 1 << 20;
const INT64_TEXT_MAX = 20;

/** Goes through the elements of a packed value, which is a string in the file, and checks every byte on the way. */
export interface ElementCursor {
	/** Loads the next element; false where all of them were there. Throws BadData where bytes are not as they should be. */
	next(text: Text): boolean;
}

/** `text` becomes a range of bytes that somebody else holds. */
export function showBytes(text: Text, bytes: Uint8Array, start: number, length: number): void {
	text.bytes = bytes;
	text.start = start;
	text.length = length;
	text.offset = -1;
}

/** `text` becomes the decimal text of an integer of 64 bits. */
export function showInteger(text: Text, high: number, low: number): void {
	const target = text.makeOwn(INT64_TEXT_MAX);
	if (high >= -SAFE_HIGH_MAX && high < SAFE_HIGH_MAX) {
		text.length = writeInteger(high * HALF + (low >>> 0), target, 0);
		return;
	}
	const digits = ((BigInt(high) << 32n) | BigInt(low >>> 0)).toString();
	for (let i = 0; i < digits.length; i++) target[i] = digits.charCodeAt(i);
	text.length = digits.length;
}

export function readUint16(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8);
}

export function readInt32(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** A signed integer of so many bytes, up to four. */
export function readInteger(bytes: Uint8Array, at: number, width: number): number {
	let value = 0;
	for (let i = width - 1; i >= 0; i--) value = (value << 8) | bytes[at + i]!;
	const unused = 32 - 8 * width;
	return (value << unused) >> unused;
}
