import { beforeEach, describe, expect, test } from "bun:test";
import {
	array,
	bulk,
	EMPTY,
	fillers,
	ListEngine,
	NOT_AN_INTEGER,
	NULL,
	range,
	SYNTAX,
	WRONG_TYPE,
	wrongArity,
} from "./engine.ts";

let engine: ListEngine;

beforeEach(() => {
	engine = new ListEngine();
});

const int64 = ["9223372036854775807", "-9223372036854775808"] as const;

test("LLEN counts", () => {
	expect(engine.run("LLEN", "missing")).toBe(":0\r\n");
	engine.fill("key", ...range(0, 5000));
	expect(engine.run("LLEN", "key")).toBe(":5000\r\n");
	expect(engine.run("LLEN", "string")).toBe(WRONG_TYPE);
	expect(engine.run("LLEN")).toBe(wrongArity("llen"));
});

describe("LINDEX", () => {
	test("reads any element from either end", () => {
		for (const filler of fillers) {
			const elements = range(0, 200, filler);
			engine.fill("key", ...elements);
			for (const index of [0, 1, 99, 100, 199, -1, -2, -100, -200]) {
				expect(engine.run("LINDEX", "key", index)).toBe(bulk(elements.at(index)!));
			}
			for (const index of [200, -201, ...int64]) expect(engine.run("LINDEX", "key", index)).toBe(NULL);
		}
	});

	test("looks at the index only where there is a list", () => {
		engine.fill("key", "a");
		expect(engine.run("LINDEX", "missing", "abc")).toBe(NULL);
		expect(engine.run("LINDEX", "string", "abc")).toBe(WRONG_TYPE);
		for (const index of ["abc", "", "1.5", "9223372036854775808", "-0"]) {
			expect(engine.run("LINDEX", "key", index)).toBe(NOT_AN_INTEGER);
		}
		expect(engine.run("LINDEX", "key")).toBe(wrongArity("lindex"));
	});
});

describe("LRANGE", () => {
	test("reads from one element to another, both included", () => {
		for (const filler of fillers) {
			const elements = range(0, 100, filler);
			engine.fill("key", ...elements);
			for (const [start, stop] of [
				[0, -1],
				[0, 0],
				[-1, -1],
				[10, 90],
				[-90, -10],
				[95, 200],
				[-200, 5],
				[50, 49],
				[100, 200],
				[3, -200],
			] as const) {
				const from = start < 0 ? Math.max(0, 100 + start) : start;
				const to = stop < 0 ? 100 + stop : stop;
				expect(engine.run("LRANGE", "key", start, stop)).toBe(array(...elements.slice(from, Math.max(0, to + 1))));
			}
			expect(engine.run("LRANGE", "key", int64[1], int64[0])).toBe(array(...elements));
			expect(engine.run("LRANGE", "key", int64[0], int64[1])).toBe(EMPTY);
		}
	});

	test("judges the range before it looks for the key", () => {
		expect(engine.run("LRANGE", "missing", 0, -1)).toBe(EMPTY);
		for (const index of ["abc", "", "1.5", "9223372036854775808"]) {
			expect(engine.run("LRANGE", "missing", 0, index)).toBe(NOT_AN_INTEGER);
			expect(engine.run("LRANGE", "string", index, 0)).toBe(NOT_AN_INTEGER);
		}
		expect(engine.run("LRANGE", "string", 0, 1)).toBe(WRONG_TYPE);
		expect(engine.run("LRANGE", "key", 0)).toBe(wrongArity("lrange"));
	});
});

describe("LPOS", () => {
	beforeEach(() => {
		engine.fill("key", ..."a b c 1 2 3 c c".split(" "));
	});

	test("tells where the first one is, or one further on", () => {
		expect(engine.run("LPOS", "key", "a")).toBe(":0\r\n");
		expect(engine.run("LPOS", "key", "c")).toBe(":2\r\n");
		expect(engine.run("LPOS", "key", "c", "RANK", 2)).toBe(":6\r\n");
		expect(engine.run("LPOS", "key", "c", "rank", -1)).toBe(":7\r\n");
		expect(engine.run("LPOS", "key", "c", "RANK", -2)).toBe(":6\r\n");
		for (const rank of [4, -4, ...int64.slice(0, 1), "-9223372036854775807"]) {
			expect(engine.run("LPOS", "key", "c", "RANK", rank)).toBe(NULL);
		}
		expect(engine.run("LPOS", "key", "x")).toBe(NULL);
		expect(engine.run("LPOS", "missing", "x")).toBe(NULL);
	});

	test("tells several, as an array even where there are none", () => {
		expect(engine.run("LPOS", "key", "c", "COUNT", 0)).toBe("*3\r\n:2\r\n:6\r\n:7\r\n");
		expect(engine.run("LPOS", "key", "c", "COUNT", 2)).toBe("*2\r\n:2\r\n:6\r\n");
		expect(engine.run("LPOS", "key", "c", "COUNT", int64[0])).toBe("*3\r\n:2\r\n:6\r\n:7\r\n");
		expect(engine.run("LPOS", "key", "c", "COUNT", 0, "RANK", 2)).toBe("*2\r\n:6\r\n:7\r\n");
		expect(engine.run("LPOS", "key", "c", "COUNT", 2, "RANK", -1)).toBe("*2\r\n:7\r\n:6\r\n");
		expect(engine.run("LPOS", "key", "x", "COUNT", 1)).toBe(EMPTY);
		expect(engine.run("LPOS", "missing", "x", "COUNT", 1)).toBe(EMPTY);
	});

	test("looks at so many elements", () => {
		expect(engine.run("LPOS", "key", "c", "MAXLEN", 2)).toBe(NULL);
		expect(engine.run("LPOS", "key", "c", "MAXLEN", 3)).toBe(":2\r\n");
		expect(engine.run("LPOS", "key", "c", "MAXLEN", 0)).toBe(":2\r\n");
		expect(engine.run("LPOS", "key", "c", "COUNT", 0, "MAXLEN", 7)).toBe("*2\r\n:2\r\n:6\r\n");
		expect(engine.run("LPOS", "key", "c", "COUNT", 0, "MAXLEN", 2, "RANK", -1)).toBe("*2\r\n:7\r\n:6\r\n");
	});

	test("finds in lists of blocks, too, from either end", () => {
		const elements = range(0, 3000).map((number) => (Number(number) % 100 === 7 ? "wanted" : number));
		engine.fill("big", ...elements);
		const indexes = elements.flatMap((element, index) => (element === "wanted" ? [index] : []));
		const integers = (...numbers: number[]): string =>
			`*${numbers.length}\r\n${numbers.map((n) => `:${n}\r\n`).join("")}`;
		expect(engine.run("LPOS", "big", "wanted", "COUNT", 0)).toBe(integers(...indexes));
		expect(engine.run("LPOS", "big", "wanted", "COUNT", 0, "RANK", -1)).toBe(integers(...indexes.toReversed()));
		expect(engine.run("LPOS", "big", "wanted", "RANK", -30)).toBe(":7\r\n");
	});

	test("refuses what makes no sense, before it looks for the key", () => {
		for (const key of ["key", "missing", "string"]) {
			const told = (...words: (string | number)[]): string => engine.run("LPOS", key, "c", ...words);
			expect(told("RANK", 0)).toBe(
				"-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
					"or use negative to start from the end of the list\r\n",
			);
			expect(told("RANK", "abc")).toBe(NOT_AN_INTEGER);
			expect(told("RANK", int64[1])).toBe(
				"-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
			);
			for (const bad of ["-1", "abc", "", "9223372036854775808"]) {
				expect(told("COUNT", bad)).toBe("-ERR COUNT can't be negative\r\n");
				expect(told("MAXLEN", bad)).toBe("-ERR MAXLEN can't be negative\r\n");
			}
			expect(told("COUNT")).toBe(SYNTAX);
			expect(told("COUNT", 1, "RANK")).toBe(SYNTAX);
			expect(told("LIMIT", 1)).toBe(SYNTAX);
		}
		expect(engine.run("LPOS", "string", "c")).toBe(WRONG_TYPE);
		expect(engine.run("LPOS", "key")).toBe(wrongArity("lpos"));
	});
});
