/**
 * Deadlines of fields, by commands of Redis 7.4. A field lives through the millisecond of its deadline; one that is given
 * a deadline not ahead of it is removed on the spot.
 */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { type Argument, integer, key, oneOf, optional, token, unixTime } from "../../dispatch/grammar.ts";
import { EVENT_HASH } from "../../keyspace/change.ts";
import { EXPIRE_FIELD_COUNT_NOT_POSITIVE, FIELD_COUNT_NOT_POSITIVE } from "../../resp/errors.ts";
import { allows, IF_ANY, IF_EARLIER, IF_LATER, IF_NONE } from "../generic/expire.ts";
import { changedFields, tellDeadlines, tellPersisted } from "./effects.ts";
import { fieldDeadlineFrom, fieldsArgument, fieldsFrom } from "./fields.ts";
import { closeChanged, findField, hash, openForRead, openForWrite } from "./open.ts";

const NX = bytesOf("nx");
const XX = bytesOf("xx");
const GT = bytesOf("gt");
const LT = bytesOf("lt");

/** Replies for one field. */
const NO_FIELD = -2;
const NO_DEADLINE = -1;
const REFUSED = 0;
export const DONE = 1;
export const REMOVED = 2;

function expire(call: Call, unit_ms: 1 | 1000, isAbsolute: boolean): void {
	const { database, reply } = call;
	if (!openForWrite(call)) return;
	const deadline_ms = fieldDeadlineFrom(call, 2, unit_ms, isAbsolute);
	if (Number.isNaN(deadline_ms)) return;
	const condition = conditionAt(call, 3);
	const first = fieldsFrom(call, condition === 0 ? 3 : 4, EXPIRE_FIELD_COUNT_NOT_POSITIVE);
	if (first === 0) return;
	reply.array(call.argc - first);
	hash.becomeVolatile();
	let updated = 0;
	let removed = 0;
	for (let i = first; i < call.argc; i++) {
		const outcome = findField(call, i) ? expireFound(call, condition, deadline_ms) : NO_FIELD;
		if (outcome === DONE) updated++;
		else if (outcome === REMOVED) removed++;
		if (call.effects.isOn && (outcome === DONE || outcome === REMOVED)) changedFields.push(i);
		reply.integer(outcome);
	}
	if (updated > 0) database.scheduleFields();
	if (updated + removed === 0) return;
	closeChanged(call, updated + removed, removed > 0 ? "hdel" : "hexpire");
	if (call.effects.isOn) tellDeadlines(call, deadline_ms);
}

/** Gives the field found last a deadline, or removes it where that is over; `condition` as bits, 0 for none. */
export function expireFound(call: Call, condition: number, deadline_ms: number): number {
	if (condition !== 0 && !allows(condition, hash.deadline(), deadline_ms)) return REFUSED;
	if (deadline_ms <= call.keyspace.now_ms) {
		hash.removeFound();
		return REMOVED;
	}
	hash.setDeadline(deadline_ms);
	return DONE;
}

function conditionAt(call: Call, argument: number): number {
	if (call.is(argument, NX)) return IF_NONE;
	if (call.is(argument, XX)) return IF_ANY;
	if (call.is(argument, GT)) return IF_LATER;
	return call.is(argument, LT) ? IF_EARLIER : 0;
}

function hexpire(call: Call): void {
	expire(call, 1000, false);
}

function hpexpire(call: Call): void {
	expire(call, 1, false);
}

function hexpireat(call: Call): void {
	expire(call, 1000, true);
}

function hpexpireat(call: Call): void {
	expire(call, 1, true);
}

/** Replies with the time of each field, from `base_ms` on, in units of `unit_ms`, begun ones counting in full. */
function replyTimes(call: Call, unit_ms: number, base_ms: number): void {
	const { reply } = call;
	if (!openForRead(call)) return;
	const first = fieldsFrom(call, 2, FIELD_COUNT_NOT_POSITIVE);
	if (first === 0) return;
	reply.array(call.argc - first);
	for (let i = first; i < call.argc; i++) {
		const deadline_ms = findField(call, i) ? hash.deadline() : NO_FIELD;
		if (deadline_ms === NO_FIELD) reply.integer(NO_FIELD);
		else if (deadline_ms === Infinity) reply.integer(NO_DEADLINE);
		else reply.integer(Math.ceil((deadline_ms - base_ms) / unit_ms));
	}
}

function httl(call: Call): void {
	replyTimes(call, 1000, call.keyspace.now_ms);
}

function hpttl(call: Call): void {
	replyTimes(call, 1, call.keyspace.now_ms);
}

function hexpiretime(call: Call): void {
	replyTimes(call, 1000, 0);
}

function hpexpiretime(call: Call): void {
	replyTimes(call, 1, 0);
}

function hpersist(call: Call): void {
	const { reply } = call;
	if (!openForWrite(call)) return;
	const first = fieldsFrom(call, 2, FIELD_COUNT_NOT_POSITIVE);
	if (first === 0) return;
	reply.array(call.argc - first);
	let changes = 0;
	for (let i = first; i < call.argc; i++) {
		const outcome = findField(call, i) ? persistFound() : NO_FIELD;
		if (outcome === DONE) {
			changes++;
			if (call.effects.isOn) changedFields.push(i);
		}
		reply.integer(outcome);
	}
	if (changes === 0) return;
	call.changed(1, EVENT_HASH, "hpersist");
	if (call.effects.isOn) tellPersisted(call);
}

/** Takes the deadline from the field found last. */
export function persistFound(): number {
	if (hash.deadline() === Infinity) return NO_DEADLINE;
	hash.setDeadline(Infinity);
	return DONE;
}

const condition = optional(oneOf("condition", token("nx"), token("xx"), token("gt"), token("lt")));

function expireRow(name: string, summary: string, time: Argument, run: (call: Call) => void): CommandRow {
	return {
		name,
		since: "7.4.0",
		group: "hash",
		complexity: "O(N), N being the number of fields given.",
		summary,
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW UPDATE"), time, condition, fieldsArgument],
		run,
	};
}

function timeRow(name: string, summary: string, tips: readonly string[], run: (call: Call) => void): CommandRow {
	return {
		name,
		since: "7.4.0",
		group: "hash",
		complexity: "O(N), N being the number of fields given.",
		summary,
		flags: READONLY | FAST,
		args: [key("RO ACCESS"), fieldsArgument],
		tips,
		run,
	};
}

const changing = ["nondeterministic_output"];

export const expireCommands: readonly CommandRow[] = [
	expireRow("hexpire", "Lets fields of a hash live so many seconds more.", integer("seconds"), hexpire),
	expireRow("hpexpire", "Lets fields of a hash live so many milliseconds more.", integer("milliseconds"), hpexpire),
	expireRow(
		"hexpireat",
		"Lets fields of a hash live until a moment given in seconds since 1970.",
		unixTime("unix-time-seconds"),
		hexpireat,
	),
	expireRow(
		"hpexpireat",
		"Lets fields of a hash live until a moment given in milliseconds since 1970.",
		unixTime("unix-time-milliseconds"),
		hpexpireat,
	),
	timeRow("httl", "Tells how many seconds fields of a hash still live.", changing, httl),
	timeRow("hpttl", "Tells how many milliseconds fields of a hash still live.", changing, hpttl),
	timeRow("hexpiretime", "Tells when fields of a hash expire, in seconds since 1970.", [], hexpiretime),
	timeRow("hpexpiretime", "Tells when fields of a hash expire, in milliseconds since 1970.", [], hpexpiretime),
	{
		name: "hpersist",
		since: "7.4.0",
		group: "hash",
		complexity: "O(N), N being the number of fields given.",
		summary: "Takes their deadlines from fields of a hash, which then stay.",
		flags: WRITE | FAST,
		args: [key("RW UPDATE"), fieldsArgument],
		run: hpersist,
	},
];
