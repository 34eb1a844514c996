import { beforeEach, describe, expect, test } from "bun:test";
import { bitmapCommands } from "../../../src/commands/bitmap.ts";
import { STRING_BYTES_MAX, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
const SYNTAX = "-ERR syntax error\r\n";
const LEAST = "-9223372036854775808";
const MOST = "9223372036854775807";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine(bitmapCommands({ stringBytesMax: () => STRING_BYTES_MAX }));
});

function count(...words: (string | number)[]): number {
	return Number(engine.run("BITCOUNT", ...words).slice(1));
}

function position(...words: (string | number)[]): number {
	return Number(engine.run("BITPOS", ...words).slice(1));
}

describe("BITCOUNT", () => {
	test("whole strings, short and long, and none", () => {
		engine.run("SET", "key", "foobar");
		engine.run("SET", "long", "\xff".repeat(50_000));
		engine.run("SET", "empty", "");
		expect([count("key"), count("long"), count("empty"), count("missing")]).toEqual([26, 400_000, 0, 0]);
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([3, 1]);
	});

	test("ranges of bytes and of bits, from the front or from behind", () => {
		engine.run("SET", "key", "foobar");
		const cases: [...(string | number)[], number][] = [
			[0, 0, 4],
			[1, 1, 6],
			[0, -5, 10],
			[1, 1, "BYTE", 6],
			[5, 30, "bit", 17],
			[0, -1, "BIT", 26],
			[-8, -1, "Bit", 4],
			[4, 2, 0],
			[-1, -2, 0],
			[6, 10, 0],
			[48, 60, "BIT", 0],
			[47, 60, "BIT", 0],
			[46, 60, "BIT", 1],
			[LEAST, MOST, 26],
			[MOST, LEAST, 0],
			[LEAST, LEAST, 4],
			["-9223372036854775807", LEAST, 0],
			[LEAST, "-9223372036854775807", 4],
			[-10, -20, 0],
			[-20, -10, 4],
		];
		for (const words of cases) expect([...words.slice(0, -1), count("key", ...words.slice(0, -1))]).toEqual(words);
	});

	test("judges the arguments first, then the key", () => {
		engine.run("PUTLIST", "list");
		for (const key of ["list", "missing"]) {
			expect(engine.run("BITCOUNT", key, "a", 1)).toBe(NOT_AN_INTEGER);
			expect(engine.run("BITCOUNT", key, 1, "9223372036854775808")).toBe(NOT_AN_INTEGER);
			expect(engine.run("BITCOUNT", key, 1, "a", "x")).toBe(NOT_AN_INTEGER);
			expect(engine.run("BITCOUNT", key, 1, 1, "x")).toBe(SYNTAX);
			expect(engine.run("BITCOUNT", key, 1)).toBe(SYNTAX);
			expect(engine.run("BITCOUNT", key, 1, 1, "BIT", "BIT")).toBe(SYNTAX);
		}
		expect(engine.run("BITCOUNT", "list")).toBe(WRONG_TYPE);
		expect(engine.run("BITCOUNT", "list", 0, -1)).toBe(WRONG_TYPE);
		expect(engine.run("BITCOUNT")).toBe("-ERR wrong number of arguments for 'bitcount' command\r\n");
	});
});

describe("BITPOS", () => {
	test("the first one and the first zero", () => {
		engine.run("SET", "key", "\xff\xf0\x00");
		expect([position("key", 0), position("key", 1)]).toEqual([12, 0]);
		engine.run("SET", "zeros", "\0".repeat(9000));
		expect([position("zeros", 0), position("zeros", 1)]).toEqual([0, -1]);
	});

	test("a string of ones goes on in zeros, unless the range has an end", () => {
		for (const length of [1, 300, 20_000]) {
			engine.run("SET", "ones", "\xff".repeat(length));
			expect(position("ones", 0)).toBe(8 * length);
			expect(position("ones", 0, 0)).toBe(8 * length);
			expect(position("ones", 0, length - 1)).toBe(8 * length);
			expect(position("ones", 0, 0, -1)).toBe(-1);
			expect(position("ones", 0, 0, 8 * length + 100, "BIT")).toBe(-1);
			expect(position("ones", 0, length)).toBe(-1);
		}
	});

	test("nothing, of an empty string or of none", () => {
		engine.run("SET", "empty", "");
		expect([position("empty", 0), position("empty", 1)]).toEqual([-1, -1]);
		expect([position("missing", 0), position("missing", 1)]).toEqual([0, -1]);
		expect([position("missing", 0, 5, 7), position("missing", 1, 5, 7, "BIT")]).toEqual([0, -1]);
	});

	test("ranges", () => {
		engine.run("SET", "key", "\x00\xff\xf0");
		const cases: [...(string | number)[], number][] = [
			[1, 0, 8],
			[1, 2, 16],
			[0, 1, 20],
			[0, 1, 1, -1],
			[1, 0, 0, -1],
			[1, -3, -3, -1],
			[1, 7, 15, "BIT", 8],
			[1, 9, 15, "BIT", 9],
			[0, 8, 19, "bit", -1],
			[0, 8, 20, "bit", 20],
			[1, 0, 7, "BIT", -1],
			[1, 2, 1, -1],
			[1, LEAST, MOST, 8],
			[0, "-9223372036854775807", LEAST, 0],
			[1, MOST, LEAST, -1],
			[0, 3, -1],
		];
		for (const words of cases) expect([...words.slice(0, -1), position("key", ...words.slice(0, -1))]).toEqual(words);
	});

	test("judges the arguments first, in Redis's order, then the key", () => {
		engine.run("PUTLIST", "list");
		for (const key of ["list", "missing"]) {
			expect(engine.run("BITPOS", key, "x")).toBe(NOT_AN_INTEGER);
			for (const bit of [2, -1, MOST]) {
				expect(engine.run("BITPOS", key, bit, "x")).toBe("-ERR The bit argument must be 1 or 0.\r\n");
			}
			expect(engine.run("BITPOS", key, 1, "x")).toBe(NOT_AN_INTEGER);
			expect(engine.run("BITPOS", key, 1, 0, "x")).toBe(NOT_AN_INTEGER);
			expect(engine.run("BITPOS", key, 1, 0, "x", "y")).toBe(SYNTAX);
			expect(engine.run("BITPOS", key, 1, 0, "x", "BIT")).toBe(NOT_AN_INTEGER);
			expect(engine.run("BITPOS", key, 1, 0, 0, "BIT", "BIT")).toBe(SYNTAX);
		}
		expect(engine.run("BITPOS", "list", 1)).toBe(WRONG_TYPE);
		expect(engine.run("BITPOS", "key")).toBe("-ERR wrong number of arguments for 'bitpos' command\r\n");
	});
});
