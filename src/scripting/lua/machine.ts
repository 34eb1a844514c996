/**
 * Lua 5.1 itself, compiled to WebAssembly: one instance with its memory, and the way its C functions and ours call each
 * other. The module is that of the npm package `wasmoon-lua5.1`, without the JavaScript that comes with it.
 *
 * Errors of Lua are longjmps, and those are exceptions here: Lua calls protected functions through `invoke_vii`, and
 * throws `longjmp` from wherever it is. So a function of ours that Lua calls must let exceptions pass.
 *
 * Anything else that is thrown (the stack of the engine is used up, a defect) leaves Lua in the middle of something: the
 * machine is broken and has to be thrown away.
 */
import { numberAt, runningFunction } from "./structures.ts";

/** The C interface of Lua 5.1, as the module exports it: pointers and sizes are integers, booleans 0 or 1. */
export interface LuaExports {
	readonly memory: WebAssembly.Memory;
	readonly __indirect_function_table: WebAssembly.Table;
	__wasm_call_ctors(): void;
	setThrew(threw: number, value: number): void;
	stackSave(): number;
	stackRestore(pointer: number): void;
	malloc(bytes: number): number;
	free(pointer: number): void;
	luaL_newstate(): number;
	lua_close(state: number): void;
	lua_newthread(state: number): number;
	lua_gettop(state: number): number;
	lua_settop(state: number, top: number): void;
	lua_checkstack(state: number, slots: number): number;
	lua_pushvalue(state: number, index: number): void;
	lua_insert(state: number, index: number): void;
	lua_remove(state: number, index: number): void;
	lua_replace(state: number, index: number): void;
	lua_xmove(from: number, to: number, count: number): void;
	lua_type(state: number, index: number): number;
	lua_rawequal(state: number, one: number, other: number): number;
	lua_tonumber(state: number, index: number): number;
	lua_tocfunction(state: number, index: number): number;
	lua_toboolean(state: number, index: number): number;
	lua_tolstring(state: number, index: number, length: number): number;
	lua_objlen(state: number, index: number): number;
	lua_pushnil(state: number): void;
	lua_pushnumber(state: number, value: number): void;
	lua_pushlstring(state: number, pointer: number, length: number): void;
	lua_pushcclosure(state: number, f: number, upvalues: number): void;
	lua_pushboolean(state: number, value: number): void;
	lua_newuserdata(state: number, bytes: number): number;
	lua_pushlightuserdata(state: number, pointer: number): void;
	lua_topointer(state: number, index: number): number;
	luaL_where(state: number, level: number): void;
	lua_concat(state: number, count: number): void;
	luaL_checknumber(state: number, argument: number): number;
	luaL_checkinteger(state: number, argument: number): number;
	luaL_argerror(state: number, argument: number, text: number): number;
	lua_createtable(state: number, elements: number, fields: number): void;
	lua_settable(state: number, index: number): void;
	lua_rawget(state: number, index: number): void;
	lua_rawgeti(state: number, index: number, at: number): void;
	lua_getfield(state: number, index: number, name: number): void;
	lua_setfield(state: number, index: number, name: number): void;
	lua_rawset(state: number, index: number): void;
	lua_rawseti(state: number, index: number, at: number): void;
	lua_getmetatable(state: number, index: number): number;
	lua_setmetatable(state: number, index: number): number;
	lua_setfenv(state: number, index: number): number;
	lua_gettable(state: number, index: number): void;
	lua_next(state: number, index: number): number;
	lua_call(state: number, args: number, results: number): void;
	lua_pcall(state: number, args: number, results: number, handler: number): number;
	lua_resume(state: number, args: number): number;
	lua_yield(state: number, results: number): number;
	lua_error(state: number): number;
	lua_gc(state: number, what: number, data: number): number;
	lua_sethook(state: number, hook: number, mask: number, count: number): number;
	lua_gethookcount(state: number): number;
	lua_getstack(state: number, level: number, info: number): number;
	lua_getinfo(state: number, what: number, info: number): number;
	luaL_loadbuffer(state: number, bytes: number, length: number, name: number): number;
	luaL_ref(state: number, table: number): number;
	luaL_unref(state: number, table: number, reference: number): void;
	luaopen_base(state: number): number;
	luaopen_table(state: number): number;
	luaopen_string(state: number): number;
	luaopen_math(state: number): number;
}

/** A function that Lua calls: takes the state, returns how many results it has pushed. */
export type LuaFunction = (state: number) => number;

const PAGE_BYTES = 65_536;
const WHOLE_MAX = 2 ** 63;
const INT_MAX = 0x7fffffff;
const longjmp = { reason: "longjmp" };

export class LuaMachine {
	readonly lua: LuaExports;
	/** All memory of the machine; other arrays after it has grown, so nobody keeps them. */
	heap: Uint8Array;
	int32: Int32Array;
	float64: Float64Array;
	/** Functions that can be called by pointer. */
	private functions: number;
	/** Memory that it may have in all; asked for more, Lua is out of memory. */
	bytesMax: number;
	/** Pointers to functions of Lua's that take integers of all bits that there are: positions in strings. */
	readonly indexers: Set<number>;

	constructor(module: WebAssembly.Module, bytesMax: number) {
		this.bytesMax = bytesMax;
		this.indexers = new Set();
		const instance = new WebAssembly.Instance(module, this.importsOf(module));
		this.lua = instance.exports as unknown as LuaExports;
		this.heap = new Uint8Array(0);
		this.int32 = new Int32Array(0);
		this.float64 = new Float64Array(0);
		this.functions = this.lua.__indirect_function_table.length;
		this.view();
		this.lua.__wasm_call_ctors();
	}

	private view(): void {
		const { buffer } = this.lua.memory;
		this.heap = new Uint8Array(buffer);
		this.int32 = new Int32Array(buffer);
		this.float64 = new Float64Array(buffer);
	}

	/** What the module needs of its surroundings is this; files, time zones and the rest it is never given. */
	private importsOf(module: WebAssembly.Module): Record<string, Record<string, (...args: number[]) => unknown>> {
		const given: Readonly<Record<string, (...args: number[]) => unknown>> = {
			invoke_vii: (f, a, b) => this.protect(f!, a!, b!),
			_emscripten_throw_longjmp: () => {
				throw longjmp;
			},
			emscripten_memcpy_js: (to, from, length) => this.heap.copyWithin(to!, from!, from! + length!),
			// Sizes are unsigned.
			emscripten_resize_heap: (bytes) => this.grow(bytes! >>> 0),
			environ_sizes_get: (count, bytes) => {
				this.view();
				this.int32[count! >> 2] = 0;
				this.int32[bytes! >> 2] = 0;
				return 0;
			},
			environ_get: (state, value) => this.wideInteger(state!, value!),
		};
		const imports: Record<string, Record<string, (...args: number[]) => unknown>> = {};
		for (const { module: from, name } of WebAssembly.Module.imports(module)) {
			imports[from] ??= {};
			imports[from][name] = given[name] ?? (() => refuse(name));
		}
		return imports;
	}

	/** Calls a C function so that a longjmp out of it ends here. */
	private protect(f: number, a: number, b: number): void {
		const { lua } = this;
		const stack = lua.stackSave();
		try {
			(lua.__indirect_function_table.get(f) as (a: number, b: number) => void)(a, b);
		} catch (thrown) {
			if (thrown !== longjmp) throw thrown;
			lua.stackRestore(stack);
			lua.setThrew(1, 0);
		}
	}

	/**
	 * What a function of Lua's gets for an integer of more than 32 bits: the lower 32 of its 64, as those that take an `int`
	 * get it in Redis; those of `indexers` the one nearest to it. What does not fit into 64 bits is the smallest.
	 */
	private wideInteger(state: number, value: number): number {
		const { int32, indexers } = this;
		const number = numberAt(this.float64, value);
		const isInteger = number >= -WHOLE_MAX && number < WHOLE_MAX;
		if (!indexers.has(runningFunction(int32, state))) return isInteger ? number | 0 : 0;
		return isInteger && number > 0 ? INT_MAX : -INT_MAX - 1;
	}

	/** 1 where the memory has so many bytes now, else 0. */
	private grow(bytes: number): number {
		const { memory } = this.lua;
		if (bytes > this.bytesMax) return 0;
		const { byteLength } = memory.buffer;
		// By a half, as growing may mean copying all there is.
		const wanted = Math.min(this.bytesMax, Math.max(bytes, byteLength * 1.5));
		try {
			memory.grow(Math.ceil((wanted - byteLength) / PAGE_BYTES));
		} catch {
			return 0;
		}
		this.view();
		return 1;
	}

	/** A function of ours as a pointer that Lua can call: `(state) => results`. */
	functionPointer(f: LuaFunction): number {
		return this.place(adapted(f, 1, true));
	}

	/** Puts a function of ours, made of the one of C, in its place: whoever calls that calls ours. */
	replaceFunction(pointer: number, ours: (original: LuaFunction) => LuaFunction): void {
		const table = this.lua.__indirect_function_table;
		table.set(pointer, adapted(ours(table.get(pointer) as LuaFunction), 1, true));
	}

	/** How many functions can be called by pointer: those of Lua, and ours. */
	functionCount(): number {
		return this.functions;
	}

	/** A hook as a pointer: `(state, activation)`. */
	hookPointer(f: (state: number, activation: number) => void): number {
		return this.place(adapted(f, 2, false));
	}

	private place(f: unknown): number {
		const table = this.lua.__indirect_function_table;
		if (table.length >= FUNCTIONS_MAX) throw new LuaOutOfMemory();
		const at = table.grow(1);
		table.set(at, f);
		this.functions = at + 1;
		return at;
	}
}

function refuse(name: string): never {
	throw new LuaPanic(`Lua has no ${name} here`);
}

/** Lua gave up: where no function is protected an error ends the machine. In effect it is out of memory. */
export class LuaPanic extends Error {}

/** Lua has no room for something that we wanted to hand it. */
export class LuaOutOfMemory extends Error {}

/** Whether a script alone can have brought this about: memory that it used up, or the stack of the engine. */
export function isScriptsDoing(thrown: unknown): boolean {
	return isOutOfMemory(thrown) || thrown instanceof RangeError || thrown instanceof WebAssembly.RuntimeError;
}

export function isOutOfMemory(thrown: unknown): boolean {
	return thrown instanceof LuaOutOfMemory || thrown instanceof LuaPanic;
}

/** Functions of ours that a machine may have: each takes room outside its memory. */
const FUNCTIONS_MAX = 4000;

const INT32 = 0x7f;

/**
 * Functions of ours can only stand in a table as those of a module, so each gets one that imports it and exports it again:
 * a type, an import, an export, in the binary format of WebAssembly.
 */
function adapted(f: (a: number, b: number) => unknown, parameters: number, hasResult: boolean): unknown {
	const results = hasResult ? [1, INT32] : [0];
	const type = [0x60, parameters, ...new Array<number>(parameters).fill(INT32), ...results];
	const bytes = [
		...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
		...[1, 1 + type.length, 1, ...type],
		...[2, 7, 1, 1, 0x65, 1, 0x66, 0, 0],
		...[7, 5, 1, 1, 0x66, 0, 0],
	];
	const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)), { e: { f } });
	return instance.exports["f"];
}
