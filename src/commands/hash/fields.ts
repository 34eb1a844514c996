/** Arguments that the commands for deadlines of fields have in common: "FIELDS numfields field …", and times. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type Argument, block, integer, many, string, withToken } from "../../dispatch/grammar.ts";
import {
	FIELD_COUNT_MISMATCH,
	FIELD_EXPIRE_NEGATIVE,
	FIELDS_MISSING,
	invalidExpire,
	NOT_AN_INTEGER,
} from "../../resp/errors.ts";

export const FIELDS = bytesOf("fields");

/** Redis keeps the deadlines of fields in 46 bits. */
const DEADLINE_MAX_MS = 2 ** 46 - 1;

export const fieldsArgument: Argument = withToken(
	"FIELDS",
	block("fields", integer("numfields"), many(string("field"))),
);

/**
 * The word FIELDS at `argument`, then how many, then as many fields, to the end. Returns the argument of the first field,
 * or 0 after an error reply.
 */
export function fieldsFrom(call: Call, argument: number, countError: string): number {
	if (!call.is(argument, FIELDS)) return fail(call, FIELDS_MISSING);
	if (argument + 1 === call.argc) return fail(call, FIELD_COUNT_MISMATCH);
	const count = call.clampedInteger(argument + 1);
	if (!(count > 0)) return fail(call, countError);
	if (count !== call.argc - argument - 2) return fail(call, FIELD_COUNT_MISMATCH);
	return argument + 2;
}

function fail(call: Call, error: string): 0 {
	call.reply.error(error);
	return 0;
}

/**
 * The deadline that a field is to have. `unit_ms` is 1000 for seconds, 1 for milliseconds; `isAbsolute` tells a moment
 * from a span that begins now. NaN after an error reply; a moment that is over is none.
 */
export function fieldDeadlineFrom(call: Call, argument: number, unit_ms: 1 | 1000, isAbsolute: boolean): number {
	const time = parseInt64(call.bytes, call.start(argument), call.end(argument));
	if (time === undefined) return refuse(call, NOT_AN_INTEGER);
	if (time < 0n) return refuse(call, FIELD_EXPIRE_NEGATIVE);
	const deadline_ms = Number(time) * unit_ms + (isAbsolute ? 0 : call.keyspace.wall_ms);
	return deadline_ms <= DEADLINE_MAX_MS ? deadline_ms : refuse(call, invalidExpire(call.command.fullName));
}

function refuse(call: Call, error: string): number {
	call.reply.error(error);
	return Number.NaN;
}
