import { beforeEach, describe, expect, test } from "bun:test";
import { GenericEngine, WRONG_INTEGER, ZERO } from "./harness.ts";

let engine: GenericEngine;

beforeEach(() => {
	engine = new GenericEngine();
});

describe("WAIT", () => {
	test("answers at once where nobody is waited for", () => {
		for (const words of [
			["0", "0"],
			["-5", "100"],
			["0", "9223372036854775807"],
		]) {
			expect(engine.run("WAIT", ...words)).toBe(ZERO);
		}
		expect(engine.delays).toEqual([]);
	});

	test("lets the client wait for a replica that never comes", () => {
		expect(engine.run("WAIT", 1, 250)).toBe(ZERO);
		expect(engine.run("WAIT", 3, 0)).toBe(ZERO);
		expect(engine.delays).toEqual([250, 0]);
	});

	test("refuses what are no numbers", () => {
		expect(engine.run("WAIT", "abc", "abc")).toBe(WRONG_INTEGER);
		expect(engine.run("WAIT", 0, "abc")).toBe("-ERR timeout is not an integer or out of range\r\n");
		expect(engine.run("WAIT", 0, "1.5")).toBe("-ERR timeout is not an integer or out of range\r\n");
		expect(engine.run("WAIT", 1, -1)).toBe("-ERR timeout is negative\r\n");
	});
});
