import { beforeEach, expect, test } from "bun:test";
import { bitmapCommands } from "../../../src/commands/bitmap.ts";
import { STRING_BYTES_MAX, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine(bitmapCommands({ stringBytesMax: () => STRING_BYTES_MAX }));
});

function check(length: number, result: string | null, ...words: string[]): void {
	expect(engine.run("BITOP", ...words)).toBe(`:${length}\r\n`);
	expect(engine.value(words[1]!)).toBe(result);
}

test("combines strings of different lengths, missing ones being empty", () => {
	engine.run("SET", "a", "\xf0\x0f\xaa");
	engine.run("SET", "b", "\x3c");
	check(3, "\x30\x00\x00", "AND", "to", "a", "b");
	check(3, "\xfc\x0f\xaa", "or", "to", "a", "b", "missing");
	check(3, "\xcc\x0f\xaa", "Xor", "to", "a", "b");
	check(3, "\x0f\xf0\x55", "NOT", "to", "a");
	check(3, "\x00\x00\x00", "AND", "to", "a", "missing");
	check(3, "\xf0\x0f\xaa", "AND", "to", "a");
	check(3, "\x00\x00\x00", "XOR", "to", "a", "a");
	expect(engine.encoding("to")).toBe("raw");
	expect(engine.takeEvents()).toEqual(["set a", "set b", ...Array<string>(7).fill("set to")]);
});

test("replaces what was there, deadline and type included", () => {
	engine.run("SET", "a", "1");
	engine.run("SET", "to", "x", "EX", 10);
	engine.run("PUTLIST", "list");
	engine.takeEvents();
	check(1, "1", "AND", "to", "a");
	check(1, "1", "AND", "list", "a");
	expect([engine.left_ms("to"), engine.encoding("list")]).toEqual([Infinity, "raw"]);
	expect(engine.keyspace.changes.dirty).toBe(4);
});

test("a result without bytes is no key", () => {
	engine.run("SET", "to", "x");
	engine.run("SET", "empty", "");
	engine.takeEvents();
	check(0, null, "NOT", "to", "empty");
	check(0, null, "OR", "to", "missing", "empty");
	expect(engine.takeEvents()).toEqual(["del to"]);
	expect(engine.keyspace.changes.dirty).toBe(3);
});

test("the result may be one of the sources, short and long", () => {
	for (const length of [5, 4096, 4097, 30_720]) {
		engine.run("SET", "a", "\x0f".repeat(length), "EX", 10);
		engine.run("SET", "b", "\x3c".repeat(length - 2));
		check(length, `${"\x33".repeat(length - 2)}\x0f\x0f`, "XOR", "a", "a", "b");
		check(length, `${"\x0c".repeat(length - 2)}\xf0\xf0`.replace(/\x0c/g, "\xcc"), "NOT", "a", "a");
		expect(engine.left_ms("a")).toBe(Infinity);
		expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
	}
});

test("a long result takes over the room of a long string, unless that is far too much", () => {
	engine.run("SET", "a", "\x0f".repeat(20_480));
	engine.run("SET", "b", "\x0f".repeat(8192));
	engine.run("SET", "to", "x".repeat(30_720));
	check(20_480, "\xf0".repeat(20_480), "NOT", "to", "a");
	expect(engine.longBytes()).toBe(20_480 + 8192 + 30_720);
	check(8192, "\xf0".repeat(8192), "NOT", "to", "b");
	expect(engine.longBytes()).toBe(20_480 + 8192 + 8192);
	check(20_480, "\xf0".repeat(20_480), "NOT", "to", "a");
	engine.run("SET", "a", "\x0f".repeat(20_003));
	check(20_003, "\xf0".repeat(20_003), "NOT", "to", "a");
	// What is cut off comes back as zeros.
	engine.run("SET", "a", "\xff".repeat(15_000));
	check(15_000, "\0".repeat(15_000), "NOT", "to", "a");
	engine.run("SETBIT", "to", 8 * 19_000, 0);
	expect(engine.run("BITCOUNT", "to")).toBe(":0\r\n");
	expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
});

test("keys whose time is over are missing", () => {
	engine.run("SET", "a", "\xff", "PX", 10);
	engine.run("SET", "b", "\x01\x01");
	engine.run("SET", "to", "y".repeat(5000), "PX", 10);
	engine.advance(11);
	check(2, "\x01\x01", "OR", "to", "a", "b", "to");
	expect(engine.value("a")).toBeNull();
});

test("many sources", () => {
	const keys = Array.from({ length: 40 }, (_, i) => `key:${i}`);
	for (const [i, key] of keys.entries()) engine.run("SETBIT", key, i, 1);
	expect(engine.run("BITOP", "OR", "to", ...keys)).toBe(":5\r\n");
	expect(engine.run("BITCOUNT", "to")).toBe(":40\r\n");
});

test("refuses in Redis's order", () => {
	engine.run("PUTLIST", "list");
	engine.run("SET", "a", "1");
	expect(engine.run("BITOP", "NAND", "to", "list")).toBe("-ERR syntax error\r\n");
	expect(engine.run("BITOP", "", "to", "list")).toBe("-ERR syntax error\r\n");
	expect(engine.run("BITOP", "NOT", "to", "list", "a")).toBe(
		"-ERR BITOP NOT must be called with a single source key.\r\n",
	);
	expect(engine.run("BITOP", "AND", "to", "a", "list", "missing")).toBe(WRONG_TYPE);
	expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([2, 0]);
	expect(engine.run("BITOP", "AND", "to")).toBe("-ERR wrong number of arguments for 'bitop' command\r\n");
	expect(engine.value("to")).toBeNull();
});
