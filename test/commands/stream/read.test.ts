import { beforeEach, describe, expect, test } from "bun:test";
import {
	entry,
	ID_MAX,
	INVALID_ID,
	NO_ARRAY,
	NOT_AN_INTEGER,
	OK,
	StreamEngine,
	SYNTAX,
	WRONG_TYPE,
} from "./stream-engine.ts";

describe.each([2, 3])("in RESP%d", (protocol) => {
	let engine: StreamEngine;

	beforeEach(() => {
		engine = new StreamEngine(protocol);
		engine.add("s", "1-1", "1-2", "2-0");
		engine.add("t", "5-0");
	});

	describe("XREAD", () => {
		test("reads what is behind an id", () => {
			engine.expect("XREAD STREAMS s 0", engine.streams(["s", [entry("1-1"), entry("1-2"), entry("2-0")]]));
			engine.expect("XREAD COUNT 1 STREAMS s 1-1", engine.streams(["s", [entry("1-2")]]));
			engine.expect("XREAD COUNT 0 STREAMS s 1", engine.streams(["s", [entry("1-1"), entry("1-2"), entry("2-0")]]));
			engine.expect("XREAD COUNT -1 STREAMS s 1-2", engine.streams(["s", [entry("2-0")]]));
			for (const id of ["2-0", "9", "$", ID_MAX]) engine.expect(`XREAD STREAMS s ${id}`, NO_ARRAY);
			engine.expect("XREAD STREAMS missing 0", NO_ARRAY);
		});

		test("several streams, but those with nothing to read, and one more than once", () => {
			engine.expect(
				"XREAD COUNT 1 STREAMS s missing t 0 0 0",
				engine.streams(["s", [entry("1-1")]], ["t", [entry("5-0")]]),
			);
			engine.expect("XREAD STREAMS s t 2-0 4", engine.streams(["t", [entry("5-0")]]));
			engine.expect("XREAD STREAMS s t $ $", NO_ARRAY);
			const twice = engine.run(..."XREAD STREAMS t t 0 0".split(" "));
			expect(twice.startsWith(protocol === 3 ? "%2\r\n" : "*2\r\n")).toBe(true);
		});

		test("does not count deleted entries at the end", () => {
			engine.run("XDEL", "s", "2-0");
			engine.expect("XREAD STREAMS s 1-2", NO_ARRAY);
			engine.run("XTRIM", "s", "MAXLEN", "0");
			engine.expect("XREAD STREAMS s 0", NO_ARRAY);
		});

		test("counts each key it finds twice, as Redis does", () => {
			engine.keyspace.resetStatistics();
			engine.run(..."XREAD STREAMS s missing 0 0".split(" "));
			expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([2, 2]);
		});

		test("with BLOCK is answered when its time is over, where nobody can wait", () => {
			engine.expect("XREAD BLOCK 10 STREAMS s $", NO_ARRAY);
			engine.expect("XREAD BLOCK 0 STREAMS s 1-2", engine.streams(["s", [entry("2-0")]]));
		});

		test("refuses what makes no sense", () => {
			for (const words of ["STREAMS", "COUNT 1 STREAMS", "x STREAMS s 0", "COUNT 1 BLOCK 1", "BLOCK 1 COUNT 1 s 0"]) {
				expect(engine.run("XREAD", ...words.split(" "), ...(words === "STREAMS" ? ["s"] : []))).toMatch(/^-ERR/);
			}
			expect(engine.run("XREAD", "x", "STREAMS", "s", "0")).toBe(SYNTAX);
			expect(engine.run("XREAD", "COUNT", "x", "STREAMS", "s", "0")).toBe(NOT_AN_INTEGER);
			for (const id of ["-", "+", "(1", "x"]) expect(engine.run("XREAD", "STREAMS", "s", id)).toBe(INVALID_ID);
			engine.expectError(
				"XREAD STREAMS s t 0",
				"ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
			);
			engine.expectError(
				"XREAD GROUP g c STREAMS s 0",
				"ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
			);
			engine.expectError(
				"XREAD NOACK STREAMS s 0",
				"ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
			);
			engine.expectError(
				"XREAD STREAMS s >",
				"ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
			);
			engine.run("SET", "string", "x");
			expect(engine.run("XREAD", "STREAMS", "s", "string", "0", "0")).toBe(WRONG_TYPE);
		});

		test("checks how long to wait", () => {
			engine.expectError("XREAD BLOCK x STREAMS s 0", "ERR timeout is not an integer or out of range");
			engine.expectError("XREAD BLOCK 1.5 STREAMS s 0", "ERR timeout is not an integer or out of range");
			engine.expectError("XREAD BLOCK -1 STREAMS s 0", "ERR timeout is negative");
			engine.expectError("XREAD BLOCK 9223372036854775807 STREAMS s 0", "ERR timeout is out of range");
			const longest = 2n ** 63n - 1n - BigInt(engine.time.now_ms());
			engine.expect(`XREAD BLOCK ${longest} STREAMS t 0`, engine.streams(["t", [entry("5-0")]]));
			engine.expectError(`XREAD BLOCK ${longest + 1n} STREAMS t 0`, "ERR timeout is out of range");
		});
	});

	describe("XREADGROUP", () => {
		beforeEach(() => {
			for (const key of ["s", "t"]) expect(engine.run("XGROUP", "CREATE", key, "g", "0")).toBe(OK);
			engine.takeChanges();
		});

		/** Ids that are pending for a consumer. */
		function pending(consumer: string, ...ids: string[]): void {
			const entries = ids.map((id) => entry(id));
			engine.expect(`XREADGROUP GROUP g ${consumer} STREAMS s 0`, engine.streams(["s", entries]));
		}

		test("delivers each entry to one consumer of the group", () => {
			engine.expect("XREADGROUP GROUP g a COUNT 2 STREAMS s >", engine.streams(["s", [entry("1-1"), entry("1-2")]]));
			engine.expect("XREADGROUP GROUP g b STREAMS s >", engine.streams(["s", [entry("2-0")]]));
			engine.expect("XREADGROUP GROUP g b STREAMS s >", NO_ARRAY);
			engine.add("s", "3-0");
			engine.expect("XREADGROUP GROUP g a STREAMS s >", engine.streams(["s", [entry("3-0")]]));
			pending("a", "1-1", "1-2", "3-0");
			pending("b", "2-0");
		});

		test("makes the consumer, even where there is nothing to read", () => {
			engine.run("XGROUP", "SETID", "s", "g", "$");
			engine.takeChanges();
			engine.expect("XREADGROUP GROUP g a STREAMS s >", NO_ARRAY);
			expect(engine.takeChanges()).toEqual({ events: ["xgroup-createconsumer s"], dirty: 1 });
			engine.expect("XREADGROUP GROUP g a STREAMS s >", NO_ARRAY);
			expect(engine.takeChanges()).toEqual({ events: [], dirty: 0 });
		});

		test("announces nothing when it delivers, but counts it", () => {
			engine.run("XGROUP", "CREATECONSUMER", "s", "g", "a");
			engine.takeChanges();
			engine.run(..."XREADGROUP GROUP g a STREAMS s >".split(" "));
			expect(engine.takeChanges()).toEqual({ events: [], dirty: 1 });
		});

		test("NOACK leaves nothing pending", () => {
			engine.expect("XREADGROUP GROUP g a NOACK COUNT 1 STREAMS s >", engine.streams(["s", [entry("1-1")]]));
			pending("a");
			engine.expect("XREADGROUP GROUP g a COUNT 1 STREAMS s >", engine.streams(["s", [entry("1-2")]]));
			pending("a", "1-2");
		});

		test("history: behind an id, limited, and without what was deleted since", () => {
			engine.run(..."XREADGROUP GROUP g a STREAMS s >".split(" "));
			engine.run("XDEL", "s", "1-2");
			engine.expect(
				"XREADGROUP GROUP g a STREAMS s 0",
				engine.streams(["s", [entry("1-1"), ["1-2", NO_ARRAY], entry("2-0")]]),
			);
			engine.expect("XREADGROUP GROUP g a COUNT 1 STREAMS s 1-1", engine.streams(["s", [["1-2", NO_ARRAY]]]));
			engine.expect("XREADGROUP GROUP g a STREAMS s 2-0", engine.streams(["s", []]));
			engine.expect(
				"XREADGROUP GROUP g a STREAMS s t 0 0",
				engine.streams(["s", [entry("1-1"), ["1-2", NO_ARRAY], entry("2-0")]], ["t", []]),
			);
			// The greatest id means the same as >.
			engine.expect(`XREADGROUP GROUP g a STREAMS s ${ID_MAX}`, NO_ARRAY);
		});

		test("what was delivered to another, and is so again, changes hands", () => {
			engine.run(..."XREADGROUP GROUP g a STREAMS s >".split(" "));
			engine.run("XGROUP", "SETID", "s", "g", "1-1");
			engine.expect("XREADGROUP GROUP g b COUNT 1 STREAMS s >", engine.streams(["s", [entry("1-2")]]));
			pending("a", "1-1", "2-0");
			pending("b", "1-2");
		});

		test("one stream named twice gives its entries once", () => {
			const reply = engine.run(..."XREADGROUP GROUP g a STREAMS s s > >".split(" "));
			expect(reply).toBe(engine.wire(engine.streams(["s", [entry("1-1"), entry("1-2"), entry("2-0")]])));
		});

		test("goes on where it was, whatever happens to the stream", () => {
			engine.keyspace.limits.streamNodeEntries = 3;
			const read = (...ids: string[]) => {
				const entries = ids.map((id) => entry(id));
				engine.expect(
					"XREADGROUP GROUP g a NOACK COUNT 2 STREAMS s >",
					ids.length === 0 ? NO_ARRAY : engine.streams(["s", entries]),
				);
			};
			read("1-1", "1-2");
			engine.add("s", "3-0", "3-1", "3-2", "3-3");
			engine.run("XDEL", "s", "1-2", "2-0");
			read("3-0", "3-1");
			engine.run("XTRIM", "s", "MAXLEN", "2");
			engine.add("s", "4-0", "4-1", "4-2", "4-3", "4-4");
			read("3-2", "3-3");
			engine.run("XTRIM", "s", "MINID", "4-2");
			read("4-2", "4-3");
			read("4-4");
			read();
			engine.run("XTRIM", "s", "MAXLEN", "0");
			engine.add("s", "5-0");
			read("5-0");
		});

		test("refuses what makes no sense", () => {
			engine.expectError("XREADGROUP STREAMS s a b > > >", "ERR Missing GROUP option for XREADGROUP");
			engine.expectError(
				"XREADGROUP GROUP g a STREAMS s t >",
				"ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
			);
			for (const [key, group] of [
				["missing", "g"],
				["s", "missing"],
			]) {
				engine.expectError(
					`XREADGROUP GROUP ${group} a STREAMS ${key} >`,
					`NOGROUP No such key '${key}' or consumer group '${group}' in XREADGROUP with GROUP option`,
				);
			}
			expect(engine.run(..."XREADGROUP GROUP g a STREAMS s $".split(" "))).toMatch(/^-ERR The \$ ID is meaningless/);
			expect(engine.run(..."XREADGROUP GROUP g a STREAMS s +".split(" "))).toBe(INVALID_ID);
			engine.run("SET", "string", "x");
			expect(engine.run(..."XREADGROUP GROUP g a STREAMS string >".split(" "))).toBe(WRONG_TYPE);
			// Nothing is done where one of the streams is refused.
			engine.takeChanges();
			expect(engine.run(..."XREADGROUP GROUP g a STREAMS s missing > >".split(" "))).toMatch(/^-NOGROUP/);
			expect(engine.takeChanges().dirty).toBe(0);
		});
	});
});
