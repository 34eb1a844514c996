import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AlgebraEngine, array, error } from "./algebra-engine.ts";
import { bulk, EMPTY, integer, NOT_AN_INTEGER, SYNTAX, WRONG_TYPE } from "./engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("ZADD", "a", 1, "one", 2, "two", 3, "three");
	engine.run("ZADD", "b", 10, "two", 20, "three", 30, "four");
	engine.run("SADD", "plain", "three", "five");
	engine.run("SET", "string", "x");
});

describe("ZUNION, ZINTER, ZDIFF", () => {
	test("combine scores by their sum, times weights", () => {
		expect(engine.ask("ZUNION", 2, "a", "b")).toEqual(["one", "two", "three", "four"]);
		const union = engine.ask("ZUNION", 2, "a", "b", "WEIGHTS", 2, "0.5", "WITHSCORES");
		expect(union).toEqual(["one", "2", "two", "9", "four", "15", "three", "16"]);
		expect(engine.ask("ZINTER", 2, "a", "b", "WITHSCORES")).toEqual(["two", "12", "three", "23"]);
		expect(engine.ask("ZINTER", 2, "b", "b", "WEIGHTS", 1, -3, "WITHSCORES")).toEqual([
			...["four", "-60", "three", "-40", "two", "-20"],
		]);
		expect(engine.ask("ZDIFF", 2, "a", "b", "WITHSCORES")).toEqual(["one", "1"]);
		expect(engine.run("ZDIFF", 3, "a", "b", "a")).toBe(EMPTY);
	});

	test("or by the least or the greatest", () => {
		expect(engine.ask("ZINTER", 2, "a", "b", "aggregate", "min", "WITHSCORES")).toEqual(["two", "2", "three", "3"]);
		expect(engine.ask("ZINTER", 2, "a", "b", "AGGREGATE", "MAX", "WITHSCORES")).toEqual(["two", "10", "three", "20"]);
		expect(engine.ask("ZUNION", 2, "a", "b", "AGGREGATE", "SUM", "AGGREGATE", "MIN", "WITHSCORES")).toEqual([
			...["one", "1", "two", "2", "three", "3", "four", "30"],
		]);
	});

	test("take plain sets, whose members count for one, and missing keys", () => {
		expect(engine.ask("ZUNION", 3, "a", "plain", "missing", "WEIGHTS", 1, 10, 5, "WITHSCORES")).toEqual([
			...["one", "1", "two", "2", "five", "10", "three", "13"],
		]);
		expect(engine.ask("ZINTER", 2, "plain", "a", "WITHSCORES")).toEqual(["three", "4"]);
		expect(engine.run("ZINTER", 2, "a", "missing")).toBe(EMPTY);
		expect(engine.ask("ZDIFF", 2, "plain", "a", "WITHSCORES")).toEqual(["five", "1"]);
		expect(engine.ask("ZDIFF", 2, "a", "plain")).toEqual(["one", "two"]);
		expect(engine.run("ZDIFF", 2, "missing", "a")).toBe(EMPTY);
	});

	test("nest pairs in RESP3", () => {
		engine.speak(3);
		expect(engine.run("ZINTER", 2, "a", "b", "WITHSCORES")).toBe(
			"*2\r\n*2\r\n$3\r\ntwo\r\n,12\r\n*2\r\n$5\r\nthree\r\n,23\r\n",
		);
		expect(engine.run("ZINTER", 2, "a", "b")).toBe(array("two", "three"));
	});

	test("know what infinity is", () => {
		engine.run("ZADD", "plus", "inf", "x", 0, "zero");
		engine.run("ZADD", "minus", "-inf", "x", 0, "zero");
		expect(engine.ask("ZUNION", 2, "plus", "minus", "WITHSCORES")).toEqual(["x", "0", "zero", "0"]);
		expect(engine.ask("ZINTER", 2, "plus", "minus", "AGGREGATE", "MIN", "WITHSCORES")).toEqual([
			...["x", "-inf", "zero", "0"],
		]);
		expect(engine.ask("ZUNION", 1, "plus", "WEIGHTS", 0, "WITHSCORES")).toEqual(["x", "0", "zero", "0"]);
		expect(engine.ask("ZUNION", 1, "plus", "WEIGHTS", "-inf", "WITHSCORES")).toEqual(["x", "-inf", "zero", "0"]);
		// Minus zero and zero make zero.
		engine.run("ZADD", "one", 1, "y");
		engine.run("ZADD", "other", 1, "y", 2, "z");
		expect(engine.ask("ZUNION", 2, "one", "other", "WEIGHTS", "-0", 0, "WITHSCORES")).toEqual(["y", "0", "z", "0"]);
		expect(engine.ask("ZUNION", 2, "one", "other", "WEIGHTS", 0, "-0", "WITHSCORES")).toEqual(["y", "0", "z", "-0"]);
	});

	test("add from the smallest to the largest", () => {
		// 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1.
		for (const [key, score, size] of [
			["third", "0.3", 3],
			["first", "0.1", 1],
			["second", "0.2", 2],
		] as const) {
			engine.run("ZADD", key, score, "x");
			for (let i = 1; i < size; i++) engine.run("ZADD", key, 100 + i, `${key}${i}`);
		}
		expect(engine.ask("ZINTER", 3, "third", "second", "first", "WITHSCORES")).toEqual(["x", "0.6000000000000001"]);
		expect(engine.ask("ZUNION", 3, "third", "second", "first", "WITHSCORES")).toContain("0.6000000000000001");
	});

	test("judge the number of keys, the keys, then the options", () => {
		for (const name of ["zunion", "zinter", "zdiff", "zintercard"]) {
			expect(engine.run(name, "x", "a")).toBe(NOT_AN_INTEGER);
			expect(engine.run(name, 0, "a")).toBe(error(`at least 1 input key is needed for '${name}' command`));
			expect(engine.run(name, "-9223372036854775808", "a")).toBe(
				error(`at least 1 input key is needed for '${name}' command`),
			);
			expect(engine.run(name, 2, "a")).toBe(SYNTAX);
			expect(engine.run(name, "9223372036854775807", "a")).toBe(SYNTAX);
			expect(engine.run(name, 2, "a", "string", "nonsense")).toBe(WRONG_TYPE);
			expect(engine.run(name, 1, "a", "nonsense")).toBe(SYNTAX);
		}
		expect(engine.run("ZUNION", 2, "a", "b", "WEIGHTS", 1)).toBe(SYNTAX);
		expect(engine.run("ZUNION", 2, "a", "b", "WEIGHTS", 1, "x")).toBe(error("weight value is not a float"));
		expect(engine.run("ZUNION", 2, "a", "b", "WEIGHTS", 1, "nan")).toBe(error("weight value is not a float"));
		expect(engine.run("ZUNION", 1, "a", "AGGREGATE", "AVG")).toBe(SYNTAX);
		expect(engine.run("ZUNION", 1, "a", "AGGREGATE")).toBe(SYNTAX);
		expect(engine.run("ZDIFF", 1, "a", "WEIGHTS", 1)).toBe(SYNTAX);
		expect(engine.run("ZUNIONSTORE", "target", 1, "a", "WITHSCORES")).toBe(SYNTAX);
	});
});

/** Sets of every form: by name, members and what they count for. */
const shapes: readonly (readonly [name: string, scores: ReadonlyMap<string, number>])[] = [
	["missing", new Map()],
	["sorted:small", sorted(0, 20, 1)],
	["sorted:large", sorted(10, 300, 0.5)],
	["sorted:larger", sorted(200, 700, -0.1)],
	["plain:integers", plain(0, 60)],
	["plain:large", plain(100, 900)],
	[
		"plain:strings",
		new Map([
			["a", 1],
			["x".repeat(300), 1],
			["5", 1],
		]),
	],
	[
		"sorted:long",
		new Map([
			["a", -Infinity],
			["x".repeat(300), Infinity],
			["5", -0],
		]),
	],
];

function sorted(from: number, to: number, factor: number): Map<string, number> {
	return new Map(
		plain(from, to)
			.keys()
			.map((member) => [member, Number(member) * factor]),
	);
}

function plain(from: number, to: number): Map<string, number> {
	return new Map(Array.from({ length: to - from }, (_, i) => [String(from + i), 1]));
}

const aggregates: Record<string, (a: number, b: number) => number> = {
	SUM: (a, b) => (Number.isNaN(a + b) ? 0 : a + b),
	MIN: (a, b) => (b < a ? b : a),
	MAX: (a, b) => (b > a ? b : a),
};

type Inputs = readonly { readonly scores: ReadonlyMap<string, number>; readonly weight: number }[];

/** What comes out, by the book. */
function combined(name: string, inputs: Inputs, aggregate: string): Map<string, number> {
	if (name === "ZDIFF") {
		const [first, ...others] = inputs;
		return new Map([...first!.scores].filter(([member]) => !others.some(({ scores }) => scores.has(member))));
	}
	const result = new Map<string, number>();
	const combine = aggregates[aggregate]!;
	for (const { scores, weight } of inputs.toSorted((a, b) => a.scores.size - b.scores.size)) {
		for (const [member, score] of scores) {
			const weighted = Number.isNaN(score * weight) ? 0 : score * weight;
			result.set(member, result.has(member) ? combine(result.get(member)!, weighted) : weighted);
		}
	}
	if (name === "ZUNION") return result;
	return new Map([...result].filter(([member]) => inputs.every(({ scores }) => scores.has(member))));
}

function pairs(contents: Map<string, number>): string[] {
	const ordered = [...contents].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
	return ordered.flatMap(([member, score]) => [member, scoreText(score)]);
}

function scoreText(score: number): string {
	if (!Number.isFinite(score)) return score > 0 ? "inf" : "-inf";
	return Object.is(score, -0) ? "-0" : String(score);
}

const choice = fc.array(fc.tuple(fc.nat(shapes.length - 1), fc.constantFrom(1, 1, 2, -1, 0.5, 0)), {
	minLength: 1,
	maxLength: 4,
});

test.each(["ZUNION", "ZINTER", "ZDIFF"])("%s of sets of all forms is what it is of maps", (name) => {
	for (const [key, scores] of shapes) {
		for (const [member, score] of scores) {
			if (key.startsWith("plain")) engine.run("SADD", key, member);
			else engine.run("ZADD", key, scoreText(score), member);
		}
	}
	fc.assert(
		fc.property(choice, fc.constantFrom("SUM", "MIN", "MAX"), (chosen, aggregate) => {
			const keys = chosen.map(([shape]) => shapes[shape]![0]);
			const inputs = chosen.map(([shape, weight]) => ({ scores: shapes[shape]![1], weight }));
			const options =
				name === "ZDIFF" ? [] : ["WEIGHTS", ...chosen.map(([, weight]) => weight), "AGGREGATE", aggregate];
			const result = combined(name, inputs, aggregate);
			const seen = engine.ask(name, keys.length, ...keys, ...options, "WITHSCORES") as string[];
			expect(asNumbers(seen)).toEqual(asNumbers(pairs(result)));
			expect(engine.run(`${name}STORE`, "target", keys.length, ...keys, ...options)).toBe(integer(result.size));
			expect(asNumbers(engine.contents("target") as string[])).toEqual(asNumbers(pairs(result)));
			if (name === "ZINTER") {
				expect(engine.run("ZINTERCARD", keys.length, ...keys)).toBe(integer(result.size));
				expect(engine.run("ZINTERCARD", keys.length, ...keys, "LIMIT", 7)).toBe(integer(Math.min(7, result.size)));
			}
		}),
		{ numRuns: 60, seed: 2 },
	);
});

/** Scores as numbers; minus zero, which a small set does not keep, as zero. */
function asNumbers(flat: readonly string[]): (string | number)[] {
	return flat.map((text, i) => (i % 2 === 0 ? text : Number(text.replace("inf", "Infinity")) + 0));
}

describe("ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE", () => {
	test("replace whatever is there, even an input", () => {
		engine.run("EXPIRE", "string", 100);
		expect(engine.effectsOf("ZUNIONSTORE", "string", 2, "a", "b")).toEqual([1, "zunionstore string"]);
		expect(engine.run("TTL", "string")).toBe(integer(-1));
		expect(engine.effectsOf("ZINTERSTORE", "a", 2, "a", "b")).toEqual([1, "zinterstore a"]);
		expect(engine.contents("a")).toEqual(["two", "12", "three", "23"]);
		expect(engine.effectsOf("ZDIFFSTORE", "plain", 2, "b", "a")).toEqual([1, "zdiffstore plain"]);
		expect(engine.contents("plain")).toEqual(["four", "30"]);
	});

	test("remove the key where nothing comes out", () => {
		expect(engine.effectsOf("ZINTERSTORE", "string", 2, "a", "missing")).toEqual([1, "del string"]);
		expect(engine.effectsOf("ZINTERSTORE", "string", 2, "a", "missing")).toEqual([0]);
		expect(engine.effectsOf("ZDIFFSTORE", "a", 2, "a", "a")).toEqual([1, "del a"]);
		expect(engine.run("ZUNIONSTORE", "b", 1, "missing")).toBe(integer(0));
		expect(engine.run("EXISTS", "string", "a", "b")).toBe(integer(0));
	});

	test("store a small set as a small one", () => {
		engine.fill("large", 129);
		engine.run("ZADD", "wide", 1, "x".repeat(65));
		engine.run("ZUNIONSTORE", "target", 2, "large", "large");
		expect(engine.encoding("target")).toBe("skiplist");
		engine.run("ZINTERSTORE", "target", 2, "large", "large");
		expect(engine.encoding("target")).toBe("skiplist");
		engine.run("ZDIFFSTORE", "target", 1, "wide");
		expect(engine.encoding("target")).toBe("skiplist");
		engine.run("ZUNIONSTORE", "target", 1, "a");
		expect(engine.encoding("target")).toBe("listpack");
	});
});

describe("ZINTERCARD", () => {
	test("counts up to a limit", () => {
		expect(engine.run("ZINTERCARD", 2, "a", "b")).toBe(integer(2));
		expect(engine.run("ZINTERCARD", 2, "a", "b", "LIMIT", 1)).toBe(integer(1));
		expect(engine.run("ZINTERCARD", 2, "a", "b", "limit", 0)).toBe(integer(2));
		expect(engine.run("ZINTERCARD", 3, "a", "b", "plain", "LIMIT", "9223372036854775807")).toBe(integer(1));
		expect(engine.run("ZINTERCARD", 1, "missing")).toBe(integer(0));
		expect(engine.run("ZINTERCARD", 1, "a", "LIMIT", -1)).toBe(error("LIMIT can't be negative"));
		expect(engine.run("ZINTERCARD", 1, "a", "LIMIT", "x")).toBe(error("LIMIT can't be negative"));
		expect(engine.run("ZINTERCARD", 1, "a", "LIMIT")).toBe(SYNTAX);
		expect(engine.run("ZINTERCARD", 1, "a", "WITHSCORES")).toBe(SYNTAX);
	});

	test("members may be anything", () => {
		engine.run("ZADD", "odd", 0, "", 0, "\0", 0, "\r\n");
		expect(engine.run("ZINTER", 2, "odd", "odd")).toBe(`*3\r\n${bulk("")}${bulk("\0")}${bulk("\r\n")}`);
	});
});
