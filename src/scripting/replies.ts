import { copyBytes, latin1, latin1Bytes } from "../bytes/ascii.ts";
import { parseInteger, writeInteger as writeDigits } from "../bytes/int64.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import { LUA_BOOLEAN, LUA_NIL, LUA_NUMBER, LUA_STRING, LUA_TABLE, type LuaState } from "./lua/state.ts";
import {
	isTrueAt,
	numberAt,
	pointerAt,
	stackBase,
	stackTop,
	stringLength,
	stringStart,
	typeAt,
	VALUE_BYTES,
} from "./lua/structures.ts";

/**
 * Values on their way between commands and scripts, as the Redis documentation lists them (Scripting with Lua, data type
 * conversion): replies of commands become values of Lua, and what a script returns becomes its reply.
 */

const SIMPLE = 0x2b;
const ERROR = 0x2d;
const INTEGER = 0x3a;
const BULK = 0x24;
const ARRAY = 0x2a;
const NULL = 0x5f;
const BOOLEAN = 0x23;
const DOUBLE = 0x2c;
const MAP = 0x25;
const BIG_NUMBER = 0x28;
const VERBATIM = 0x3d;
const PUSH = 0x3e;
const CR = 0x0d;
const MINUS = 0x2d;
const TRUE = 0x74;

/** Slots of Lua's stack that a nested value takes. */
const SLOTS = 4;
/** As deep as in Redis, whose stack of 8000 has what handles errors at its bottom, may tables and what is in them lie. */
const DEPTH_MAX_BYTES = (8000 - SLOTS - 2) * VALUE_BYTES;

/** Pushes the first reply of a buffer as the value that scripts know it by. */
export class ReplyReader {
	private readonly state: LuaState;
	private bytes: Uint8Array;
	private at: number;
	/** Where byte 0 of `bytes` lies in Lua's memory. */
	private copy: number;

	constructor(state: LuaState) {
		this.state = state;
		this.bytes = new Uint8Array(0);
		this.at = 0;
		this.copy = 0;
	}

	push(state: number, bytes: Uint8Array, length: number): void {
		const lua = this.state;
		this.bytes = bytes;
		this.at = 0;
		// Of a number no byte is handed on.
		if (bytes[0] !== INTEGER) {
			this.copy = lua.scratchFor(length);
			copyBytes(bytes, 0, lua.machine.heap, this.copy, length);
		}
		this.next(state);
	}

	/** The line behind the type byte at `at`, which moves to the next one; the line ends at `lineEnd`. */
	private line(): number {
		let end = this.at;
		while (this.bytes[end] !== CR) end++;
		this.at = end + 2;
		return end;
	}

	private count(): number {
		const start = this.at;
		return parseInteger(this.bytes, start, this.line());
	}

	private next(state: number): void {
		const { lua } = this.state;
		const type = this.bytes[this.at++]!;
		switch (type) {
			case BULK:
				return this.bulk(state);
			case INTEGER: {
				const start = this.at;
				const end = this.line();
				const value = parseInteger(this.bytes, start, end);
				return lua.lua_pushnumber(state, Number.isNaN(value) ? Number(latin1(this.bytes, start, end)) : value);
			}
			case SIMPLE:
				return this.marked(state, "ok");
			case ERROR:
				return this.marked(state, "err");
			case ARRAY:
			case PUSH:
				return this.elements(state);
			case NULL:
				this.line();
				return lua.lua_pushnil(state);
			case BOOLEAN:
				lua.lua_pushboolean(state, this.bytes[this.at] === TRUE ? 1 : 0);
				this.line();
				return;
			default:
				return this.special(state, type);
		}
	}

	private bulk(state: number): void {
		const { lua } = this.state;
		if (this.bytes[this.at] === MINUS) {
			this.line();
			return lua.lua_pushboolean(state, 0);
		}
		const length = this.count();
		lua.lua_pushlstring(state, this.copy + this.at, length);
		this.at += length + 2;
	}

	/** A table with the line as its one field. */
	private marked(state: number, name: string): void {
		const { lua } = this.state;
		const start = this.at;
		const end = this.line();
		lua.lua_createtable(state, 0, 1);
		lua.lua_pushlstring(state, this.copy + start, end - start);
		this.field(state, name);
	}

	/** Sets a field of the table below the value on top; `copy` stays as it is. */
	private field(state: number, name: string): void {
		this.state.lua.lua_setfield(state, -2, this.state.word(name));
	}

	private elements(state: number): void {
		const { lua } = this.state;
		if (this.bytes[this.at] === MINUS) {
			this.line();
			return lua.lua_pushboolean(state, 0);
		}
		const count = this.count();
		lua.lua_checkstack(state, SLOTS);
		lua.lua_createtable(state, count, 0);
		for (let i = 1; i <= count; i++) {
			this.next(state);
			lua.lua_rawseti(state, -2, i);
		}
	}

	/** What only RESP3 has. */
	private special(state: number, type: number): void {
		const { lua } = this.state;
		lua.lua_checkstack(state, 2 * SLOTS);
		lua.lua_createtable(state, 0, 1);
		if (type === DOUBLE) {
			const start = this.at;
			const text = latin1(this.bytes, start, this.line());
			lua.lua_pushnumber(state, text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text));
			return this.field(state, "double");
		}
		if (type === BIG_NUMBER) {
			const start = this.at;
			const end = this.line();
			lua.lua_pushlstring(state, this.copy + start, end - start);
			return this.field(state, "big_number");
		}
		if (type === VERBATIM) return this.verbatim(state);
		const count = this.count();
		// It grows as in Redis: that decides the order of its keys.
		lua.lua_createtable(state, 0, 0);
		for (let i = 0; i < count; i++) {
			this.next(state);
			if (type === MAP) this.next(state);
			else lua.lua_pushboolean(state, 1);
			lua.lua_rawset(state, -3);
		}
		this.field(state, type === MAP ? "map" : "set");
	}

	private verbatim(state: number): void {
		const { lua } = this.state;
		const length = this.count();
		lua.lua_createtable(state, 0, 2);
		lua.lua_pushlstring(state, this.copy + this.at, 3);
		this.field(state, "format");
		lua.lua_pushlstring(state, this.copy + this.at + 4, length - 4);
		this.field(state, "string");
		this.at += length + 2;
		this.field(state, "verbatim_string");
	}
}

const INT64_LIMIT = 2 ** 63;
/** What a value counts for beside its bytes: about as much as a small table takes. */
const VALUE_OVERHEAD_BYTES = 64;

/** An aggregate whose elements are being written. */
interface Frame {
	readonly kind: number;
	/** Of elements: how many there are, and how many of them are written. */
	readonly count: number;
	written: number;
	/** The key of a pair is written, its value is next. */
	isValueNext: boolean;
	/** Values to pop behind it: the table, and the one that holds it. */
	readonly slots: number;
}

const ELEMENTS = 0;
const PAIRS = 1;
const KEYS = 2;

/**
 * Writes what a script returned, one that works with this protocol: the value on top of the stack, which is popped. Tables
 * may be deeper than our own stack, so there is one here.
 *
 * False where that is too large to be written, as tables can hold the same string or table many times: no more than scripts
 * may have of memory, were each value in it a table of its own. What was written by then is to be taken back.
 */
export function writeValue(lua: LuaState, state: number, reply: ReplyWriter, protocol: number): boolean {
	const { lua: api } = lua;
	const { bytesMax } = lua.machine;
	let lengthMax = reply.length + bytesMax;
	if (stringBytes(lua, state) > bytesMax) return false;
	let frame = writeOne(lua, state, reply, protocol);
	if (frame === null) return true;
	const frames = [frame];
	for (;;) {
		frame = frames[frames.length - 1] ?? null;
		if (frame === null) return true;
		if (!advance(lua, state, frame)) {
			api.lua_settop(state, -1 - frame.slots);
			frames.pop();
			continue;
		}
		lengthMax -= VALUE_OVERHEAD_BYTES;
		if (reply.length + stringBytes(lua, state) > lengthMax) return false;
		const inner = writeOne(lua, state, reply, protocol);
		if (inner !== null) frames.push(inner);
	}
}

/** How long the string on top of the stack is; 0 where that is none. */
function stringBytes({ machine: { int32 } }: LuaState, state: number): number {
	const value = stackTop(int32, state) - VALUE_BYTES;
	return typeAt(int32, value) === LUA_STRING ? stringLength(int32, pointerAt(int32, value)) : 0;
}

/** Pushes what comes next in an aggregate; false where that was all. */
function advance({ lua: api }: LuaState, state: number, frame: Frame): boolean {
	if (frame.kind === ELEMENTS) {
		if (frame.written === frame.count) return false;
		api.lua_rawgeti(state, -1, ++frame.written);
		return true;
	}
	if (frame.isValueNext) {
		frame.isValueNext = false;
		return true;
	}
	if (api.lua_next(state, -2) === 0) return false;
	if (frame.kind === KEYS) {
		api.lua_settop(state, -2);
		api.lua_pushvalue(state, -1);
		return true;
	}
	// Writing a value pops it, and the key is needed once more.
	api.lua_pushvalue(state, -2);
	frame.isValueNext = true;
	return true;
}

/** Writes and pops the value on top; of an aggregate the head only, and it stays. */
function writeOne(lua: LuaState, state: number, reply: ReplyWriter, protocol: number): Frame | null {
	const { int32, float64, heap } = lua.machine;
	const value = stackTop(int32, state) - VALUE_BYTES;
	const type = typeAt(int32, value);
	if (value - stackBase(int32, state) > DEPTH_MAX_BYTES) reply.error("ERR reached lua stack limit");
	else if (type === LUA_STRING) {
		const text = pointerAt(int32, value);
		reply.bulk(heap, stringStart(text), stringLength(int32, text));
	} else if (type === LUA_NUMBER) writeInteger(numberAt(float64, value), reply);
	else if (type === LUA_BOOLEAN) writeBoolean(isTrueAt(int32, value), reply, protocol);
	else if (type !== LUA_TABLE) reply.null();
	else {
		lua.lua.lua_checkstack(state, SLOTS);
		return writeTable(lua, state, reply);
	}
	pop(lua, state);
	return null;
}

function pop(lua: LuaState, state: number): void {
	lua.lua.lua_settop(state, -2);
}

/** As a cast to long long does it. */
function writeInteger(value: number, reply: ReplyWriter): void {
	const whole = Math.trunc(value);
	if (Number.isSafeInteger(whole)) reply.integer(whole);
	else reply.bigInteger(Math.abs(whole) < INT64_LIMIT ? BigInt(whole) : -(2n ** 63n));
}

/** What there is in the protocol that the script works with. */
function writeBoolean(value: boolean, reply: ReplyWriter, protocol: number): void {
	if (protocol === 3) reply.boolean(value);
	else if (value) reply.integer(1);
	else reply.null();
}

/** Pushes a field of the table on top; true where it is of this type, else it is popped again. */
function has(lua: LuaState, state: number, name: string, type: number): boolean {
	lua.pushText(state, name);
	lua.lua.lua_rawget(state, -2);
	if (lua.lua.lua_type(state, -1) === type) return true;
	pop(lua, state);
	return false;
}

/** Pops the table where that was all of it. */
function writeTable(lua: LuaState, state: number, reply: ReplyWriter): Frame | null {
	const { lua: api } = lua;
	if (has(lua, state, "err", LUA_STRING)) reply.error(oneLine(trimmed(cText(lua.text(state, -1)))));
	else if (has(lua, state, "ok", LUA_STRING)) reply.simple(oneLine(cText(lua.text(state, -1))));
	else if (has(lua, state, "double", LUA_NUMBER)) reply.double(api.lua_tonumber(state, -1));
	else if (has(lua, state, "map", LUA_TABLE)) return beginPairs(lua, state, reply, PAIRS);
	else if (has(lua, state, "set", LUA_TABLE)) return beginPairs(lua, state, reply, KEYS);
	else if (has(lua, state, "big_number", LUA_STRING)) reply.bigNumber(oneLine(lua.text(state, -1)));
	else if (!has(lua, state, "verbatim_string", LUA_TABLE)) return beginElements(lua, state, reply);
	else if (!writeVerbatim(lua, state, reply)) {
		pop(lua, state);
		return beginElements(lua, state, reply);
	}
	api.lua_settop(state, -3);
	return null;
}

/** As C knows a string: it ends where a zero is. */
const cText = (text: string): string => text.split("\0", 1)[0]!;

const trimmed = (text: string): string => text.replace(/[\r\n]+$/, "");

function oneLine(text: string): string {
	return text.replace(/[\r\n]/g, " ");
}

function writeVerbatim(lua: LuaState, state: number, reply: ReplyWriter): boolean {
	if (!has(lua, state, "string", LUA_STRING)) return false;
	const text = lua.text(state, -1);
	pop(lua, state);
	if (!has(lua, state, "format", LUA_STRING)) return false;
	reply.verbatimBytes(lua.text(state, -1), latin1Bytes(text));
	pop(lua, state);
	return true;
}

function beginElements(lua: LuaState, state: number, reply: ReplyWriter): Frame {
	const { lua: api } = lua;
	let count = 0;
	for (;;) {
		api.lua_rawgeti(state, -1, count + 1);
		const isNil = api.lua_type(state, -1) === LUA_NIL;
		pop(lua, state);
		if (isNil) break;
		count++;
	}
	reply.array(count);
	return { kind: ELEMENTS, count, written: 0, isValueNext: false, slots: 1 };
}

/** Keys, and values where it is a map, of the table on top; leaves the key to begin behind on the stack. */
function beginPairs(lua: LuaState, state: number, reply: ReplyWriter, kind: number): Frame {
	const { lua: api } = lua;
	let count = 0;
	api.lua_pushnil(state);
	while (api.lua_next(state, -2) !== 0) {
		count++;
		pop(lua, state);
	}
	if (kind === PAIRS) reply.map(count);
	else reply.set(count);
	api.lua_pushnil(state);
	return { kind, count, written: 0, isValueNext: false, slots: 2 };
}

/** A number as an argument of a command: whole ones without a point, others with 17 digits. */
export function numberText(value: number): string {
	if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
	return formatG17(value);
}

/** The same, written into `target`; returns its length. */
export function writeNumber(value: number, target: Uint8Array, at: number): number {
	if (Number.isSafeInteger(value) && !Object.is(value, -0)) return writeDigits(value, target, at);
	const text = numberText(value);
	for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
	return text.length;
}

function formatG17(value: number): string {
	if (Number.isNaN(value)) return "nan";
	if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
	const [digits, exponentText] = value.toExponential(16).split("e") as [string, string];
	const exponent = Number(exponentText);
	const trimmed = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
	if (exponent >= -5 && exponent < 17) return trimmed(value.toFixed(Math.max(0, 16 - exponent)));
	const sign = exponent < 0 ? "-" : "+";
	return `${trimmed(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
