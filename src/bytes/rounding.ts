/**
 * Rounding of exact binary numbers, magnitude × 2^exponent, to the nearest that a floating-point format can hold.
 *
 * Invariant: ties go to the even neighbour, as IEEE 754 and the x87 do it by default.
 */

export interface Binary {
	readonly magnitude: bigint;
	readonly exponent: number;
}

/** To at most `bits` bits and no exponent below `exponentMin`; a carry may leave 2^bits itself, which is exact too. */
export function roundToBits(magnitude: bigint, exponent: number, bits: number, exponentMin: number): Binary {
	const length = bitLength(magnitude);
	const excess = Math.max(length - bits, exponentMin - exponent);
	if (excess <= 0) return { magnitude, exponent };
	// Less than half of the smallest number: no need to build a shift as long as the exponent is far away.
	if (excess > length) return { magnitude: 0n, exponent: 0 };
	return { magnitude: shiftRightToNearest(magnitude, excess), exponent: exponent + excess };
}

/** magnitude / 2^count, rounded; magnitude is not negative and count is positive. */
export function shiftRightToNearest(magnitude: bigint, count: number): bigint {
	const shift = BigInt(count);
	const quotient = magnitude >> shift;
	const remainder = magnitude - (quotient << shift);
	const half = 1n << (shift - 1n);
	const up = remainder > half || (remainder === half && (quotient & 1n) === 1n);
	return up ? quotient + 1n : quotient;
}

/** Bits of a magnitude without leading zeros; 0 for 0n. */
export function bitLength(magnitude: bigint): number {
	if (magnitude === 0n) return 0;
	const text = magnitude.toString(16);
	return 4 * text.length - (Math.clz32(Number.parseInt(text[0]!, 16)) - 28);
}
