import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BLOCK_BYTES, STEP_BYTES } from "../../src/bytes/block-kernel.ts";
import { countWord } from "../../src/bytes/count-word.ts";
import { countBits } from "../../src/bytes/popcount.ts";
import { Random } from "../../src/bytes/random.ts";
import { seeded } from "./framed.ts";

function ones(byte: number): number {
	return byte === 0 ? 0 : (byte & 1) + ones(byte >>> 1);
}

function naive(bytes: Uint8Array, start: number, end: number): number {
	return bytes.subarray(start, end).reduce((sum, byte) => sum + ones(byte), 0);
}

test("countWord counts the bits of any int32", () => {
	fc.assert(
		fc.property(fc.integer(), (word) => expect(countWord(word)).toBe(ones(word >>> 0))),
		seeded,
	);
	for (let bit = 0; bit < 32; bit++) expect([countWord(1 << bit), countWord(~(1 << bit))]).toEqual([1, 31]);
	expect([countWord(0), countWord(-1)]).toEqual([0, 32]);
});

describe("countBits", () => {
	test("ranges of every length and alignment around a few steps, among bytes that do not belong to it", () => {
		const bytes = new Uint8Array(6 * STEP_BYTES);
		new Random(1).fill(bytes);
		for (let start = 0; start < 9; start++) {
			for (let length = 0; length < 4 * STEP_BYTES; length++) {
				expect(countBits(bytes, start, start + length)).toBe(naive(bytes, start, start + length));
			}
		}
	});

	test("ranges around whole blocks", () => {
		const bytes = new Uint8Array(3 * BLOCK_BYTES);
		new Random(2).fill(bytes);
		for (const length of [-STEP_BYTES, -1, 0, 1, STEP_BYTES - 1, STEP_BYTES, 5 * STEP_BYTES + 3]) {
			for (const start of [0, 3]) {
				for (const blocks of [1, 2]) {
					const end = start + blocks * BLOCK_BYTES + length;
					expect(countBits(bytes, start, end)).toBe(naive(bytes, start, end));
				}
			}
		}
	});

	test("sums of all ones do not overflow", () => {
		const bytes = new Uint8Array(BLOCK_BYTES + 77).fill(0xff);
		expect(countBits(bytes, 0, bytes.length)).toBe(8 * bytes.length);
		expect(countBits(bytes, 5, 5)).toBe(0);
	});
});
