import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bulk, GenericEngine, NULL, SYNTAX, WRONG_INTEGER } from "./harness.ts";

let engine: GenericEngine;

beforeEach(() => {
	engine = new GenericEngine();
});

describe("KEYS and RANDOMKEY", () => {
	function keys(pattern: string): string[] {
		const reply = engine.run("KEYS", pattern);
		const [header, ...rest] = reply.split("\r\n");
		const names = rest.filter((_, i) => i % 2 === 1).slice(0, Number(header!.slice(1)));
		expect(reply).toBe(`*${names.length}\r\n${names.map(bulk).join("")}`);
		return names.sort();
	}

	test("KEYS lists what matches", () => {
		engine.run("MSET", "one", "1", "two", "2", "three", "3", "t[o", "4");
		expect(keys("*")).toEqual(["one", "t[o", "three", "two"]);
		expect(keys("t*")).toEqual(["t[o", "three", "two"]);
		expect(keys("t[w-z]o")).toEqual(["two"]);
		expect(keys("t\\[o")).toEqual(["t[o"]);
		expect(keys("T*")).toEqual([]);
		expect(keys("")).toEqual([]);
	});

	test("KEYS finds the empty key by a single star and by nothing", () => {
		engine.run("SET", "", "1");
		expect(keys("*")).toEqual([""]);
		expect(keys("")).toEqual([""]);
		expect(keys("**")).toEqual([]);
	});

	test("KEYS leaves out what has expired, and leaves it in the table", () => {
		engine.run("SET", "a", "1");
		engine.setExpired("b");
		expect(keys("*")).toEqual(["a"]);
		expect(engine.effectsOf("KEYS", "*")).toEqual([0]);
		expect(engine.keyCount()).toBe(2);
		expect(engine.lookups("KEYS", "*")).toEqual([0, 0]);
	});

	test("RANDOMKEY comes by every key in time", () => {
		expect(engine.run("RANDOMKEY")).toBe(NULL);
		engine.run("MSET", "a", "1", "b", "2", "c", "3");
		const met = new Set<string>();
		for (let i = 0; i < 200; i++) met.add(engine.run("RANDOMKEY"));
		expect([...met].sort()).toEqual([bulk("a"), bulk("b"), bulk("c")]);
	});

	test("RANDOMKEY removes expired keys until it finds a living one, or none is left", () => {
		for (let i = 0; i < 30; i++) engine.run("SET", `gone${i}`, "1", "PX", 10);
		engine.run("SET", "a", "1");
		engine.advance(11);
		for (let i = 0; i < 20; i++) expect(engine.run("RANDOMKEY")).toBe(bulk("a"));
		engine.run("DEL", "a");
		expect(engine.run("RANDOMKEY")).toBe(NULL);
		expect(engine.keyCount()).toBe(0);
		expect(engine.keyspace.expiredKeys).toBe(30);
	});
});

/** Cursor and keys of one page. */
function page(cursor: string, ...options: (string | number)[]): [next: string, keys: string[]] {
	const reply = engine.run("SCAN", cursor, ...options);
	const [, , next, , ...rest] = reply.split("\r\n");
	const keys = rest.filter((_, i) => i % 2 === 1);
	expect(reply).toBe(`*2\r\n${bulk(next!)}*${keys.length}\r\n${keys.map(bulk).join("")}`);
	return [next!, keys];
}

/** All keys that a whole iteration returns, in order, with repetitions; `between` runs between the pages. */
function iterate(options: readonly (string | number)[], between: () => void = () => {}): string[] {
	const met: string[] = [];
	let cursor = "0";
	do {
		const [next, keys] = page(cursor, ...options);
		met.push(...keys);
		cursor = next;
		if (cursor !== "0") between();
	} while (cursor !== "0");
	return met;
}

describe("SCAN", () => {
	test("returns each key of a table that does not change exactly once", () => {
		const names = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
		for (const name of names) engine.run("SET", name, "1");
		for (const count of [1, 7, 10, 100, 5000]) {
			const met = iterate(["COUNT", count]);
			expect(met).toHaveLength(1000);
			expect(new Set(met)).toEqual(new Set(names));
		}
	});

	test("COUNT is about how many keys a page has, and 10 where not given", () => {
		for (let i = 0; i < 2000; i++) engine.run("SET", `key:${i}`, "1");
		for (const [options, count] of [
			[[], 10],
			[["COUNT", 100], 100],
		] as const) {
			const [, keys] = page("0", ...options);
			expect(keys.length).toBeGreaterThanOrEqual(count / 2);
			expect(keys.length).toBeLessThanOrEqual(count * 2);
		}
		for (const count of ["100000", "9007199254740993", "9223372036854775807"]) {
			const [next, keys] = page("0", "COUNT", count);
			expect([next, keys.length]).toEqual(["0", 2000]);
		}
	});

	test("MATCH and TYPE select, the last of each kind counting", () => {
		engine.run("MSET", "one", "1", "two", "2", "three", "3", "", "0");
		expect(iterate(["MATCH", "t*"]).sort()).toEqual(["three", "two"]);
		expect(iterate(["match", "o*", "MATCH", "t*", "COUNT", 1]).sort()).toEqual(["three", "two"]);
		expect(iterate(["MATCH", "*"])).toHaveLength(4);
		expect(iterate(["MATCH", "**"])).toHaveLength(3);
		expect(iterate(["TYPE", "String"])).toHaveLength(4);
		expect(iterate(["TYPE", "list", "TYPE", "string"])).toHaveLength(4);
		for (const type of ["list", "zset", "str", "", "foo"]) expect(iterate(["TYPE", type])).toEqual([]);
	});

	test("looking at the type is a look-up", () => {
		engine.run("MSET", "one", "1", "two", "2");
		expect(engine.lookups("SCAN", 0)).toEqual([0, 0]);
		expect(engine.lookups("SCAN", 0, "TYPE", "list")).toEqual([2, 0]);
		expect(engine.lookups("SCAN", 0, "TYPE", "string", "MATCH", "o*")).toEqual([1, 0]);
		engine.setExpired("two");
		expect(engine.lookups("SCAN", 0, "TYPE", "list")).toEqual([1, 1]);
	});

	test("does not return expired keys, and removes those that match", () => {
		for (let i = 0; i < 50; i++) engine.run("SET", `gone:${i}`, "1", "PX", 10);
		engine.run("SET", "a", "1");
		engine.setExpired("b");
		expect(iterate(["MATCH", "a"])).toEqual(["a"]);
		expect(engine.keyCount()).toBe(52);
		expect(iterate(["MATCH", "gone*"])).toEqual([]);
		expect(engine.keyCount()).toBe(2);
		expect(engine.effectsOf("SCAN", 0)).toEqual([0, "0:b:expired"]);
		expect(engine.keyspace.expiredKeys).toBe(51);
	});

	test("returns keys too long for the slab, as KEYS and RANDOMKEY do", () => {
		const name = "k".repeat(70_000);
		engine.run("SET", name, "1", "PX", 10);
		expect(iterate(["MATCH", "k*"])).toEqual([name]);
		expect(engine.run("KEYS", "*")).toBe(`*1\r\n${bulk(name)}`);
		expect(engine.run("RANDOMKEY")).toBe(bulk(name));
		engine.advance(11);
		expect(iterate([])).toEqual([]);
		expect(engine.keyCount()).toBe(0);
	});

	test("takes every cursor that C's strtoul takes", () => {
		engine.run("SET", "a", "1");
		for (const cursor of ["0", "", "00", "+0", "-0", "0\0x", "4294967296"]) {
			expect(page(cursor)).toEqual(["0", ["a"]]);
		}
		for (const cursor of ["18446744073709551615", "-1", "4294967295"]) expect(page(cursor)).toEqual(["0", []]);
		for (const cursor of [
			"abc",
			" 0",
			"0 ",
			"0x0",
			"1.5",
			"+-0",
			"-",
			"18446744073709551616",
			"-18446744073709551616",
		]) {
			expect(engine.run("SCAN", cursor)).toBe("-ERR invalid cursor\r\n");
		}
	});

	test("refuses, in this order, cursors and options", () => {
		expect(engine.run("SCAN", "x", "FOO", "bar")).toBe("-ERR invalid cursor\r\n");
		expect(engine.run("SCAN", 0, "COUNT", "x", "FOO")).toBe(WRONG_INTEGER);
		for (const text of ["", "01", "1.5", "9223372036854775808"]) {
			expect(engine.run("SCAN", 0, "COUNT", text)).toBe(WRONG_INTEGER);
		}
		for (const options of [
			["COUNT"],
			["MATCH"],
			["TYPE"],
			["FOO", "bar"],
			["COUNT", "0"],
			["COUNT", "-1"],
			["COUNT", "-9223372036854775808"],
			["COUNT", "5", "COUNT", "0"],
			["MATCH", "a", "FOO"],
		]) {
			expect(engine.run("SCAN", 0, ...options)).toBe(SYNTAX);
		}
	});
});

describe("SCAN's guarantee", () => {
	/** Values of 2,000 bytes fill a segment with some 500 keys, so that few of them make it split. */
	const value = "v".repeat(2000);

	/** Sets or deletes `count` keys that no other step names, in batches so that the engine verifies rarely. */
	function many(command: "SET" | "DEL", from: number, count: number): void {
		for (let first = from; first < from + count; first += 50) {
			const names = Array.from({ length: Math.min(50, from + count - first) }, (_, i) => `passing:${first + i}`);
			if (command === "DEL") engine.run("DEL", ...names);
			else engine.run("MSET", ...names.flatMap((name) => [name, value]));
		}
	}

	test("what is there the whole time is returned, while the table grows, splits and shrinks", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 60 }),
				fc.array(
					fc.record({
						grows: fc.boolean(),
						count: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 100, max: 900 })),
						page: fc.integer({ min: 1, max: 40 }),
					}),
					{ minLength: 1, maxLength: 12 },
				),
				fc.boolean(),
				(staying, steps, startsLarge) => {
					engine = new GenericEngine();
					const stays = Array.from({ length: staying }, (_, i) => `staying:${i}`);
					if (startsLarge) many("SET", 0, 1500);
					for (const name of stays) engine.run("SET", name, "1");
					let next = startsLarge ? 1500 : 0;
					let oldest = 0;
					let turn = 0;
					const step = () => steps[turn % steps.length]!;
					const met = new Set<string>();
					let cursor = "0";
					do {
						const [at, keys] = page(cursor, "COUNT", step().page);
						for (const key of keys) met.add(key);
						cursor = at;
						if (turn < steps.length) {
							const { grows, count } = step();
							if (grows) {
								many("SET", next, count);
								next += count;
							} else {
								const fewer = Math.min(count, next - oldest);
								many("DEL", oldest, fewer);
								oldest += fewer;
							}
						}
						turn++;
					} while (cursor !== "0");
					expect(stays.filter((name) => !met.has(name))).toEqual([]);
				},
			),
			{ numRuns: 60, seed: 20_260_521 },
		);
	});

	test("the tables of that test do split, and do shrink", () => {
		const { table } = engine.keyspace.databases[0]!;
		many("SET", 0, 1500);
		const segments = table.segmentCount();
		expect(segments).toBeGreaterThan(2);
		const bytes = table.bytesUsed();
		many("DEL", 0, 1500);
		expect(table.bytesUsed()).toBeLessThan(bytes / 10);
	});
});
