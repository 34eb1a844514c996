import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type CommonRun, CommonSubsequence } from "../../src/types/lcs.ts";

/** By the book: the whole matrix, walked from its far corner. */
function naive(a: Uint8Array, b: Uint8Array): { length: number; runs: CommonRun[] } {
	const matrix = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
	for (let i = 1; i <= a.length; i++) {
		for (let j = 1; j <= b.length; j++) {
			const isEqual = a[i - 1] === b[j - 1];
			matrix[i]![j] = isEqual ? matrix[i - 1]![j - 1]! + 1 : Math.max(matrix[i - 1]![j]!, matrix[i]![j - 1]!);
		}
	}
	const runs: CommonRun[] = [];
	let i = a.length;
	let j = b.length;
	let length = 0;
	while (i > 0 && j > 0) {
		if (a[i - 1] === b[j - 1]) {
			i--;
			j--;
			length++;
			continue;
		}
		if (length > 0) runs.push({ aStart: i, bStart: j, length });
		length = 0;
		if (matrix[i - 1]![j]! > matrix[i]![j - 1]!) i--;
		else j--;
	}
	if (length > 0) runs.push({ aStart: i, bStart: j, length });
	return { length: matrix[a.length]![b.length]!, runs };
}

function check(a: Uint8Array, b: Uint8Array): void {
	const expected = naive(a, b);
	const common = new CommonSubsequence(a, b, false);
	expect(common.length).toBe(expected.length);
	expect(common.runs()).toEqual(expected.runs);
	expect(new CommonSubsequence(a, b, true).length).toBe(expected.length);
}

function text(word: string): Uint8Array {
	return Buffer.from(word, "latin1");
}

describe("CommonSubsequence", () => {
	test("small cases", () => {
		check(text(""), text(""));
		check(text("a"), text(""));
		check(text(""), text("a"));
		check(text("a"), text("a"));
		check(text("a"), text("b"));
		check(text("ohmytext"), text("mynewtext"));
		check(text("\0\xff\0"), text("\xff\0\xff"));
	});

	test("lengths around whole words of bits", () => {
		for (const aLength of [29, 30, 31, 59, 60, 61, 90]) {
			for (const bLength of [1, 29, 30, 31, 61]) {
				check(text("ab".repeat(aLength).slice(0, aLength)), text("ba".repeat(bLength).slice(0, bLength)));
				check(text("a".repeat(aLength)), text("a".repeat(bLength)));
				check(text("a".repeat(aLength)), text(`${"b".repeat(bLength)}a`));
				check(text(`${"a".repeat(aLength)}b`), text(`b${"a".repeat(bLength)}`));
			}
		}
	});

	test("random strings over alphabets of every size", () => {
		const pair = fc
			.tuple(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 0, max: 150 }), fc.integer({ min: 0, max: 150 }))
			.chain(([kinds, aLength, bLength]) => {
				const byte = fc.integer({ min: 0, max: kinds - 1 });
				return fc.tuple(
					fc.array(byte, { minLength: aLength, maxLength: aLength }),
					fc.array(byte, { minLength: bLength, maxLength: bLength }),
				);
			});
		fc.assert(
			fc.property(pair, ([a, b]) => check(Uint8Array.from(a), Uint8Array.from(b))),
			{ numRuns: 400, seed: 1 },
		);
	});

	test("refuses what no buffer holds", () => {
		const long = new Uint8Array(2 ** 20);
		expect(() => new CommonSubsequence(long, long, false)).toThrow(RangeError);
	});
});
