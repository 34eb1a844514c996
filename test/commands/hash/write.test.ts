import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, bulks, HashEngine, OK, ONE, WRONG_TYPE, wrongArity, ZERO } from "./harness.ts";

let engine: HashEngine;

beforeEach(() => {
	engine = new HashEngine();
});

describe("HSET and HMSET", () => {
	test("set fields and count the new ones", () => {
		expect(engine.run("HSET", "h", "a", "1", "b", "2", "a", "3")).toBe(":2\r\n");
		expect(engine.run("HSET", "h", "a", "4", "c", "5")).toBe(ONE);
		expect(engine.run("HMSET", "h", "b", "6")).toBe(OK);
		expect(engine.run("HGETALL", "h")).toBe(bulks("a", "4", "b", "6", "c", "5"));
	});

	test("announce one event, and count each pair", () => {
		expect(engine.effectsOf("HSET", "h", "a", "1", "b", "2", "a", "3")).toEqual([3, "hset h"]);
		expect(engine.effectsOf("HMSET", "h", "a", "1")).toEqual([1, "hset h"]);
	});

	test("update a value in its place, whether it grows, shrinks or stays", () => {
		engine.run("HSET", "h", "a", "aaa", "b", "bbb", "c", "ccc");
		for (const value of ["xyz", "", "x".repeat(60), "yy", "z".repeat(64)]) {
			expect(engine.run("HSET", "h", "b", value)).toBe(ZERO);
			expect(engine.run("HGETALL", "h")).toBe(bulks("a", "aaa", "b", value, "c", "ccc"));
		}
	});

	test("keep the deadline of the key", () => {
		engine.run("HSET", "h", "a", "1");
		engine.run("EXPIRE", "h", 100);
		for (const value of ["2", "x".repeat(100), "x".repeat(5000)]) engine.run("HSET", "h", "a", value);
		engine.fill("h", 1000);
		expect(engine.run("TTL", "h")).toBe(":100\r\n");
		engine.advance(100_001);
		expect(engine.run("HLEN", "h")).toBe(ZERO);
	});

	test("want pairs, and a hash", () => {
		engine.run("SET", "string", "x");
		for (const name of ["HSET", "HMSET"]) {
			for (const words of [["h"], ["h", "a"], ["h", "a", "1", "b"]]) {
				expect(engine.run(name, ...words)).toBe(wrongArity(name.toLowerCase()));
			}
			expect(engine.run(name, "string", "a", "1")).toBe(WRONG_TYPE);
			// The number of arguments comes first.
			expect(engine.run(name, "string", "a", "1", "b")).toBe(wrongArity(name.toLowerCase()));
		}
		expect(engine.effectsOf("HSET", "string", "a", "1")).toEqual([0]);
	});
});

describe("what OBJECT ENCODING says", () => {
	test("follows the number of fields", () => {
		engine.fill("h", 512);
		expect(engine.encoding("h")).toBe("listpack");
		engine.run("HSET", "h", "one more", "x");
		expect(engine.encoding("h")).toBe("hashtable");
		for (let i = 0; i < 512; i++) engine.run("HDEL", "h", `field:${i}`);
		expect(engine.encoding("h")).toBe("hashtable");
	});

	test("follows the length of fields and values, for good", () => {
		engine.run("HSET", "h", "f".repeat(64), "v".repeat(64));
		expect(engine.encoding("h")).toBe("listpack");
		engine.run("HSET", "h", "f", "v".repeat(65));
		expect(engine.encoding("h")).toBe("hashtable");
		engine.run("HSET", "h", "f", "v");
		expect(engine.encoding("h")).toBe("hashtable");
		engine.run("DEL", "h");
		engine.run("HSET", "h", "f".repeat(65), "v");
		expect(engine.encoding("h")).toBe("hashtable");
	});

	test("guesses from the number of pairs, as 7.2", () => {
		const pairs = Array.from({ length: 513 }, () => ["same", "value"]).flat();
		engine.run("HSET", "h", ...pairs);
		expect([engine.run("HLEN", "h"), engine.encoding("h")]).toEqual([ONE, "hashtable"]);
	});

	test("follows limits that were lowered at the next change", () => {
		engine.run("HSET", "h", "a", "1", "b", "2", "c", "3");
		engine.keyspace.limits.hashEntries = 2;
		engine.run("HGET", "h", "a");
		expect(engine.encoding("h")).toBe("listpack");
		engine.run("HSET", "h", "a", "2");
		expect(engine.encoding("h")).toBe("hashtable");
	});

	test("travels with the value", () => {
		engine.run("HSET", "h", "f", "v".repeat(65));
		engine.run("COPY", "h", "copy");
		engine.run("RENAME", "h", "renamed");
		expect([engine.encoding("copy"), engine.encoding("renamed")]).toEqual(["hashtable", "hashtable"]);
	});
});

describe("HSETNX", () => {
	test("sets a field that is not there", () => {
		expect(engine.run("HSETNX", "h", "f", "1")).toBe(ONE);
		expect(engine.run("HSETNX", "h", "f", "2")).toBe(ZERO);
		expect(engine.run("HGET", "h", "f")).toBe(bulk("1"));
		expect(engine.effectsOf("HSETNX", "h", "g", "1")).toEqual([1, "hset h"]);
		expect(engine.effectsOf("HSETNX", "h", "g", "x".repeat(100))).toEqual([0]);
		expect(engine.encoding("h")).toBe("listpack");
		engine.run("SET", "string", "x");
		expect(engine.run("HSETNX", "string", "f", "v")).toBe(WRONG_TYPE);
		expect(engine.run("HSETNX", "h", "f")).toBe(wrongArity("hsetnx"));
	});
});

describe("HDEL", () => {
	test("removes fields, each once, and closes the gap", () => {
		engine.run("HSET", "h", "a", "1", "b", "2", "c", "3", "d", "4");
		expect(engine.run("HDEL", "h", "b", "nope", "b", "d")).toBe(":2\r\n");
		expect(engine.run("HGETALL", "h")).toBe(bulks("a", "1", "c", "3"));
		expect(engine.run("HDEL", "none", "a")).toBe(ZERO);
	});

	test("removes the key with the last field, and announces both", () => {
		engine.run("HSET", "h", "a", "1", "b", "2", "c", "3");
		expect(engine.effectsOf("HDEL", "h", "nope")).toEqual([0]);
		expect(engine.effectsOf("HDEL", "h", "a", "a")).toEqual([1, "hdel h"]);
		expect(engine.effectsOf("HDEL", "h", "b", "c", "b", "x")).toEqual([2, "hdel h", "del h"]);
		expect(engine.run("EXISTS", "h")).toBe(ZERO);
	});

	test.each([30, 400, 1000])("empties a hash of %i fields", (size) => {
		engine.fill("h", size);
		for (let i = size - 1; i > 0; i--) expect(engine.run("HDEL", "h", `field:${i}`)).toBe(ONE);
		expect(engine.run("HGETALL", "h")).toBe(bulks("field:0", "value:0"));
		engine.verify();
		expect(engine.run("HDEL", "h", "field:0")).toBe(ONE);
		expect(engine.run("TYPE", "h")).toBe("+none\r\n");
		engine.verify();
	});

	test("refuses other types", () => {
		engine.run("SET", "string", "x");
		expect(engine.run("HDEL", "string", "x")).toBe(WRONG_TYPE);
		expect(engine.run("HDEL", "h")).toBe(wrongArity("hdel"));
	});
});

test("a copy shares nothing with the original, in each form", () => {
	for (const size of [5, 400, 1000]) {
		engine.fill("h", size);
		engine.run("HSET", "h", "long", "l".repeat(size === 1000 ? 6000 : 6));
		engine.run("COPY", "h", "copy", "REPLACE");
		engine.run("HSET", "h", "field:0", "changed");
		engine.run("HDEL", "h", "field:1");
		expect(engine.run("HMGET", "copy", "field:0", "field:1")).toBe(bulks("value:0", "value:1"));
		expect(engine.run("HLEN", "copy")).toBe(`:${size + 1}\r\n`);
		engine.verify();
	}
});
