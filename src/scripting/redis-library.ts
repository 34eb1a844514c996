import { sha1, sha1Hexadecimal } from "../bytes/sha1.ts";
import { pushFunctions } from "./libraries/register.ts";
import type { LuaFunction } from "./lua/machine.ts";
import { LUA_NUMBER, LUA_STRING, type LuaState } from "./lua/state.ts";

/** What functions of the library do beyond Lua. */
export interface RedisLibraryHost {
	/** Runs the command on the stack, and pushes its reply; an error is raised, or pushed as a table. */
	command(thread: number, raises: boolean): number;
	/** Whether the client of the script may run the command on the stack; null: there is none of that name. */
	mayRun(thread: number): boolean | null;
	/** Which protocol replies of commands are converted from, 2 or 3. */
	setProtocol(protocol: number): void;
	/** Which of REPL_AOF and REPL_REPLICA hear what the script changes. */
	setReplication(targets: number): void;
	log(level: number, line: string): void;
}

/** The append-only file hears of it. */
export const REPL_AOF = 1;
export const REPL_REPLICA = 2;
const REPL_ALL = REPL_AOF | REPL_REPLICA;
const LOG_LEVEL_MAX = 3;

const constants: Readonly<Record<string, number>> = {
	LOG_DEBUG: 0,
	LOG_VERBOSE: 1,
	LOG_NOTICE: 2,
	LOG_WARNING: 3,
	REPL_NONE: 0,
	REPL_AOF,
	REPL_SLAVE: REPL_REPLICA,
	REPL_REPLICA,
	REPL_ALL,
};

/** Pushes the table `redis` of scripts. */
export function openRedisLibrary(lua: LuaState, thread: number, host: RedisLibraryHost, version: string): void {
	const { lua: api } = lua;
	const fail = (state: number, text: string): never => {
		pushError(lua, state, `ERR ${text}`);
		return lua.raise(state);
	};
	/** A table of one field from the one string given. */
	const marked = (state: number, name: "ok" | "err"): number => {
		if (api.lua_gettop(state) !== 1 || api.lua_type(state, 1) !== LUA_STRING) {
			pushError(lua, state, "ERR wrong number or type of arguments");
			return 1;
		}
		const text = lua.text(state, 1);
		if (name === "err") pushError(lua, state, withCode(text));
		else pushMarked(lua, state, "ok", text);
		return 1;
	};
	const functions: Readonly<Record<string, LuaFunction>> = {
		call: (state) => host.command(state, true),
		pcall: (state) => host.command(state, false),
		error_reply: (state) => marked(state, "err"),
		status_reply: (state) => marked(state, "ok"),
		sha1hex: (state) => {
			if (api.lua_gettop(state) !== 1) return fail(state, "wrong number of arguments");
			const isText = lua.string(state, 1);
			sha1(lua.machine.heap, isText ? lua.start : 0, isText ? lua.end : 0, digest);
			lua.pushText(state, sha1Hexadecimal(digest));
			return 1;
		},
		log: (state) => {
			const count = api.lua_gettop(state);
			if (count < 2) return fail(state, "redis.log() requires two arguments or more.");
			const isNumber = api.lua_type(state, 1) === LUA_NUMBER || isNumeral(lua, state);
			if (!isNumber) return fail(state, "First argument must be a number (log level).");
			const level = Math.trunc(api.lua_tonumber(state, 1));
			if (!(level >= 0 && level <= LOG_LEVEL_MAX)) return fail(state, "Invalid debug level.");
			const words: string[] = [];
			for (let i = 2; i <= count; i++) if (lua.string(state, i)) words.push(lua.text(state, i));
			host.log(level, words.join(" "));
			return 0;
		},
		setresp: (state) => {
			if (api.lua_gettop(state) !== 1) return fail(state, "redis.setresp() requires one argument.");
			const protocol = Math.trunc(api.lua_tonumber(state, 1));
			if (protocol !== 2 && protocol !== 3) return fail(state, "RESP version must be 2 or 3.");
			host.setProtocol(protocol);
			return 0;
		},
		set_repl: (state) => {
			if (api.lua_gettop(state) !== 1) return fail(state, "redis.set_repl() requires two arguments.");
			const targets = Math.trunc(api.lua_tonumber(state, 1));
			if (!(targets >= 0 && targets <= REPL_ALL)) {
				return fail(state, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
			}
			host.setReplication(targets);
			return 0;
		},
		replicate_commands: (state) => {
			// What scripts change is told as it happens, since Redis 7 always.
			api.lua_pushboolean(state, 1);
			return 1;
		},
		breakpoint: (state) => {
			api.lua_pushboolean(state, 0);
			return 1;
		},
		debug: () => 0,
		acl_check_cmd: (state) => {
			const count = api.lua_gettop(state);
			if (count === 0) return fail(state, "Please specify at least one argument for this redis lib call");
			for (let i = 1; i <= count; i++) {
				const type = api.lua_type(state, i);
				if (type !== LUA_STRING && type !== LUA_NUMBER) {
					return fail(state, "Lua redis lib command arguments must be strings or integers");
				}
			}
			const may = host.mayRun(state);
			if (may === null) return fail(state, "Invalid command passed to redis.acl_check_cmd()");
			api.lua_pushboolean(state, may ? 1 : 0);
			return 1;
		},
	};
	pushFunctions(lua, thread, functions);
	for (const [name, value] of Object.entries(constants)) {
		api.lua_pushnumber(thread, value);
		lua.setField(thread, -2, name);
	}
	lua.pushText(thread, version);
	lua.setField(thread, -2, "REDIS_VERSION");
	api.lua_pushnumber(thread, versionNumber(version));
	lua.setField(thread, -2, "REDIS_VERSION_NUM");
}

const digest = new Int32Array(5);

/** Whether the first argument is a string that Lua takes for a number. */
function isNumeral(lua: LuaState, state: number): boolean {
	if (lua.lua.lua_type(state, 1) !== LUA_STRING) return false;
	return (
		lua.lua.lua_tonumber(state, 1) !== 0 || /^\s*[-+]?(0x)?(0+\.?0*|\.0+)(e[-+]?\d+)?\s*$/i.test(lua.text(state, 1))
	);
}

/** Pushes an error as scripts see it. */
export function pushError(lua: LuaState, state: number, text: string): void {
	lua.lua.lua_createtable(state, 0, 1);
	lua.pushText(state, text);
	lua.lua.lua_setfield(state, -2, lua.word("err"));
}

function pushMarked(lua: LuaState, state: number, name: string, text: string): void {
	lua.lua.lua_createtable(state, 0, 1);
	lua.pushText(state, text);
	lua.lua.lua_setfield(state, -2, lua.word(name));
}

/** An error needs a code: a text of several words has one, and may have the minus of the protocol in front of it. */
function withCode(text: string): string {
	const plain = text.startsWith("-") ? text.slice(1) : text;
	return plain.includes(" ") ? plain : `ERR ${plain}`;
}

/** 7.2.4 as 0x070204. */
function versionNumber(version: string): number {
	const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
	return (major << 16) | (minor << 8) | patch;
}
