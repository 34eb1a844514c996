import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, GenericEngine, LONG, NULL, ONE, wrongArity, ZERO } from "./harness.ts";

let engine: GenericEngine;

beforeEach(() => {
	engine = new GenericEngine();
});

describe("OBJECT", () => {
	test("ENCODING follows from the text", () => {
		engine.run("MSET", "i", "-42", "e", "e".repeat(44), "r", "r".repeat(45), "l", LONG);
		expect(engine.run("OBJECT", "ENCODING", "i")).toBe(bulk("int"));
		expect(engine.run("OBJECT", "encoding", "e")).toBe(bulk("embstr"));
		expect(engine.run("object", "ENCODING", "r")).toBe(bulk("raw"));
		expect(engine.run("OBJECT", "ENCODING", "l")).toBe(bulk("raw"));
		expect(engine.run("OBJECT", "ENCODING", "x")).toBe(NULL);
	});

	test("REFCOUNT tells the integers that Redis shares", () => {
		for (const value of ["0", "9999"]) {
			engine.run("SET", "a", value);
			expect(engine.run("OBJECT", "REFCOUNT", "a")).toBe(":2147483647\r\n");
			engine.services.sharesIntegers = false;
			expect(engine.run("OBJECT", "REFCOUNT", "a")).toBe(ONE);
			engine.services.sharesIntegers = true;
		}
		for (const value of ["-1", "10000", "a", LONG, "007"]) {
			engine.run("SET", "a", value);
			expect(engine.run("OBJECT", "REFCOUNT", "a")).toBe(ONE);
		}
		engine.run("DEL", "a");
		engine.run("SETRANGE", "a", 0, "12");
		expect(engine.run("OBJECT", "REFCOUNT", "a")).toBe(ONE);
		expect(engine.run("OBJECT", "REFCOUNT", "x")).toBe(NULL);
	});

	test("IDLETIME counts seconds and is no access itself", () => {
		engine.run("SET", "a", "1");
		engine.advance(5000);
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(":5\r\n");
		engine.advance(5000);
		expect(engine.run("OBJECT", "ENCODING", "a")).toBe(bulk("int"));
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(":10\r\n");
		engine.run("GET", "a");
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(ZERO);
		expect(engine.run("OBJECT", "IDLETIME", "x")).toBe(NULL);
	});

	test("FREQ and IDLETIME exclude each other by policy, but only where there is the key", () => {
		const behind =
			"Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.\r\n";
		engine.run("SET", "a", "1");
		expect(engine.run("OBJECT", "FREQ", "a")).toBe(
			`-ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${behind}`,
		);
		expect(engine.run("OBJECT", "FREQ", "x")).toBe(NULL);
		engine.services.isLfu = true;
		expect(engine.run("OBJECT", "FREQ", "a")).toMatch(/^:\d{1,3}\r\n$/);
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(
			`-ERR An LFU maxmemory policy is selected, idle time not tracked. ${behind}`,
		);
		expect(engine.run("OBJECT", "IDLETIME", "x")).toBe(NULL);
	});

	test("counts hits and misses", () => {
		engine.run("SET", "a", "1");
		for (const name of ["ENCODING", "REFCOUNT", "IDLETIME", "FREQ"]) {
			expect(engine.lookups("OBJECT", name, "a")).toEqual([1, 0]);
			expect(engine.lookups("OBJECT", name, "x")).toEqual([0, 1]);
		}
	});

	test("HELP lists every subcommand", () => {
		const help = engine.run("OBJECT", "HELP");
		expect(help).toStartWith("*11\r\n+OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n");
		for (const name of ["ENCODING <key>", "FREQ <key>", "IDLETIME <key>", "REFCOUNT <key>", "HELP"]) {
			expect(help).toContain(`\r\n+${name}\r\n`);
		}
		expect(help.split("\r\n")).toHaveLength(13);
	});

	test("refuses other subcommands and other counts of arguments", () => {
		expect(engine.run("OBJECT", "FOO")).toBe("-ERR unknown subcommand 'FOO'. Try OBJECT HELP.\r\n");
		expect(engine.run("OBJECT", "a\0b", "c")).toBe("-ERR unknown subcommand 'a'. Try OBJECT HELP.\r\n");
		expect(engine.run("OBJECT", "ENCODING")).toBe(wrongArity("object|encoding"));
		expect(engine.run("OBJECT", "REFCOUNT", "a", "b")).toBe(wrongArity("object|refcount"));
		expect(engine.run("OBJECT", "HELP", "a")).toBe(wrongArity("object|help"));
	});
});
