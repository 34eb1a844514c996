import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { array, EMPTY, range, SetEngine, SYNTAX, WRONG_TYPE, wrongArity } from "./engine.ts";

let engine: SetEngine;

beforeEach(() => {
	engine = new SetEngine();
	engine.run("SET", "string", "x");
});

type Operation = (sets: readonly (readonly string[])[]) => string[];

const operations: [name: string, operation: Operation][] = [
	["SINTER", ([first, ...others]) => first!.filter((each) => others.every((other) => other.includes(each)))],
	["SUNION", (sets) => [...new Set(sets.flat())]],
	["SDIFF", ([first, ...others]) => first!.filter((each) => others.every((other) => !other.includes(each)))],
];

/** Sets of every form, some of them alike. */
const shapes: readonly string[][] = [
	[],
	["1"],
	["a"],
	range(0, 20),
	range(10, 300),
	[...range(0, 50), "a", "b"],
	[...range(20, 100), "b", "x".repeat(100)],
	[...range(0, 700), "a"],
	[...range(500, 2500), "x".repeat(5000)],
	range(100, 900),
	["-5", "70000", "5000000000", "-5000000000"],
	["5000000000", "70000", "c", "d"],
];

describe.each(operations)("%s", (name, operation) => {
	test("of sets of all forms is what it is of lists", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 0, max: shapes.length - 1 }), { minLength: 1, maxLength: 4 }),
				(chosen) => {
					const sets = chosen.map((shape) => shapes[shape]!);
					const keys = chosen.map((shape) => `set:${shape}`);
					for (const [i, key] of keys.entries()) if (sets[i]!.length > 0) engine.run("SADD", key, ...sets[i]!);
					const expected = operation(sets).sort();
					expect(engine.sorted(name, ...keys)).toEqual(expected);
					expect(engine.run(`${name}STORE`, "target", ...keys)).toBe(`:${expected.length}\r\n`);
					expect(engine.sorted("SMEMBERS", "target")).toEqual(expected);
					if (name !== "SINTER") return;
					expect(engine.run("SINTERCARD", keys.length, ...keys)).toBe(`:${expected.length}\r\n`);
					const limit = Math.min(expected.length, 70);
					expect(engine.run("SINTERCARD", keys.length, ...keys, "LIMIT", 70)).toBe(`:${limit}\r\n`);
				},
			),
			{ numRuns: 150, seed: 6 },
		);
	});

	test("stores over anything, also over one of the sets", () => {
		engine.run("SADD", "a", "1", "2", "x");
		engine.run("SADD", "b", "2", "x", "3");
		const expected = operation([
			["1", "2", "x"],
			["2", "x", "3"],
		]).sort();
		engine.run("SETEX", "target", 100, "string");
		const event = `${name.toLowerCase()}store`;
		expect(engine.effectsOf(`${name}STORE`, "target", "a", "b")).toEqual([1, `target:${event}:5`]);
		expect(engine.run("TTL", "target")).toBe(":-1\r\n");
		engine.run("PEXPIRE", "b", 1000);
		engine.run(`${name}STORE`, "b", "a", "b");
		expect(engine.sorted("SMEMBERS", "b")).toEqual(expected);
		expect(engine.run("TTL", "b")).toBe(":-1\r\n");
	});

	test("removes the key where nothing is to be stored", () => {
		engine.run("SET", "target", "x");
		expect(engine.effectsOf(`${name}STORE`, "target", "none", "neither")).toEqual([1, "target:del:2"]);
		expect(engine.effectsOf(`${name}STORE`, "target", "none")).toEqual([0]);
	});

	test("refuses other types, wherever they are", () => {
		engine.run("SADD", "a", "1");
		expect(engine.run(name, "a", "string")).toBe(WRONG_TYPE);
		expect(engine.run(name, "none", "string")).toBe(WRONG_TYPE);
		expect(engine.run(`${name}STORE`, "target", "string", "a")).toBe(WRONG_TYPE);
		expect(engine.run(name)).toBe(wrongArity(name.toLowerCase()));
		expect(engine.run(`${name}STORE`, "target")).toBe(wrongArity(`${name.toLowerCase()}store`));
		expect(engine.lookups(name, "a", "none", "string", "a")).toEqual([2, 1]);
		expect(engine.lookups(`${name}STORE`, "a", "none", "a")).toEqual([1, 1]);
	});

	test("is a set in RESP3", () => {
		engine.run("SADD", "a", "1");
		engine.client.protocol = 3;
		expect(engine.run(name, "a")).toBe("~1\r\n$1\r\n1\r\n");
		expect(engine.run(name, "none")).toBe("~0\r\n");
	});
});

describe("encodings of what is stored", () => {
	const stored = (command: string, ...keys: string[]): string => {
		engine.run(command, "target", ...keys);
		return engine.encoding("target");
	};

	beforeEach(() => {
		engine.run("SADD", "ints", ...range(0, 100));
		engine.run("SADD", "mixed", ...range(0, 50), "a");
		engine.run("SADD", "table", ...range(0, 600), "b".repeat(65));
		engine.run("SADD", "letters", "a", "b");
	});

	test("intersections: integers are an intset, wherever they come from", () => {
		expect(stored("SINTERSTORE", "ints", "mixed")).toBe("intset");
		expect(stored("SINTERSTORE", "mixed", "table")).toBe("intset");
		expect(stored("SINTERSTORE", "table", "table")).toBe("hashtable");
		expect(stored("SINTERSTORE", "mixed", "mixed")).toBe("listpack");
		engine.run("SREM", "table", "b".repeat(65));
		expect(stored("SINTERSTORE", "table")).toBe("hashtable");
		engine.run("SREM", "table", ...range(512, 600));
		expect(stored("SINTERSTORE", "table")).toBe("intset");
	});

	test("unions: as if the members had been added one by one", () => {
		expect(stored("SUNIONSTORE", "ints")).toBe("intset");
		expect(stored("SUNIONSTORE", "ints", "letters")).toBe("listpack");
		expect(stored("SUNIONSTORE", "ints", "table")).toBe("hashtable");
		engine.run("SADD", "more", ...range(1000, 1100));
		expect(stored("SUNIONSTORE", "ints", "more")).toBe("intset");
		expect(stored("SUNIONSTORE", "ints", "more", "letters")).toBe("hashtable");
	});

	test("differences: a first set that is copied leaves its encoding", () => {
		engine.run("SADD", "big", ...range(0, 100), "x".repeat(65));
		engine.run("SADD", "long", "x".repeat(65));
		engine.run("SADD", "other", "y");
		expect(stored("SDIFFSTORE", "mixed", "letters")).toBe("intset");
		expect(stored("SDIFFSTORE", "big", "long")).toBe("intset");
		// Three sets: to copy the first is less work than to look up its members in both others.
		expect(stored("SDIFFSTORE", "big", "long", "other")).toBe("hashtable");
		expect(stored("SDIFFSTORE", "mixed", "letters", "other")).toBe("listpack");
		// As much work either way: it is not copied.
		engine.run("SADD", "four", "a", "b", "c", "x".repeat(65));
		expect(stored("SDIFFSTORE", "four", "long", "other")).toBe("listpack");
		engine.run("SADD", "six", "a", "b", "c", "d", "e", "x".repeat(65));
		expect(stored("SDIFFSTORE", "six", "long", "other")).toBe("hashtable");
	});
});

describe("SINTERCARD", () => {
	beforeEach(() => {
		engine.run("SADD", "a", ...range(0, 300));
		engine.run("SADD", "b", ...range(100, 500));
	});

	test("counts, up to a limit", () => {
		expect(engine.run("SINTERCARD", 2, "a", "b")).toBe(":200\r\n");
		expect(engine.run("SINTERCARD", 2, "a", "b", "LIMIT", 0)).toBe(":200\r\n");
		expect(engine.run("SINTERCARD", 2, "a", "b", "limit", 7)).toBe(":7\r\n");
		expect(engine.run("SINTERCARD", 2, "a", "b", "LIMIT", 7, "LIMIT", "9223372036854775807")).toBe(":200\r\n");
		expect(engine.run("SINTERCARD", 2, "a", "none")).toBe(":0\r\n");
		expect(engine.run("SINTERCARD", 1, "a")).toBe(":300\r\n");
	});

	test("refuses what Redis refuses", () => {
		for (const count of ["0", "-1", "x", "1.5", "9223372036854775808"]) {
			expect(engine.run("SINTERCARD", count, "a")).toBe("-ERR numkeys should be greater than 0\r\n");
		}
		for (const count of ["2", "9223372036854775807"]) {
			expect(engine.run("SINTERCARD", count, "a")).toBe("-ERR Number of keys can't be greater than number of args\r\n");
		}
		expect(engine.run("SINTERCARD", 1, "a", "LIMIT")).toBe(SYNTAX);
		expect(engine.run("SINTERCARD", 1, "a", "b")).toBe(SYNTAX);
		for (const limit of ["-1", "x", "9223372036854775808"]) {
			expect(engine.run("SINTERCARD", 1, "a", "LIMIT", limit)).toBe("-ERR LIMIT can't be negative\r\n");
		}
		expect(engine.run("SINTERCARD", 2, "none", "string")).toBe(WRONG_TYPE);
		expect(engine.run("SINTERCARD", 1)).toBe(wrongArity("sintercard"));
	});
});

test("an expired set is met and gone before any is read", () => {
	engine.run("SADD", "a", ...range(0, 100), "x");
	engine.run("SADD", "b", ...range(0, 100), "y");
	engine.run("PEXPIRE", "b", 10);
	engine.advance(11);
	expect(engine.run("SINTER", "a", "b")).toBe(EMPTY);
	expect(engine.sorted("SDIFF", "a", "b")).toEqual([...range(0, 100), "x"].sort());
	expect(engine.run("SUNION", "a", "a")).toBe(array(...range(0, 100), "x"));
});
