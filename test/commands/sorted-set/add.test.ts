import { describe, expect, test } from "bun:test";
import { bulk, bulks, integer, NOT_A_FLOAT, NULL, SortedSetEngine, SYNTAX, sizes, WRONG_TYPE } from "./engine.ts";

describe("ZADD", () => {
	test("adds, updates, and counts what is new", () => {
		const engine = new SortedSetEngine();
		expect(engine.run("ZADD", "z", 1, "a", 2, "b")).toBe(integer(2));
		expect(engine.run("ZADD", "z", 3, "a", 2, "b", 5, "c")).toBe(integer(1));
		expect(engine.run("ZADD", "z", "CH", 4, "a", 2, "b", 5, "d")).toBe(integer(2));
		expect(engine.list("ZRANGE", "z", 0, -1, "WITHSCORES")).toEqual(["b", "2", "a", "4", "c", "5", "d", "5"]);
	});

	test.each<[string, string[], number]>([
		["NX", ["a", "1", "new", "9"], 1],
		["XX", ["a", "9"], 0],
		["GT", ["a", "9", "b", "2", "new", "9"], 1],
		["LT", ["a", "1", "b", "-9", "new", "9"], 1],
	])("%s", (option, left, added) => {
		const engine = new SortedSetEngine();
		engine.run("ZADD", "z", 1, "a", 2, "b");
		expect(engine.run("ZADD", "z", option, 9, "a", -9, "b", 9, "new")).toBe(integer(added));
		const scores = engine.list("ZRANGE", "z", 0, -1, "WITHSCORES");
		for (let i = 0; i < left.length; i += 2) {
			if (option !== "XX" || left[i] !== "new") expect(scores[scores.indexOf(left[i]!) + 1]).toBe(left[i + 1]!);
		}
		expect(scores.includes("new")).toBe(option !== "XX");
	});

	test("a member given twice has the last score, and is counted once", () => {
		const engine = new SortedSetEngine();
		expect(engine.run("ZADD", "z", 1, "a", 2, "a")).toBe(integer(1));
		expect(engine.run("ZADD", "z", "CH", 1, "a", 2, "a")).toBe(integer(2));
		expect(engine.run("ZSCORE", "z", "a")).toBe(bulk("2"));
	});

	test("INCR adds to the score, or replies null where the options forbid it", () => {
		const engine = new SortedSetEngine();
		expect(engine.run("ZADD", "z", "INCR", 1.5, "a")).toBe(bulk("1.5"));
		expect(engine.run("ZADD", "z", "INCR", 2, "a")).toBe(bulk("3.5"));
		expect(engine.run("ZADD", "z", "NX", "INCR", 2, "a")).toBe(NULL);
		expect(engine.run("ZADD", "z", "XX", "INCR", 2, "b")).toBe(NULL);
		expect(engine.run("ZADD", "none", "XX", "INCR", 2, "b")).toBe(NULL);
		expect(engine.run("ZADD", "z", "GT", "INCR", -1, "a")).toBe(NULL);
		expect(engine.run("ZADD", "z", "LT", "INCR", -1, "a")).toBe(bulk("2.5"));
		expect(engine.run("EXISTS", "none")).toBe(integer(0));
		engine.speak(3);
		expect(engine.run("ZADD", "z", "INCR", 0, "a")).toBe(",2.5\r\n");
		expect(engine.run("ZADD", "z", "NX", "INCR", 0, "a")).toBe("_\r\n");
	});

	test("infinite scores, and none that is no number", () => {
		const engine = new SortedSetEngine();
		engine.run("ZADD", "z", "inf", "a", "-inf", "b", "1e308", "c");
		expect(engine.list("ZRANGE", "z", 0, -1, "WITHSCORES")).toEqual(["b", "-inf", "c", "1e+308", "a", "inf"]);
		const nan = "-ERR resulting score is not a number (NaN)\r\n";
		expect(engine.run("ZADD", "z", "INCR", "-inf", "a")).toBe(nan);
		expect(engine.run("ZINCRBY", "z", "inf", "b")).toBe(nan);
		expect(engine.run("ZINCRBY", "z", "1e308", "c")).toBe(bulk("inf"));
		expect(engine.run("ZINCRBY", "z", "nan", "c")).toBe(NOT_A_FLOAT);
	});

	test("minus zero is kept by what counts as large only", () => {
		const engine = new SortedSetEngine();
		expect(engine.run("ZADD", "z", "INCR", "-0", "a")).toBe(bulk("-0"));
		expect(engine.run("ZSCORE", "z", "a")).toBe(bulk("0"));
		engine.keyspace.limits.sortedSetEntries = 0;
		engine.run("ZADD", "large", "-0", "a");
		expect(engine.run("ZSCORE", "large", "a")).toBe(bulk("-0"));
		expect(engine.effectsOf("ZADD", "large", 0, "a")).toEqual([0]);
	});

	test("nothing is changed where one score is refused", () => {
		const engine = new SortedSetEngine();
		for (const score of ["x", "", "nan", "1 ", " 1", "1e400", "1,5"]) {
			expect(engine.run("ZADD", "z", 1, "a", score, "b")).toBe(NOT_A_FLOAT);
		}
		expect(engine.run("EXISTS", "z")).toBe(integer(0));
	});

	test("arguments that do not go together", () => {
		const engine = new SortedSetEngine();
		const rivals = "-ERR GT, LT, and/or NX options at the same time are not compatible\r\n";
		expect(engine.run("ZADD", "z", "NX", "XX", 1, "a")).toBe(
			"-ERR XX and NX options at the same time are not compatible\r\n",
		);
		expect(engine.run("ZADD", "z", "GT", "LT", 1, "a")).toBe(rivals);
		expect(engine.run("ZADD", "z", "GT", "NX", 1, "a")).toBe(rivals);
		expect(engine.run("ZADD", "z", "nx", "Lt", 1, "a")).toBe(rivals);
		expect(engine.run("ZADD", "z", "INCR", 1, "a", 2, "b")).toBe(
			"-ERR INCR option supports a single increment-element pair\r\n",
		);
		expect(engine.run("ZADD", "z", 1, "a", 2)).toBe(SYNTAX);
		expect(engine.run("ZADD", "z", "NX", "CH")).toBe(SYNTAX);
		expect(engine.run("ZADD", "z", "XX", "GT", "CH", 1, "a")).toBe(integer(0));
		engine.run("SET", "text", "x");
		expect(engine.run("ZADD", "text", "x", "a")).toBe(NOT_A_FLOAT);
		expect(engine.run("ZADD", "text", 1, "a")).toBe(WRONG_TYPE);
	});

	test("events and the count of changes", () => {
		const engine = new SortedSetEngine();
		expect(engine.effectsOf("ZADD", "z", 1, "a", 2, "b", 3, "c")).toEqual([3, "zadd z"]);
		expect(engine.effectsOf("ZADD", "z", 1, "a", 5, "b", 6, "d")).toEqual([2, "zadd z"]);
		expect(engine.effectsOf("ZADD", "z", 1, "a")).toEqual([0]);
		expect(engine.effectsOf("ZADD", "z", "INCR", 1, "a")).toEqual([1, "zincr z"]);
		expect(engine.effectsOf("ZADD", "none", "XX", 1, "a")).toEqual([0]);
		expect(engine.effectsOf("ZINCRBY", "z", 0, "a")).toEqual([0]);
		expect(engine.effectsOf("ZINCRBY", "z", 1, "a")).toEqual([1, "zincr z"]);
	});

	test("keeps the deadline of its key", () => {
		const engine = new SortedSetEngine();
		for (const size of sizes) {
			engine.run("ZADD", "z", 1, "a");
			engine.run("PEXPIRE", "z", 5000);
			engine.fill("z", size);
			expect(engine.run("PTTL", "z")).toBe(integer(5000));
			engine.run("DEL", "z");
		}
	});
});

describe("ZINCRBY", () => {
	test("begins with 0, and moves the member", () => {
		for (const size of sizes) {
			const engine = new SortedSetEngine();
			engine.fill("z", size);
			expect(engine.run("ZINCRBY", "z", "2.5", "new")).toBe(bulk("2.5"));
			expect(engine.run("ZINCRBY", "z", "10000", "new")).toBe(bulk("10002.5"));
			expect(engine.run("ZRANK", "z", "new")).toBe(integer(size));
			expect(engine.run("ZINCRBY", "z", "-20000", "new")).toBe(bulk("-9997.5"));
			expect(engine.run("ZRANK", "z", "new")).toBe(integer(0));
		}
	});

	test("takes options of ZADD for what they are", () => {
		expect(new SortedSetEngine().run("ZINCRBY", "z", "NX", "a")).toBe(SYNTAX);
	});
});

describe("OBJECT ENCODING", () => {
	test("follows the limits, and never goes back", () => {
		const engine = new SortedSetEngine();
		engine.fill("z", 128);
		expect(engine.encoding("z")).toBe("listpack");
		engine.run("ZADD", "z", 1, "one more");
		expect(engine.encoding("z")).toBe("skiplist");
		for (let i = 0; i < 128; i++) engine.run("ZPOPMIN", "z");
		expect(engine.run("ZCARD", "z")).toBe(integer(1));
		expect(engine.encoding("z")).toBe("skiplist");
		engine.run("ZADD", "y", 1, "x".repeat(64));
		expect(engine.encoding("y")).toBe("listpack");
		engine.run("ZADD", "y", 1, "x".repeat(65));
		expect(engine.encoding("y")).toBe("skiplist");
		engine.run("ZREM", "y", "x".repeat(65));
		expect(engine.encoding("y")).toBe("skiplist");
		engine.run("COPY", "y", "copy");
		expect(engine.encoding("copy")).toBe("skiplist");
	});

	test("is that of a small set however many bytes it has", () => {
		const engine = new SortedSetEngine();
		for (let i = 0; i < 128; i++) engine.run("ZADD", "z", i, `${"x".repeat(60)}${1000 + i}`);
		expect(engine.encoding("z")).toBe("listpack");
		expect(engine.run("ZRANGE", "z", "127", "127")).toBe(bulks(`${"x".repeat(60)}1127`));
		engine.run("COPY", "z", "copy");
		expect(engine.encoding("copy")).toBe("listpack");
	});

	test("many members given at once are many, also where they are one", () => {
		const engine = new SortedSetEngine();
		engine.run("ZADD", "z", ...Array.from({ length: 129 }, () => [1, "a"]).flat());
		expect(engine.encoding("z")).toBe("skiplist");
	});

	test("limits may change", () => {
		const engine = new SortedSetEngine();
		engine.keyspace.limits.sortedSetEntries = 2;
		engine.keyspace.limits.sortedSetValueBytes = 3;
		engine.run("ZADD", "z", 1, "aaa", 2, "bbb");
		expect(engine.encoding("z")).toBe("listpack");
		engine.run("ZADD", "z", 1, "c");
		expect(engine.encoding("z")).toBe("skiplist");
		engine.run("ZADD", "y", 1, "aaaa");
		expect(engine.encoding("y")).toBe("skiplist");
		engine.keyspace.limits.sortedSetEntries = 1000;
		engine.fill("x", 999);
		expect(engine.encoding("x")).toBe("skiplist");
		engine.keyspace.limits.sortedSetValueBytes = 64;
		engine.fill("w", 999);
		expect(engine.encoding("w")).toBe("listpack");
	});
});
