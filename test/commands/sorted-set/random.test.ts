import { beforeEach, describe, expect, test } from "bun:test";
import { AlgebraEngine, error } from "./algebra-engine.ts";
import { EMPTY, NOT_AN_INTEGER, NULL, SYNTAX, sizes, WRONG_TYPE } from "./engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("SET", "string", "x");
});

describe.each(sizes)("ZRANDMEMBER of %i members", (size) => {
	let members: string[];

	beforeEach(() => {
		engine.fill("set", size);
		members = engine.list("ZRANGE", "set", 0, -1);
	});

	test("draws one", () => {
		for (let i = 0; i < 20; i++) expect(members).toContain(engine.ask("ZRANDMEMBER", "set") as string);
	});

	test("with a count draws different members", () => {
		for (const count of [1, 2, Math.floor(size / 3), Math.floor(size / 2), size - 1]) {
			const drawn = engine.list("ZRANDMEMBER", "set", count);
			expect(drawn).toHaveLength(count);
			expect(new Set(drawn).size).toBe(count);
			for (const member of drawn) expect(members).toContain(member);
		}
		expect(engine.run("ZRANDMEMBER", "set", 0)).toBe(EMPTY);
	});

	test("all of them come from the last to the first", () => {
		for (const count of [size, size + 1, "9223372036854775807"]) {
			expect(engine.list("ZRANDMEMBER", "set", count)).toEqual(members.toReversed());
		}
	});

	test("with a negative count the same may come again", () => {
		const drawn = engine.list("ZRANDMEMBER", "set", -10 * size);
		expect(drawn).toHaveLength(10 * size);
		for (const member of drawn) expect(members).toContain(member);
	});

	test("with scores, in pairs", () => {
		for (const count of [2, size - 1, size, -3]) {
			const flat = engine.list("ZRANDMEMBER", "set", count, "WITHSCORES");
			expect(flat).toHaveLength(2 * Math.abs(count));
			for (let i = 0; i < flat.length; i += 2) expect(engine.ask("ZSCORE", "set", flat[i]!)).toBe(flat[i + 1]!);
		}
		engine.speak(3);
		const pairs = engine.ask("ZRANDMEMBER", "set", 2, "withscores") as string[][];
		expect(pairs.map((pair) => pair.length)).toEqual([2, 2]);
	});

	test("each is drawn about as often", () => {
		const counts = new Map<string, number>();
		const count = (drawn: readonly string[]) => {
			for (const member of drawn) counts.set(member, (counts.get(member) ?? 0) + 1);
		};
		for (let i = 0; i < 100; i++) {
			count(engine.list("ZRANDMEMBER", "set", -size));
			count(engine.list("ZRANDMEMBER", "set", Math.ceil(size / 2)));
			count(engine.list("ZRANDMEMBER", "set", Math.ceil(size / 5)));
		}
		const mean = 100 * (1 + Math.ceil(size / 2) / size + Math.ceil(size / 5) / size);
		for (const member of members) {
			expect(counts.get(member)).toBeGreaterThan(mean * 0.6);
			expect(counts.get(member)).toBeLessThan(mean * 1.4);
		}
	});
});

test("ZRANDMEMBER of nothing, and of something else", () => {
	expect(engine.run("ZRANDMEMBER", "missing")).toBe(NULL);
	expect(engine.run("ZRANDMEMBER", "missing", 5)).toBe(EMPTY);
	expect(engine.run("ZRANDMEMBER", "missing", -5, "WITHSCORES")).toBe(EMPTY);
	expect(engine.run("ZRANDMEMBER", "string")).toBe(WRONG_TYPE);
	expect(engine.run("ZRANDMEMBER", "string", 5)).toBe(WRONG_TYPE);
});

test("ZRANDMEMBER judges its arguments first", () => {
	const range = "value is out of range, value must between -9223372036854775807 and 9223372036854775807";
	expect(engine.run("ZRANDMEMBER", "string", "x", "nonsense")).toBe(NOT_AN_INTEGER);
	expect(engine.run("ZRANDMEMBER", "string", "-9223372036854775808", "nonsense")).toBe(error(range));
	expect(engine.run("ZRANDMEMBER", "string", 1, "nonsense")).toBe(SYNTAX);
	expect(engine.run("ZRANDMEMBER", "string", 1, "WITHSCORES", 1)).toBe(SYNTAX);
	for (const count of ["4611686018427387904", "-4611686018427387904"]) {
		expect(engine.run("ZRANDMEMBER", "string", count, "WITHSCORES")).toBe(error("value is out of range"));
	}
	expect(engine.run("ZRANDMEMBER", "string", "4611686018427387903", "WITHSCORES")).toBe(WRONG_TYPE);
});

test("ZRANDMEMBER draws no more than a reply may hold", () => {
	engine.run("ZADD", "set", 1, "x");
	expect(engine.run("ZRANDMEMBER", "set", "-9223372036854775807")).toBe(error("value is out of range"));
	expect(engine.run("ZRANDMEMBER", "set", -(2 ** 27))).toBe(error("value is out of range"));
});
