/**
 * The patterns of KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET: `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a byte that
 * shall stand for itself.
 *
 * Invariant: every item of a pattern but `*` takes exactly one byte of the text. So after a mismatch only the last `*`
 * needs to try a longer stretch, and a match takes at most pattern × text steps, without recursion.
 *
 * Corners where Redis has its own way, and so do we: a `*` takes no part of an empty text (only an empty pattern
 * matches that); a class that is never closed ends with the pattern; `[]` matches nothing and `[^]` any byte; ends of
 * a range may come in either order and are signed bytes; an escaped byte in a class is compared as it stands even
 * where case is ignored, and the ends of a range are put in order before their case is ignored.
 */
import { lowerCase } from "./ascii.ts";

const STAR = 0x2a;
const DASH = 0x2d;
const QUESTION = 0x3f;
const CLASS_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLASS_CLOSE = 0x5d;
const CARET = 0x5e;

export function globMatch(
	pattern: Uint8Array,
	patternStart: number,
	patternEnd: number,
	text: Uint8Array,
	textStart: number,
	textEnd: number,
	ignoreCase: boolean,
): boolean {
	if (textStart === textEnd) return patternStart === patternEnd;
	let item = patternStart;
	let position = textStart;
	// Behind the last star: where its items begin, and where in the text they were last tried.
	let retryItem = -1;
	let retryPosition = 0;
	while (position < textEnd) {
		if (item < patternEnd) {
			const first = pattern[item]!;
			const byte = text[position]!;
			if (first === STAR) {
				item++;
				if (item === patternEnd) return true;
				retryItem = item;
				retryPosition = position;
				continue;
			}
			if (first === CLASS_OPEN || first === BACKSLASH) {
				if (matchesItem(pattern, item, patternEnd, byte, ignoreCase)) {
					item = itemEnd(pattern, item, patternEnd);
					position++;
					continue;
				}
			} else if (first === byte || first === QUESTION || (ignoreCase && lowerCase(first) === lowerCase(byte))) {
				item++;
				position++;
				continue;
			}
		}
		if (retryItem < 0) return false;
		item = retryItem;
		position = ++retryPosition;
	}
	while (item < patternEnd && pattern[item]! === STAR) item++;
	return item === patternEnd;
}

/** Whether the class or the escaped byte at `item` takes this byte. */
function matchesItem(pattern: Uint8Array, item: number, end: number, byte: number, ignoreCase: boolean): boolean {
	if (pattern[item]! === CLASS_OPEN) return matchesClass(pattern, item, end, byte, ignoreCase);
	const literal = pattern[escapedAt(item, end)]!;
	return literal === byte || (ignoreCase && lowerCase(literal) === lowerCase(byte));
}

/** Position behind the class or the escaped byte at `item`. */
function itemEnd(pattern: Uint8Array, item: number, end: number): number {
	return pattern[item]! === CLASS_OPEN ? classEnd(pattern, item, end) : escapedAt(item, end) + 1;
}

/** What the backslash at `item` escapes; at the end of the pattern it stands for itself. */
function escapedAt(item: number, end: number): number {
	return item + 1 < end ? item + 1 : item;
}

function matchesClass(pattern: Uint8Array, item: number, end: number, byte: number, ignoreCase: boolean): boolean {
	let position = item + 1;
	const negated = position < end && pattern[position]! === CARET;
	if (negated) position++;
	const wanted = ignoreCase ? lowerCase(byte) : byte;
	let found = false;
	while (position < end && pattern[position]! !== CLASS_CLOSE) {
		const first = pattern[position]!;
		const width = memberWidth(pattern, position, end);
		if (width === 1) found ||= (ignoreCase ? lowerCase(first) : first) === wanted;
		else if (width === 2) found ||= pattern[position + 1]! === byte;
		else found ||= isInRange(first, pattern[position + 2]!, wanted, ignoreCase);
		position += width;
	}
	return found !== negated;
}

/** Position behind the class: behind its bracket, or the end of the pattern where there is none. */
function classEnd(pattern: Uint8Array, item: number, end: number): number {
	let position = item + 1;
	if (position < end && pattern[position]! === CARET) position++;
	while (position < end && pattern[position]! !== CLASS_CLOSE) position += memberWidth(pattern, position, end);
	return position < end ? position + 1 : end;
}

/** 1: a byte; 2: a backslash and a byte; 3: a range, whose right end may be any byte, even the bracket. */
function memberWidth(pattern: Uint8Array, position: number, end: number): number {
	if (pattern[position]! === BACKSLASH && position + 1 < end) return 2;
	return position + 2 < end && pattern[position + 1]! === DASH ? 3 : 1;
}

function isInRange(one: number, other: number, wanted: number, ignoreCase: boolean): boolean {
	let low = signed(one);
	let high = signed(other);
	if (low > high) {
		const swapped = low;
		low = high;
		high = swapped;
	}
	if (ignoreCase) {
		low = lowerCase(low);
		high = lowerCase(high);
	}
	const value = signed(wanted);
	return value >= low && value <= high;
}

/** A byte as C's `char` on the machines Redis mostly runs on. */
function signed(byte: number): number {
	return (byte << 24) >> 24;
}
