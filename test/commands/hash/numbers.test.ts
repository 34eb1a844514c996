import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, bulks, HashEngine, NOT_AN_INTEGER, WRONG_TYPE, wrongArity, ZERO } from "./harness.ts";

const OVERFLOW = "-ERR increment or decrement would overflow\r\n";
const NOT_AN_INTEGER_FIELD = "-ERR hash value is not an integer\r\n";
const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";

let engine: HashEngine;

beforeEach(() => {
	engine = new HashEngine();
});

describe("HINCRBY", () => {
	test("begins with 0 and counts", () => {
		expect(engine.effectsOf("HINCRBY", "h", "n", 5)).toEqual([1, "hincrby h"]);
		expect(engine.run("HINCRBY", "h", "n", 4)).toBe(":9\r\n");
		expect(engine.run("HINCRBY", "h", "n", 1)).toBe(":10\r\n");
		expect(engine.run("HINCRBY", "h", "m", -12)).toBe(":-12\r\n");
		expect(engine.run("HGETALL", "h")).toBe(bulks("n", "10", "m", "-12"));
	});

	test("adds exactly over the whole of int64", () => {
		const edges = ["0", "1", "-1", "9007199254740991", "9007199254740992", "-9007199254740993", MAX, MIN];
		for (const old of edges) {
			for (const increment of edges) {
				engine.run("HSET", "h", "n", old);
				const sum = BigInt(old) + BigInt(increment);
				const fits = BigInt.asIntN(64, sum) === sum;
				expect(engine.run("HINCRBY", "h", "n", increment)).toBe(fits ? `:${sum}\r\n` : OVERFLOW);
				expect(engine.run("HGET", "h", "n")).toBe(bulk(fits ? String(sum) : old));
			}
		}
	});

	test("refuses what is no integer: first the increment, then the key, then the value", () => {
		engine.run("SET", "string", "x");
		for (const text of ["abc", "", "1.5", " 1", "01", "-0", "+1", "9223372036854775808"]) {
			expect(engine.run("HINCRBY", "string", "n", text)).toBe(NOT_AN_INTEGER);
			engine.run("HSET", "h", "n", text);
			expect(engine.run("HINCRBY", "h", "n", 1)).toBe(NOT_AN_INTEGER_FIELD);
			expect(engine.run("HINCRBY", "h", "n", MAX)).toBe(NOT_AN_INTEGER_FIELD);
			expect(engine.run("HGET", "h", "n")).toBe(bulk(text));
		}
		expect(engine.run("HINCRBY", "string", "n", 1)).toBe(WRONG_TYPE);
		expect(engine.run("HINCRBY", "string", "n", MAX)).toBe(WRONG_TYPE);
		expect(engine.run("HINCRBY", "h", "n")).toBe(wrongArity("hincrby"));
		expect(engine.run("EXISTS", "none")).toBe(ZERO);
	});

	test.each([30, 400, 1000])("counts in a hash of %i fields", (size) => {
		engine.fill("h", size);
		for (let i = 0; i < 120; i++) expect(engine.run("HINCRBY", "h", "n", 997)).toBe(`:${997 * (i + 1)}\r\n`);
		expect(engine.run("HLEN", "h")).toBe(`:${size + 1}\r\n`);
		engine.verify();
	});
});

describe("HINCRBYFLOAT", () => {
	test("adds decimal numbers as a long double does", () => {
		expect(engine.run("HINCRBYFLOAT", "h", "f", "0.1")).toBe(bulk("0.1"));
		expect(engine.run("HINCRBYFLOAT", "h", "f", "0.2")).toBe(bulk("0.3"));
		expect(engine.run("HINCRBYFLOAT", "h", "f", "3.0e3")).toBe(bulk("3000.30000000000000004"));
		expect(engine.run("HINCRBYFLOAT", "h", "f", "-3000.3")).toBe(bulk("0"));
		expect(engine.effectsOf("HINCRBYFLOAT", "h", "f", "1")).toEqual([1, "hincrbyfloat h"]);
	});

	test("refuses what is no number: first the increment, then the key, then the value", () => {
		engine.run("SET", "string", "x");
		expect(engine.run("HINCRBYFLOAT", "string", "f", "abc")).toBe("-ERR value is not a valid float\r\n");
		for (const text of ["inf", "-inf", "+Infinity"]) {
			expect(engine.run("HINCRBYFLOAT", "string", "f", text)).toBe("-ERR value is NaN or Infinity\r\n");
		}
		expect(engine.run("HINCRBYFLOAT", "string", "f", "1")).toBe(WRONG_TYPE);
		engine.run("HSET", "h", "f", "abc");
		expect(engine.run("HINCRBYFLOAT", "h", "f", "1")).toBe("-ERR hash value is not a float\r\n");
		engine.run("HSET", "h", "f", "inf");
		expect(engine.run("HINCRBYFLOAT", "h", "f", "1")).toBe("-ERR increment would produce NaN or Infinity\r\n");
		expect(engine.run("EXISTS", "none")).toBe(ZERO);
	});

	test("a result beyond the limit makes a hashtable", () => {
		expect(engine.run("HINCRBYFLOAT", "h", "f", "1e70")).toContain("$71\r\n");
		expect(engine.encoding("h")).toBe("hashtable");
	});
});
