import { beforeEach, describe, expect, test } from "bun:test";
import { entry, ID_MAX, INVALID_ID, NOT_AN_INTEGER, StreamEngine, SYNTAX, WRONG_TYPE } from "./stream-engine.ts";

const ARITY = "-ERR wrong number of arguments for 'xadd' command\r\n";
const NOT_GREATER = "ERR The ID specified in XADD is equal or smaller than the target stream top item";

let engine: StreamEngine;

beforeEach(() => {
	engine = new StreamEngine();
});

/** Adds entries `1-0` to `<count>-0`. */
function fill(count: number, key = "s"): void {
	for (let ms = 1; ms <= count; ms++) engine.run("XADD", key, `${ms}-0`, "f", "v");
}

function length(key = "s"): number {
	return Number(/^:(\d+)\r\n$/.exec(engine.run("XLEN", key))![1]);
}

describe("XADD", () => {
	test("adds an entry with the id of the moment, and numbers those of one moment", () => {
		const now_ms = engine.time.now_ms();
		engine.expect("XADD s * f v", `${now_ms}-0`);
		engine.expect("XADD s * f v", `${now_ms}-1`);
		engine.advance(1);
		engine.expect("XADD s * f v", `${now_ms + 1}-0`);
		engine.expect("XRANGE s - +", [entry(`${now_ms}-0`), entry(`${now_ms}-1`), entry(`${now_ms + 1}-0`)]);
	});

	test("goes on from a last id that lies in the future", () => {
		engine.add("s", "99999999999999-18446744073709551614");
		engine.expect("XADD s * f v", "99999999999999-18446744073709551615");
		engine.expect("XADD s * f v", "100000000000000-0");
	});

	test("takes ids that grow, with or without their sequence number", () => {
		engine.expect("XADD s 5 f v", "5-0");
		engine.expect("XADD s 5-* f v", "5-1");
		engine.expect("XADD s 7-* f v", "7-0");
		engine.expect("XADD s 7-9 f v", "7-9");
		engine.expect("XADD t 0-* f v", "0-1");
		for (const id of ["7-9", "7-8", "6-*", "7", "0-1"]) engine.expectError(`XADD s ${id} f v`, NOT_GREATER);
		for (const id of ["-", "+", "(8", "8-", "-*", "x"]) expect(engine.run("XADD", "s", id, "f", "v")).toBe(INVALID_ID);
		engine.expectError("XADD s 0-0 f v", "ERR The ID specified in XADD must be greater than 0-0");
		expect(length()).toBe(4);
	});

	test("ends with the greatest id there is", () => {
		engine.add("s", "5-18446744073709551615");
		engine.expectError("XADD s 5-* f v", NOT_GREATER);
		engine.add("s", ID_MAX);
		for (const id of ["*", "5-*", "6-1"]) {
			engine.expectError(
				`XADD s ${id} f v`,
				"ERR The stream has exhausted the last possible ID, unable to add more items",
			);
		}
	});

	test("keeps fields and values, whatever bytes they have", () => {
		const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
		const strings = ["", "", "12", "007", bytes, bytes.repeat(300), "n", "1700000000123", "-5", "9007199254740992"];
		for (const id of ["1-1", "1-2"]) expect(engine.run("XADD", "s", id, ...strings)).toBe(engine.wire(id));
		expect(engine.run("XADD", "s", "1-3", ...strings.slice(2))).toBe(engine.wire("1-3"));
		const all = [entry("1-1", ...strings), entry("1-2", ...strings), entry("1-3", ...strings.slice(2))];
		engine.expect("XRANGE s - +", all);
		engine.expect("XREVRANGE s + -", all.toReversed());
	});

	test("NOMKSTREAM leaves a missing key alone", () => {
		engine.expect("XADD s NOMKSTREAM * f v", null);
		engine.add("s", "1-1");
		engine.expect("XADD s nomkstream 1-2 f v", "1-2");
		expect(engine.takeChanges().events).toEqual(["xadd s", "xadd s"]);
	});

	test("announces what it adds and then what it trims, as one change", () => {
		engine.expect("XADD s MAXLEN 1 1-1 f v", "1-1");
		expect(engine.takeChanges()).toEqual({ events: ["xadd s"], dirty: 1 });
		engine.expect("XADD s MAXLEN 1 1-2 f v", "1-2");
		expect(engine.takeChanges()).toEqual({ events: ["xadd s", "xtrim s"], dirty: 1 });
	});

	test("refuses what makes no sense", () => {
		engine.run("SET", "string", "x");
		expect(engine.run("XADD", "string", "*", "f", "v")).toBe(WRONG_TYPE);
		for (const words of [
			["*", "f", "v", "g"],
			["MAXLEN", "1", "*"],
			["NOMKSTREAM", "MAXLEN", "5"],
		]) {
			expect(engine.run("XADD", "s", ...words)).toBe(ARITY);
		}
		expect(engine.run("XADD", "s", "*", "f")).toBe(ARITY);
		expect(engine.takeChanges().dirty).toBe(1);
	});
});

describe("trimming options", () => {
	test.each([
		["MAXLEN 1 MINID 2", "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"],
		["MAXLEN 1 MAXLEN 2", "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"],
		["MAXLEN -1", "ERR The MAXLEN argument must be >= 0."],
		["MAXLEN ~ 1 LIMIT -1", "ERR The LIMIT argument must be >= 0."],
		["MAXLEN = 1 LIMIT 1", "ERR syntax error, LIMIT cannot be used without the special ~ option"],
		["MAXLEN 1 LIMIT 0", "ERR syntax error, LIMIT cannot be used without the special ~ option"],
		["LIMIT 1", "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"],
		["MAXLEN x", NOT_AN_INTEGER.slice(1, -2)],
		["MAXLEN ~ ~", NOT_AN_INTEGER.slice(1, -2)],
		["MAXLEN ~ 1 LIMIT x", NOT_AN_INTEGER.slice(1, -2)],
		["MINID x", INVALID_ID.slice(1, -2)],
		["MINID ~ -", INVALID_ID.slice(1, -2)],
	])("%s is refused", (options, error) => {
		engine.expectError(`XADD s ${options} * f v`, error);
		engine.expectError(`XTRIM s ${options}`, error);
	});

	test("XTRIM needs a strategy and nothing else, XADD takes LIMIT 0 for an id's place", () => {
		for (const words of ["XTRIM s MAXLEN 1 x", "XTRIM s x 1", "XTRIM s MAXLEN 1 MAXLEN"]) {
			expect(engine.run(...words.split(" "))).toBe(SYNTAX);
		}
		engine.expectError("XTRIM s LIMIT 0", "ERR syntax error, XTRIM must be called with a trimming strategy");
		engine.expectError("XADD s LIMIT 0 1-1 f v", "ERR syntax error, LIMIT cannot be used without the special ~ option");
		expect(engine.run("XADD", "s", "MAXLEN", "*", "f", "v")).toBe(NOT_AN_INTEGER);
	});

	test("a threshold may be called ~ or =", () => {
		fill(5);
		engine.expect("XTRIM s MAXLEN = 4", 1);
		engine.expect("XTRIM s MINID = 3", 1);
		engine.expect("XTRIM s maxlen 2", 1);
		engine.expect("XTRIM s MINID ~ 4", 0);
		expect(length()).toBe(2);
	});
});

describe("trimming", () => {
	test("exactly, by length and by id", () => {
		fill(250);
		engine.takeChanges();
		engine.expect("XTRIM s MAXLEN 1000", 0);
		expect(engine.takeChanges()).toEqual({ events: [], dirty: 0 });
		engine.expect("XTRIM s MAXLEN 130", 120);
		expect(engine.takeChanges()).toEqual({ events: ["xtrim s"], dirty: 120 });
		engine.expect("XTRIM s MINID 131-1", 11);
		engine.expect("XRANGE s - + COUNT 1", [entry("132-0")]);
		engine.expect("XTRIM s MINID 9223372036854775807", 119);
		expect(length()).toBe(0);
		engine.expect("XTRIM s MAXLEN 0", 0);
	});

	test("approximately, by whole runs of a hundred", () => {
		fill(350);
		engine.expect("XTRIM s MAXLEN ~ 251", 0);
		engine.expect("XTRIM s MAXLEN ~ 250", 100);
		engine.expect("XTRIM s MINID ~ 200-0", 0);
		engine.expect("XTRIM s MINID ~ 200-1", 100);
		engine.expect("XTRIM s MAXLEN ~ 0 LIMIT 99", 0);
		engine.expect("XTRIM s MAXLEN ~ 0 LIMIT 100", 100);
		engine.expect("XTRIM s MAXLEN ~ 0 LIMIT 0", 50);
	});

	test("stops after a hundred runs unless told otherwise", () => {
		engine.keyspace.limits.streamNodeEntries = 2;
		fill(500);
		engine.expect("XTRIM s MAXLEN ~ 10", 200);
		engine.expect("XTRIM s MAXLEN ~ 10 LIMIT 0", 290);
		engine.keyspace.limits.streamNodeEntries = 0;
		engine.expect("XTRIM s MAXLEN ~ 0", 10);
	});

	test("runs end where Redis's nodes do, by bytes or entries", () => {
		engine.keyspace.limits.streamNodeBytes = 100;
		fill(40);
		// Each takes 11 bytes and what is before them 18, so a ninth would begin behind the limit.
		expect(engine.run("XINFO", "STREAM", "s")).toContain("radix-tree-keys\r\n:5\r\n");
		for (const [bytes, runs] of [
			[97, 6],
			[98, 5],
		]) {
			engine.keyspace.limits.streamNodeBytes = bytes!;
			fill(40, `s${bytes}`);
			expect(engine.run("XINFO", "STREAM", `s${bytes}`)).toContain(`radix-tree-keys\r\n:${runs}\r\n`);
		}
		engine.keyspace.limits.streamNodeBytes = 0;
		fill(1, "one");
		for (let ms = 2; ms <= 300; ms++) engine.run("XADD", "one", `${ms}-0`, "f", "v".repeat(1000));
		expect(engine.run("XINFO", "STREAM", "one")).toContain("radix-tree-keys\r\n:3\r\n");
	});

	test("a missing key and another type", () => {
		engine.expect("XTRIM missing MAXLEN 1", 0);
		engine.run("SET", "string", "x");
		expect(engine.run("XTRIM", "string", "MAXLEN", "1")).toBe(WRONG_TYPE);
	});
});

describe("XDEL", () => {
	test("deletes entries and tells how many there were", () => {
		engine.add("s", "1-1", "1-2", "1-3", "2-0");
		engine.takeChanges();
		engine.expect("XDEL s 1-2 1-2 9-9 2", 2);
		expect(engine.takeChanges()).toEqual({ events: ["xdel s"], dirty: 2 });
		engine.expect("XRANGE s - +", [entry("1-1"), entry("1-3")]);
		engine.expect("XDEL s 0-1 1-2", 0);
		expect(engine.takeChanges()).toEqual({ events: [], dirty: 0 });
	});

	test("leaves an empty stream behind, which goes on counting", () => {
		engine.add("s", "5-5");
		engine.expect("XDEL s 5-5", 1);
		engine.expect("XLEN s", 0);
		engine.expectError("XADD s 5-5 f v", NOT_GREATER);
		engine.expect("XADD s 5-* f v", "5-6");
	});

	test("checks all ids first", () => {
		engine.add("s", "1-1");
		expect(engine.run("XDEL", "s", "1-1", "x")).toBe(INVALID_ID);
		engine.expect("XLEN s", 1);
		engine.expect("XDEL missing x", 0);
		engine.run("SET", "string", "x");
		expect(engine.run("XDEL", "string", "1-1")).toBe(WRONG_TYPE);
	});
});
