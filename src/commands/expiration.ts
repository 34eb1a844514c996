import { parseInt64 } from "../bytes/int64.ts";
import type { Call } from "../dispatch/call.ts";
import { invalidExpire, NOT_AN_INTEGER } from "../resp/errors.ts";
import { DEL, UNLINK } from "./effect-words.ts";

/**
 * Expire times as commands give them, turned into deadlines: whole milliseconds since the epoch.
 *
 *     deadlineFrom         SET, SETEX, GETEX: the given time has to be positive
 *     signedDeadlineFrom   the EXPIRE family: any time; one that is over deletes the key, which is the caller's to do
 *
 * Both reply the error and return NaN where the argument is no integer or leaves int64 on its way to milliseconds. The
 * bounds are int64's to the last digit; a valid deadline beyond 2^53, 285,000 years ahead, is rounded to a double and one
 * before the epoch is raised to 0.
 */

/** The last double that is an int64. */
const DEADLINE_MAX_MS = 2 ** 63 - 1024;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** Times within these bounds can be scaled and added to a clock without leaving the safe integers. */
const PLAIN_MAX = Number.MAX_SAFE_INTEGER / 2000;

/**
 * `unit_ms` is 1000 for seconds, 1 for milliseconds; `isAbsolute` tells a moment from a span that begins now, which it does
 * by the clock also where time stands still: masters before Redis 7 hand spans on.
 */
export function deadlineFrom(call: Call, argument: number, unit_ms: 1 | 1000, isAbsolute: boolean): number {
	const time = call.integer(argument);
	if (!(time > 0 && time <= PLAIN_MAX)) return wideDeadlineFrom(call, argument, unit_ms, isAbsolute, true);
	return isAbsolute ? time * unit_ms : time * unit_ms + call.keyspace.wall_ms;
}

export function signedDeadlineFrom(call: Call, argument: number, unit_ms: 1 | 1000, isAbsolute: boolean): number {
	const time = call.integer(argument);
	if (!(Math.abs(time) <= PLAIN_MAX)) return wideDeadlineFrom(call, argument, unit_ms, isAbsolute, false);
	return Math.max(0, isAbsolute ? time * unit_ms : time * unit_ms + call.keyspace.wall_ms);
}

/** The same for all that is rare: no number, not positive, or close to the bounds of int64. */
function wideDeadlineFrom(
	call: Call,
	argument: number,
	unit_ms: number,
	isAbsolute: boolean,
	isPositive: boolean,
): number {
	const time = parseInt64(call.bytes, call.start(argument), call.end(argument));
	if (time === undefined) return fail(call, NOT_AN_INTEGER);
	const scaled = time * BigInt(unit_ms);
	const deadline = isAbsolute ? scaled : scaled + BigInt(call.keyspace.wall_ms);
	if (scaled < INT64_MIN || deadline > INT64_MAX || (isPositive && time <= 0n)) {
		return fail(call, invalidExpire(call.command.fullName));
	}
	return Math.min(Math.max(Number(deadline), 0), DEADLINE_MAX_MS);
}

/** The effect of a deadline that is not ahead of its key, the one in argument 1: the key goes. */
export function tellDeadlinePassed(call: Call): void {
	call
		.effect(2)
		.word(call.effects.unlinksExpired ? UNLINK : DEL)
		.argument(call, 1);
}

function fail(call: Call, error: string): number {
	call.reply.error(error);
	return Number.NaN;
}
