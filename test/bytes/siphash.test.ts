import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import { seeded } from "./framed.ts";

/** HalfSipHash-c-d as its authors describe it, on an array of unsigned words: slow, and nothing shared with ours. */
function reference(message: Uint8Array, key: readonly [number, number], c: number, d: number): number {
	const v = Uint32Array.of(key[0], key[1], 0x6c796765 ^ key[0], 0x74656462 ^ key[1]);
	const add = (to: number, from: number) => {
		v[to] = v[to]! + v[from]!;
	};
	const rotate = (index: number, count: number) => {
		v[index] = v[index]! * 2 ** count + Math.floor(v[index]! / 2 ** (32 - count));
	};
	const xor = (to: number, from: number) => {
		v[to] = v[to]! ^ v[from]!;
	};
	const round = () => {
		for (const [x, y, turn] of [
			[0, 1, 5],
			[2, 3, 8],
			[0, 3, 7],
			[2, 1, 13],
		] as const) {
			add(x, y);
			rotate(y, turn);
			xor(y, x);
			if (y === 1) rotate(x, 16);
		}
	};
	const padded = new Uint8Array((Math.floor(message.length / 4) + 1) * 4);
	padded.set(message);
	padded[padded.length - 1] = message.length % 256;
	const view = new DataView(padded.buffer);
	for (let offset = 0; offset < padded.length; offset += 4) {
		const word = view.getUint32(offset, true);
		v[3] = v[3]! ^ word;
		for (let count = 0; count < c; count++) round();
		v[0] = v[0]! ^ word;
	}
	v[2] = v[2]! ^ 0xff;
	for (let count = 0; count < d; count++) round();
	return (v[1]! ^ v[3]!) >>> 0;
}

const sequence = new Uint8Array(64).map((_, index) => index);
const vectorKey = [0x03020100, 0x07060504] as const;

/** Published results for the first n bytes of 0, 1, 2 … under the key 0, 1, 2 … 7: the authors' for 2-4. */
const vectors24 = [
	0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a, 0x89466e2a, 0x69b6fac5, 0x23fc6358, 0xc563cf8b, 0x8f84b8d0,
	0x79e706f8, 0x3479b094, 0x50300808, 0x2f87f057, 0xff63e677, 0x7cf8ffd6, 0x972bfe74, 0x84acb5d9, 0x5b6474c4,
];
/** The same for 1-3, from the self-test of the Linux kernel's 32-bit hsiphash. */
const vectors13 = [
	0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6, 0x577999b1,
	0xc839caed, 0xe4fa32cf, 0x959246ee, 0x6b28096c, 0x66dd9cd6, 0x16658a7c, 0xd0257b04, 0x8b31d501, 0x2b1cd04b,
	0x06712339, 0x522aca67, 0x911bb605, 0x90a65f0e, 0xf826ef7b, 0x62512deb, 0x57150ad7, 0x5d473507, 0x1ec47442,
	0xab64afd3, 0x0a4100d0, 0x6d2ce652, 0x2331b6a3, 0x08d8791a, 0xbc6dda8d,
];

const hash = (bytes: Uint8Array, start: number, end: number) =>
	halfSipHash(bytes, start, end, vectorKey[0], vectorKey[1]) >>> 0;

describe("values", () => {
	test("published vectors", () => {
		for (const [length, expected] of vectors24.entries()) {
			expect(reference(sequence.subarray(0, length), vectorKey, 2, 4)).toBe(expected);
		}
		for (const [length, expected] of vectors13.entries()) {
			expect(reference(sequence.subarray(0, length), vectorKey, 1, 3)).toBe(expected);
			expect(hash(sequence, 0, length)).toBe(expected);
		}
	});

	test("agrees with the reference on any bytes, key and place", () => {
		const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 300 }), word, word, fc.nat(7), (message, key0, key1, offset) => {
				const bytes = new Uint8Array(message.length + offset + 5).fill(0xa5);
				bytes.set(message, offset);
				const result = halfSipHash(bytes, offset, offset + message.length, key0, key1);
				expect(result >>> 0).toBe(reference(message, [key0 >>> 0, key1 >>> 0], 1, 3));
				expect(result).toBe(result | 0);
			}),
			seeded,
		);
	});

	test("lengths beyond 255 wrap in the last word, and long ranges are hashed whole", () => {
		const bytes = new Uint8Array(1025).map((_, index) => index * 7);
		for (const length of [255, 256, 257, 1024, 1025]) {
			expect(hash(bytes, 0, length)).toBe(reference(bytes.subarray(0, length), vectorKey, 1, 3));
		}
	});
});

describe("distribution", () => {
	test("one bit of input turns each bit of output in half of the cases", () => {
		const rounds = 400;
		for (const length of [4, 7, 16]) {
			const turned = new Uint32Array(32);
			const bytes = new Uint8Array(length);
			let cases = 0;
			for (let round = 0; round < rounds; round++) {
				for (let index = 0; index < length; index++) bytes[index] = (round * 31 + index * 17 + (round >> 3)) & 0xff;
				const before = hash(bytes, 0, length);
				for (let bit = 0; bit < 8 * length; bit++, cases++) {
					bytes[bit >> 3]! ^= 1 << (bit & 7);
					const difference = before ^ hash(bytes, 0, length);
					bytes[bit >> 3]! ^= 1 << (bit & 7);
					for (let output = 0; output < 32; output++) turned[output]! += (difference >>> output) & 1;
				}
			}
			// Six standard deviations of a fair coin.
			const tolerance = 3 * Math.sqrt(cases);
			for (const count of turned) expect(Math.abs(count - cases / 2)).toBeLessThan(tolerance);
		}
	});

	test("numbered keys spread evenly over the top bits and over the low ones", () => {
		const keys = 65_536;
		const buckets = new Uint32Array(4096);
		const tags = new Uint32Array(256);
		for (let number = 0; number < keys; number++) {
			const key = Buffer.from(`key:${String(number).padStart(12, "0")}`);
			const value = hash(key, 0, key.length);
			buckets[value >>> 20]!++;
			tags[value & 0xff]!++;
		}
		for (const counts of [buckets, tags]) {
			const expected = keys / counts.length;
			let statistic = 0;
			for (const count of counts) statistic += (count - expected) ** 2 / expected;
			// The statistic has a mean of its degrees of freedom and a variance of twice that: five deviations each way.
			const freedom = counts.length - 1;
			expect(Math.abs(statistic - freedom)).toBeLessThan(5 * Math.sqrt(2 * freedom));
		}
	});

	test("the key decides", () => {
		const key = Buffer.from("user:1000");
		const values = new Set<number>();
		for (let bit = 0; bit < 32; bit++) {
			values.add(halfSipHash(key, 0, key.length, 1 << bit, 0));
			values.add(halfSipHash(key, 0, key.length, 0, 1 << bit));
		}
		expect(values.size).toBe(64);
	});
});
