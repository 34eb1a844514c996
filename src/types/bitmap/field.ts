import type { StringView } from "../string.ts";

/**
 * Integers of 1 to 64 bits at any bit of a string, highest bit first, and what becomes of a value that does not fit: all
 * of BITFIELD but its syntax.
 *
 *     offset 5, 7 bits      ·····xxx xxxx····      bits behind the end of the string read as zeros
 *
 * Fields of up to NUMBER_BITS_MAX bits are plain numbers. Every field also has a wide form in BigInt, for values beyond;
 * the two forms of a function agree wherever both can be used.
 */
export const NUMBER_BITS_MAX = 53;

/** What to do with a value that does not fit. */
export const WRAP = 0;
export const SATURATE = 1;
export const FAIL = 2;

/** The field as a number without a sign; at most NUMBER_BITS_MAX bits. */
export function readField(view: StringView, offset: number, bits: number): number {
	let at = Math.floor(offset / 8);
	let value = byteAt(view, at) & (0xff >> (offset % 8));
	let left = bits + (offset % 8) - 8;
	for (; left >= 8; left -= 8) value = 256 * value + byteAt(view, ++at);
	if (left > 0) return 2 ** left * value + (byteAt(view, ++at) >> (8 - left));
	return left === 0 ? value : value >> -left;
}

function byteAt(view: StringView, at: number): number {
	return at < view.length ? view.bytes[view.start + at]! : 0;
}

/** Writes the low bits of a number that is not negative; they must lie inside the string. */
export function writeField(view: StringView, offset: number, bits: number, value: number): void {
	const { bytes, start } = view;
	const lastBit = offset + bits - 1;
	let at = start + Math.floor(lastBit / 8);
	let shift = 7 - (lastBit % 8);
	let rest = value;
	for (let left = bits; left > 0; at--) {
		const count = Math.min(left, 8 - shift);
		const mask = (1 << count) - 1;
		bytes[at] = (bytes[at]! & ~(mask << shift)) | ((rest & mask) << shift);
		rest = Math.floor(rest / 2 ** count);
		left -= count;
		shift = 0;
	}
}

/** The number that the bits of `value` stand for, the first of them being the sign. */
export function asSigned(value: number, bits: number): number {
	return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

/** The bits, as a number without a sign, that stand for `value` modulo 2^bits. */
export function asUnsigned(value: number, bits: number): number {
	return value - Math.floor(value / 2 ** bits) * 2 ** bits;
}

/** The value itself where it fits a field, or what `overflow` makes of it: NaN for FAIL. */
export function fitField(value: number, isSigned: boolean, bits: number, overflow: number): number {
	const min = isSigned ? -(2 ** (bits - 1)) : 0;
	const max = 2 ** (isSigned ? bits - 1 : bits) - 1;
	if (value >= min && value <= max) return value;
	if (overflow === FAIL) return Number.NaN;
	if (overflow === SATURATE) return value < min ? min : max;
	const wrapped = asUnsigned(value, bits);
	return isSigned ? asSigned(wrapped, bits) : wrapped;
}

/** As `readField`, with its sign where it has one, of up to 64 bits. */
export function readWideField(view: StringView, offset: number, isSigned: boolean, bits: number): bigint {
	const highBits = Math.max(0, bits - 32);
	const high = highBits === 0 ? 0n : BigInt(readField(view, offset, highBits));
	const value = (high << 32n) | BigInt(readField(view, offset + highBits, bits - highBits));
	return isSigned ? BigInt.asIntN(bits, value) : value;
}

/** Writes the low bits of any value. */
export function writeWideField(view: StringView, offset: number, bits: number, value: bigint): void {
	const highBits = Math.max(0, bits - 32);
	if (highBits > 0) writeField(view, offset, highBits, Number(BigInt.asUintN(highBits, value >> 32n)));
	writeField(view, offset + highBits, bits - highBits, Number(BigInt.asUintN(32, value)));
}

/** As `fitField`; undefined for FAIL. */
export function fitWideField(value: bigint, isSigned: boolean, bits: number, overflow: number): bigint | undefined {
	const wrapped = isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
	if (wrapped === value || overflow === WRAP) return wrapped;
	if (overflow === FAIL) return undefined;
	const limit = 2n ** BigInt(isSigned ? bits - 1 : bits);
	if (value > 0n) return limit - 1n;
	return isSigned ? -limit : 0n;
}

/**
 * The value that SET is given as Redis judges it. In a field without a sign a negative one is the huge one of the same
 * bits; in one with a sign so is what lies 2^63 or more below the largest, for that is where Redis's subtraction overflows.
 * All of them are too large then, instead of too small.
 */
export function settingOf(value: bigint, isSigned: boolean, bits: number): bigint {
	if (isSigned && bits === 64) return value;
	const hugeBelow = isSigned ? 2n ** BigInt(bits - 1) - 2n ** 63n : 0n;
	return value < hugeBelow ? value + 2n ** 64n : value;
}
