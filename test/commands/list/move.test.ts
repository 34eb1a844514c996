import { beforeEach, describe, expect, test } from "bun:test";
import { array, bulk, fillers, ListEngine, NULL, range, SYNTAX, WRONG_TYPE, wrongArity } from "./engine.ts";

let engine: ListEngine;

beforeEach(() => {
	engine = new ListEngine();
});

describe("LMOVE", () => {
	test("moves an element from any end to any end", () => {
		for (const filler of fillers) {
			for (const from of ["LEFT", "RIGHT"]) {
				for (const to of ["left", "Right"]) {
					const [source, target] = [range(0, 20, filler), range(100, 120, filler)];
					engine.fill("source", ...source);
					engine.fill("target", ...target);
					const moved = from === "LEFT" ? source.shift()! : source.pop()!;
					if (to === "left") target.unshift(moved);
					else target.push(moved);
					expect(engine.run("LMOVE", "source", "target", from, to)).toBe(bulk(moved));
					expect(engine.all("source")).toBe(array(...source));
					expect(engine.all("target")).toBe(array(...target));
				}
			}
		}
	});

	test("makes the destination, and removes a source that has become empty", () => {
		for (const element of ["a", "x".repeat(5000)]) {
			engine.fill("target");
			engine.fill("source", element);
			expect(engine.run("LMOVE", "source", "target", "LEFT", "LEFT")).toBe(bulk(element));
			expect(engine.run("EXISTS", "source")).toBe(":0\r\n");
			expect(engine.all("target")).toBe(array(element));
		}
	});

	test("turns a list around itself, and leaves its deadline", () => {
		for (const filler of fillers) {
			for (const count of [1, 2, 50]) {
				const elements = range(0, count, filler);
				engine.fill("key", ...elements);
				engine.run("PEXPIRE", "key", 1000);
				expect(engine.run("LMOVE", "key", "key", "LEFT", "RIGHT")).toBe(bulk(elements[0]!));
				expect(engine.run("LMOVE", "key", "key", "RIGHT", "RIGHT")).toBe(bulk(elements[0]!));
				elements.push(elements.shift()!);
				expect(engine.all("key")).toBe(array(...elements));
				expect(engine.run("PTTL", "key")).toBe(":1000\r\n");
			}
		}
	});

	test("announces the push, the pop and the end of the source, as one change", () => {
		engine.fill("source", "a", "b");
		expect(engine.effectsOf("LMOVE", "source", "target", "LEFT", "RIGHT")).toEqual([
			1,
			"target:rpush:4",
			"source:lpop:4",
		]);
		expect(engine.effectsOf("LMOVE", "source", "target", "RIGHT", "LEFT")).toEqual([
			1,
			"target:lpush:4",
			"source:rpop:4",
			"source:del:2",
		]);
		expect(engine.effectsOf("LMOVE", "source", "target", "RIGHT", "LEFT")).toEqual([0]);
		engine.fill("source", "a");
		expect(engine.effectsOf("LMOVE", "source", "source", "RIGHT", "LEFT")).toEqual([
			1,
			"source:lpush:4",
			"source:rpop:4",
		]);
	});

	test("does nothing where there is no source, whatever the destination is", () => {
		expect(engine.run("LMOVE", "missing", "string", "LEFT", "LEFT")).toBe(NULL);
		engine.client.protocol = 3;
		expect(engine.run("LMOVE", "missing", "target", "LEFT", "LEFT")).toBe("_\r\n");
	});

	test("refuses another type, leaving all as it is, and what is no side", () => {
		engine.fill("source", "a");
		expect(engine.run("LMOVE", "string", "source", "LEFT", "LEFT")).toBe(WRONG_TYPE);
		expect(engine.run("LMOVE", "string", "string", "LEFT", "LEFT")).toBe(WRONG_TYPE);
		expect(engine.run("LMOVE", "source", "string", "LEFT", "LEFT")).toBe(WRONG_TYPE);
		expect(engine.all("source")).toBe(array("a"));
		expect(engine.run("LMOVE", "string", "x", "UP", "LEFT")).toBe(SYNTAX);
		expect(engine.run("LMOVE", "source", "x", "LEFT", "DOWN")).toBe(SYNTAX);
		expect(engine.run("LMOVE", "source", "x", "UP", "DOWN")).toBe(SYNTAX);
		expect(engine.run("LMOVE", "source", "x", "LEFT")).toBe(wrongArity("lmove"));
	});
});

describe("RPOPLPUSH", () => {
	test("moves the last element before the first of the other list", () => {
		engine.fill("source", "a", "b");
		engine.fill("target", "c");
		expect(engine.effectsOf("RPOPLPUSH", "source", "target")).toEqual([1, "target:lpush:4", "source:rpop:4"]);
		expect(engine.run("RPOPLPUSH", "source", "target")).toBe(bulk("a"));
		expect(engine.all("target")).toBe(array("a", "b", "c"));
		expect(engine.run("RPOPLPUSH", "source", "target")).toBe(NULL);
		expect(engine.run("RPOPLPUSH", "target", "string")).toBe(WRONG_TYPE);
		expect(engine.run("RPOPLPUSH", "target")).toBe(wrongArity("rpoplpush"));
	});
});
