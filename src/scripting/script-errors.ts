/** Errors of scripts on their way to the client: what they say, and where they happened. */
import { latin1 } from "../bytes/ascii.ts";
import { LUA_BOOLEAN, LUA_NIL, LUA_TABLE, type LuaState } from "./lua/state.ts";

/** How errors name the sandbox: its functions are no places in a script. */
export const SANDBOX = "@sandbox";

/** An error as it reaches the client. */
export function scriptError(text: string, name: string, place: string): string {
	return `${text} script: ${name}, on ${place}.`;
}

/** The text of the error on top of the stack. */
export function errorText(lua: LuaState, thread: number): string {
	const type = lua.lua.lua_type(thread, -1);
	if (type === LUA_TABLE) {
		lua.getField(thread, -1, "err");
		return cText(lua, thread);
	}
	if (type === LUA_BOOLEAN) return `ERR ${lua.lua.lua_toboolean(thread, -1) === 1}`;
	return `ERR ${type === LUA_NIL ? "nil" : cText(lua, thread)}`;
}

/** As C knows a string: it ends where a zero is. */
function cText(lua: LuaState, thread: number): string {
	return lua.text(thread, -1).split("\0", 1)[0]!;
}

/** Where the thread was when it failed: "@user_script:1". */
export function placeOf(lua: LuaState, thread: number): string {
	const { lua: api, machine } = lua;
	const info = lua.scratchFor(DEBUG_BYTES);
	let place = "@user_script:0";
	for (let level = 0; level < LEVELS_MAX; level++) {
		if (api.lua_getstack(thread, level, info) === 0) break;
		api.lua_getinfo(thread, lua.word("Sl"), info);
		const line = machine.int32[(info + DEBUG_LINE) >> 2]!;
		const source = zeroTerminated(lua, machine.int32[(info + DEBUG_SOURCE) >> 2]!);
		if (line < 0 || source === SANDBOX) continue;
		place = `${source}:${line}`;
		break;
	}
	return place;
}

function zeroTerminated(lua: LuaState, pointer: number): string {
	const { heap } = lua.machine;
	return latin1(heap, pointer, heap.indexOf(0, pointer));
}

/** Functions of Lua and of the sandbox that may lie above the place. */
const LEVELS_MAX = 8;

/** lua_Debug: its size, and where in it the line stands. */
export const DEBUG_BYTES = 100;
const DEBUG_LINE = 20;
export const DEBUG_SOURCE = 16;
