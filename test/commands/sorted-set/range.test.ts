import { describe, expect, test } from "bun:test";
import {
	bulk,
	bulks,
	EMPTY,
	integer,
	memberOf,
	NO_MEMBER_RANGE,
	NO_SCORE_RANGE,
	NOT_AN_INTEGER,
	SortedSetEngine,
	SYNTAX,
	sizes,
	WRONG_TYPE,
} from "./engine.ts";

/** Numbers of members, from one up or down to another. */
function numbers(from: number, to: number): string[] {
	const step = from <= to ? 1 : -1;
	return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => memberOf(from + i * step));
}

const BIGGEST = "9223372036854775807";
const SMALLEST = "-9223372036854775808";

describe.each(sizes)("of %d members", (size) => {
	const last = size - 1;
	const engine = new SortedSetEngine();
	engine.fill("z", size);
	engine.run("ZADD", "equal", ...numbers(0, last).flatMap((member) => [7, member]));
	const range = (...words: (string | number)[]) => engine.list("ZRANGE", "z", ...words);

	test("by rank", () => {
		expect(range(0, 2)).toEqual(numbers(0, 2));
		expect(range(-2, -1)).toEqual(numbers(last - 1, last));
		expect(range(0, -1)).toEqual(numbers(0, last));
		expect(range(SMALLEST, BIGGEST)).toEqual(numbers(0, last));
		expect(range(size, size + 5)).toEqual([]);
		expect(range(2, 1)).toEqual([]);
		expect(range(0, -size - 1)).toEqual([]);
		expect(range(1, 2, "REV")).toEqual(numbers(last - 1, last - 2));
		expect(range(0, -1, "rev")).toEqual(numbers(last, 0));
		expect(engine.list("ZREVRANGE", "z", 0, 1)).toEqual(numbers(last, last - 1));
		expect(range(0, 1, "WITHSCORES")).toEqual([memberOf(0), "0", memberOf(1), "1"]);
		expect(range(0, 1, "REV", "WITHSCORES")).toEqual([memberOf(last), `${last}`, memberOf(last - 1), `${last - 1}`]);
	});

	test("by score", () => {
		const byScore = (...words: (string | number)[]) => range(...words.slice(0, 2), "BYSCORE", ...words.slice(2));
		expect(byScore(1, 3)).toEqual(numbers(1, 3));
		expect(byScore("(1", 3)).toEqual(numbers(2, 3));
		expect(byScore("(1", "(3")).toEqual(numbers(2, 2));
		expect(byScore("-inf", "+inf")).toEqual(numbers(0, last));
		expect(byScore(3, 1)).toEqual([]);
		expect(byScore("(1", 1)).toEqual([]);
		expect(byScore(1.5, 1.7)).toEqual([]);
		expect(byScore(3, 1, "REV")).toEqual(numbers(3, 1));
		expect(byScore(1, 3, "REV")).toEqual([]);
		expect(engine.list("ZRANGEBYSCORE", "z", "-inf", 2)).toEqual(numbers(0, 2));
		expect(engine.list("ZREVRANGEBYSCORE", "z", 2, "(0", "WITHSCORES")).toEqual([memberOf(2), "2", memberOf(1), "1"]);
		expect(engine.run("ZCOUNT", "z", "(0", "(3")).toBe(integer(2));
		expect(engine.run("ZCOUNT", "z", 3, 0)).toBe(integer(0));
	});

	test("by member", () => {
		const byMember = (...words: (string | number)[]) =>
			engine.list("ZRANGE", "equal", ...words.slice(0, 2), "BYLEX", ...words.slice(2));
		expect(byMember("-", "+")).toEqual(numbers(0, last));
		expect(byMember(`[${memberOf(1)}`, `(${memberOf(3)}`)).toEqual(numbers(1, 2));
		expect(byMember(`(${memberOf(1)}`, `[${memberOf(3)}`)).toEqual(numbers(2, 3));
		expect(byMember("(member:", "[member:0")).toEqual([]);
		expect(byMember("+", "-")).toEqual([]);
		expect(byMember("+", "-", "REV")).toEqual(numbers(last, 0));
		expect(byMember(`[${memberOf(3)}`, `(${memberOf(1)}`, "REV")).toEqual(numbers(3, 2));
		expect(engine.list("ZRANGEBYLEX", "equal", "-", `[${memberOf(1)}`)).toEqual(numbers(0, 1));
		expect(engine.list("ZREVRANGEBYLEX", "equal", `[${memberOf(1)}`, "-")).toEqual(numbers(1, 0));
		expect(engine.run("ZLEXCOUNT", "equal", "-", "+")).toBe(integer(size));
		expect(engine.run("ZLEXCOUNT", "equal", "[member:001", "(member:004")).toBe(integer(3));
	});

	test("LIMIT", () => {
		const byScore = (...words: (string | number)[]) => engine.list("ZRANGEBYSCORE", "z", "-inf", "+inf", ...words);
		expect(byScore("LIMIT", 1, 2)).toEqual(numbers(1, 2));
		expect(byScore("LIMIT", 0, -1)).toEqual(numbers(0, last));
		expect(byScore("LIMIT", 1, SMALLEST)).toEqual(numbers(1, last));
		expect(byScore("LIMIT", 0, BIGGEST)).toEqual(numbers(0, last));
		expect(byScore("LIMIT", BIGGEST, BIGGEST)).toEqual([]);
		expect(byScore("LIMIT", -1, 5)).toEqual([]);
		expect(byScore("LIMIT", 1, 0)).toEqual([]);
		expect(byScore("LIMIT", 1, 1, "WITHSCORES")).toEqual([memberOf(1), "1"]);
		expect(range("+inf", "-inf", "BYSCORE", "REV", "LIMIT", 1, 2)).toEqual(numbers(last - 1, last - 2));
		expect(engine.list("ZRANGEBYLEX", "equal", "-", "+", "LIMIT", 1, 2)).toEqual(numbers(1, 2));
		expect(engine.list("ZREVRANGEBYLEX", "equal", "+", "-", "LIMIT", 1, 2)).toEqual(numbers(last - 1, last - 2));
		// The last LIMIT counts, and one of ranks is allowed where it is none.
		expect(byScore("LIMIT", 3, 3, "LIMIT", 0, 1)).toEqual(numbers(0, 0));
		expect(range(0, 1, "LIMIT", 0, -1)).toEqual(numbers(0, 1));
	});

	test("RESP3 nests members and scores", () => {
		engine.speak(3);
		expect(engine.run("ZRANGE", "z", 0, 0, "WITHSCORES")).toBe(`*1\r\n*2\r\n${bulk(memberOf(0))},0\r\n`);
		expect(engine.run("ZRANGE", "z", 0, 0)).toBe(bulks(memberOf(0)));
		expect(engine.run("ZRANGE", "none", 0, 0, "WITHSCORES")).toBe(EMPTY);
		engine.speak(2);
	});

	test("ZREMRANGEBY…", () => {
		const scratch = new SortedSetEngine();
		scratch.fill("z", size);
		expect(scratch.effectsOf("ZREMRANGEBYRANK", "z", 0, 0)).toEqual([1, "zremrangebyrank z"]);
		expect(scratch.run("ZREMRANGEBYSCORE", "z", 1, "(2")).toBe(integer(1));
		expect(scratch.effectsOf("ZREMRANGEBYSCORE", "z", "-inf", 1)).toEqual([0]);
		expect(scratch.effectsOf("ZREMRANGEBYRANK", "z", 5, 2)).toEqual([0]);
		expect(scratch.effectsOf("ZREMRANGEBYSCORE", "z", 2, 3)).toEqual([2, "zremrangebyscore z"]);
		expect(scratch.list("ZRANGE", "z", 0, -1)).toEqual(numbers(4, last));
		expect(scratch.effectsOf("ZREMRANGEBYRANK", "z", 0, -1)).toEqual([size - 4, "zremrangebyrank z", "del z"]);
		scratch.run("ZADD", "equal", ...numbers(0, last).flatMap((member) => [7, member]));
		expect(scratch.effectsOf("ZREMRANGEBYLEX", "equal", "(member:001", "[member:003")).toEqual([
			2,
			"zremrangebylex equal",
		]);
		expect(scratch.effectsOf("ZREMRANGEBYLEX", "equal", "-", "+")).toEqual([
			size - 2,
			"zremrangebylex equal",
			"del equal",
		]);
		expect(scratch.run("EXISTS", "equal")).toBe(integer(0));
	});
});

test("members of unequal scores are looked through one by one where the set is small", () => {
	const engine = new SortedSetEngine();
	// In order of scores: c a d b.
	engine.run("ZADD", "z", 1, "c", 2, "a", 3, "d", 4, "b");
	expect(engine.list("ZRANGEBYLEX", "z", "[b", "+")).toEqual(["c", "a", "d", "b"]);
	expect(engine.list("ZRANGEBYLEX", "z", "[b", "[c")).toEqual(["c", "a"]);
	expect(engine.list("ZRANGEBYLEX", "z", "[b", "[c", "LIMIT", 1, 5)).toEqual(["a"]);
	expect(engine.list("ZRANGEBYLEX", "z", "[b", "[c", "LIMIT", 3, 5)).toEqual(["b"]);
	expect(engine.list("ZREVRANGEBYLEX", "z", "[c", "[b")).toEqual(["b", "d"]);
	expect(engine.run("ZLEXCOUNT", "z", "[c", "+")).toBe(integer(0));
	expect(engine.run("ZLEXCOUNT", "z", "[b", "+")).toBe(integer(4));
});

test("keys that do not exist, and keys of other types", () => {
	const engine = new SortedSetEngine();
	engine.run("SET", "text", "x");
	for (const [name, min, max, missing] of [
		["ZRANGE", "0", "1", EMPTY],
		["ZREVRANGE", "0", "1", EMPTY],
		["ZRANGEBYSCORE", "0", "1", EMPTY],
		["ZREVRANGEBYSCORE", "0", "1", EMPTY],
		["ZRANGEBYLEX", "-", "+", EMPTY],
		["ZREVRANGEBYLEX", "-", "+", EMPTY],
		["ZCOUNT", "0", "1", integer(0)],
		["ZLEXCOUNT", "-", "+", integer(0)],
		["ZREMRANGEBYRANK", "0", "1", integer(0)],
		["ZREMRANGEBYSCORE", "0", "1", integer(0)],
		["ZREMRANGEBYLEX", "-", "+", integer(0)],
	] as const) {
		expect(engine.run(name, "none", min, max)).toBe(missing);
		expect(engine.run(name, "text", min, max)).toBe(WRONG_TYPE);
		// Arguments are judged before the key.
		const error = /LEX/.test(name) ? NO_MEMBER_RANGE : /SCORE|ZCOUNT/.test(name) ? NO_SCORE_RANGE : NOT_AN_INTEGER;
		expect(engine.run(name, "text", "x", max)).toBe(error);
		expect(engine.run(name, "text", min, "x")).toBe(error);
	}
});

test("options that do not go together", () => {
	const engine = new SortedSetEngine();
	const limit = "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX\r\n";
	const scores = "-ERR syntax error, WITHSCORES not supported in combination with BYLEX\r\n";
	const range = (...words: (string | number)[]) => engine.run("ZRANGE", "z", ...words);
	expect(range(0, 1, "LIMIT", 0, 1)).toBe(limit);
	expect(range("-", "+", "BYLEX", "WITHSCORES")).toBe(scores);
	expect(engine.run("ZRANGEBYLEX", "z", "-", "+", "WITHSCORES")).toBe(scores);
	expect(range(0, 1, "BYSCORE", "BYLEX")).toBe(SYNTAX);
	expect(range(0, 1, "REV", "REV")).toBe(SYNTAX);
	expect(range(0, 1, "BYSCORE", "LIMIT", 0)).toBe(SYNTAX);
	expect(range(0, 1, "BYSCORE", "LIMIT", 0, "x")).toBe(NOT_AN_INTEGER);
	expect(range(0, 1, "BYSCORE", "LIMIT", "x", 0)).toBe(NOT_AN_INTEGER);
	expect(range(0, 1, "BOGUS")).toBe(SYNTAX);
	expect(range("(1", 2)).toBe(NOT_AN_INTEGER);
	expect(engine.run("ZREVRANGE", "z", 0, 1, "REV")).toBe(SYNTAX);
	expect(engine.run("ZRANGEBYSCORE", "z", 0, 1, "BYSCORE")).toBe(SYNTAX);
	expect(range(0, 1, "WITHSCORES", "withscores")).toBe(EMPTY);
});
