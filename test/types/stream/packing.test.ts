import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { writeInteger } from "../../../src/bytes/int64.ts";
import {
	LENGTH_2,
	LENGTH_4,
	NUMBER_BYTES_MAX,
	PACKED_NUMBER,
	readHigh,
	readLow,
	readPacked,
	SHORT_BYTES_MAX,
	STRING_HEAD_MAX,
	skipNumber,
	skipString,
	textLength,
	writeNumber,
	writeText,
	writeValue,
} from "../../../src/types/stream/packing.ts";

/** Bytes before and behind show that nothing else is touched. */
function packed(text: string, write: typeof writeText): Uint8Array {
	const source = Buffer.from(`..${text}..`, "latin1");
	const target = new Uint8Array(text.length + STRING_HEAD_MAX + 2).fill(0xaa);
	const end = write(target, 1, source, 2, text.length);
	expect([target[0], target[end]]).toEqual([0xaa, 0xaa]);
	expect(skipString(target, 1)).toBe(end);
	return target.subarray(1, end);
}

function unpacked(bytes: Uint8Array): string {
	const head = bytes[0]!;
	if (head > SHORT_BYTES_MAX && head < LENGTH_2) {
		const digits = new Uint8Array(20);
		return Buffer.from(digits.subarray(0, writeInteger(readPacked(bytes, 0), digits, 0))).toString();
	}
	const length = textLength(bytes, 0);
	return Buffer.from(bytes.subarray(bytes.length - length)).toString("latin1");
}

describe("strings", () => {
	test.each([
		["", [0]],
		["a", [1, 0x61]],
		["7", [1, 0x37]],
		["10", [PACKED_NUMBER + 1, 10]],
		["255", [PACKED_NUMBER + 1, 255]],
		["256", [PACKED_NUMBER + 2, 0, 1]],
		["4294967295", [PACKED_NUMBER + 4, 255, 255, 255, 255]],
		["4294967296", [PACKED_NUMBER + 5, 0, 0, 0, 0, 1]],
		["9007199254740991", [PACKED_NUMBER + 7, 255, 255, 255, 255, 255, 255, 31]],
		["042", [3, 0x30, 0x34, 0x32]],
		["-42", [3, 0x2d, 0x34, 0x32]],
	])("a value %j", (text, bytes) => {
		expect([...packed(text, writeValue)]).toEqual(bytes);
	});

	test("long ones say how long they are", () => {
		for (const length of [SHORT_BYTES_MAX, SHORT_BYTES_MAX + 1, 255, 256, 65_535, 65_536, 100_000]) {
			const bytes = packed("x".repeat(length), writeText);
			expect(bytes[0]).toBe(length <= SHORT_BYTES_MAX ? length : length <= 65_535 ? LENGTH_2 : LENGTH_4);
			expect(unpacked(bytes)).toBe("x".repeat(length));
		}
	});

	test("come back as they were, and no number takes more room than its text", () => {
		const text = fc.oneof(
			fc.string({ unit: "binary-ascii", maxLength: 300 }),
			fc.maxSafeInteger().map(String),
			fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
			fc.nat().map((n) => `0${n}`),
		);
		fc.assert(
			fc.property(text, (value) => {
				for (const write of [writeText, writeValue]) expect(unpacked(packed(value, write))).toBe(value);
				expect(packed(value, writeValue).length).toBeLessThanOrEqual(packed(value, writeText).length);
			}),
			{ seed: 1, numRuns: 500 },
		);
	});
});

test("numbers of 64 bits", () => {
	const number = fc.oneof(
		fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
		fc.tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: -1, max: 1 })).map(([bits, off]) => {
			return BigInt.asUintN(64, (1n << BigInt(bits)) + BigInt(off));
		}),
	);
	fc.assert(
		fc.property(number, (value) => {
			const bytes = new Uint8Array(NUMBER_BYTES_MAX + 2).fill(0xaa);
			const half = (shift: bigint) => Number(BigInt.asIntN(32, value >> shift));
			const end = writeNumber(bytes, 1, half(32n), half(0n));
			expect(end - 1).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
			expect([bytes[0], bytes[end]]).toEqual([0xaa, 0xaa]);
			expect([readHigh(bytes, 1), readLow(bytes, 1), skipNumber(bytes, 1)]).toEqual([half(32n), half(0n), end]);
		}),
		{ seed: 1, numRuns: 1000 },
	);
});
