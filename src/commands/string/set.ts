import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { BRIEF, type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { integer, key, oneOf, optional, since, string, token, unixTime } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_STRING } from "../../keyspace/change.ts";
import { KEEP_DEADLINE } from "../../keyspace/database.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { STRING_KIND, StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import { DEL, PERSIST, PEXPIREAT, PXAT, SET } from "../effect-words.ts";
import { deadlineFrom, tellDeadlinePassed } from "../expiration.ts";
import {
	GETEX_OPTIONS,
	OPTION_GET,
	OPTION_KEEPTTL,
	OPTION_NX,
	OPTION_PERSIST,
	OPTION_XX,
	SET_OPTIONS,
	StringOptions,
} from "./options.ts";

/** Whole strings: read, stored, exchanged, with or without a deadline. */
const view = new StringView();
const options = new StringOptions();
const GET = bytesOf("get");

/** Finds the string at key 1 to read it; where there is none, replies null, or an error for another type. */
function findString(call: Call): boolean {
	if (!call.findForRead(1)) call.reply.null();
	else if (call.database.type() !== STRING) call.reply.error(WRONG_TYPE);
	else return true;
	return false;
}

/** Whether the last find met a key: behind a failed `findString`, one of another type. */
function found(call: Call): boolean {
	return call.database.table.offset !== 0;
}

function replyFound(call: Call): void {
	view.load(call.database.table);
	call.reply.bulk(view.bytes, view.start, view.length);
}

/** Stores an argument under key 1, which was looked up, and announces it. */
function store(call: Call, value: number, deadline_ms: number): void {
	call.database.putString(STRING_KIND, call.bytes, call.start(value), call.length(value), deadline_ms);
	call.changed(1, EVENT_STRING, "set");
}

function get(call: Call): void {
	if (findString(call)) replyFound(call);
}

function set(call: Call): void {
	if (call.argc > 3) return setWithOptions(call);
	call.findForWrite(1);
	store(call, 2, Infinity);
	call.reply.ok();
}

function setWithOptions(call: Call): void {
	if (!options.read(call, 3, SET_OPTIONS)) return;
	const expires = options.hasExpiration();
	const deadline_ms = expires ? options.deadline(call) : options.has(OPTION_KEEPTTL) ? KEEP_DEADLINE : Infinity;
	if (Number.isNaN(deadline_ms)) return;
	const returnsOld = options.has(OPTION_GET);
	if (!returnsOld) call.findForWrite(1);
	else if (findString(call)) replyFound(call);
	else if (found(call)) return;
	if (found(call) ? options.has(OPTION_NX) : options.has(OPTION_XX)) {
		if (!returnsOld) call.reply.null();
		return;
	}
	store(call, 2, deadline_ms);
	if (expires) call.alsoChanged(1, EVENT_GENERIC, "expire");
	if (call.effects.isOn) {
		if (expires) tellStored(call, 2, deadline_ms);
		else if (returnsOld) tellWithoutGet(call);
	}
	if (!returnsOld) call.reply.ok();
}

/** The effect of storing an argument until a moment. */
function tellStored(call: Call, value: number, deadline_ms: number): void {
	call.effect(5).word(SET).argument(call, 1).argument(call, value).word(PXAT).integer(deadline_ms);
}

/** The effect is the command itself, but nobody hears a reply. No other option has an argument that could be GET. */
function tellWithoutGet(call: Call): void {
	const { argc } = call;
	let words = argc;
	for (let i = 3; i < argc; i++) if (call.is(i, GET)) words--;
	const effect = call.effect(words);
	for (let i = 0; i < argc; i++) if (i < 3 || !call.is(i, GET)) effect.argument(call, i);
}

function setnx(call: Call): void {
	if (call.findForWrite(1)) return call.reply.integer(0);
	store(call, 2, Infinity);
	call.reply.integer(1);
}

function setex(call: Call): void {
	setWithSpan(call, 1000);
}

function psetex(call: Call): void {
	setWithSpan(call, 1);
}

function setWithSpan(call: Call, unit_ms: 1 | 1000): void {
	const deadline_ms = deadlineFrom(call, 2, unit_ms, false);
	if (Number.isNaN(deadline_ms)) return;
	call.findForWrite(1);
	store(call, 3, deadline_ms);
	call.alsoChanged(1, EVENT_GENERIC, "expire");
	if (call.effects.isOn) tellStored(call, 3, deadline_ms);
	call.reply.ok();
}

function getset(call: Call): void {
	if (findString(call)) replyFound(call);
	else if (found(call)) return;
	store(call, 2, Infinity);
	if (call.effects.isOn) call.effect(3).word(SET).argument(call, 1).argument(call, 2);
}

function getdel(call: Call): void {
	if (!findString(call)) return;
	replyFound(call);
	call.database.remove();
	call.changed(1, EVENT_GENERIC, "del");
	if (call.effects.isOn) call.effect(2).word(DEL).argument(call, 1);
}

/** The options are judged before the key is looked up, the time only where there is a string to expire. */
function getex(call: Call): void {
	if (!options.read(call, 2, GETEX_OPTIONS) || !findString(call)) return;
	const { database } = call;
	if (!options.hasExpiration()) {
		replyFound(call);
		if (!options.has(OPTION_PERSIST) || !database.clearDeadline()) return;
		call.changed(1, EVENT_GENERIC, "persist");
		if (call.effects.isOn) call.effect(2).word(PERSIST).argument(call, 1);
		return;
	}
	const deadline_ms = options.deadline(call);
	if (Number.isNaN(deadline_ms)) return;
	replyFound(call);
	if (deadline_ms <= call.keyspace.now_ms) {
		database.remove();
		call.changed(1, EVENT_GENERIC, "del");
		if (call.effects.isOn) tellDeadlinePassed(call);
	} else {
		database.setDeadline(deadline_ms);
		call.changed(1, EVENT_GENERIC, "expire");
		if (call.effects.isOn) call.effect(3).word(PEXPIREAT).argument(call, 1).integer(deadline_ms);
	}
}

export const setCommands: readonly CommandRow[] = [
	{
		name: "get",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Reads the string stored at a key.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS")],
		run: get,
	},
	{
		name: "set",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Stores a string at a key, whatever was there before.",
		flags: WRITE | DENYOOM | BRIEF,
		variableAccess: { words: ["get"], from: 3, present: "RW ACCESS UPDATE", absent: "OW UPDATE" },
		args: [
			key("RW ACCESS UPDATE VARIABLE_FLAGS"),
			string("value"),
			optional(oneOf("condition", token("nx"), token("xx")), "2.6.12"),
			optional(token("get"), "6.2.0"),
			optional(
				oneOf(
					"expiration",
					since("2.6.12", integer("seconds", "EX")),
					since("2.6.12", integer("milliseconds", "PX")),
					since("6.2.0", unixTime("unix-time-seconds", "EXAT")),
					since("6.2.0", unixTime("unix-time-milliseconds", "PXAT")),
					since("6.0.0", token("keepttl")),
				),
			),
		],
		history: [
			["2.6.12", "The options `EX`, `PX`, `NX` and `XX` came."],
			["6.0.0", "The option `KEEPTTL` came."],
			["6.2.0", "The options `GET`, `EXAT` and `PXAT` came."],
			["7.0.0", "`NX` and `GET` may be given together."],
		],
		run: set,
	},
	{
		name: "setnx",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Stores a string at a key that does not exist yet.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("OW INSERT"), string("value")],
		run: setnx,
	},
	{
		name: "setex",
		since: "2.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Stores a string that expires after so many seconds.",
		flags: WRITE | DENYOOM | BRIEF,
		args: [key("OW UPDATE"), integer("seconds"), string("value")],
		run: setex,
	},
	{
		name: "psetex",
		since: "2.6.0",
		group: "string",
		complexity: "O(1)",
		summary: "Stores a string that expires after so many milliseconds.",
		flags: WRITE | DENYOOM | BRIEF,
		args: [key("OW UPDATE"), integer("milliseconds"), string("value")],
		run: psetex,
	},
	{
		name: "getset",
		since: "1.0.0",
		group: "string",
		complexity: "O(1)",
		summary: "Stores a string and returns the one it replaces.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE"), string("value")],
		deprecatedSince: "6.2.0",
		replacedBy: "`SET` with the `!GET` argument",
		run: getset,
	},
	{
		name: "getdel",
		since: "6.2.0",
		group: "string",
		complexity: "O(1)",
		summary: "Reads the string stored at a key and deletes the key.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE")],
		run: getdel,
	},
	{
		name: "getex",
		since: "6.2.0",
		group: "string",
		complexity: "O(1)",
		summary: "Reads the string stored at a key and gives the key a deadline, or takes its deadline away.",
		flags: WRITE | FAST,
		args: [
			key("RW ACCESS UPDATE"),
			optional(
				oneOf(
					"expiration",
					integer("seconds", "EX"),
					integer("milliseconds", "PX"),
					unixTime("unix-time-seconds", "EXAT"),
					unixTime("unix-time-milliseconds", "PXAT"),
					token("persist"),
				),
			),
		],
		run: getex,
	},
];
