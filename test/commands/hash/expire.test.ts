/** Deadlines of fields: by our reading of Redis 7.4 and 8, since the reference of the differential tests is older. */
import { beforeEach, describe, expect, test } from "bun:test";
import { bulks, HashEngine, integers, NOT_AN_INTEGER, ONE, WRONG_TYPE, wrongArity, ZERO } from "./harness.ts";

const NO_FIELDS = "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n";
const MISMATCH = "-ERR The `numfields` parameter must match the number of arguments\r\n";
const DEADLINE_MAX = 2 ** 46 - 1;

let engine: HashEngine;

beforeEach(() => {
	engine = new HashEngine();
});

/** Hashes in the slab, in a long string, in a table. */
const sizes = [3, 400, 1000];

describe.each(sizes)("in a hash of %i fields", (size) => {
	beforeEach(() => engine.fill("h", size));

	test("a field lives through the millisecond of its deadline, and the others stay", () => {
		expect(engine.run("HPEXPIRE", "h", 100, "FIELDS", 2, "field:0", "field:2")).toBe(integers(1, 1));
		engine.advance(100);
		expect(engine.run("HEXISTS", "h", "field:0")).toBe(ONE);
		engine.advance(1);
		expect(engine.run("HMGET", "h", "field:0", "field:1", "field:2")).toBe(bulks(null, "value:1", null));
		expect(engine.run("HLEN", "h")).toBe(`:${size - 2}\r\n`);
		engine.verify();
	});

	test("four commands set deadlines and four tell them", () => {
		const now_ms = engine.time.now_ms();
		const seconds = Math.floor(now_ms / 1000) + 50;
		engine.run("HEXPIRE", "h", 10, "FIELDS", 1, "field:0");
		engine.run("HPEXPIREAT", "h", now_ms + 2500, "FIELDS", 1, "field:1");
		engine.run("HEXPIREAT", "h", seconds, "FIELDS", 1, "field:2");
		const fields = ["FIELDS", 4, "field:0", "field:1", "field:2", "nope"] as const;
		const deadlines = [now_ms + 10_000, now_ms + 2500, seconds * 1000];
		expect(engine.run("HPEXPIRETIME", "h", ...fields)).toBe(integers(...deadlines, -2));
		expect(engine.run("HPTTL", "h", ...fields)).toBe(integers(...deadlines.map((at) => at - now_ms), -2));
		// Seconds that have begun count in full.
		const up = (times: number[]): number[] => times.map((time) => Math.ceil(time / 1000));
		expect(engine.run("HEXPIRETIME", "h", ...fields)).toBe(integers(...up(deadlines), -2));
		expect(engine.run("HTTL", "h", ...fields)).toBe(integers(...up(deadlines.map((at) => at - now_ms)), -2));
	});

	test("setting a field ends its deadline, counting in it does not", () => {
		engine.run("HSET", "h", "n", 1);
		engine.run("HEXPIRE", "h", 10, "FIELDS", 3, "n", "field:0", "field:1");
		engine.run("HINCRBY", "h", "n", 1_000_000);
		engine.run("HINCRBYFLOAT", "h", "n", "0.5");
		engine.run("HSET", "h", "field:0", "x");
		engine.run("HSETNX", "h", "field:1", "x");
		expect(engine.run("HTTL", "h", "FIELDS", 3, "n", "field:0", "field:1")).toBe(integers(10, -1, 10));
	});

	test("the last field takes the key with it", () => {
		for (let i = 1; i < size; i++) engine.run("HDEL", "h", `field:${i}`);
		engine.run("HPEXPIRE", "h", 5, "FIELDS", 1, "field:0");
		engine.advance(6);
		engine.takeEvents();
		expect(engine.run("EXISTS", "h")).toBe(ZERO);
		expect(engine.takeEvents()).toEqual(["hexpired h", "del h"]);
		expect(engine.keyspace.databases[0]!.fieldExpiry.count()).toBe(0);
		engine.verify();
	});

	test("deadlines go where the hash goes", () => {
		engine.run("HPEXPIRE", "h", 100, "FIELDS", 1, "field:0");
		engine.run("COPY", "h", "copy");
		engine.run("RENAME", "h", "renamed");
		engine.run("COPY", "renamed", "moved");
		engine.run("MOVE", "moved", 1);
		const counts = [0, 1].map((index) => engine.keyspace.databases[index]!.fieldExpiry.count());
		expect(counts).toEqual([2, 1]);
		for (const key of ["copy", "renamed"]) expect(engine.run("HPTTL", key, "FIELDS", 1, "field:0")).toBe(integers(100));
		engine.advance(101);
		engine.keyspace.advance();
		for (const database of engine.keyspace.databases) database.expireDue(100);
		for (const key of ["copy", "renamed"]) expect(engine.run("HLEN", key)).toBe(`:${size - 1}\r\n`);
		engine.client.database = 1;
		expect(engine.run("HLEN", "moved")).toBe(`:${size - 1}\r\n`);
		engine.verify();
	});

	test("HPERSIST takes them away", () => {
		engine.run("HEXPIRE", "h", 10, "FIELDS", 1, "field:0");
		expect(engine.run("HPERSIST", "h", "FIELDS", 3, "field:0", "field:1", "nope")).toBe(integers(1, -1, -2));
		expect(engine.run("HPERSIST", "h", "FIELDS", 1, "field:0")).toBe(integers(-1));
		engine.advance(20_000);
		expect(engine.run("HLEN", "h")).toBe(`:${size}\r\n`);
		engine.verify();
	});

	test("what has expired is in no reply", () => {
		engine.run("HSET", "h", "gone", "x");
		engine.run("HPEXPIRE", "h", 5, "FIELDS", 1, "gone");
		engine.advance(6);
		for (const command of ["HGETALL", "HKEYS", "HVALS"]) {
			expect(engine.list(command, "h")).toHaveLength(command === "HGETALL" ? 2 * size : size);
		}
		expect(engine.list("HRANDFIELD", "h", 10_000)).toHaveLength(size);
		expect(engine.run("HSETNX", "h", "gone", "again")).toBe(ONE);
	});
});

describe("conditions", () => {
	beforeEach(() => {
		engine.run("HSET", "h", "none", "1", "soon", "2", "late", "3");
		engine.run("HEXPIRE", "h", 10, "FIELDS", 1, "soon");
		engine.run("HEXPIRE", "h", 100, "FIELDS", 1, "late");
	});

	test.each([
		["NX", [1, 0, 0]],
		["XX", [0, 1, 1]],
		["GT", [0, 1, 0]],
		["LT", [1, 0, 1]],
		["gt", [0, 1, 0]],
	] as const)("%s", (condition, outcomes) => {
		const fields = ["FIELDS", 4, "none", "soon", "late", "nope"] as const;
		expect(engine.run("HEXPIRE", "h", 50, condition, ...fields)).toBe(integers(...outcomes, -2));
		const times = [-1, 10, 100].map((time, i) => (outcomes[i] === 1 ? 50 : time));
		expect(engine.run("HTTL", "h", ...fields)).toBe(integers(...times, -2));
	});

	test("equal deadlines are neither later nor earlier", () => {
		expect(engine.run("HEXPIRE", "h", 10, "GT", "FIELDS", 1, "soon")).toBe(integers(0));
		expect(engine.run("HEXPIRE", "h", 10, "LT", "FIELDS", 1, "soon")).toBe(integers(0));
	});
});

describe("a deadline that is over", () => {
	test("removes the field at once, if the condition holds", () => {
		engine.run("HSET", "h", "a", "1", "b", "2", "c", "3");
		engine.run("HEXPIRE", "h", 100, "FIELDS", 1, "c");
		expect(engine.run("HEXPIRE", "h", 0, "NX", "FIELDS", 3, "a", "c", "nope")).toBe(integers(2, 0, -2));
		expect(engine.run("HPEXPIREAT", "h", engine.time.now_ms(), "FIELDS", 1, "b")).toBe(integers(2));
		expect(engine.run("HKEYS", "h")).toBe(bulks("c"));
	});

	test("announces hdel, and del with the last field", () => {
		engine.run("HSET", "h", "a", "1", "b", "2");
		expect(engine.effectsOf("HEXPIRE", "h", 0, "FIELDS", 1, "a")).toEqual([1, "hdel h"]);
		expect(engine.effectsOf("HEXPIREAT", "h", 1, "FIELDS", 2, "b", "b")).toEqual([1, "hdel h", "del h"]);
		expect(engine.run("EXISTS", "h")).toBe(ZERO);
	});
});

test("events and counts of changes", () => {
	engine.run("HSET", "h", "a", "1", "b", "2", "c", "3");
	expect(engine.effectsOf("HEXPIRE", "h", 10, "FIELDS", 3, "a", "b", "nope")).toEqual([2, "hexpire h"]);
	expect(engine.effectsOf("HEXPIRE", "h", 10, "XX", "FIELDS", 1, "c")).toEqual([0]);
	expect(engine.effectsOf("HPERSIST", "h", "FIELDS", 2, "a", "b")).toEqual([1, "hpersist h"]);
	expect(engine.effectsOf("HPERSIST", "h", "FIELDS", 1, "a")).toEqual([0]);
	engine.run("HPEXPIRE", "h", 5, "FIELDS", 2, "a", "b");
	engine.advance(6);
	expect(engine.effectsOf("HGET", "h", "a")).toEqual([0, "hexpired h"]);
	expect(engine.effectsOf("HGET", "h", "a")).toEqual([0]);
});

test("OBJECT ENCODING says listpackex, as Redis from the first command on that could give a deadline", () => {
	engine.run("HSET", "h", "a", "1");
	engine.run("HPERSIST", "h", "FIELDS", 1, "a");
	expect(engine.encoding("h")).toBe("listpack");
	engine.run("HEXPIRE", "h", 10, "FIELDS", 1, "nope");
	expect(engine.encoding("h")).toBe("listpackex");
	engine.run("HSET", "h", "b", "x".repeat(65));
	expect(engine.encoding("h")).toBe("hashtable");
});

describe("arguments", () => {
	const setters = ["HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT"];
	const tellers = ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST"];

	beforeEach(() => {
		engine.run("SET", "string", "x");
		engine.run("HSET", "h", "f", "v");
	});

	test("a missing key has none of the fields", () => {
		for (const name of setters) expect(engine.run(name, "none", 10, "FIELDS", 2, "a", "b")).toBe(integers(-2, -2));
		for (const name of tellers) expect(engine.run(name, "none", "FIELDS", 2, "a", "b")).toBe(integers(-2, -2));
		expect(engine.run("EXISTS", "none")).toBe(ZERO);
	});

	test("the type is judged first", () => {
		for (const name of setters) expect(engine.run(name, "string", "abc", "x", "y", "z")).toBe(WRONG_TYPE);
		for (const name of tellers) expect(engine.run(name, "string", "x", "y", "z")).toBe(WRONG_TYPE);
	});

	test("the number of fields has to be right", () => {
		const wrong = "-ERR Parameter `numFields` should be greater than 0\r\n";
		const none = "-ERR Number of fields must be a positive integer\r\n";
		for (const count of ["0", "-1", "abc", "1.5", ""]) {
			for (const name of setters) expect(engine.run(name, "h", 10, "FIELDS", count, "f")).toBe(wrong);
			for (const name of tellers) expect(engine.run(name, "h", "FIELDS", count, "f")).toBe(none);
		}
		for (const count of [2, "9223372036854775807"]) {
			for (const name of setters) expect(engine.run(name, "h", 10, "NX", "FIELDS", count, "f")).toBe(MISMATCH);
			for (const name of tellers) expect(engine.run(name, "h", "FIELDS", count, "f")).toBe(MISMATCH);
		}
		expect(engine.run("HEXPIRE", "h", 10, "NX", "FIELDS", 1)).toBe(MISMATCH);
		expect(engine.run("HTTL", "none", "FIELDS", 3, "a")).toBe(MISMATCH);
	});

	test("the word FIELDS has to be in its place", () => {
		for (const words of [
			[10, "1", "f", "x"],
			[10, "NX", "XX", "FIELDS", "1", "f"],
			[10, "foo", "FIELDS", "1", "f"],
		]) {
			expect(engine.run("HEXPIRE", "h", ...words)).toBe(NO_FIELDS);
		}
		for (const name of tellers) expect(engine.run(name, "h", "x", "1", "f")).toBe(NO_FIELDS);
	});

	test("times are whole, not negative, and within 46 bits of milliseconds", () => {
		const now_ms = engine.time.now_ms();
		const invalid = (name: string): string => `-ERR invalid expire time in '${name}' command\r\n`;
		for (const time of ["abc", "1.5", "", "9223372036854775808"]) {
			expect(engine.run("HEXPIRE", "h", time, "FIELDS", 1, "f")).toBe(NOT_AN_INTEGER);
		}
		for (const time of ["-1", "-9223372036854775808"]) {
			const negative = "-ERR invalid expire time, must be >= 0\r\n";
			expect(engine.run("HPEXPIRE", "h", time, "FIELDS", 1, "f")).toBe(negative);
		}
		expect(engine.run("HEXPIRE", "h", "9223372036854775807", "FIELDS", 1, "f")).toBe(invalid("hexpire"));
		expect(engine.run("HPEXPIREAT", "h", DEADLINE_MAX + 1, "FIELDS", 1, "f")).toBe(invalid("hpexpireat"));
		expect(engine.run("HPEXPIRE", "h", DEADLINE_MAX - now_ms + 1, "FIELDS", 1, "f")).toBe(invalid("hpexpire"));
		expect(engine.run("HPEXPIRE", "h", DEADLINE_MAX - now_ms, "FIELDS", 1, "f")).toBe(integers(1));
		expect(engine.run("HPEXPIRETIME", "h", "FIELDS", 1, "f")).toBe(integers(DEADLINE_MAX));
		expect(engine.run("HEXPIREAT", "h", Math.floor(DEADLINE_MAX / 1000), "FIELDS", 1, "f")).toBe(integers(1));
		expect(engine.run("HEXPIREAT", "h", Math.ceil(DEADLINE_MAX / 1000), "FIELDS", 1, "f")).toBe(invalid("hexpireat"));
	});

	test("too few of them", () => {
		for (const name of setters) {
			expect(engine.run(name, "h", 10, "FIELDS", 1)).toBe(wrongArity(name.toLowerCase()));
		}
		for (const name of tellers) expect(engine.run(name, "h", "FIELDS", 1)).toBe(wrongArity(name.toLowerCase()));
	});
});
