/** table.sort of the sandbox beside that of Lua: the same comparisons in the same order, and so the same results. */
import { expect, test } from "bun:test";
import { bytesOf } from "../../../src/bytes/ascii.ts";
import { sortsSoon } from "../../../src/scripting/libraries/sorts-soon.ts";
import { sortSource } from "../../../src/scripting/lua/sort.ts";
import { LUA_OK, LuaState } from "../../../src/scripting/lua/state.ts";
import { luaModule } from "../../../src/server/real/lua.ts";

function opened(): LuaState {
	const lua = new LuaState(luaModule(), 64 << 20);
	for (const open of [lua.lua.luaopen_base, lua.lua.luaopen_table, lua.lua.luaopen_string, lua.lua.luaopen_math]) {
		open(lua.main);
	}
	lua.lua.lua_settop(lua.main, 0);
	return lua;
}

function run(lua: LuaState, code: string): string {
	expect(lua.load(lua.main, bytesOf(code), "@test")).toBe(true);
	const isFine = lua.lua.lua_pcall(lua.main, 0, 1, 0) === LUA_OK;
	const text = lua.text(lua.main, -1);
	lua.lua.lua_settop(lua.main, 0);
	return isFine ? text : `error: ${text}`;
}

test("3,000 random tables, orders and functions that are none: each comparison is the same", () => {
	const different = run(
		opened(),
		`local sortsSoon, blame = function() return false end, error
		local genuine = table.sort
		${sortSource}
		local ours = table.sort
		local orders = {
			function(a, b) return a.key < b.key end,
			function(a, b) return a.key > b.key end,
			function(a, b) return a.key <= b.key end,
			function() return true end,
			function() return false end,
			function(a, b) return (a.key * 7 + b.key) % 3 == 0 end,
		}
		local function traced(sort, count, range, order, seed)
			local state, trace, t = seed, {}, {}
			for i = 1, count do
				state = (state * 16807) % 2147483647
				t[i] = { key = state % range, name = i }
			end
			local isFine, text = pcall(sort, t, function(a, b)
				trace[#trace + 1] = a.name .. "," .. b.name
				return order(a, b)
			end)
			for i = 1, count do trace[#trace + 1] = t[i].name end
			return tostring(isFine) .. string.gsub(tostring(text), "^test:%d+: ", "") .. table.concat(trace, ";")
		end
		local errors, different = 0, 0
		for seed = 1, 500 do
			for _, order in ipairs(orders) do
				local count, range = seed % 40, 1 + seed % 7 * 5
				local expected = traced(genuine, count, range, order, seed)
				if string.sub(expected, 1, 4) ~= "true" then errors = errors + 1 end
				if expected ~= traced(ours, count, range, order, seed) then different = different + 1 end
			end
		end
		return different .. " of 3000, errors: " .. tostring(errors > 300)`,
	);
	expect(different).toBe("0 of 3000, errors: true");
});

test("C sorts what it is quick with, whatever the order, and what may not be comparable", () => {
	const lua = opened();
	lua.pushFunction(lua.main, (state) => sortsSoon(lua, state));
	lua.setField(lua.main, -10_002, "sortsSoon");
	for (const [table, expected] of [
		["{}", "true"],
		["{ 3, 1, 2 }", "true"],
		["{ 'a', 1 }", "true"],
		["filled(1000, 'text')", "true"],
		["filled(30000, 1)", "false"],
		["filled(1000, string.rep('x', 10000))", "false"],
		["filled(30000, {})", "true"],
		["filled(30000, 1, 'x')", "true"],
	] as const) {
		const filled =
			"local function filled(n, v, last) local t = {} for i = 1, n do t[i] = v end t[n] = last or v return t end";
		expect([table, run(lua, `${filled} return tostring(sortsSoon(${table}))`)]).toEqual([table, expected]);
	}
});
