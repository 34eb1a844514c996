/**
 * Bytes as text, and the comparisons and copies every floor needs.
 *
 * Invariant: a range is [start, end) of a Uint8Array; the caller keeps ranges inside their arrays, nothing here reads
 * or writes outside the ranges given, and only the functions that return text or a fresh array allocate.
 */

const encoder = new TextEncoder();

// Native routines of Buffer that take any Uint8Array as `this`: unlike set(subarray) they need no view object.
const latin1Slice = Buffer.prototype.latin1Slice;
const utf8Slice = Buffer.prototype.utf8Slice;
const nativeCopy = Buffer.prototype.copy as (
	this: Uint8Array,
	target: Uint8Array,
	targetStart: number,
	sourceStart: number,
	sourceEnd: number,
) => number;
const nativeCompare = Buffer.prototype.compare as (
	this: Uint8Array,
	target: Uint8Array,
	targetStart: number,
	targetEnd: number,
	sourceStart: number,
	sourceEnd: number,
) => number;

/** Longest copy made byte by byte; bench/bytes/copy.ts finds the loop and the native call level at 32 bytes. */
const COPY_LOOP_MAX = 32;
/** The same for comparisons, where the native call costs four times as much; see bench/bytes/compare.ts. */
const EQUAL_LOOP_MAX = 96;
const COMPARE_LOOP_MAX = 80;
/** Of longer ranges this much is compared byte by byte all the same: most differ early. */
const COMPARE_HEAD = 16;

/** The UTF-8 form of a text. */
export function bytesOf(text: string): Uint8Array {
	return encoder.encode(text);
}

/** One character per byte, U+0000 to U+00FF: loses nothing, whatever the bytes are. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
	return latin1Slice.call(bytes, start, end);
}

/** The bytes of such a text; every character of it is below U+0100. */
export function latin1Bytes(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

/** What is not UTF-8 becomes U+FFFD; a byte order mark is kept. */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
	return utf8Slice.call(bytes, start, end);
}

export function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
	if (length > EQUAL_LOOP_MAX) {
		return nativeCompare.call(a, b, bStart, bStart + length, aStart, aStart + length) === 0;
	}
	const quads = length & ~3;
	let index = 0;
	for (; index < quads; index += 4) {
		const x = aStart + index;
		const y = bStart + index;
		const head = (a[x]! ^ b[y]!) | (a[x + 1]! ^ b[y + 1]!);
		const tail = (a[x + 2]! ^ b[y + 2]!) | (a[x + 3]! ^ b[y + 3]!);
		if ((head | tail) !== 0) return false;
	}
	for (; index < length; index++) {
		if (a[aStart + index]! !== b[bStart + index]!) return false;
	}
	return true;
}

/** Negative, zero or positive: unsigned bytes decide, then the shorter range is the smaller one. */
export function compareBytes(
	a: Uint8Array,
	aStart: number,
	aEnd: number,
	b: Uint8Array,
	bStart: number,
	bEnd: number,
): number {
	const aLength = aEnd - aStart;
	const bLength = bEnd - bStart;
	const common = Math.min(aLength, bLength);
	const looped = common > COMPARE_LOOP_MAX ? COMPARE_HEAD : common;
	for (let index = 0; index < looped; index++) {
		const difference = a[aStart + index]! - b[bStart + index]!;
		if (difference !== 0) return difference;
	}
	if (looped === common) return aLength - bLength;
	return nativeCompare.call(a, b, bStart + looped, bEnd, aStart + looped, aEnd);
}

/** ASCII only: `lowerWord` has no capital letters. */
export function equalsIgnoreCase(bytes: Uint8Array, start: number, end: number, lowerWord: Uint8Array): boolean {
	const length = lowerWord.length;
	if (end - start !== length) return false;
	for (let index = 0; index < length; index++) {
		if (lowerCase(bytes[start + index]!) !== lowerWord[index]!) return false;
	}
	return true;
}

/** The small letter of an ASCII capital, every other byte as it is. */
export function lowerCase(byte: number): number {
	return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** The two ranges must not overlap within one buffer: `copyWithin` is for that. */
export function copyBytes(
	source: Uint8Array,
	sourceStart: number,
	target: Uint8Array,
	targetStart: number,
	length: number,
): void {
	if (length > COPY_LOOP_MAX) {
		nativeCopy.call(source, target, targetStart, sourceStart, sourceStart + length);
		return;
	}
	const quads = length & ~3;
	let index = 0;
	for (; index < quads; index += 4) {
		const from = sourceStart + index;
		const to = targetStart + index;
		target[to] = source[from]!;
		target[to + 1] = source[from + 1]!;
		target[to + 2] = source[from + 2]!;
		target[to + 3] = source[from + 3]!;
	}
	for (; index < length; index++) target[targetStart + index] = source[sourceStart + index]!;
}

/** Gives the memory of an array back at once, which does not wait for the collector. It has to be all of its buffer. */
export function discard(bytes: Uint8Array): void {
	(bytes.buffer as ArrayBuffer).transfer(0);
}

/**
 * The same bytes and zeros behind them, up to `length`. The array handed over is empty afterwards: what it had is moved or
 * given back at once, and does not wait for the collector. It has to be all of its buffer.
 */
export function grownBytes(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
	return new Uint8Array((bytes.buffer as ArrayBuffer).transfer(length));
}
