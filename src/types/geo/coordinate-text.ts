import { bytesOf } from "../../bytes/ascii.ts";
import { writeInteger } from "../../bytes/int64.ts";
import { formatLongDouble, longDoubleOf } from "../../bytes/long-double.ts";

/**
 * Coordinates as text, with up to 17 decimals: what Redis prints of a long double.
 *
 * A double from 1 on has at most 52 bits behind the point. They are kept as two halves of 26 bits, each of which can be
 * multiplied by a million without loss: so the decimals come six at a time, with no number larger than a double holds.
 */
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const HALF = 2 ** 26;
const MILLION = 1_000_000;
/** The first twelve decimals are two groups of six, the other five the last group. */
const HEAD_DIGITS = 12;
const HEAD = 10 ** HEAD_DIGITS;
const TAIL_DIGITS = 5;
const TAIL = 10 ** TAIL_DIGITS;

/** Writes a coordinate at `offset`; returns how many bytes that took, at most 22. */
export function writeCoordinate(value: number, target: Uint8Array, offset: number): number {
	const magnitude = Math.abs(value);
	if (magnitude < 1) return writeSmall(value, target, offset);
	let at = offset;
	if (value < 0) target[at++] = MINUS;
	const whole = Math.floor(magnitude);
	const bits = (magnitude - whole) * HALF;
	const high = Math.floor(bits);
	return writeDecimals(whole, high, (bits - high) * HALF, target, at) - offset;
}

/** Zero, and what has more bits behind the point. */
function writeSmall(value: number, target: Uint8Array, offset: number): number {
	const text = bytesOf(formatLongDouble(longDoubleOf(value)));
	target.set(text, offset);
	return text.length;
}

/** `whole` and the fraction of `high` / 2^26 + `low` / 2^52; returns where the text ends. */
function writeDecimals(whole: number, high: number, low: number, target: Uint8Array, offset: number): number {
	// Of each product of a half, what lies above its 26 bits is carried: to the high half, and from there to the digits.
	const low1 = low * MILLION;
	const carry1 = Math.floor(low1 / HALF);
	const high1 = high * MILLION + carry1;
	const digits1 = Math.floor(high1 / HALF);
	const low2 = (low1 - carry1 * HALF) * MILLION;
	const carry2 = Math.floor(low2 / HALF);
	const high2 = (high1 - digits1 * HALF) * MILLION + carry2;
	const digits2 = Math.floor(high2 / HALF);
	const low3 = (low2 - carry2 * HALF) * TAIL;
	const carry3 = Math.floor(low3 / HALF);
	const high3 = (high2 - digits2 * HALF) * TAIL + carry3;
	const digits3 = Math.floor(high3 / HALF);
	// To the nearest, a tie to the even digit.
	const rest = high3 - digits3 * HALF;
	const isTie = rest === HALF / 2 && low3 === carry3 * HALF;
	const tail = digits3 + (rest > HALF / 2 || (rest === HALF / 2 && !isTie) || (isTie && digits3 % 2 === 1) ? 1 : 0);
	const head = digits1 * MILLION + digits2 + (tail === TAIL ? 1 : 0);
	const point = offset + writeInteger(head === HEAD ? whole + 1 : whole, target, offset);
	target[point] = POINT;
	writeDigits(head, HEAD_DIGITS, target, point + 1);
	writeDigits(tail, TAIL_DIGITS, target, point + 1 + HEAD_DIGITS);
	let end = point + 1 + HEAD_DIGITS + TAIL_DIGITS;
	while (target[end - 1] === ZERO) end--;
	return end === point + 1 ? point : end;
}

/** The last `digits` digits of a number. */
function writeDigits(value: number, digits: number, target: Uint8Array, offset: number): void {
	let rest = value;
	for (let at = offset + digits - 1; at >= offset; at--) {
		const tenth = Math.floor(rest / 10);
		target[at] = ZERO + rest - 10 * tenth;
		rest = tenth;
	}
}
