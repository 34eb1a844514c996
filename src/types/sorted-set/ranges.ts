import { compareBytes, latin1 } from "../../bytes/ascii.ts";
import { parseDouble } from "../../bytes/double.ts";
import { FORM_DECIMAL, FORM_HEXADECIMAL, floatForm, isNegative, readHexadecimal } from "../../bytes/float-text.ts";
import { bitLength } from "../../bytes/rounding.ts";

/**
 * Ranges as commands give them, by score (`1.5`, `(1.5`, `-inf`) or by member (`[a`, `(a`, `-`, `+`).
 *
 * Bounds of scores are read as C's strtod does: blanks before the number are skipped, a zero byte ends it, nothing at all
 * is 0, and what is too large is infinite. A member is read up to its last byte.
 */
const OPENING_BRACKET = 0x5b;
const OPENING_PARENTHESIS = 0x28;
const PLUS = 0x2b;
const MINUS = 0x2d;
const BLANK = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

/** Beyond this power of two there are no doubles. */
const EXPONENT_END = 1024;

export class ScoreRange {
	min: number;
	max: number;
	minExclusive: boolean;
	maxExclusive: boolean;

	constructor() {
		this.min = 0;
		this.max = 0;
		this.minExclusive = false;
		this.maxExclusive = false;
	}

	/** False where it is no bound. */
	readMin(bytes: Uint8Array, start: number, end: number): boolean {
		this.minExclusive = start < end && bytes[start] === OPENING_PARENTHESIS;
		this.min = scoreBound(bytes, this.minExclusive ? start + 1 : start, end);
		return !Number.isNaN(this.min);
	}

	readMax(bytes: Uint8Array, start: number, end: number): boolean {
		this.maxExclusive = start < end && bytes[start] === OPENING_PARENTHESIS;
		this.max = scoreBound(bytes, this.maxExclusive ? start + 1 : start, end);
		return !Number.isNaN(this.max);
	}
}

function scoreBound(bytes: Uint8Array, start: number, end: number): number {
	const value = parseDouble(bytes, start, end);
	return Number.isNaN(value) ? lenientBound(bytes, start, end) : value;
}

/** What strtod makes of text that is refused elsewhere. */
function lenientBound(bytes: Uint8Array, start: number, end: number): number {
	const zero = bytes.subarray(start, end).indexOf(0);
	const last = zero < 0 ? end : start + zero;
	if (start === last) return 0;
	let first = start;
	while (first < last && isBlank(bytes[first]!)) first++;
	const value = parseDouble(bytes, first, last);
	if (!Number.isNaN(value)) return value;
	// Well-formed, but beyond the doubles, or so small that nothing is left of it.
	const form = floatForm(bytes, first, last);
	if (form === FORM_DECIMAL) return Number(latin1(bytes, first, last));
	if (form !== FORM_HEXADECIMAL) return Number.NaN;
	const { digits, exponent } = readHexadecimal(bytes, first, last);
	const magnitude = bitLength(digits) + exponent > EXPONENT_END - 1 ? Infinity : 0;
	return isNegative(bytes, first) ? -magnitude : magnitude;
}

function isBlank(byte: number): boolean {
	return byte === BLANK || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

/** What a bound of a range of members is. */
const LOWEST = 0;
const HIGHEST = 1;
export const INCLUSIVE = 2;
export const EXCLUSIVE = 3;

/** The bounds refer to the bytes they were read from. */
export class MemberRange {
	bytes: Uint8Array;
	minKind: number;
	minStart: number;
	minEnd: number;
	maxKind: number;
	maxStart: number;
	maxEnd: number;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.minKind = LOWEST;
		this.minStart = 0;
		this.minEnd = 0;
		this.maxKind = HIGHEST;
		this.maxStart = 0;
		this.maxEnd = 0;
	}

	/** False where it is no bound. */
	readMin(bytes: Uint8Array, start: number, end: number): boolean {
		this.bytes = bytes;
		this.minKind = boundKind(bytes, start, end);
		this.minStart = start + 1;
		this.minEnd = end;
		return this.minKind >= 0;
	}

	/** Of the same bytes. */
	readMax(bytes: Uint8Array, start: number, end: number): boolean {
		this.maxKind = boundKind(bytes, start, end);
		this.maxStart = start + 1;
		this.maxEnd = end;
		return this.maxKind >= 0;
	}

	/** Whether no member can lie in it. */
	isEmpty(): boolean {
		const { bytes, minKind, maxKind } = this;
		if (minKind === HIGHEST || maxKind === LOWEST) return true;
		if (minKind === LOWEST || maxKind === HIGHEST) return false;
		const order = compareBytes(bytes, this.minStart, this.minEnd, bytes, this.maxStart, this.maxEnd);
		return order > 0 || (order === 0 && (minKind === EXCLUSIVE || maxKind === EXCLUSIVE));
	}

	/** Whether no member is below it, or beyond it. */
	hasMin(): boolean {
		return this.minKind !== LOWEST;
	}

	hasMax(): boolean {
		return this.maxKind !== HIGHEST;
	}

	/** Whether a member is not below the range. */
	isReachedBy(bytes: Uint8Array, start: number, length: number): boolean {
		if (this.minKind <= HIGHEST) return this.minKind === LOWEST;
		const order = compareBytes(bytes, start, start + length, this.bytes, this.minStart, this.minEnd);
		return order > 0 || (order === 0 && this.minKind === INCLUSIVE);
	}

	/** Whether a member is beyond the range. */
	isPassedBy(bytes: Uint8Array, start: number, length: number): boolean {
		if (this.maxKind <= HIGHEST) return this.maxKind === LOWEST;
		const order = compareBytes(bytes, start, start + length, this.bytes, this.maxStart, this.maxEnd);
		return order > 0 || (order === 0 && this.maxKind === EXCLUSIVE);
	}
}

function boundKind(bytes: Uint8Array, start: number, end: number): number {
	if (start === end) return -1;
	switch (bytes[start]) {
		case OPENING_BRACKET:
			return INCLUSIVE;
		case OPENING_PARENTHESIS:
			return EXCLUSIVE;
		case PLUS:
			return isAlone(bytes, start, end) ? HIGHEST : -1;
		case MINUS:
			return isAlone(bytes, start, end) ? LOWEST : -1;
		default:
			return -1;
	}
}

/** Behind a sign nothing may follow but a zero byte, which ends text in C. */
function isAlone(bytes: Uint8Array, start: number, end: number): boolean {
	return end - start === 1 || bytes[start + 1] === 0;
}
