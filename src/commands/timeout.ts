import { parseLongDouble } from "../bytes/long-double.ts";
import type { Call } from "../dispatch/call.ts";
import { TIMEOUT_NEGATIVE, TIMEOUT_NOT_A_FLOAT, TIMEOUT_OUT_OF_RANGE } from "../resp/errors.ts";

/** Whole seconds up to here are surely within range. */
const PLAIN_SECONDS_MAX = 1e12;
const INT64_END = 2 ** 63;

/**
 * How long a blocking command is to wait, from an argument in seconds: whole milliseconds, rounded up, 0 being for ever.
 * NaN after an error reply. Less than a millisecond below zero is still zero.
 */
export function timeoutFrom(call: Call, argument: number): number {
	const seconds = call.integer(argument);
	if (seconds >= 0 && seconds <= PLAIN_SECONDS_MAX) return seconds * 1000;
	const value = parseLongDouble(call.bytes, call.start(argument), call.end(argument));
	if (value === undefined) return fail(call, TIMEOUT_NOT_A_FLOAT);
	const scale = value.isFinite() ? 2 ** value.exponent : Infinity;
	const timeout_ms = Math.ceil(Number(value.mantissa) * scale * 1000);
	if (timeout_ms < 0) return fail(call, TIMEOUT_NEGATIVE);
	if (timeout_ms + call.keyspace.now_ms >= INT64_END) return fail(call, TIMEOUT_OUT_OF_RANGE);
	// What is too small for a double is more than nothing all the same.
	return value.mantissa > 0n ? Math.max(1, timeout_ms) : 0;
}

function fail(call: Call, error: string): number {
	call.reply.error(error);
	return Number.NaN;
}
