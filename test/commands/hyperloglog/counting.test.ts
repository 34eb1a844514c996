import { beforeEach, describe, expect, test } from "bun:test";
import { hyperloglogCommands } from "../../../src/commands/hyperloglog.ts";
import { OK, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NONE = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n";
const CORRUPTED = "-INVALIDOBJ Corrupted HLL object detected\r\n";

/** With a stale count, before the registers. */
const HEAD = `HYLL\x01${"\0".repeat(10)}\x80`;
const EMPTY = `${HEAD}\x7f\xff`;
/** What Redis has for the elements a, b and c. */
const ABC = `${HEAD}\x60\xf3\x80\x50\xb1\x84\x4b\xfb\x80\x42\x5a`;
const ALL_TOO_LARGE = `HYLL\0${"\0".repeat(10)}\x80${"\xff".repeat(12_288)}`;

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine(hyperloglogCommands);
});

function addSeries(key: string, count: number): void {
	for (let i = 1; i <= count; i += 100) {
		engine.run("PFADD", key, ...Array.from({ length: Math.min(100, count - i + 1) }, (_, at) => i + at));
	}
}

/** The count a HyperLogLog keeps, -1 while it is stale. */
function keptCount(key: string): number {
	const bytes = Buffer.from(engine.value(key)!, "latin1");
	return (bytes[15]! & 0x80) !== 0 ? -1 : Number(bytes.readBigUInt64LE(8));
}

describe("PFADD", () => {
	test("makes the bytes that Redis makes", () => {
		expect(engine.run("PFADD", "key")).toBe(":1\r\n");
		expect(engine.value("key")).toBe(EMPTY);
		expect(engine.run("PFADD", "key")).toBe(":0\r\n");
		expect(engine.run("PFADD", "key", "a", "b", "c")).toBe(":1\r\n");
		expect(engine.value("key")).toBe(ABC);
		expect(engine.run("PFADD", "key", "c", "b", "a", "a")).toBe(":0\r\n");
		expect(engine.value("key")).toBe(ABC);
		expect(engine.encoding("key")).toBe("raw");
	});

	test("counts every register as a change, and the new key, but tells once", () => {
		engine.run("PFADD", "key", "a", "b");
		expect(engine.keyspace.changes.dirty).toBe(3);
		engine.run("PFADD", "key", "a", "b");
		engine.run("PFADD", "key", "c", "a");
		expect(engine.keyspace.changes.dirty).toBe(4);
		expect(engine.takeEvents()).toEqual(["pfadd key", "pfadd key"]);
	});

	test("gets dense at the limit, and keeps the deadline", () => {
		engine.keyspace.limits.hyperLogLogSparseBytes = 100;
		engine.run("SET", "key", EMPTY, "EX", 10);
		const dense = Array.from({ length: 100 }, (_, i) => {
			engine.run("PFADD", "key", i);
			return engine.isLong("key");
		});
		expect([dense[20], dense[99]]).toEqual([false, true]);
		expect(engine.run("PFCOUNT", "key")).toBe(":100\r\n");
		expect(engine.left_ms("key")).toBe(10_000);
		expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
	});

	test("the string becomes raw even where nothing changes", () => {
		engine.run("SET", "key", ABC);
		expect(engine.encoding("key")).toBe("embstr");
		expect(engine.run("PFADD", "key", "a")).toBe(":0\r\n");
		expect(engine.encoding("key")).toBe("raw");
	});

	test("leaves of the count all but the bit that says it is stale", () => {
		const head = `HYLL\x01\0\0\0\x01\x02\x03\x04\x05\x06\x07`;
		engine.run("SET", "key", `${head}\x08\x7f\xff`);
		engine.run("PFADD", "key", "a");
		expect(engine.value("key")!.slice(0, 16)).toBe(`${head}\x88`);
		engine.run("SET", "key", `${head}\x08\x6f\xff`);
		expect(engine.run("PFADD", "key", "c", "a")).toBe(CORRUPTED);
		expect(engine.value("key")!.slice(0, 16)).toBe(`${head}\x88`);
	});

	test("refuses what is none, or stops where it is corrupt", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("PFADD", "list", "a")).toBe(WRONG_TYPE);
		engine.run("SET", "text", "abc");
		expect(engine.run("PFADD", "text", "a")).toBe(NONE);
		expect(engine.encoding("text")).toBe("embstr");
		engine.run("SET", "head", HEAD);
		engine.takeEvents();
		expect(engine.run("PFADD", "head", "a")).toBe(CORRUPTED);
		// It has the first registers only, which c's is one of and a's is not: what comes first is done all the same.
		engine.run("SET", "part", `${HEAD}\x6f\xff`);
		expect(engine.run("PFADD", "part", "c", "a")).toBe(CORRUPTED);
		expect(engine.value("part")).toBe(`${HEAD}\x60\xf3\x80\x4f\x0a`);
		expect(engine.takeEvents()).toEqual(["set part"]);
		expect(engine.run("PFADD")).toBe("-ERR wrong number of arguments for 'pfadd' command\r\n");
	});
});

describe("PFCOUNT of one key", () => {
	test("keeps the count until the next change, silently", () => {
		addSeries("key", 1000);
		engine.takeEvents();
		const { dirty } = engine.keyspace.changes;
		expect(keptCount("key")).toBe(-1);
		expect(engine.run("PFCOUNT", "key")).toBe(":1001\r\n");
		expect(keptCount("key")).toBe(1001);
		expect(engine.run("PFCOUNT", "key")).toBe(":1001\r\n");
		expect(engine.keyspace.changes.dirty).toBe(dirty + 1);
		expect(engine.takeEvents()).toEqual([" key"]);
		engine.run("PFADD", "key", "1");
		expect(keptCount("key")).toBe(1001);
		engine.run("PFADD", "key", "new");
		expect(keptCount("key")).toBe(-1);
	});

	test("believes the count it finds", () => {
		const counts: [string, string][] = [
			["\x2a\0\0\0\0\0\0\0", "42"],
			["\xff\xff\xff\xff\xff\xff\x1f\0", "9007199254740991"],
			["\0\0\0\0\0\0\x20\0", "9007199254740992"],
			["\xff\xff\xff\xff\xff\xff\xff\x7f", "9223372036854775807"],
		];
		for (const [bytes, count] of counts) {
			engine.run("SET", "key", ABC.slice(0, 8) + bytes + ABC.slice(16));
			expect(engine.run("PFCOUNT", "key")).toBe(`:${count}\r\n`);
		}
	});

	test("estimates as Redis does", () => {
		const series: [number, number][] = [
			[1, 1],
			[10, 10],
			[100, 100],
			[1000, 1001],
			[10_000, 9988],
			[100_000, 99_562],
		];
		for (const [count, estimate] of series) {
			addSeries("key", count);
			expect(engine.run("PFCOUNT", "key")).toBe(`:${estimate}\r\n`);
		}
		expect(engine.isLong("key")).toBe(true);
		expect(keptCount("key")).toBe(99_562);
	});

	test("registers that no element gives are as many as there can be, and never kept", () => {
		engine.run("SET", "key", ALL_TOO_LARGE);
		expect(engine.run("PFCOUNT", "key")).toBe(":-9223372036854775808\r\n");
		expect(engine.run("PFCOUNT", "key", "key")).toBe(":-9223372036854775808\r\n");
		expect(engine.value("key")).toBe(ALL_TOO_LARGE);
	});

	test("nothing, none and corrupt ones", () => {
		expect(engine.run("PFCOUNT", "missing")).toBe(":0\r\n");
		engine.run("PUTLIST", "list");
		engine.run("SET", "text", "abc");
		engine.run("SET", "head", HEAD);
		expect(engine.run("PFCOUNT", "list")).toBe(WRONG_TYPE);
		expect(engine.run("PFCOUNT", "text")).toBe(NONE);
		expect(engine.run("PFCOUNT", "head")).toBe(CORRUPTED);
		expect(engine.keyspace.changes.dirty).toBe(2);
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([3, 1]);
		expect(engine.run("PFCOUNT")).toBe("-ERR wrong number of arguments for 'pfcount' command\r\n");
	});
});

describe("PFCOUNT of several keys", () => {
	test("counts what they have together, and changes none of them", () => {
		addSeries("few", 300);
		addSeries("many", 10_000);
		engine.run("PFADD", "others", "a", "b", "c");
		const before = ["few", "many", "others"].map((key) => engine.value(key));
		const { dirty } = engine.keyspace.changes;
		expect(engine.run("PFCOUNT", "few", "missing")).toBe(engine.run("PFCOUNT", "few", "few"));
		expect(engine.run("PFCOUNT", "few", "many")).toBe(":9988\r\n");
		expect(engine.run("PFCOUNT", "others", "missing")).toBe(":3\r\n");
		expect(engine.run("PFCOUNT", "missing", "also missing")).toBe(":0\r\n");
		expect(["few", "many", "others"].map((key) => engine.value(key))).toEqual(before);
		expect(engine.keyspace.changes.dirty).toBe(dirty);
	});

	test("stops at the first that cannot be read", () => {
		engine.run("PFADD", "key", "a");
		engine.run("SET", "text", "abc");
		engine.run("SET", "head", HEAD);
		engine.run("PUTLIST", "list");
		expect(engine.run("PFCOUNT", "key", "head", "text")).toBe(CORRUPTED);
		expect(engine.run("PFCOUNT", "key", "text", "head")).toBe(NONE);
		expect(engine.run("PFCOUNT", "missing", "list", "text")).toBe(WRONG_TYPE);
	});
});

describe("PFMERGE", () => {
	test("unites, and stays sparse where all are", () => {
		engine.run("PFADD", "a", "a");
		engine.run("PFADD", "b", "b", "c");
		engine.takeEvents();
		expect(engine.run("PFMERGE", "to", "a", "b", "missing")).toBe(OK);
		expect(engine.value("to")).toBe(ABC);
		expect(engine.takeEvents()).toEqual(["pfadd to"]);
		expect(engine.run("PFMERGE", "a", "b")).toBe(OK);
		expect(engine.value("a")).toBe(ABC);
		expect(engine.encoding("a")).toBe("raw");
	});

	test("counts as one change, also where there is none", () => {
		expect(engine.run("PFMERGE", "to")).toBe(OK);
		expect(engine.value("to")).toBe(EMPTY);
		expect(engine.run("PFMERGE", "to")).toBe(OK);
		expect(engine.keyspace.changes.dirty).toBe(2);
		expect(engine.takeEvents()).toEqual(["pfadd to", "pfadd to"]);
	});

	test("is dense where one of them is, and keeps the deadline", () => {
		addSeries("dense", 5000);
		engine.run("SET", "to", ABC, "EX", 10);
		engine.run("PFADD", "empty");
		expect(engine.run("PFMERGE", "to", "empty")).toBe(OK);
		expect([engine.isLong("to"), engine.left_ms("to")]).toEqual([false, 10_000]);
		expect(engine.run("PFMERGE", "to", "dense", "empty")).toBe(OK);
		expect([engine.isLong("to"), engine.left_ms("to")]).toEqual([true, 10_000]);
		expect(engine.run("PFCOUNT", "to")).toBe(engine.run("PFCOUNT", "dense", "to"));
		expect(engine.run("PFMERGE", "empty", "to")).toBe(OK);
		expect(engine.value("empty")!.slice(16)).toBe(engine.value("to")!.slice(16));
		expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
	});

	test("is dense where a small one is", () => {
		engine.run("PFADD", "small", "a");
		engine.run("PFADD", "to", "b");
		engine.run("PFDEBUG", "TODENSE", "small");
		engine.run("PFMERGE", "to", "small");
		engine.run("PFMERGE", "new", "small");
		expect([engine.isLong("to"), engine.isLong("new")]).toEqual([true, true]);
		expect(engine.run("PFCOUNT", "to")).toBe(":2\r\n");
	});

	test("gets dense at the limit", () => {
		engine.keyspace.limits.hyperLogLogSparseBytes = 300;
		addSeries("a", 80);
		engine.run("PFADD", "b", ...Array.from({ length: 80 }, (_, i) => `b${i}`));
		expect([engine.isLong("a"), engine.isLong("b")]).toEqual([false, false]);
		engine.run("PFMERGE", "to", "a", "b");
		expect(engine.isLong("to")).toBe(true);
		expect(engine.run("PFCOUNT", "to")).toBe(engine.run("PFCOUNT", "a", "b"));
	});

	test("refuses what is none, and leaves the target as it is", () => {
		engine.run("PFADD", "key", "a");
		engine.run("SET", "text", "abc");
		engine.run("SET", "head", HEAD);
		engine.run("PUTLIST", "list");
		expect(engine.run("PFMERGE", "text", "key")).toBe(NONE);
		expect(engine.run("PFMERGE", "list", "key")).toBe(WRONG_TYPE);
		expect(engine.run("PFMERGE", "head", "text")).toBe(CORRUPTED);
		expect(engine.run("PFMERGE", "new", "key", "text")).toBe(NONE);
		expect(engine.value("new")).toBeNull();
		expect(engine.run("PFMERGE")).toBe("-ERR wrong number of arguments for 'pfmerge' command\r\n");
	});
});
