/** Lua as we run it: bytes in and out, errors, memory, and its structures as they lie there. */
import { beforeEach, describe, expect, test } from "bun:test";
import { bytesOf } from "../../../src/bytes/ascii.ts";
import { LuaOutOfMemory } from "../../../src/scripting/lua/machine.ts";
import {
	GLOBALS,
	LUA_NUMBER,
	LUA_OK,
	LUA_OUT_OF_MEMORY,
	LUA_STRING,
	LuaState,
} from "../../../src/scripting/lua/state.ts";
import {
	arraySize,
	elementAt,
	keyOf,
	nodeAt,
	nodeCount,
	numberAt,
	pointerAt,
	stackBase,
	stackTop,
	stringLength,
	stringStart,
	typeAt,
	VALUE_BYTES,
} from "../../../src/scripting/lua/structures.ts";
import { luaModule } from "../../../src/server/real/lua.ts";

const MIB = 1 << 20;
let lua = new LuaState(luaModule(), 64 * MIB);

beforeEach(() => {
	lua = new LuaState(luaModule(), 64 * MIB);
	for (const open of [lua.lua.luaopen_base, lua.lua.luaopen_string, lua.lua.luaopen_table]) open(lua.main);
	lua.lua.lua_settop(lua.main, 0);
});

/** Leaves what the code returns, or the error, on the stack. */
function run(code: string): number {
	expect(lua.load(lua.main, bytesOf(code), "@test")).toBe(true);
	return lua.lua.lua_pcall(lua.main, 0, 1, 0);
}

test("strings are bytes in both directions, whatever their length", () => {
	for (const length of [0, 1, 47, 48, 49, 255, 256, 20_000, 3 * MIB]) {
		const bytes = Uint8Array.from({ length: length + 2 }, (_, i) => i & 0xff);
		lua.pushBytes(lua.main, bytes, 1, length);
		expect(lua.string(lua.main, -1)).toBe(true);
		expect(Buffer.compare(lua.machine.heap.subarray(lua.start, lua.end), bytes.subarray(1, length + 1))).toBe(0);
		lua.lua.lua_settop(lua.main, 0);
	}
});

test("an error is a value, and what comes after it runs", () => {
	expect(run("error('x')")).not.toBe(LUA_OK);
	expect(lua.text(lua.main, -1)).toBe("test:1: x");
	expect(run("return 1 + 1")).toBe(LUA_OK);
	expect(lua.lua.lua_tonumber(lua.main, -1)).toBe(2);
});

test("functions of ours are called, and may raise errors", () => {
	lua.pushFunction(lua.main, (state) => {
		if (lua.lua.lua_tonumber(state, 1) > 1) return lua.raiseText(state, "too many");
		lua.pushText(state, "one");
		return 1;
	});
	lua.setField(lua.main, GLOBALS, "f");
	expect(run("return f(1)")).toBe(LUA_OK);
	expect(lua.text(lua.main, -1)).toBe("one");
	expect(run("return f(2)")).not.toBe(LUA_OK);
	expect(lua.text(lua.main, -1)).toBe("test:1: too many");
});

describe("memory", () => {
	test("ends where it was told to, which is an error of the script alone", () => {
		expect(run("local t = {} for i = 1, 1e9 do t[i] = {i} end")).toBe(LUA_OUT_OF_MEMORY);
		expect(lua.text(lua.main, -1)).toBe("not enough memory");
		expect(lua.bytesUsed()).toBeLessThanOrEqual(64 * MIB);
		lua.lua.lua_settop(lua.main, 0);
		lua.collect();
		expect(run("return string.rep('x', 1e6)")).toBe(LUA_OK);
	});

	test("that we ask for and do not get is told apart", () => {
		expect(() => lua.scratchFor(65 * MIB)).toThrow(LuaOutOfMemory);
		expect(run("return 1")).toBe(LUA_OK);
	});
});

test("deep recursion is an error", () => {
	expect(run("local function f() return 1 + f() end return f()")).not.toBe(LUA_OK);
	expect(lua.text(lua.main, -1)).toContain("stack overflow");
});

describe("structures in memory are read as Lua would", () => {
	const value = (code: string) => {
		expect(run(code)).toBe(LUA_OK);
		return stackTop(lua.machine.int32, lua.main) - VALUE_BYTES;
	};

	test("strings and numbers on the stack", () => {
		const string = value("return 'hello'");
		const { int32, float64, heap } = lua.machine;
		expect(string).toBe(stackBase(int32, lua.main));
		expect(typeAt(int32, string)).toBe(LUA_STRING);
		const start = stringStart(pointerAt(int32, string));
		expect(heap.subarray(start, start + stringLength(int32, pointerAt(int32, string)))).toEqual(bytesOf("hello"));
		const number = value("return -1.5");
		expect(typeAt(int32, number)).toBe(LUA_NUMBER);
		expect(numberAt(float64, number)).toBe(-1.5);
	});

	test("elements of tables", () => {
		const table = pointerAt(lua.machine.int32, value("return {10, 20, 30}"));
		const { int32, float64 } = lua.machine;
		expect(arraySize(int32, table)).toBe(3);
		expect([0, 1, 2].map((i) => numberAt(float64, elementAt(int32, table, i)))).toEqual([10, 20, 30]);
	});

	test("fields of tables, in the order of next", () => {
		run("t = {} for i = 1, 20 do t['k' .. i] = i end");
		run("local order = '' for k, v in next, t do order = order .. v .. ' ' end return order");
		const order = lua.text(lua.main, -1).trim().split(" ").map(Number);
		const table = pointerAt(lua.machine.int32, value("return t"));
		const { int32, float64, heap } = lua.machine;
		const seen: number[] = [];
		for (let i = 0; i < nodeCount(heap, table); i++) {
			const node = nodeAt(int32, table, i);
			if (typeAt(int32, node) === LUA_NUMBER) seen.push(numberAt(float64, node));
			if (typeAt(int32, node) === LUA_NUMBER) expect(typeAt(int32, keyOf(node))).toBe(LUA_STRING);
		}
		expect(seen).toEqual(order);
		expect(seen).toHaveLength(20);
	});
});
