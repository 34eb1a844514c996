import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { countBitRange, findBit } from "../../../src/types/bitmap/range.ts";

/** Bytes in the midst of others, as a text of zeros and ones. */
function digits(bytes: Uint8Array, start: number, length: number): string {
	return [...bytes.subarray(start, start + length)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
}

function check(bytes: Uint8Array, start: number, length: number, first: number, last: number): void {
	const text = digits(bytes, start, length).slice(first, last + 1);
	expect(countBitRange(bytes, start, first, last)).toBe(text.replaceAll("0", "").length);
	for (const bit of [0, 1]) {
		const at = text.indexOf(String(bit));
		expect(findBit(bytes, start, first, last, bit)).toBe(at < 0 ? -1 : first + at);
	}
}

test("every range of a few bytes", () => {
	const bytes = Uint8Array.of(0xff, 0x00, 0x01, 0x80, 0xff, 0xfe, 0x00, 0xff);
	for (let first = 0; first < 40; first++) for (let last = first; last < 40; last++) check(bytes, 1, 5, first, last);
});

test("ranges of random bytes at random places", () => {
	const range = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), fc.nat());
	fc.assert(
		fc.property(range, fc.nat(5), ([message, one, other], start) => {
			const bytes = new Uint8Array(start + message.length + 3).fill(0x5a);
			bytes.set(message, start);
			const ends = [one % (8 * message.length), other % (8 * message.length)];
			check(bytes, start, message.length, Math.min(...ends), Math.max(...ends));
		}),
		{ seed: 1, numRuns: 1000 },
	);
});

describe("long runs", () => {
	const lengths = [255, 256, 257, 300, 512, 8191, 8192, 8193, 8448, 9000, 16_640, 20_000];

	for (const bit of [0, 1]) {
		const filler = bit === 0 ? 0xff : 0x00;
		test(`the only ${bit} is found wherever it is`, () => {
			for (const length of lengths) {
				const bytes = new Uint8Array(length + 7).fill(filler);
				expect(findBit(bytes, 3, 0, 8 * length - 1, bit)).toBe(-1);
				for (const at of [0, 1, length >> 1, length - 2, length - 1]) {
					bytes[3 + at] = filler ^ 0x10;
					expect(findBit(bytes, 3, 0, 8 * length - 1, bit)).toBe(8 * at + 3);
					expect(findBit(bytes, 3, 8 * at + 3, 8 * at + 3, bit)).toBe(8 * at + 3);
					if (at > 0) expect(findBit(bytes, 3, 5, 8 * at + 2, bit)).toBe(-1);
					expect(findBit(bytes, 3, 8 * at + 4, 8 * length - 1, bit)).toBe(-1);
					bytes[3 + at] = filler;
				}
			}
		});

		test(`a ${bit} around the range is not found`, () => {
			for (const length of lengths) {
				const bytes = new Uint8Array(length + 4).fill(filler ^ 0xff);
				bytes.fill(filler, 2, 2 + length);
				expect(findBit(bytes, 2, 0, 8 * length - 1, bit)).toBe(-1);
			}
		});
	}
});
