import { describe, expect, test } from "bun:test";
import { formatG } from "../../src/bytes/printf.ts";

/** What C's printf gives for the same. */
describe("%g", () => {
	test("of one digit rounds a tie to even", () => {
		const values = [1.5, 2.5, -1.5, 0.25, 12.5, 25, 15, 1.25, 9.5];
		expect(values.map((value) => formatG(value, 1))).toEqual([
			"2",
			"2",
			"-2",
			"0.2",
			"1e+01",
			"2e+01",
			"2e+01",
			"1",
			"1e+01",
		]);
	});

	test("of more digits, too", () => {
		expect([formatG(1.25, 2), formatG(125, 2), formatG(1234567890123.25, 14)]).toEqual([
			"1.2",
			"1.2e+02",
			"1234567890123.2",
		]);
	});

	test("has no trailing zeros, and an exponent of two digits and more beyond the digits", () => {
		expect([0.1, 1e100, 1e-5, 1e-4, 123456789012345680, -0].map((value) => formatG(value, 14))).toEqual([
			"0.1",
			"1e+100",
			"1e-05",
			"0.0001",
			"1.2345678901235e+17",
			"-0",
		]);
	});
});
