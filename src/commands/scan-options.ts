/** What SCAN, HSCAN, SSCAN and ZSCAN have in common: cursors, and the options that narrow a page. */
import { bytesOf } from "../bytes/ascii.ts";
import { globMatch } from "../bytes/glob.ts";
import { isInt64 } from "../bytes/int64.ts";
import type { Call } from "../dispatch/call.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../resp/errors.ts";

const MATCH = bytesOf("match");
const COUNT = bytesOf("count");
const TYPE = bytesOf("type");
const NOVALUES = bytesOf("novalues");

/** Options beyond MATCH and COUNT. */
export const SCAN_TYPE = 1;
export const SCAN_NOVALUES = 2;

const STAR = 0x2a;
const DEFAULT_COUNT = 10;
const CURSOR_MAX = 2n ** 64n - 1n;

/**
 * A cursor is any text that C's strtoul takes whole, up to a zero byte, but for leading blanks. Ours are 32 bits wide; of
 * a wider one, which we never hand out, the low bits count. NaN where it is none.
 */
export function cursorFrom(call: Call, argument: number): number {
	const match = /^(?:([-+]?)(\d+))?(?:\0|$)/.exec(call.latin1(argument));
	if (match === null) return Number.NaN;
	const [, sign = "", digits = "0"] = match;
	const magnitude = BigInt(digits);
	if (magnitude > CURSOR_MAX) return Number.NaN;
	return Number(BigInt.asUintN(32, sign === "-" ? -magnitude : magnitude));
}

/** Whether an argument is the pattern of a single star, which takes everything, even what is empty. */
export function takesAll(call: Call, argument: number): boolean {
	return call.length(argument) === 1 && call.bytes[call.start(argument)] === STAR;
}

/** The options of one call; there is one object a command, and a handler is done with it when it returns. */
export class ScanOptions {
	/** About how many elements a page has; may be as large as an int64. */
	count: number;
	/** Argument of TYPE, 0 for none. */
	type: number;
	withValues: boolean;
	/** Argument of the pattern; 0 where everything is wanted. */
	private pattern: number;

	constructor() {
		this.count = DEFAULT_COUNT;
		this.type = 0;
		this.withValues = true;
		this.pattern = 0;
	}

	/** Reads the arguments from `first` on; replies an error and returns false where they are not options. */
	read(call: Call, first: number, allowed: number): boolean {
		this.count = DEFAULT_COUNT;
		this.type = 0;
		this.withValues = true;
		this.pattern = 0;
		for (let i = first; i < call.argc; i += 2) {
			const value = i + 1;
			if ((allowed & SCAN_NOVALUES) !== 0 && call.is(i, NOVALUES)) {
				this.withValues = false;
				i--;
			} else if (value === call.argc) return fail(call, SYNTAX_ERROR);
			else if (call.is(i, COUNT)) {
				if (!isInt64(call.bytes, call.start(value), call.end(value))) return fail(call, NOT_AN_INTEGER);
				this.count = Number(call.latin1(value));
				if (this.count < 1) return fail(call, SYNTAX_ERROR);
			} else if (call.is(i, MATCH)) this.pattern = takesAll(call, value) ? 0 : value;
			else if ((allowed & SCAN_TYPE) !== 0 && call.is(i, TYPE)) this.type = value;
			else return fail(call, SYNTAX_ERROR);
		}
		return true;
	}

	/** Whether the bytes from `start` to `end` match the pattern, if there is one. */
	matches(call: Call, bytes: Uint8Array, start: number, end: number): boolean {
		const { pattern } = this;
		if (pattern === 0) return true;
		return globMatch(call.bytes, call.start(pattern), call.end(pattern), bytes, start, end, false);
	}
}

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}
