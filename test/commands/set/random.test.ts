import { beforeEach, describe, expect, test } from "bun:test";
import {
	array,
	bulk,
	EMPTY,
	members,
	NOT_AN_INTEGER,
	NULL,
	range,
	SetEngine,
	SYNTAX,
	WRONG_TYPE,
	wrongArity,
} from "./engine.ts";

const POSITIVE = "-ERR value is out of range, must be positive\r\n";
const INT64_RANGE = "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n";

let engine: SetEngine;

beforeEach(() => {
	engine = new SetEngine();
	engine.run("SET", "string", "x");
});

const forms: [name: string, all: string[]][] = [
	["integers", range(0, 100)],
	["strings", [...range(0, 50), "a"]],
	["long strings", ["x".repeat(65), "y".repeat(100), "z"]],
	["many", [...range(0, 3000), "a"]],
];

describe("SPOP", () => {
	test.each(forms)("takes all of them, one at a time: %s", (_, all) => {
		engine.run("SADD", "key", ...all);
		const taken = all.map(() => {
			const reply = engine.run("SPOP", "key");
			return reply.slice(reply.indexOf("\n") + 1, -2);
		});
		expect(taken.sort()).toEqual(all.toSorted());
		expect(engine.run("SPOP", "key")).toBe(NULL);
		expect(engine.run("EXISTS", "key")).toBe(":0\r\n");
	});

	test.each(forms)("takes some, and leaves the others: %s", (_, all) => {
		for (const count of [1, 2, Math.floor(all.length / 2), all.length - 1, all.length, all.length + 1]) {
			engine.run("SADD", "key", ...all);
			const taken = members(engine.run("SPOP", "key", count));
			expect(taken.length).toBe(Math.min(count, all.length));
			expect([...taken, ...engine.sorted("SMEMBERS", "key")].sort()).toEqual(all.toSorted());
			engine.run("DEL", "key");
		}
	});

	test("announces", () => {
		engine.run("SADD", "key", "a", "b", "c", "d", "e");
		expect(engine.effectsOf("SPOP", "key")).toEqual([1, "key:spop:5"]);
		expect(engine.effectsOf("SPOP", "key", 2)).toEqual([2, "key:spop:5"]);
		expect(engine.effectsOf("SPOP", "key", 10)).toEqual([2, "key:spop:5", "key:del:2"]);
		engine.run("SADD", "key", "a");
		expect(engine.effectsOf("SPOP", "key")).toEqual([1, "key:spop:5", "key:del:2"]);
		expect(engine.effectsOf("SPOP", "key")).toEqual([0]);
		expect(engine.effectsOf("SPOP", "key", 3)).toEqual([0]);
	});

	test("a hashtable of which little is left is judged anew, and keeps its deadline", () => {
		engine.run("SADD", "key", ...range(0, 700));
		engine.run("PEXPIRE", "key", 1000);
		engine.run("SPOP", "key", 560);
		expect(engine.encoding("key")).toBe("hashtable");
		engine.run("SPOP", "key", 120);
		expect(engine.encoding("key")).toBe("listpack");
		expect(engine.run("SCARD", "key")).toBe(":20\r\n");
		expect(engine.run("PTTL", "key")).toBe(":1000\r\n");
		engine.run("SADD", "long", "a", "b", "c", "d", "e", "x".repeat(65));
		engine.run("SREM", "long", "x".repeat(65));
		engine.run("SADD", "long", "x".repeat(64), "f");
		expect(engine.encoding("long")).toBe("hashtable");
		engine.run("SPOP", "long", 6);
		expect(engine.encoding("long")).toBe("listpack");
		for (const [members, encoding] of [
			[6, "listpack"],
			[7, "hashtable"],
		] as const) {
			engine.run("DEL", "few");
			engine.run("SADD", "few", "x".repeat(65), ...range(1, members));
			engine.run("SREM", "few", "x".repeat(65));
			engine.run("SADD", "few", "last");
			engine.run("SPOP", "few", 5);
			expect(engine.encoding("few")).toBe(encoding);
		}
		engine.run("SADD", "ints", ...range(0, 100));
		engine.run("SPOP", "ints", 99);
		expect(engine.encoding("ints")).toBe("intset");
	});

	test("refuses counts that are none", () => {
		engine.run("SADD", "key", "a");
		for (const key of ["key", "none", "string"]) {
			for (const count of ["-1", "abc", "", "1.5", "9223372036854775808", "-9223372036854775808"]) {
				expect(engine.run("SPOP", key, count)).toBe(POSITIVE);
			}
			expect(engine.run("SPOP", key, 1, 2)).toBe(SYNTAX);
		}
		expect(engine.run("SPOP", "key", 0)).toBe(EMPTY);
		expect(engine.run("SPOP", "none", 0)).toBe(EMPTY);
		expect(engine.run("SPOP", "string", 0)).toBe(WRONG_TYPE);
		expect(engine.run("SPOP", "string")).toBe(WRONG_TYPE);
		expect(engine.run("SPOP")).toBe(wrongArity("spop"));
		expect(engine.run("SPOP", "key", "9223372036854775807")).toBe(array("a"));
	});

	test("of many is a set in RESP3", () => {
		engine.run("SADD", "key", "a");
		engine.client.protocol = 3;
		expect(engine.run("SPOP", "key", 5)).toBe(`~1\r\n${bulk("a")}`);
		expect(engine.run("SPOP", "key", 5)).toBe("~0\r\n");
		expect(engine.run("SPOP", "key")).toBe("_\r\n");
	});
});

describe("SRANDMEMBER", () => {
	test.each(forms)("draws different members, as many as there are: %s", (_, all) => {
		engine.run("SADD", "key", ...all);
		for (const count of [1, 2, Math.floor(all.length / 3), all.length - 1, all.length, all.length + 1]) {
			const drawn = members(engine.run("SRANDMEMBER", "key", count));
			expect(drawn.length).toBe(Math.min(count, all.length));
			expect(new Set(drawn).size).toBe(drawn.length);
			expect(drawn.every((member) => all.includes(member))).toBe(true);
		}
		expect(engine.run("SCARD", "key")).toBe(`:${all.length}\r\n`);
		expect(engine.effectsOf("SRANDMEMBER", "key", 2)).toEqual([0]);
	});

	test.each(forms)("draws with repetitions: %s", (_, all) => {
		engine.run("SADD", "key", ...all);
		const drawn = members(engine.run("SRANDMEMBER", "key", -20 * all.length));
		expect(drawn.length).toBe(20 * all.length);
		expect([...new Set(drawn)].sort()).toEqual(all.toSorted());
	});

	test.each(forms.slice(0, 2))("every choice of members is as likely: %s", (_, all) => {
		engine.run("SADD", "key", ...all);
		const counts = new Map<string, number>();
		const rounds = 400;
		for (let i = 0; i < rounds; i++) {
			for (const member of members(engine.run("SRANDMEMBER", "key", 10))) {
				counts.set(member, (counts.get(member) ?? 0) + 1);
			}
		}
		const mean = (rounds * 10) / all.length;
		for (const member of all) expect(Math.abs((counts.get(member) ?? 0) - mean)).toBeLessThan(5 * Math.sqrt(mean));
	});

	test("without a count", () => {
		engine.run("SADD", "key", "a");
		expect(engine.run("SRANDMEMBER", "key")).toBe(bulk("a"));
		expect(engine.run("SRANDMEMBER", "none")).toBe(NULL);
		expect(engine.run("SRANDMEMBER", "string")).toBe(WRONG_TYPE);
		expect(engine.run("SRANDMEMBER")).toBe(wrongArity("srandmember"));
	});

	test("refuses counts that are none, or too much to be answered", () => {
		engine.run("SADD", "key", "a");
		for (const key of ["key", "none", "string"]) {
			for (const count of ["abc", "", "1.5", "9223372036854775808", "-9223372036854775809"]) {
				expect(engine.run("SRANDMEMBER", key, count)).toBe(NOT_AN_INTEGER);
			}
			expect(engine.run("SRANDMEMBER", key, "-9223372036854775808")).toBe(INT64_RANGE);
			expect(engine.run("SRANDMEMBER", key, 1, 2)).toBe(SYNTAX);
		}
		expect(engine.run("SRANDMEMBER", "key", 0)).toBe(EMPTY);
		expect(engine.run("SRANDMEMBER", "none", "-4611686018427387904")).toBe(EMPTY);
		expect(engine.run("SRANDMEMBER", "string", 1)).toBe(WRONG_TYPE);
		expect(engine.run("SRANDMEMBER", "key", "9223372036854775807")).toBe(array("a"));
		expect(engine.run("SRANDMEMBER", "key", "-4611686018427387904")).toBe("-ERR value is out of range\r\n");
		engine.run("SADD", "long", "x".repeat(1_000_000));
		expect(engine.run("SRANDMEMBER", "long", "-1000")).toBe("-ERR value is out of range\r\n");
	});

	test("is an array in RESP3, too", () => {
		engine.run("SADD", "key", "a");
		engine.client.protocol = 3;
		expect(engine.run("SRANDMEMBER", "key", 5)).toBe(array("a"));
		expect(engine.run("SRANDMEMBER", "none", 5)).toBe(EMPTY);
		expect(engine.run("SRANDMEMBER", "none")).toBe("_\r\n");
	});
});
