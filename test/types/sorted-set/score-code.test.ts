import { expect, test } from "bun:test";
import fc from "fast-check";
import {
	readDouble,
	readScore,
	scoreBytes,
	scoreBytesOf,
	writeDouble,
	writeScore,
} from "../../../src/types/sorted-set/score-code.ts";

const edges = [
	0,
	-0,
	1,
	127,
	128,
	247,
	248,
	255,
	256,
	32767,
	32768,
	8388607,
	8388608,
	2 ** 31 - 1,
	2 ** 31,
	2 ** 53,
	0.5,
]
	.flatMap((value) => [value, -value, value + 1, -value - 1])
	.concat([Infinity, -Infinity, 5e-324, Number.MAX_VALUE]);

function roundTrip(score: number): number {
	const bytes = new Uint8Array(12).fill(0xee);
	writeScore(bytes, 1, score);
	const length = scoreBytes(score);
	expect(scoreBytesOf(bytes[1]!)).toBe(length);
	expect(bytes[0]).toBe(0xee);
	expect(bytes[1 + length]).toBe(0xee);
	return readScore(bytes, 1);
}

test("every score comes back, and stays in its bytes", () => {
	for (const score of edges) expect(Object.is(roundTrip(score), score)).toBe(true);
	fc.assert(
		fc.property(fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.maxSafeInteger()), (score) =>
			Object.is(roundTrip(score), score),
		),
		{ seed: 1 },
	);
});

test("small whole numbers are short", () => {
	expect([0, 247, 248, -1, -128, 1000, -1000, 100_000, 10_000_000, 0.5, -0].map(scoreBytes)).toEqual([
		1, 1, 3, 2, 2, 3, 3, 4, 5, 9, 9,
	]);
});

test("doubles as they are", () => {
	const bytes = new Uint8Array(9);
	for (const score of edges) {
		writeDouble(bytes, 1, score);
		expect(Object.is(readDouble(bytes, 1), score)).toBe(true);
	}
});
