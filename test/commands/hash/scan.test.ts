import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, bulks, HashEngine, NOT_AN_INTEGER, NULL, SYNTAX, WRONG_TYPE, wrongArity } from "./harness.ts";

const OUT_OF_RANGE = "-ERR value is out of range\r\n";

let engine: HashEngine;

beforeEach(() => {
	engine = new HashEngine();
});

/** Cursor and elements of a page. */
function page(...words: (string | number)[]): [cursor: string, ...elements: string[]] {
	const [header, , cursor, , ...lines] = engine.run("HSCAN", ...words).split("\r\n");
	expect(header).toBe("*2");
	return [cursor!, ...lines.filter((_, i) => i % 2 === 1)];
}

describe("HSCAN", () => {
	test.each([1, 50, 400])("gives all %i fields of a listpack at once, in order", (size) => {
		engine.fill("h", size);
		const expected = Array.from({ length: size }, (_, i) => [`field:${i}`, `value:${i}`]).flat();
		expect(page("h", 0, "COUNT", 1)).toEqual(["0", ...expected]);
		expect(page("h", 77)).toEqual(["0", ...expected]);
	});

	test("goes through a table a few fields at a time", () => {
		engine.fill("h", 2000);
		const seen = new Map<string, string>();
		let cursor = "0";
		let pages = 0;
		do {
			const [next, ...elements] = page("h", cursor, "COUNT", 20);
			expect(elements.length).toBeLessThan(200);
			for (let i = 0; i < elements.length; i += 2) seen.set(elements[i]!, elements[i + 1]!);
			cursor = next;
			pages++;
		} while (cursor !== "0");
		expect(pages).toBeGreaterThan(20);
		expect(seen.size).toBe(2000);
		for (const [field, value] of seen) expect(value).toBe(field.replace("field", "value"));
	});

	test("narrows by pattern, and leaves the values out", () => {
		for (const size of [50, 1000]) {
			engine.fill("h", size);
			expect(page("h", 0, "MATCH", "field:1[23]", "COUNT", 10_000).slice(1).toSorted()).toEqual([
				...["field:12", "field:13", "value:12", "value:13"],
			]);
			expect(page("h", 0, "novalues", "match", "field:1?", "count", 10_000)).toHaveLength(11);
			expect(page("h", 0, "COUNT", "9223372036854775807", "NOVALUES")).toHaveLength(size + 1);
			expect(page("h", 0, "MATCH", "value*")).toEqual([size === 50 ? "0" : expect.any(String)]);
		}
		engine.run("HSET", "small", "", "x");
		expect(page("small", 0, "MATCH", "*", "NOVALUES")).toEqual(["0", ""]);
	});

	test("judges the cursor, then the key, then the options", () => {
		engine.run("SET", "string", "x");
		engine.run("HSET", "h", "f", "v");
		for (const cursor of ["abc", "1.5", "18446744073709551616", " 0"]) {
			expect(engine.run("HSCAN", "string", cursor)).toBe("-ERR invalid cursor\r\n");
		}
		expect(engine.run("HSCAN", "none", 0, "nonsense")).toBe(`*2\r\n${bulk("0")}*0\r\n`);
		expect(engine.run("HSCAN", "string", 0, "nonsense")).toBe(WRONG_TYPE);
		for (const options of [["nonsense"], ["MATCH"], ["COUNT", "0"], ["COUNT", "-1"], ["TYPE", "hash"]]) {
			expect(engine.run("HSCAN", "h", 0, ...options)).toBe(SYNTAX);
		}
		expect(engine.run("HSCAN", "h", 0, "COUNT", "abc")).toBe(NOT_AN_INTEGER);
		expect(engine.run("HSCAN", "h")).toBe(wrongArity("hscan"));
	});
});

describe("HRANDFIELD", () => {
	test("picks one field, whatever the size", () => {
		expect(engine.run("HRANDFIELD", "none")).toBe(NULL);
		for (const size of [1, 50, 400, 1000]) {
			engine.fill("h", size);
			const seen = new Set(Array.from({ length: 20 * size }, () => engine.run("HRANDFIELD", "h")));
			expect(seen.size).toBe(size);
		}
	});

	test("picks as many different ones as there are", () => {
		for (const size of [50, 400, 1000]) {
			engine.fill("h", size);
			for (const count of [1, 2, 10, size >> 1, size - 1, size, size + 1, "4611686018427387904"]) {
				const picked = engine.list("HRANDFIELD", "h", count);
				expect(picked).toHaveLength(Math.min(Number(count), size));
				expect(new Set(picked).size).toBe(picked.length);
			}
		}
		expect(engine.run("HRANDFIELD", "h", 0)).toBe("*0\r\n");
		expect(engine.run("HRANDFIELD", "none", 5)).toBe("*0\r\n");
	});

	test("takes each field as often as another", () => {
		for (const size of [50, 1000]) {
			engine.fill("h", size);
			const times = new Map<string, number>();
			const draws = 400_000 / size;
			for (let i = 0; i < draws; i++) {
				for (const field of engine.list("HRANDFIELD", "h", size / 10)) times.set(field, (times.get(field) ?? 0) + 1);
			}
			const mean = draws / 10;
			const spread = 6 * Math.sqrt(mean);
			for (const count of times.values()) expect(Math.abs(count - mean)).toBeLessThan(spread);
			expect(times.size).toBe(size);
		}
	});

	test("repeats itself where the count is negative", () => {
		for (const size of [3, 1000]) {
			engine.fill("h", size);
			expect(engine.list("HRANDFIELD", "h", -50)).toHaveLength(50);
		}
		expect(engine.run("HRANDFIELD", "none", -5)).toBe("*0\r\n");
	});

	test("gives values, too, in pairs of their own in RESP3", () => {
		engine.run("HSET", "h", "f", "v");
		expect(engine.run("HRANDFIELD", "h", 5, "withvalues")).toBe(bulks("f", "v"));
		expect(engine.run("HRANDFIELD", "h", -2, "WITHVALUES")).toBe(bulks("f", "v", "f", "v"));
		engine.speak(3);
		expect(engine.run("HRANDFIELD", "h", 5, "WITHVALUES")).toBe(`*1\r\n${bulks("f", "v")}`);
		expect(engine.run("HRANDFIELD", "h", -2, "WITHVALUES")).toBe(`*2\r\n${bulks("f", "v")}${bulks("f", "v")}`);
	});

	test("refuses what no memory could hold", () => {
		engine.fill("h", 2);
		for (const count of ["-9223372036854775807", "-4611686018427387904", "-100000000"]) {
			expect(engine.run("HRANDFIELD", "h", count)).toBe(OUT_OF_RANGE);
		}
		engine.run("HSET", "big", "f", "x".repeat(2 ** 20));
		expect(engine.run("HRANDFIELD", "big", -1000, "WITHVALUES")).toBe(OUT_OF_RANGE);
	});

	test("judges the count, then the words, then the key", () => {
		engine.run("SET", "string", "x");
		for (const count of ["abc", "1.5", "", "9223372036854775808", "-9223372036854775809"]) {
			expect(engine.run("HRANDFIELD", "string", count, "nonsense")).toBe(NOT_AN_INTEGER);
		}
		expect(engine.run("HRANDFIELD", "string", "-9223372036854775808")).toBe(
			"-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
		);
		expect(engine.run("HRANDFIELD", "string", 1, "nonsense")).toBe(SYNTAX);
		expect(engine.run("HRANDFIELD", "string", 1, "WITHVALUES", "WITHVALUES")).toBe(SYNTAX);
		for (const count of ["4611686018427387904", "-4611686018427387904"]) {
			expect(engine.run("HRANDFIELD", "string", count, "WITHVALUES")).toBe(OUT_OF_RANGE);
		}
		for (const count of ["4611686018427387903", "-4611686018427387903"]) {
			expect(engine.run("HRANDFIELD", "string", count, "WITHVALUES")).toBe(WRONG_TYPE);
		}
		expect(engine.run("HRANDFIELD", "string")).toBe(WRONG_TYPE);
		expect(engine.run("HRANDFIELD")).toBe(wrongArity("hrandfield"));
	});
});
