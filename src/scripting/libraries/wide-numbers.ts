/**
 * string.format and tonumber where Lua's C relies on a `long` of 64 bits, which has 32 in WebAssembly: whole numbers beyond
 * 32 bits in %d %i %u %o %x %X, and digits of other bases than ten; and math.frexp, whose exponent of infinity C leaves open.
 * The rest Lua's own functions do, in whose place
 * these stand: they are called in the same activation, so errors are theirs as well. Other functions ask for what does not
 * fit into 32 bits (`wideInteger`); here is said which of them count with 64.
 */
import { LUA_NUMBER, LUA_STRING, type LuaState } from "../lua/state.ts";

const WHOLE_MAX = 2 ** 63;
const UNSIGNED_MAX = 2n ** 64n - 1n;
const SIGN = 1n << 63n;
/** What Lua lets stand between % and the letter. */
const directive = /%(?:%|([-+ #0]{0,5})(\d{0,2})(?:(\.)(\d{0,2}))?([A-Za-z]))/g;
/** Fewer digits than this fit into 32 bits in every base. */
const SHORT_DIGITS = 6;

/** As the processor casts to a signed integer of 64 bits: what does not fit is the smallest one. */
export function wholeNumber(value: number): bigint {
	return value >= -WHOLE_MAX && value < WHOLE_MAX ? BigInt(Math.trunc(value)) : -SIGN;
}

/** The same as a number. */
export function wideInteger(value: number): number {
	return value >= -WHOLE_MAX && value < WHOLE_MAX ? Math.trunc(value) : -WHOLE_MAX;
}

function unsigned(value: number): bigint {
	if (value >= WHOLE_MAX) return BigInt.asUintN(64, wholeNumber(value - WHOLE_MAX) ^ -SIGN);
	return BigInt.asUintN(64, wholeNumber(value));
}

/** As printf writes a whole number; `precision` is -1 where there is none. */
function printed(value: number, letter: string, flags: string, width: number, precision: number): string {
	const isSigned = letter === "d" || letter === "i";
	const whole = isSigned ? wholeNumber(value) : unsigned(value);
	const base = letter === "o" ? 8 : letter === "x" || letter === "X" ? 16 : 10;
	let digits = (whole < 0n ? -whole : whole).toString(base);
	if (precision === 0 && whole === 0n) digits = "";
	digits = digits.padStart(precision, "0");
	let head = "";
	if (isSigned) head = whole < 0n ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
	else if (flags.includes("#") && base === 16 && whole !== 0n) head = "0x";
	else if (flags.includes("#") && base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
	if (flags.includes("0") && !flags.includes("-") && precision < 0) digits = digits.padStart(width - head.length, "0");
	const text = flags.includes("-") ? (head + digits).padEnd(width) : (head + digits).padStart(width);
	return letter === "X" ? text.toUpperCase() : text;
}

/** Whether 32 bits are too few. */
function isWide(value: number, letter: string): boolean {
	if (letter === "d" || letter === "i") return !(value >= -(2 ** 31) && value < 2 ** 31);
	return !(value >= 0 && value < 2 ** 32);
}

/** Replaces the functions in the table of globals at index 1. */
export function openWideNumbers(lua: LuaState, thread: number): void {
	const { lua: api, machine } = lua;
	const original = (): ((state: number) => number) => {
		const f = machine.lua.__indirect_function_table.get(api.lua_tocfunction(thread, -1));
		return f as (state: number) => number;
	};

	lua.getField(thread, 1, "string");
	lua.getField(thread, -1, "format");
	const format = original();
	api.lua_settop(thread, -2);
	lua.pushFunction(thread, (state) => {
		if (!lua.string(state, 1)) return format(state);
		const text = lua.text(state, 1);
		let argument = 1;
		let isChanged = false;
		const rest = text.replace(directive, (all, flags: string, width: string, point, precision: string, letter) => {
			if (all === "%%") return all;
			argument++;
			if (!"diouxX".includes(letter)) return all;
			const type = api.lua_type(state, argument);
			if (type !== LUA_NUMBER && type !== LUA_STRING) return all;
			const value = api.lua_tonumber(state, argument);
			if (!isWide(value, letter)) return all;
			lua.pushText(state, printed(value, letter, flags, Number(width), point === undefined ? -1 : Number(precision)));
			api.lua_replace(state, argument);
			isChanged = true;
			return "%s";
		});
		if (isChanged) {
			lua.pushText(state, rest);
			api.lua_replace(state, 1);
		}
		return format(state);
	});
	lua.setField(thread, -2, "format");
	api.lua_settop(thread, 1);

	lua.getField(thread, 1, "tonumber");
	const tonumber = original();
	api.lua_settop(thread, 1);
	lua.pushFunction(thread, (state) => {
		if (api.lua_gettop(state) < 2 || api.lua_type(state, 2) < LUA_NUMBER) return tonumber(state);
		const base = Math.trunc(api.lua_tonumber(state, 2));
		if (!(base >= 2 && base <= 36) || base === 10 || !lua.string(state, 1)) return tonumber(state);
		const text = lua.text(state, 1);
		if (text.length < SHORT_DIGITS && !text.includes("-")) return tonumber(state);
		const value = digitsOf(text.split("\0", 1)[0]!, base);
		if (value === null) api.lua_pushnil(state);
		else api.lua_pushnumber(state, Number(value));
		return 1;
	});
	lua.setField(thread, 1, "tonumber");

	lua.getField(thread, 1, "math");
	lua.getField(thread, -1, "frexp");
	const frexp = original();
	api.lua_settop(thread, -2);
	lua.pushFunction(thread, (state) => {
		const value = api.luaL_checknumber(state, 1);
		if (Number.isFinite(value)) return frexp(state);
		// As it is: a nan has a sign.
		if (api.lua_type(state, 1) === LUA_NUMBER) api.lua_pushvalue(state, 1);
		else api.lua_pushnumber(state, value);
		api.lua_pushnumber(state, 0);
		return 2;
	});
	lua.setField(thread, -2, "frexp");
	api.lua_settop(thread, 1);
}

/** Positions in strings have 64 bits: those that take them, as they stand in the globals at index 1. */
export function openWidePositions(lua: LuaState, thread: number): void {
	lua.getField(thread, 1, "string");
	for (const name of ["sub", "byte", "find", "match"]) {
		lua.getField(thread, -1, name);
		lua.machine.indexers.add(lua.lua.lua_tocfunction(thread, -1));
		lua.lua.lua_settop(thread, -2);
	}
	lua.lua.lua_settop(thread, 1);
}

/** As strtoul reads all of a text; null where it is no number. */
function digitsOf(text: string, base: number): bigint | null {
	const found = /^[ \t-\r]*([-+]?)([0-9a-zA-Z]+)[ \t-\r]*$/.exec(text);
	if (found === null) return null;
	let digits = found[2]!.toLowerCase();
	if (base === 16 && /^0x[0-9a-f]/.test(digits)) digits = digits.slice(2);
	let value = 0n;
	for (const digit of digits) {
		const worth = Number.parseInt(digit, 36);
		if (worth >= base) return null;
		// What is too large stays so.
		if (value <= UNSIGNED_MAX) value = value * BigInt(base) + BigInt(worth);
	}
	if (value > UNSIGNED_MAX) return UNSIGNED_MAX;
	return found[1] === "-" ? BigInt.asUintN(64, -value) : value;
}
