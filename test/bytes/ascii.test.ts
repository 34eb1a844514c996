import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	bytesOf,
	compareBytes,
	copyBytes,
	equalBytes,
	equalsIgnoreCase,
	latin1,
	lowerCase,
	utf8,
} from "../../src/bytes/ascii.ts";
import { inEveryFrame, seeded } from "./framed.ts";

/** Lengths on both sides of every place where an implementation changes its way. */
const lengths = [...Array(84).keys(), 95, 96, 97, 98, 99, 100, 127, 128, 129, 255, 1000, 70_000];

function patterned(length: number, seed: number): Uint8Array {
	return new Uint8Array(length).map((_, index) => (index * 131 + seed) >> 1);
}

describe("text", () => {
	test("latin1 gives every byte its character", () => {
		const all = new Uint8Array(256).map((_, index) => index);
		expect([...latin1(all, 0, 256)].map((character) => character.charCodeAt(0))).toEqual([...all]);
		expect(latin1(all, 65, 70)).toBe("ABCDE");
		expect(latin1(all, 7, 7)).toBe("");
		expect(latin1(all.subarray(100), 28, 30)).toBe("\x80\x81");
	});

	test("utf8 reads a range, keeps a byte order mark and replaces what is malformed", () => {
		const bytes = bytesOf("ab\uFEFFgrüße €😀");
		expect(utf8(bytes, 0, bytes.length)).toBe("ab\uFEFFgrüße €😀");
		expect(utf8(bytes, 2, 9)).toBe("\uFEFFgrü");
		expect(utf8(bytes, 1, 1)).toBe("");
		expect(utf8(new Uint8Array([0x61, 0xff, 0x62]), 0, 3)).toBe("a\uFFFDb");
	});

	test("bytesOf is UTF-8", () => {
		expect([...bytesOf("a€")]).toEqual([0x61, 0xe2, 0x82, 0xac]);
		fc.assert(
			fc.property(fc.string({ unit: "grapheme" }), (text) => {
				const bytes = bytesOf(text);
				expect(utf8(bytes, 0, bytes.length)).toBe(text);
			}),
			seeded,
		);
	});
});

describe("comparison", () => {
	test("equalBytes sees a difference at every place and none outside the range", () => {
		for (const length of lengths) {
			const a = patterned(length + 9, 3);
			const b = new Uint8Array(length + 20);
			b.set(a.subarray(4, 4 + length), 11);
			expect(equalBytes(a, 4, b, 11, length)).toBe(true);
			const step = Math.max(1, length >> 6);
			for (let index = 0; index < length; index += step) {
				b[11 + index]! ^= 0x80;
				expect(equalBytes(a, 4, b, 11, length)).toBe(false);
				b[11 + index]! ^= 0x80;
			}
			if (length > 0) {
				b[10 + length]! ^= 1;
				expect(equalBytes(a, 4, b, 11, length)).toBe(false);
			}
		}
	});

	test("compareBytes orders like Buffer.compare", () => {
		const few = fc.uint8Array({ max: 2, maxLength: 6 });
		const long = fc.tuple(fc.constantFrom(14, 15, 16, 17, 78, 79, 80, 81, 200), few).map(([length, tail]) => {
			const bytes = new Uint8Array(length + tail.length).fill(1);
			bytes.set(tail, length);
			return bytes;
		});
		const any = fc.oneof(few, long, fc.uint8Array());
		fc.assert(
			fc.property(any, any, (a, b) => {
				const framedA = new Uint8Array([9, ...a, 200]);
				const framedB = new Uint8Array([0, 0, ...b, 100]);
				const order = compareBytes(framedA, 1, 1 + a.length, framedB, 2, 2 + b.length);
				expect(Math.sign(order)).toBe(Buffer.compare(a, b));
			}),
			{ ...seeded, numRuns: 3000 },
		);
		expect(compareBytes(bytesOf("\u007f"), 0, 1, new Uint8Array([0x80]), 0, 1)).toBeLessThan(0);
		const long0 = patterned(300, 1);
		const long1 = long0.slice();
		for (let index = 0; index < 300; index++) {
			long1[index]! ^= 0xff;
			const sign = long0[index]! < long1[index]! ? -1 : 1;
			expect(Math.sign(compareBytes(long0, 0, 300, long1, 0, 300))).toBe(sign);
			expect(Math.sign(compareBytes(long1, 0, 300, long0, 0, 300))).toBe(-sign);
			long1[index]! ^= 0xff;
		}
	});

	test("equalsIgnoreCase folds ASCII letters and nothing else", () => {
		const is = (text: string, word: string) =>
			inEveryFrame(text, (bytes, start, end) => equalsIgnoreCase(bytes, start, end, bytesOf(word)));
		for (const text of ["keepttl", "KEEPTTL", "KeepTtl"]) expect(is(text, "keepttl")).toBe(true);
		for (const text of ["keeptt", "keepttls", "", "kfepttl"]) expect(is(text, "keepttl")).toBe(false);
		expect(is("", "")).toBe(true);
		// Neighbours of the letters that differ from another byte in the case bit only.
		for (const [text, word] of [
			["@", "`"],
			["[", "{"],
			["\x13", "3"],
		] as const) {
			expect(is(text, word)).toBe(false);
		}
		for (let byte = 0; byte < 256; byte++) {
			const isCapital = byte >= 65 && byte <= 90;
			expect(lowerCase(byte)).toBe(isCapital ? byte + 32 : byte);
		}
	});
});

test("copyBytes writes the range and not a byte beside it", () => {
	for (const length of lengths) {
		const source = patterned(length + 13, 5);
		for (const [from, to] of [
			[0, 0],
			[1, 2],
			[13, 7],
		] as const) {
			const target = new Uint8Array(length + 16).fill(0xee);
			const expected = target.slice();
			for (let index = 0; index < length; index++) expected[to + index] = source[from + index]!;
			copyBytes(source, from, target, to, length);
			expect(Buffer.compare(target, expected)).toBe(0);
		}
	}
});

test("views with an offset of their own are read and written at it", () => {
	for (const length of [3, 20, 50, 120]) {
		const buffer = new ArrayBuffer(1024);
		const source = new Uint8Array(buffer, 100, 200);
		const target = new Uint8Array(buffer, 500, 200);
		source.set(patterned(200, 9));
		copyBytes(source, 7, target, 9, length);
		expect([...target.subarray(9, 9 + length)]).toEqual([...source.subarray(7, 7 + length)]);
		expect(target[8]).toBe(0);
		expect(target[9 + length]).toBe(0);
		expect(equalBytes(source, 7, target, 9, length)).toBe(true);
		expect(compareBytes(source, 7, 7 + length, target, 9, 9 + length)).toBe(0);
		expect(latin1(target, 9, 9 + length)).toBe(latin1(source, 7, 7 + length));
	}
});
