import { copyBytes } from "../bytes/ascii.ts";
import type { Call } from "../dispatch/call.ts";
import { type LuaState, REGISTRY } from "./lua/state.ts";
import { arraySize, metatableOf, nodesOf } from "./lua/structures.ts";

/** One of the two tables. */
interface WordTable {
	/** Its name, as Lua reads it. */
	readonly name: number;
	/** Of the table that scripts were given last, in the registry; where that lies, and how many words it was made for. */
	readonly reference: number;
	pointer: number;
	count: number;
}

/**
 * KEYS and ARGV of scripts. Nothing of a script is left behind it, so the next one can be given the same tables with other
 * words in them, where they have as many places as words and the script has added nothing: making two tables costs as
 * much as two commands.
 */
export class ScriptWords {
	private readonly lua: LuaState;
	/** A reference to the table whose fields KEYS and ARGV are, and where tables without nodes have theirs. */
	private readonly globals: number;
	private readonly noNodes: number;
	private readonly keys: WordTable;
	private readonly argv: WordTable;

	constructor(lua: LuaState, globals: number, noNodes: number) {
		this.lua = lua;
		this.globals = globals;
		this.noNodes = noNodes;
		this.keys = this.newTable("KEYS");
		this.argv = this.newTable("ARGV");
	}

	private newTable(name: string): WordTable {
		const { lua: api, main } = this.lua;
		api.lua_createtable(main, 0, 0);
		return { name: this.lua.word(name), reference: api.luaL_ref(main, REGISTRY), pointer: 0, count: -1 };
	}

	/** Gives the script its words; arguments [firstKey, firstKey + keyCount) are keys. The stack is to be cleared then. */
	set(state: number, call: Call, firstKey: number, keyCount: number): void {
		this.fill(state, this.keys, call, firstKey, firstKey + keyCount);
		this.fill(state, this.argv, call, firstKey + keyCount, call.argc);
	}

	private fill(state: number, table: WordTable, call: Call, from: number, to: number): void {
		const { lua: api } = this.lua;
		const count = to - from;
		if (!this.isAsMade(table, count)) this.make(state, table, count);
		else if (count > 0) api.lua_rawgeti(state, REGISTRY, table.reference);
		fillWords(this.lua, state, call, from, to);
	}

	/** Whether the table is there with as many places, and no script has left anything else in it. */
	private isAsMade({ pointer, count }: WordTable, wanted: number): boolean {
		if (count !== wanted) return false;
		const { int32 } = this.lua.machine;
		return (
			arraySize(int32, pointer) === count &&
			nodesOf(int32, pointer) === this.noNodes &&
			metatableOf(int32, pointer) === 0
		);
	}

	/** Leaves a new table on the stack. */
	private make(state: number, table: WordTable, count: number): void {
		const { lua: api } = this.lua;
		table.count = -1;
		api.lua_createtable(state, count, 0);
		api.lua_rawgeti(state, REGISTRY, this.globals);
		api.lua_pushvalue(state, -2);
		api.lua_setfield(state, -2, table.name);
		api.lua_settop(state, -2);
		api.lua_pushvalue(state, -1);
		api.lua_rawseti(state, REGISTRY, table.reference);
		table.pointer = api.lua_topointer(state, -1);
		table.count = count;
	}
}

/** Pushes a table of arguments [from, to) of the call. */
export function pushWords(lua: LuaState, state: number, call: Call, from: number, to: number): void {
	lua.lua.lua_createtable(state, to - from, 0);
	fillWords(lua, state, call, from, to);
}

/** Puts the words into the table on top. */
function fillWords(lua: LuaState, state: number, call: Call, from: number, to: number): void {
	for (let i = from; i < to; i++) {
		const length = call.length(i);
		const at = lua.scratchFor(length);
		copyBytes(call.bytes, call.start(i), lua.machine.heap, at, length);
		lua.lua.lua_pushlstring(state, at, length);
		lua.lua.lua_rawseti(state, -2, i - from + 1);
	}
}
