import type { LuaState } from "../lua/state.ts";
import { wholeNumber } from "./wide-numbers.ts";

/** Multiplier 0x5DEECE66D in two halves of 24 bits, and the summand. */
const FACTOR_HIGH = 0x5de;
const FACTOR_LOW = 0xece66d;
const SUMMAND = 0xb;
const HALF = 2 ** 24;
const SEED_LOW = 0x330e;
const RESULT_MAX = 0x7fffffff;

/** math.random as scripts know it: the generator of drand48 as it begins, one for all Lua of a server. */
export class Generator48 {
	/** The state, 48 bits: its upper 24 and its lower 24. */
	private high: number;
	private low: number;

	constructor() {
		this.high = 0x1234ab;
		this.low = 0xcd330e;
	}

	/** As srand48: the seed becomes the upper 32 bits. */
	seed(seed: number): void {
		// By way of 64 bits, as in C.
		const upper = Number(BigInt.asUintN(32, wholeNumber(seed)));
		this.high = upper >>> 8;
		this.low = ((upper & 0xff) << 16) | SEED_LOW;
	}

	/** As lrand48: the upper 31 bits. */
	next(): number {
		const product = this.low * FACTOR_LOW + SUMMAND;
		const carried = Math.floor(product / HALF) + this.low * FACTOR_HIGH + this.high * FACTOR_LOW;
		this.low = product % HALF;
		this.high = carried % HALF;
		return this.high * 128 + (this.low >>> 17);
	}
}

/** Replaces the two functions in the table of mathematics on top of the stack. */
export function openRandom(lua: LuaState, thread: number, generator: Generator48): void {
	const { lua: api } = lua;
	lua.pushFunction(thread, (state) => {
		const fraction = (generator.next() % RESULT_MAX) / RESULT_MAX;
		const count = api.lua_gettop(state);
		if (count === 0) api.lua_pushnumber(state, fraction);
		else {
			const from = count === 1 ? 1 : api.luaL_checkinteger(state, 1);
			const to = api.luaL_checkinteger(state, count === 1 ? 1 : 2);
			if (count > 2) return lua.raiseText(state, "wrong number of arguments");
			if (from > to) return lua.raiseArgument(state, count === 1 ? 1 : 2, "interval is empty");
			// The width of the interval has 32 bits in C.
			api.lua_pushnumber(state, Math.floor(fraction * ((to - from + 1) | 0)) + from);
		}
		return 1;
	});
	lua.setField(thread, -2, "random");
	lua.pushFunction(thread, (state) => {
		generator.seed(api.luaL_checknumber(state, 1));
		return 0;
	});
	lua.setField(thread, -2, "randomseed");
}
