/**
 * Doubles as text: scores, timeouts and coordinates as clients write them, and as Redis 7.2 writes them back.
 *
 * Invariant: what `formatDouble` prints, `parseDouble` reads as the same double, except "nan", which it refuses.
 *
 * `formatDouble` prints whole numbers up to 2^62 in full and everything else in the fewest digits that read back as the
 * same double, as an exponent only where the number is far from one or has many decimals. Redis finds the digits by
 * Grisu2, which in about one case of a thousand leaves a digit more than needed; we always print the fewest.
 */
import { latin1 } from "./ascii.ts";
import {
	FORM_DECIMAL,
	FORM_INFINITE,
	FORM_MALFORMED,
	floatForm,
	hasSignificantDigit,
	isNegative,
	readHexadecimal,
} from "./float-text.ts";
import { roundToBits } from "./rounding.ts";

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** Bytes of the short form: sixteen digits, as microseconds since 1970 have, a point and a sign. */
const SHORT_BYTES_MAX = 18;
const SHORT_DIGITS_MAX = 16;
const powersOfTen = Float64Array.from({ length: SHORT_DIGITS_MAX + 1 }, (_, power) => 10 ** power);

const MANTISSA_BITS = 53;
/** Exponent of the smallest double, 2^-1074. */
const EXPONENT_MIN = -1074;

const WHOLE_MAX = 2 ** 62;
/** From here on the language's own conversions use an exponent, and a double is whole. */
const FIXED_END = 1e21;

/**
 * The whole range as a number; NaN where Redis refuses it: malformed, `nan`, too large for a double, or so small that
 * only zero would be left of it.
 */
export function parseDouble(bytes: Uint8Array, start: number, end: number): number {
	if (end - start <= SHORT_BYTES_MAX) {
		const value = parseShort(bytes, start, end);
		if (!Number.isNaN(value)) return value;
	}
	return parseLong(bytes, start, end);
}

/**
 * Up to sixteen digits that are a safe integer, perhaps a minus and a point: number and power of ten are both exact then,
 * without a detour through text. NaN for everything else.
 */
function parseShort(bytes: Uint8Array, start: number, end: number): number {
	let position = start;
	const negative = position < end && bytes[position]! === MINUS;
	if (negative) position++;
	let value = 0;
	let digits = 0;
	let pointAt = -1;
	for (; position < end; position++) {
		const byte = bytes[position]!;
		const digit = byte - ZERO;
		if (digit >= 0 && digit <= 9) {
			value = value * 10 + digit;
			digits++;
		} else if (byte === POINT && pointAt < 0) {
			pointAt = position;
		} else {
			return Number.NaN;
		}
	}
	if (digits === 0 || digits > SHORT_DIGITS_MAX || value > Number.MAX_SAFE_INTEGER) return Number.NaN;
	// One division of two exact numbers rounds once, like a correct parser.
	if (pointAt >= 0) value /= powersOfTen[end - pointAt - 1]!;
	return negative ? -value : value;
}

function parseLong(bytes: Uint8Array, start: number, end: number): number {
	const form = floatForm(bytes, start, end);
	if (form === FORM_MALFORMED) return Number.NaN;
	if (form === FORM_INFINITE) return isNegative(bytes, start) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
	if (form !== FORM_DECIMAL) return parseHexadecimal(bytes, start, end);
	const value = Number(latin1(bytes, start, end));
	if (value === 0 && hasSignificantDigit(bytes, start, end)) return Number.NaN;
	return Number.isFinite(value) ? value : Number.NaN;
}

function parseHexadecimal(bytes: Uint8Array, start: number, end: number): number {
	const { digits, exponent } = readHexadecimal(bytes, start, end);
	const sign = isNegative(bytes, start) ? -1 : 1;
	if (digits === 0n) return sign * 0;
	const rounded = roundToBits(digits, exponent, MANTISSA_BITS, EXPONENT_MIN);
	if (rounded.magnitude === 0n) return Number.NaN;
	// At most 53 bits times a power of two that exists: exact, or beyond the range.
	const value = Number(rounded.magnitude) * 2 ** rounded.exponent;
	return value === Number.POSITIVE_INFINITY ? Number.NaN : sign * value;
}

/** As Redis 7.2 prints a double in a reply: `3`, `0.1`, `1.5e-9`, `inf`, `-inf`, `-0`. */
export function formatDouble(value: number): string {
	if (Math.floor(value) === value && value <= WHOLE_MAX && value >= -WHOLE_MAX) return formatWhole(value);
	if (!Number.isFinite(value)) return formatSpecial(value);
	const text = String(value);
	return isPlain(value, text) ? text : formatScientific(value.toExponential());
}

function formatWhole(value: number): string {
	if (value === 0) return Object.is(value, -0) ? "-0" : "0";
	return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
}

function formatSpecial(value: number): string {
	if (Number.isNaN(value)) return "nan";
	return value > 0 ? "inf" : "-inf";
}

/** Whether Redis prints without an exponent too, as `text` from the language's own conversion does. */
function isPlain(value: number, text: string): boolean {
	if (text.includes("e")) return false;
	const point = text.indexOf(".");
	// Beyond the whole numbers printed in full: at most seven zeros stand for digits that do not matter.
	if (point < 0) return !text.endsWith("00000000");
	const magnitude = Math.abs(value);
	return text.length - point - 1 < 7 || (magnitude >= 0.001 && magnitude < 10_000);
}

/** Leaves `1.5e-9`; whole numbers of 22 to 24 digits are plain to Redis while fewer than eight zeros pad them. */
function formatScientific(text: string): string {
	const mark = text.indexOf("e");
	const digits = text.slice(0, mark).replace(".", "");
	const sign = digits.startsWith("-") ? 1 : 0;
	const zeros = Number(text.slice(mark + 1)) - (digits.length - sign - 1);
	return zeros >= 0 && zeros < 8 ? digits + "0".repeat(zeros) : text;
}

/** As C's `%.<digits>g` prints it: ZSCAN of a large sorted set answers with 17 digits. */
export function formatGeneral(value: number, digits: number): string {
	if (!Number.isFinite(value)) return formatSpecial(value);
	// Exact, and all digits shown: nothing to round.
	if (Number.isInteger(value) && Math.abs(value) < 10 ** Math.min(digits, 15)) return formatWhole(value);
	const { significant, exponent } = roundToDigits(Math.abs(value), digits);
	const sign = value < 0 ? "-" : "";
	if (exponent < -4 || exponent >= digits) {
		const fraction = significant.length > 1 ? `.${significant.slice(1)}` : "";
		const magnitude = String(Math.abs(exponent)).padStart(2, "0");
		return `${sign}${significant[0]!}${fraction}e${exponent < 0 ? "-" : "+"}${magnitude}`;
	}
	if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
	const whole = significant.slice(0, exponent + 1).padEnd(exponent + 1, "0");
	const fraction = significant.slice(exponent + 1);
	return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/**
 * The first digits of a positive number, without trailing zeros, and the power of ten of the first of them. A tie goes
 * to the even digit as in C, where the language's own conversions would round it up; a hundred digits tell a tie from
 * every double near one.
 */
function roundToDigits(value: number, digits: number): { significant: string; exponent: number } {
	const [mantissa, power] = value.toExponential(99).split("e") as [string, string];
	const wide = mantissa.replace(".", "");
	const tail = wide.slice(digits);
	let head = BigInt(wide.slice(0, digits));
	const isOdd = (head & 1n) === 1n;
	if (tail[0]! >= "5" && (isOdd || /[^0]/.test(tail.slice(1)) || tail[0]! > "5")) head++;
	const rounded = head.toString();
	const exponent = Number(power) + rounded.length - digits;
	return { significant: rounded.replace(/0+$/, ""), exponent };
}

/** As C's `%.<decimals>f` prints it: in full, however many digits that takes. */
export function formatFixed(value: number, decimals: number): string {
	if (!Number.isFinite(value)) return formatSpecial(value);
	const magnitude = Math.abs(value);
	const sign = value < 0 || Object.is(value, -0) ? "-" : "";
	if (magnitude >= FIXED_END) return `${sign}${BigInt(magnitude)}.${"0".repeat(decimals)}`;
	// A hundred decimals tell a tie, which goes to the even digit, from every double near one.
	const exact = magnitude.toFixed(100);
	const point = exact.indexOf(".");
	const tail = exact.slice(point + 1 + decimals);
	let digits = BigInt(exact.slice(0, point) + exact.slice(point + 1, point + 1 + decimals));
	const isOdd = (digits & 1n) === 1n;
	if (tail[0]! > "5" || (tail[0]! === "5" && (isOdd || /[^0]/.test(tail.slice(1))))) digits++;
	const text = digits.toString().padStart(decimals + 1, "0");
	return `${sign}${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}
