import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
const OVERFLOW = "-ERR increment or decrement would overflow\r\n";
const NOT_A_FLOAT = "-ERR value is not a valid float\r\n";
const NOT_FINITE = "-ERR increment would produce NaN or Infinity\r\n";
const MAX = "9223372036854775807";
const MIN = "-9223372036854775808";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine();
});

describe("INCR, DECR, INCRBY, DECRBY", () => {
	test("begin with 0 and count", () => {
		expect(engine.run("INCR", "a")).toBe(":1\r\n");
		expect(engine.run("DECR", "b")).toBe(":-1\r\n");
		expect(engine.run("INCRBY", "c", 12)).toBe(":12\r\n");
		expect(engine.run("DECRBY", "d", 12)).toBe(":-12\r\n");
		expect(engine.run("INCRBY", "e", 0)).toBe(":0\r\n");
		expect(engine.run("INCR", "a")).toBe(":2\r\n");
		expect(["a", "b", "c", "d", "e"].map((key) => engine.value(key))).toEqual(["2", "-1", "12", "-12", "0"]);
		const events = ["a", "b", "c", "d", "e", "a"].map((key) => `incrby ${key}`);
		expect(engine.takeEvents()).toEqual(events);
	});

	test("add exactly over the whole of int64", () => {
		const edges = [
			...["0", "1", "-1", "9", "10", "-9", "-10", "99", "-100", "2147483647", "2147483648", "-2147483648"],
			...["4294967295", "999999999999", "9007199254740990", "9007199254740991", "9007199254740992"],
			...["-9007199254740991", "-9007199254740992", "4611686018427387904", "9223372036854775806", MAX, MIN],
		];
		for (const old of edges) {
			for (const operand of edges) {
				engine.run("SET", "key", old);
				const sum = BigInt(old) + BigInt(operand);
				expect(engine.run("INCRBY", "key", operand)).toBe(replyTo(sum));
				expect(engine.value("key")).toBe(fits(sum) ? String(sum) : old);
				engine.run("SET", "key", old);
				const difference = BigInt(old) - BigInt(operand);
				const error = operand === MIN ? "-ERR decrement would overflow\r\n" : replyTo(difference);
				expect(engine.run("DECRBY", "key", operand)).toBe(error);
			}
		}
	});

	function fits(value: bigint): boolean {
		return BigInt.asIntN(64, value) === value;
	}

	function replyTo(value: bigint): string {
		return fits(value) ? `:${value}\r\n` : OVERFLOW;
	}

	test("refuse to leave int64 by one", () => {
		engine.run("SET", "key", MAX);
		expect(engine.run("INCR", "key")).toBe(OVERFLOW);
		engine.run("SET", "key", MIN);
		expect(engine.run("DECR", "key")).toBe(OVERFLOW);
		expect(engine.value("key")).toBe(MIN);
	});

	test("keep the deadline, whether digits come, go or stay", () => {
		engine.run("SET", "key", "9", "EX", 10);
		for (const [operand, sum] of [
			[0, 9],
			[1, 10],
			[-1, 9],
			[-10, -1],
			[1_000_000, 999_999],
		]) {
			expect(engine.run("INCRBY", "key", operand!)).toBe(`:${sum}\r\n`);
			expect([engine.value("key"), engine.left_ms("key")]).toEqual([String(sum), 10_000]);
		}
	});

	test("refuse what is no integer, in Redis's order", () => {
		engine.run("PUTLIST", "list");
		for (const value of ["abc", "", "1.5", " 1", "01", "-0", "+1", "9223372036854775808", "1".repeat(5000)]) {
			engine.run("SET", "key", value);
			expect(engine.run("INCR", "key")).toBe(NOT_AN_INTEGER);
			expect(engine.run("DECRBY", "key", MAX)).toBe(NOT_AN_INTEGER);
			expect(engine.run("INCRBY", "missing", value)).toBe(NOT_AN_INTEGER);
			expect(engine.run("DECRBY", "list", value)).toBe(NOT_AN_INTEGER);
			expect(engine.value("key")).toBe(value);
		}
		expect(engine.run("INCR", "list")).toBe(WRONG_TYPE);
		expect(engine.run("INCRBY", "list", MAX)).toBe(WRONG_TYPE);
		expect(engine.run("DECRBY", "list", MIN)).toBe("-ERR decrement would overflow\r\n");
		expect(engine.value("missing")).toBeNull();
		expect(engine.run("INCR")).toBe("-ERR wrong number of arguments for 'incr' command\r\n");
		expect(engine.run("INCRBY", "a")).toBe("-ERR wrong number of arguments for 'incrby' command\r\n");
	});

	test("make an integer of a string that was changed in place", () => {
		engine.run("SETRANGE", "key", 0, "41");
		expect(engine.encoding("key")).toBe("raw");
		expect(engine.run("INCR", "key")).toBe(":42\r\n");
		expect(engine.encoding("key")).toBe("int");
	});
});

describe("INCRBYFLOAT", () => {
	test("adds decimal numbers as a long double does", () => {
		expect(engine.run("INCRBYFLOAT", "key", "0.1")).toBe(bulk("0.1"));
		expect(engine.run("INCRBYFLOAT", "key", "0.2")).toBe(bulk("0.3"));
		expect(engine.run("INCRBYFLOAT", "key", "3.0e3")).toBe(bulk("3000.30000000000000004"));
		expect(engine.run("INCRBYFLOAT", "key", "-3000.3")).toBe(bulk("0"));
		expect(engine.run("INCRBYFLOAT", "key", "1e30")).toBe(bulk("1000000000000000000024696061952"));
		expect(engine.takeEvents()).toEqual(Array(5).fill("incrbyfloat key"));
	});

	test("keeps the deadline", () => {
		engine.run("SET", "key", "1", "EX", 10);
		engine.run("INCRBYFLOAT", "key", "0.25");
		expect([engine.value("key"), engine.left_ms("key"), engine.encoding("key")]).toEqual(["1.25", 10_000, "embstr"]);
	});

	test("refuses what is no number or leads to none, looking at the key first", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("INCRBYFLOAT", "list", "abc")).toBe(WRONG_TYPE);
		engine.run("SET", "key", "1");
		for (const text of ["abc", "", "nan", " 1", "1 ", "0x"]) {
			expect(engine.run("INCRBYFLOAT", "key", text)).toBe(NOT_A_FLOAT);
			engine.run("SET", "other", text);
			expect(engine.run("INCRBYFLOAT", "other", "1")).toBe(NOT_A_FLOAT);
		}
		for (const text of ["inf", "-inf", "+Infinity"]) {
			expect(engine.run("INCRBYFLOAT", "key", text)).toBe(NOT_FINITE);
			expect(engine.run("INCRBYFLOAT", "missing", text)).toBe(NOT_FINITE);
		}
		expect([engine.value("key"), engine.value("missing")]).toEqual(["1", null]);
		expect(engine.run("INCRBYFLOAT", "key")).toBe("-ERR wrong number of arguments for 'incrbyfloat' command\r\n");
	});
});
