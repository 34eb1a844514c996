import { beforeEach, expect, test } from "bun:test";
import { AlgebraEngine, array, error } from "./algebra-engine.ts";
import { EMPTY, NOT_AN_INTEGER, SYNTAX, sizes, WRONG_TYPE } from "./engine.ts";

let engine: AlgebraEngine;

beforeEach(() => {
	engine = new AlgebraEngine();
	engine.run("SET", "string", "x");
});

/** What a whole iteration returns: members and their scores. */
function scanned(...options: (string | number)[]): { met: Map<string, string>; pages: number } {
	const met = new Map<string, string>();
	let cursor = "0";
	let pages = 0;
	do {
		const [next, elements] = engine.ask("ZSCAN", "set", cursor, ...options) as [string, string[]];
		for (let i = 0; i < elements.length; i += 2) met.set(elements[i]!, elements[i + 1]!);
		cursor = next;
		pages++;
	} while (cursor !== "0");
	return { met, pages };
}

test.each(sizes)("ZSCAN meets each of %i members", (size) => {
	engine.fill("set", size);
	const contents = engine.list("ZRANGE", "set", 0, -1, "WITHSCORES");
	const { met, pages } = scanned("COUNT", 20);
	expect([...met].flat().sort()).toEqual(contents.toSorted());
	expect(pages > 1).toBe(size > 128);
	const some = scanned("MATCH", "member:00[0-2]").met;
	expect([...some.keys()].sort()).toEqual(["member:000", "member:001", "member:002"]);
});

test("ZSCAN shows the scores of a small set as they are stored, those of a large one in 17 digits", () => {
	engine.run("ZADD", "set", "0.1", "a");
	expect(engine.run("ZSCAN", "set", 0)).toBe(array("0", array("a", "0.1")));
	engine.run("ZADD", "set", 1e20, "x".repeat(65), "inf", "y");
	const { met } = scanned();
	expect(met.get("a")).toBe("0.10000000000000001");
	expect(met.get("x".repeat(65))).toBe("1e+20");
	expect(met.get("y")).toBe("inf");
	engine.speak(3);
	expect(engine.run("ZSCAN", "set", 0, "MATCH", "a")).toBe(array("0", array("a", "0.10000000000000001")));
});

test("ZSCAN of nothing, and of something else", () => {
	expect(engine.run("ZSCAN", "missing", 0)).toBe(array("0", EMPTY));
	expect(engine.run("ZSCAN", "missing", 0, "nonsense")).toBe(array("0", EMPTY));
	expect(engine.run("ZSCAN", "string", 0, "nonsense")).toBe(WRONG_TYPE);
	expect(engine.run("ZSCAN", "string", "x")).toBe(error("invalid cursor"));
	engine.run("ZADD", "set", 1, "a");
	expect(engine.run("ZSCAN", "set", 0, "COUNT", 0)).toBe(SYNTAX);
	expect(engine.run("ZSCAN", "set", 0, "COUNT", "x")).toBe(NOT_AN_INTEGER);
	expect(engine.run("ZSCAN", "set", 0, "MATCH")).toBe(SYNTAX);
	expect(engine.run("ZSCAN", "set", 0, "NOSCORES")).toBe(SYNTAX);
});
