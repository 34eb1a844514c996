import { beforeEach, describe, expect, test } from "bun:test";
import { bitmapCommands } from "../../../src/commands/bitmap.ts";
import { bulk, STRING_BYTES_MAX, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const BAD_BIT = "-ERR bit is not an integer or out of range\r\n";
const BAD_OFFSET = "-ERR bit offset is not an integer or out of range\r\n";
const BITS_MAX = 8 * STRING_BYTES_MAX;

const badOffsets = [-1, BITS_MAX, "9223372036854775807", "-9223372036854775808", "abc", "", "1.5", "01", " 1", "#1"];

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine(bitmapCommands({ stringBytesMax: () => STRING_BYTES_MAX }));
});

describe("SETBIT", () => {
	test("sets and clears, and replies what was there", () => {
		expect(engine.run("SETBIT", "key", 7, 1)).toBe(":0\r\n");
		expect(engine.value("key")).toBe("\x01");
		expect(engine.run("SETBIT", "key", 7, 1)).toBe(":1\r\n");
		expect(engine.run("SETBIT", "key", 0, 1)).toBe(":0\r\n");
		expect(engine.value("key")).toBe("\x81");
		expect(engine.run("SETBIT", "key", 7, 0)).toBe(":1\r\n");
		expect(engine.value("key")).toBe("\x80");
		expect(engine.run("SETBIT", "key", 18, 1)).toBe(":0\r\n");
		expect(engine.value("key")).toBe("\x80\x00\x20");
	});

	test("lengthens the string also for a 0, and only then a 0 is a change", () => {
		engine.run("SETBIT", "key", 9, 0);
		expect(engine.value("key")).toBe("\0\0");
		expect(engine.takeEvents()).toEqual(["setbit key"]);
		engine.run("SETBIT", "key", 9, 0);
		engine.run("SETBIT", "key", 15, 0);
		expect(engine.takeEvents()).toEqual([]);
		expect(engine.keyspace.changes.dirty).toBe(1);
		engine.run("SETBIT", "key", 15, 1);
		engine.run("SETBIT", "key", 15, 1);
		engine.run("SETBIT", "key", 16, 0);
		expect(engine.takeEvents()).toEqual(["setbit key", "setbit key"]);
		expect(engine.keyspace.changes.dirty).toBe(3);
	});

	test("every string it has looked at is raw, even if it stays as it is", () => {
		engine.run("SET", "number", "12");
		engine.run("SET", "text", "abc");
		expect([engine.encoding("number"), engine.encoding("text")]).toEqual(["int", "embstr"]);
		engine.run("SETBIT", "number", 0, 0);
		engine.run("SETBIT", "text", 0, 1);
		expect([engine.encoding("number"), engine.encoding("text")]).toEqual(["raw", "raw"]);
		expect([engine.value("number"), engine.value("text")]).toEqual(["12", "\xe1bc"]);
	});

	test("keeps the deadline, and grows from slab to a string of its own", () => {
		engine.run("SET", "key", "a", "EX", 10);
		for (const bit of [100, 32_767, 32_768, 100_000, BITS_MAX - 1]) {
			expect(engine.run("SETBIT", "key", bit, 1)).toBe(":0\r\n");
			expect(engine.run("GETBIT", "key", bit)).toBe(":1\r\n");
			expect(engine.left_ms("key")).toBe(10_000);
		}
		expect(engine.isLong("key")).toBe(true);
		expect(engine.run("BITCOUNT", "key")).toBe(":8\r\n");
		expect(engine.run("STRLEN", "key")).toBe(`:${STRING_BYTES_MAX}\r\n`);
	});

	test("refuses in Redis's order", () => {
		engine.run("PUTLIST", "list");
		for (const offset of badOffsets) expect(engine.run("SETBIT", "list", offset, "x")).toBe(BAD_OFFSET);
		for (const bit of [2, -1, "x", "", "01", "9223372036854775808"]) {
			expect(engine.run("SETBIT", "list", 1, bit)).toBe(BAD_BIT);
		}
		expect(engine.run("SETBIT", "list", 1, 1)).toBe(WRONG_TYPE);
		expect(engine.run("SETBIT", "key", 1)).toBe("-ERR wrong number of arguments for 'setbit' command\r\n");
		expect(engine.value("key")).toBeNull();
		expect(engine.takeEvents()).toEqual([]);
	});
});

describe("GETBIT", () => {
	test("reads bits from the highest of the first byte on, zeros behind the end", () => {
		engine.run("SET", "key", "\x80\x01");
		const bits = Array.from({ length: 20 }, (_, i) => engine.run("GETBIT", "key", i));
		expect(bits.map((reply) => reply[1]).join("")).toBe("10000000000000010000");
		expect(engine.run("GETBIT", "key", BITS_MAX - 1)).toBe(":0\r\n");
		expect(engine.run("GETBIT", "missing", 0)).toBe(":0\r\n");
		expect(engine.encoding("key")).toBe("embstr");
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([21, 1]);
	});

	test("refuses in Redis's order", () => {
		engine.run("PUTLIST", "list");
		for (const offset of badOffsets) expect(engine.run("GETBIT", "list", offset)).toBe(BAD_OFFSET);
		expect(engine.run("GETBIT", "list", 1)).toBe(WRONG_TYPE);
		expect(engine.run("GETBIT", "key")).toBe("-ERR wrong number of arguments for 'getbit' command\r\n");
	});
});

test("a bitmap is a string like any other", () => {
	engine.run("SETBIT", "key", 1, 1);
	engine.run("SETBIT", "key", 7, 1);
	expect(engine.run("GET", "key")).toBe(bulk("A"));
	engine.run("APPEND", "key", "B");
	expect(engine.run("GETBIT", "key", 9)).toBe(":1\r\n");
});
