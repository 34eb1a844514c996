/** Long strings, and streams, that commands change where they lie while a snapshot of them is taken. */
import { describe, expect, test } from "bun:test";
import { PIECE_BYTES } from "../../src/memory/snapshot.ts";
import { baseOf, commandsOf, fixtureOf, noContents } from "../support/command-base.ts";
import { type Command, noise } from "../support/every-type.ts";

const long = noise(PIECE_BYTES + 1000);
const fields = Array.from({ length: 100 }, (_, i) => [`f${i}`, `${i}`.padEnd(60, "v")]).flat();
const elements = Array.from({ length: 5000 }, (_, i) => `element ${i}`);
const moment = "4102444800000";

const setString: Command[] = [["SET", "key", long]];
const setHash: Command[] = [["HSET", "key", ...fields]];
const setVolatile: Command[] = [...setHash, ["HPEXPIREAT", "key", moment, "FIELDS", "1", "f1"]];
const setDense: Command[] = [["PFADD", "key", ...elements]];
const setSparse: Command[] = [
	["CONFIG", "SET", "hll-sparse-max-bytes", "15000"],
	["PFADD", "key", ...elements.slice(0, 2500)],
];

const setStream: Command[] = [
	...Array.from({ length: 300 }, (_, i) => ["XADD", "key", `${i + 1}-0`, "field", `value ${i}`]),
	["XGROUP", "CREATE", "key", "readers", "0", "ENTRIESREAD", "0"],
	["XGROUP", "CREATE", "key", "idle", "7-0"],
	["XREADGROUP", "GROUP", "readers", "one", "COUNT", "100", "STREAMS", "key", ">"],
	["XREADGROUP", "GROUP", "readers", "another", "COUNT", "50", "STREAMS", "key", ">"],
	["XGROUP", "CREATECONSUMER", "key", "readers", "none"],
];
const streamChanges: Command[] = [
	["XADD", "key", "900-0", "field", "new"],
	["XADD", "key", "MAXLEN", "10", "900-0", "field", "new"],
	["XDEL", "key", "1-0", "150-0", "300-0"],
	["XTRIM", "key", "MAXLEN", "20"],
	["XTRIM", "key", "MINID", "130-0"],
	["XSETID", "key", "999-0", "ENTRIESADDED", "1000", "MAXDELETEDID", "400-0"],
	["XGROUP", "CREATE", "key", "new", "3-0"],
	["XGROUP", "DESTROY", "key", "readers"],
	["XGROUP", "SETID", "key", "readers", "9-0", "ENTRIESREAD", "7"],
	["XGROUP", "CREATECONSUMER", "key", "readers", "new"],
	["XGROUP", "DELCONSUMER", "key", "readers", "one"],
	["XREADGROUP", "GROUP", "readers", "one", "COUNT", "30", "STREAMS", "key", ">"],
	["XREADGROUP", "GROUP", "readers", "new", "COUNT", "30", "NOACK", "STREAMS", "key", ">"],
	["XREADGROUP", "GROUP", "readers", "one", "COUNT", "30", "STREAMS", "key", "20"],
	["XACK", "key", "readers", "1-0", "50-0", "100-0", "101-0"],
	["XCLAIM", "key", "readers", "none", "0", "7-0", "8-0", "TIME", "5", "RETRYCOUNT", "9"],
	["XCLAIM", "key", "readers", "none", "0", "7-0", "LASTID", "222-0", "JUSTID"],
	["XCLAIM", "key", "idle", "new", "0", "7-0", "FORCE"],
	["XAUTOCLAIM", "key", "readers", "another", "0", "5-0", "COUNT", "10"],
	["DEL", "key"],
];

type Change = [name: string, making: readonly Command[], changing: readonly Command[]];

const changes: readonly Change[] = [
	["SET", setString, [["SET", "key", "x".repeat(long.length)]]],
	["SET to a shorter one", setString, [["SET", "key", "x".repeat(long.length - 9)]]],
	["GETSET", setString, [["GETSET", "key", "y".repeat(long.length)]]],
	[
		"APPEND",
		setString,
		[
			["APPEND", "key", "more"],
			["SETRANGE", "key", "1", "changed"],
		],
	],
	["SETRANGE", setString, [["SETRANGE", "key", "1000", "changed"]]],
	["SETRANGE beyond a piece", setString, [["SETRANGE", "key", "10", "z".repeat(long.length - 20)]]],
	["SETRANGE across the end", setString, [["SETRANGE", "key", String(long.length - 3), "changed"]]],
	["SETRANGE behind the end", setString, [["SETRANGE", "key", String(long.length + 1000), "changed"]]],
	[
		"SETBIT",
		setString,
		[
			["SETBIT", "key", "8", "1"],
			["SETBIT", "key", "8", "0"],
			["SETBIT", "key", "2097160", "1"],
		],
	],
	["BITFIELD", setString, [["BITFIELD", "key", "SET", "u8", "100", "77", "INCRBY", "i5", "2097153", "3"]]],
	["BITFIELD of 64 bits", setString, [["BITFIELD", "key", "SET", "i64", "3", "-7777777777777777777"]]],
	["BITOP into a source", setString, [["BITOP", "NOT", "key", "key"]]],
	[
		"DEL",
		setString,
		[
			["DEL", "key"],
			["SET", "other", long],
		],
	],
	[
		"RENAME",
		setString,
		[
			["RENAME", "key", "other"],
			["SETRANGE", "other", "0", "changed"],
		],
	],
	[
		"COPY",
		setString,
		[
			["COPY", "key", "other"],
			["SETRANGE", "other", "0", "changed"],
			["SETRANGE", "key", "9", "x"],
		],
	],
	["HSET", setHash, [["HSET", "key", "f7", "new"]]],
	["HSET of the same length", setHash, [["HSET", "key", "f7", "w".repeat(60)]]],
	["HSET of a new field", setHash, [["HSET", "key", "new", "new"]]],
	["HDEL", setHash, [["HDEL", "key", "f7", "f8"]]],
	["HDEL of most", setHash, [["HDEL", "key", ...fields.filter((_, i) => i % 2 === 0).slice(0, 90)]]],
	["HINCRBY", [...setHash, ["HSET", "key", "n", "10"]], [["HINCRBY", "key", "n", "7"]]],
	["HPEXPIREAT", setHash, [["HPEXPIREAT", "key", moment, "FIELDS", "1", "f1"]]],
	["HPEXPIREAT again", setVolatile, [["HPEXPIREAT", "key", "4102444800001", "FIELDS", "2", "f1", "f2"]]],
	["HPERSIST", setVolatile, [["HPERSIST", "key", "FIELDS", "1", "f1"]]],
	["PFADD to the dense form", setDense, [["PFADD", "key", ...elements.map((element) => `other ${element}`)]]],
	["PFADD to the sparse form", setSparse, [["PFADD", "key", ...elements.slice(2500, 2800)]]],
	["PFCOUNT, which keeps the count", setDense, [["PFCOUNT", "key"]]],
	...streamChanges.map((command): Change => [command.slice(0, 4).join(" "), setStream, [command]]),
	["PFMERGE", [...setDense, ["PFADD", "b", "1", "2", "3"]], [["PFMERGE", "key", "b"]]],
];

describe("a snapshot", () => {
	test.each(changes)("does not see %s", (_, making, changing) => {
		const expected = commandsOf(baseOf(fixtureOf(making)));
		for (const moment of [0, 1, 2, 3]) {
			const fixture = fixtureOf(making);
			let steps = 0;
			const base = baseOf(fixture, noContents, () => {
				if (steps++ !== moment) return;
				for (const command of changing) expect(fixture.engine.run(...command)).not.toStartWith("-");
			});
			expect(sorted(commandsOf(base))).toEqual(sorted(expected));
			expect(sorted(commandsOf(baseOf(fixture)))).not.toEqual(sorted(expected));
		}
	});

	test("does not see that the time of a field is over", () => {
		const fixture = fixtureOf(setHash);
		const { time } = fixture.engine;
		fixture.engine.run("HPEXPIREAT", "key", String(time.now_ms() + 1000), "FIELDS", "2", "f1", "f2");
		const expected = commandsOf(baseOf(fixture));
		let steps = 0;
		const base = baseOf(fixture, noContents, () => {
			if (steps++ > 0) return;
			time.advance(2000);
			expect(fixture.engine.run("HSET", "key", "f3", "new")).toBe(":0\r\n");
		});
		expect(sorted(commandsOf(base))).toEqual(sorted(expected));
		expect(fixture.engine.run("HLEN", "key")).toBe(":98\r\n");
	});
});

/** Keys come in no order. */
function sorted(commands: readonly Command[]): string[] {
	return commands.map((command) => command.join(" ")).toSorted();
}
