import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addLongDouble, formatLongDouble, longDoubleOf, parseLongDouble } from "../../src/bytes/long-double.ts";
import { incrementVectors } from "./float-vectors.ts";
import { inEveryFrame, seeded } from "./framed.ts";

function parse(text: string) {
	return inEveryFrame(text, parseLongDouble);
}

/** What INCRBYFLOAT would answer. */
function incremented(value: string, increment: string): string {
	const a = parse(value);
	const b = parse(increment);
	if (a === undefined || b === undefined) return "refused";
	const sum = addLongDouble(a, b);
	return sum.isFinite() ? formatLongDouble(sum) : "not finite";
}

function reformatted(text: string): string {
	const value = parse(text);
	return value === undefined ? "refused" : formatLongDouble(value);
}

describe("against the real server's answers", () => {
	test("the table is as large as it should be", () => {
		expect(incrementVectors.length).toBeGreaterThan(100);
	});

	for (const [value, increment, reply] of incrementVectors) {
		const short = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
		test(`${short(value)} + ${short(increment)}`, () => {
			expect(incremented(value, increment)).toBe(reply);
			// Addition commutes, refusals too.
			expect(incremented(increment, value)).toBe(reply);
		});
	}
});

describe("range", () => {
	test("the longest text is 5,119 bytes", () => {
		expect(reformatted("1".padStart(5119, "0"))).toBe("1");
		expect(reformatted("1".padStart(5120, "0"))).toBe("refused");
		expect(reformatted(`0.${"7".repeat(5117)}`)).toBe("0.77777777777777778");
	});

	test("the largest numbers print in full", () => {
		const largest = (2n ** 64n - 1n) << BigInt(16384 - 64);
		expect(reformatted("0x1.fffffffffffffffep16383")).toBe(String(largest));
		expect(reformatted("-0x1p16383")).toBe(String(-(2n ** 16383n)));
		expect(reformatted(String(largest))).toBe(String(largest));
		// Half a unit above the largest is too much, a little less is not.
		const half = 1n << BigInt(16384 - 65);
		expect(reformatted(String(largest + half))).toBe("refused");
		expect(reformatted(String(largest + half - 1n))).toBe(String(largest));
	});

	test("the smallest numbers are numbers, half of one is not", () => {
		const smallest = parse("0x1p-16445");
		expect(smallest?.mantissa).toBe(1n);
		expect(smallest?.exponent).toBe(-16445);
		expect(reformatted("0x1p-16446")).toBe("refused");
		expect(parse("0x1.000001p-16446")?.exponent).toBe(-16445);
		expect(parse("0x1.8p-16445")?.mantissa).toBe(2n);
	});

	test("an exponent alone costs nothing", () => {
		for (const exponent of ["999999999", "9".repeat(5000)]) {
			expect(reformatted(`1e${exponent}`)).toBe("refused");
			expect(reformatted(`1e-${exponent}`)).toBe("refused");
			expect(reformatted(`0x1p${exponent}`)).toBe("refused");
			expect(reformatted(`0x1p-${exponent}`)).toBe("refused");
			expect(reformatted(`0e${exponent}`)).toBe("0");
		}
	});
});

describe("arithmetic", () => {
	test("64-bit whole numbers are exact, also where a double is not", () => {
		const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
		const half = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
		fc.assert(
			fc.property(int64, (n) => expect(reformatted(String(n))).toBe(String(n))),
			seeded,
		);
		fc.assert(
			fc.property(half, half, (a, b) => expect(incremented(String(a), String(b))).toBe(String(a + b))),
			seeded,
		);
	});

	test("small amounts of money stay amounts of money", () => {
		// Below sixteen the 17 decimals hide what lies beyond 64 bits, also in a sum.
		const cents = fc.integer({ min: -1599, max: 1599 });
		const amount = (n: number) => {
			const text = String(Math.abs(n)).padStart(3, "0");
			return `${n < 0 ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
		};
		const trimmed = (n: number) => amount(n).replace(/\.?0+$/, "");
		fc.assert(
			fc.property(cents, cents, (a, b) => {
				expect(incremented(amount(a), amount(b))).toBe(a + b === 0 ? "0" : trimmed(a + b));
			}),
			seeded,
		);
	});

	test("a printed number with few digits prints the same again", () => {
		fc.assert(
			fc.property(fc.maxSafeInteger(), fc.nat(17), (n, scale) => {
				const text = reformatted(`${n}e-${scale}`);
				expect(reformatted(text)).toBe(text);
			}),
			seeded,
		);
	});

	test("what is not finite", () => {
		const infinity = parse("inf")!;
		const minus = parse("-Infinity")!;
		const one = parse("1")!;
		expect([infinity, minus, one].map((value) => value.isFinite())).toEqual([false, false, true]);
		expect(formatLongDouble(addLongDouble(infinity, one))).toBe("inf");
		expect(formatLongDouble(addLongDouble(one, minus))).toBe("-inf");
		expect(formatLongDouble(addLongDouble(minus, minus))).toBe("-inf");
		const nothing = addLongDouble(infinity, minus);
		expect(nothing.isFinite()).toBe(false);
		expect(formatLongDouble(nothing)).toBe("nan");
		expect(formatLongDouble(addLongDouble(nothing, one))).toBe("nan");
		expect(formatLongDouble(addLongDouble(one, nothing))).toBe("nan");
		expect(formatLongDouble(addLongDouble(infinity, nothing))).toBe("nan");
		expect(formatLongDouble(addLongDouble(nothing, minus))).toBe("nan");
		expect(formatLongDouble(addLongDouble(nothing, nothing))).toBe("nan");
	});
});

describe("longDoubleOf", () => {
	test("is the value of the double", () => {
		// GEOPOS prints coordinates like this.
		expect(formatLongDouble(longDoubleOf(13.361389338970184))).toBe("13.36138933897018433");
		expect(formatLongDouble(longDoubleOf(0.1))).toBe("0.10000000000000001");
		expect(formatLongDouble(longDoubleOf(-0.75))).toBe("-0.75");
		expect(formatLongDouble(longDoubleOf(2 ** 70))).toBe(String(2n ** 70n));
		expect(formatLongDouble(longDoubleOf(-0))).toBe("0");
		expect(formatLongDouble(longDoubleOf(Number.NEGATIVE_INFINITY))).toBe("-inf");
		expect(formatLongDouble(longDoubleOf(Number.NaN))).toBe("nan");
		expect(longDoubleOf(Number.MIN_VALUE)).toMatchObject({ mantissa: 1n, exponent: -1074 });
		fc.assert(
			fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
				const { mantissa, exponent } = longDoubleOf(value);
				expect(Number(mantissa) * 2 ** exponent).toBe(value === 0 ? 0 : value);
			}),
			seeded,
		);
	});
});
