/** error, and errors that pcall catches: where they say they were, whoever called whom. */
import { describe, expect, test } from "bun:test";
import { ScriptClient } from "../../support/script-client.ts";

const scripts = new ScriptClient();
const text = (expression: string) => scripts.text(expression);
const caught = (call: string) => text(`select(2, pcall(${call}))`);

describe("error", () => {
	test("puts the place of its level in front of a text, and of nothing else", () => {
		expect(caught("function() error('x') end")).toBe("user_script:1: x");
		expect(caught("function() error('x', 1) end")).toBe("user_script:1: x");
		expect(caught("function() error('x', 0) end")).toBe("x");
		expect(caught("function() error(5) end")).toBe("user_script:1: 5");
		expect(caught("function() error(nil) end")).toBe("nil");
		expect(caught("function() error({ err = 'E x' }, 2) end")).toBe("E x");
		expect(scripts.error("local function f() error('x', 2) end\nf()")).toBe("ERR user_script:2: x");
	});

	test("of a level that is pcall's has no place, as a function of C has none", () => {
		expect(caught("function() error('x', 2) end")).toBe("x");
		expect(caught("function() error(5, 2) end")).toBe("5");
		expect(caught("error, 'x'")).toBe("x");
		expect(caught("error, 'x', 1e300")).toBe("x");
		expect(caught("error, 'x', 5000")).toBe("x");
	});

	test("leaves a text alone that looks like one of ours", () => {
		expect(caught("function() error(\"bad argument #1 to 'f' (x)\", 2) end")).toBe("bad argument #1 to 'f' (x)");
		expect(caught("function() error(\"bad argument #1 to 'f' (x)\") end")).toBe(
			"user_script:1: bad argument #1 to 'f' (x)",
		);
	});
});

describe("pcall", () => {
	test("calls what has no name there", () => {
		for (const [call, error] of [
			["next", "bad argument #1 to '?' (table expected, got no value)"],
			["pairs, 5", "bad argument #1 to '?' (table expected, got number)"],
			["rawset, {}", "bad argument #2 to '?' (value expected)"],
			["setmetatable, 1, {}", "bad argument #1 to '?' (table expected, got number)"],
			["loadstring", "bad argument #1 to '?' (string expected, got no value)"],
			["table.sort, 5", "bad argument #1 to '?' (table expected, got number)"],
			["table.foreach, {}, 5", "bad argument #2 to '?' (function expected, got number)"],
			["string.rep", "bad argument #1 to '?' (string expected, got no value)"],
			["string.gsub, nil", "bad argument #1 to '?' (string expected, got nil)"],
			["coroutine.create, 5", "bad argument #1 to '?' (Lua function expected)"],
			["coroutine.wrap", "bad argument #1 to '?' (Lua function expected)"],
			["coroutine.status", "bad argument #1 to '?' (coroutine expected)"],
			["tostring", "bad argument #1 to '?' (value expected)"],
			["xpcall", "bad argument #2 to '?' (value expected)"],
			["5", "attempt to call a number value"],
			["nil", "attempt to call a nil value"],
		] as const) {
			expect([call, caught(call)]).toEqual([call, error]);
		}
		expect(caught("function() local t = pairs(5) end")).toBe(
			"user_script:1: bad argument #1 to 'pairs' (table expected, got number)",
		);
		expect(text("select(2, xpcall(next, function(e) return e end))")).toBe(
			"bad argument #1 to '?' (table expected, got no value)",
		);
	});

	test("makes a text of a table whose err is one, and hands on what else it is", () => {
		expect(text("select('#', pcall(error, {}))")).toBe("3");
		expect(text("select(3, pcall(error, { err = true }))")).toBe("true");
		expect(text("select('#', pcall(error, { err = 'x' }))")).toBe("2");
		expect(text("type(select(2, pcall(error, { err = 5 })))")).toBe("number");
		expect(caught("error, setmetatable({}, { __index = { err = 'inherited' } })")).toBe("inherited");
	});
});
