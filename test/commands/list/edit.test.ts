import { beforeEach, describe, expect, test } from "bun:test";
import { array, fillers, ListEngine, NOT_AN_INTEGER, OK, range, SYNTAX, WRONG_TYPE, wrongArity } from "./engine.ts";

let engine: ListEngine;

beforeEach(() => {
	engine = new ListEngine();
});

const notIntegers = ["abc", "", "1.5", "9223372036854775808"];
const int64 = ["9223372036854775807", "-9223372036854775808"] as const;

describe("LSET", () => {
	test("replaces any element by one of any length", () => {
		for (const filler of fillers) {
			const elements = range(0, 100, filler);
			engine.fill("key", ...elements);
			for (const [i, element] of ["", "1", "x".repeat(300), "x".repeat(9000), "short"].entries()) {
				for (const index of [0, -1, 50 + i, -20 - i]) {
					expect(engine.run("LSET", "key", index, element)).toBe(OK);
					elements[index < 0 ? 100 + index : index] = element;
				}
				expect(engine.all("key")).toBe(array(...elements));
			}
		}
	});

	test("announces, even where nothing differs", () => {
		engine.fill("key", "a");
		expect(engine.effectsOf("LSET", "key", 0, "a")).toEqual([1, "key:lset:4"]);
		expect(engine.effectsOf("LSET", "key", 1, "a")).toEqual([0]);
	});

	test("refuses a missing key, another type, what is no index, in this order", () => {
		engine.fill("key", "a");
		expect(engine.run("LSET", "missing", "abc", "x")).toBe("-ERR no such key\r\n");
		expect(engine.run("LSET", "string", "abc", "x")).toBe(WRONG_TYPE);
		for (const index of notIntegers) expect(engine.run("LSET", "key", index, "x")).toBe(NOT_AN_INTEGER);
		for (const index of [1, -2, ...int64]) {
			expect(engine.run("LSET", "key", index, "x")).toBe("-ERR index out of range\r\n");
		}
		expect(engine.run("LSET", "key", 0)).toBe(wrongArity("lset"));
	});
});

describe("LINSERT", () => {
	test("puts an element before or behind the first one that is the pivot", () => {
		for (const filler of fillers) {
			const elements = range(0, 50, filler);
			elements.push(elements[20]!);
			engine.fill("key", ...elements);
			expect(engine.run("LINSERT", "key", "BEFORE", elements[20]!, "new")).toBe(":52\r\n");
			elements.splice(20, 0, "new");
			expect(engine.run("LINSERT", "key", "after", elements[21]!, "x".repeat(2000))).toBe(":53\r\n");
			elements.splice(22, 0, "x".repeat(2000));
			expect(engine.run("LINSERT", "key", "BEFORE", elements[0]!, "")).toBe(":54\r\n");
			elements.unshift("");
			expect(engine.all("key")).toBe(array(...elements));
		}
	});

	test("says so where there is no pivot, or no list", () => {
		engine.fill("key", "a");
		expect(engine.run("LINSERT", "key", "BEFORE", "x", "y")).toBe(":-1\r\n");
		expect(engine.run("LINSERT", "missing", "BEFORE", "x", "y")).toBe(":0\r\n");
		expect(engine.effectsOf("LINSERT", "key", "BEFORE", "x", "y")).toEqual([0]);
		expect(engine.effectsOf("LINSERT", "key", "BEFORE", "a", "y")).toEqual([1, "key:linsert:4"]);
	});

	test("refuses what is no side before it looks for the key", () => {
		expect(engine.run("LINSERT", "missing", "AT", "x", "y")).toBe(SYNTAX);
		expect(engine.run("LINSERT", "string", "AT", "x", "y")).toBe(SYNTAX);
		expect(engine.run("LINSERT", "string", "AFTER", "x", "y")).toBe(WRONG_TYPE);
		expect(engine.run("LINSERT", "key", "AFTER", "x")).toBe(wrongArity("linsert"));
	});
});

describe("LTRIM", () => {
	test("keeps a range", () => {
		for (const filler of fillers) {
			const elements = range(0, 100, filler);
			for (const [start, stop] of [
				[0, -1],
				[0, 0],
				[-1, -1],
				[10, 90],
				[-60, -40],
				[95, 200],
				[-200, 5],
			] as const) {
				engine.fill("key", ...elements);
				expect(engine.run("LTRIM", "key", start, stop)).toBe(OK);
				const from = start < 0 ? Math.max(0, 100 + start) : start;
				const to = stop < 0 ? 100 + stop : stop;
				expect(engine.all("key")).toBe(array(...elements.slice(from, to + 1)));
			}
			for (const [start, stop] of [
				[50, 49],
				[100, 200],
				[0, -101],
				[int64[0], int64[1]],
			] as const) {
				engine.fill("key", ...elements);
				expect(engine.run("LTRIM", "key", start, stop)).toBe(OK);
				expect(engine.run("EXISTS", "key")).toBe(":0\r\n");
			}
		}
	});

	test("announces even where nothing goes, and counts what does", () => {
		engine.fill("key", ...range(0, 10));
		expect(engine.effectsOf("LTRIM", "key", 0, -1)).toEqual([0, "key:ltrim:4"]);
		expect(engine.effectsOf("LTRIM", "key", 2, -2)).toEqual([3, "key:ltrim:4"]);
		expect(engine.effectsOf("LTRIM", "key", 5, 1)).toEqual([7, "key:ltrim:4", "key:del:2"]);
		expect(engine.effectsOf("LTRIM", "key", 5, 1)).toEqual([0]);
	});

	test("judges the range before it looks for the key", () => {
		expect(engine.run("LTRIM", "missing", 0, 1)).toBe(OK);
		for (const index of notIntegers) {
			expect(engine.run("LTRIM", "missing", index, 1)).toBe(NOT_AN_INTEGER);
			expect(engine.run("LTRIM", "string", 1, index)).toBe(NOT_AN_INTEGER);
		}
		expect(engine.run("LTRIM", "string", 0, 1)).toBe(WRONG_TYPE);
		expect(engine.run("LTRIM", "key", 0)).toBe(wrongArity("ltrim"));
	});
});

describe("LREM", () => {
	test("removes the first ones, the last ones, or all", () => {
		for (const filler of fillers) {
			const elements = range(0, 60).map((number) => `${filler}${Number(number) % 3}`);
			const gone = `${filler}1`;
			const places = elements.flatMap((element, index) => (element === gone ? [index] : []));
			for (const [count, taken] of [
				[2, places.slice(0, 2)],
				[-2, places.slice(-2)],
				[0, places],
				[100, places],
				[int64[0], places],
				[int64[1], places],
			] as const) {
				engine.fill("key", ...elements);
				expect(engine.run("LREM", "key", count, gone)).toBe(`:${taken.length}\r\n`);
				expect(engine.all("key")).toBe(array(...elements.filter((_, index) => !taken.includes(index))));
			}
		}
	});

	test("announces where something goes, and counts it", () => {
		engine.fill("key", "a", "b", "a", "b");
		expect(engine.effectsOf("LREM", "key", 0, "x")).toEqual([0]);
		expect(engine.effectsOf("LREM", "key", 0, "a")).toEqual([2, "key:lrem:4"]);
		expect(engine.effectsOf("LREM", "key", -5, "b")).toEqual([2, "key:lrem:4", "key:del:2"]);
		expect(engine.run("LREM", "key", 0, "a")).toBe(":0\r\n");
	});

	test("judges the count before it looks for the key", () => {
		for (const count of notIntegers) expect(engine.run("LREM", "string", count, "x")).toBe(NOT_AN_INTEGER);
		expect(engine.run("LREM", "string", 0, "x")).toBe(WRONG_TYPE);
		expect(engine.run("LREM", "key", 0)).toBe(wrongArity("lrem"));
	});
});
