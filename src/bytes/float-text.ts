/**
 * The grammar of floating-point text that C's strtod and strtold share, as far as Redis lets it through: an optional
 * sign, then decimal digits with an optional point and exponent, hexadecimal ones with an optional binary exponent, or
 * `inf` and `infinity` in any case. The whole range must be the number: no spaces, nothing behind it; never `nan`.
 *
 * Invariant: what `floatForm` calls decimal or hexadecimal has at least one digit, and the two readers agree with it on
 * every byte, so they need no checks of their own.
 */
import { bytesOf, equalsIgnoreCase, latin1, lowerCase } from "./ascii.ts";

export const FORM_MALFORMED = 0;
export const FORM_DECIMAL = 1;
export const FORM_HEXADECIMAL = 2;
export const FORM_INFINITE = 3;

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const LETTER_A = 0x61;
const LETTER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_P = 0x70;
const LETTER_X = 0x78;

const inf = bytesOf("inf");
const infinity = bytesOf("infinity");

/** Digits of a hexadecimal number that are kept one by one; behind them only "all zero or not" can matter. */
const HEXADECIMAL_DIGITS_KEPT = 40;
/** Exponents beyond this are cut: nothing within 512 MB of digits can bring them back into range. */
const EXPONENT_MAX = 1e12;

/** `digits` times the base of the form to the power of `exponent`, without the sign. */
export interface ScaledDigits {
	readonly digits: bigint;
	/** A power of ten for decimal text, of two for hexadecimal text. */
	readonly exponent: number;
}

/** One of the FORM constants. */
export function floatForm(bytes: Uint8Array, start: number, end: number): number {
	let position = skipSign(bytes, start, end);
	if (position === end) return FORM_MALFORMED;
	if (equalsIgnoreCase(bytes, position, end, inf) || equalsIgnoreCase(bytes, position, end, infinity)) {
		return FORM_INFINITE;
	}
	const hexadecimal = startsHexadecimal(bytes, position, end);
	if (hexadecimal) position += 2;
	const wholeEnd = skipDigits(bytes, position, end, hexadecimal);
	let digitCount = wholeEnd - position;
	position = wholeEnd;
	if (position < end && bytes[position]! === POINT) {
		const fractionEnd = skipDigits(bytes, position + 1, end, hexadecimal);
		digitCount += fractionEnd - position - 1;
		position = fractionEnd;
	}
	if (digitCount === 0) return FORM_MALFORMED;
	if (position < end && lowerCase(bytes[position]!) === (hexadecimal ? LETTER_P : LETTER_E)) {
		const exponentStart = skipSign(bytes, position + 1, end);
		position = skipDigits(bytes, exponentStart, end, false);
		if (position === exponentStart) return FORM_MALFORMED;
	}
	if (position !== end) return FORM_MALFORMED;
	return hexadecimal ? FORM_HEXADECIMAL : FORM_DECIMAL;
}

/** Whether text of any form begins with a minus. */
export function isNegative(bytes: Uint8Array, start: number): boolean {
	return bytes[start]! === MINUS;
}

/** Whether decimal text has a digit other than zero before its exponent. */
export function hasSignificantDigit(bytes: Uint8Array, start: number, end: number): boolean {
	for (let position = start; position < end; position++) {
		const byte = bytes[position]!;
		if (byte > ZERO && byte <= ZERO + 9) return true;
		if (lowerCase(byte) === LETTER_E) return false;
	}
	return false;
}

/** For FORM_DECIMAL; keeps every digit. */
export function readDecimal(bytes: Uint8Array, start: number, end: number): ScaledDigits {
	const { text, scale, exponent } = readParts(bytes, skipSign(bytes, start, end), end, false);
	return { digits: BigInt(text), exponent: exponent - scale };
}

/** For FORM_HEXADECIMAL; exact, or beyond 40 digits odd where a digit left out was not zero. */
export function readHexadecimal(bytes: Uint8Array, start: number, end: number): ScaledDigits {
	const { text, scale, exponent } = readParts(bytes, skipSign(bytes, start, end) + 2, end, true);
	const significant = text.replace(/^0+/, "");
	const kept = significant.slice(0, HEXADECIMAL_DIGITS_KEPT);
	const rest = significant.slice(HEXADECIMAL_DIGITS_KEPT);
	const sticky = /[^0]/.test(rest) ? 1n : 0n;
	return { digits: (BigInt(`0x0${kept}`) << 1n) | sticky, exponent: exponent - 4 * (scale - rest.length) - 1 };
}

/** All digits without the point, how many of them stand behind it, and the exponent as written. */
function readParts(
	bytes: Uint8Array,
	start: number,
	end: number,
	hexadecimal: boolean,
): { text: string; scale: number; exponent: number } {
	const wholeEnd = skipDigits(bytes, start, end, hexadecimal);
	const fractionStart = wholeEnd < end && bytes[wholeEnd]! === POINT ? wholeEnd + 1 : wholeEnd;
	const fractionEnd = skipDigits(bytes, fractionStart, end, hexadecimal);
	return {
		text: latin1(bytes, start, wholeEnd) + latin1(bytes, fractionStart, fractionEnd),
		scale: fractionEnd - fractionStart,
		exponent: fractionEnd < end ? readExponent(bytes, fractionEnd + 1, end) : 0,
	};
}

function readExponent(bytes: Uint8Array, start: number, end: number): number {
	let value = 0;
	for (let position = skipSign(bytes, start, end); position < end && value < EXPONENT_MAX; position++) {
		value = value * 10 + bytes[position]! - ZERO;
	}
	const magnitude = Math.min(value, EXPONENT_MAX);
	return isNegative(bytes, start) ? -magnitude : magnitude;
}

function skipSign(bytes: Uint8Array, start: number, end: number): number {
	return start < end && (bytes[start]! === MINUS || bytes[start]! === PLUS) ? start + 1 : start;
}

/** `0x`: what lacks a digit behind it is malformed either way, as the whole text must be the number. */
function startsHexadecimal(bytes: Uint8Array, start: number, end: number): boolean {
	return start + 1 < end && bytes[start]! === ZERO && lowerCase(bytes[start + 1]!) === LETTER_X;
}

function skipDigits(bytes: Uint8Array, start: number, end: number, hexadecimal: boolean): number {
	let position = start;
	while (position < end && isDigit(bytes[position]!, hexadecimal)) position++;
	return position;
}

function isDigit(byte: number, hexadecimal: boolean): boolean {
	if (byte >= ZERO && byte <= ZERO + 9) return true;
	if (!hexadecimal) return false;
	const letter = lowerCase(byte);
	return letter >= LETTER_A && letter <= LETTER_F;
}
