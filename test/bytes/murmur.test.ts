import { expect, test } from "bun:test";
import fc from "fast-check";
import { Murmur64 } from "../../src/bytes/murmur.ts";
import { seeded } from "./framed.ts";

const mask = 2n ** 64n - 1n;
const factor = 0xc6a4a7935bd1e995n;

/** MurmurHash64A as its author describes it, in words of 64 bits: slow, and nothing shared with ours. */
function reference(message: Uint8Array, seed: bigint): bigint {
	const times = (a: bigint) => (a * factor) & mask;
	const fold = (a: bigint) => a ^ (a >> 47n);
	const number = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
	const whole = message.length - (message.length % 8);
	let hash = seed ^ times(BigInt(message.length));
	for (let at = 0; at < whole; at += 8) hash = times(hash ^ times(fold(times(number(message.subarray(at, at + 8))))));
	if (whole < message.length) hash = times(hash ^ number(message.subarray(whole)));
	return fold(times(fold(hash)));
}

const murmur = new Murmur64(0xadc83b19 | 0);

function hash(bytes: Uint8Array, start: number, length: number): bigint {
	murmur.hash(bytes, start, length);
	return (BigInt(murmur.high >>> 0) << 32n) | BigInt(murmur.low >>> 0);
}

test("is MurmurHash64A, whatever the bytes, their number and their place", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(9), (message, before) => {
			const framed = new Uint8Array(before + message.length + 9).fill(0xa5);
			framed.set(message, before);
			expect(hash(framed, before, message.length)).toBe(reference(message, 0xadc83b19n));
		}),
		seeded,
	);
});

test("the extremes of the arithmetic", () => {
	for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
		for (let length = 0; length < 40; length++) {
			const message = new Uint8Array(length).fill(byte);
			expect(hash(message, 0, length)).toBe(reference(message, 0xadc83b19n));
		}
	}
});

test("halves are int32, and the seed matters", () => {
	const message = Uint8Array.of(1, 2, 3);
	murmur.hash(message, 0, 3);
	expect([murmur.high | 0, murmur.low | 0]).toEqual([murmur.high, murmur.low]);
	const other = new Murmur64(1);
	other.hash(message, 0, 3);
	expect((BigInt(other.high >>> 0) << 32n) | BigInt(other.low >>> 0)).toBe(reference(message, 1n));
});
