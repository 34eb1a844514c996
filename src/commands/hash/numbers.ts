import { bytesOf } from "../../bytes/ascii.ts";
import { INT64_TEXT_MAX, integerLength, parseInt64, parseInteger, writeInteger } from "../../bytes/int64.ts";
import { addLongDouble, formatLongDouble, longDoubleOf, parseLongDouble } from "../../bytes/long-double.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import { double, integer, key, string } from "../../dispatch/grammar.ts";
import {
	HASH_VALUE_NOT_A_FLOAT,
	HASH_VALUE_NOT_AN_INTEGER,
	INCREMENT_NAN_OR_INFINITY,
	NAN_OR_INFINITY,
	NOT_A_FLOAT,
	NOT_AN_INTEGER,
	OVERFLOW,
} from "../../resp/errors.ts";
import { tellField, tellValue } from "./effects.ts";
import { closeChanged, findField, hash, openForWrite } from "./open.ts";

/**
 * Fields as numbers: kept as text, counted in plain numbers up to 2^53 and in BigInt beyond. A field that is counted keeps
 * its deadline.
 */
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

const digits = new Uint8Array(INT64_TEXT_MAX);
const zero = longDoubleOf(0);

function hincrby(call: Call): void {
	const increment = call.integer(3);
	if (Number.isNaN(increment)) return addWide(call);
	if (!openForWrite(call)) return;
	const isFound = findField(call, 2);
	const end = hash.valueStart + hash.valueLength;
	const sum = increment + (isFound ? parseInteger(hash.valueBytes, hash.valueStart, end) : 0);
	if (!Number.isSafeInteger(sum)) return addWide(call);
	writeInteger(sum, digits, 0);
	store(call, isFound, digits, integerLength(sum));
	closeChanged(call, 1, "hincrby");
	call.reply.integer(sum);
}

/** Stores a number in the field of argument 2, which was looked for. */
function store(call: Call, isFound: boolean, text: Uint8Array, length: number): void {
	hash.put(isFound, call.bytes, call.start(2), call.length(2), text, 0, length, true);
	if (call.effects.isOn && !isFound && hash.isVolatile()) tellField(call, text, 0, length);
}

/** The same over all of int64, from the beginning. */
function addWide(call: Call): void {
	const { reply } = call;
	const increment = parseInt64(call.bytes, call.start(3), call.end(3));
	if (increment === undefined) return reply.error(NOT_AN_INTEGER);
	if (!openForWrite(call)) return;
	const isFound = findField(call, 2);
	const old = isFound ? parseInt64(hash.valueBytes, hash.valueStart, hash.valueStart + hash.valueLength) : 0n;
	if (old === undefined) return reply.error(HASH_VALUE_NOT_AN_INTEGER);
	const sum = old + increment;
	if (sum > INT64_MAX || sum < INT64_MIN) return reply.error(OVERFLOW);
	const text = bytesOf(sum.toString());
	store(call, isFound, text, text.length);
	closeChanged(call, 1, "hincrby");
	reply.bigInteger(sum);
}

function hincrbyfloat(call: Call): void {
	const { reply } = call;
	const increment = parseLongDouble(call.bytes, call.start(3), call.end(3));
	if (increment === undefined) return reply.error(NOT_A_FLOAT);
	if (!increment.isFinite()) return reply.error(INCREMENT_NAN_OR_INFINITY);
	if (!openForWrite(call)) return;
	const isFound = findField(call, 2);
	const old = isFound ? parseLongDouble(hash.valueBytes, hash.valueStart, hash.valueStart + hash.valueLength) : zero;
	if (old === undefined) return reply.error(HASH_VALUE_NOT_A_FLOAT);
	const sum = addLongDouble(old, increment);
	if (!sum.isFinite()) return reply.error(NAN_OR_INFINITY);
	const text = bytesOf(formatLongDouble(sum));
	const hasDeadline = isFound && hash.isVolatile() && hash.deadline() !== Infinity;
	store(call, isFound, text, text.length);
	closeChanged(call, 1, "hincrbyfloat");
	if (call.effects.isOn && !call.effects.isReplaced) {
		if (hasDeadline) tellValue(call, text, 0, text.length);
		else tellField(call, text, 0, text.length);
	}
	reply.bulkBytes(text);
}

export const numberCommands: readonly CommandRow[] = [
	{
		name: "hincrby",
		since: "2.0.0",
		group: "hash",
		complexity: "O(1)",
		summary: "Adds an integer to the one in a field of a hash, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE"), string("field"), integer("increment")],
		memberAt: 2,
		run: hincrby,
	},
	{
		name: "hincrbyfloat",
		since: "2.6.0",
		group: "hash",
		complexity: "O(1)",
		summary: "Adds a decimal number to the one in a field of a hash, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE"), string("field"), double("increment")],
		memberAt: 2,
		run: hincrbyfloat,
	},
];
