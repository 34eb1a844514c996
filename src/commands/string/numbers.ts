import { bytesOf } from "../../bytes/ascii.ts";
import { INT64_TEXT_MAX, integerLength, parseInt64, parseInteger, writeInteger } from "../../bytes/int64.ts";
import { addLongDouble, formatLongDouble, longDoubleOf, parseLongDouble } from "../../bytes/long-double.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import { double, integer, key } from "../../dispatch/grammar.ts";
import { EVENT_STRING } from "../../keyspace/change.ts";
import { KEEP_DEADLINE } from "../../keyspace/database.ts";
import {
	DECREMENT_OVERFLOW,
	NAN_OR_INFINITY,
	NOT_A_FLOAT,
	NOT_AN_INTEGER,
	OVERFLOW,
	WRONG_TYPE,
} from "../../resp/errors.ts";
import { EMBEDDED_STRING_KIND, STRING_KIND, StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import { KEEPTTL, SET } from "../effect-words.ts";

/**
 * Strings as numbers. They are kept as text, so counting is parsing, adding and writing: in plain numbers up to 2^53, and
 * in BigInt, which is exact over all of int64, where an operand or the sum lies beyond.
 */
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

const view = new StringView();
const digits = new Uint8Array(INT64_TEXT_MAX);
const zero = longDoubleOf(0);

function incr(call: Call): void {
	add(call, 1);
}

function decr(call: Call): void {
	add(call, -1);
}

function incrby(call: Call): void {
	const increment = call.integer(2);
	if (!Number.isNaN(increment)) return add(call, increment);
	const wide = parseInt64(call.bytes, call.start(2), call.end(2));
	if (wide === undefined) call.reply.error(NOT_AN_INTEGER);
	else addWide(call, wide);
}

function decrby(call: Call): void {
	const decrement = call.integer(2);
	if (!Number.isNaN(decrement)) return add(call, -decrement);
	const wide = parseInt64(call.bytes, call.start(2), call.end(2));
	if (wide === undefined) call.reply.error(NOT_AN_INTEGER);
	else if (wide === INT64_MIN) call.reply.error(DECREMENT_OVERFLOW);
	else addWide(call, -wide);
}

/** Points the view at the number at key 1, or at nothing where there is no key; false after an error reply. */
function loadNumber(call: Call): boolean {
	view.length = 0;
	if (!call.findForWrite(1)) return true;
	if (call.database.type() !== STRING) {
		call.reply.error(WRONG_TYPE);
		return false;
	}
	view.load(call.database.table);
	return true;
}

/** Whether the last find met no key. */
function isMissing(call: Call): boolean {
	return call.database.table.offset === 0;
}

function add(call: Call, increment: number): void {
	if (!loadNumber(call)) return;
	const old = isMissing(call) ? 0 : parseInteger(view.bytes, view.start, view.start + view.length);
	const sum = old + increment;
	if (!Number.isSafeInteger(sum)) return addWide(call, BigInt(increment));
	const { database } = call;
	const length = integerLength(sum);
	// A number of as many digits as before is written over the old one; a long string is never a number.
	if (length === view.length) {
		writeInteger(sum, view.bytes, view.start);
		database.table.setKind(STRING_KIND);
	} else {
		writeInteger(sum, digits, 0);
		database.putInline(STRING_KIND, digits, 0, length, KEEP_DEADLINE);
	}
	call.changed(1, EVENT_STRING, "incrby");
	call.reply.integer(sum);
}

function addWide(call: Call, increment: bigint): void {
	if (!loadNumber(call)) return;
	const old = isMissing(call) ? 0n : parseInt64(view.bytes, view.start, view.start + view.length);
	if (old === undefined) return call.reply.error(NOT_AN_INTEGER);
	const sum = old + increment;
	if (sum > INT64_MAX || sum < INT64_MIN) return call.reply.error(OVERFLOW);
	storeText(call, sum.toString(), STRING_KIND);
	call.changed(1, EVENT_STRING, "incrby");
	call.reply.bigInteger(sum);
}

function storeText(call: Call, text: string, kind: number): Uint8Array {
	const bytes = bytesOf(text);
	call.database.putString(kind, bytes, 0, bytes.length, KEEP_DEADLINE);
	return bytes;
}

function incrbyfloat(call: Call): void {
	const { bytes, reply } = call;
	if (!loadNumber(call)) return;
	const old = isMissing(call) ? zero : parseLongDouble(view.bytes, view.start, view.start + view.length);
	const increment = parseLongDouble(bytes, call.start(2), call.end(2));
	if (old === undefined || increment === undefined) return reply.error(NOT_A_FLOAT);
	const sum = addLongDouble(old, increment);
	if (!sum.isFinite()) return reply.error(NAN_OR_INFINITY);
	const text = storeText(call, formatLongDouble(sum), EMBEDDED_STRING_KIND);
	call.changed(1, EVENT_STRING, "incrbyfloat");
	if (call.effects.isOn) call.effect(4).word(SET).argument(call, 1).word(text).word(KEEPTTL);
	reply.bulkBytes(text);
}

export const numberCommands: readonly CommandRow[] = [
	{
		name: "incr",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Adds one to the integer stored at a key, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE")],
		run: incr,
	},
	{
		name: "decr",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Subtracts one from the integer stored at a key, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE")],
		run: decr,
	},
	{
		name: "incrby",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Adds an integer to the one stored at a key, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE"), integer("increment")],
		run: incrby,
	},
	{
		name: "decrby",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Subtracts an integer from the one stored at a key, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE"), integer("decrement")],
		run: decrby,
	},
	{
		name: "incrbyfloat",
		since: "2.6.0",
		group: "string",
		complexity: "O(1)",
		summary: "Adds a decimal number to the one stored at a key, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE"), double("increment")],
		run: incrbyfloat,
	},
];
