/** Libraries of functions: all of them change together or none does. */
import { beforeEach, describe, expect, test } from "bun:test";
import { ScriptClient } from "../support/script-client.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

const NOT_FOUND = "-ERR Function not found\r\n";

let scripts = new ScriptClient();
beforeEach(() => {
	scripts = new ScriptClient();
});

const code = (library: string, name: string, result: number, rest = "") =>
	`#!lua name=${library}\nredis.register_function('${name}', function() return ${result} end)${rest}`;
const load = (...words: string[]) => scripts.run("FUNCTION", "LOAD", ...words);
const call = (name: string) => scripts.run("FCALL", name, 0);
const libraries = () => [...scripts.server.scripting.functions().libraries.keys()];

/** The invariant of Functions. */
function check(): void {
	const functions = scripts.server.scripting.functions();
	const all = [...functions.libraries.values()].flatMap((library) => [...library.functions]);
	expect(new Map(functions.functions)).toEqual(new Map(all));
	const sources = [...functions.libraries.values()].map(({ source }) => source);
	expect(scripts.server.keyspace.libraries).toEqual(sources);
}

describe("FUNCTION LOAD", () => {
	test("makes functions callable", () => {
		expect(call("f")).toBe(NOT_FOUND);
		expect(load(code("one", "f", 1))).toBe("$3\r\none\r\n");
		expect(call("f")).toBe(":1\r\n");
		check();
	});

	test("refuses a library, and a function, that is there", () => {
		load(code("one", "f", 1));
		expect(load(code("one", "g", 2))).toBe("-ERR Library 'one' already exists\r\n");
		expect(load(code("two", "f", 2))).toBe("-ERR Function f already exists\r\n");
		expect(libraries()).toEqual(["one"]);
		expect(call("f")).toBe(":1\r\n");
		check();
	});

	test("REPLACE takes the place of the whole library", () => {
		load(code("one", "f", 1));
		expect(load("REPLACE", code("one", "g", 2))).toBe("$3\r\none\r\n");
		expect(call("f")).toBe(NOT_FOUND);
		expect(call("g")).toBe(":2\r\n");
		check();
	});

	test("REPLACE that fails changes nothing", () => {
		load(code("one", "f", 1));
		load(code("two", "t", 3));
		expect(load("REPLACE", code("one", "g", 2, " nosuch()"))).toContain("nonexistent global variable 'nosuch'");
		expect(load("REPLACE", code("one", "t", 2))).toBe("-ERR Function t already exists\r\n");
		expect(load("REPLACE", "#!lua name=one\n")).toBe("-ERR No functions registered\r\n");
		expect(call("f")).toBe(":1\r\n");
		expect(call("t")).toBe(":3\r\n");
		expect(call("g")).toBe(NOT_FOUND);
		check();
	});

	test("what a library registers under one name stays in its place when another one goes", () => {
		load(code("one", "f", 1));
		load(code("two", "g", 2));
		expect(scripts.run("FUNCTION", "DELETE", "one")).toBe("+OK\r\n");
		expect(scripts.run("FUNCTION", "DELETE", "one")).toBe("-ERR Library not found\r\n");
		load(code("three", "f", 3));
		expect([call("f"), call("g")]).toEqual([":3\r\n", ":2\r\n"]);
		check();
	});

	test("takes names of functions for the same in upper and lower case, those of libraries not", () => {
		expect(load(code("Lib", "Foo", 1))).toBe("$3\r\nLib\r\n");
		expect([call("foo"), call("FOO"), call("Foo")]).toEqual([":1\r\n", ":1\r\n", ":1\r\n"]);
		expect(load(code("lib", "foo", 2))).toBe("-ERR Function foo already exists\r\n");
		expect(load(code("lib", "bar", 2))).toBe("$3\r\nlib\r\n");
		expect(load("REPLACE", code("lib", "FOO", 3))).toBe("-ERR Function FOO already exists\r\n");
		expect(libraries()).toEqual(["Lib", "lib"]);
		expect(scripts.run("FUNCTION", "DELETE", "LIB")).toBe("-ERR Library not found\r\n");
		// Redis 7.0 takes the second one, finds only one of them, and ends where the library is deleted.
		expect(load(code("two", "baz", 1, " redis.register_function('BAZ', function() end)"))).toContain(
			"Function already exists in the library",
		);
		expect(load("REPLACE", code("Lib", "FOO", 4))).toBe("$3\r\nLib\r\n");
		expect(call("foo")).toBe(":4\r\n");
		expect(scripts.run("FUNCTION", "LIST", "LIBRARYNAME", "Lib")).toContain("$3\r\nFOO\r\n");
		expect(scripts.run("FUNCTION", "DELETE", "Lib")).toBe("+OK\r\n");
		expect(call("foo")).toBe(NOT_FOUND);
		check();
	});

	test("an error names the function as it was registered", () => {
		load("#!lua name=l\nredis.register_function('Fails', function() error('x') end)");
		expect(call("FAILS")).toBe("-ERR user_function:2: x script: Fails, on @user_function:2.\r\n");
	});

	test("reads the first line", () => {
		const errors: readonly (readonly [source: string, error: string])[] = [
			["x", "Missing library metadata"],
			["#!lua name=x", "Invalid library metadata"],
			["#!lua\n", "Library name was not given"],
			["#!lua name=x name=y\n", "Invalid metadata value, name argument was given multiple times"],
			["#!lua name=x y=1\n", "Invalid metadata value given: y=1"],
			["#!js name=x\n", "Engine 'js' not found"],
		];
		for (const [source, error] of errors) expect([source, load(source)]).toEqual([source, `-ERR ${error}\r\n`]);
	});
});

describe("FUNCTION RESTORE", () => {
	const payload = () => scripts.server.keyspace.libraries.map((source) => source.slice());
	const restore = (sources: readonly Uint8Array[], mode: "flush" | "append" | "replace") =>
		scripts.server.scripting.functions().restore(sources, mode);

	test("loads all or none", () => {
		load(code("one", "f", 1));
		load(code("two", "g", 2));
		const saved = payload();
		scripts.run("FUNCTION", "FLUSH");
		load(code("two", "h", 3));
		expect(() => restore(saved, "append")).toThrow("Library two already exists");
		expect(libraries()).toEqual(["two"]);
		expect(call("f")).toBe(NOT_FOUND);
		restore(saved, "replace");
		expect([call("f"), call("g"), call("h")]).toEqual([":1\r\n", ":2\r\n", NOT_FOUND]);
		check();
	});

	test("compares names as LOAD does", () => {
		load(code("one", "f", 1));
		const saved = payload();
		scripts.run("FUNCTION", "FLUSH");
		load(code("two", "F", 2));
		expect(() => restore(saved, "append")).toThrow("Function f already exists");
		expect(() => restore(saved, "replace")).toThrow("Function f already exists");
		expect(call("f")).toBe(":2\r\n");
		restore(saved, "flush");
		expect(call("F")).toBe(":1\r\n");
		check();
	});

	test("FLUSH puts it in the place of all", () => {
		load(code("one", "f", 1));
		const saved = payload();
		load(code("two", "g", 2));
		restore(saved, "flush");
		expect(libraries()).toEqual(["one"]);
		check();
	});
});

test("functions are there after DEBUG RELOAD", () => {
	scripts = new ScriptClient("enable-debug-command yes");
	load(code("one", "f", 1));
	expect(scripts.run("DEBUG", "RELOAD")).toBe("+OK\r\n");
	expect(call("f")).toBe(":1\r\n");
	check();
});

test("names may move from one library to another at once", () => {
	load(code("one", "f", 1));
	load(code("two", "g", 2));
	const saved = [...scripts.server.keyspace.libraries].reverse();
	scripts.run("FUNCTION", "FLUSH");
	load(code("one", "g", 3));
	scripts.server.scripting.functions().restore(saved, "replace");
	expect([call("f"), call("g")]).toEqual([":1\r\n", ":2\r\n"]);
	check();
});

test("what is refused leaves nothing behind in Lua", () => {
	const long = `\nlocal t = {${"'x',".repeat(20_000)}}`;
	load(code("one", "f", 1));
	const refuse = (i: number) => {
		const use = "redis.register_function('f', function() return t end)";
		expect(load(`#!lua name=two${i}${long} ${use}`)).toBe("-ERR Function f already exists\r\n");
		expect(load(`#!lua name=two${i}${long} ${use.replace("'f'", "'f-g'")}`)).toContain("can only contain letters");
		const named = "redis.register_function{callback=function() return t end, flags={'x'}, function_name='g'}";
		expect(load(`#!lua name=two${i}${long} ${named}`)).toContain("unknown flag given");
	};
	for (let i = 0; i < 30; i++) refuse(i);
	const before = scripts.server.scripting.bytesUsed();
	for (let i = 0; i < 100; i++) refuse(i);
	expect(scripts.server.scripting.bytesUsed()).toBe(before);
});

describe("what a library keeps in local variables", () => {
	const COUNTER = `#!lua name=counter
local n, kept = 0, nil
redis.register_function('next', function() n = n + 1 return n end)
redis.register_function('grow', function(keys, args) kept = string.rep('x', tonumber(args[1])) return #kept end)
redis.register_function('spoil', function() table.insert(redis, 1) end)`;

	test("stays, whatever becomes of the machine of scripts", () => {
		scripts.server.scripting.bytesMax = 48 << 20;
		load(COUNTER);
		expect(call("next")).toBe(":1\r\n");
		for (const script of [
			"table.insert(_G, 1)",
			"return #string.rep('x', 30000000)",
			"local s = 'x' while true do s = s .. s end",
			"local function f() return f() + 1 end return f()",
		]) {
			scripts.eval(script);
			const before = Number(call("next").slice(1));
			expect([script, call("next")]).toEqual([script, `:${before + 1}\r\n`]);
		}
		expect(call("next")).toBe(":10\r\n");
	});

	test("is as it was loaded behind a function that has spoilt the machine or taken most of its memory", () => {
		scripts.server.scripting.bytesMax = 100 << 20;
		load(COUNTER);
		expect([call("next"), call("next")]).toEqual([":1\r\n", ":2\r\n"]);
		expect(scripts.run("FCALL", "grow", 0, 1_000_000)).toBe(":1000000\r\n");
		expect(call("next")).toBe(":3\r\n");
		expect(scripts.run("FCALL", "grow", 0, 30_000_000)).toBe(":30000000\r\n");
		expect(call("next")).toBe(":1\r\n");
		expect(call("spoil")).toStartWith("-ERR Attempt to modify a readonly table");
		expect(call("next")).toBe(":1\r\n");
		check();
	});

	test("counts as memory of functions", () => {
		const number = (name: string) =>
			Number(new RegExp(`${name}:(\\d+)`).exec(scripts.run("INFO", "memory"))?.[1] ?? Number.NaN);
		load(COUNTER);
		expect(number("used_memory_vm_eval")).toBe(0);
		const before = number("used_memory_vm_functions");
		expect(before).toBeGreaterThan(10_000);
		scripts.run("FCALL", "grow", 0, 1_000_000);
		expect(number("used_memory_vm_functions")).toBeGreaterThan(before + 900_000);
		expect(number("used_memory_vm_total")).toBe(number("used_memory_vm_functions"));
	});
});

test("scripts and functions draw from one sequence of random numbers", () => {
	const machine = new VirtualMachine();
	machine.start();
	const client = machine.network.connect(6379);
	const code = "#!lua name=l\nredis.register_function('draw', function() return math.random(1e9) end)";
	client.run("FUNCTION", "LOAD", code);
	const script = () => client.run("EVAL", "return math.random(1e9)", "0");
	const draw = () => client.run("FCALL", "draw", "0");
	const seed = () => client.run("EVAL", "math.randomseed(7)", "0");
	seed();
	const both = [script(), draw()];
	seed();
	const again = [draw(), script()];
	expect(new Set(both).size).toBe(2);
	expect(again).toEqual(both);
});
