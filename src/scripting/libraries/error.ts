/**
 * error, for levels that lie outside a pcall: pcall is one of the sandbox's functions here, which are no places in a script,
 * as Redis's pcall is none, being a function of C.
 */
import { LUA_NUMBER, LUA_STRING, type LuaState } from "../lua/state.ts";

const PLACE = "sandbox:";

/** Replaces the function in the table of globals at index 1. */
export function openError(lua: LuaState, thread: number): void {
	const { lua: api, machine } = lua;
	lua.getField(thread, 1, "error");
	const original = machine.lua.__indirect_function_table.get(api.lua_tocfunction(thread, -1)) as (
		state: number,
	) => number;
	api.lua_settop(thread, 1);
	lua.pushFunction(thread, (state) => {
		if (api.lua_type(state, 2) !== LUA_NUMBER) return original(state);
		const level = Math.trunc(api.lua_tonumber(state, 2));
		const type = api.lua_type(state, 1);
		if (level < 2 || level > LEVEL_MAX || (type !== LUA_STRING && type !== LUA_NUMBER)) return original(state);
		api.luaL_where(state, level);
		const isInside = lua.text(state, -1).startsWith(PLACE);
		if (isInside) {
			api.lua_settop(state, 1);
			// A number becomes a string as well.
			lua.string(state, 1);
			return lua.raise(state);
		}
		api.lua_pushvalue(state, 1);
		api.lua_concat(state, 2);
		return lua.raise(state);
	});
	lua.setField(thread, 1, "error");
}

const LEVEL_MAX = 1000;
