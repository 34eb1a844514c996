/** Members drawn at random, each equally likely, with or without taking them out. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { integer, key, optional, since } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_SET } from "../../keyspace/change.ts";
import { KEEP_DEADLINE } from "../../keyspace/database.ts";
import {
	INT64_OUT_OF_RANGE,
	MUST_BE_POSITIVE,
	NOT_AN_INTEGER,
	OUT_OF_RANGE,
	SYNTAX_ERROR,
	WRONG_TYPE,
} from "../../resp/errors.ts";
import { HASHTABLE, LISTPACK } from "../../types/set/encodings.ts";
import { MemberBatch, MemberSet } from "../../types/set.ts";
import { SET } from "../../types/type.ts";
import { DEL, SREM } from "../effect-words.ts";
import { replyMembers } from "./reply-members.ts";

/** As Redis: a hashtable that keeps less than a sixth of its members becomes a new set, perhaps a listpack. */
const POPPED_TO_KEPT = 5;
/** Where fewer than one member of so many is wanted, drawing until all are different beats looking at each. */
const MEMBERS_TO_DRAWN = 3;
const INT64_MIN = "-9223372036854775808";
/** A reply may be as long as the longest string. Redis would try to write any, and run out of memory. */
const REPLY_BYTES_MAX = 2 ** 29;
const BULK_BYTES_MIN = 6;

const set = new MemberSet();
const other = new MemberSet();
const batch = new MemberBatch();

function spop(call: Call): void {
	const { database, keyspace, reply } = call;
	if (call.argc === 3) return popMany(call);
	if (call.argc > 3) return reply.error(SYNTAX_ERROR);
	if (!call.findForWrite(1)) return reply.null();
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, keyspace.limits);
	set.seekRandom(keyspace.random);
	reply.bulk(set.bytes, set.start, set.length);
	if (call.effects.isOn) call.effect(3).word(SREM).argument(call, 1).range(set.bytes, set.start, set.length);
	set.removeCurrent();
	announcePop(call, set.close(), 1);
}

function announcePop(call: Call, isGone: boolean, count: number): void {
	call.changed(1, EVENT_SET, "spop");
	if (isGone) call.alsoChanged(1, EVENT_GENERIC, "del");
	call.keyspace.changes.dirty += count - 1;
}

function popMany(call: Call): void {
	const { database, keyspace, reply } = call;
	const wanted = call.clampedInteger(2);
	if (!(wanted >= 0)) return reply.error(MUST_BE_POSITIVE);
	if (!call.findForWrite(1)) return reply.set(0);
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	if (wanted === 0) return reply.set(0);
	set.open(database, keyspace.limits);
	const count = Math.min(wanted, set.count);
	const kept = set.count - count;
	reply.set(count);
	const first = reply.length;
	if (kept === 0) {
		replyMembers(reply, set);
		database.remove();
	} else if (set.encoding === HASHTABLE && kept * POPPED_TO_KEPT <= count) keep(call, kept);
	else popEach(call, count);
	set.close();
	announcePop(call, kept === 0, count);
	if (!call.effects.isOn) return;
	if (kept === 0) call.effect(2).word(DEL).argument(call, 1);
	else tellRemoved(call, first, count);
}

/** The effect of taking out the members that are replied from this place on. */
function tellRemoved(call: Call, first: number, count: number): void {
	const { reply } = call;
	call
		.effect(2 + count)
		.word(SREM)
		.argument(call, 1)
		.bulks(reply.bytes, first, reply.length, count);
}

function popEach(call: Call, count: number): void {
	const { random } = call.keyspace;
	for (; count > 0; count--) {
		set.seekRandom(random);
		call.reply.bulk(set.bytes, set.start, set.length);
		set.removeCurrent();
	}
}

/** Draws those that stay, and replies with all others. */
function keep(call: Call, count: number): void {
	const { database, keyspace } = call;
	other.begin(database.table, keyspace.limits, LISTPACK);
	for (; count > 0; count--) {
		set.seekRandom(keyspace.random);
		other.add(set.bytes, set.start, set.length);
		set.removeCurrent();
	}
	replyMembers(call.reply, set);
	other.store(database, KEEP_DEADLINE);
}

function srandmember(call: Call): void {
	const { database, keyspace, reply } = call;
	if (call.argc === 3) return drawMany(call);
	if (call.argc > 3) return reply.error(SYNTAX_ERROR);
	if (!call.findForRead(1)) return reply.null();
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, keyspace.limits);
	set.seekRandom(keyspace.random);
	reply.bulk(set.bytes, set.start, set.length);
	set.close();
}

function drawMany(call: Call): void {
	const { database, reply } = call;
	const count = call.clampedInteger(2);
	if (Number.isNaN(count)) return reply.error(NOT_AN_INTEGER);
	if (count === Number.MIN_SAFE_INTEGER && call.latin1(2) === INT64_MIN) return reply.error(INT64_OUT_OF_RANGE);
	if (!call.findForRead(1)) return reply.array(0);
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	if (count === 0) return reply.array(0);
	set.open(database, call.keyspace.limits);
	if (count < 0) drawWithRepeats(call, -count);
	else if (count >= set.count) {
		reply.array(set.count);
		replyMembers(reply, set);
	} else if (set.isBig() && count * MEMBERS_TO_DRAWN <= set.count) drawDistinct(call, count);
	else sample(call, count);
	set.close();
}

function drawWithRepeats(call: Call, count: number): void {
	const { keyspace, reply } = call;
	const { random } = keyspace;
	if (count > REPLY_BYTES_MAX / BULK_BYTES_MIN) return reply.error(OUT_OF_RANGE);
	const mark = reply.length;
	reply.array(count);
	for (; count > 0; count--) {
		set.seekRandom(random);
		reply.bulk(set.bytes, set.start, set.length);
		if (reply.length - mark <= REPLY_BYTES_MAX) continue;
		reply.truncate(mark);
		return reply.error(OUT_OF_RANGE);
	}
}

/** Draws again where a member has come before. */
function drawDistinct(call: Call, count: number): void {
	const { database, keyspace, reply } = call;
	other.begin(database.table, keyspace.limits, LISTPACK);
	reply.array(count);
	while (other.count < count) {
		set.seekRandom(keyspace.random);
		if (other.add(set.bytes, set.start, set.length)) reply.bulk(set.bytes, set.start, set.length);
	}
	other.close();
}

/** Goes through all members and takes each with the chance that is left to it. */
function sample(call: Call, count: number): void {
	const { keyspace, reply } = call;
	const { random } = keyspace;
	let left = set.count;
	let wanted = count;
	reply.array(count);
	set.rewind();
	while (wanted > 0 && set.read(batch)) {
		let taken = 0;
		for (let i = 0; i < batch.count; i++, left--) {
			if (random.below(left) >= wanted) continue;
			batch.move(i, taken++);
			wanted--;
		}
		reply.bulks(batch.bytes, batch.starts, batch.lengths, taken);
	}
	batch.clear();
}

export const randomCommands: readonly CommandRow[] = [
	{
		name: "spop",
		since: "1.0.0",
		group: "set",
		complexity: "O(1), with a count O(N), N being that count.",
		summary: "Takes random members out of a set.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE"), optional(since("3.2.0", integer("count")))],
		tips: ["nondeterministic_output"],
		history: [["3.2.0", "The `count` came."]],
		run: spop,
	},
	{
		name: "srandmember",
		since: "1.0.0",
		group: "set",
		complexity: "O(1), with a count O(N), N being its magnitude.",
		summary: "Returns random members of a set; the same may come several times where the count is negative.",
		flags: READONLY,
		args: [key("RO ACCESS"), optional(since("2.6.0", integer("count")))],
		tips: ["nondeterministic_output"],
		history: [["2.6.0", "The `count` came."]],
		run: srandmember,
	},
];
