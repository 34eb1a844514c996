import type { LuaFunction } from "../lua/machine.ts";
import {
	LUA_BOOLEAN,
	LUA_LIGHT_POINTER,
	LUA_NIL,
	LUA_NUMBER,
	LUA_STRING,
	LUA_TABLE,
	type LuaState,
} from "../lua/state.ts";
import { Output } from "./output.ts";
import { pushFunctions } from "./register.ts";
import { wideInteger } from "./wide-numbers.ts";

/** Tables within tables beyond this depth are nil. */
const NESTING_MAX = 16;
const SLOTS = 4;

const bytes8 = new DataView(new ArrayBuffer(8));

/** Values of Lua as MessagePack, in the shortest form of each. */
class Packer {
	readonly output: Output;
	private readonly lua: LuaState;

	constructor(lua: LuaState) {
		this.output = new Output(lua.stringBytesMax());
		this.lua = lua;
	}

	/** Appends the value on top of the stack, which is popped. */
	pack(thread: number, level: number): void {
		const { lua, output } = this;
		const { lua: api } = lua;
		const type = api.lua_type(thread, -1);
		if (type === LUA_STRING) {
			lua.string(thread, -1);
			this.string(lua.start, lua.end - lua.start);
		} else if (type === LUA_BOOLEAN) output.byte(api.lua_toboolean(thread, -1) === 1 ? 0xc3 : 0xc2);
		else if (type === LUA_NUMBER) this.number(api.lua_tonumber(thread, -1));
		else if (type === LUA_TABLE && level < NESTING_MAX) this.table(thread, level);
		else output.byte(0xc0);
		api.lua_settop(thread, -2);
	}

	private head(type: number, width: number, value: number): void {
		this.output.reserve(1 + width);
		const { bytes } = this.output;
		let at = this.output.length;
		bytes[at++] = type;
		for (let shift = width - 1; shift >= 0; shift--) bytes[at++] = Math.floor(value / 2 ** (8 * shift)) & 0xff;
		this.output.length = at;
	}

	private string(start: number, length: number): void {
		if (length < 32) this.output.byte(0xa0 | length);
		else if (length <= 0xff) this.head(0xd9, 1, length);
		else if (length <= 0xffff) this.head(0xda, 2, length);
		else this.head(0xdb, 4, length);
		this.output.range(this.lua.machine.heap, start, length);
	}

	private number(value: number): void {
		// As Redis asks: does it survive being a whole number of 64 bits?
		if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) this.integer(value);
		else this.double(value);
	}

	private double(value: number): void {
		const isFloat = Math.fround(value) === value;
		if (isFloat) bytes8.setFloat32(0, value);
		else bytes8.setFloat64(0, value);
		this.output.byte(isFloat ? 0xca : 0xcb);
		for (let i = 0; i < (isFloat ? 4 : 8); i++) this.output.byte(bytes8.getUint8(i));
	}

	private integer(value: number): void {
		if (value >= 0) {
			if (value < 128) this.output.byte(value);
			else if (value <= 0xff) this.head(0xcc, 1, value);
			else if (value <= 0xffff) this.head(0xcd, 2, value);
			else if (value <= 0xffffffff) this.head(0xce, 4, value);
			else this.wide(0xcf, value);
		} else if (value >= -32) this.output.byte(value & 0xff);
		else if (value >= -128) this.head(0xd0, 1, value & 0xff);
		else if (value >= -32768) this.head(0xd1, 2, value & 0xffff);
		else if (value >= -(2 ** 31)) this.head(0xd2, 4, value >>> 0);
		else this.wide(0xd3, value);
	}

	private wide(type: number, value: number): void {
		bytes8.setBigInt64(0, BigInt(value));
		this.output.byte(type);
		for (let i = 0; i < 8; i++) this.output.byte(bytes8.getUint8(i));
	}

	/** An array where the keys are 1 to the number of elements. */
	private table(thread: number, level: number): void {
		const { lua: api } = this.lua;
		if (api.lua_checkstack(thread, SLOTS) === 0) return this.output.byte(0xc0);
		const length = this.arrayLength(thread);
		if (length >= 0) {
			this.aggregate(length, 0x90, 0xdc);
			for (let i = 1; i <= length; i++) {
				api.lua_rawgeti(thread, -1, i);
				this.pack(thread, level + 1);
			}
			return;
		}
		let pairs = 0;
		api.lua_pushnil(thread);
		while (api.lua_next(thread, -2) !== 0) {
			api.lua_settop(thread, -2);
			pairs++;
		}
		this.aggregate(pairs, 0x80, 0xde);
		api.lua_pushnil(thread);
		while (api.lua_next(thread, -2) !== 0) {
			api.lua_pushvalue(thread, -2);
			this.pack(thread, level + 1);
			this.pack(thread, level + 1);
		}
	}

	private aggregate(count: number, short: number, long: number): void {
		if (count <= 15) this.output.byte(short | count);
		else if (count <= 0xffff) this.head(long, 2, count);
		else this.head(long + 1, 4, count);
	}

	private arrayLength(thread: number): number {
		const { lua: api } = this.lua;
		let largest = 0;
		let count = 0;
		api.lua_pushnil(thread);
		while (api.lua_next(thread, -2) !== 0) {
			api.lua_settop(thread, -2);
			const key = api.lua_type(thread, -1) === LUA_NUMBER ? api.lua_tonumber(thread, -1) : 0;
			if (key <= 0 || !Number.isInteger(key)) {
				api.lua_settop(thread, -2);
				return -1;
			}
			largest = Math.max(largest, key);
			count++;
		}
		return largest === count ? count : -1;
	}
}

/** Why bytes are not MessagePack. */
class UnpackError extends Error {}

const TOO_SHORT = "Missing bytes in input.";
const WRONG = "Bad data format in input.";

/** MessagePack as values of Lua; reads where Lua has the bytes. */
class Unpacker {
	at: number;
	end: number;
	private readonly lua: LuaState;
	private depth: number;

	constructor(lua: LuaState) {
		this.at = 0;
		this.end = 0;
		this.lua = lua;
		this.depth = 0;
	}

	begin(start: number, end: number): void {
		this.at = start;
		this.end = end;
		this.depth = 0;
	}

	private unsigned(bytes: number): number {
		if (this.end - this.at < bytes) throw new UnpackError(TOO_SHORT);
		const { heap } = this.lua.machine;
		let value = 0;
		for (let i = 0; i < bytes; i++) value = value * 256 + heap[this.at++]!;
		return value;
	}

	private view(bytes: number): DataView {
		if (this.end - this.at < bytes) throw new UnpackError(TOO_SHORT);
		for (let i = 0; i < bytes; i++) bytes8.setUint8(i, this.lua.machine.heap[this.at++]!);
		return bytes8;
	}

	/** Pushes the next value. */
	next(thread: number): void {
		const { lua: api } = this.lua;
		if (api.lua_checkstack(thread, SLOTS) === 0) throw new UnpackError(WRONG);
		const type = this.unsigned(1);
		if (type < 0x80) api.lua_pushnumber(thread, type);
		else if (type >= 0xe0) api.lua_pushnumber(thread, type - 256);
		else if (type < 0x90) this.map(thread, type & 0x0f);
		else if (type < 0xa0) this.array(thread, type & 0x0f);
		else if (type < 0xc0) this.string(thread, type & 0x1f);
		else this.long(thread, type);
	}

	private long(thread: number, type: number): void {
		const { lua: api } = this.lua;
		switch (type) {
			case 0xc0:
				return api.lua_pushnil(thread);
			case 0xc2:
			case 0xc3:
				return api.lua_pushboolean(thread, type & 1);
			case 0xd9:
				return this.string(thread, this.unsigned(1));
			case 0xda:
				return this.string(thread, this.unsigned(2));
			case 0xdb:
				return this.string(thread, this.unsigned(4));
			case 0xca:
				return api.lua_pushnumber(thread, this.view(4).getFloat32(0));
			case 0xcb:
				return api.lua_pushnumber(thread, this.view(8).getFloat64(0));
			case 0xcc:
				return api.lua_pushnumber(thread, this.unsigned(1));
			case 0xcd:
				return api.lua_pushnumber(thread, this.unsigned(2));
			case 0xce:
				return api.lua_pushnumber(thread, this.unsigned(4));
			// Without a sign on paper, but the library keeps it in an integer that has one.
			case 0xcf:
				return api.lua_pushnumber(thread, Number(this.view(8).getBigInt64(0)));
			case 0xd0:
				return api.lua_pushnumber(thread, this.view(1).getInt8(0));
			case 0xd1:
				return api.lua_pushnumber(thread, this.view(2).getInt16(0));
			case 0xd2:
				return api.lua_pushnumber(thread, this.view(4).getInt32(0));
			case 0xd3:
				return api.lua_pushnumber(thread, Number(this.view(8).getBigInt64(0)));
			case 0xdc:
				return this.array(thread, this.unsigned(2));
			case 0xdd:
				return this.array(thread, this.unsigned(4));
			case 0xde:
				return this.map(thread, this.unsigned(2));
			case 0xdf:
				return this.map(thread, this.unsigned(4));
			default:
				throw new UnpackError(WRONG);
		}
	}

	private string(thread: number, length: number): void {
		if (this.end - this.at < length) throw new UnpackError(TOO_SHORT);
		this.lua.lua.lua_pushlstring(thread, this.at, length);
		this.at += length;
	}

	private array(thread: number, length: number): void {
		const { lua: api } = this.lua;
		api.lua_createtable(thread, 0, 0);
		this.descend();
		for (let i = 1; i <= length; i++) {
			api.lua_pushnumber(thread, i);
			this.next(thread);
			api.lua_settable(thread, -3);
		}
		this.depth--;
	}

	private map(thread: number, length: number): void {
		const { lua: api } = this.lua;
		api.lua_createtable(thread, 0, 0);
		this.descend();
		for (let i = 0; i < length; i++) {
			this.next(thread);
			this.next(thread);
			api.lua_settable(thread, -3);
		}
		this.depth--;
	}

	/** Nothing that Lua itself could hold is as deep as this; it keeps our own stack from running out. */
	private descend(): void {
		if (++this.depth > DEPTH_MAX) throw new UnpackError(WRONG);
	}
}

const DEPTH_MAX = 2000;

/** The table `cmsgpack` of scripts: lua-cmsgpack 0.4.0. */
export function openCmsgpack(lua: LuaState, thread: number): void {
	const { lua: api } = lua;
	const packer = new Packer(lua);
	const unpacker = new Unpacker(lua);
	const unpack = (state: number, most: number, offset: number): number => {
		if (!lua.string(state, 1)) return lua.raiseArgument(state, 1, `string expected, got ${nameOfType(lua, state, 1)}`);
		const { start, end } = lua;
		const length = end - start;
		if (offset < 0 || most < 0) {
			return lua.raiseText(state, `Invalid request to unpack with offset of ${shown(offset)} and limit of ${length}.`);
		}
		if (offset > length)
			return lua.raiseText(state, `Start offset ${shown(offset)} greater than input length ${length}.`);
		unpacker.begin(start + offset, end);
		let count = 0;
		const isAll = most === 0 && offset === 0;
		const limit = isAll ? Number.POSITIVE_INFINITY : most;
		// The offset comes first.
		if (!isAll) api.lua_pushnil(state);
		const base = api.lua_gettop(state);
		try {
			while (unpacker.at < unpacker.end && count < limit) {
				unpacker.next(state);
				count++;
			}
		} catch (error) {
			if (error instanceof UnpackError) return lua.raiseText(state, error.message);
			throw error;
		}
		if (isAll) return count;
		api.lua_pushnumber(state, unpacker.at === unpacker.end ? -1 : unpacker.at - start);
		api.lua_replace(state, base);
		return count + 1;
	};
	const functions: Record<string, LuaFunction> = {
		pack: (state) => {
			const count = api.lua_gettop(state);
			if (count === 0) return lua.raiseArgument(state, 0, "MessagePack pack needs input.");
			if (api.lua_checkstack(state, count) === 0)
				return lua.raiseArgument(state, 0, "Too many arguments for MessagePack pack.");
			packer.output.clear();
			for (let i = 1; i <= count; i++) {
				api.lua_pushvalue(state, i);
				packer.pack(state, 0);
			}
			lua.pushBytes(state, packer.output.bytes, 0, packer.output.length);
			return 1;
		},
		unpack: (state) => unpack(state, 0, 0),
		unpack_one: (state) => unpack(state, 1, optionalInteger(lua, state, 2, 0)),
		unpack_limit: (state) =>
			unpack(state, wideInteger(api.luaL_checknumber(state, 2)), optionalInteger(lua, state, 3, 0)),
	};
	pushFunctions(lua, thread, functions);
	const texts = {
		_NAME: "cmsgpack",
		_VERSION: "lua-cmsgpack 0.4.0",
		_COPYRIGHT: "Copyright (C) 2012, Redis Ltd.",
		_DESCRIPTION: "MessagePack C implementation for Lua",
	};
	for (const [name, text] of Object.entries(texts)) {
		lua.pushText(thread, text);
		lua.setField(thread, -2, name);
	}
}

function optionalInteger(lua: LuaState, state: number, index: number, otherwise: number): number {
	return lua.lua.lua_type(state, index) <= LUA_NIL ? otherwise : wideInteger(lua.lua.luaL_checknumber(state, index));
}

/** The texts have room for 32 bits. */
function shown(offset: number): number {
	return offset | 0;
}

function nameOfType(lua: LuaState, state: number, index: number): string {
	const type = lua.lua.lua_type(state, index);
	if (type === LUA_LIGHT_POINTER) return "userdata";
	return ["nil", "boolean", "", "number", "string", "table", "function", "userdata", "thread"][type] ?? "no value";
}
