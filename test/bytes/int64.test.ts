import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	INT64_TEXT_MAX,
	integerLength,
	isInt64,
	parseInt64,
	parseInteger,
	writeInteger,
} from "../../src/bytes/int64.ts";
import { framed, inEveryFrame, seeded } from "./framed.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** The rules once more, in the plainest way. */
function expectedInt64(text: string): bigint | undefined {
	if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
	const value = BigInt(text);
	return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

function check(text: string): void {
	const expected = expectedInt64(text);
	const isSafe = expected !== undefined && expected >= -SAFE_MAX && expected <= SAFE_MAX;
	expect([text, inEveryFrame(text, parseInt64)]).toEqual([text, expected]);
	expect([text, inEveryFrame(text, isInt64)]).toEqual([text, expected !== undefined]);
	expect([text, inEveryFrame(text, parseInteger)]).toEqual([text, isSafe ? Number(expected) : Number.NaN]);
}

function written(value: number): string {
	const target = new Uint8Array(40).fill(0x23);
	const length = writeInteger(value, target, 11);
	expect(integerLength(value)).toBe(length);
	expect(Buffer.from(target.subarray(0, 11)).toString()).toBe("#".repeat(11));
	expect(Buffer.from(target.subarray(11 + length)).toString()).toBe("#".repeat(29 - length));
	return Buffer.from(target.subarray(11, 11 + length)).toString();
}

/** Numbers around every power of ten and of two, and around the ends of the ranges. */
function edges(): bigint[] {
	const values = new Set<bigint>();
	for (let power = 0n; power <= 20n; power++) for (let near = -2n; near <= 2n; near++) values.add(10n ** power + near);
	for (let power = 0n; power <= 64n; power++) for (let near = -2n; near <= 2n; near++) values.add(2n ** power + near);
	for (const value of [...values]) values.add(-value);
	return [...values];
}

describe("parsing", () => {
	test("the edges of every range", () => {
		for (const value of edges()) check(String(value));
	});

	test("what is refused", () => {
		const refused = [
			"",
			"-",
			"+1",
			"-0",
			"00",
			"01",
			"-01",
			" 1",
			"1 ",
			"1\n",
			"1\0",
			"0x1",
			"1.0",
			"1e3",
			"--1",
			"1-",
		];
		for (const text of [...refused, "٣", "a", "/", ":", "99999999999999999999999", "-".repeat(20), "0".repeat(19)]) {
			check(text);
			expect(expectedInt64(text)).toBeUndefined();
		}
		check("0");
		check("-1");
	});

	test("a wrong byte at any place of a number of any length", () => {
		for (let length = 1; length <= 20; length++) {
			const digits = "12345678901234567890".slice(0, length);
			for (const sign of ["", "-"]) {
				check(sign + digits);
				for (let index = 0; index < length; index++) {
					for (const wrong of ["/", ":", "-", "\0", "\xb1", "p"]) {
						check(sign + digits.slice(0, index) + wrong + digits.slice(index + 1));
					}
				}
			}
		}
	});

	test("agrees with BigInt on numbers and on near-numbers", () => {
		fc.assert(
			fc.property(fc.bigInt({ min: INT64_MIN - 1000n, max: INT64_MAX + 1000n }), (n) => check(String(n))),
			seeded,
		);
		fc.assert(
			fc.property(fc.maxSafeInteger(), (n) => check(String(n))),
			seeded,
		);
		fc.assert(fc.property(fc.stringMatching(/^[-+ ]?[0-9]{0,22}[a:/]?$/), check), seeded);
	});
});

describe("writing", () => {
	test("the edges of every range", () => {
		for (const value of edges()) {
			if (value < -SAFE_MAX || value > SAFE_MAX) continue;
			expect(written(Number(value))).toBe(String(value));
		}
	});

	test("all short numbers", () => {
		for (let value = -11_000; value <= 11_000; value++) expect(written(value)).toBe(String(value));
	});

	test("agrees with String and is undone by parsing", () => {
		const anyLength = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 52 }));
		fc.assert(
			fc.property(anyLength, ([wide, cut]) => {
				const value = Math.trunc(wide / 2 ** cut) + 0;
				expect(written(value)).toBe(String(value));
				const { bytes, start, end } = framed(written(value));
				expect(parseInteger(bytes, start, end)).toBe(value);
			}),
			{ ...seeded, numRuns: 5000 },
		);
	});

	test("numbers that are not safe are a mistake of the caller", () => {
		const target = new Uint8Array(40);
		for (const value of [2 ** 53, -(2 ** 53), 1e300, Number.POSITIVE_INFINITY]) {
			expect(() => writeInteger(value, target, 0)).toThrow("safe integers");
		}
	});

	test("minus zero is zero", () => {
		expect(written(-0)).toBe("0");
	});
});

test("the longest int64 has the length stated", () => {
	expect(String(INT64_MIN).length).toBe(INT64_TEXT_MAX);
});
