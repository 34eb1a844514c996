import type { LuaFunction } from "../lua/machine.ts";
import type { LuaState } from "../lua/state.ts";

/** Pushes a table of functions, each under its name. */
export function pushFunctions(lua: LuaState, thread: number, functions: Readonly<Record<string, LuaFunction>>): void {
	lua.lua.lua_createtable(thread, 0, Object.keys(functions).length);
	for (const [name, run] of Object.entries(functions)) {
		lua.pushFunction(thread, run);
		lua.setField(thread, -2, name);
	}
}
