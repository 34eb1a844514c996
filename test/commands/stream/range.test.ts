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
		engine.add("s", "1-1", "1-2", "2-0", "3-5");
	});

	/** The ids of a range, and backward those of the same. */
	function range(first: string, last: string, ...ids: string[]): void {
		const entries = ids.map((id) => entry(id));
		engine.expect(`XRANGE s ${first} ${last}`, entries);
		engine.expect(`XREVRANGE s ${last} ${first}`, entries.toReversed());
	}

	test("ranges include their ends, unless these are open", () => {
		range("-", "+", "1-1", "1-2", "2-0", "3-5");
		range("1-2", "2-0", "1-2", "2-0");
		range("(1-2", "2-0", "2-0");
		range("1-2", "(2-0", "1-2");
		range("(1-2", "(2-0");
		range("1-0", "1-3", "1-1", "1-2");
		range("3", "3", "3-5");
		range("1", "1", "1-1", "1-2");
		range("(1", "(2", "1-1", "1-2", "2-0");
		range("2-1", "3-4");
		range("+", "-");
		range("-", "(1-1");
		range("(3-5", "+");
	});

	test("COUNT limits them from where they begin", () => {
		engine.expect("XRANGE s - + COUNT 2", [entry("1-1"), entry("1-2")]);
		engine.expect("XREVRANGE s + - count 2", [entry("3-5"), entry("2-0")]);
		engine.expect("XRANGE s - + COUNT 1 COUNT 3", [entry("1-1"), entry("1-2"), entry("2-0")]);
		engine.expect("XRANGE s - + COUNT 0", NO_ARRAY);
		engine.expect("XRANGE s - + COUNT -1", NO_ARRAY);
		engine.expect(
			"XREVRANGE s + - COUNT 9223372036854775807",
			["3-5", "2-0", "1-2", "1-1"].map((id) => entry(id)),
		);
		engine.expect("XRANGE missing - + COUNT 0", []);
	});

	test("ends are checked before the key is looked at", () => {
		for (const command of ["XRANGE", "XREVRANGE"]) {
			for (const [first, last] of [
				["x", "+"],
				["-", "x"],
				["(-", "+"],
				["-", "(+"],
				["(", "+"],
				["1-*", "+"],
			]) {
				expect(engine.run(command, "missing", first!, last!)).toBe(INVALID_ID);
			}
		}
		engine.expectError(`XRANGE s (${ID_MAX} +`, "ERR invalid start ID for the interval");
		engine.expectError(`XREVRANGE s + (${ID_MAX}`, "ERR invalid start ID for the interval");
		engine.expectError("XRANGE s - (0-0", "ERR invalid end ID for the interval");
		expect(engine.run("XRANGE", "s", "-", "+", "COUNT", "x")).toBe(NOT_AN_INTEGER);
		expect(engine.run("XRANGE", "s", "-", "+", "COUNT")).toBe(SYNTAX);
		expect(engine.run("XRANGE", "s", "-", "+", "LIMIT", "1")).toBe(SYNTAX);
		engine.run("SET", "string", "x");
		expect(engine.run("XRANGE", "string", "-", "+")).toBe(WRONG_TYPE);
		expect(engine.run("XLEN", "string")).toBe(WRONG_TYPE);
	});

	test("runs, deleted entries and all", () => {
		engine.keyspace.limits.streamNodeEntries = 3;
		for (let ms = 10; ms < 40; ms++) engine.run("XADD", "t", `${ms}-1`, "f", "v");
		for (let ms = 10; ms < 40; ms += 2) engine.run("XDEL", "t", `${ms}-1`);
		const left = Array.from({ length: 15 }, (_, i) => entry(`${11 + 2 * i}-1`));
		engine.expect("XRANGE t - +", left);
		engine.expect("XREVRANGE t + -", left.toReversed());
		engine.expect("XRANGE t 15 (31-1 COUNT 5", left.slice(2, 7));
		engine.expect("XREVRANGE t 30 (15-1 COUNT 5", left.slice(5, 10).toReversed());
		engine.expect("XLEN t", 15);
	});

	test("XLEN of what is not there", () => {
		engine.expect("XLEN s", 4);
		engine.expect("XLEN missing", 0);
	});
});

describe("XSETID", () => {
	let engine: StreamEngine;

	beforeEach(() => {
		engine = new StreamEngine();
		engine.add("s", "1-1", "1-2");
	});

	test("sets the last id, which later ones are greater than", () => {
		engine.takeChanges();
		expect(engine.run("XSETID", "s", "9-9")).toBe(OK);
		expect(engine.takeChanges()).toEqual({ events: ["xsetid s"], dirty: 1 });
		engine.expectError(
			"XADD s 9-9 f v",
			"ERR The ID specified in XADD is equal or smaller than the target stream top item",
		);
		expect(engine.run("XSETID", "s", "1-2")).toBe(OK);
		engine.add("s", "9-9");
	});

	test("sets the counts", () => {
		expect(engine.run("XSETID", "s", "5", "ENTRIESADDED", "9223372036854775807", "MAXDELETEDID", "4-4")).toBe(OK);
		const told = engine.run("XINFO", "STREAM", "s");
		expect(told).toContain("entries-added\r\n:9223372036854775807\r\n");
		expect(told).toContain("max-deleted-entry-id\r\n$3\r\n4-4\r\n");
		engine.add("s", "6-0");
		// A signed number of 64 bits, as in Redis.
		expect(engine.run("XINFO", "STREAM", "s")).toContain("entries-added\r\n:-9223372036854775808\r\n");
	});

	test("goes below an id that was deleted where a master of 7.0 says so", () => {
		engine.run("XADD", "emptied", "5-5", "f", "v");
		engine.run("XDEL", "emptied", "5-5");
		engine.expectError(
			"XSETID emptied 3",
			"ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
		);
		engine.client.isObeyed = true;
		expect(engine.run("XSETID", "emptied", "3")).toBe("+OK\r\n");
		engine.client.isObeyed = false;
		expect(engine.run("XADD", "emptied", "4", "f", "v")).toBe("$3\r\n4-0\r\n");
	});

	test("refuses what cannot be", () => {
		engine.expectError("XSETID s 1-1", "ERR The ID specified in XSETID is smaller than the target stream top item");
		engine.expectError("XSETID s 5 ENTRIESADDED -1", "ERR entries_added must be positive");
		engine.expectError(
			"XSETID s 5 ENTRIESADDED 1",
			"ERR The entries_added specified in XSETID is smaller than the target stream length",
		);
		engine.expectError(
			"XSETID s 5 MAXDELETEDID 6",
			"ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
		);
		engine.run("XDEL", "s", "1-2");
		engine.expectError("XSETID s 1-1", "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
		for (const words of ["x", "*", "-", "+"]) expect(engine.run("XSETID", "s", words)).toBe(INVALID_ID);
		for (const words of ["x", "ENTRIESADDED", "MAXDELETEDID"])
			expect(engine.run("XSETID", "s", "5", words)).toBe(SYNTAX);
		expect(engine.run("XSETID", "s", "5", "ENTRIESADDED", "x")).toBe(NOT_AN_INTEGER);
		engine.expectError("XSETID missing 5", "ERR no such key");
		engine.run("SET", "string", "x");
		expect(engine.run("XSETID", "string", "5")).toBe(WRONG_TYPE);
	});

	test("an id set back below deleted ones, entry by entry", () => {
		engine.add("s", "5-0");
		engine.run("XDEL", "s", "5-0");
		expect(engine.run("XSETID", "s", "5-0", "MAXDELETEDID", "1-1")).toBe(OK);
		expect(engine.run("XSETID", "s", "2-0")).toBe(OK);
		engine.add("s", "2-7", "2-8", "4-0");
		const all = ["1-1", "1-2", "2-7", "2-8", "4-0"].map((id) => entry(id));
		engine.expect("XRANGE s - +", all);
		engine.expect("XREVRANGE s + -", all.toReversed());
		engine.expect("XRANGE s 2-8 +", all.slice(3));
		engine.expect("XREVRANGE s 2-8 -", all.slice(0, 4).toReversed());
		engine.expect("XDEL s 2-8", 1);
		// Trimming stops at the deleted 5-0, in Redis too.
		engine.expect("XTRIM s MINID 4", 2);
		engine.expect("XRANGE s - +", [all[2]!, all[4]!]);
	});
});
