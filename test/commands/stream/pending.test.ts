import { beforeEach, describe, expect, test } from "bun:test";
import { encodeCommand } from "../../support/engine.ts";
import {
	ID_MAX,
	INVALID_ID,
	NO_ARRAY,
	NOT_AN_INTEGER,
	type Said,
	StreamEngine,
	SYNTAX,
	WRONG_TYPE,
} from "./stream-engine.ts";

const IDS = ["1-1", "1-2", "2-0", "3-0"];

describe.each([2, 3])("in RESP%d", (protocol) => {
	let engine: StreamEngine;

	beforeEach(() => {
		engine = new StreamEngine(protocol);
		engine.add("s", ...IDS);
		engine.run("XGROUP", "CREATE", "s", "g", "0");
	});

	function deliver(consumer: string, count: number): void {
		engine.run(...`XREADGROUP GROUP g ${consumer} COUNT ${count} STREAMS s >`.split(" "));
	}

	describe("XACK", () => {
		test("takes entries off the list, each once", () => {
			deliver("a", 3);
			engine.takeChanges();
			engine.expect("XACK s g 1-2 1-2 9-9 3-0", 1);
			expect(engine.takeChanges()).toEqual({ events: [], dirty: 1 });
			engine.expect("XACK s g 1-1 2", 2);
			engine.expect("XACK s g 1-1 2", 0);
			engine.expect("XPENDING s g", [0, null, null, NO_ARRAY]);
		});

		test("what is deleted can be acknowledged", () => {
			deliver("a", 1);
			engine.run("XDEL", "s", "1-1");
			engine.expect("XACK s g 1-1", 1);
		});

		test("checks all ids first, but only where there is a group", () => {
			deliver("a", 1);
			expect(engine.run("XACK", "s", "g", "1-1", "x")).toBe(INVALID_ID);
			engine.expect("XACK s g 1-1", 1);
			engine.expect("XACK s missing x", 0);
			engine.expect("XACK missing g x", 0);
			engine.run("SET", "string", "x");
			expect(engine.run("XACK", "string", "g", "1-1")).toBe(WRONG_TYPE);
		});
	});

	describe("XPENDING", () => {
		const row = (id: string, consumer: string, idle_ms = 0, count = 1): Said => [id, consumer, idle_ms, count];

		test("sums up", () => {
			engine.run("XGROUP", "CREATECONSUMER", "s", "g", "idle");
			deliver("b", 1);
			deliver("a", 2);
			engine.expect("XPENDING s g", [
				3,
				"1-1",
				"2-0",
				[
					["a", "2"],
					["b", "1"],
				],
			]);
		});

		test("lists entries, of all or of one consumer", () => {
			deliver("a", 2);
			engine.advance(5);
			deliver("b", 2);
			engine.advance(7);
			const all = [row("1-1", "a", 12), row("1-2", "a", 12), row("2-0", "b", 7), row("3-0", "b", 7)];
			engine.expect("XPENDING s g - + 10", all);
			engine.expect("XPENDING s g - + 3", all.slice(0, 3));
			engine.expect("XPENDING s g (1-1 (3 10", all.slice(1));
			engine.expect("XPENDING s g 1 1 10", all.slice(0, 2));
			engine.expect("XPENDING s g - + 10 b", all.slice(2));
			engine.expect("XPENDING s g 2-1 + 10 b", all.slice(3));
			engine.expect("XPENDING s g - + 10 missing", []);
			engine.expect("XPENDING s g IDLE 8 - + 10", all.slice(0, 2));
			engine.expect("XPENDING s g idle 7 - + 1 b", all.slice(2, 3));
			engine.expect("XPENDING s g IDLE 13 - + 10", []);
			engine.expect("XPENDING s g IDLE -1 - + 10", all);
			engine.expect("XPENDING s g + - 10", []);
			engine.expect("XPENDING s g - + 0", []);
			engine.expect("XPENDING s g - + -1", []);
			engine.expect("XPENDING s g - + 9223372036854775807", all);
		});

		test("counts deliveries", () => {
			deliver("a", 1);
			engine.advance(3);
			engine.run(..."XREADGROUP GROUP g a STREAMS s 0".split(" "));
			engine.expect("XPENDING s g - + 1", [row("1-1", "a", 0, 2)]);
			engine.run(..."XCLAIM s g a 0 1-1 RETRYCOUNT 9223372036854775807".split(" "));
			engine.expect("XPENDING s g - + 1", [["1-1", "a", 0, 9223372036854775807n]]);
		});

		test("refuses what makes no sense", () => {
			for (const words of ["-", "- +", "IDLE 5 - +", "IDLE 5 - + 1 a b"]) {
				expect(engine.run("XPENDING", "s", "g", ...words.split(" "))).toBe(SYNTAX);
			}
			for (const words of ["- + x", "IDLE x - +", "IDLE 5 - + x"]) {
				expect(engine.run("XPENDING", "s", "g", ...words.split(" "))).toBe(NOT_AN_INTEGER);
			}
			expect(engine.run("XPENDING", "s", "g", "x", "+", "1")).toBe(INVALID_ID);
			engine.expectError(`XPENDING s g (${ID_MAX} + 1`, "ERR invalid start ID for the interval");
			engine.expectError("XPENDING s g - (0-0 1", "ERR invalid end ID for the interval");
			engine.expectError("XPENDING missing g", "NOGROUP No such key 'missing' or consumer group 'g'");
			engine.expectError("XPENDING s h - + 1", "NOGROUP No such key 's' or consumer group 'h'");
			engine.run("SET", "string", "x");
			expect(engine.run("XPENDING", "string", "g")).toBe(WRONG_TYPE);
		});
	});
});

test("a pending entry takes 52 bytes, and gives them back", () => {
	const engine = new StreamEngine();
	const count = 1000;
	engine.run("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
	for (let ms = 1; ms <= count; ms++) engine.runRaw(encodeCommand("XADD", "s", `${ms}-0`, "f", "v"));
	const before = engine.keyspace.bytesUsed();
	engine.run(..."XREADGROUP GROUP g a STREAMS s >".split(" "));
	const each = (engine.keyspace.bytesUsed() - before) / count;
	expect(each).toBeGreaterThan(52);
	expect(each).toBeLessThan(57);
	const ids = Array.from({ length: count }, (_, i) => `${((i * 7) % count) + 1}-0`);
	engine.expect(`XACK s g ${ids.join(" ")}`, count);
	expect(engine.keyspace.bytesUsed() - before).toBeLessThan(1000);
});
