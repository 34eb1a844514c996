import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { SYNTAX_ERROR } from "../../resp/errors.ts";
import { deadlineFrom } from "../expiration.ts";

/** Options of SET and GETEX as bits. */
export const OPTION_NX = 1 << 0;
export const OPTION_XX = 1 << 1;
export const OPTION_GET = 1 << 2;
export const OPTION_KEEPTTL = 1 << 3;
export const OPTION_PERSIST = 1 << 4;
export const OPTION_EX = 1 << 5;
export const OPTION_PX = 1 << 6;
export const OPTION_EXAT = 1 << 7;
export const OPTION_PXAT = 1 << 8;

const MOMENTS = OPTION_EXAT | OPTION_PXAT;
const SECONDS = OPTION_EX | OPTION_EXAT;
const EXPIRATIONS = OPTION_EX | OPTION_PX | MOMENTS;
const CONDITIONS = OPTION_NX | OPTION_XX;
/** Of these at most one may be given, though that one more than once. */
const LIFETIMES = EXPIRATIONS | OPTION_KEEPTTL | OPTION_PERSIST;

export const SET_OPTIONS = CONDITIONS | OPTION_GET | OPTION_KEEPTTL | EXPIRATIONS;
export const GETEX_OPTIONS = OPTION_PERSIST | EXPIRATIONS;

/** By bit number. */
const WORDS = ["nx", "xx", "get", "keepttl", "persist", "ex", "px", "exat", "pxat"].map(bytesOf);

/**
 * The options of one call. `read` takes the words and finds out whether they go together, `deadline` reads the time;
 * between the two GETEX looks at its key. There is one object for all calls: a handler is done with it when it returns.
 */
export class StringOptions {
	bits: number;
	private timeArgument: number;

	constructor() {
		this.bits = 0;
		this.timeArgument = 0;
	}

	/** Reads the arguments from `first` on; replies an error and returns false where they are not `allowed` options. */
	read(call: Call, first: number, allowed: number): boolean {
		const { argc } = call;
		let bits = 0;
		for (let argument = first; argument < argc; argument++) {
			const option = optionAt(call, argument) & allowed;
			if (option === 0 || (bits & rivalsOf(option)) !== 0) return syntaxError(call);
			bits |= option;
			if ((option & EXPIRATIONS) === 0) continue;
			if (++argument === argc) return syntaxError(call);
			this.timeArgument = argument;
		}
		this.bits = bits;
		return true;
	}

	has(option: number): boolean {
		return (this.bits & option) !== 0;
	}

	hasExpiration(): boolean {
		return (this.bits & EXPIRATIONS) !== 0;
	}

	hasMoment(): boolean {
		return (this.bits & MOMENTS) !== 0;
	}

	/** With `hasExpiration`: the deadline, or NaN after an error reply. */
	deadline(call: Call): number {
		return deadlineFrom(call, this.timeArgument, (this.bits & SECONDS) !== 0 ? 1000 : 1, this.hasMoment());
	}
}

function optionAt(call: Call, argument: number): number {
	for (let bit = 0; bit < WORDS.length; bit++) if (call.is(argument, WORDS[bit]!)) return 1 << bit;
	return 0;
}

function rivalsOf(option: number): number {
	if ((option & CONDITIONS) !== 0) return CONDITIONS ^ option;
	return (option & LIFETIMES) !== 0 ? LIFETIMES ^ option : 0;
}

function syntaxError(call: Call): boolean {
	call.reply.error(SYNTAX_ERROR);
	return false;
}
