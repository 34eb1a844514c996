import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, GenericEngine, LONG, OK, ONE, SYNTAX, WRONG_INTEGER, ZERO } from "./harness.ts";

const WRONG_INT32 = "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n";
const WRONG_DATABASE = "-ERR DB index is out of range\r\n";
const SAME = "-ERR source and destination objects are the same\r\n";
const NO_KEY = "-ERR no such key\r\n";

let engine: GenericEngine;

beforeEach(() => {
	engine = new GenericEngine();
});

describe("RENAME and RENAMENX", () => {
	test.each([["1"], ["text"], [LONG], [""]])("moves %p with its deadline", (value) => {
		engine.run("SET", "a", value, "PX", 5000);
		expect(engine.run("RENAME", "a", "b")).toBe(OK);
		expect(engine.run("EXISTS", "a")).toBe(ZERO);
		expect(engine.run("GET", "b")).toBe(bulk(value));
		expect(engine.run("PTTL", "b")).toBe(":5000\r\n");
		expect(engine.run("RENAMENX", "b", "c")).toBe(ONE);
		expect(engine.run("GET", "c")).toBe(bulk(value));
		expect(engine.run("PTTL", "c")).toBe(":5000\r\n");
	});

	test("replaces value and deadline of the new key", () => {
		engine.run("SET", "a", "1");
		engine.run("SET", "b", LONG, "EX", 100);
		expect(engine.run("RENAME", "a", "b")).toBe(OK);
		expect(engine.run("GET", "b")).toBe(bulk("1"));
		expect(engine.run("TTL", "b")).toBe(":-1\r\n");
		engine.run("SET", "c", LONG, "EX", 100);
		expect(engine.run("RENAME", "c", "b")).toBe(OK);
		expect(engine.run("GET", "b")).toBe(bulk(LONG));
		expect(engine.run("TTL", "b")).toBe(":100\r\n");
	});

	test("keeps keys too long for the slab apart", () => {
		const one = "k".repeat(70_000);
		const other = `${one.slice(1)}j`;
		engine.run("SET", one, "1");
		expect(engine.run("RENAME", one, other)).toBe(OK);
		expect(engine.run("EXISTS", one)).toBe(ZERO);
		expect(engine.run("RENAME", other, one)).toBe(OK);
		expect(engine.run("GET", one)).toBe(bulk("1"));
	});

	test("keeps the mark that makes a string raw", () => {
		engine.run("SETRANGE", "a", 0, "12");
		engine.run("RENAME", "a", "b");
		expect(engine.run("OBJECT", "ENCODING", "b")).toBe(bulk("raw"));
		engine.run("SET", "c", "12");
		engine.run("RENAME", "c", "b");
		expect(engine.run("OBJECT", "ENCODING", "b")).toBe(bulk("int"));
	});

	test("to itself does nothing, or says that there is no such key", () => {
		engine.run("SET", "a", "1", "EX", 100);
		expect(engine.run("RENAME", "a", "a")).toBe(OK);
		expect(engine.run("RENAMENX", "a", "a")).toBe(ZERO);
		expect(engine.run("TTL", "a")).toBe(":100\r\n");
		expect(engine.effectsOf("RENAME", "a", "a")).toEqual([0]);
		expect(engine.run("RENAME", "x", "x")).toBe(NO_KEY);
		expect(engine.run("RENAMENX", "x", "x")).toBe(NO_KEY);
	});

	test("needs the old key; RENAMENX also that the new one is free", () => {
		engine.run("SET", "b", "2");
		expect(engine.run("RENAME", "a", "b")).toBe(NO_KEY);
		expect(engine.run("RENAMENX", "a", "b")).toBe(NO_KEY);
		engine.run("SET", "a", "1");
		expect(engine.run("RENAMENX", "a", "b")).toBe(ZERO);
		expect(engine.run("GET", "b")).toBe(bulk("2"));
		engine.setExpired("a");
		expect(engine.run("RENAME", "a", "b")).toBe(NO_KEY);
	});

	test("RENAMENX takes the place of an expired key", () => {
		engine.run("SET", "a", "1");
		engine.setExpired("b");
		expect(engine.run("RENAMENX", "a", "b")).toBe(ONE);
		expect(engine.run("TTL", "b")).toBe(":-1\r\n");
	});

	test("announces both ends of one change", () => {
		engine.run("SET", "a", "1");
		expect(engine.effectsOf("RENAME", "a", "b")).toEqual([1, "0:a:rename_from", "0:b:rename_to"]);
		expect(engine.effectsOf("RENAMENX", "b", "c")).toEqual([1, "0:b:rename_from", "0:c:rename_to"]);
		engine.setExpired("d");
		expect(engine.effectsOf("RENAME", "c", "d")).toEqual([1, "0:d:expired", "0:c:rename_from", "0:d:rename_to"]);
	});

	test("counts neither hits nor misses", () => {
		engine.run("SET", "a", "1");
		expect(engine.lookups("RENAME", "a", "b")).toEqual([0, 0]);
		expect(engine.lookups("RENAMENX", "x", "b")).toEqual([0, 0]);
	});

	test("carries the access time of a client with NO-TOUCH", () => {
		engine.run("SET", "a", "1");
		engine.advance(70_000);
		engine.client.noTouch = true;
		engine.run("RENAME", "a", "b");
		expect(engine.run("OBJECT", "IDLETIME", "b")).toBe(":70\r\n");
		engine.run("COPY", "b", "c");
		expect(engine.run("OBJECT", "IDLETIME", "c")).toBe(ZERO);
	});
});

describe("MOVE", () => {
	test.each([["1"], [LONG]])("moves %p with its deadline", (value) => {
		engine.run("SET", "a", value, "PX", 5000);
		expect(engine.run("MOVE", "a", 3)).toBe(ONE);
		expect(engine.run("EXISTS", "a")).toBe(ZERO);
		engine.select(3);
		expect(engine.run("GET", "a")).toBe(bulk(value));
		expect(engine.run("PTTL", "a")).toBe(":5000\r\n");
	});

	test("leaves everything where the target has the key, or the source has none", () => {
		engine.run("SET", "a", "1");
		engine.select(1);
		engine.run("SET", "a", "2");
		engine.select(0);
		expect(engine.run("MOVE", "a", 1)).toBe(ZERO);
		expect(engine.run("GET", "a")).toBe(bulk("1"));
		expect(engine.run("MOVE", "x", 1)).toBe(ZERO);
		engine.setExpired("b");
		expect(engine.run("MOVE", "b", 1)).toBe(ZERO);
	});

	test("takes the place of an expired key", () => {
		engine.run("SET", "a", "1");
		engine.select(1);
		engine.setExpired("a");
		engine.select(0);
		expect(engine.effectsOf("MOVE", "a", 1)).toEqual([1, "1:a:expired", "0:a:move_from", "1:a:move_to"]);
	});

	test("refuses what is no other database", () => {
		for (const key of ["a", "missing"]) {
			engine.run("SET", "a", "1");
			expect(engine.run("MOVE", key, 0)).toBe(SAME);
			expect(engine.run("MOVE", key, 16)).toBe(WRONG_DATABASE);
			expect(engine.run("MOVE", key, -1)).toBe(WRONG_DATABASE);
			expect(engine.run("MOVE", key, 2_147_483_647)).toBe(WRONG_DATABASE);
			expect(engine.run("MOVE", key, 2_147_483_648)).toBe(WRONG_INT32);
			expect(engine.run("MOVE", key, "-9223372036854775808")).toBe(WRONG_INT32);
			expect(engine.run("MOVE", key, "9223372036854775808")).toBe(WRONG_INTEGER);
			for (const text of ["abc", "", "1x", "01", "1.0", "1\0"])
				expect(engine.run("MOVE", key, text)).toBe(WRONG_INTEGER);
		}
	});
});

describe("COPY", () => {
	test.each([["1"], ["text"], [LONG]])("copies %p with its deadline", (value) => {
		engine.run("SET", "a", value, "PX", 5000);
		expect(engine.run("COPY", "a", "b")).toBe(ONE);
		expect(engine.run("GET", "a")).toBe(bulk(value));
		expect(engine.run("GET", "b")).toBe(bulk(value));
		expect(engine.run("PTTL", "a")).toBe(":5000\r\n");
		expect(engine.run("PTTL", "b")).toBe(":5000\r\n");
	});

	test("shares nothing", () => {
		engine.run("SET", "a", LONG);
		engine.run("COPY", "a", "b");
		engine.run("SETRANGE", "a", 0, "changed");
		expect(engine.run("GET", "b")).toBe(bulk(LONG));
		engine.run("APPEND", "b", "!");
		expect(engine.run("STRLEN", "a")).toBe(":10000\r\n");
	});

	test("keeps the mark that makes a string raw", () => {
		engine.run("SETRANGE", "a", 0, "12");
		engine.run("COPY", "a", "b");
		expect(engine.run("OBJECT", "ENCODING", "b")).toBe(bulk("raw"));
	});

	test("replaces only where it is told to", () => {
		engine.run("SET", "a", "1");
		engine.run("SET", "b", "2", "EX", 100);
		expect(engine.run("COPY", "a", "b")).toBe(ZERO);
		expect(engine.run("GET", "b")).toBe(bulk("2"));
		expect(engine.run("COPY", "a", "b", "replace")).toBe(ONE);
		expect(engine.run("GET", "b")).toBe(bulk("1"));
		expect(engine.run("TTL", "b")).toBe(":-1\r\n");
		engine.setExpired("c");
		expect(engine.run("COPY", "a", "c")).toBe(ONE);
	});

	test("copies to another database; the last one named counts", () => {
		engine.run("SET", "a", "1");
		expect(engine.run("COPY", "a", "a", "DB", 1)).toBe(ONE);
		expect(engine.run("COPY", "a", "a", "db", 1)).toBe(ZERO);
		expect(engine.run("COPY", "a", "a", "REPLACE", "DB", 2, "DB", 1, "REPLACE")).toBe(ONE);
		engine.select(2);
		expect(engine.run("EXISTS", "a")).toBe(ZERO);
		engine.select(1);
		expect(engine.run("GET", "a")).toBe(bulk("1"));
	});

	test("refuses, in this order, unknown words, databases and the same key", () => {
		engine.run("SET", "a", "1");
		expect(engine.run("COPY", "a", "b", "FOO", "DB", 99)).toBe(SYNTAX);
		expect(engine.run("COPY", "a", "b", "DB")).toBe(SYNTAX);
		expect(engine.run("COPY", "a", "b", "REPLACE", "DB")).toBe(SYNTAX);
		expect(engine.run("COPY", "a", "b", "DB", "x", "FOO")).toBe(WRONG_INTEGER);
		expect(engine.run("COPY", "a", "b", "DB", 1, "FOO")).toBe(SYNTAX);
		expect(engine.run("COPY", "a", "b", "DB", 16)).toBe(WRONG_DATABASE);
		expect(engine.run("COPY", "a", "b", "DB", 9_999_999_999)).toBe(WRONG_INT32);
		expect(engine.run("COPY", "a", "a")).toBe(SAME);
		expect(engine.run("COPY", "a", "a", "DB", 0)).toBe(SAME);
		expect(engine.run("COPY", "x", "x", "REPLACE")).toBe(SAME);
		expect(engine.run("COPY", "x", "b")).toBe(ZERO);
		expect(engine.run("COPY", "x", "a", "REPLACE")).toBe(ZERO);
		expect(engine.run("GET", "a")).toBe(bulk("1"));
	});

	test("announces the new key and counts the look-up of the old one", () => {
		engine.run("SET", "a", "1");
		expect(engine.effectsOf("COPY", "a", "b", "DB", 1)).toEqual([1, "1:b:copy_to"]);
		expect(engine.effectsOf("COPY", "a", "b", "DB", 1)).toEqual([0]);
		expect(engine.effectsOf("COPY", "a", "b", "DB", 1, "REPLACE")).toEqual([1, "1:b:copy_to"]);
		expect(engine.lookups("COPY", "a", "c")).toEqual([1, 0]);
		expect(engine.lookups("COPY", "x", "c")).toEqual([0, 1]);
	});
});
