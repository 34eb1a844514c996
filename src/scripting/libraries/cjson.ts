import type { LuaFunction } from "../lua/machine.ts";
import { LUA_BOOLEAN, LUA_NIL, LUA_STRING, type LuaState } from "../lua/state.ts";
import { DecodeError, JsonDecoder } from "./json-decoder.ts";
import { AS_NULL, AS_NUMBER, EncodeError, JsonEncoder, REFUSED } from "./json-encoder.ts";

/** The table `cjson` of scripts: version 2.1.0 as Redis has it, settings and all. */
export class Cjson {
	private readonly lua: LuaState;
	private readonly encoder: JsonEncoder;
	private readonly decoder: JsonDecoder;
	private keepsBuffer: boolean;

	constructor(lua: LuaState) {
		this.lua = lua;
		this.encoder = new JsonEncoder(lua);
		this.decoder = new JsonDecoder(lua);
		this.keepsBuffer = true;
	}

	/** Pushes the library. */
	open(thread: number): void {
		const { lua } = this;
		const functions: Readonly<Record<string, LuaFunction>> = {
			encode: (state) => this.encode(state),
			decode: (state) => this.decode(state),
			encode_sparse_array: (state) => this.sparseArray(state),
			encode_max_depth: (state) => this.depth(state, this.encoder),
			decode_max_depth: (state) => this.depth(state, this.decoder),
			encode_number_precision: (state) => this.precision(state),
			encode_keep_buffer: (state) => this.keepBuffer(state),
			encode_invalid_numbers: (state) => this.encodeInvalid(state),
			decode_invalid_numbers: (state) => this.decodeInvalid(state),
			new: (state) => {
				new Cjson(lua).open(state);
				return 1;
			},
		};
		lua.lua.lua_createtable(thread, 0, 16);
		for (const [name, run] of Object.entries(functions)) {
			lua.pushFunction(thread, run);
			lua.setField(thread, -2, name);
		}
		lua.lua.lua_pushlightuserdata(thread, 0);
		lua.setField(thread, -2, "null");
		for (const [name, text] of [
			["_NAME", "cjson"],
			["_VERSION", "2.1.0"],
		] as const) {
			lua.pushText(thread, text);
			lua.setField(thread, -2, name);
		}
	}

	private needOne(thread: number): void {
		if (this.lua.lua.lua_gettop(thread) !== 1) this.lua.raiseArgument(thread, 1, "expected 1 argument");
	}

	private encode(thread: number): number {
		this.needOne(thread);
		const { output } = this.encoder;
		output.clear();
		try {
			this.encoder.encode(thread, 1);
		} catch (error) {
			if (error instanceof EncodeError) return this.lua.raiseText(thread, error.message);
			throw error;
		}
		this.lua.pushBytes(thread, output.bytes, 0, output.length);
		return 1;
	}

	private decode(thread: number): number {
		const { lua } = this;
		this.needOne(thread);
		if (!lua.string(thread, 1)) return lua.raiseArgument(thread, 1, `string expected, got ${this.typeName(thread, 1)}`);
		try {
			this.decoder.decode(thread, lua.start, lua.end);
		} catch (error) {
			if (error instanceof DecodeError) return lua.raiseText(thread, error.message);
			throw error;
		}
		return 1;
	}

	private typeName(thread: number, index: number): string {
		const type = this.lua.lua.lua_type(thread, index);
		return ["nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"][type]!;
	}

	// Settings: given an argument they are set, and they always return what holds

	/** Whether there is an argument of this number; raises where there are more than the function takes. */
	private isGiven(thread: number, argument: number, most: number): boolean {
		const { lua } = this.lua;
		if (lua.lua_gettop(thread) > most) this.lua.raiseArgument(thread, most + 1, "found too many arguments");
		return lua.lua_gettop(thread) >= argument && lua.lua_type(thread, argument) !== LUA_NIL;
	}

	private integer(thread: number, argument: number, least: number, most: number): number {
		const value = this.lua.lua.luaL_checkinteger(thread, argument);
		if (value >= least && value <= most) return value;
		// The library always blames the first argument.
		return this.lua.raiseArgument(thread, 1, `expected integer between ${least} and ${most}`);
	}

	private boolean(thread: number, argument: number): boolean {
		const { lua } = this;
		if (lua.lua.lua_type(thread, argument) === LUA_BOOLEAN) return lua.lua.lua_toboolean(thread, argument) === 1;
		if (!lua.string(thread, argument)) {
			return lua.raiseArgument(thread, argument, `string expected, got ${this.typeName(thread, argument)}`);
		}
		const text = lua.text(thread, argument);
		if (text === "on" || text === "off") return text === "on";
		return lua.raiseArgument(thread, argument, `invalid option '${text}'`);
	}

	private sparseArray(thread: number): number {
		const { encoder } = this;
		const { lua } = this.lua;
		if (this.isGiven(thread, 1, 3)) encoder.convertsSparse = this.boolean(thread, 1);
		if (this.isGiven(thread, 2, 3)) encoder.sparseRatio = this.integer(thread, 2, 0, INT32_MAX);
		if (this.isGiven(thread, 3, 3)) encoder.sparseSafe = this.integer(thread, 3, 0, INT32_MAX);
		lua.lua_pushboolean(thread, encoder.convertsSparse ? 1 : 0);
		lua.lua_pushnumber(thread, encoder.sparseRatio);
		lua.lua_pushnumber(thread, encoder.sparseSafe);
		return 3;
	}

	private depth(thread: number, owner: { depthMax: number }): number {
		if (this.isGiven(thread, 1, 1)) owner.depthMax = this.integer(thread, 1, 1, INT32_MAX);
		this.lua.lua.lua_pushnumber(thread, owner.depthMax);
		return 1;
	}

	private precision(thread: number): number {
		if (this.isGiven(thread, 1, 1)) this.encoder.precision = this.integer(thread, 1, 1, 14);
		this.lua.lua.lua_pushnumber(thread, this.encoder.precision);
		return 1;
	}

	private keepBuffer(thread: number): number {
		if (this.isGiven(thread, 1, 1)) this.keepsBuffer = this.boolean(thread, 1);
		this.lua.lua.lua_pushboolean(thread, this.keepsBuffer ? 1 : 0);
		return 1;
	}

	private encodeInvalid(thread: number): number {
		const { lua, encoder } = this;
		if (this.isGiven(thread, 1, 1)) {
			if (lua.lua.lua_type(thread, 1) === LUA_STRING && lua.text(thread, 1) === "null")
				encoder.invalidNumbers = AS_NULL;
			else encoder.invalidNumbers = this.boolean(thread, 1) ? AS_NUMBER : REFUSED;
		}
		if (encoder.invalidNumbers === AS_NULL) lua.pushText(thread, "null");
		else lua.lua.lua_pushboolean(thread, encoder.invalidNumbers === AS_NUMBER ? 1 : 0);
		return 1;
	}

	private decodeInvalid(thread: number): number {
		if (this.isGiven(thread, 1, 1)) this.decoder.allowsInvalidNumbers = this.boolean(thread, 1);
		this.lua.lua.lua_pushboolean(thread, this.decoder.allowsInvalidNumbers ? 1 : 0);
		return 1;
	}
}

const INT32_MAX = 0x7fffffff;
