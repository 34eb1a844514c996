import { bytesOf } from "../bytes/ascii.ts";
import type { Blocker } from "../dispatch/blocking.ts";
import type { Call } from "../dispatch/call.ts";
import { openBit } from "./libraries/bit.ts";
import { Cjson } from "./libraries/cjson.ts";
import { openCmsgpack } from "./libraries/cmsgpack.ts";
import { openError } from "./libraries/error.ts";
import { openRandom } from "./libraries/random.ts";
import { openStruct } from "./libraries/struct.ts";
import { openWideNumbers } from "./libraries/wide-numbers.ts";
import { sandboxSource } from "./lua/sandbox.ts";
import { GLOBALS, LUA_OK, LUA_OUT_OF_MEMORY, LUA_YIELDED, LuaState, REGISTRY } from "./lua/state.ts";
import { arraySize, hasNodes, isInsideC, nodesOf } from "./lua/structures.ts";
import { openRedisLibrary, pushError } from "./redis-library.ts";
import { type Registered, readRegistration } from "./registration.ts";
import { writeValue } from "./replies.ts";
import type { Run, ScriptHost } from "./run.ts";
import { ScriptCommands } from "./script-commands.ts";
import { errorText, placeOf, SANDBOX, scriptError } from "./script-errors.ts";

/** References to what there is for all scripts. */
interface Sandbox {
	/** What scripts read; KEYS and ARGV are put there. */
	readonly globals: number;
	/** A function that says whether a library is loaded now. */
	readonly setLoading: number;
	/** Pointers to the tables that stand for protected ones, and where empty ones have their nodes. */
	readonly fronts: Int32Array;
	readonly noNodes: number;
	/** The environment of libraries. */
	readonly libraries: number;
}
/** Instructions of Lua between two looks at the clock: about a millisecond. */
const INSTRUCTIONS_BETWEEN = 100_000;
const REDIS_VERSION = "7.2.4";
/** WebAssembly gives no memory back: a machine with more is thrown away behind the script that made it grow. */
const KEPT_BYTES_MAX = 128 << 20;
/** Nor are functions taken back, such as those of cjson.new. */
const KEPT_FUNCTIONS_MAX = 2000;
const NOT_ENOUGH_MEMORY = "not enough memory";

/**
 * Runs compiled Lua on behalf of clients. Between two scripts nothing of the first is left but what the collector has not
 * yet seen.
 */
export class ScriptEngine {
	readonly lua: LuaState;
	private readonly host: ScriptHost;
	private readonly commands: ScriptCommands;
	private readonly sandbox: Sandbox;
	/** A coroutine for scripts; another one is made where a script ended with an error. */
	private thread: number;
	private threadReference: number;
	/** The script at work, or that has made way. */
	private run: Run | null;
	/** References to the table that tells the sandbox what goes on, and a pointer to the hook. */
	private readonly signal: number;
	/** Set while a library is loaded. */
	private hear: ((registered: Registered) => string | null) | null;
	private isLate: (() => boolean) | null;
	/** The script at work is yielding, up to us. */
	private isPausing: boolean;
	/** Where the script was when it made way. */
	private pausedAt: string;
	private readonly hook: number;
	/** What scripts have left is better thrown away, with the whole machine. */
	isSpent: boolean;

	constructor(host: ScriptHost, module: WebAssembly.Module, bytesMax: number, blocker: Blocker) {
		this.host = host;
		this.lua = new LuaState(module, bytesMax);
		this.commands = new ScriptCommands(host, this.lua, blocker);
		this.run = null;
		this.thread = 0;
		this.threadReference = 0;
		this.isPausing = false;
		this.pausedAt = "";
		this.isSpent = false;
		this.hear = null;
		this.isLate = null;
		const { lua: api, main } = this.lua;
		api.lua_createtable(main, 2, 0);
		this.signal = api.luaL_ref(main, REGISTRY);
		this.hook = this.lua.machine.hookPointer((thread) => this.pause(thread));
		this.sandbox = this.openSandbox();
		this.newThread();
	}

	/** Sets the environments up: references to what the sandbox returns. */
	private openSandbox(): Sandbox {
		const { lua } = this;
		const { lua: api, main } = lua;
		for (const open of [api.luaopen_base, api.luaopen_table, api.luaopen_string, api.luaopen_math]) open(main);
		api.lua_settop(main, 0);
		api.lua_pushvalue(main, GLOBALS);
		lua.getField(main, 1, "math");
		openRandom(lua, main);
		api.lua_settop(main, 1);
		openWideNumbers(lua, main);
		openError(lua, main);
		new Cjson(lua).open(main);
		lua.setField(main, 1, "cjson");
		openBit(lua, main);
		lua.setField(main, 1, "bit");
		openStruct(lua, main);
		lua.setField(main, 1, "struct");
		openCmsgpack(lua, main);
		lua.setField(main, 1, "cmsgpack");
		openRedisLibrary(lua, main, this.commands, REDIS_VERSION);
		lua.setField(main, 1, "redis");
		if (!lua.load(main, bytesOf(sandboxSource), SANDBOX)) throw new Error(lua.text(main, -1));
		api.lua_pushvalue(main, 1);
		api.lua_rawgeti(main, REGISTRY, this.signal);
		lua.pushFunction(main, (state) => this.register(state));
		if (api.lua_pcall(main, 3, 4, 0) !== LUA_OK) throw new Error(lua.text(main, -1));
		const setLoading = api.luaL_ref(main, REGISTRY);
		const libraries = api.luaL_ref(main, REGISTRY);
		const fronts = new Int32Array(api.lua_objlen(main, -1));
		for (let i = 0; i < fronts.length; i++) {
			api.lua_rawgeti(main, -1, i + 1);
			fronts[i] = api.lua_topointer(main, -1);
			api.lua_settop(main, -2);
		}
		api.luaL_ref(main, REGISTRY);
		api.lua_replace(main, GLOBALS);
		const globals = api.luaL_ref(main, REGISTRY);
		return { globals, fronts, libraries, noNodes: nodesOf(lua.machine.int32, fronts[0]!), setLoading };
	}

	private newThread(): void {
		const { lua: api, main } = this.lua;
		if (this.threadReference !== 0) api.luaL_unref(main, REGISTRY, this.threadReference);
		this.thread = api.lua_newthread(main);
		this.threadReference = api.luaL_ref(main, REGISTRY);
		this.lua.setHook(this.thread, this.hook, INSTRUCTIONS_BETWEEN);
		api.lua_rawgeti(main, REGISTRY, this.signal);
		api.lua_rawgeti(main, REGISTRY, this.threadReference);
		api.lua_rawseti(main, -2, 2);
		api.lua_settop(main, -2);
	}

	/** Compiles a script; returns a reference to its function, or the error. */
	compile(source: Uint8Array, name: string): number | string {
		const { lua } = this;
		const { lua: api, main } = lua;
		if (!lua.load(main, source, name)) {
			const text = lua.text(main, -1);
			api.lua_settop(main, 0);
			if (text === NOT_ENOUGH_MEMORY) this.isSpent = true;
			return text;
		}
		const compiled = api.luaL_ref(main, REGISTRY);
		// A compiler leaves half as much behind as it has made, which would add up where thousands of scripts come.
		lua.collectSome();
		return compiled;
	}

	/** Lets go of a compiled script. */
	release(compiled: number): void {
		this.lua.lua.luaL_unref(this.lua.main, REGISTRY, compiled);
	}

	collect(): void {
		this.lua.collect();
	}

	/**
	 * Runs a compiled script with arguments [firstKey, firstKey + keyCount) of the call as KEYS, those behind as ARGV. False:
	 * it has made way for other clients and wants `goOn` to be called, or `abandon`; its reply comes then.
	 */
	execute(run: Run, call: Call, compiled: number, firstKey: number, keyCount: number): boolean {
		const { lua, thread } = this;
		const { lua: api } = lua;
		this.run = run;
		this.commands.begin(run, call);
		api.lua_rawgeti(thread, REGISTRY, this.sandbox.globals);
		this.pushWords(thread, call, firstKey, firstKey + keyCount);
		api.lua_setfield(thread, -2, lua.word("KEYS"));
		this.pushWords(thread, call, firstKey + keyCount, call.argc);
		api.lua_setfield(thread, -2, lua.word("ARGV"));
		api.lua_settop(thread, 0);
		api.lua_rawgeti(thread, REGISTRY, compiled);
		return this.proceed(run, call.database.index, 0);
	}

	/** The same for a function of a library: it is given KEYS and ARGV as arguments. */
	executeFunction(run: Run, call: Call, compiled: number, firstKey: number, keyCount: number): boolean {
		const { thread } = this;
		this.run = run;
		this.commands.begin(run, call);
		this.lua.lua.lua_rawgeti(thread, REGISTRY, compiled);
		this.pushWords(thread, call, firstKey, firstKey + keyCount);
		this.pushWords(thread, call, firstKey + keyCount, call.argc);
		return this.proceed(run, call.database.index, 2);
	}

	/** Goes on with the script that has made way; true where it has ended. */
	goOn(): boolean {
		this.setSignal(false);
		const run = this.run!;
		return this.proceed(run, run.client.database, 0);
	}

	/** Forgets the script that has made way; returns where it was. */
	abandon(): string {
		this.setSignal(false);
		this.newThread();
		this.run = null;
		return this.pausedAt;
	}

	/** The script that has made way, if any. */
	waiting(): Run | null {
		return this.run;
	}

	private proceed(run: Run, database: number, argumentCount: number): boolean {
		const { lua, thread } = this;
		const { lua: api } = lua;
		const status = api.lua_resume(thread, argumentCount);
		this.host.executor.accountInside(null);
		// SELECT holds until the end of the script.
		run.client.database = database;
		if (status === LUA_YIELDED && this.isPausing) {
			this.isPausing = false;
			return false;
		}
		if (this.isDirty()) {
			this.isSpent = true;
			run.reply.error(scriptError("ERR Attempt to modify a readonly table", run.name, "@user_script:0"));
		} else if (status === LUA_OK) {
			api.lua_settop(thread, 1);
			writeValue(lua, thread, run.reply, this.commands.protocol());
		} else if (status === LUA_YIELDED) {
			run.reply.error(
				scriptError("ERR attempt to yield across metamethod/C-call boundary", run.name, "@user_script:0"),
			);
			this.newThread();
		} else this.fail(run, status);
		this.run = null;
		lua.trimScratch();
		const { machine } = lua;
		if (
			machine.heap.length > Math.min(KEPT_BYTES_MAX, machine.bytesMax >> 1) ||
			machine.functionCount() > KEPT_FUNCTIONS_MAX
		)
			this.isSpent = true;
		return true;
	}

	/** Whether a protected table was written into. */
	private isDirty(): boolean {
		const { fronts, noNodes } = this.sandbox;
		const { heap, int32 } = this.lua.machine;
		for (let i = 0; i < fronts.length; i++) {
			const front = fronts[i]!;
			if (arraySize(int32, front) !== 0) return true;
			// An assignment that was refused leaves a place for its key.
			if (nodesOf(int32, front) !== noNodes && hasNodes(heap, int32, front)) return true;
		}
		return false;
	}

	/** The hook. A function of Lua's own that has called back (table.sort, string.gsub) cannot be left in its middle. */
	private pause(thread: number): void {
		const { run, lua } = this;
		if (this.isLate?.() === true) {
			pushError(lua, thread, "ERR FUNCTION LOAD timeout");
			lua.raise(thread);
		}
		if (run === null || !run.mayYield || !this.host.isOverdue(run)) return;
		if (isInsideC(lua.machine.heap, thread)) return;
		this.isPausing = true;
		this.pausedAt = placeOf(lua, thread);
		this.setSignal(true);
		lua.lua.lua_yield(thread, 0);
	}

	private setSignal(isOn: boolean): void {
		const { lua: api, main } = this.lua;
		api.lua_rawgeti(main, REGISTRY, this.signal);
		api.lua_pushboolean(main, isOn ? 1 : 0);
		api.lua_rawseti(main, -2, 1);
		api.lua_settop(main, -2);
	}

	private pushWords(state: number, call: Call, from: number, to: number): void {
		const { lua } = this;
		lua.lua.lua_createtable(state, to - from, 0);
		for (let i = from; i < to; i++) {
			lua.pushBytes(state, call.bytes, call.start(i), call.length(i));
			lua.lua.lua_rawseti(state, -2, i - from + 1);
		}
	}

	/** The script ended with the error on top of its stack. */
	private fail({ reply, name }: Run, status: number): void {
		const { thread } = this;
		const place = placeOf(this.lua, thread);
		reply.error(scriptError(errorText(this.lua, thread), name, place));
		if (status === LUA_OUT_OF_MEMORY) this.isSpent = true;
		else this.newThread();
	}

	// Libraries

	/**
	 * Runs the code of a library, which registers its functions by `hear`; returns what is wrong with it, or null. A library
	 * that takes longer than `limit_ms` to load is wrong.
	 */
	loadLibrary(
		source: Uint8Array,
		hear: (registered: Registered) => string | null,
		isLate: () => boolean,
	): string | null {
		const { lua } = this;
		const { lua: api, main } = lua;
		const thread = api.lua_newthread(main);
		const reference = api.luaL_ref(main, REGISTRY);
		try {
			if (!lua.load(thread, source, "@user_function")) return `Error compiling function: ${lua.text(thread, -1)}`;
			api.lua_rawgeti(thread, REGISTRY, this.sandbox.libraries);
			api.lua_setfenv(thread, -2);
			this.setLoading(true);
			this.hear = hear;
			this.isLate = isLate;
			lua.setHook(thread, this.hook, INSTRUCTIONS_BETWEEN);
			const status = api.lua_pcall(thread, 0, 0, 0);
			if (status === LUA_OUT_OF_MEMORY) this.isSpent = true;
			return status === LUA_OK ? null : `Error registering functions: ${errorText(this.lua, thread)}`;
		} finally {
			this.hear = null;
			this.isLate = null;
			this.setLoading(false);
			api.luaL_unref(main, REGISTRY, reference);
		}
	}

	private setLoading(isLoading: boolean): void {
		const { lua: api, main } = this.lua;
		api.lua_rawgeti(main, REGISTRY, this.sandbox.setLoading);
		api.lua_pushboolean(main, isLoading ? 1 : 0);
		api.lua_pcall(main, 1, 0, 0);
	}

	/** redis.register_function: a name and a function, or a table of named arguments. */
	private register(thread: number): number {
		const { lua, hear } = this;
		const registered = hear === null ? NOT_LOADING : readRegistration(lua, thread);
		const error = typeof registered === "string" ? registered : hear!(registered);
		if (error === null) return 0;
		pushError(lua, thread, `ERR ${error}`);
		return lua.raise(thread);
	}
}

const NOT_LOADING = "redis.register_function can only be called on FUNCTION LOAD command";
