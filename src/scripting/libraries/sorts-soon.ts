import { LUA_NUMBER, LUA_STRING, type LuaState } from "../lua/state.ts";
import { arraySize, elementAt, pointerAt, stackBase, stringLength, typeAt } from "../lua/structures.ts";

/** A comparison takes about as long as one of so many bytes. */
const COMPARISON_BYTES = 20;
/** Bytes that C may have to compare at worst, which is when each element is compared with every other: a second or two. */
const COMPARED_MAX = 8e9;

/** Pushes whether the table at index 1 is sorted soon by `<`, whatever the order of its elements. */
export function sortsSoon(lua: LuaState, state: number): number {
	const { int32 } = lua.machine;
	const table = pointerAt(int32, stackBase(int32, state));
	const count = lua.lua.lua_objlen(state, 1);
	let bytes = COMPARISON_BYTES * count;
	// What is not in the array has been put into the table in an odd order; of that the number is enough.
	const size = Math.min(arraySize(int32, table), count);
	for (let i = 0; i < size && count * bytes <= COMPARED_MAX; i++) {
		const element = elementAt(int32, table, i);
		if (typeAt(int32, element) === LUA_STRING) bytes += stringLength(int32, pointerAt(int32, element));
	}
	lua.lua.lua_pushboolean(state, count * bytes <= COMPARED_MAX || !isOfOneType(lua, state, count) ? 1 : 0);
	return 1;
}

/** Whether all elements are numbers, or all are strings: what else there is C compares, or refuses to. */
function isOfOneType({ lua }: LuaState, state: number, count: number): boolean {
	lua.lua_rawgeti(state, 1, 1);
	const type = lua.lua_type(state, -1);
	lua.lua_settop(state, 1);
	if (type !== LUA_STRING && type !== LUA_NUMBER) return false;
	for (let i = 2; i <= count; i++) {
		lua.lua_rawgeti(state, 1, i);
		const isOther = lua.lua_type(state, -1) !== type;
		lua.lua_settop(state, 1);
		if (isOther) return false;
	}
	return true;
}
