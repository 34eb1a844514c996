import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	FORM_DECIMAL,
	FORM_HEXADECIMAL,
	FORM_INFINITE,
	FORM_MALFORMED,
	floatForm,
	hasSignificantDigit,
	isNegative,
	readDecimal,
	readHexadecimal,
} from "../../src/bytes/float-text.ts";
import { framed, inEveryFrame, seeded } from "./framed.ts";

function formOf(text: string): number {
	return inEveryFrame(text, floatForm);
}

/** The grammar once more, as regular expressions. */
function expectedForm(text: string): number {
	if (/^[-+]?(inf|infinity)$/i.test(text)) return FORM_INFINITE;
	if (/^[-+]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?$/i.test(text)) return FORM_HEXADECIMAL;
	if (/^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?$/i.test(text)) return FORM_DECIMAL;
	return FORM_MALFORMED;
}

describe("form", () => {
	test("agrees with the grammar on anything made of its parts", () => {
		const parts = [
			"0",
			"7",
			"12",
			".",
			"e",
			"E",
			"p",
			"P",
			"x",
			"X",
			"0x",
			"a",
			"F",
			"g",
			"-",
			"+",
			"inf",
			"Infinity",
			"nan",
		];
		const counts = [0, 0, 0, 0];
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...parts, " ", "\0"), { maxLength: 7 }), (items) => {
				const text = items.join("");
				const expected = expectedForm(text);
				counts[expected]!++;
				expect([text, formOf(text)]).toEqual([text, expected]);
			}),
			{ ...seeded, numRuns: 20_000 },
		);
		for (const count of counts) expect(count).toBeGreaterThan(30);
	});

	test("and on its own corners", () => {
		for (const sign of ["", "-", "+", "--", "+-"]) {
			for (const text of [
				"",
				"0",
				"0.",
				".0",
				".",
				"0x",
				"0x.",
				"0x1.",
				"0x.1",
				"1e",
				"1e1",
				"1e+",
				"1p1",
				"0x1p",
				"0x1p1",
			]) {
				expect([sign + text, formOf(sign + text)]).toEqual([sign + text, expectedForm(sign + text)]);
			}
			for (const text of ["inf", "INF", "iNfInItY", "in", "infi", "infinit", "infinityy", "nan", "nan()"]) {
				expect([sign + text, formOf(sign + text)]).toEqual([sign + text, expectedForm(sign + text)]);
			}
		}
	});
});

describe("readers", () => {
	const digits = fc.stringMatching(/^[0-9]{1,30}$/);
	const hexadecimals = fc.stringMatching(/^[0-9a-fA-F]{1,20}$/);
	const exponents = fc.integer({ min: -99_999, max: 99_999 });

	test("decimal digits and their power of ten", () => {
		fc.assert(
			fc.property(digits, digits, exponents, (whole, fraction, exponent) => {
				const { bytes, start, end } = framed(`-${whole}.${fraction}e${exponent}`);
				const read = readDecimal(bytes, start, end);
				expect(read).toEqual({ digits: BigInt(whole + fraction), exponent: exponent - fraction.length });
				expect(isNegative(bytes, start)).toBe(true);
				expect(hasSignificantDigit(bytes, start, end)).toBe(/[1-9]/.test(whole + fraction));
			}),
			seeded,
		);
		const plain = framed("+.5");
		expect(readDecimal(plain.bytes, plain.start, plain.end)).toEqual({ digits: 5n, exponent: -1 });
		expect(isNegative(plain.bytes, plain.start)).toBe(false);
	});

	test("hexadecimal digits are worth what they say", () => {
		fc.assert(
			fc.property(hexadecimals, hexadecimals, exponents, (whole, fraction, exponent) => {
				const { bytes, start, end } = framed(`0x${whole}.${fraction}P${exponent}`);
				const read = readHexadecimal(bytes, start, end);
				const scale = read.exponent - (exponent - 4 * fraction.length);
				// The reader may double the digits and lower the exponent; nothing may be lost.
				expect(scale).toBeLessThanOrEqual(0);
				expect(read.digits).toBe(BigInt(`0x${whole}${fraction}`) << BigInt(-scale));
			}),
			seeded,
		);
	});

	test("hexadecimal digits beyond the fortieth leave their mark", () => {
		for (const [tail, isOdd] of [
			["0".repeat(50), false],
			[`${"0".repeat(49)}1`, true],
			[`8${"0".repeat(49)}`, true],
		] as const) {
			const { bytes, start, end } = framed(`0x${"f".repeat(40)}${tail}`);
			const read = readHexadecimal(bytes, start, end);
			expect(read.digits >> 1n).toBe(16n ** 40n - 1n);
			expect(read.digits & 1n).toBe(isOdd ? 1n : 0n);
			expect(read.exponent).toBe(4 * 50 - 1);
		}
	});
});
