import { beforeEach, describe, expect, test } from "bun:test";
import { encodeCommand } from "../../support/engine.ts";
import {
	array,
	bulk,
	EMPTY,
	fillers,
	ListEngine,
	NULL,
	NULL_ARRAY,
	range,
	SYNTAX,
	WRONG_TYPE,
	wrongArity,
} from "./engine.ts";

const MUST_BE_POSITIVE = "-ERR value is out of range, must be positive\r\n";

let engine: ListEngine;

beforeEach(() => {
	engine = new ListEngine();
});

describe("LPOP and RPOP", () => {
	test("take the first and the last element, and the key with the only one", () => {
		engine.fill("key", "a", "b", "c");
		expect(engine.run("LPOP", "key")).toBe(bulk("a"));
		expect(engine.run("RPOP", "key")).toBe(bulk("c"));
		expect(engine.run("RPOP", "key")).toBe(bulk("b"));
		expect(engine.run("EXISTS", "key")).toBe(":0\r\n");
		expect(engine.run("LPOP", "key")).toBe(NULL);
		expect(engine.run("RPOP", "key")).toBe(NULL);
	});

	test("take several, the outermost first", () => {
		for (const filler of fillers) {
			const elements = range(0, 100, filler);
			engine.fill("key", ...elements);
			expect(engine.run("LPOP", "key", 30)).toBe(array(...elements.slice(0, 30)));
			expect(engine.run("RPOP", "key", 30)).toBe(array(...elements.slice(70).reverse()));
			expect(engine.all("key")).toBe(array(...elements.slice(30, 70)));
			expect(engine.run("LPOP", "key", "9223372036854775807")).toBe(array(...elements.slice(30, 70)));
			expect(engine.run("EXISTS", "key")).toBe(":0\r\n");
		}
	});

	test("tell a count of none from a missing key", () => {
		engine.fill("key", "a");
		expect(engine.run("LPOP", "key", 0)).toBe(EMPTY);
		expect(engine.run("RPOP", "missing", 0)).toBe(NULL_ARRAY);
		expect(engine.run("LPOP", "missing", 3)).toBe(NULL_ARRAY);
		expect(engine.run("LLEN", "key")).toBe(":1\r\n");
		engine.client.protocol = 3;
		expect(engine.run("LPOP", "missing")).toBe("_\r\n");
		expect(engine.run("LPOP", "missing", 3)).toBe("_\r\n");
	});

	test("announce what they took, and the end of the key", () => {
		engine.fill("key", "a", "b", "c", "d", "e");
		expect(engine.effectsOf("LPOP", "key")).toEqual([1, "key:lpop:4"]);
		expect(engine.effectsOf("RPOP", "key", 2)).toEqual([2, "key:rpop:4"]);
		expect(engine.effectsOf("RPOP", "key", 0)).toEqual([0]);
		expect(engine.effectsOf("LPOP", "key", 9)).toEqual([2, "key:lpop:4", "key:del:2"]);
		expect(engine.effectsOf("LPOP", "key")).toEqual([0]);
		engine.fill("key", "a");
		expect(engine.effectsOf("RPOP", "key")).toEqual([1, "key:rpop:4", "key:del:2"]);
	});

	test("refuse another type, a count that is none, more arguments", () => {
		engine.fill("key", "a");
		expect(engine.run("LPOP", "string")).toBe(WRONG_TYPE);
		expect(engine.run("LPOP", "string", 1)).toBe(WRONG_TYPE);
		for (const count of ["-1", "abc", "", "1.5", "9223372036854775808"]) {
			expect(engine.run("LPOP", "key", count)).toBe(MUST_BE_POSITIVE);
			expect(engine.run("RPOP", "missing", count)).toBe(MUST_BE_POSITIVE);
		}
		expect(engine.run("LPOP", "key", 1, 2)).toBe(wrongArity("lpop"));
		expect(engine.run("RPOP")).toBe(wrongArity("rpop"));
	});
});

describe("LMPOP", () => {
	test("takes from the first key that has a list", () => {
		engine.fill("key", "a", "b", "c", "d");
		expect(engine.run("LMPOP", 2, "none", "key", "LEFT")).toBe(`*2\r\n${bulk("key")}${array("a")}`);
		expect(engine.run("LMPOP", 1, "key", "right", "count", 2)).toBe(`*2\r\n${bulk("key")}${array("d", "c")}`);
		expect(engine.run("LMPOP", 1, "key", "LEFT", "COUNT", "9223372036854775807")).toBe(
			`*2\r\n${bulk("key")}${array("b")}`,
		);
		expect(engine.run("LMPOP", 2, "key", "none", "LEFT")).toBe(NULL_ARRAY);
	});

	test("announces as LPOP and RPOP do", () => {
		engine.fill("key", "a", "b", "c");
		expect(engine.effectsOf("LMPOP", 2, "none", "key", "RIGHT")).toEqual([1, "key:rpop:4"]);
		expect(engine.effectsOf("LMPOP", 1, "key", "LEFT", "COUNT", 5)).toEqual([2, "key:lpop:4", "key:del:2"]);
		expect(engine.effectsOf("LMPOP", 1, "key", "LEFT")).toEqual([0]);
	});

	test("refuses the first key of another type", () => {
		engine.fill("key", "a");
		expect(engine.run("LMPOP", 2, "string", "key", "LEFT")).toBe(WRONG_TYPE);
		expect(engine.run("LMPOP", 2, "key", "string", "LEFT")).toContain("key");
	});

	test("reads no words of the command behind it", () => {
		engine.fill("key", "a");
		const commands = [...encodeCommand("LMPOP", 2, "key", "LEFT"), ...encodeCommand("LEFT")];
		expect(engine.runRaw(new Uint8Array(commands))).toStartWith(SYNTAX);
		expect(engine.all("key")).toBe(array("a"));
	});

	test("refuses what is no number of keys, no side, no count", () => {
		for (const count of ["0", "-1", "abc", "", "9223372036854775808"]) {
			expect(engine.run("LMPOP", count, "key", "LEFT")).toBe("-ERR numkeys should be greater than 0\r\n");
			expect(engine.run("LMPOP", 1, "key", "LEFT", "COUNT", count)).toBe("-ERR count should be greater than 0\r\n");
		}
		for (const words of [
			[2, "key", "LEFT"],
			["9223372036854775807", "key", "LEFT"],
			["4611686018427387904", "key", "LEFT"],
			[1, "key", "UP"],
			[1, "key", "LEFT", "COUNT"],
			[1, "key", "LEFT", "LIMIT", 1],
			[1, "key", "LEFT", "COUNT", 1, "COUNT", 1],
		]) {
			expect(engine.run("LMPOP", ...words)).toBe(SYNTAX);
		}
		expect(engine.run("LMPOP", 1, "key")).toBe(wrongArity("lmpop"));
	});
});
