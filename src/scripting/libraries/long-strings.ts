/**
 * string.rep, reverse, lower and upper of long strings. C builds them in pieces that become longer and longer strings, each
 * of which is hashed: half a minute for 500 MB. Here they are written at once.
 */
import type { LuaFunction } from "../lua/machine.ts";
import { LuaOutOfMemory } from "../lua/machine.ts";
import { LUA_NUMBER, LUA_STRING, type LuaState } from "../lua/state.ts";

/** Up to so many bytes C does it. */
const SHORT_BYTES = 8192;

/** Takes the places of the functions in the table `string` on top of the stack. */
export function openLongStrings(lua: LuaState, thread: number): void {
	const replace = (name: string, ours: (original: LuaFunction) => LuaFunction) => {
		lua.getField(thread, -1, name);
		lua.replaceFunction(thread, ours);
	};
	replace("rep", (original) => (state) => {
		const { lua: api } = lua;
		if (api.lua_type(state, 2) !== LUA_NUMBER || !isLongRepetition(lua, state)) return original(state);
		const count = api.luaL_checkinteger(state, 2);
		lua.string(state, 1);
		const length = lua.end - lua.start;
		const total = length * count;
		const at = roomFor(lua, total);
		const { heap } = lua.machine;
		heap.copyWithin(at, lua.start, lua.end);
		for (let done = length; done < total; done *= 2) heap.copyWithin(at + done, at, at + Math.min(done, total - done));
		api.lua_pushlstring(state, at, total);
		return 1;
	});
	replace("reverse", (original) => (state) => {
		return changed(lua, state, original, (heap, from, to, length) => {
			for (let i = 0; i < length; i++) heap[to + i] = heap[from + length - 1 - i]!;
		});
	});
	replace("lower", (original) => (state) => changed(lua, state, original, withCase(0x41)));
	replace("upper", (original) => (state) => changed(lua, state, original, withCase(0x61)));
}

function isLongRepetition(lua: LuaState, state: number): boolean {
	const count = lua.lua.luaL_checkinteger(state, 2);
	const type = lua.lua.lua_type(state, 1);
	if (type !== LUA_STRING && type !== LUA_NUMBER) return false;
	const length = lua.lua.lua_objlen(state, 1);
	return length > 0 && length * count > SHORT_BYTES;
}

/** Room for a string that Lua is to have. */
function roomFor(lua: LuaState, bytes: number): number {
	if (bytes > lua.stringBytesMax()) throw new LuaOutOfMemory();
	return lua.scratchFor(bytes);
}

type Change = (heap: Uint8Array, from: number, to: number, length: number) => void;

function changed(lua: LuaState, state: number, original: LuaFunction, change: Change): number {
	const { lua: api } = lua;
	if (api.lua_type(state, 1) !== LUA_STRING || api.lua_objlen(state, 1) <= SHORT_BYTES) return original(state);
	lua.string(state, 1);
	const length = lua.end - lua.start;
	const at = roomFor(lua, length);
	change(lua.machine.heap, lua.start, at, length);
	api.lua_pushlstring(state, at, length);
	return 1;
}

/** Letters of the case whose first is `first` get the other. */
function withCase(first: number): Change {
	return (heap, from, to, length) => {
		for (let i = 0; i < length; i++) {
			const byte = heap[from + i]!;
			heap[to + i] = byte >= first && byte < first + 26 ? byte ^ 0x20 : byte;
		}
	};
}
