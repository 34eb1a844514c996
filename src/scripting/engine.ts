import { bytesOf } from "../bytes/ascii.ts";
import type { Blocker } from "../dispatch/blocking.ts";
import type { Call } from "../dispatch/call.ts";
import { openBit } from "./libraries/bit.ts";
import { Cjson } from "./libraries/cjson.ts";
import { openCmsgpack } from "./libraries/cmsgpack.ts";
import type { Endurance } from "./libraries/endurance.ts";
import { openError } from "./libraries/error.ts";
import { openLongStrings } from "./libraries/long-strings.ts";
import { PatternError } from "./libraries/pattern-matcher.ts";
import { Patterns } from "./libraries/patterns.ts";
import { openRandom } from "./libraries/random.ts";
import { sortsSoon } from "./libraries/sorts-soon.ts";
import { openStruct } from "./libraries/struct.ts";
import { openWideNumbers, openWidePositions } from "./libraries/wide-numbers.ts";
import { sandboxSource } from "./lua/sandbox.ts";
import { GLOBALS, LUA_OK, LUA_OUT_OF_MEMORY, LUA_YIELDED, LuaState, REGISTRY } from "./lua/state.ts";
import { arraySize, hasNodes, isInsideC, nodesOf, stackBase, stackTop, VALUE_BYTES } from "./lua/structures.ts";
import { END, INSTRUCTIONS_BETWEEN, MAKE_WAY } from "./patience.ts";
import { openRedisLibrary, pushError } from "./redis-library.ts";
import { type Registered, readRegistration } from "./registration.ts";
import { writeValue } from "./replies.ts";
import type { Run, ScriptHost } from "./run.ts";
import { ScriptCommands } from "./script-commands.ts";
import { errorText, placeOf, SANDBOX, scriptError } from "./script-errors.ts";
import { pushWords, ScriptWords } from "./script-words.ts";

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
const REDIS_VERSION = "7.2.4";
/** WebAssembly gives no memory back: a machine with more is thrown away behind the script that made it grow. */
const KEPT_BYTES_MAX = 128 << 20;
/**
 * A block that nobody writes or reads. Lua collects when there is as much garbage as was found alive, and going through all
 * that is alive costs as much as a hundred scripts: so there are more of them between two collections.
 */
const BALLAST_BYTES = 512 << 10;
/** Nor are functions taken back, such as those of cjson.new. */
const KEPT_FUNCTIONS_MAX = 2000;
/** What the sandbox is told. */
const SIGNAL_PAUSING = 1;
const SIGNAL_ENDING = 3;
const REPLY_TOO_LARGE = "ERR Reply is larger than the memory that scripts may use";
const TOO_LONG = "ERR Script has run for too long where it cannot be interrupted";
const NOT_ENOUGH_MEMORY = "not enough memory";

/**
 * Runs compiled Lua on behalf of clients. Between two scripts nothing of the first is left but what the collector has not
 * yet seen.
 */
export class ScriptEngine implements Endurance {
	readonly lua: LuaState;
	private readonly host: ScriptHost;
	private readonly commands: ScriptCommands;
	private readonly sandbox: Sandbox;
	private readonly words: ScriptWords;
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
	/** What is left to do of the function that the script was left in; it returns how many results it has pushed, or -1. */
	private rest: ((thread: number) => number) | null;
	/** The script is being ended: it has had far too much time. */
	private isEnding: boolean;
	/** What scripts have left is better thrown away, with the whole machine. */
	isSpent: boolean;
	/** What stands for this engine where it is not to be kept alive. */
	readonly identity: object;

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
		this.identity = {};
		this.hear = null;
		this.isLate = null;
		this.rest = null;
		this.isEnding = false;
		const { lua: api, main } = this.lua;
		api.lua_newuserdata(main, BALLAST_BYTES);
		api.luaL_ref(main, REGISTRY);
		api.lua_createtable(main, 2, 0);
		this.signal = api.luaL_ref(main, REGISTRY);
		this.hook = this.lua.machine.hookPointer((thread) => this.pause(thread));
		this.sandbox = this.openSandbox();
		this.words = new ScriptWords(this.lua, this.sandbox.globals, this.sandbox.noNodes);
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
		openRandom(lua, main, this.host.random);
		api.lua_settop(main, 1);
		openWideNumbers(lua, main);
		openError(lua, main);
		lua.getField(main, 1, "string");
		new Patterns(lua, this).open(main);
		openLongStrings(lua, main);
		api.lua_settop(main, 1);
		openWidePositions(lua, main);
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
		lua.pushFunction(main, (state) => sortsSoon(lua, state));
		if (api.lua_pcall(main, 4, 4, 0) !== LUA_OK) throw new Error(lua.text(main, -1));
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

	/** Memory of what Lua keeps, dead or alive. */
	bytesKept(): number {
		return this.lua.bytesKept() - BALLAST_BYTES;
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
		this.commands.begin(run, call, firstKey, keyCount);
		this.host.patience.begin(run.since_us);
		this.words.set(thread, call, firstKey, keyCount);
		api.lua_settop(thread, 0);
		api.lua_rawgeti(thread, REGISTRY, compiled);
		return this.proceed(run, call.database.index, 0);
	}

	/** The same for a function of a library: it is given KEYS and ARGV as arguments. */
	executeFunction(run: Run, call: Call, compiled: number, firstKey: number, keyCount: number): boolean {
		const { thread } = this;
		this.run = run;
		this.commands.begin(run, call, firstKey, keyCount);
		this.host.patience.begin(run.since_us);
		this.lua.lua.lua_rawgeti(thread, REGISTRY, compiled);
		pushWords(this.lua, thread, call, firstKey, firstKey + keyCount);
		pushWords(this.lua, thread, call, firstKey + keyCount, call.argc);
		return this.proceed(run, call.database.index, 2);
	}

	/** Goes on with the script that has made way; true where it has ended. */
	goOn(): boolean {
		const run = this.run!;
		const { rest } = this;
		this.host.patience.beginTurn();
		let results = 0;
		if (rest !== null) {
			try {
				results = rest(this.thread);
			} catch (error) {
				if (!(error instanceof PatternError)) throw error;
				run.reply.error(scriptError(`ERR ${error.message}`, run.name, this.abandon()));
				return true;
			}
			if (results < 0) return false;
			this.rest = null;
		}
		this.setSignal(SIGNAL_PAUSING, false);
		// Time that others had is not that of its commands.
		this.host.executor.accountInside();
		const hasEnded = this.proceed(run, run.client.database, results);
		if (hasEnded) this.host.executor.accountInside();
		return hasEnded;
	}

	/** Forgets the script that has made way; returns where it was. */
	abandon(): string {
		this.setSignal(SIGNAL_PAUSING, false);
		this.rest = null;
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
		// SELECT holds until the end of the script.
		run.client.database = database;
		if (status === LUA_YIELDED && this.isPausing) {
			this.isPausing = false;
			this.host.executor.accountInside();
			return false;
		}
		if (this.isDirty()) {
			this.isSpent = true;
			run.reply.error(scriptError("ERR Attempt to modify a readonly table", run.name, "@user_script:0"));
		} else if (status === LUA_OK) {
			const { int32 } = lua.machine;
			const results = stackTop(int32, thread) - stackBase(int32, thread);
			if (results !== VALUE_BYTES) api.lua_settop(thread, 1);
			const { length } = run.reply;
			if (!writeValue(lua, thread, run.reply, this.commands.protocol())) {
				run.reply.truncate(length);
				run.reply.error(scriptError(REPLY_TOO_LARGE, run.name, "@user_script:0"));
				this.newThread();
			}
		} else if (status === LUA_YIELDED) {
			run.reply.error(
				scriptError("ERR attempt to yield across metamethod/C-call boundary", run.name, "@user_script:0"),
			);
			this.newThread();
		} else this.fail(run, status);
		this.run = null;
		if (this.isEnding) {
			this.isEnding = false;
			this.setSignal(SIGNAL_ENDING, false);
		}
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

	/** The hook. A function of Lua's own that has called back (string.gsub) cannot be left in its middle. */
	private pause(thread: number): void {
		if (this.mustLeave(thread, true)) this.leave(thread, null);
	}

	mustLeave(thread: number, mayBeLeft: boolean): boolean {
		const { run, lua } = this;
		const { patience } = this.host;
		if (this.isLate?.() === true) this.raise(thread, "ERR FUNCTION LOAD timeout");
		// On its way out, whoever has resumed what is left must not be left itself before it has handed this on.
		if (run === null || this.isPausing) return false;
		const canMakeWay = mayBeLeft && run.mayYield && !isInsideC(lua.machine.heap, thread);
		const verdict = patience.look(run, canMakeWay);
		if (lua.lua.lua_gethookcount(thread) !== patience.instructions)
			lua.setHook(thread, this.hook, patience.instructions);
		if (verdict === END || this.isEnding) {
			this.isEnding = true;
			this.setSignal(SIGNAL_ENDING, true);
			this.raise(thread, TOO_LONG);
		}
		return verdict === MAKE_WAY;
	}

	leave(thread: number, rest: ((thread: number) => number) | null): number {
		this.rest = rest;
		this.isPausing = true;
		this.pausedAt = placeOf(this.lua, thread);
		this.setSignal(SIGNAL_PAUSING, true);
		return this.lua.lua.lua_yield(thread, 0);
	}

	private raise(thread: number, text: string): never {
		pushError(this.lua, thread, text);
		return this.lua.raise(thread);
	}

	/** Tells the sandbox what goes on. */
	private setSignal(what: number, isOn: boolean): void {
		const { lua: api, main } = this.lua;
		api.lua_rawgeti(main, REGISTRY, this.signal);
		api.lua_pushboolean(main, isOn ? 1 : 0);
		api.lua_rawseti(main, -2, what);
		api.lua_settop(main, -2);
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
