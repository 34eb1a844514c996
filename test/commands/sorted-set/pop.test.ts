import { beforeEach, describe, expect, test } from "bun:test";
import { AlgebraEngine, array, error, NULL_ARRAY } from "./algebra-engine.ts";
import { integer, NOT_AN_INTEGER, SYNTAX, sizes, WRONG_TYPE } from "./engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("ZADD", "set", 1, "one", 2, "two", "2.5", "more");
	engine.run("SET", "string", "x");
});

describe("ZMPOP", () => {
	test("pops from the first set that has members", () => {
		expect(engine.run("ZMPOP", 3, "missing", "set", "string", "MIN")).toBe(array("set", array(array("one", "1"))));
		const both = array("set", array(array("more", "2.5"), array("two", "2")));
		expect(engine.run("ZMPOP", 1, "set", "max", "count", 5)).toBe(both);
		expect(engine.run("ZMPOP", 1, "set", "MIN")).toBe(NULL_ARRAY);
		expect(engine.run("EXISTS", "set")).toBe(integer(0));
		expect(engine.run("ZMPOP", 2, "string", "set", "MIN")).toBe(WRONG_TYPE);
	});

	test("nests pairs in RESP3, too", () => {
		engine.speak(3);
		expect(engine.run("ZMPOP", 1, "set", "MIN")).toBe("*2\r\n$3\r\nset\r\n*1\r\n*2\r\n$3\r\none\r\n,1\r\n");
		expect(engine.run("ZMPOP", 1, "missing", "MIN")).toBe("_\r\n");
	});

	test("is announced as ZPOPMIN or ZPOPMAX", () => {
		expect(engine.effectsOf("ZMPOP", 2, "missing", "set", "MIN")).toEqual([1, "zpopmin set"]);
		expect(engine.effectsOf("ZMPOP", 1, "set", "MAX", "COUNT", 9)).toEqual([2, "zpopmax set", "del set"]);
		expect(engine.effectsOf("ZMPOP", 1, "set", "MAX")).toEqual([0]);
	});

	test.each(sizes)("takes any number out of %i members", (size) => {
		engine.fill("filled", size);
		const all = engine.contents("filled") as string[];
		const popped = engine.ask("ZMPOP", 1, "filled", "MIN", "COUNT", size - 2) as [string, string[][]];
		expect(popped[1].flat()).toEqual(all.slice(0, -4));
		expect(engine.contents("filled")).toEqual(all.slice(-4));
	});

	test("judges its arguments before it looks at keys", () => {
		expect(engine.run("ZMPOP", 0, "set", "MIN")).toBe(error("numkeys should be greater than 0"));
		expect(engine.run("ZMPOP", "x", "set", "MIN")).toBe(error("numkeys should be greater than 0"));
		expect(engine.run("ZMPOP", 2, "set", "MIN")).toBe(SYNTAX);
		expect(engine.run("ZMPOP", "9223372036854775807", "set", "MIN")).toBe(SYNTAX);
		expect(engine.run("ZMPOP", 1, "string", "MEDIAN")).toBe(SYNTAX);
		expect(engine.run("ZMPOP", 1, "string", "MIN", "COUNT")).toBe(SYNTAX);
		expect(engine.run("ZMPOP", 1, "string", "MIN", "COUNT", 0)).toBe(error("count should be greater than 0"));
		expect(engine.run("ZMPOP", 1, "string", "MIN", "COUNT", "x")).toBe(error("count should be greater than 0"));
		expect(engine.run("ZMPOP", 1, "string", "MIN", "COUNT", 1, "COUNT", 1)).toBe(SYNTAX);
	});
});

describe("BZPOPMIN and BZPOPMAX", () => {
	test("pop one member of the first set that has any", () => {
		expect(engine.run("BZPOPMIN", "missing", "set", "string", 0)).toBe(array("set", "one", "1"));
		expect(engine.run("BZPOPMAX", "set", "0.5")).toBe(array("set", "more", "2.5"));
		engine.speak(3);
		expect(engine.effectsOf("BZPOPMAX", "set", 0)).toEqual([1, "zpopmax set", "del set"]);
		engine.run("ZADD", "set", 1, "one");
		expect(engine.run("BZPOPMIN", "set", 0)).toBe("*3\r\n$3\r\nset\r\n$3\r\none\r\n,1\r\n");
	});

	test("wait where there is none, and reply null when the time is over", () => {
		expect(engine.run("BZPOPMIN", "missing", "none", 1)).toBe(NULL_ARRAY);
		engine.speak(3);
		expect(engine.run("BZPOPMAX", "missing", 1)).toBe("_\r\n");
	});

	test("judge the timeout first", () => {
		expect(engine.run("BZPOPMIN", "string", "x")).toBe(error("timeout is not a float or out of range"));
		expect(engine.run("BZPOPMIN", "string", -1)).toBe(error("timeout is negative"));
		expect(engine.run("BZPOPMIN", "missing", "string", "set", 0)).toBe(WRONG_TYPE);
	});
});

describe("BZMPOP", () => {
	test("pops as ZMPOP does, or waits", () => {
		expect(engine.run("BZMPOP", 0, 2, "missing", "set", "MAX", "COUNT", 2)).toBe(
			array("set", array(array("more", "2.5"), array("two", "2"))),
		);
		expect(engine.run("BZMPOP", "0.01", 1, "missing", "MIN")).toBe(NULL_ARRAY);
	});

	test("judges the timeout last of its arguments", () => {
		expect(engine.run("BZMPOP", "x", 0, "string", "MIN")).toBe(error("numkeys should be greater than 0"));
		expect(engine.run("BZMPOP", "x", 1, "string", "MIN", "COUNT", 0)).toBe(error("count should be greater than 0"));
		expect(engine.run("BZMPOP", -1, 1, "string", "MIN")).toBe(error("timeout is negative"));
		expect(engine.run("BZMPOP", 1, 1, "string", "MIN")).toBe(WRONG_TYPE);
	});
});

test("what waits says for which keys", () => {
	const requests: unknown[] = [];
	engine.block = (call, request) => {
		requests.push([call.command.fullName, request.firstKey, request.keyCount, request.timeout_ms]);
		request.timedOut(call.reply);
	};
	engine.run("BZPOPMIN", "a", "b", "1.5");
	engine.run("BZPOPMAX", "a", 0);
	engine.run("BZMPOP", 2, 3, "a", "b", "c", "MIN");
	expect(requests).toEqual([
		["bzpopmin", 1, 2, 1500],
		["bzpopmax", 1, 1, 0],
		["bzmpop", 3, 3, 2000],
	]);
	expect(engine.run("ZMPOP", "1.5", "a", "MIN")).not.toBe(NOT_AN_INTEGER);
});
