/**
 * Elements: byte strings one behind the other, each with its length before and behind it, so that a run of them is walked
 * in both directions:
 *
 *     length:1  bytes  length:1                    up to SHORT_MAX bytes
 *     0xff  length:4  bytes  length:4  0xff        longer ones
 *
 * An element is known by the offset `at` of its first byte, its head. A run is a range [from, to) of whole elements.
 */
import { copyBytes, equalBytes } from "./ascii.ts";
import { assert } from "./assert.ts";

const SHORT_MAX = 0xfe;
const WIDE = 0xff;
/** WIDE and the length. */
const WIDE_BYTES = 5;

/** Bytes that an element of this length takes. */
export function elementBytes(length: number): number {
	return length <= SHORT_MAX ? length + 2 : length + 2 * WIDE_BYTES;
}

export function elementLength(run: Uint8Array, at: number): number {
	const length = run[at]!;
	return length === WIDE ? readLength(run, at + 1) : length;
}

/** Where the element's own bytes begin. */
export function elementStart(run: Uint8Array, at: number): number {
	return run[at]! === WIDE ? at + WIDE_BYTES : at + 1;
}

/** The element behind this one, or the end of the run. */
export function nextElement(run: Uint8Array, at: number): number {
	const length = run[at]!;
	return length === WIDE ? at + 2 * WIDE_BYTES + readLength(run, at + 1) : at + 2 + length;
}

/** The element that ends at `to`. */
export function previousElement(run: Uint8Array, to: number): number {
	const length = run[to - 1]!;
	return length === WIDE ? to - 2 * WIDE_BYTES - readLength(run, to - WIDE_BYTES) : to - 2 - length;
}

/** The element `count` elements further on. */
export function skipElements(run: Uint8Array, at: number, count: number): number {
	for (; count > 0; count--) at = nextElement(run, at);
	return at;
}

/** The first of the `count` elements that end at `to`. */
export function skipElementsBack(run: Uint8Array, to: number, count: number): number {
	for (; count > 0; count--) to = previousElement(run, to);
	return to;
}

/** Writes an element; returns where the next one goes. The source must not overlap the run. */
export function writeElement(run: Uint8Array, at: number, source: Uint8Array, start: number, length: number): number {
	if (length > SHORT_MAX) return writeWideElement(run, at, source, start, length);
	run[at] = length;
	copyBytes(source, start, run, at + 1, length);
	run[at + 1 + length] = length;
	return at + 2 + length;
}

function writeWideElement(run: Uint8Array, at: number, source: Uint8Array, start: number, length: number): number {
	run[at] = WIDE;
	writeLength(run, at + 1, length);
	copyBytes(source, start, run, at + WIDE_BYTES, length);
	const behind = at + WIDE_BYTES + length;
	writeLength(run, behind, length);
	run[behind + 4] = WIDE;
	return behind + WIDE_BYTES;
}

export function elementEquals(run: Uint8Array, at: number, bytes: Uint8Array, start: number, length: number): boolean {
	return elementLength(run, at) === length && equalBytes(run, elementStart(run, at), bytes, start, length);
}

function readLength(run: Uint8Array, at: number): number {
	return (run[at]! | (run[at + 1]! << 8) | (run[at + 2]! << 16) | (run[at + 3]! << 24)) >>> 0;
}

function writeLength(run: Uint8Array, at: number, length: number): void {
	run[at] = length;
	run[at + 1] = length >>> 8;
	run[at + 2] = length >>> 16;
	run[at + 3] = length >>> 24;
}

/** Checks that the run consists of whole elements, from either end; returns how many. */
export function verifyElements(run: Uint8Array, from: number, to: number): number {
	let count = 0;
	let at = from;
	while (at < to) {
		const next = nextElement(run, at);
		assert(previousElement(run, next) === at, "an element has the same length before and behind it");
		at = next;
		count++;
	}
	assert(at === to, "elements fill their run");
	return count;
}
