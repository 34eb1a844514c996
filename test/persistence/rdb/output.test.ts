import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { COMPRESSED_BYTES_MAX, RdbOutput } from "../../../src/persistence/rdb/output.ts";
import type { ByteTarget } from "../../../src/persistence/snapshot/format.ts";

/** Collects what is written, and how. */
class Collected implements ByteTarget {
	bytes: number[] = [];
	readonly portions: number[] = [];
	write(bytes: Uint8Array, from: number, to: number): void {
		this.portions.push(to - from);
		for (let at = from; at < to; at++) this.bytes.push(bytes[at]!);
	}
}

function written(write: (output: RdbOutput) => void): string {
	const output = new RdbOutput(null, 4);
	write(output);
	return Buffer.from(output.bytes.subarray(0, output.length)).toString("hex");
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

describe("lengths", () => {
	test("take 6, 14, 32 or 64 bits", () => {
		for (const [value, expected] of [
			[0, "00"],
			[63, "3f"],
			[64, "4040"],
			[16_383, "7fff"],
			[16_384, "8000004000"],
			[2 ** 32 - 1, "80ffffffff"],
			[2 ** 32, "810000000100000000"],
			[2 ** 53 - 1, "81001fffffffffffff"],
		] as const) {
			expect(written((output) => output.size(value))).toBe(expected);
		}
	});

	test("of 64 bits come in two halves", () => {
		expect(written((output) => output.wideSize(0, 63))).toBe("3f");
		expect(written((output) => output.wideSize(0, -1))).toBe("80ffffffff");
		expect(written((output) => output.wideSize(1, 2))).toBe("810000000100000002");
		expect(written((output) => output.wideSize(-1, -1))).toBe("81ffffffffffffffff");
	});
});

describe("numbers", () => {
	test("moments have their low bytes first", () => {
		expect(written((output) => output.moment(0x0123_4567_89ab))).toBe("ab89674523010000");
		expect(written((output) => output.moment(-1))).toBe("ffffffffffffffff");
	});

	test("doubles are those of the machine", () => {
		fc.assert(
			fc.property(fc.double(), (value) => {
				const expected = Buffer.alloc(8);
				expected.writeDoubleLE(value);
				expect(written((output) => output.double(value))).toBe(expected.toString("hex"));
			}),
		);
	});

	test("ids have their high bytes first", () => {
		const words = Int32Array.of(9, 1, -2, 3, 0x01020304);
		expect(written((output) => output.idBytes(words, 1))).toBe("00000001fffffffe0000000301020304");
	});

	test("deadlines of fields count from the bound", () => {
		expect(written((output) => output.deadline(Infinity, 5000))).toBe("00");
		expect(written((output) => output.deadline(5000, 5000))).toBe("01");
		expect(written((output) => output.deadline(5063, 5000))).toBe("4040");
	});
});

describe("strings", () => {
	/** As a reader would, from the description of the format; compressed ones are not read. */
	function read(bytes: Buffer): string {
		const first = bytes[0]!;
		if (first === 0xc0) return String(bytes.readInt8(1));
		if (first === 0xc1) return String(bytes.readInt16LE(1));
		if (first === 0xc2) return String(bytes.readInt32LE(1));
		if (first < 64) return bytes.toString("latin1", 1, 1 + first);
		return bytes.toString("latin1", 2, 2 + bytes.readUInt16BE(0) - 0x4000);
	}

	test("that print as an integer of 32 bits are one", () => {
		for (const [text, expected] of [
			["0", "c000"],
			["-128", "c080"],
			["128", "c18000"],
			["-32768", "c10080"],
			["32768", "c200800000"],
			["-2147483648", "c200000080"],
			["2147483647", "c2ffffff7f"],
			["2147483648", "0a32313437343833363438"],
			["-2147483649", "0b2d32313437343833363439"],
			["01", "023031"],
			["-0", "022d30"],
			["+1", "022b31"],
			["", "00"],
			["-", "012d"],
		] as const) {
			expect(written((output) => output.text(text))).toBe(expected);
		}
	});

	test("read back as they were", () => {
		const texts = fc.oneof(
			fc.integer().map(String),
			fc.bigInt({ min: -(2n ** 34n), max: 2n ** 34n }).map(String),
			fc.string({ unit: "binary-ascii", maxLength: 300 }),
			fc.stringMatching(/^-?[0-9]{0,12}$/),
		);
		fc.assert(
			fc.property(texts, (text) => {
				const output = new RdbOutput(null);
				output.begin(false, true);
				output.text(text);
				expect(read(Buffer.from(output.bytes.slice(0, output.length)))).toBe(text);
			}),
			{ numRuns: 500 },
		);
	});

	test("are compressed where that is wanted, and makes them shorter", () => {
		const output = new RdbOutput(null);
		const lengthOf = (text: string, compresses: boolean) => {
			output.begin(compresses, true);
			output.string(bytesOf(text), 0, text.length);
			return output.length;
		};
		expect(lengthOf("x".repeat(21), true)).toBe(9);
		expect(lengthOf("x".repeat(21), false)).toBe(22);
		expect(lengthOf("x".repeat(20), true)).toBe(21);
		expect(lengthOf("abcdefghijklmnopqrstuvwxyz", true)).toBe(27);
		expect(lengthOf("x".repeat(COMPRESSED_BYTES_MAX), true)).toBeLessThan(COMPRESSED_BYTES_MAX / 50);
		expect(lengthOf("x".repeat(COMPRESSED_BYTES_MAX + 1), true)).toBe(COMPRESSED_BYTES_MAX + 6);
	});

	test("may be a part of an array", () => {
		expect(written((output) => output.string(bytesOf("a12345b"), 1, 5))).toBe("c13930");
		expect(written((output) => output.raw(bytesOf("abcdef"), 2, 3))).toBe("636465");
	});
});

describe("on its way to a target", () => {
	test("everything arrives in order, a megabyte at a time, with its checksum at the end", () => {
		const target = new Collected();
		const output = new RdbOutput(target);
		const expected: number[] = [];
		const long = Uint8Array.from({ length: 2_500_001 }, (_, index) => index * 31);
		output.begin(false, true);
		for (let i = 0; i < 300_000; i++) {
			output.byte(i);
			expected.push(i & 0xff);
		}
		output.raw(long, 1, 2_500_000);
		for (const byte of long.subarray(1)) expected.push(byte);
		output.raw(long, 0, 800_000);
		for (const byte of long.subarray(0, 800_000)) expected.push(byte);
		output.raw(long, 0, 800_000);
		for (const byte of long.subarray(0, 800_000)) expected.push(byte);
		output.endFile();
		const checksum = target.bytes.splice(-8);
		expect(Buffer.compare(Buffer.from(target.bytes), Buffer.from(expected))).toBe(0);
		expect(Math.max(...target.portions)).toBeLessThanOrEqual(1 << 20);
		const again = new RdbOutput(null);
		again.raw(Uint8Array.from(expected), 0, expected.length);
		again.sign();
		expect([...again.bytes.subarray(again.length - 8, again.length)]).toEqual(checksum);
	});

	test("without a checksum there are zeros in its place", () => {
		const target = new Collected();
		const output = new RdbOutput(target);
		output.begin(true, false);
		output.byte(7);
		output.endFile();
		expect(target.bytes).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 0]);
	});

	test("it can be used again", () => {
		const target = new Collected();
		const output = new RdbOutput(target);
		for (let round = 0; round < 2; round++) {
			target.bytes = [];
			output.begin(true, true);
			for (const letter of "123456789") output.byte(letter.charCodeAt(0));
			output.endFile();
			expect(Buffer.from(target.bytes).toString("hex")).toBe("313233343536373839cad9b8c414d9c6e9");
		}
	});
});
