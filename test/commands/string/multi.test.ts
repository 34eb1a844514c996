import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, NULL, OK, StringEngine } from "../../support/string-engine.ts";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine();
});

/** Three windows of look-ahead and a bit. */
const MANY = 200;
const keys = Array.from({ length: MANY }, (_, i) => `key:${i}`);

describe("MGET", () => {
	test("replies null for what is missing or no string", () => {
		engine.run("SET", "a", "1");
		engine.run("SET", "long", "x".repeat(5000));
		engine.run("PUTLIST", "list");
		const reply = engine.run("MGET", "a", "missing", "list", "long", "a");
		expect(reply).toBe(`*5\r\n${bulk("1")}${NULL}${NULL}${bulk("x".repeat(5000))}${bulk("1")}`);
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([4, 1]);
		expect(engine.run("MGET")).toBe("-ERR wrong number of arguments for 'mget' command\r\n");
	});

	test("finds each of many keys, expired ones left out on the way", () => {
		for (const [i, key] of keys.entries()) engine.run("PSETEX", key, i % 3 === 0 ? 5 : 50, `value ${i}`);
		engine.advance(10);
		const expected = keys.map((_, i) => (i % 3 === 0 ? NULL : bulk(`value ${i}`)));
		expect(engine.run("MGET", ...keys)).toBe(`*${MANY}\r\n${expected.join("")}`);
		expect(engine.database().table.count).toBe(MANY - Math.ceil(MANY / 3));
	});
});

describe("MSET", () => {
	test("stores all pairs, replacing type and deadline, and counts each", () => {
		engine.run("PUTLIST", "a");
		engine.run("SET", "b", "1", "EX", 10);
		engine.takeEvents();
		const before = engine.keyspace.changes.dirty;
		expect(engine.run("MSET", "a", "1", "b", "2", "c", "x".repeat(5000), "a", "3")).toBe(OK);
		expect(["a", "b", "c"].map((key) => engine.value(key))).toEqual(["3", "2", "x".repeat(5000)]);
		expect(engine.left_ms("b")).toBe(Infinity);
		expect(engine.takeEvents()).toEqual(["set a", "set b", "set c", "set a"]);
		expect(engine.keyspace.changes.dirty - before).toBe(4);
	});

	test("stores many pairs", () => {
		expect(engine.run("MSET", ...keys.flatMap((key, i) => [key, i]))).toBe(OK);
		expect(keys.map((key) => engine.value(key))).toEqual(keys.map((_, i) => String(i)));
	});

	test("wants pairs", () => {
		const error = "-ERR wrong number of arguments for 'mset' command\r\n";
		for (const words of [[], ["a"], ["a", "1", "b"], ["a", "1", "b", "2", "c"]]) {
			expect(engine.run("MSET", ...words)).toBe(error);
		}
		expect(engine.takeEvents()).toEqual([]);
	});
});

describe("MSETNX", () => {
	test("stores all or nothing", () => {
		expect(engine.run("MSETNX", "a", "1", "b", "2", "b", "3")).toBe(":1\r\n");
		expect([engine.value("a"), engine.value("b")]).toEqual(["1", "3"]);
		expect(engine.takeEvents()).toEqual(["set a", "set b", "set b"]);
		engine.run("PUTLIST", "list");
		expect(engine.run("MSETNX", "c", "1", "a", "2")).toBe(":0\r\n");
		expect(engine.run("MSETNX", "c", "1", "list", "2")).toBe(":0\r\n");
		expect(engine.value("c")).toBeNull();
		expect(engine.takeEvents()).toEqual([]);
	});

	test("sees a key behind many others", () => {
		const pairs = keys.flatMap((key, i) => [key, i]);
		engine.run("SET", keys[MANY - 1]!, "x");
		expect(engine.run("MSETNX", ...pairs)).toBe(":0\r\n");
		engine.run("GETDEL", keys[MANY - 1]!);
		expect(engine.run("MSETNX", ...pairs)).toBe(":1\r\n");
		expect(keys.map((key) => engine.value(key))).toEqual(keys.map((_, i) => String(i)));
	});

	test("wants pairs", () => {
		const error = "-ERR wrong number of arguments for 'msetnx' command\r\n";
		for (const words of [[], ["a"], ["a", "1", "b"]]) expect(engine.run("MSETNX", ...words)).toBe(error);
	});
});
