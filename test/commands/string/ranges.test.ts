import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, STRING_BYTES_MAX, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
const TOO_LONG = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine();
});

function arity(command: string): string {
	return `-ERR wrong number of arguments for '${command}' command\r\n`;
}

describe("STRLEN", () => {
	test("counts bytes", () => {
		engine.run("SET", "short", "abc");
		engine.run("SET", "long", "x".repeat(5000));
		engine.run("PUTLIST", "list");
		expect(engine.run("STRLEN", "short")).toBe(":3\r\n");
		expect(engine.run("STRLEN", "long")).toBe(":5000\r\n");
		expect(engine.run("STRLEN", "missing")).toBe(":0\r\n");
		expect(engine.run("STRLEN", "list")).toBe(WRONG_TYPE);
		expect(engine.run("STRLEN")).toBe(arity("strlen"));
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([3, 1]);
	});
});

describe("GETRANGE and SUBSTR", () => {
	test("take both ends, from the front or from behind", () => {
		engine.run("SET", "key", "Hello");
		const cases: [number | string, number | string, string][] = [
			[0, 0, "H"],
			[0, -1, "Hello"],
			[1, 3, "ell"],
			[-3, -2, "ll"],
			[-100, 1, "He"],
			[3, 100, "lo"],
			[5, 5, ""],
			[3, 2, ""],
			[-1, -3, ""],
			[-1, 0, ""],
			[-100, -99, "H"],
			[0, -99, "H"],
			[-99, -100, ""],
			["-9223372036854775808", "9223372036854775807", "Hello"],
			["9223372036854775807", "-9223372036854775808", ""],
		];
		for (const [first, last, expected] of cases) {
			expect(engine.run("GETRANGE", "key", first, last)).toBe(bulk(expected));
			expect(engine.run("SUBSTR", "key", first, last)).toBe(bulk(expected));
		}
	});

	test("read from long and empty strings", () => {
		engine.run("SET", "long", `a${"x".repeat(5000)}b`);
		expect(engine.run("GETRANGE", "long", -2, -1)).toBe(bulk("xb"));
		expect(engine.run("GETRANGE", "long", 0, 1)).toBe(bulk("ax"));
		engine.run("SET", "empty", "");
		expect(engine.run("GETRANGE", "empty", 0, -1)).toBe(bulk(""));
		expect(engine.run("GETRANGE", "missing", 0, -1)).toBe(bulk(""));
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([3, 1]);
	});

	test("judge the numbers first, then the key", () => {
		engine.run("PUTLIST", "list");
		for (const command of ["getrange", "substr"]) {
			expect(engine.run(command, "list", "a", "1")).toBe(NOT_AN_INTEGER);
			expect(engine.run(command, "list", "1", "9223372036854775808")).toBe(NOT_AN_INTEGER);
			expect(engine.run(command, "list", "1", "1")).toBe(WRONG_TYPE);
			expect(engine.run(command, "list", "1")).toBe(arity(command));
		}
	});
});

describe("APPEND", () => {
	test("creates as SET does, then grows in place", () => {
		expect(engine.run("APPEND", "key", "12")).toBe(":2\r\n");
		expect(engine.encoding("key")).toBe("int");
		expect(engine.run("APPEND", "key", "")).toBe(":2\r\n");
		expect(engine.encoding("key")).toBe("raw");
		expect(engine.run("APPEND", "key", "3")).toBe(":3\r\n");
		expect(engine.value("key")).toBe("123");
		expect(engine.run("APPEND", "empty", "")).toBe(":0\r\n");
		expect(engine.value("empty")).toBe("");
		expect(engine.takeEvents()).toEqual(["append key", "append key", "append key", "append empty"]);
	});

	test("keeps the deadline", () => {
		engine.run("SET", "key", "a", "EX", 10);
		for (const piece of ["b", "c".repeat(200), "d".repeat(5000), "e"]) engine.run("APPEND", "key", piece);
		expect(engine.left_ms("key")).toBe(10_000);
		expect(engine.value("key")).toBe(`ab${"c".repeat(200)}${"d".repeat(5000)}e`);
	});

	test("carries a string over from the slab to one of its own, byte by byte and at once", () => {
		let text = "";
		for (let i = 0; i < 4100; i++) {
			const byte = String.fromCharCode(i & 0xff);
			text += byte;
			expect(engine.run("APPEND", "key", byte)).toBe(`:${text.length}\r\n`);
		}
		expect(engine.run("GET", "key")).toBe(bulk(text));
		engine.run("APPEND", "other", "a");
		engine.run("APPEND", "other", "b".repeat(4096));
		expect(engine.value("other")).toBe(`a${"b".repeat(4096)}`);
		expect([engine.isLong("key"), engine.isLong("other")]).toEqual([true, true]);
		expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
	});

	test("grows a string among others", () => {
		const keys = Array.from({ length: 40 }, (_, i) => `key:${i}`);
		const values = keys.map(() => "");
		for (let round = 0; round < 30; round++) {
			for (const [i, key] of keys.entries()) {
				const piece = `${i}.${round};`;
				values[i] += piece;
				engine.run("APPEND", key, piece);
			}
		}
		expect(keys.map((key) => engine.value(key))).toEqual(values);
	});

	test("a long string moves to more room rarely", () => {
		engine.run("SETRANGE", "key", 50_000, "x");
		let moves = 0;
		let bytes = engine.longBytes();
		for (let i = 0; i < 1000; i++) {
			engine.run("APPEND", "key", "y");
			if (engine.longBytes() !== bytes) moves++;
			bytes = engine.longBytes();
		}
		expect(moves).toBeLessThanOrEqual(1);
	});

	test("refuses another type and too much", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("APPEND", "list", "x")).toBe(WRONG_TYPE);
		engine.run("SETRANGE", "key", STRING_BYTES_MAX - 2, "x");
		expect(engine.run("APPEND", "key", "xx")).toBe(TOO_LONG);
		expect(engine.run("APPEND", "key", "x")).toBe(`:${STRING_BYTES_MAX}\r\n`);
		expect(engine.run("APPEND", "key", "x")).toBe(TOO_LONG);
		expect(engine.run("APPEND", "key", "")).toBe(`:${STRING_BYTES_MAX}\r\n`);
		expect(engine.run("APPEND", "key")).toBe(arity("append"));
	});
});

describe("SETRANGE", () => {
	test("overwrites, extends, fills up with zeros", () => {
		engine.run("SET", "key", "Hello World");
		expect(engine.run("SETRANGE", "key", 6, "Redis")).toBe(":11\r\n");
		expect(engine.value("key")).toBe("Hello Redis");
		expect(engine.run("SETRANGE", "key", 9, "tail")).toBe(":13\r\n");
		expect(engine.value("key")).toBe("Hello Redtail");
		expect(engine.run("SETRANGE", "key", 15, "!")).toBe(":16\r\n");
		expect(engine.value("key")).toBe("Hello Redtail\0\0!");
		expect(engine.run("SETRANGE", "new", 3, "abc")).toBe(":6\r\n");
		expect(engine.value("new")).toBe("\0\0\0abc");
		expect([engine.encoding("key"), engine.encoding("new")]).toEqual(["raw", "raw"]);
		expect(engine.takeEvents()).toEqual(["set key", ...Array<string>(3).fill("setrange key"), "setrange new"]);
	});

	test("fills with zeros even where other bytes lay before", () => {
		engine.run("SET", "key", "x".repeat(100));
		engine.run("SET", "key", "a");
		engine.run("SETRANGE", "key", 99, "b");
		expect(engine.value("key")).toBe(`a${"\0".repeat(98)}b`);
		engine.run("SET", "key", "x".repeat(3000));
		engine.run("SET", "key", "a");
		engine.run("SETRANGE", "key", 2999, "b");
		expect(engine.value("key")).toBe(`a${"\0".repeat(2998)}b`);
		engine.run("SETRANGE", "key", 9000, "c");
		expect(engine.value("key")).toBe(`a${"\0".repeat(2998)}b${"\0".repeat(6000)}c`);
	});

	test("writes at every side of the border between short and long", () => {
		for (const end of [127, 128, 4095, 4096, 4097, 9000]) {
			for (const old of [0, 1, 127, 128, 4096, 4097]) {
				engine.run("SET", "key", "o".repeat(old), "EX", 10);
				expect(engine.run("SETRANGE", "key", end - 1, "z")).toBe(`:${Math.max(old, end)}\r\n`);
				const expected = "o".repeat(old).padEnd(end, "\0");
				expect(engine.value("key")).toBe(`${expected.slice(0, end - 1)}z${expected.slice(end)}`);
				expect(engine.left_ms("key")).toBe(10_000);
				expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
			}
		}
	});

	test("nothing to write changes nothing", () => {
		expect(engine.run("SETRANGE", "missing", 5, "")).toBe(":0\r\n");
		expect(engine.value("missing")).toBeNull();
		engine.run("SET", "key", "12");
		expect(engine.run("SETRANGE", "key", "9223372036854775807", "")).toBe(":2\r\n");
		expect(engine.encoding("key")).toBe("int");
		expect(engine.takeEvents()).toEqual(["set key"]);
	});

	test("refuses in Redis's order", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("SETRANGE", "list", "abc", "x")).toBe(NOT_AN_INTEGER);
		expect(engine.run("SETRANGE", "list", "9223372036854775808", "x")).toBe(NOT_AN_INTEGER);
		expect(engine.run("SETRANGE", "list", "-1", "x")).toBe("-ERR offset is out of range\r\n");
		expect(engine.run("SETRANGE", "list", "-9223372036854775808", "x")).toBe("-ERR offset is out of range\r\n");
		expect(engine.run("SETRANGE", "list", STRING_BYTES_MAX, "x")).toBe(WRONG_TYPE);
		expect(engine.run("SETRANGE", "list", 0, "")).toBe(WRONG_TYPE);
		for (const offset of [STRING_BYTES_MAX, STRING_BYTES_MAX - 1, "9223372036854775807"]) {
			expect(engine.run("SETRANGE", "key", offset, "xx")).toBe(TOO_LONG);
		}
		expect(engine.value("key")).toBeNull();
		expect(engine.run("SETRANGE", "key", STRING_BYTES_MAX - 2, "xx")).toBe(`:${STRING_BYTES_MAX}\r\n`);
		expect(engine.run("SETRANGE", "key", STRING_BYTES_MAX - 1, "xx")).toBe(TOO_LONG);
		expect(engine.run("SETRANGE", "key", "1")).toBe(arity("setrange"));
	});
});
