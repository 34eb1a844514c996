import { expect, test } from "bun:test";
import fc from "fast-check";
import { bitLength, roundToBits, shiftRightToNearest } from "../../src/bytes/rounding.ts";
import { seeded } from "./framed.ts";

test("bitLength", () => {
	expect(bitLength(0n)).toBe(0);
	for (let bits = 1; bits < 200; bits++) {
		expect(bitLength(1n << BigInt(bits - 1))).toBe(bits);
		expect(bitLength((1n << BigInt(bits)) - 1n)).toBe(bits);
	}
});

test("shifting goes to the nearest, ties to the even neighbour", () => {
	const eighths = Array.from({ length: 33 }, (_, value) => Number(shiftRightToNearest(BigInt(value), 3)));
	expect(eighths).toEqual([
		0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4,
	]);
	expect(shiftRightToNearest(1n, 1)).toBe(0n);
	expect(shiftRightToNearest(3n, 1)).toBe(2n);
	expect(shiftRightToNearest(1n, 100)).toBe(0n);
});

test("53 bits round as the conversion to a double does", () => {
	fc.assert(
		fc.property(fc.bigInt({ min: 1n, max: 2n ** 120n }), fc.integer({ min: -300, max: 300 }), (magnitude, exponent) => {
			const rounded = roundToBits(magnitude, exponent, 53, -1074);
			expect(Number(rounded.magnitude) * 2 ** rounded.exponent).toBe(Number(magnitude) * 2 ** exponent);
			expect(bitLength(rounded.magnitude)).toBeLessThanOrEqual(54);
		}),
		seeded,
	);
});

test("the least exponent cuts bits, down to none", () => {
	expect(roundToBits(0b1011n, -10, 64, -9)).toEqual({ magnitude: 0b110n, exponent: -9 });
	expect(roundToBits(0b1011n, -10, 64, -6)).toEqual({ magnitude: 1n, exponent: -6 });
	// Half of the smallest is a tie with zero, more than half is not.
	expect(roundToBits(0b1000n, -10, 64, -6).magnitude).toBe(0n);
	expect(roundToBits(0b1001n, -10, 64, -6)).toEqual({ magnitude: 1n, exponent: -6 });
	expect(roundToBits(0b1111n, -10, 64, -5).magnitude).toBe(0n);
	expect(roundToBits(1n, -1e12, 64, -16_445).magnitude).toBe(0n);
	expect(roundToBits(5n, 1e12, 64, -16_445)).toEqual({ magnitude: 5n, exponent: 1e12 });
});
