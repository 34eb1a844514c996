import { describe, expect, test } from "bun:test";
import { bulk, bulks, EMPTY, integer, memberOf, SortedSetEngine, SYNTAX, sizes, WRONG_TYPE } from "./engine.ts";

const POSITIVE = "-ERR value is out of range, must be positive\r\n";

describe.each(sizes)("of %d members", (size) => {
	function filled(): SortedSetEngine {
		const engine = new SortedSetEngine();
		engine.fill("z", size);
		return engine;
	}
	const pairOf = (index: number) => [memberOf(index), String(index)];

	test("one from either end", () => {
		const engine = filled();
		expect(engine.run("ZPOPMIN", "z")).toBe(bulks(...pairOf(0)));
		expect(engine.run("ZPOPMAX", "z")).toBe(bulks(...pairOf(size - 1)));
		expect(engine.run("ZCARD", "z")).toBe(integer(size - 2));
		engine.speak(3);
		expect(engine.run("ZPOPMIN", "z")).toBe(`*2\r\n${bulk(memberOf(1))},1\r\n`);
	});

	test("several", () => {
		const engine = filled();
		expect(engine.list("ZPOPMIN", "z", 2)).toEqual([...pairOf(0), ...pairOf(1)]);
		expect(engine.list("ZPOPMAX", "z", 2)).toEqual([...pairOf(size - 1), ...pairOf(size - 2)]);
		engine.speak(3);
		expect(engine.run("ZPOPMIN", "z", 1)).toBe(`*1\r\n*2\r\n${bulk(memberOf(2))},2\r\n`);
	});

	test("all of them, one by one, and at once", () => {
		const engine = filled();
		for (let i = 0; i < size; i++) expect(engine.list("ZPOPMAX", "z")).toEqual(pairOf(size - 1 - i));
		expect(engine.run("EXISTS", "z")).toBe(integer(0));
		engine.fill("z", size);
		const all = Array.from({ length: size }, (_, i) => pairOf(i)).flat();
		expect(engine.list("ZPOPMIN", "z", "9223372036854775807")).toEqual(all);
		expect(engine.run("EXISTS", "z")).toBe(integer(0));
	});

	test("what is announced", () => {
		const engine = filled();
		expect(engine.effectsOf("ZPOPMIN", "z")).toEqual([1, "zpopmin z"]);
		expect(engine.effectsOf("ZPOPMAX", "z", 2)).toEqual([2, "zpopmax z"]);
		expect(engine.effectsOf("ZPOPMIN", "z", 0)).toEqual([0]);
		expect(engine.effectsOf("ZPOPMIN", "z", 10_000)).toEqual([size - 3, "zpopmin z", "del z"]);
		expect(engine.effectsOf("ZPOPMIN", "z")).toEqual([0]);
	});
});

test("nothing to take, and arguments that are wrong", () => {
	const engine = new SortedSetEngine();
	engine.run("SET", "text", "x");
	engine.run("ZADD", "z", 1, "a");
	for (const name of ["ZPOPMIN", "ZPOPMAX"]) {
		expect(engine.run(name, "none")).toBe(EMPTY);
		expect(engine.run(name, "none", 3)).toBe(EMPTY);
		expect(engine.run(name, "z", 0)).toBe(EMPTY);
		expect(engine.run(name, "text")).toBe(WRONG_TYPE);
		expect(engine.run(name, "text", 0)).toBe(WRONG_TYPE);
		for (const count of ["-1", "x", "1.5", "9223372036854775808"])
			expect(engine.run(name, "text", count)).toBe(POSITIVE);
		expect(engine.run(name, "text", 1, 2)).toBe(SYNTAX);
	}
});
