/** Members drawn at random, each equally likely. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { block, integer, key, optional, token } from "../../dispatch/grammar.ts";
import { INT64_OUT_OF_RANGE, NOT_AN_INTEGER, OUT_OF_RANGE, SYNTAX_ERROR } from "../../resp/errors.ts";
import { openForRead, sortedSet } from "./open.ts";
import { replyMember, replyMembers, replyPair, replyPairs } from "./replies.ts";

const WITHSCORES = bytesOf("withscores");

const INT64_MAX = 2n ** 63n - 1n;
/** Where fewer than one member of so many is wanted, drawing until all are different beats going through them. */
const MEMBERS_TO_DRAWN = 3;
/** A reply may be as long as the longest string. Redis would try to write any, and run out of memory. */
const REPLY_BYTES_MAX = 2 ** 29;
const BULK_BYTES_MIN = 6;

function zrandmember(call: Call): void {
	if (call.argc > 2) return drawMany(call);
	if (!openForRead(call)) return;
	if (sortedSet.count === 0) return call.reply.null();
	sortedSet.seekRandom(call.keyspace.random);
	replyMember(call.reply, sortedSet);
}

function drawMany(call: Call): void {
	const { argc, reply } = call;
	const wide = parseInt64(call.bytes, call.start(2), call.end(2));
	if (wide === undefined) return reply.error(NOT_AN_INTEGER);
	if (wide < -INT64_MAX) return reply.error(INT64_OUT_OF_RANGE);
	const withScores = argc > 3;
	if (withScores && (argc > 4 || !call.is(3, WITHSCORES))) return reply.error(SYNTAX_ERROR);
	// Twice the number would be one no more.
	if (withScores && (wide < -INT64_MAX / 2n || wide > INT64_MAX / 2n)) return reply.error(OUT_OF_RANGE);
	if (!openForRead(call)) return;
	if (sortedSet.count === 0) return reply.array(0);
	const count = Number(wide);
	if (count < 0) drawWithRepeats(call, -count, withScores);
	else if (count * MEMBERS_TO_DRAWN <= sortedSet.count) drawDistinct(call, count, withScores);
	else if (count < sortedSet.count) sample(call, count, withScores);
	// All of them come as Redis walks through them, from the last to the first.
	else replyMembers(reply, sortedSet, sortedSet.count - 1, sortedSet.count, true, withScores);
}

/** Announces so many members, each with its score where that is wanted. */
function replyLength({ reply }: Call, count: number, withScores: boolean): void {
	if (withScores) replyPairs(reply, count);
	else reply.array(count);
}

/** The member at the set's cursor. */
function replyDrawn({ reply }: Call, withScores: boolean): void {
	if (withScores) replyPair(reply, sortedSet);
	else replyMember(reply, sortedSet);
}

function drawWithRepeats(call: Call, count: number, withScores: boolean): void {
	const { keyspace, reply } = call;
	if (count > REPLY_BYTES_MAX / BULK_BYTES_MIN) return reply.error(OUT_OF_RANGE);
	const mark = reply.length;
	replyLength(call, count, withScores);
	for (let left = count; left > 0; left--) {
		sortedSet.seekRandom(keyspace.random);
		replyDrawn(call, withScores);
		if (reply.length - mark <= REPLY_BYTES_MAX) continue;
		reply.truncate(mark);
		return reply.error(OUT_OF_RANGE);
	}
}

/** Draws again where a rank has come before. */
function drawDistinct(call: Call, count: number, withScores: boolean): void {
	const { random } = call.keyspace;
	const drawn = new Set<number>();
	replyLength(call, count, withScores);
	while (drawn.size < count) {
		const rank = random.below(sortedSet.count);
		if (drawn.has(rank)) continue;
		drawn.add(rank);
		sortedSet.seek(rank);
		replyDrawn(call, withScores);
	}
}

/** Goes through all members in order and takes each with the chance that is left to it. */
function sample(call: Call, count: number, withScores: boolean): void {
	const { random } = call.keyspace;
	replyLength(call, count, withScores);
	let wanted = count;
	for (let rank = 0, there = sortedSet.seek(0); there && wanted > 0; rank++, there = sortedSet.next()) {
		if (random.below(sortedSet.count - rank) >= wanted) continue;
		replyDrawn(call, withScores);
		wanted--;
	}
}

export const randomCommands: readonly CommandRow[] = [
	{
		name: "zrandmember",
		since: "6.2.0",
		group: "sorted-set",
		complexity: "O(N), N being the number of members returned.",
		summary: "Returns random members of a sorted set; the same may come several times where the count is negative.",
		flags: READONLY,
		args: [key("RO ACCESS"), optional(block("options", integer("count"), optional(token("withscores"))))],
		tips: ["nondeterministic_output"],
		run: zrandmember,
	},
];
