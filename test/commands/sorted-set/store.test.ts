import { beforeEach, describe, expect, test } from "bun:test";
import { AlgebraEngine, error } from "./algebra-engine.ts";
import { integer, NO_MEMBER_RANGE, NO_SCORE_RANGE, NOT_AN_INTEGER, SYNTAX, sizes, WRONG_TYPE } from "./engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("ZADD", "source", 1, "one", 2, "two", 3, "three", 4, "four");
	engine.run("ZADD", "equal", 0, "a", 0, "b", 0, "c", 0, "d");
	engine.run("SET", "string", "x");
});

describe("ZRANGESTORE", () => {
	test("stores ranges of any kind", () => {
		expect(engine.run("ZRANGESTORE", "target", "source", 1, -2)).toBe(integer(2));
		expect(engine.contents("target")).toEqual(["two", "2", "three", "3"]);
		expect(engine.run("ZRANGESTORE", "target", "source", 0, 0, "REV")).toBe(integer(1));
		expect(engine.contents("target")).toEqual(["four", "4"]);
		expect(engine.run("ZRANGESTORE", "target", "source", "(1", "+inf", "BYSCORE", "LIMIT", 1, 5)).toBe(integer(2));
		expect(engine.contents("target")).toEqual(["three", "3", "four", "4"]);
		expect(engine.run("ZRANGESTORE", "target", "source", "+inf", "(1", "REV", "BYSCORE", "LIMIT", 0, 2)).toBe(
			integer(2),
		);
		expect(engine.contents("target")).toEqual(["three", "3", "four", "4"]);
		expect(engine.run("ZRANGESTORE", "target", "equal", "(a", "[c", "BYLEX")).toBe(integer(2));
		expect(engine.contents("target")).toEqual(["b", "0", "c", "0"]);
		expect(engine.run("ZRANGESTORE", "target", "equal", "+", "-", "BYLEX", "REV", "LIMIT", 1, 1)).toBe(integer(1));
		expect(engine.contents("target")).toEqual(["c", "0"]);
	});

	test("replaces whatever is there, even its source, or removes it", () => {
		engine.run("EXPIRE", "string", 100);
		expect(engine.effectsOf("ZRANGESTORE", "string", "source", 0, -1)).toEqual([1, "zrangestore string"]);
		expect(engine.run("TTL", "string")).toBe(integer(-1));
		expect(engine.effectsOf("ZRANGESTORE", "source", "source", 2, 2)).toEqual([1, "zrangestore source"]);
		expect(engine.contents("source")).toEqual(["three", "3"]);
		expect(engine.effectsOf("ZRANGESTORE", "source", "source", 1, 1)).toEqual([1, "del source"]);
		expect(engine.effectsOf("ZRANGESTORE", "source", "missing", 0, -1)).toEqual([0]);
		expect(engine.run("ZRANGESTORE", "string", "missing", 0, -1)).toBe(integer(0));
		expect(engine.run("EXISTS", "string")).toBe(integer(0));
	});

	test.each(sizes)("copies a set of %i members", (size) => {
		engine.fill("filled", size);
		expect(engine.run("ZRANGESTORE", "target", "filled", 0, -1)).toBe(integer(size));
		expect(engine.contents("target")).toEqual(engine.contents("filled"));
		expect(engine.encoding("target")).toBe(engine.encoding("filled"));
	});

	test("keeps the sign of zero as far as Redis does, whose small sets have none", () => {
		const long = "x".repeat(65);
		engine.run("ZADD", "signed", 0, "a", 0, long, 0, "z");
		for (const member of ["a", "z"]) {
			engine.run("ZREM", "signed", member);
			engine.run("ZADD", "signed", "-0", member);
		}
		engine.run("ZRANGESTORE", "target", "signed", 0, -1);
		expect(engine.contents("target")).toEqual(["a", "0", long, "0", "z", "-0"]);
		engine.run("ZRANGESTORE", "target", "signed", 0, -1, "REV");
		expect(engine.contents("target")).toEqual(["a", "-0", long, "0", "z", "0"]);
	});

	test("judges its arguments, then the source", () => {
		expect(engine.run("ZRANGESTORE", "target", "string", 0, -1)).toBe(WRONG_TYPE);
		expect(engine.run("ZRANGESTORE", "target", "string", "x", -1)).toBe(NOT_AN_INTEGER);
		expect(engine.run("ZRANGESTORE", "target", "string", "x", 1, "BYSCORE")).toBe(NO_SCORE_RANGE);
		expect(engine.run("ZRANGESTORE", "target", "string", 0, 1, "BYLEX")).toBe(NO_MEMBER_RANGE);
		expect(engine.run("ZRANGESTORE", "target", "source", 0, 1, "WITHSCORES")).toBe(SYNTAX);
		expect(engine.run("ZRANGESTORE", "target", "source", 0, 1, "LIMIT", 0, 1)).toBe(
			error("syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"),
		);
	});
});
