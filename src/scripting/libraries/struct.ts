import type { LuaFunction } from "../lua/machine.ts";
import { LUA_NIL, LUA_NUMBER, type LuaState } from "../lua/state.ts";
import { Output } from "./output.ts";
import { pushFunctions } from "./register.ts";
import { wideInteger } from "./wide-numbers.ts";

/** Largest alignment without one being given, and largest integer, bytes: those of C on machines of 64 bits. */
const ALIGNMENT = 8;
const INTEGER_BYTES_MAX = 32;
const OFFSET_MAX = 2 ** 31;

/** Sizes of the options that have a fixed one; those of `i` and `I` may be given. */
const sizes: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 };

const number8 = new DataView(new ArrayBuffer(8));

const isOption = (letter: string): boolean => sizes[letter] !== undefined || "iIcs".includes(letter);
const isUnknown = (letter: string): boolean => /[0-9A-Za-z]/.test(letter) && !isOption(letter);

/** A format string and where in it we are: `>I2 c5 !4 d` */
class Format {
	isLittle: boolean;
	alignment: number;
	/** The newest option and its size, and how many zero bytes come before it. */
	option: string;
	size: number;
	padding: number;
	private readonly lua: LuaState;
	private readonly state: number;
	private readonly text: string;
	private at: number;

	constructor(lua: LuaState, state: number, text: string) {
		this.isLittle = true;
		this.alignment = 1;
		this.option = "";
		this.size = 0;
		this.padding = 0;
		this.lua = lua;
		this.state = state;
		this.text = text;
		this.at = 0;
	}

	/**
	 * Goes to the next option that moves bytes, `total` being how many there are so far; false at the end. `inspect` is
	 * asked about every option on the way, `isTolerant` skips letters and digits that mean nothing.
	 */
	next(total: number, inspect: (() => void) | null = null, isTolerant = false): boolean {
		while (this.at < this.text.length && this.text[this.at] !== "\0") {
			this.option = this.text[this.at++]!;
			this.size = this.sizeOf(this.option);
			this.padding = this.paddingFor(total);
			inspect?.();
			if (isTolerant && isUnknown(this.option)) continue;
			if (this.isControl()) continue;
			return true;
		}
		return false;
	}

	private isControl(): boolean {
		const { option, state, lua } = this;
		if (option === " ") return true;
		if (option === ">") this.isLittle = false;
		else if (option === "<") this.isLittle = true;
		else if (option === "!") {
			const alignment = this.digits(ALIGNMENT);
			if (alignment === 0 || (alignment & (alignment - 1)) !== 0) {
				return lua.raiseText(state, `alignment ${alignment} is not a power of 2`);
			}
			this.alignment = alignment;
		} else if (!isOption(option)) {
			return lua.raiseArgument(state, 1, `invalid format option '${option}'`);
		} else return false;
		return true;
	}

	private digits(otherwise: number): number {
		const digits = /^\d+/.exec(this.text.slice(this.at))?.[0];
		if (digits === undefined) return otherwise;
		this.at += digits.length;
		const value = Number(digits);
		if (value >= OFFSET_MAX) return this.lua.raiseText(this.state, "integral size overflow");
		return value;
	}

	private sizeOf(option: string): number {
		if (option === "c") return this.digits(1);
		if (option !== "i" && option !== "I") return sizes[option] ?? 0;
		const size = this.digits(4);
		if (size <= INTEGER_BYTES_MAX) return size;
		return this.lua.raiseText(this.state, `integral size ${size} is larger than limit of ${INTEGER_BYTES_MAX}`);
	}

	private paddingFor(total: number): number {
		if (this.size === 0 || this.option === "c") return 0;
		const alignment = Math.min(this.size, this.alignment);
		return alignment > 1 ? (alignment - (total & (alignment - 1))) & (alignment - 1) : 0;
	}
}

/** The table `struct` of scripts: Roberto Ierusalimschy's library 0.2. */
export function openStruct(lua: LuaState, thread: number): void {
	const output = new Output(lua.stringBytesMax());
	const functions: Readonly<Record<string, LuaFunction>> = {
		pack: (state) => pack(lua, state, output),
		unpack: (state) => unpack(lua, state),
		size: (state) => size(lua, state),
	};
	pushFunctions(lua, thread, functions);
}

function formatOf(lua: LuaState, state: number): Format {
	if (!lua.string(state, 1)) lua.raiseArgument(state, 1, `string expected, got ${typeName(lua, state, 1)}`);
	return new Format(lua, state, lua.text(state, 1));
}

function typeName(lua: LuaState, state: number, index: number): string {
	const type = lua.lua.lua_type(state, index);
	return (
		["nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"][type] ?? "no value"
	);
}

function pack(lua: LuaState, state: number, output: Output): number {
	const { lua: api } = lua;
	const format = formatOf(lua, state);
	output.clear();
	// An argument that is missing is nil, as in the library, and not nothing.
	api.lua_pushnil(state);
	let argument = 2;
	while (format.next(output.length)) {
		for (let i = 0; i < format.padding; i++) output.byte(0);
		const { option, size } = format;
		if (option === "x") output.byte(0);
		else if (option === "f" || option === "d") packFloat(api.luaL_checknumber(state, argument++), format, output);
		else if (option === "c" || option === "s") packText(lua, state, argument++, option, size, output);
		else packInteger(api.luaL_checknumber(state, argument++), format, output);
	}
	lua.pushBytes(state, output.bytes, 0, output.length);
	return 1;
}

function packText(lua: LuaState, state: number, argument: number, option: string, size: number, output: Output): void {
	if (!lua.string(state, argument)) {
		lua.raiseArgument(state, argument, `string expected, got ${typeName(lua, state, argument)}`);
	}
	const length = lua.end - lua.start;
	const taken = size === 0 ? length : size;
	// The library has counted on by then.
	if (length < taken) lua.raiseArgument(state, argument + 1, "string too short");
	output.range(lua.machine.heap, lua.start, taken);
	if (option === "s") output.byte(0);
}

/** As C casts a double to an integer of 64 bits, and then to the size. */
function packInteger(value: number, { size, isLittle }: Format, output: Output): void {
	let rest = wide(value);
	const at = output.length;
	output.reserve(size);
	output.length += size;
	for (let i = 0; i < size; i++) {
		output.bytes[isLittle ? at + i : at + size - 1 - i] = Number(rest & 0xffn);
		// Beyond 64 bits there is nothing, not even the sign.
		rest = i === 7 ? 0n : rest >> 8n;
	}
}

function wide(value: number): bigint {
	if (Number.isNaN(value)) return BigInt.asUintN(64, -(2n ** 63n));
	const whole = BigInt.asIntN(65, BigInt(Math.trunc(Math.max(-(2 ** 63), Math.min(value, 2 ** 64)))));
	return BigInt.asUintN(64, whole);
}

function packFloat(value: number, { size, isLittle }: Format, output: Output): void {
	if (size === 4) number8.setFloat32(0, value, isLittle);
	else number8.setFloat64(0, value, isLittle);
	for (let i = 0; i < size; i++) output.byte(number8.getUint8(i));
}

function unpack(lua: LuaState, state: number): number {
	const { lua: api } = lua;
	const format = formatOf(lua, state);
	if (!lua.string(state, 2)) lua.raiseArgument(state, 2, `string expected, got ${typeName(lua, state, 2)}`);
	const { start, end } = lua;
	const length = end - start;
	const from = api.lua_type(state, 3) <= LUA_NIL ? 1 : wideInteger(api.luaL_checknumber(state, 3));
	if (from === 0) lua.raiseArgument(state, 3, "offset must be 1 or greater");
	// Counted as C counts without a sign.
	let position = from < 0 ? 2 ** 64 + from - 1 : from - 1;
	let count = 0;
	const needBytes = (): void => {
		if (format.size > length || position + format.padding > length - format.size) {
			lua.raiseArgument(state, 2, "data string too short");
		}
	};
	while (format.next(position, needBytes)) {
		position += format.padding;
		const { option } = format;
		let { size } = format;
		if (api.lua_checkstack(state, 2) === 0) lua.raiseText(state, "stack overflow (too many results)");
		const { heap } = lua.machine;
		if (option === "x") {
			position += size;
			continue;
		}
		if (option === "c" && size === 0) {
			// Its length is what was read before it.
			if (count === 0 || !isNumeral(lua, state)) lua.raiseText(state, "format 'c0' needs a previous size");
			size = Math.trunc(api.lua_tonumber(state, -1));
			api.lua_settop(state, -2);
			count--;
			if (size < 0 || size > length || position > length - size) lua.raiseArgument(state, 2, "data string too short");
		}
		if (option === "c") api.lua_pushlstring(state, start + position, size);
		else if (option === "s") {
			const zero = heap.indexOf(0, start + position);
			if (zero < 0 || zero >= end) lua.raiseText(state, "unfinished string in data");
			api.lua_pushlstring(state, start + position, zero - start - position);
			size = zero - start - position + 1;
		} else api.lua_pushnumber(state, readNumber(heap, start + position, format));
		position += size;
		count++;
	}
	api.lua_pushnumber(state, from < 0 ? from : position + 1);
	return count + 1;
}

/** Whether the value on top is a number, or a string that Lua takes for one. */
function isNumeral(lua: LuaState, state: number): boolean {
	if (lua.lua.lua_type(state, -1) === LUA_NUMBER) return true;
	return lua.lua.lua_tonumber(state, -1) !== 0 || /^\s*[-+]?(0x)?0+(\.0*)?\s*$/i.test(lua.text(state, -1));
}

function readNumber(heap: Uint8Array, at: number, { option, size, isLittle }: Format): number {
	if (option === "f" || option === "d") {
		for (let i = 0; i < size; i++) number8.setUint8(i, heap[at + i]!);
		return size === 4 ? number8.getFloat32(0, isLittle) : number8.getFloat64(0, isLittle);
	}
	let value = 0n;
	for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(heap[isLittle ? at + size - 1 - i : at + i]!);
	const bits = Math.min(size, 8) * 8;
	const isSigned = option === option.toLowerCase();
	return Number(isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(64, value));
}

function size(lua: LuaState, state: number): number {
	const format = formatOf(lua, state);
	let total = 0;
	while (format.next(total, null, true)) {
		const { option } = format;
		if (option === "s") lua.raiseArgument(state, 1, "option 's' has no fixed size");
		if (option === "c" && format.size === 0) lua.raiseArgument(state, 1, "option 'c0' has no fixed size");
		total += format.padding + format.size;
	}
	lua.lua.lua_pushnumber(state, total);
	return 1;
}
