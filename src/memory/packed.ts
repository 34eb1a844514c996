import { copyBytes, equalBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { valueLengthAt, valueLengthBytes, valueStartAt, writeValueLength } from "./entry.ts";

/**
 * A packed run: byte strings one behind the other, read forwards only. An element is laid out as an inline value is in
 * its entry, so it says how long it is, and a run needs no index:
 *
 *     length:1-2  bytes  length:1-2  bytes  …
 *
 * A run is a range [from, to) of an array, most often of a slab, and an element is known by the offset `at` of its
 * length. What a run means is its owner's: members, or fields each followed by its value. All of it is pure: a run becomes
 * longer or shorter by its owner's means (`Place.spliceInline`), and the bytes are written here.
 */

/** Longest element: its length has two bytes of seven bits each, the low ones first. */
export const PACKED_LENGTH_MAX = 0x3fff;
/** Lengths below this one take a byte. */
const WIDE = 0x80;

/** Bytes that an element of this length takes. */
export function packedBytes(length: number): number {
	return valueLengthBytes(length) + length;
}

export function packedLength(run: Uint8Array, at: number): number {
	return valueLengthAt(run, at);
}

/** Where the element's own bytes begin. */
export function packedStart(run: Uint8Array, at: number): number {
	return valueStartAt(run, at);
}

/** The element behind this one, or the end of the run. */
export function packedNext(run: Uint8Array, at: number): number {
	const head = run[at]!;
	return head < WIDE ? at + 1 + head : at + 2 + (head - WIDE) + (run[at + 1]! << 7);
}

/** The element `count` elements further on. */
export function packedSkip(run: Uint8Array, at: number, count: number): number {
	for (; count > 0; count--) at = packedNext(run, at);
	return at;
}

export function packedCount(run: Uint8Array, from: number, to: number): number {
	let count = 0;
	for (let at = from; at < to; at = packedNext(run, at)) count++;
	return count;
}

/** Writes an element's length; returns where its bytes go. */
export function writePackedLength(run: Uint8Array, at: number, length: number): number {
	return writeValueLength(run, at, length);
}

/** Writes an element; returns where the next one goes. The source must not overlap the run. */
export function writePacked(
	run: Uint8Array,
	at: number,
	source: Uint8Array,
	sourceStart: number,
	length: number,
): number {
	const start = writeValueLength(run, at, length);
	copyBytes(source, sourceStart, run, start, length);
	return start + length;
}

export function packedEquals(run: Uint8Array, at: number, bytes: Uint8Array, start: number, length: number): boolean {
	return valueLengthAt(run, at) === length && equalBytes(run, valueStartAt(run, at), bytes, start, length);
}

/**
 * The first element of the run that is the given bytes, or -1. Of elements of the right length the last byte is looked
 * at first: names that are equally long tend to begin alike ("user:1", "user:2").
 */
export function findPacked(
	run: Uint8Array,
	from: number,
	to: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): number {
	if (length === 0 || length >= WIDE) return findRarePacked(run, from, to, 1, bytes, start, length);
	const last = bytes[start + length - 1]!;
	for (let at = from; at < to; ) {
		const head = run[at]!;
		if (head === length && run[at + length]! === last && equalBytes(run, at + 1, bytes, start, length)) return at;
		at += head < WIDE ? 1 + head : 2 + (head - WIDE) + (run[at + 1]! << 7);
	}
	return -1;
}

/** As `findPacked` among the first, third, fifth … element: the keys of a run of keys and values. */
export function findPackedKey(
	run: Uint8Array,
	from: number,
	to: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): number {
	if (length === 0 || length >= WIDE) return findRarePacked(run, from, to, 2, bytes, start, length);
	const last = bytes[start + length - 1]!;
	for (let at = from; at < to; ) {
		const head = run[at]!;
		if (head === length && run[at + length]! === last && equalBytes(run, at + 1, bytes, start, length)) return at;
		at += head < WIDE ? 1 + head : 2 + (head - WIDE) + (run[at + 1]! << 7);
		const value = run[at]!;
		at += value < WIDE ? 1 + value : 2 + (value - WIDE) + (run[at + 1]! << 7);
	}
	return -1;
}

/** The same for any bytes, among every `stride`-th element. */
export function findRarePacked(
	run: Uint8Array,
	from: number,
	to: number,
	stride: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): number {
	for (let at = from; at < to; at = packedSkip(run, at, stride)) {
		if (packedEquals(run, at, bytes, start, length)) return at;
	}
	return -1;
}

/** Checks that the run consists of whole elements, a multiple of `stride` of them; returns how many. */
export function verifyPacked(run: Uint8Array, from: number, to: number, stride: number): number {
	let count = 0;
	let at = from;
	while (at < to) {
		at = packedNext(run, at);
		count++;
	}
	assert(at === to, "the elements of a packed run fill it");
	assert(count % stride === 0, "a packed run has as many values as keys");
	return count;
}
