/** Scripts by name and by source. */
import { beforeEach, describe, expect, test } from "bun:test";
import { ScriptClient } from "../support/script-client.ts";

const SHA = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
const NOSCRIPT = "-NOSCRIPT No matching script. Please use EVAL.\r\n";

let scripts = new ScriptClient();
const known = () => scripts.server.scripting.scripts;

beforeEach(() => {
	scripts = new ScriptClient();
});

describe("a script", () => {
	test("is known by the digest of its source once it was run or loaded", () => {
		expect(scripts.run("EVALSHA", SHA, 0)).toBe(NOSCRIPT);
		expect(scripts.run("EVAL", "return 1", 0)).toBe(":1\r\n");
		expect(scripts.run("EVALSHA", SHA, 0)).toBe(":1\r\n");
		expect(scripts.run("SCRIPT", "LOAD", "return 2")).toBe("$40\r\n7f923f79fe76194c868d7e1d0820de36700eb649\r\n");
		expect(scripts.run("EVALSHA", "7f923f79fe76194c868d7e1d0820de36700eb649", 0)).toBe(":2\r\n");
	});

	test("is found in upper case, too", () => {
		scripts.run("SCRIPT", "LOAD", "return 1");
		expect(scripts.run("EVALSHA", SHA.toUpperCase(), 0)).toBe(":1\r\n");
		expect(scripts.run("SCRIPT", "EXISTS", SHA.toUpperCase(), SHA, "x")).toBe("*3\r\n:1\r\n:1\r\n:0\r\n");
	});

	test("is kept once, however often it comes", () => {
		for (let i = 0; i < 3; i++) scripts.run("EVAL", "return 1", 0);
		scripts.run("SCRIPT", "LOAD", "return 1");
		expect(known().count()).toBe(1);
		scripts.run("EVAL", "return  1", 0);
		expect(known().count()).toBe(2);
	});

	test("that does not compile is not kept", () => {
		const error = "-ERR Error compiling script (new function): user_script:1: '=' expected near 'error'\r\n";
		expect(scripts.run("SCRIPT", "LOAD", "syntax error")).toBe(error);
		expect(scripts.run("EVAL", "syntax error", 0)).toBe(error);
		expect(known().count()).toBe(0);
	});

	test("may hold any bytes", () => {
		const source = "return '\u00ff\0\u0080'";
		expect(scripts.run("EVAL", source, 0)).toBe("$3\r\n\u00ff\0\u0080\r\n");
		expect(known().count()).toBe(1);
	});

	test("names lines as they were sent, behind a first line about itself", () => {
		expect(scripts.eval("#!lua flags=no-writes\n\nerror('x')")).toStartWith("-ERR user_script:3: x script: ");
	});
});

test("SCRIPT FLUSH forgets them, and Lua lets go of what they were", () => {
	const long = (i: number) => `local t = {${"'x',".repeat(2000)}} return ${i}`;
	for (let i = 0; i < 100; i++) scripts.run("SCRIPT", "LOAD", long(i));
	expect(known().bytesUsed()).toBeGreaterThan(800_000);
	expect(scripts.run("SCRIPT", "FLUSH")).toBe("+OK\r\n");
	expect(known().count()).toBe(0);
	expect(known().bytesUsed()).toBeLessThan(100_000);
	expect(scripts.run("SCRIPT", "EXISTS", SHA)).toBe("*1\r\n:0\r\n");
	// The second hundred fit where the first were.
	const before = scripts.server.scripting.bytesUsed();
	for (let i = 0; i < 100; i++) scripts.run("SCRIPT", "LOAD", long(i));
	scripts.run("SCRIPT", "FLUSH", "ASYNC");
	expect(scripts.server.scripting.bytesUsed()).toBeLessThan(before * 1.5);
});
