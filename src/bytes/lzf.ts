/**
 * LZF, the compression of strings in RDB files: literal runs and references to bytes seen before.
 *
 *     000lllll  byte…              l + 1 literal bytes follow
 *     lllooooo  oooooooo           l + 2 bytes (l from 1 to 6) again that lie o + 1 bytes back
 *     111ooooo  llllllll oooooooo  l + 9 bytes again that lie o + 1 bytes back
 *
 * The compressor looks for references where liblzf does, and so makes the same bytes as a genuine Redis.
 */
import { copyBytes } from "./ascii.ts";

const LITERALS_MAX = 32;
const DISTANCE_MAX = 1 << 13;
const REFERENCE_MAX = (1 << 8) + (1 << 3);
/** A reference takes three bytes at most, so nothing shorter is worth one. */
const MATCH_MIN = 3;
const SHORT_REFERENCE_MAX = 8;
/** Redis keeps a string as it is unless that saves so many bytes. */
const SAVED_MIN = 4;
/** Redis does not try strings of up to so many bytes. */
const LENGTH_MIN = 21;

/**
 * Where three bytes of this hash were seen last: positions that go on counting from one string to the next, so that what
 * an earlier string has left is behind the start of this one, and nothing need be cleared between them.
 */
const SLOTS = 1 << 16;
const seen = new Int32Array(SLOTS);
let seenEnd = 0;
const SEEN_MAX = 2 ** 30;

/** Slot of three bytes in the lower 24 bits. */
function slotOf(bytes: number): number {
	return ((bytes >>> 8) - Math.imul(bytes, 5)) & (SLOTS - 1);
}

/**
 * Writes [from, to) compressed to `target`, which has room for as many bytes, from `at` on; returns how many bytes that
 * took, 0 where it does not pay. The ranges must not overlap.
 */
export function lzfCompress(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
	const length = to - from;
	if (length < LENGTH_MIN) return 0;
	// Added to a position in `source` it makes one that counts on.
	const bias = beginPositions(length) - from;
	const limit = at + length - SAVED_MIN;
	const last = to - MATCH_MIN;
	let out = at + 1;
	let literals = 0;
	let position = from;
	while (position <= last) {
		const slot = slotOf((source[position]! << 16) | (source[position + 1]! << 8) | source[position + 2]!);
		const candidate = seen[slot]! - bias;
		seen[slot] = position + bias;
		// liblzf does not refer to the very first byte.
		if (
			candidate <= from ||
			position - candidate > DISTANCE_MAX ||
			source[candidate]! !== source[position]! ||
			source[candidate + 1]! !== source[position + 1]! ||
			source[candidate + 2]! !== source[position + 2]!
		) {
			if (out >= limit) return 0;
			target[out++] = source[position++]!;
			literals++;
			if (literals === LITERALS_MAX) {
				target[out - LITERALS_MAX - 1] = LITERALS_MAX - 1;
				out++;
				literals = 0;
			}
			continue;
		}
		if (out - (literals === 0 ? 1 : 0) + 4 >= limit) return 0;
		if (literals === 0) out--;
		else target[out - literals - 1] = literals - 1;
		literals = 0;
		const matched = matchLength(source, candidate, position, to);
		out = writeReference(target, out, position - candidate - 1, matched) + 1;
		position += matched;
		if (position > last) break;
		// Of the bytes referred to, the last two positions are worth remembering.
		remember(source, position - 2, bias);
		remember(source, position - 1, bias);
	}
	// At most this many bytes are left, and liblzf wants room for all of them.
	if (out + MATCH_MIN > limit) return 0;
	return finish(source, position, to, target, out, literals) - at;
}

/** Returns what position the first byte of a string of this length gets. */
function beginPositions(length: number): number {
	if (seenEnd + length >= SEEN_MAX) {
		seen.fill(0);
		seenEnd = 0;
	}
	const begin = seenEnd + 1;
	seenEnd = begin + length;
	return begin;
}

function remember(source: Uint8Array, position: number, bias: number): void {
	const bytes = (source[position]! << 16) | (source[position + 1]! << 8) | source[position + 2]!;
	seen[slotOf(bytes)] = position + bias;
}

/** How many bytes are the same from both positions on, three of which are known to be. */
function matchLength(source: Uint8Array, candidate: number, position: number, to: number): number {
	let length = Math.min(to - position - 2, REFERENCE_MAX);
	// liblzf looks at this many in one go.
	if (length > 16 && length < 19) length = 19;
	let matched = MATCH_MIN;
	while (matched < length && source[candidate + matched]! === source[position + matched]!) matched++;
	return matched;
}

function writeReference(target: Uint8Array, out: number, distance: number, length: number): number {
	if (length <= SHORT_REFERENCE_MAX) target[out++] = (distance >>> 8) | ((length - 2) << 5);
	else {
		target[out++] = (distance >>> 8) | (7 << 5);
		target[out++] = length - 9;
	}
	target[out] = distance;
	return out + 1;
}

/** Writes the few bytes that are left as literals, and the length of their run; returns the end. */
function finish(
	source: Uint8Array,
	position: number,
	to: number,
	target: Uint8Array,
	out: number,
	literals: number,
): number {
	while (position < to) {
		target[out++] = source[position++]!;
		literals++;
		if (literals === LITERALS_MAX) {
			target[out - LITERALS_MAX - 1] = LITERALS_MAX - 1;
			out++;
			literals = 0;
		}
	}
	if (literals === 0) return out - 1;
	target[out - literals - 1] = literals - 1;
	return out;
}

/** Whether [from, to) decompresses to exactly `length` bytes, which are written to `target` from `at` on. */
export function lzfDecompress(
	source: Uint8Array,
	from: number,
	to: number,
	target: Uint8Array,
	at: number,
	length: number,
): boolean {
	const end = at + length;
	if (end > target.length) return false;
	let position = from;
	let out = at;
	while (position < to) {
		const control = source[position++]!;
		if (control < LITERALS_MAX) {
			const literals = control + 1;
			if (literals > to - position || literals > end - out) return false;
			copyBytes(source, position, target, out, literals);
			position += literals;
			out += literals;
			continue;
		}
		let copied = (control >>> 5) + 2;
		if (copied === 9) {
			if (position >= to) return false;
			copied += source[position++]!;
		}
		if (position >= to) return false;
		const candidate = out - (((control & 0x1f) << 8) | source[position++]!) - 1;
		if (candidate < at || copied > end - out) return false;
		// The ranges may overlap: bytes written here are read again.
		for (let i = 0; i < copied; i++) target[out + i] = target[candidate + i]!;
		out += copied;
	}
	return out === end;
}
