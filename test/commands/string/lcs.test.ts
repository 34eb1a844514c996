import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, StringEngine } from "../../support/string-engine.ts";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine();
	engine.run("MSET", "a", "ohmytext", "b", "mynewtext");
});

function pair(first: number, last: number): string {
	return `*2\r\n:${first}\r\n:${last}\r\n`;
}

describe("LCS", () => {
	test("replies the subsequence or its length", () => {
		expect(engine.run("LCS", "a", "b")).toBe(bulk("mytext"));
		expect(engine.run("LCS", "a", "b", "len")).toBe(":6\r\n");
		expect(engine.run("LCS", "a", "b", "LEN", "WITHMATCHLEN", "MINMATCHLEN", 9)).toBe(":6\r\n");
		expect(engine.run("LCS", "a", "b", "MINMATCHLEN", 4)).toBe(bulk("mytext"));
		expect(engine.run("LCS", "a", "a")).toBe(bulk("ohmytext"));
	});

	test("replies where the pieces lie, the last one first", () => {
		const last = `*2\r\n${pair(4, 7)}${pair(5, 8)}`;
		const first = `*2\r\n${pair(2, 3)}${pair(0, 1)}`;
		const end = `${bulk("len")}:6\r\n`;
		const both = `*4\r\n${bulk("matches")}*2\r\n${last}${first}${end}`;
		expect(engine.run("LCS", "a", "b", "IDX")).toBe(both);
		expect(engine.run("LCS", "a", "b", "idx", "minmatchlen", -4)).toBe(both);
		expect(engine.run("LCS", "a", "b", "IDX", "MINMATCHLEN", 3)).toBe(`*4\r\n${bulk("matches")}*1\r\n${last}${end}`);
		expect(engine.run("LCS", "a", "b", "IDX", "MINMATCHLEN", "9223372036854775807")).toBe(
			`*4\r\n${bulk("matches")}*0\r\n${end}`,
		);
		expect(engine.run("LCS", "a", "b", "IDX", "WITHMATCHLEN", "MINMATCHLEN", 4)).toBe(
			`*4\r\n${bulk("matches")}*1\r\n*3\r\n${pair(4, 7)}${pair(5, 8)}:4\r\n${end}`,
		);
		engine.client.protocol = 3;
		expect(engine.run("LCS", "a", "b", "IDX")).toBe(`%2\r\n${both.slice(4)}`);
	});

	test("takes a missing key for an empty string and counts both look-ups", () => {
		expect(engine.run("LCS", "missing", "a")).toBe(bulk(""));
		expect(engine.run("LCS", "a", "missing", "LEN")).toBe(":0\r\n");
		expect(engine.run("LCS", "none", "missing", "IDX")).toBe(`*4\r\n${bulk("matches")}*0\r\n${bulk("len")}:0\r\n`);
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([2, 4]);
	});

	test("reads the first key still when the second is removed on the way", () => {
		engine.run("SET", "b", "mynewtext", "PX", 5);
		engine.advance(6);
		expect(engine.run("LCS", "a", "b", "LEN")).toBe(":0\r\n");
		expect(engine.run("LCS", "a", "a", "LEN")).toBe(":8\r\n");
	});

	test("refuses keys, options and sizes in Redis's order", () => {
		engine.run("PUTLIST", "list");
		const notStrings = "-ERR The specified keys must contain string values\r\n";
		expect(engine.run("LCS", "list", "a", "FOO")).toBe(notStrings);
		expect(engine.run("LCS", "missing", "list")).toBe(notStrings);
		expect(engine.run("LCS", "list", "missing")).toBe(notStrings);
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([4, 2]);
		const syntax = "-ERR syntax error\r\n";
		for (const options of [["FOO"], ["MINMATCHLEN"], ["LEN", "IDX", "FOO"]]) {
			expect(engine.run("LCS", "a", "b", ...options)).toBe(syntax);
		}
		const notAnInteger = "-ERR value is not an integer or out of range\r\n";
		for (const length of ["abc", "", "9223372036854775808"]) {
			expect(engine.run("LCS", "a", "b", "MINMATCHLEN", length)).toBe(notAnInteger);
		}
		engine.run("SETRANGE", "a", 126, "x");
		engine.run("SETRANGE", "b", 127, "x");
		const either = "-ERR If you want both the length and indexes, please just use IDX.\r\n";
		expect(engine.run("LCS", "a", "b", "LEN", "IDX")).toBe(either);
		expect(engine.run("LCS", "a")).toBe("-ERR wrong number of arguments for 'lcs' command\r\n");
		// 128 × 128 numbers of four bytes are the limit of this engine; 128 × 129 are too many.
		expect(engine.run("LCS", "a", "a", "LEN")).toBe(":127\r\n");
		const tooLarge = "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n";
		for (const options of [[], ["LEN"], ["IDX"]]) expect(engine.run("LCS", "a", "b", ...options)).toBe(tooLarge);
	});
});
