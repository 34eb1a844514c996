/**
 * Times to live. A deadline is a moment in whole milliseconds; a key lives through the millisecond of its deadline, and
 * one that is given a deadline not ahead of it is deleted on the spot.
 */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { type Argument, integer, key, oneOf, optional, token, unixTime } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC } from "../../keyspace/change.ts";
import { EXPIRE_GT_AND_LT, EXPIRE_NX_AND_OTHERS, unsupportedOption } from "../../resp/errors.ts";
import { PEXPIREAT } from "../effect-words.ts";
import { signedDeadlineFrom, tellDeadlinePassed } from "../expiration.ts";

const NX = bytesOf("nx");
const XX = bytesOf("xx");
const GT = bytesOf("gt");
const LT = bytesOf("lt");

/** Conditions as bits. */
export const IF_NONE = 1;
export const IF_ANY = 2;
export const IF_LATER = 4;
export const IF_EARLIER = 8;

/** Replies of the TTL family where there is no time to tell. */
const NO_KEY = -2;
const NO_DEADLINE = -1;

function expire(call: Call, unit_ms: 1 | 1000, isAbsolute: boolean): void {
	const conditions = call.argc === 3 ? 0 : conditionsFrom(call);
	if (conditions < 0) return;
	const deadline_ms = signedDeadlineFrom(call, 2, unit_ms, isAbsolute);
	if (Number.isNaN(deadline_ms)) return;
	if (!call.findForWrite(1)) return call.reply.integer(0);
	const { database } = call;
	if (conditions !== 0 && !allows(conditions, database.deadline(), deadline_ms)) return call.reply.integer(0);
	if (deadline_ms <= call.keyspace.now_ms) {
		database.remove();
		call.changed(1, EVENT_GENERIC, "del");
		if (call.effects.isOn) tellDeadlinePassed(call);
	} else {
		database.setDeadline(deadline_ms);
		call.changed(1, EVENT_GENERIC, "expire");
		if (call.effects.isOn && (unit_ms !== 1 || !isAbsolute)) tellDeadline(call, deadline_ms);
	}
	call.reply.integer(1);
}

/** PEXPIREAT is the effect of the others of its family. The conditions stay: they were met, and will be again. */
function tellDeadline(call: Call, deadline_ms: number): void {
	const effect = call.effect(call.argc).word(PEXPIREAT).argument(call, 1).integer(deadline_ms);
	for (let i = 3; i < call.argc; i++) effect.argument(call, i);
}

/** The words behind the time, as bits; -1 where they are unknown or contradict each other, which is then replied. */
function conditionsFrom(call: Call): number {
	let conditions = 0;
	for (let i = 3; i < call.argc; i++) {
		if (call.is(i, NX)) conditions |= IF_NONE;
		else if (call.is(i, XX)) conditions |= IF_ANY;
		else if (call.is(i, GT)) conditions |= IF_LATER;
		else if (call.is(i, LT)) conditions |= IF_EARLIER;
		else {
			call.reply.error(unsupportedOption(call.latin1(i)));
			return -1;
		}
	}
	if ((conditions & IF_NONE) !== 0 && conditions !== IF_NONE) {
		call.reply.error(EXPIRE_NX_AND_OTHERS);
		return -1;
	}
	if ((conditions & IF_LATER) !== 0 && (conditions & IF_EARLIER) !== 0) {
		call.reply.error(EXPIRE_GT_AND_LT);
		return -1;
	}
	return conditions;
}

/** Having no deadline counts as one that never comes, Infinity. */
export function allows(conditions: number, old_ms: number, new_ms: number): boolean {
	if ((conditions & IF_NONE) !== 0 && old_ms !== Infinity) return false;
	if ((conditions & IF_ANY) !== 0 && old_ms === Infinity) return false;
	if ((conditions & IF_LATER) !== 0 && new_ms <= old_ms) return false;
	return (conditions & IF_EARLIER) === 0 || new_ms < old_ms;
}

function expireSeconds(call: Call): void {
	expire(call, 1000, false);
}

function expireMilliseconds(call: Call): void {
	expire(call, 1, false);
}

function expireAtSeconds(call: Call): void {
	expire(call, 1000, true);
}

function expireAtMilliseconds(call: Call): void {
	expire(call, 1, true);
}

/** The deadline of the key in argument 1, or the reply that says there is none. */
function deadlineOf(call: Call): number {
	if (!call.findUntouched(1)) return NO_KEY;
	const deadline_ms = call.database.deadline();
	return deadline_ms === Infinity ? NO_DEADLINE : deadline_ms;
}

function roundToSeconds(time_ms: number): number {
	return Math.floor((time_ms + 500) / 1000);
}

function replyTime(call: Call, time: number): void {
	if (time <= Number.MAX_SAFE_INTEGER) call.reply.integer(time);
	else call.reply.bigInteger(BigInt(time));
}

function ttl(call: Call): void {
	const deadline_ms = deadlineOf(call);
	replyTime(call, deadline_ms < 0 ? deadline_ms : roundToSeconds(deadline_ms - call.keyspace.now_ms));
}

function pttl(call: Call): void {
	const deadline_ms = deadlineOf(call);
	replyTime(call, deadline_ms < 0 ? deadline_ms : deadline_ms - call.keyspace.now_ms);
}

function expiretime(call: Call): void {
	const deadline_ms = deadlineOf(call);
	replyTime(call, deadline_ms < 0 ? deadline_ms : roundToSeconds(deadline_ms));
}

function pexpiretime(call: Call): void {
	replyTime(call, deadlineOf(call));
}

function persist(call: Call): void {
	if (!call.findForWrite(1) || !call.database.clearDeadline()) return call.reply.integer(0);
	call.changed(1, EVENT_GENERIC, "persist");
	call.reply.integer(1);
}

function expireRow(
	name: string,
	since: string,
	summary: string,
	time: Argument,
	run: (call: Call) => void,
): CommandRow {
	return {
		name,
		since,
		group: "generic",
		complexity: "O(1)",
		summary,
		flags: WRITE | FAST,
		args: [
			key("RW UPDATE"),
			time,
			optional(oneOf("condition", token("nx"), token("xx"), token("gt"), token("lt")), "7.0.0"),
		],
		history: [["7.0.0", "The conditions `NX`, `XX`, `GT` and `LT` came."]],
		run,
	};
}

export const expireCommands: readonly CommandRow[] = [
	expireRow("expire", "1.0.0", "Lets a key live so many seconds more.", integer("seconds"), expireSeconds),
	expireRow(
		"pexpire",
		"2.6.0",
		"Lets a key live so many milliseconds more.",
		integer("milliseconds"),
		expireMilliseconds,
	),
	expireRow(
		"expireat",
		"1.2.0",
		"Lets a key live until a moment given in seconds since 1970.",
		unixTime("unix-time-seconds"),
		expireAtSeconds,
	),
	expireRow(
		"pexpireat",
		"2.6.0",
		"Lets a key live until a moment given in milliseconds since 1970.",
		unixTime("unix-time-milliseconds"),
		expireAtMilliseconds,
	),
	{
		name: "ttl",
		since: "1.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Tells how many seconds a key still lives.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS")],
		tips: ["nondeterministic_output"],
		history: [["2.8.0", "-2 tells a missing key from one that does not expire."]],
		run: ttl,
	},
	{
		name: "pttl",
		since: "2.6.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Tells how many milliseconds a key still lives.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS")],
		tips: ["nondeterministic_output"],
		history: [["2.8.0", "-2 tells a missing key from one that does not expire."]],
		run: pttl,
	},
	{
		name: "expiretime",
		since: "7.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Tells when a key expires, in seconds since 1970.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS")],
		run: expiretime,
	},
	{
		name: "pexpiretime",
		since: "7.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Tells when a key expires, in milliseconds since 1970.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS")],
		run: pexpiretime,
	},
	{
		name: "persist",
		since: "2.2.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Takes the time to live from a key, which then stays.",
		flags: WRITE | FAST,
		args: [key("RW UPDATE")],
		run: persist,
	},
];
