import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { lzfCompress, lzfDecompress } from "../../src/bytes/lzf.ts";

const GUARD = 0xa5;

/** Compressed, or null where it does not pay; checks that nothing was written but what was returned may need. */
function compress(source: Uint8Array): Uint8Array | null {
	const target = new Uint8Array(source.length + 6).fill(GUARD);
	const length = lzfCompress(source, 0, source.length, target, 3);
	expect([...target.subarray(0, 3), ...target.subarray(3 + source.length)]).toEqual(Array(6).fill(GUARD));
	return length === 0 ? null : target.slice(3, 3 + length);
}

/** As the format is described, one output byte after the other; null where it is malformed. */
function decompressSlowly(source: Uint8Array): number[] | null {
	const output: number[] = [];
	let at = 0;
	while (at < source.length) {
		const control = source[at++]!;
		if (control < 32) {
			if (at + control + 1 > source.length) return null;
			for (let i = 0; i <= control; i++) output.push(source[at++]!);
			continue;
		}
		let length = control >> 5;
		if (length === 7) {
			if (at >= source.length) return null;
			length += source[at++]!;
		}
		if (at >= source.length) return null;
		const from = output.length - ((control % 32) * 256 + source[at++]!) - 1;
		if (from < 0) return null;
		for (let i = 0; i < length + 2; i++) output.push(output[from + i]!);
	}
	return output;
}

function decompress(source: Uint8Array, length: number): Uint8Array | null {
	const target = new Uint8Array(length + 4).fill(GUARD);
	const padded = Uint8Array.of(1, 2, ...source, 3, 4);
	const isGood = lzfDecompress(padded, 2, 2 + source.length, target, 2, length);
	expect([...target.subarray(0, 2), ...target.subarray(2 + length)]).toEqual(Array(4).fill(GUARD));
	return isGood ? target.slice(2, 2 + length) : null;
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));

const alphabet = "abcdefghijklmnopqrstuvwxyz";

/** Text that repeats itself near and far, as nothing random does. */
const repetitive = fc
	.array(
		fc.record({
			word: fc.uint8Array({ minLength: 1, maxLength: 12 }),
			times: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 20, max: 900 })),
		}),
		{ minLength: 1, maxLength: 8 },
	)
	.map(
		(parts) =>
			new Uint8Array(
				parts.flatMap(({ word, times }) =>
					Array(times)
						.fill([...word])
						.flat(),
				),
			),
	);

describe("compressing", () => {
	test("gives the bytes that redis-server gives", () => {
		// From DUMP of redis-server 7.0.15.
		for (const [text, expected] of [
			["x".repeat(21), "017878e00a00"],
			["x".repeat(63), "017878e03200017878"],
			["x".repeat(4097), `017878${"e0ff00".repeat(15)}e07c00017878`],
			["hello world hello world hello world", "0c68656c6c6f20776f726c642068e00b0b016c64"],
			["abcdefghijklmnopqrstuvwxyzbcdefghijklmnopqrstu", `19${hex(bytesOf(alphabet))}e00a180075`],
		] as const) {
			expect(hex(compress(bytesOf(text)))).toBe(expected);
		}
	});

	test("leaves alone what is short, or hardly shorter", () => {
		expect(compress(bytesOf("x".repeat(20)))).toBeNull();
		expect(compress(bytesOf("abcdefghijklmnopqrstuvwxyz0123456789"))).toBeNull();
		expect(compress(new Uint8Array(0))).toBeNull();
	});

	test("is undone by anyone who knows the format, and saves at least four bytes", () => {
		fc.assert(
			fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 400 })), (source) => {
				const compressed = compress(source);
				if (compressed === null) return;
				expect(compressed.length).toBeLessThanOrEqual(source.length - 4);
				expect(hex(Uint8Array.from(decompressSlowly(compressed)!))).toBe(hex(source));
				expect(hex(decompress(compressed, source.length))).toBe(hex(source));
			}),
			{ numRuns: 300 },
		);
	});

	test("finds what repeats, and refers to nothing of the string before", () => {
		const noise = Uint8Array.from({ length: 6000 }, (_, index) => (index * 7919 * (index >> 3)) >>> 3);
		const twice = new Uint8Array(12_000);
		twice.set(noise);
		twice.set(noise, 6000);
		const once = compress(noise);
		expect(compress(twice)!.length).toBeLessThan(7000);
		expect(hex(compress(noise))).toBe(hex(once));
	});

	test("takes a part of an array", () => {
		const source = bytesOf(`${"abc".repeat(20)}${"y".repeat(40)}${"abc".repeat(20)}`);
		const target = new Uint8Array(200);
		const length = lzfCompress(source, 60, 100, target, 10);
		expect(hex(target.slice(10, 10 + length))).toBe(hex(compress(bytesOf("y".repeat(40)))));
	});
});

describe("decompressing", () => {
	test("wants exactly the length that was said", () => {
		const compressed = compress(bytesOf("z".repeat(100)))!;
		expect(hex(decompress(compressed, 100))).toBe(hex(bytesOf("z".repeat(100))));
		expect(decompress(compressed, 99)).toBeNull();
		expect(decompress(compressed, 101)).toBeNull();
		expect(lzfDecompress(compressed, 0, compressed.length, new Uint8Array(99), 0, 100)).toBe(false);
	});

	test("an empty string is one of no bytes", () => {
		expect(hex(decompress(new Uint8Array(0), 0))).toBe("");
		expect(decompress(new Uint8Array(0), 1)).toBeNull();
	});

	test("says of any bytes what the format says", () => {
		const damaged = fc.tuple(repetitive, fc.nat(), fc.nat(255)).map(([source, place, byte]) => {
			const compressed = compress(source) ?? source;
			const changed = compressed.slice();
			changed[place % changed.length] = byte;
			return changed;
		});
		fc.assert(
			fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), fc.nat(3), (source, lengthOff) => {
				const expected = decompressSlowly(source);
				const length = expected === null ? 200 : Math.max(0, expected.length - 1 + lengthOff);
				const isRight = expected !== null && expected.length === length;
				expect(hex(decompress(source, length))).toBe(isRight ? hex(Uint8Array.from(expected)) : null);
			}),
			{ numRuns: 500 },
		);
	});
});
