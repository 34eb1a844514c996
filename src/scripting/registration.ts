import { LUA_FUNCTION, LUA_NUMBER, LUA_STRING, LUA_TABLE, type LuaState, REGISTRY } from "./lua/state.ts";

/** A function that a library offers, as its code registers it. */
export interface Registered {
	readonly name: string;
	/** Of the function, in Lua's registry. */
	readonly compiled: number;
	readonly description: string | null;
	readonly flags: readonly string[];
}

/** Flags that functions may have, in the order in which they are listed. */
export const functionFlags = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];

const CALLBACK_SLOT = 2;

const WRONG_COUNT = "wrong number of arguments to redis.register_function";
const UNKNOWN_ARGUMENT = "unknown argument given to redis.register_function";
const ONE_ARGUMENT =
	"calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).";

/** Reads the arguments of redis.register_function from the stack; or what is wrong with them. */
export function readRegistration(lua: LuaState, thread: number): Registered | string {
	const { lua: api } = lua;
	const count = api.lua_gettop(thread);
	if (count < 1 || count > 2) return WRONG_COUNT;
	if (count === 1) return api.lua_type(thread, 1) === LUA_TABLE ? readNamed(lua, thread) : ONE_ARGUMENT;
	if (!lua.string(thread, 1)) return "first argument to redis.register_function must be a string";
	const name = lua.text(thread, 1);
	if (api.lua_type(thread, 2) !== LUA_FUNCTION) return "second argument to redis.register_function must be a function";
	return { name, compiled: api.luaL_ref(thread, REGISTRY), description: null, flags: [] };
}

function readNamed(lua: LuaState, thread: number): Registered | string {
	const { lua: api } = lua;
	let name: string | null = null;
	let description: string | null = null;
	let flags: readonly string[] = [];
	// Slot 2 holds the function: nobody refers to it unless everything is right.
	api.lua_pushnil(thread);
	api.lua_pushnil(thread);
	while (api.lua_next(thread, 1) !== 0) {
		const keyType = api.lua_type(thread, -2);
		if (keyType === LUA_NUMBER) return UNKNOWN_ARGUMENT;
		if (keyType !== LUA_STRING) return "named argument key given to redis.register_function is not a string";
		const key = lua.text(thread, -2).toLowerCase();
		if (key === "function_name") {
			if (!lua.string(thread, -1)) return "function_name argument given to redis.register_function must be a string";
			name = lua.text(thread, -1);
		} else if (key === "description") {
			if (!lua.string(thread, -1)) return "description argument given to redis.register_function must be a string";
			description = lua.text(thread, -1);
		} else if (key === "callback") {
			if (api.lua_type(thread, -1) !== LUA_FUNCTION)
				return "callback argument given to redis.register_function must be a function";
			api.lua_pushvalue(thread, -1);
			api.lua_replace(thread, CALLBACK_SLOT);
		} else if (key === "flags") {
			const read = readFlags(lua, thread);
			if (typeof read === "string") return read;
			flags = read;
		} else return UNKNOWN_ARGUMENT;
		api.lua_settop(thread, -2);
	}
	if (name === null) return "redis.register_function must get a function name argument";
	if (api.lua_type(thread, CALLBACK_SLOT) !== LUA_FUNCTION) {
		return "redis.register_function must get a callback argument";
	}
	api.lua_pushvalue(thread, CALLBACK_SLOT);
	return { name, compiled: api.luaL_ref(thread, REGISTRY), description, flags };
}

function readFlags(lua: LuaState, thread: number): readonly string[] | string {
	const { lua: api } = lua;
	if (api.lua_type(thread, -1) !== LUA_TABLE) {
		return "flags argument to redis.register_function must be a table representing function flags";
	}
	const flags = new Set<string>();
	for (let i = 1; ; i++) {
		api.lua_rawgeti(thread, -1, i);
		const type = api.lua_type(thread, -1);
		const flag = type === LUA_STRING ? lua.text(thread, -1) : "";
		api.lua_settop(thread, -2);
		if (type === 0) return functionFlags.filter((name) => flags.has(name));
		if (!functionFlags.includes(flag)) return "unknown flag given";
		flags.add(flag);
	}
}
