/** RESTORE: a key from the bytes that DUMP gave out, here or in another Redis. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, WRITE } from "../../dispatch/command.ts";
import { integer, key, optional, string, token } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC } from "../../keyspace/change.ts";
import { BadData } from "../../persistence/rdb/read/bad-data.ts";
import { isPayload, PayloadValue } from "../../persistence/rdb/read/payload.ts";
import { moveValue } from "../../persistence/rdb/read/rdb-loader.ts";
import {
	BAD_DATA_FORMAT,
	BUSY_KEY,
	DUMP_PAYLOAD_WRONG,
	FREQUENCY_INVALID,
	IDLE_TIME_INVALID,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
	TTL_INVALID,
} from "../../resp/errors.ts";
import { STRING_KIND } from "../../types/string.ts";
import { ABSTTL, DEL, RESTORE } from "../effect-words.ts";

const REPLACE_WORD = bytesOf("replace");
const ABSTTL_WORD = bytesOf("absttl");
const IDLETIME_WORD = bytesOf("idletime");
const FREQ_WORD = bytesOf("freq");
const FREQUENCY_MAX = 255;

/** The words behind the payload. */
class Options {
	replaces = false;
	isAbsolute = false;
	/** -1: not given. */
	idle_s = -1;
	frequency = -1;
}

/** Null after an error was replied. */
function optionsFrom(call: Call): Options | null {
	const options = new Options();
	for (let i = 4; i < call.argc; i++) {
		const hasValue = i + 1 < call.argc;
		if (call.is(i, REPLACE_WORD)) options.replaces = true;
		else if (call.is(i, ABSTTL_WORD)) options.isAbsolute = true;
		else if (call.is(i, IDLETIME_WORD) && hasValue && options.frequency < 0) {
			options.idle_s = numberFrom(call, ++i, Infinity, IDLE_TIME_INVALID);
			if (options.idle_s < 0) return null;
		} else if (call.is(i, FREQ_WORD) && hasValue && options.idle_s < 0) {
			options.frequency = numberFrom(call, ++i, FREQUENCY_MAX, FREQUENCY_INVALID);
			if (options.frequency < 0) return null;
		} else {
			call.reply.error(SYNTAX_ERROR);
			return null;
		}
	}
	return options;
}

/** A number from 0 to `max`, or -1 after an error was replied. */
function numberFrom(call: Call, argument: number, max: number, error: string): number {
	const value = call.clampedInteger(argument);
	if (value >= 0 && value <= max) return value;
	call.reply.error(Number.isNaN(value) ? NOT_AN_INTEGER : error);
	return -1;
}

/** Null where the payload holds no value that can be. */
function valueFrom(call: Call): PayloadValue | null {
	try {
		return new PayloadValue(call.bytes, call.start(3), call.end(3), call.database.table, call.keyspace.limits);
	} catch (failure) {
		if (failure instanceof BadData) return null;
		throw failure;
	}
}

/** Puts the value under the key in place of what is there, and announces it. */
function store(call: Call, value: PayloadValue, deadline_ms: number): void {
	const { database } = call;
	if (call.peek(1)) database.remove();
	call.peek(1);
	const { string } = value;
	if (string === null) moveValue(value.place, database, deadline_ms);
	else database.putString(STRING_KIND, string.bytes, string.start, string.length, deadline_ms);
	call.changed(1, EVENT_GENERIC, "restore");
}

/** A deadline that is over already: nothing is made, and what is there goes. */
function storeNothing(call: Call): void {
	if (call.peek(1)) {
		call.database.remove();
		call.changed(1, EVENT_GENERIC, "del");
		if (call.effects.isOn) call.effect(2).word(DEL).argument(call, 1);
	}
	call.reply.ok();
}

/** With a moment in place of the time to live. */
function tellMoment(call: Call, deadline_ms: number): void {
	const effect = call
		.effect(call.argc + 1)
		.word(RESTORE)
		.argument(call, 1)
		.integer(deadline_ms);
	for (let i = 3; i < call.argc; i++) effect.argument(call, i);
	effect.word(ABSTTL);
}

export function restoreCommand(): CommandRow {
	function restore(call: Call): void {
		const options = optionsFrom(call);
		if (options === null) return;
		if (call.peek(1) && !options.replaces) return call.reply.error(BUSY_KEY);
		const ttl_ms = numberFrom(call, 2, Infinity, TTL_INVALID);
		if (ttl_ms < 0) return;
		if (!isPayload(call.bytes, call.start(3), call.end(3))) return call.reply.error(DUMP_PAYLOAD_WRONG);
		const value = valueFrom(call);
		if (value === null) return call.reply.error(BAD_DATA_FORMAT);
		const { now_ms, wall_ms } = call.keyspace;
		const isRelative = ttl_ms > 0 && !options.isAbsolute;
		const deadline_ms = ttl_ms === 0 ? Infinity : isRelative ? ttl_ms + wall_ms : ttl_ms;
		if (deadline_ms <= now_ms) return storeNothing(call);
		store(call, value, deadline_ms);
		const { table } = call.database;
		table.setStamp(call.keyspace.toldStamp(table.stamp(), options.idle_s, options.frequency));
		if (isRelative && call.effects.isOn) tellMoment(call, deadline_ms);
		call.reply.ok();
	}

	return {
		name: "restore",
		since: "2.6.0",
		group: "generic",
		complexity: "O(N), N being the size of the value; O(N*log(N)) for sorted sets.",
		summary: "Makes a key of the bytes that DUMP gave out.",
		flags: WRITE | DENYOOM,
		categories: ["dangerous"],
		args: [
			key("OW UPDATE"),
			integer("ttl"),
			string("serialized-value"),
			optional(token("replace"), "3.0.0"),
			optional(token("absttl"), "5.0.0"),
			optional(integer("seconds", "IDLETIME"), "5.0.0"),
			optional(integer("frequency", "FREQ"), "5.0.0"),
		],
		history: [
			["3.0.0", "Takes REPLACE."],
			["5.0.0", "Takes ABSTTL."],
			["5.0.0", "Takes IDLETIME and FREQ."],
		],
		run: restore,
	};
}
