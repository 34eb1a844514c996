import { beforeEach, describe, expect, test } from "bun:test";
import { array, bulk, EMPTY, members, range, SetEngine, WRONG_TYPE, wrongArity } from "./engine.ts";

let engine: SetEngine;

beforeEach(() => {
	engine = new SetEngine();
	engine.run("SET", "string", "x");
});

describe("SADD", () => {
	test("counts what is new", () => {
		expect(engine.run("SADD", "key", "a", "b", "a")).toBe(":2\r\n");
		expect(engine.run("SADD", "key", "a", "b", "c")).toBe(":1\r\n");
		expect(engine.run("SADD", "key", "a")).toBe(":0\r\n");
		expect(engine.run("SMEMBERS", "key")).toBe(array("a", "b", "c"));
	});

	test("takes any bytes", () => {
		const strange = ["", "\0", "\r\n", "\xff\xfe", "x".repeat(5000), "1", "01", "-0"];
		expect(engine.run("SADD", "key", ...strange)).toBe(":8\r\n");
		expect(engine.sorted("SMEMBERS", "key")).toEqual(strange.toSorted());
	});

	test("announces once, and counts each change", () => {
		expect(engine.effectsOf("SADD", "key", "a", "b", "a")).toEqual([2, "key:sadd:5"]);
		expect(engine.effectsOf("SADD", "key", "a", "b")).toEqual([0]);
	});

	test("refuses another type, another number of arguments", () => {
		expect(engine.run("SADD", "string", "a")).toBe(WRONG_TYPE);
		expect(engine.run("SADD", "key")).toBe(wrongArity("sadd"));
	});

	test("keeps the deadline", () => {
		engine.run("SADD", "key", "1");
		engine.run("PEXPIRE", "key", 1000);
		for (const member of ["70000", "a", "x".repeat(5000)]) {
			engine.run("SADD", "key", member);
			expect(engine.run("PTTL", "key")).toBe(":1000\r\n");
		}
		engine.advance(1001);
		expect(engine.run("SCARD", "key")).toBe(":0\r\n");
	});
});

describe("SREM", () => {
	test("counts what was there, and takes the key with the last", () => {
		engine.run("SADD", "key", "a", "b", "c");
		expect(engine.run("SREM", "key", "a", "x", "a")).toBe(":1\r\n");
		expect(engine.run("SREM", "key", "b", "c", "d")).toBe(":2\r\n");
		expect(engine.run("EXISTS", "key")).toBe(":0\r\n");
		expect(engine.run("SREM", "key", "a")).toBe(":0\r\n");
		expect(engine.run("SREM", "string", "a")).toBe(WRONG_TYPE);
		expect(engine.run("SREM", "key")).toBe(wrongArity("srem"));
	});

	test("announces the end of the key, too", () => {
		engine.run("SADD", "key", "a", "b", "c");
		expect(engine.effectsOf("SREM", "key", "a", "b", "x")).toEqual([2, "key:srem:5"]);
		expect(engine.effectsOf("SREM", "key", "x")).toEqual([0]);
		expect(engine.effectsOf("SREM", "key", "c", "d")).toEqual([1, "key:srem:5", "key:del:2"]);
	});
});

describe("questions", () => {
	test.each([
		["integers", range(0, 100)],
		["strings", [...range(0, 50), "a"]],
		["many", [...range(0, 1000), "a"]],
	])("of %s", (_, all) => {
		engine.run("SADD", "key", ...all);
		expect(engine.run("SCARD", "key")).toBe(`:${all.length}\r\n`);
		expect(engine.run("SISMEMBER", "key", "7")).toBe(":1\r\n");
		expect(engine.run("SISMEMBER", "key", "07")).toBe(":0\r\n");
		expect(engine.run("SMISMEMBER", "key", "7", "x", "8", "")).toBe("*4\r\n:1\r\n:0\r\n:1\r\n:0\r\n");
		expect(engine.sorted("SMEMBERS", "key")).toEqual(all.toSorted());
	});

	test("of missing keys and other types", () => {
		expect(engine.run("SCARD", "none")).toBe(":0\r\n");
		expect(engine.run("SISMEMBER", "none", "a")).toBe(":0\r\n");
		expect(engine.run("SMISMEMBER", "none", "a", "b")).toBe("*2\r\n:0\r\n:0\r\n");
		expect(engine.run("SMEMBERS", "none")).toBe(EMPTY);
		for (const words of [["SCARD"], ["SISMEMBER", "a"], ["SMISMEMBER", "a"], ["SMEMBERS"]]) {
			expect(engine.run(words[0]!, "string", ...words.slice(1))).toBe(WRONG_TYPE);
		}
		expect(engine.run("SCARD")).toBe(wrongArity("scard"));
		expect(engine.run("SISMEMBER", "a")).toBe(wrongArity("sismember"));
		expect(engine.run("SISMEMBER", "a", "b", "c")).toBe(wrongArity("sismember"));
		expect(engine.run("SMISMEMBER", "a")).toBe(wrongArity("smismember"));
		expect(engine.run("SMEMBERS", "a", "b")).toBe(wrongArity("smembers"));
	});

	test("are counted as hits and misses", () => {
		engine.run("SADD", "key", "a");
		for (const words of [["SCARD"], ["SISMEMBER", "a"], ["SMISMEMBER", "a"], ["SMEMBERS"]]) {
			expect(engine.lookups(words[0]!, "key", ...words.slice(1))).toEqual([1, 0]);
			expect(engine.lookups(words[0]!, "none", ...words.slice(1))).toEqual([0, 1]);
		}
		expect(engine.lookups("SADD", "key", "a")).toEqual([0, 0]);
		expect(engine.lookups("SREM", "none", "a")).toEqual([0, 0]);
	});

	test("members are a set in RESP3", () => {
		engine.run("SADD", "key", "a", "5");
		engine.client.protocol = 3;
		expect(engine.run("SMEMBERS", "key")).toBe(`~2\r\n${bulk("a")}${bulk("5")}`);
		expect(engine.run("SMEMBERS", "none")).toBe("~0\r\n");
		expect(engine.run("SMISMEMBER", "key", "a")).toBe("*1\r\n:1\r\n");
	});
});

describe("SMOVE", () => {
	test("moves", () => {
		engine.run("SADD", "a", "1", "x");
		engine.run("SADD", "b", "2");
		expect(engine.effectsOf("SMOVE", "a", "b", "x")).toEqual([2, "a:srem:5", "b:sadd:5"]);
		expect(engine.run("SMEMBERS", "b")).toBe(array("2", "x"));
		expect(engine.run("SMOVE", "a", "b", "x")).toBe(":0\r\n");
		expect(engine.effectsOf("SMOVE", "a", "b", "1")).toEqual([2, "a:srem:5", "a:del:2", "b:sadd:5"]);
		expect(engine.run("EXISTS", "a")).toBe(":0\r\n");
		expect(engine.run("SMOVE", "b", "a", "1")).toBe(":1\r\n");
		expect(engine.encoding("a")).toBe("intset");
	});

	test("into a set that has the member already", () => {
		engine.run("SADD", "a", "1", "2");
		engine.run("SADD", "b", "1");
		expect(engine.effectsOf("SMOVE", "a", "b", "1")).toEqual([1, "a:srem:5"]);
	});

	test("within one set asks only", () => {
		engine.run("SADD", "a", "1");
		expect(engine.run("SMOVE", "a", "a", "1")).toBe(":1\r\n");
		expect(engine.run("SMOVE", "a", "a", "2")).toBe(":0\r\n");
		expect(engine.effectsOf("SMOVE", "a", "a", "1")).toEqual([0]);
	});

	test("into a new set that must not be an intset", () => {
		engine.keyspace.limits.intsetEntries = 0;
		engine.run("SADD", "a", "1");
		engine.run("SMOVE", "a", "b", "1");
		expect(engine.encoding("b")).toBe("listpack");
	});

	test("looks both keys up before it judges", () => {
		engine.run("SADD", "a", "1");
		expect(engine.run("SMOVE", "none", "string", "1")).toBe(":0\r\n");
		expect(engine.run("SMOVE", "a", "string", "x")).toBe(WRONG_TYPE);
		expect(engine.run("SMOVE", "string", "a", "x")).toBe(WRONG_TYPE);
		expect(engine.run("SMOVE", "a", "b")).toBe(wrongArity("smove"));
		engine.run("SADD", "old", "x");
		engine.run("PEXPIRE", "old", 10);
		engine.advance(11);
		expect(engine.run("SMOVE", "a", "old", "1")).toBe(":1\r\n");
		expect(engine.run("SMEMBERS", "old")).toBe(array("1"));
		expect(engine.run("TTL", "old")).toBe(":-1\r\n");
	});
});

describe("OBJECT ENCODING", () => {
	test("follows the number of arguments", () => {
		engine.run("SADD", "a", ...range(0, 512));
		engine.run("SADD", "b", ...range(0, 513));
		engine.run("SADD", "c", "x", ...range(0, 127));
		engine.run("SADD", "d", "x", ...range(0, 128));
		engine.run("SADD", "e", "x".repeat(65));
		expect(["a", "b", "c", "d", "e"].map((key) => engine.encoding(key))).toEqual([
			"intset",
			"hashtable",
			"listpack",
			"hashtable",
			"hashtable",
		]);
	});

	test("outlives RENAME and COPY", () => {
		engine.run("SADD", "a", "x", "y".repeat(65));
		engine.run("SADD", "b", ...range(0, 600));
		for (const key of ["a", "b"]) {
			engine.run("SREM", key, "y".repeat(65));
			engine.run("COPY", key, "copy", "REPLACE");
			engine.run("RENAME", key, "renamed");
			expect([engine.encoding("copy"), engine.encoding("renamed")]).toEqual(["hashtable", "hashtable"]);
			expect(engine.sorted("SMEMBERS", "copy")).toEqual(engine.sorted("SMEMBERS", "renamed"));
			engine.run("SADD", "copy", "more");
			expect(engine.run("SISMEMBER", "renamed", "more")).toBe(":0\r\n");
		}
	});
});

describe("SSCAN", () => {
	function scanned(key: string, ...options: (string | number)[]): string[] {
		const found: string[] = [];
		let cursor = "0";
		do {
			const reply = engine.run("SSCAN", key, cursor, ...options);
			const [, cursorText, rest] = /^\*2\r\n\$\d+\r\n(\d+)\r\n(.*)$/s.exec(reply)!;
			cursor = cursorText!;
			found.push(...members(rest!));
		} while (cursor !== "0");
		return found.sort();
	}

	test("finds everything, or what matches", () => {
		for (const all of [range(0, 300), [...range(0, 99), "a"], range(0, 3000)]) {
			engine.run("SADD", "key", ...all);
			expect(scanned("key")).toEqual(all.toSorted());
			expect(scanned("key", "COUNT", 1000)).toEqual(all.toSorted());
			expect(scanned("key", "MATCH", "1*")).toEqual(all.filter((each) => each.startsWith("1")).sort());
			engine.run("DEL", "key");
		}
		expect(scanned("none")).toEqual([]);
	});

	test("refuses what Redis refuses", () => {
		engine.run("SADD", "key", "a");
		expect(engine.run("SSCAN", "key", "x")).toBe("-ERR invalid cursor\r\n");
		expect(engine.run("SSCAN", "string", 0)).toBe(WRONG_TYPE);
		expect(engine.run("SSCAN", "key", 0, "TYPE", "set")).toBe("-ERR syntax error\r\n");
		expect(engine.run("SSCAN", "key", 0, "COUNT", 0)).toBe("-ERR syntax error\r\n");
		expect(engine.run("SSCAN", "none", 0, "COUNT", 0)).toBe("*2\r\n$1\r\n0\r\n*0\r\n");
		expect(engine.run("SSCAN", "key")).toBe(wrongArity("sscan"));
	});
});
