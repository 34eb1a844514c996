/**
 * error, for levels that lie outside a pcall: pcall is one of the sandbox's functions here, which are no places in a script,
 * as Redis's pcall is none, being a function of C.
 */
import { latin1 } from "../../bytes/ascii.ts";
import { LUA_NUMBER, LUA_STRING, type LuaState } from "../lua/state.ts";
import { DEBUG_BYTES, DEBUG_SOURCE, SANDBOX } from "../script-errors.ts";

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
		const level = api.luaL_checkinteger(state, 2);
		const type = api.lua_type(state, 1);
		if (level < 2 || level > LEVEL_MAX || (type !== LUA_STRING && type !== LUA_NUMBER)) return original(state);
		const isNameless = isFromSandbox(lua, state) && isCalledByC(lua, state, level);
		api.luaL_where(state, level);
		if (isNameless || lua.text(state, -1).startsWith(PLACE)) {
			api.lua_settop(state, 1);
			// A number becomes a string as well.
			const text = lua.text(state, 1);
			// What pcall calls has no name.
			if (isNameless) lua.pushText(state, text.replace(NAMED, "$1'?'"));
			return lua.raise(state);
		}
		api.lua_pushvalue(state, 1);
		api.lua_concat(state, 2);
		return lua.raise(state);
	});
	lua.setField(thread, 1, "error");
}

/** Whether a function of the sandbox says that one of its arguments is wrong. */
function isFromSandbox(lua: LuaState, state: number): boolean {
	if (!NAMED.test(lua.text(state, 1))) return false;
	lua.lua.luaL_where(state, 1);
	const isInside = lua.text(state, -1).startsWith(PLACE);
	lua.lua.lua_settop(state, 2);
	return isInside;
}

/** Whether the function of this level is none of the script: the sandbox's, or one of C. */
function isCalledByC(lua: LuaState, state: number, level: number): boolean {
	const { lua: api, machine } = lua;
	const info = lua.scratchFor(DEBUG_BYTES);
	if (api.lua_getstack(state, level, info) === 0) return false;
	api.lua_getinfo(state, lua.word("S"), info);
	const source = machine.int32[(info + DEBUG_SOURCE) >> 2]!;
	const name = latin1(machine.heap, source, machine.heap.indexOf(0, source));
	return name === "=[C]" || name === SANDBOX;
}

const NAMED = /^(bad argument #\d+ to )'\w+'/;
const LEVEL_MAX = 1000;
