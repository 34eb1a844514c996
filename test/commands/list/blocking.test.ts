/** Blocking commands where they need not wait; that they do wait is tested in test/dispatch/blocked-clients.test.ts. */
import { beforeEach, describe, expect, test } from "bun:test";
import { array, bulk, ListEngine, NULL_ARRAY, SYNTAX, WRONG_TYPE, wrongArity } from "./engine.ts";

const NO_TIMEOUT = "-ERR timeout is not a float or out of range\r\n";

let engine: ListEngine;

beforeEach(() => {
	engine = new ListEngine();
});

describe("BLPOP and BRPOP", () => {
	test("take from the first list there is", () => {
		engine.fill("key", "a", "b", "c");
		expect(engine.run("BLPOP", "none", "key", 0)).toBe(array("key", "a"));
		expect(engine.run("BRPOP", "key", "none", 0)).toBe(array("key", "c"));
		expect(engine.effectsOf("BLPOP", "key", 1)).toEqual([1, "key:lpop:4", "key:del:2"]);
		expect(engine.run("BRPOP", "key", "none", "0.5")).toBe(NULL_ARRAY);
	});

	test("refuse the first key of another type, and the timeout before any key", () => {
		engine.fill("key", "a");
		expect(engine.run("BLPOP", "key", "string", 0)).toBe(array("key", "a"));
		expect(engine.run("BLPOP", "none", "string", "key", 0)).toBe(WRONG_TYPE);
		expect(engine.run("BRPOP", "string", "abc")).toBe(NO_TIMEOUT);
		expect(engine.run("BLPOP", "string", "-1")).toBe("-ERR timeout is negative\r\n");
		expect(engine.run("BLPOP", "key")).toBe(wrongArity("blpop"));
	});
});

describe("BLMOVE and BRPOPLPUSH", () => {
	test("move at once where there is something to move", () => {
		engine.fill("source", "a", "b", "c");
		expect(engine.run("BLMOVE", "source", "target", "LEFT", "RIGHT", 0)).toBe(bulk("a"));
		expect(engine.run("BRPOPLPUSH", "source", "target", 0)).toBe(bulk("c"));
		expect(engine.all("target")).toBe(array("c", "a"));
		expect(engine.run("BLMOVE", "source", "string", "LEFT", "RIGHT", 0)).toBe(WRONG_TYPE);
		expect(engine.all("source")).toBe(array("b"));
	});

	test("do not look at the destination while they wait", () => {
		expect(engine.run("BLMOVE", "none", "string", "LEFT", "RIGHT", 1)).toBe(NULL_ARRAY);
		expect(engine.run("BRPOPLPUSH", "none", "string", 1)).toBe(NULL_ARRAY);
	});

	test("judge the sides, then the timeout, then the source", () => {
		expect(engine.run("BLMOVE", "string", "x", "UP", "LEFT", "abc")).toBe(SYNTAX);
		expect(engine.run("BLMOVE", "string", "x", "LEFT", "UP", "abc")).toBe(SYNTAX);
		expect(engine.run("BLMOVE", "string", "x", "LEFT", "LEFT", "abc")).toBe(NO_TIMEOUT);
		expect(engine.run("BLMOVE", "string", "x", "LEFT", "LEFT", 0)).toBe(WRONG_TYPE);
		expect(engine.run("BRPOPLPUSH", "string", "x", "abc")).toBe(NO_TIMEOUT);
		expect(engine.run("BLMOVE", "a", "b", "LEFT", "LEFT")).toBe(wrongArity("blmove"));
		expect(engine.run("BRPOPLPUSH", "a", "b")).toBe(wrongArity("brpoplpush"));
	});
});

describe("BLMPOP", () => {
	test("takes as LMPOP does", () => {
		engine.fill("key", "a", "b", "c");
		expect(engine.run("BLMPOP", 0, 2, "none", "key", "LEFT", "COUNT", 2)).toBe(
			`*2\r\n${bulk("key")}${array("a", "b")}`,
		);
		expect(engine.run("BLMPOP", "0.1", 1, "key", "RIGHT")).toBe(`*2\r\n${bulk("key")}${array("c")}`);
		expect(engine.run("BLMPOP", "0.1", 1, "key", "RIGHT")).toBe(NULL_ARRAY);
	});

	test("judges its own words before the timeout", () => {
		expect(engine.run("BLMPOP", "abc", 0, "key", "LEFT")).toBe("-ERR numkeys should be greater than 0\r\n");
		expect(engine.run("BLMPOP", "abc", 1, "key", "UP")).toBe(SYNTAX);
		expect(engine.run("BLMPOP", "abc", 1, "string", "LEFT")).toBe(NO_TIMEOUT);
		expect(engine.run("BLMPOP", 0, 1, "string", "LEFT")).toBe(WRONG_TYPE);
		expect(engine.run("BLMPOP", 0, 1, "key")).toBe(wrongArity("blmpop"));
	});
});
