/**
 * A fast, reproducible source of randomness: xoshiro128**. Not for secrets.
 *
 * Invariant: the same seed gives the same sequence for ever, so a run can be repeated from its seed; the state is never
 * all zero, which is the one state the generator cannot leave.
 *
 * Seeds come from the `Entropy` adapter where they should be unpredictable, and from a number in tests.
 */
import { assert } from "./assert.ts";
import { halfSipHash } from "./siphash.ts";

/** A seed of this length is the initial state itself; any other length is hashed into one. */
const STATE_BYTES = 16;
const TWO_32 = 0x1_0000_0000;
const TWO_53 = 0x20_0000_0000_0000;

export class Random {
	private s0: number;
	private s1: number;
	private s2: number;
	private s3: number;

	/** A numeric seed is a double; every bit of it counts. */
	constructor(seed: Uint8Array | number) {
		const state = stateOf(typeof seed === "number" ? new Uint8Array(Float64Array.of(seed).buffer) : seed);
		this.s0 = state[0]!;
		this.s1 = state[1]!;
		this.s2 = state[2]!;
		this.s3 = state[3]!;
	}

	/** 0 to 2^32 - 1. */
	uint32(): number {
		return this.int32() >>> 0;
	}

	/** 0 to n - 1, each equally likely; n is a whole number from 1 to 2^53. */
	below(n: number): number {
		assert(n >= 1 && n <= TWO_53 && Math.floor(n) === n, "below takes a whole number from 1 to 2^53");
		// Draws of exactly the bits that n - 1 has, until one fits: two draws at worst on average, and no bias.
		if (n <= TWO_32) {
			const mask = onesFor(n - 1);
			for (;;) {
				const value = (this.int32() & mask) >>> 0;
				if (value < n) return value;
			}
		}
		const mask = onesFor(Math.floor((n - 1) / TWO_32));
		for (;;) {
			const high = (this.int32() & mask) >>> 0;
			const value = high * TWO_32 + this.uint32();
			if (value < n) return value;
		}
	}

	/** Fills the whole array with random bytes. */
	fill(target: Uint8Array): void {
		let word = 0;
		for (let index = 0; index < target.length; index++) {
			word = (index & 3) === 0 ? this.int32() : word >>> 8;
			target[index] = word;
		}
	}

	private int32(): number {
		const result = Math.imul(rotateLeft(Math.imul(this.s1, 5), 7), 9);
		const shifted = this.s1 << 9;
		this.s2 ^= this.s0;
		this.s3 ^= this.s1;
		this.s1 ^= this.s2;
		this.s0 ^= this.s3;
		this.s2 ^= shifted;
		this.s3 = rotateLeft(this.s3, 11);
		return result;
	}
}

function rotateLeft(word: number, count: number): number {
	return (word << count) | (word >>> (32 - count));
}

/** A mask of as many low bits as the value (0 to 2^32 - 1) has. */
function onesFor(value: number): number {
	return value === 0 ? 0 : -1 >>> Math.clz32(value);
}

function stateOf(seed: Uint8Array): Int32Array {
	const state = new Int32Array(4);
	const isState = seed.length === STATE_BYTES;
	for (let word = 0; word < 4; word++) {
		// Without a state, four hashes of the seed under keys that differ.
		state[word] = isState ? littleEndian(seed, 4 * word) : halfSipHash(seed, 0, seed.length, word, ~word);
	}
	if ((state[0]! | state[1]! | state[2]! | state[3]!) === 0) state[0] = 1;
	return state;
}

function littleEndian(bytes: Uint8Array, offset: number): number {
	return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
}
