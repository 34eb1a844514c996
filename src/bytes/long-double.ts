/**
 * The arithmetic of INCRBYFLOAT and HINCRBYFLOAT, which Redis does in the x87's 80-bit long double: 64 bits of
 * mantissa, ties to even, and always printed with up to 17 decimals and never an exponent. Clients see the difference
 * to a double (0.1 added to 0.2 gives 0.3), so we do the same in whole numbers.
 *
 * Invariant: a finite value is mantissa × 2^exponent, exactly, with |mantissa| <= 2^64 and exponent >= -16445, and so a
 * long double of the x87; zero has no sign, as no command ever shows one.
 */
import {
	FORM_HEXADECIMAL,
	FORM_INFINITE,
	FORM_MALFORMED,
	floatForm,
	isNegative,
	readDecimal,
	readHexadecimal,
} from "./float-text.ts";
import { bitLength, roundToBits, shiftRightToNearest } from "./rounding.ts";

const MANTISSA_BITS = 64;
/** Exponent of the smallest long double, 2^-16445. */
const EXPONENT_MIN = -16_445;
/** 2^16384 and all above it is beyond the range. */
const EXPONENT_END = 16_384;
/** Powers of ten that are surely beyond the range: 10^4932 is within it, and 10^-4951 is not. */
const DECIMAL_EXPONENT_END = 4933;
const DECIMAL_EXPONENT_MIN = -4952;

/** Longest text Redis reads as a long double. */
const TEXT_BYTES_MAX = 5119;

const DECIMALS = 17;
const DECIMALS_SCALE = 10n ** BigInt(DECIMALS);

const KIND_FINITE = 0;
const KIND_INFINITE = 1;
const KIND_NAN = 2;

export class LongDouble {
	readonly kind: number;
	/** Signed; of an infinite value only the sign counts, and 0 for what is no number. */
	readonly mantissa: bigint;
	readonly exponent: number;

	constructor(kind: number, mantissa: bigint, exponent: number) {
		this.kind = kind;
		this.mantissa = mantissa;
		this.exponent = exponent;
	}

	/** False for infinities and for what is no number: the two results no command stores. */
	isFinite(): boolean {
		return this.kind === KIND_FINITE;
	}
}

const notANumber = new LongDouble(KIND_NAN, 0n, 0);
const zero = new LongDouble(KIND_FINITE, 0n, 0);
const positiveInfinity = new LongDouble(KIND_INFINITE, 1n, 0);
const negativeInfinity = new LongDouble(KIND_INFINITE, -1n, 0);

/**
 * The whole range as a long double; undefined where Redis refuses it: malformed, `nan`, longer than 5,119 bytes, too
 * large, or so small that only zero would be left of it. Infinities are read.
 */
export function parseLongDouble(bytes: Uint8Array, start: number, end: number): LongDouble | undefined {
	if (end - start > TEXT_BYTES_MAX) return undefined;
	const form = floatForm(bytes, start, end);
	if (form === FORM_MALFORMED) return undefined;
	const negative = isNegative(bytes, start);
	if (form === FORM_INFINITE) return infinity(negative);
	const isHexadecimal = form === FORM_HEXADECIMAL;
	const { digits, exponent } = isHexadecimal ? readHexadecimal(bytes, start, end) : readDecimal(bytes, start, end);
	if (digits === 0n) return zero;
	const value = isHexadecimal ? rounded(digits, exponent, negative) : fromDecimal(digits, exponent, negative);
	return value.kind === KIND_FINITE && value.mantissa !== 0n ? value : undefined;
}

/** The value of a double, which every long double can hold. */
export function longDoubleOf(value: number): LongDouble {
	if (Number.isNaN(value)) return notANumber;
	if (!Number.isFinite(value)) return infinity(value < 0);
	// Doubling and halving are exact, so this ends with a whole number and its power of two.
	let mantissa = value;
	let exponent = 0;
	while (!Number.isInteger(mantissa)) {
		mantissa *= 2;
		exponent--;
	}
	return rounded(BigInt(Math.abs(mantissa)), exponent, value < 0);
}

export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble {
	if (a.kind !== KIND_FINITE || b.kind !== KIND_FINITE) return addSpecial(a, b);
	if (a.mantissa === 0n) return b;
	if (b.mantissa === 0n) return a;
	const exponent = Math.min(a.exponent, b.exponent);
	const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
	return sum < 0n ? rounded(-sum, exponent, true) : rounded(sum, exponent, false);
}

/** What is not finite stays what it is, unless it meets its opposite or what is no number. */
function addSpecial(a: LongDouble, b: LongDouble): LongDouble {
	if (a.kind === KIND_FINITE) return b;
	if (b.kind === KIND_FINITE) return a;
	return a.mantissa === b.mantissa ? a : notANumber;
}

/** Up to 17 decimals without trailing zeros, never an exponent: up to 4,933 digits before the point. */
export function formatLongDouble(value: LongDouble): string {
	if (value.kind !== KIND_FINITE) return formatSpecial(value);
	const { mantissa, exponent } = value;
	if (exponent >= 0) return (mantissa << BigInt(exponent)).toString();
	const negative = mantissa < 0n;
	const magnitude = negative ? -mantissa : mantissa;
	const scaled = shiftRightToNearest(magnitude * DECIMALS_SCALE, -exponent);
	if (scaled === 0n) return "0";
	const text = scaled.toString().padStart(DECIMALS + 1, "0");
	const sign = negative ? "-" : "";
	const whole = text.slice(0, -DECIMALS);
	let fractionEnd = text.length;
	while (fractionEnd > whole.length && text[fractionEnd - 1] === "0") fractionEnd--;
	return fractionEnd === whole.length ? sign + whole : `${sign}${whole}.${text.slice(whole.length, fractionEnd)}`;
}

function formatSpecial(value: LongDouble): string {
	if (value.kind === KIND_NAN) return "nan";
	return value.mantissa < 0n ? "-inf" : "inf";
}

function infinity(negative: boolean): LongDouble {
	return negative ? negativeInfinity : positiveInfinity;
}

/** digits × 10^exponent, digits not zero. */
function fromDecimal(digits: bigint, exponent: number, negative: boolean): LongDouble {
	// Bounds on the power of ten keep the numbers below within some 10,000 digits, whatever exponent was written.
	const length = digits.toString().length;
	if (exponent + length - 1 >= DECIMAL_EXPONENT_END) return infinity(negative);
	if (exponent + length < DECIMAL_EXPONENT_MIN) return zero;
	// 10^n is 5^n × 2^n: only the power of five needs arithmetic.
	if (exponent >= 0) return rounded(digits * 5n ** BigInt(exponent), exponent, negative);
	const divisor = 5n ** BigInt(-exponent);
	// Two bits more than the mantissa has, and a last one that says whether anything was left over.
	const shift = Math.max(MANTISSA_BITS + 2 + bitLength(divisor) - bitLength(digits), 0);
	const dividend = digits << BigInt(shift);
	const quotient = dividend / divisor;
	const sticky = quotient * divisor === dividend ? 0n : 1n;
	return rounded((quotient << 1n) | sticky, exponent - shift - 1, negative);
}

/** The nearest long double: infinite beyond the range, zero below it. */
function rounded(magnitude: bigint, exponent: number, negative: boolean): LongDouble {
	const nearest = roundToBits(magnitude, exponent, MANTISSA_BITS, EXPONENT_MIN);
	if (nearest.magnitude === 0n) return zero;
	if (bitLength(nearest.magnitude) + nearest.exponent > EXPONENT_END) return infinity(negative);
	return new LongDouble(KIND_FINITE, negative ? -nearest.magnitude : nearest.magnitude, nearest.exponent);
}
