import { beforeEach, describe, expect, test } from "bun:test";
import { selfTest } from "../../../src/commands/hyperloglog/self-test.ts";
import { hyperloglogCommands } from "../../../src/commands/hyperloglog.ts";
import { bulk, OK, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NONE = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n";
const CORRUPTED = "-INVALIDOBJ Corrupted HLL object detected\r\n";
const HEAD = `HYLL\x01${"\0".repeat(10)}\x80`;

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine(hyperloglogCommands);
	engine.run("PFADD", "key", "a", "b", "c");
	engine.takeEvents();
	engine.keyspace.changes.dirty = 0;
});

describe("PFDEBUG", () => {
	test("DECODE shows the runs of a sparse one", () => {
		const runs = "Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603";
		expect(engine.run("PFDEBUG", "DECODE", "key")).toBe(bulk(runs));
		engine.run("SET", "part", `${HEAD}\x03\xff\x40`);
		expect(engine.run("PFDEBUG", "decode", "part")).toBe(bulk("z:4 v:32,4 Z:1"));
		engine.run("SET", "head", HEAD);
		expect(engine.run("PFDEBUG", "decode", "head")).toBe(bulk(""));
		engine.run("PFDEBUG", "TODENSE", "key");
		expect(engine.run("PFDEBUG", "DECODE", "key")).toBe("-ERR HLL encoding is not sparse\r\n");
	});

	test("ENCODING and TODENSE", () => {
		expect(engine.run("PFDEBUG", "encoding", "key")).toBe("+sparse\r\n");
		expect(engine.run("PFDEBUG", "ToDense", "key")).toBe(":1\r\n");
		expect(engine.run("PFDEBUG", "encoding", "key")).toBe("+dense\r\n");
		expect(engine.run("PFDEBUG", "ToDense", "key")).toBe(":0\r\n");
		expect([engine.keyspace.changes.dirty, engine.takeEvents()]).toEqual([1, []]);
		expect(engine.run("PFCOUNT", "key")).toBe(":3\r\n");
	});

	test("GETREG shows all registers, and makes it dense", () => {
		const reply = engine.run("PFDEBUG", "GETREG", "key").split("\r\n");
		expect([reply[0], reply.length]).toEqual(["*16384", 16_386]);
		const set = [...reply.entries()].filter(([, line]) => /^:[1-9]/.test(line)).map(([i, line]) => [i - 1, line]);
		expect(set).toEqual([
			[8436, ":1"],
			[12_711, ":2"],
			[15_780, ":1"],
		]);
		expect(engine.run("PFDEBUG", "ENCODING", "key")).toBe("+dense\r\n");
		expect(engine.keyspace.changes.dirty).toBe(1);
	});

	test("refuses in Redis's order", () => {
		engine.run("PUTLIST", "list");
		engine.run("SET", "text", "abc");
		engine.run("SET", "head", HEAD);
		expect(engine.run("PFDEBUG", "foo", "missing")).toBe("-ERR The specified key does not exist\r\n");
		expect(engine.run("PFDEBUG", "foo", "list")).toBe(WRONG_TYPE);
		expect(engine.run("PFDEBUG", "foo", "text")).toBe(NONE);
		expect(engine.run("PFDEBUG", "Foo", "key")).toBe("-ERR Unknown PFDEBUG subcommand 'Foo'\r\n");
		expect(engine.run("PFDEBUG", "GETREG", "head")).toBe(CORRUPTED);
		expect(engine.run("PFDEBUG", "TODENSE", "head")).toBe(CORRUPTED);
		expect(engine.run("PFDEBUG", "key")).toBe("-ERR wrong number of arguments for 'pfdebug' command\r\n");
	});
});

describe("PFSELFTEST", () => {
	test("finds nothing wrong, and leaves nothing behind", () => {
		expect(engine.run("PFSELFTEST")).toBe(OK);
		expect(engine.keyspace.keyCount()).toBe(1);
		expect([engine.keyspace.changes.dirty, engine.takeEvents()]).toEqual([0, []]);
	});

	test("would find that the sparse form is not used", () => {
		engine.keyspace.limits.hyperLogLogSparseBytes = 20;
		expect(selfTest(engine.keyspace)).toBe("ERR TESTFAILED sparse encoding not used");
	});
});
