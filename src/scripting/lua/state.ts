import { latin1 } from "../../bytes/ascii.ts";
import { type LuaExports, type LuaFunction, LuaMachine, LuaOutOfMemory } from "./machine.ts";

/** Types of values, as lua_type tells them. */
export const LUA_NIL = 0;
export const LUA_BOOLEAN = 1;
export const LUA_LIGHT_POINTER = 2;
export const LUA_NUMBER = 3;
export const LUA_STRING = 4;
export const LUA_TABLE = 5;
export const LUA_FUNCTION = 6;

/** What running something ends with. */
export const LUA_OK = 0;
export const LUA_YIELDED = 1;
export const LUA_OUT_OF_MEMORY = 4;

/** Tables at places of their own. */
export const REGISTRY = -10_000;
export const ENVIRONMENT = -10_001;
export const GLOBALS = -10_002;
/** The index of a value that belongs to the function of C at work, from 1. */
export const upvalueIndex = (number: number): number => GLOBALS - number;

const GC_COLLECT = 2;
const GC_COUNT = 3;
const GC_COUNT_REST = 4;
const GC_STEP = 5;
const HOOK_COUNT = 8;
const SCRATCH_BYTES = 16_384;

/**
 * The world of all scripts: one Lua state on one machine, and what moving bytes between it and ours takes. Strings are
 * bytes in both directions; none is decoded on the way.
 *
 * `start` and `end` are where in `machine.heap` the string lies that was asked for last. Lua moves no string that is on
 * its stack, but the heap is another array once it has grown.
 */
export class LuaState {
	readonly machine: LuaMachine;
	readonly lua: LuaExports;
	/** The main thread. */
	readonly main: number;
	start: number;
	end: number;
	private readonly lengthPointer: number;
	private scratch: number;
	private scratchBytes: number;
	/** Words that are pushed often, as zero-terminated strings that stay. */
	private readonly words: Map<string, number>;

	constructor(module: WebAssembly.Module, bytesMax: number) {
		this.machine = new LuaMachine(module, bytesMax);
		this.lua = this.machine.lua;
		this.main = this.lua.luaL_newstate();
		this.start = 0;
		this.end = 0;
		this.lengthPointer = this.lua.malloc(4);
		this.scratch = this.lua.malloc(SCRATCH_BYTES);
		this.scratchBytes = SCRATCH_BYTES;
		this.words = new Map();
	}

	/** Memory that Lua has taken, whether it uses it or not. */
	bytesUsed(): number {
		return this.machine.heap.length;
	}

	/** The longest string that we can hand to Lua: for a moment it is there twice. */
	stringBytesMax(): number {
		return this.machine.bytesMax >> 1;
	}

	/** Memory of what Lua keeps, dead or alive. */
	bytesKept(): number {
		const { lua, main } = this;
		return 1024 * lua.lua_gc(main, GC_COUNT, 0) + lua.lua_gc(main, GC_COUNT_REST, 0);
	}

	// Into Lua

	pushBytes(state: number, bytes: Uint8Array, start: number, length: number): void {
		const at = this.scratchFor(length);
		const { heap } = this.machine;
		if (length <= COPY_LOOP_MAX) for (let i = 0; i < length; i++) heap[at + i] = bytes[start + i]!;
		else heap.set(bytes.subarray(start, start + length), at);
		this.lua.lua_pushlstring(state, at, length);
	}

	/** Text of Latin-1 characters, each a byte. */
	pushText(state: number, text: string): void {
		const at = this.scratchFor(text.length);
		const { heap } = this.machine;
		for (let i = 0; i < text.length; i++) heap[at + i] = text.charCodeAt(i);
		this.lua.lua_pushlstring(state, at, text.length);
	}

	/** Where so many bytes can be put that Lua is to see; good until the next call. */
	scratchFor(bytes: number): number {
		if (bytes <= this.scratchBytes) return this.scratch;
		const { lua } = this;
		const grown = lua.malloc(bytes);
		if (grown === 0) throw new LuaOutOfMemory();
		lua.free(this.scratch);
		this.scratch = grown;
		this.scratchBytes = bytes;
		return grown;
	}

	/** Lets go of room that one large string has taken. */
	trimScratch(): void {
		if (this.scratchBytes === SCRATCH_BYTES) return;
		this.lua.free(this.scratch);
		this.scratch = this.lua.malloc(SCRATCH_BYTES);
		this.scratchBytes = SCRATCH_BYTES;
	}

	/** A pointer to this text, zero-terminated, that stays good. */
	word(text: string): number {
		let pointer = this.words.get(text);
		if (pointer !== undefined) return pointer;
		pointer = this.lua.malloc(text.length + 1);
		if (pointer === 0) throw new LuaOutOfMemory();
		const { heap } = this.machine;
		for (let i = 0; i < text.length; i++) heap[pointer + i] = text.charCodeAt(i);
		heap[pointer + text.length] = 0;
		this.words.set(text, pointer);
		return pointer;
	}

	/** Sets a field of the table at `index` to the value on top, which is popped; no metamethods. */
	setField(state: number, index: number, name: string): void {
		this.pushText(state, name);
		this.lua.lua_insert(state, -2);
		this.lua.lua_rawset(state, index < 0 && index > REGISTRY ? index - 1 : index);
	}

	/** Pushes a field of the table at `index`; no metamethods. Returns its type. */
	getField(state: number, index: number, name: string): number {
		this.pushText(state, name);
		this.lua.lua_rawget(state, index < 0 && index > REGISTRY ? index - 1 : index);
		return this.lua.lua_type(state, -1);
	}

	pushFunction(state: number, f: LuaFunction): void {
		this.lua.lua_pushcclosure(state, this.machine.functionPointer(this.guarded(f)), 0);
	}

	/** Puts a function of ours in the place of the one of C on top of the stack, which is popped. */
	replaceFunction(state: number, ours: (original: LuaFunction) => LuaFunction): void {
		const pointer = this.lua.lua_tocfunction(state, -1);
		this.lua.lua_settop(state, -2);
		this.machine.replaceFunction(pointer, (original) => this.guarded(ours(original)));
	}

	private guarded(f: LuaFunction): LuaFunction {
		return (running) => {
			try {
				return f(running);
			} catch (thrown) {
				if (thrown instanceof LuaOutOfMemory) return this.raiseOutOfMemory(running);
				throw thrown;
			}
		};
	}

	// Out of Lua

	/** Whether there is a string (or a number, which becomes one) at `index`; `start` and `end` are its range then. */
	string(state: number, index: number): boolean {
		const pointer = this.lua.lua_tolstring(state, index, this.lengthPointer);
		if (pointer === 0) return false;
		this.start = pointer;
		this.end = pointer + this.machine.int32[this.lengthPointer >> 2]!;
		return true;
	}

	/** The string at `index` as Latin-1 text; "" where there is none. */
	text(state: number, index: number): string {
		return this.string(state, index) ? latin1(this.machine.heap, this.start, this.end) : "";
	}

	// Running

	/** Leaves the compiled function on the stack, or the error: says which. */
	load(state: number, source: Uint8Array, name: string): boolean {
		const at = this.scratchFor(source.length);
		this.machine.heap.set(source, at);
		// Bytecode is text here, as in Redis, and text cannot begin like this.
		const isBytecode = source[0] === ESCAPE;
		if (isBytecode) this.machine.heap[at] = 1;
		const isFine = this.lua.luaL_loadbuffer(state, at, source.length, this.word(name)) === LUA_OK;
		if (isBytecode && !isFine) this.pushText(state, this.text(state, -1).replace("char(1)", "char(27)"));
		return isFine;
	}

	/** Raises a text as Lua's own functions do, with the place in the script in front of it. */
	raiseText(state: number, text: string): never {
		this.lua.luaL_where(state, 1);
		this.pushText(state, text);
		this.lua.lua_concat(state, 2);
		return this.raise(state);
	}

	/** Raises what is wrong with an argument of the function at work. */
	raiseArgument(state: number, argument: number, text: string): never {
		const at = this.scratchFor(text.length + 1);
		const { heap } = this.machine;
		for (let i = 0; i < text.length; i++) heap[at + i] = text.charCodeAt(i);
		heap[at + text.length] = 0;
		this.lua.luaL_argerror(state, argument, at);
		throw new Error("luaL_argerror returns");
	}

	/** Raises the value on top as an error; does not return. */
	raise(state: number): never {
		this.lua.lua_error(state);
		throw new Error("lua_error returns");
	}

	/** Raises Lua's own error, "not enough memory", which it does where a table is larger than its memory can be. */
	private raiseOutOfMemory(state: number): never {
		this.lua.lua_createtable(state, ELEMENTS_TOO_MANY, 0);
		throw new Error("there is room for any table");
	}

	collect(): void {
		this.lua.lua_gc(this.main, GC_COLLECT, 0);
	}

	/** Goes on with a collection that is under way, or begins one: a few microseconds. */
	collectSome(): void {
		this.lua.lua_gc(this.main, GC_STEP, GC_STEP_SIZE);
	}

	/** Has `hook` called after every so many instructions of the thread. */
	setHook(state: number, hook: number, instructions: number): void {
		this.lua.lua_sethook(state, hook, HOOK_COUNT, instructions);
	}
}

const ESCAPE = 0x1b;
const COPY_LOOP_MAX = 48;
/** Their values alone take 2 GB. */
const ELEMENTS_TOO_MANY = 2 ** 27 - 1;
const GC_STEP_SIZE = 4;
