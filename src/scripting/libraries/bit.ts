import type { LuaFunction } from "../lua/machine.ts";
import type { LuaState } from "../lua/state.ts";
import { pushFunctions } from "./register.ts";

/** Added to a number this leaves its lowest 32 bits in the lowest bits of the sum. */
const NORMALIZER = 2 ** 52 + 2 ** 51;
const sum = new Float64Array(1);
const words = new Int32Array(sum.buffer);

/** A number as a signed integer of 32 bits, as the BitOp library takes it: rounded to even, modulo 2^32. */
export function toBit(value: number): number {
	sum[0] = value + NORMALIZER;
	return words[0]!;
}

/** The table `bit` of scripts: Mike Pall's BitOp 1.0.2. */
export function openBit(lua: LuaState, thread: number): void {
	const { lua: api } = lua;
	const argument = (state: number, index: number) => toBit(api.luaL_checknumber(state, index));
	const result = (state: number, value: number) => {
		api.lua_pushnumber(state, value);
		return 1;
	};
	const shift =
		(change: (value: number, by: number) => number): LuaFunction =>
		(state) =>
			result(state, change(argument(state, 1), argument(state, 2) & 31) | 0);
	const fold =
		(change: (one: number, other: number) => number): LuaFunction =>
		(state) => {
			let value = argument(state, 1);
			const count = api.lua_gettop(state);
			// The last one is looked at first.
			for (let i = count; i > 1; i--) value = change(value, argument(state, i));
			return result(state, value);
		};
	pushFunctions(lua, thread, {
		tobit: (state) => result(state, argument(state, 1)),
		bnot: (state) => result(state, ~argument(state, 1)),
		band: fold((one, other) => one & other),
		bor: fold((one, other) => one | other),
		bxor: fold((one, other) => one ^ other),
		lshift: shift((value, by) => value << by),
		rshift: shift((value, by) => value >>> by),
		arshift: shift((value, by) => value >> by),
		rol: shift((value, by) => (value << by) | (value >>> (32 - by))),
		ror: shift((value, by) => (value >>> by) | (value << (32 - by))),
		bswap: (state) => result(state, swapped(argument(state, 1))),
		tohex: (state) => {
			const value = argument(state, 1);
			const digits = api.lua_type(state, 2) < 0 ? 8 : argument(state, 2);
			lua.pushText(state, hexadecimal(value, digits));
			return 1;
		},
	});
}

function swapped(value: number): number {
	return (value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24);
}

/** The lowest digits, upper case where fewer than none are asked for. */
function hexadecimal(value: number, digits: number): string {
	const count = Math.min(8, digits === -(2 ** 31) ? 8 : Math.abs(digits));
	const text = (value >>> 0)
		.toString(16)
		.padStart(8, "0")
		.slice(8 - count);
	return digits < 0 ? text.toUpperCase() : text;
}
