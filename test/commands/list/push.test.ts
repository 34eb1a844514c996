import { beforeEach, describe, expect, test } from "bun:test";
import { array, ListEngine, range, WRONG_TYPE, wrongArity } from "./engine.ts";

let engine: ListEngine;

beforeEach(() => {
	engine = new ListEngine();
});

describe("LPUSH and RPUSH", () => {
	test("put elements before the first and behind the last one, each in turn", () => {
		expect(engine.run("LPUSH", "key", "a", "b")).toBe(":2\r\n");
		expect(engine.run("RPUSH", "key", "c", "d")).toBe(":4\r\n");
		expect(engine.run("LPUSH", "key", "e")).toBe(":5\r\n");
		expect(engine.all("key")).toBe(array("e", "b", "a", "c", "d"));
	});

	test("take any bytes, of any length", () => {
		const strange = ["", "\0", "\r\n", "\xff\xfe", "x".repeat(254), "x".repeat(255), "x".repeat(9000), "1", "-0"];
		expect(engine.run("RPUSH", "key", ...strange)).toBe(":9\r\n");
		expect(engine.all("key")).toBe(array(...strange));
		expect(engine.run("LPUSH", "other", ...strange)).toBe(":9\r\n");
		expect(engine.all("other")).toBe(array(...strange.toReversed()));
	});

	test("announce once, and count each element", () => {
		expect(engine.effectsOf("LPUSH", "key", "a", "b", "a")).toEqual([3, "key:lpush:4"]);
		expect(engine.effectsOf("RPUSH", "key", "a")).toEqual([1, "key:rpush:4"]);
	});

	test("refuse another type, another number of arguments", () => {
		expect(engine.run("LPUSH", "string", "a")).toBe(WRONG_TYPE);
		expect(engine.run("RPUSH", "string", "a")).toBe(WRONG_TYPE);
		expect(engine.run("LPUSH", "key")).toBe(wrongArity("lpush"));
		expect(engine.run("RPUSH", "key")).toBe(wrongArity("rpush"));
	});

	test("keep the deadline", () => {
		engine.run("RPUSH", "key", "a");
		engine.run("PEXPIRE", "key", 1000);
		for (const element of ["b", "x".repeat(1000), "x".repeat(9000)]) {
			engine.run("LPUSH", "key", element);
			expect(engine.run("PTTL", "key")).toBe(":1000\r\n");
		}
		engine.advance(1001);
		expect(engine.run("RPUSH", "key", "new")).toBe(":1\r\n");
		expect(engine.run("PTTL", "key")).toBe(":-1\r\n");
	});

	test("fill lists of any size, from both ends", () => {
		const elements: string[] = [];
		for (let i = 0; i < 3000; i++) {
			const element = `element:${i}`;
			if (i % 3 === 0) elements.unshift(element);
			else elements.push(element);
			engine.run(i % 3 === 0 ? "LPUSH" : "RPUSH", "key", element);
		}
		expect(engine.all("key")).toBe(array(...elements));
	});
});

describe("LPUSHX and RPUSHX", () => {
	test("do nothing where there is no list", () => {
		expect(engine.effectsOf("LPUSHX", "key", "a")).toEqual([0]);
		expect(engine.effectsOf("RPUSHX", "key", "a")).toEqual([0]);
		expect(engine.run("LPUSHX", "key", "a")).toBe(":0\r\n");
		expect(engine.run("RPUSHX", "key", "a", "b")).toBe(":0\r\n");
		expect(engine.run("EXISTS", "key")).toBe(":0\r\n");
	});

	test("push where there is one", () => {
		engine.fill("key", "a");
		expect(engine.run("LPUSHX", "key", "b", "c")).toBe(":3\r\n");
		expect(engine.run("RPUSHX", "key", "d")).toBe(":4\r\n");
		expect(engine.all("key")).toBe(array("c", "b", "a", "d"));
		expect(engine.effectsOf("LPUSHX", "key", "e", "f")).toEqual([2, "key:lpush:4"]);
		expect(engine.effectsOf("RPUSHX", "key", "e")).toEqual([1, "key:rpush:4"]);
		expect(engine.run("LPUSHX", "string", "a")).toBe(WRONG_TYPE);
		expect(engine.run("RPUSHX", "key")).toBe(wrongArity("rpushx"));
	});
});

describe("OBJECT ENCODING", () => {
	test("is listpack up to list-max-listpack-size, then quicklist, until the list is half as large", () => {
		engine.fill("key", ...range(0, 80, "x".repeat(90)));
		expect(engine.encoding("key")).toBe("listpack");
		engine.run("RPUSH", "key", ...range(0, 20, "x".repeat(90)));
		expect(engine.encoding("key")).toBe("quicklist");
		engine.run("LTRIM", "key", 0, 39);
		expect(engine.encoding("key")).toBe("listpack");
	});

	/** What Redis's own suite tries, at both kinds of limits. */
	test("changes as lists grow", () => {
		for (const [limit, large] of [
			[3, "x".repeat(100)],
			[-1, "x".repeat(4096)],
		] as const) {
			engine.keyspace.limits.listBlock = limit;
			for (const command of [
				["RPUSH", "key", large],
				["LINSERT", "key", "after", "b", large],
				["LSET", "key", 0, large],
				["LMOVE", "source", "key", "right", "right"],
			]) {
				engine.fill("key", "a", "b", "c");
				engine.fill("source", "a", "b", "c", large);
				expect(engine.encoding("key")).toBe("listpack");
				engine.run(...command);
				expect([command[0], limit, engine.encoding("key")]).toEqual([command[0]!, limit, "quicklist"]);
			}
		}
	});

	test("changes back as lists shrink", () => {
		engine.keyspace.limits.listBlock = 3;
		const large = "x".repeat(8000);
		for (const [limit, elements, command] of [
			[3, "a b c d", ["RPOP", "key", 3]],
			[3, "a a a d", ["LREM", "key", 3, "a"]],
			[3, "a b c d", ["LTRIM", "key", 1, 1]],
			[-1, `a b c ${large}`, ["RPOP", "key", 1]],
			[-1, `a ${large}`, ["LREM", "key", 1, large]],
			[-1, `a b ${large}`, ["LTRIM", "key", 0, 1]],
			[-1, large, ["LSET", "key", 0, "a"]],
		] as const) {
			engine.keyspace.limits.listBlock = limit;
			engine.fill("key", ...elements.split(" "));
			expect(engine.encoding("key")).toBe("quicklist");
			engine.run(...command);
			expect(engine.encoding("key")).toBe("listpack");
		}
	});

	test("of a copy is that of the original", () => {
		engine.keyspace.limits.listBlock = 2;
		engine.fill("key", "a", "b", "c");
		engine.fill("big", ...range(0, 2000));
		for (const key of ["key", "big"]) {
			engine.run("COPY", key, "copy", "REPLACE");
			expect(engine.encoding("copy")).toBe("quicklist");
			expect(engine.all("copy")).toBe(engine.all(key));
			engine.run("RPUSH", "copy", "more");
			expect(engine.run("LINDEX", key, -1)).not.toContain("more");
			engine.run("RENAME", "copy", "renamed");
			expect(engine.run("LINDEX", "renamed", -1)).toContain("more");
		}
	});
});
