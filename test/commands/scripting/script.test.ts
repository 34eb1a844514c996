/** SCRIPT and FUNCTION: what their subcommands answer. */
import { beforeEach, expect, test } from "bun:test";
import { ScriptClient } from "../../support/script-client.ts";

let scripts = new ScriptClient();
beforeEach(() => {
	scripts = new ScriptClient();
});

const LIBRARY =
	"#!lua name=x\nredis.register_function{function_name='f', callback=function() return 1 end, flags={'no-writes'}}";
const text = (value: string) => `$${value.length}\r\n${value}\r\n`;

test("SCRIPT FLUSH, DEBUG, KILL", () => {
	expect(scripts.run("SCRIPT", "FLUSH", "x")).toBe("-ERR SCRIPT FLUSH only support SYNC|ASYNC option\r\n");
	expect(scripts.run("SCRIPT", "DEBUG", "no")).toBe("+OK\r\n");
	expect(scripts.run("SCRIPT", "DEBUG", "x")).toBe("-ERR Use SCRIPT DEBUG YES/SYNC/NO\r\n");
	expect(scripts.run("SCRIPT", "DEBUG", "yes")).toStartWith("-ERR ");
	expect(scripts.run("SCRIPT", "KILL")).toBe("-NOTBUSY No scripts in execution right now.\r\n");
	expect(scripts.run("FUNCTION", "KILL")).toBe("-NOTBUSY No scripts in execution right now.\r\n");
});

test("SCRIPT SHOW tells the source", () => {
	scripts.run("SCRIPT", "LOAD", "return '\0\u00ff'");
	const sha = new Bun.CryptoHasher("sha1").update(Buffer.from("return '\0\u00ff'", "latin1")).digest("hex");
	expect(scripts.run("SCRIPT", "SHOW", sha)).toBe(text("return '\0\u00ff'"));
	expect(scripts.run("SCRIPT", "SHOW", "x")).toStartWith("-NOSCRIPT ");
});

test("FUNCTION LIST, by pattern and with the code", () => {
	scripts.run("FUNCTION", "LOAD", LIBRARY);
	const name = `$12\r\nlibrary_name\r\n$1\r\nx\r\n$6\r\nengine\r\n$3\r\nLUA\r\n`;
	const functions =
		"$9\r\nfunctions\r\n*1\r\n*6\r\n$4\r\nname\r\n$1\r\nf\r\n$11\r\ndescription\r\n$-1\r\n$5\r\nflags\r\n*1\r\n+no-writes\r\n";
	expect(scripts.run("FUNCTION", "LIST")).toBe(`*1\r\n*6\r\n${name}${functions}`);
	expect(scripts.run("FUNCTION", "LIST", "WITHCODE", "LIBRARYNAME", "[X]")).toBe(
		`*1\r\n*8\r\n${name}${functions}$12\r\nlibrary_code\r\n${text(LIBRARY)}`,
	);
	expect(scripts.run("FUNCTION", "LIST", "LIBRARYNAME", "y*")).toBe("*0\r\n");
	expect(scripts.run("FUNCTION", "LIST", "LIBRARYNAME")).toBe("-ERR library name argument was not given\r\n");
	expect(scripts.run("FUNCTION", "LIST", "x")).toBe("-ERR Unknown argument x\r\n");
});

test("FUNCTION STATS counts", () => {
	scripts.run("FUNCTION", "LOAD", LIBRARY);
	expect(scripts.run("FUNCTION", "STATS")).toBe(
		"*4\r\n$14\r\nrunning_script\r\n$-1\r\n$7\r\nengines\r\n*2\r\n$3\r\nLUA\r\n" +
			"*4\r\n$15\r\nlibraries_count\r\n:1\r\n$15\r\nfunctions_count\r\n:1\r\n",
	);
});

test("FUNCTION DUMP and RESTORE", () => {
	scripts.run("FUNCTION", "LOAD", LIBRARY);
	const payload = scripts
		.run("FUNCTION", "DUMP")
		.replace(/^\$\d+\r\n/, "")
		.slice(0, -2);
	expect(scripts.run("FUNCTION", "RESTORE", payload)).toBe("-ERR Library x already exists\r\n");
	expect(scripts.run("FUNCTION", "RESTORE", payload, "REPLACE")).toBe("+OK\r\n");
	scripts.run("FUNCTION", "FLUSH");
	expect(scripts.run("FUNCTION", "RESTORE", payload)).toBe("+OK\r\n");
	expect(scripts.run("FCALL_RO", "f", 0)).toBe(":1\r\n");
	const wrong = "-ERR DUMP payload version or checksum are wrong\r\n";
	for (let length = 0; length < payload.length; length++) {
		expect(scripts.run("FUNCTION", "RESTORE", payload.slice(0, length), "FLUSH")).toBe(wrong);
	}
	expect(scripts.run("FUNCTION", "RESTORE", payload, "x")).toStartWith("-ERR Wrong restore policy given");
	expect(scripts.run("FCALL", "f", 0)).toBe(":1\r\n");
});

test("FCALL: its arguments", () => {
	scripts.run("FUNCTION", "LOAD", "#!lua name=w\nredis.register_function('g', function() return 1 end)");
	expect(scripts.run("FCALL", "nosuch", "x")).toBe("-ERR Function not found\r\n");
	expect(scripts.run("FCALL", "g", "x")).toBe("-ERR Bad number of keys provided\r\n");
	expect(scripts.run("FCALL", "g", 1)).toBe("-ERR Number of keys can't be greater than number of args\r\n");
	expect(scripts.run("FCALL", "g", -1)).toBe("-ERR Number of keys can't be negative\r\n");
	expect(scripts.run("FCALL_RO", "g", 0)).toBe("-ERR Can not execute a script with write flag using *_ro command.\r\n");
});

test("HELP lists every subcommand", () => {
	for (const name of ["SCRIPT", "FUNCTION"]) {
		const help = scripts.run(name, "HELP");
		const subcommands = scripts.server.table.named(name.toLowerCase())!.subcommands!;
		expect(subcommands.size).toBeGreaterThan(6);
		for (const subcommand of subcommands.keys()) expect(help).toContain(`+${subcommand.toUpperCase()}`);
	}
});
