import { describe, expect, test } from "bun:test";
import {
	bulk,
	bulks,
	integer,
	memberOf,
	NULL,
	SortedSetEngine,
	SYNTAX,
	sizes,
	WRONG_TYPE,
	wrongArity,
} from "./engine.ts";

describe.each(sizes)("of %d members", (size) => {
	function filled(): SortedSetEngine {
		const engine = new SortedSetEngine();
		engine.fill("z", size);
		return engine;
	}

	test("ZCARD, ZSCORE, ZMSCORE", () => {
		const engine = filled();
		expect(engine.run("ZCARD", "z")).toBe(integer(size));
		expect(engine.run("ZSCORE", "z", memberOf(3))).toBe(bulk("3"));
		expect(engine.run("ZSCORE", "z", "none")).toBe(NULL);
		expect(engine.run("ZMSCORE", "z", memberOf(1), "none", memberOf(2))).toBe(bulks("1", null, "2"));
		engine.speak(3);
		expect(engine.run("ZSCORE", "z", memberOf(3))).toBe(",3\r\n");
		expect(engine.run("ZSCORE", "z", "none")).toBe("_\r\n");
		expect(engine.run("ZMSCORE", "z", memberOf(1), "none")).toBe("*2\r\n,1\r\n_\r\n");
	});

	test("ZRANK and ZREVRANK", () => {
		const engine = filled();
		expect(engine.run("ZRANK", "z", memberOf(3))).toBe(integer(3));
		expect(engine.run("ZREVRANK", "z", memberOf(3))).toBe(integer(size - 4));
		expect(engine.run("ZRANK", "z", "none")).toBe(NULL);
		expect(engine.run("ZRANK", "z", memberOf(3), "WITHSCORE")).toBe(`*2\r\n:3\r\n${bulk("3")}`);
		expect(engine.run("ZREVRANK", "z", memberOf(3), "withscore")).toBe(`*2\r\n:${size - 4}\r\n${bulk("3")}`);
		expect(engine.run("ZRANK", "z", "none", "WITHSCORE")).toBe("*-1\r\n");
		engine.speak(3);
		expect(engine.run("ZRANK", "z", memberOf(3), "WITHSCORE")).toBe("*2\r\n:3\r\n,3\r\n");
		expect(engine.run("ZRANK", "z", "none", "WITHSCORE")).toBe("_\r\n");
		expect(engine.run("ZRANK", "z", "none")).toBe("_\r\n");
	});

	test("ZREM", () => {
		const engine = filled();
		expect(engine.run("ZREM", "z", memberOf(0), "none", memberOf(1), memberOf(0))).toBe(integer(2));
		expect(engine.run("ZCARD", "z")).toBe(integer(size - 2));
		expect(engine.effectsOf("ZREM", "z", "none")).toEqual([0]);
		expect(engine.effectsOf("ZREM", "z", memberOf(2), memberOf(3))).toEqual([2, "zrem z"]);
		const rest = Array.from({ length: size }, (_, i) => memberOf(i));
		expect(engine.effectsOf("ZREM", "z", ...rest)).toEqual([size - 4, "zrem z", "del z"]);
		expect(engine.run("EXISTS", "z")).toBe(integer(0));
	});

	test("COPY, RENAME and a dump of what they leave", () => {
		const engine = filled();
		engine.run("COPY", "z", "copy");
		engine.run("ZREM", "z", memberOf(0));
		engine.run("ZADD", "copy", 1000, "more");
		engine.run("RENAME", "z", "y");
		expect(engine.run("ZCARD", "copy")).toBe(integer(size + 1));
		expect(engine.run("ZCARD", "y")).toBe(integer(size - 1));
		expect(engine.list("ZRANGE", "copy", 0, 0)).toEqual([memberOf(0)]);
		expect(engine.list("ZRANGE", "y", -1, -1)).toEqual([memberOf(size - 1)]);
		expect(engine.run("TYPE", "y")).toBe("+zset\r\n");
	});
});

test("keys that do not exist", () => {
	const engine = new SortedSetEngine();
	expect(engine.run("ZCARD", "none")).toBe(integer(0));
	expect(engine.run("ZSCORE", "none", "a")).toBe(NULL);
	expect(engine.run("ZMSCORE", "none", "a", "b")).toBe(bulks(null, null));
	expect(engine.run("ZRANK", "none", "a")).toBe(NULL);
	expect(engine.run("ZRANK", "none", "a", "WITHSCORE")).toBe("*-1\r\n");
	expect(engine.run("ZREM", "none", "a")).toBe(integer(0));
});

test("keys of other types, and arguments that are none", () => {
	const engine = new SortedSetEngine();
	engine.run("SET", "text", "x");
	for (const name of ["ZSCORE", "ZMSCORE", "ZRANK", "ZREVRANK", "ZREM"]) {
		expect(engine.run(name, "text", "a")).toBe(WRONG_TYPE);
		expect(engine.run(name, "text")).toBe(wrongArity(name.toLowerCase()));
	}
	expect(engine.run("ZCARD", "text")).toBe(WRONG_TYPE);
	expect(engine.run("ZRANK", "text", "a", "WITHSCORES")).toBe(SYNTAX);
	expect(engine.run("ZRANK", "text", "a", "WITHSCORE", "b")).toBe(wrongArity("zrank"));
});

test("members are bytes", () => {
	const engine = new SortedSetEngine();
	const members = ["", "\0", "\r\n", "\xff\xfe", "x".repeat(255), "y".repeat(70_000)];
	for (const [index, member] of members.entries()) engine.run("ZADD", "z", index, member);
	expect(engine.list("ZRANGE", "z", 0, 1)).toEqual(["", "\0"]);
	for (const [index, member] of members.entries()) {
		expect(engine.run("ZRANK", "z", member)).toBe(integer(index));
		expect(engine.run("ZRANGE", "z", index, index)).toBe(bulks(member));
	}
	expect(engine.run("ZREM", "z", ...members)).toBe(integer(members.length));
});
