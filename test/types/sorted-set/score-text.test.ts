import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDouble } from "../../../src/bytes/double.ts";
import { SCORE_TEXT_MAX, writeScoreText } from "../../../src/types/sorted-set/score-text.ts";

function text(score: number): string {
	const bytes = new Uint8Array(SCORE_TEXT_MAX + 2).fill(0x21);
	const length = writeScoreText(score, bytes, 1);
	expect(bytes[0]).toBe(0x21);
	expect(bytes[length + 1]).toBe(0x21);
	return Buffer.from(bytes.subarray(1, 1 + length)).toString("latin1");
}

test("a score looks as formatDouble prints it", () => {
	const scores = [
		0,
		-0,
		1,
		-1,
		0.1,
		-0.1,
		0.5,
		1.25,
		3.14,
		0.000001,
		1e-7,
		123456.654321,
		0.3,
		0.1 + 0.2,
		1e15,
		1e15 + 0.5,
	];
	const large = [999999999.999999, 1e21, 1e22, 2 ** 62, -(2 ** 62), 2 ** 53 + 2, 1.7976931348623157e308, 5e-324];
	for (const score of [...scores, ...large, Infinity, -Infinity]) expect(text(score)).toBe(formatDouble(score));
	fc.assert(
		fc.property(fc.double({ noNaN: true }), (score) => text(score) === formatDouble(score)),
		{ seed: 1 },
	);
	fc.assert(
		fc.property(fc.maxSafeInteger(), fc.nat(9), (digits, decimals) => {
			const score = digits / 10 ** decimals;
			return text(score) === formatDouble(score);
		}),
		{ numRuns: 1000, seed: 1 },
	);
	fc.assert(
		fc.property(fc.integer(), fc.nat(9), (digits, decimals) => {
			const score = digits / 10 ** decimals;
			return text(score) === formatDouble(score);
		}),
		{ numRuns: 1000, seed: 1 },
	);
});
