/** redis.register_function: what it takes. The transcript functions.txt compares all errors with Redis's. */
import { beforeEach, expect, test } from "bun:test";
import { ScriptClient } from "../support/script-client.ts";

let scripts = new ScriptClient();
beforeEach(() => {
	scripts = new ScriptClient();
});

const load = (line: string) => scripts.run("FUNCTION", "LOAD", `#!lua name=x\n${line}`);
const registered = () => [...scripts.server.scripting.functions().functions.values()];

test("a name and a function", () => {
	expect(load("redis.register_function('f', function() return 7 end)")).toBe("$1\r\nx\r\n");
	expect(registered()).toMatchObject([{ name: "f", description: null, flags: [] }]);
	expect(scripts.run("FCALL", "f", 0)).toBe(":7\r\n");
});

test("named arguments, in any case, with flags in the order of their list", () => {
	load(
		"redis.register_function{FUNCTION_NAME='f', Callback=function() end, description='what', flags={'allow-oom','no-writes','allow-oom'}}",
	);
	expect(registered()).toMatchObject([{ name: "f", description: "what", flags: ["no-writes", "allow-oom"] }]);
});

test("functions are given keys and arguments", () => {
	load("redis.register_function('f', function(keys, args) return {#keys, keys[1], #args, args[2]} end)");
	expect(scripts.run("FCALL", "f", 1, "k", "a", "b")).toBe("*4\r\n:1\r\n$1\r\nk\r\n:2\r\n$1\r\nb\r\n");
});

test("what is local to a library is kept between calls", () => {
	load("local n = 0 redis.register_function('f', function() n = n + 1 return n end)");
	expect([1, 2, 3].map(() => scripts.run("FCALL", "f", 0))).toEqual([":1\r\n", ":2\r\n", ":3\r\n"]);
});

test("while a library is loaded there are no commands, and no functions are registered afterwards", () => {
	expect(load("redis.call('PING')")).toContain("attempted to access nonexistent global variable 'call'");
	load("redis.register_function('f', function() redis.register_function('g', function() end) end)");
	expect(scripts.run("FCALL", "f", 0)).toContain(
		"-ERR user_function:2: attempt to call field 'register_function' (a nil value) script: f, on @user_function:2.",
	);
	expect(scripts.run("FCALL", "g", 0)).toBe("-ERR Function not found\r\n");
});

test("what is wrong is said, and nothing is loaded", () => {
	const errors: Readonly<Record<string, string>> = {
		"redis.register_function()": "wrong number of arguments to redis.register_function",
		"redis.register_function('f', 1)": "second argument to redis.register_function must be a function",
		"redis.register_function{callback=function() end}": "redis.register_function must get a function name argument",
		"redis.register_function{function_name='f', callback=function() end, flags={'x'}}": "unknown flag given",
	};
	for (const [line, error] of Object.entries(errors)) {
		expect([line, load(line)]).toEqual([line, `-ERR Error registering functions: ERR ${error}\r\n`]);
	}
	expect(registered()).toEqual([]);
});
