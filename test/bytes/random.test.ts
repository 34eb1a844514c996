import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import { seeded } from "./framed.ts";

function stateBytes(...words: readonly number[]): Uint8Array {
	const bytes = new Uint8Array(16);
	const view = new DataView(bytes.buffer);
	for (const [index, word] of words.entries()) view.setUint32(4 * index, word, true);
	return bytes;
}

const draw = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32());

describe("sequence", () => {
	test("is xoshiro128**: results of the authors' C code", () => {
		expect(draw(new Random(stateBytes(1, 2, 3, 4)), 10)).toEqual([
			11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
		]);
		const second = stateBytes(0x964d4a0c, 0xd40ab895, 0xad7fdecb, 0x3006f0f0);
		expect(draw(new Random(second), 4)).toEqual([0xf1391922, 0x6fe53806, 0xa5be2840, 0xf510ee70]);
	});

	test("is the same for the same seed and another for another", () => {
		const seeds: (number | Uint8Array)[] = [0, 1, -1, 0.5, 2 ** 52, 2 ** 52 + 1, 1e300, -1e300];
		seeds.push(new Uint8Array(0), new Uint8Array(1), new Uint8Array(16), new Uint8Array(17), new Uint8Array(40));
		const sequences = new Set<string>();
		for (const seed of seeds) {
			const sequence = draw(new Random(seed), 4).join();
			expect(draw(new Random(seed), 4).join()).toBe(sequence);
			sequences.add(sequence);
		}
		expect(sequences.size).toBe(seeds.length);
	});

	test("a state with a single bit is taken as it is", () => {
		const sequences = [0, 1, 2, 3].map((word) => {
			const words = [0, 0, 0, 0];
			words[word] = 1;
			return draw(new Random(stateBytes(...words)), 5);
		});
		// Results of the authors' C code.
		expect(sequences).toEqual([
			[0, 5760, 5760, 2954880, 14745600],
			[5760, 5760, 2949120, 14751360, 4194304000],
			[0, 5760, 0, 2949120, 11802240],
			[0, 0, 5760, 11802240, 2699105920],
		]);
	});

	test("the state of zeros, which would stay zero, is avoided", () => {
		expect(new Set(draw(new Random(new Uint8Array(16)), 100)).size).toBeGreaterThan(95);
	});
});

describe("below", () => {
	test("stays in range for every n", () => {
		const anyN = fc.tuple(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.nat(52)).map(([n, cut]) => {
			return Math.max(1, Math.floor(n / 2 ** cut));
		});
		const near = fc.constantFrom(1, 2, 3, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 53 - 1, 2 ** 53);
		fc.assert(
			fc.property(fc.oneof(anyN, near), fc.integer(), (n, seed) => {
				const random = new Random(seed);
				for (let count = 0; count < 5; count++) {
					const value = random.below(n);
					expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
				}
			}),
			seeded,
		);
		expect(new Random(1).below(1)).toBe(0);
	});

	test("is even, for n that no power of two divides", () => {
		for (const n of [2, 3, 5, 6, 7, 100, 257]) {
			const random = new Random(n);
			const counts = new Uint32Array(n);
			const draws = 400 * n;
			for (let count = 0; count < draws; count++) counts[random.below(n)]!++;
			let statistic = 0;
			for (const count of counts) statistic += (count - 400) ** 2 / 400;
			expect(statistic).toBeLessThan(n - 1 + 6 * Math.sqrt(2 * (n - 1)));
			for (const count of counts) expect(count).toBeGreaterThan(250);
		}
	});

	test("is even over wide ranges, where the upper third shows a bias first", () => {
		for (const n of [3 * 2 ** 30, 3 * 2 ** 31, 3 * 2 ** 40, 3 * 2 ** 51, 2 ** 53]) {
			const random = new Random(n);
			const thirds = [0, 0, 0];
			for (let count = 0; count < 9000; count++) thirds[Math.floor((random.below(n) / n) * 3)]!++;
			for (const third of thirds) expect(Math.abs(third - 3000)).toBeLessThan(270);
		}
	});

	test("draws every bit of 2^53", () => {
		const random = new Random(5);
		let ones = 0n;
		let zeros = 0n;
		for (let count = 0; count < 200; count++) {
			const value = BigInt(random.below(2 ** 53));
			ones |= value;
			zeros |= ~value & (2n ** 53n - 1n);
		}
		expect(ones).toBe(2n ** 53n - 1n);
		expect(zeros).toBe(2n ** 53n - 1n);
	});

	test("rejects a draw of n itself", () => {
		// The state whose first two results are both 1: the draw for 2^32 + 1 is 2^32 + 1.
		const unscrambled = Math.imul(1, 954_437_177);
		const middle = Math.imul((unscrambled >>> 7) | (unscrambled << 25), 3_435_973_837) >>> 0;
		const state = stateBytes(5, middle, 5, 9);
		expect(draw(new Random(state), 2)).toEqual([1, 1]);
		expect(new Random(state).below(2 ** 32 + 1)).toBeLessThan(2 ** 32 + 1);
	});

	test("refuses what is no count", () => {
		for (const n of [0, -1, 0.5, 1.5, 2 ** 53 + 2, Number.NaN, Number.POSITIVE_INFINITY]) {
			expect(() => new Random(1).below(n)).toThrow("below");
		}
	});
});

test("fill is the little-endian sequence of words, whatever the length", () => {
	for (let length = 0; length < 20; length++) {
		const words = draw(new Random(9), 5);
		const expected = Array.from({ length }, (_, index) => (words[index >> 2]! >>> (8 * (index & 3))) & 0xff);
		const target = new Uint8Array(length);
		new Random(9).fill(target);
		expect([...target]).toEqual(expected);
	}
});
