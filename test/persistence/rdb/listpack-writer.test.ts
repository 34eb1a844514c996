import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ListpackWriter } from "../../../src/persistence/rdb/listpack-writer.ts";
import { addScore } from "../../../src/persistence/rdb/score-entry.ts";

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

function listpackOf(write: (listpack: ListpackWriter) => void): Buffer {
	const listpack = new ListpackWriter();
	listpack.begin();
	write(listpack);
	const total = listpack.totalBytes();
	listpack.end();
	expect(listpack.length).toBe(total);
	return Buffer.from(listpack.bytes.slice(0, listpack.length));
}

const texts = (...values: string[]) =>
	listpackOf((listpack) => {
		for (const value of values) listpack.text(bytesOf(value), 0, value.length);
	});

/** Reads a listpack as it is described, forwards, and checks the lengths that lead backwards. */
function read(bytes: Buffer): string[] {
	expect(bytes.readUInt32LE(0)).toBe(bytes.length);
	expect(bytes[bytes.length - 1]).toBe(0xff);
	const values: string[] = [];
	let at = 6;
	while (bytes[at] !== 0xff) {
		const start = at;
		const code = bytes[at]!;
		if (code < 0x80) values.push(String(bytes[at++]));
		else if (code < 0xc0) at = push(at + 1, code & 0x3f);
		else if (code < 0xe0) {
			values.push(String(((((code & 0x1f) << 8) | bytes[at + 1]!) << 19) >> 19));
			at += 2;
		} else if (code < 0xf0) at = push(at + 2, ((code & 0xf) << 8) | bytes[at + 1]!);
		else if (code === 0xf0) at = push(at + 5, bytes.readUInt32LE(at + 1));
		else if (code === 0xf4) {
			values.push(String(bytes.readBigInt64LE(at + 1)));
			at += 9;
		} else {
			const width = code - 0xef;
			values.push(String(bytes.readIntLE(at + 1, width)));
			at += 1 + width;
		}
		const length = at - start;
		let back = 0;
		do back = back * 128 + (bytes[at]! & 0x7f);
		while ((bytes[++at]! & 0x80) !== 0 && at < bytes.length - 1 && back < length);
		expect(back).toBe(length);
	}
	expect(bytes.readUInt16LE(4)).toBe(Math.min(values.length, 0xffff));
	return values;

	function push(from: number, length: number): number {
		values.push(bytes.toString("latin1", from, from + length));
		return from + length;
	}
}

describe("a listpack", () => {
	test("of nothing is its frame", () => {
		expect(texts().toString("hex")).toBe("070000000000ff");
	});

	test("has a code for every size of number", () => {
		for (const [text, entry] of [
			["0", "0001"],
			["127", "7f01"],
			["128", "c08002"],
			["-1", "dfff02"],
			["4095", "cfff02"],
			["-4096", "d00002"],
			["4096", "f1001003"],
			["-32768", "f1008003"],
			["32768", "f200800004"],
			["-8388608", "f200008004"],
			["8388608", "f30000800005"],
			["-2147483648", "f30000008005"],
			["2147483648", "f4000000800000000009"],
			["-9223372036854775808", "f4000000000000008009"],
			["9223372036854775807", "f4ffffffffffffff7f09"],
		] as const) {
			expect(texts(text).subarray(6, -1).toString("hex")).toBe(entry);
		}
	});

	test("gives back the strings it was given", () => {
		const values = fc.oneof(
			fc.string({ unit: "binary-ascii", maxLength: 200 }),
			fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
			fc.integer().map(String),
			fc.stringMatching(/^-?[0-9]{0,22}$/),
			fc.constantFrom(
				...[63, 64, 124, 125, 126, 127, 128, 4095, 4096, 16_379, 16_381, 20_000].map((n) => "y".repeat(n)),
			),
		);
		fc.assert(
			fc.property(fc.array(values, { maxLength: 30 }), (strings) => {
				expect(read(texts(...strings))).toEqual(strings);
			}),
			{ numRuns: 300 },
		);
	});

	test("does not count beyond 16 bits", () => {
		const values = Array.from({ length: 70_000 }, () => "");
		expect(read(texts(...values)).length).toBe(70_000);
		expect(texts(...values).readUInt16LE(4)).toBe(0xffff);
	});

	test("lengths behind very long strings take three to five bytes", () => {
		for (const length of [2_097_145, 2_097_151, 268_435_440]) {
			const listpack = new ListpackWriter();
			listpack.begin();
			listpack.text(new Uint8Array(length), 0, length);
			const entry = length + 5;
			const digits: number[] = [];
			for (let at = listpack.length - 1; ; at--) {
				digits.push(listpack.bytes[at]! & 0x7f);
				if ((listpack.bytes[at]! & 0x80) === 0) break;
			}
			expect(digits.reduce((sum, digit, place) => sum + digit * 128 ** place, 0)).toBe(entry);
			expect(digits.length).toBe(entry < 2_097_151 ? 3 : entry < 268_435_455 ? 4 : 5);
		}
	});

	test("numbers and their halves are the same entries as their text", () => {
		fc.assert(
			fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
				const high = Number(BigInt.asIntN(32, value >> 32n));
				const low = Number(BigInt.asIntN(32, value));
				expect(listpackOf((listpack) => listpack.wide(high, low)).toString("hex")).toBe(
					texts(String(value)).toString("hex"),
				);
			}),
		);
		fc.assert(
			fc.property(fc.maxSafeInteger(), (value) => {
				expect(listpackOf((listpack) => listpack.number(value)).toString("hex")).toBe(
					texts(String(value)).toString("hex"),
				);
			}),
		);
	});
});

describe("a score", () => {
	test("is an integer where it is whole, else the shortest text", () => {
		for (const [score, text] of [
			[0, "0"],
			[-0, "0"],
			[3, "3"],
			[-5000, "-5000"],
			[2 ** 53, "9007199254740992"],
			[-(2 ** 62), "-4611686018427387904"],
			[0.1, "0.1"],
			[Infinity, "inf"],
			[-Infinity, "-inf"],
		] as const) {
			expect(listpackOf((listpack) => addScore(listpack, score)).toString("hex")).toBe(texts(text).toString("hex"));
		}
	});

	test("reads as the same number", () => {
		fc.assert(
			fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (score) => {
				const [text] = read(listpackOf((listpack) => addScore(listpack, score)));
				expect(Number(text)).toBe(score === 0 ? 0 : score);
			}),
			{ numRuns: 500 },
		);
	});
});
