/** Single members: their scores, their ranks, their removal; and how many there are. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { key, many, optional, string, token } from "../../dispatch/grammar.ts";
import { SYNTAX_ERROR, wrongArity } from "../../resp/errors.ts";
import { closeChanged, openForRead, openForWrite, sortedSet } from "./open.ts";
import { replyScore } from "./replies.ts";

const WITHSCORE = bytesOf("withscore");

function zcard(call: Call): void {
	if (openForRead(call)) call.reply.integer(sortedSet.count);
}

function zscore(call: Call): void {
	if (openForRead(call)) replyScoreOf(call, 2);
}

function zmscore(call: Call): void {
	if (!openForRead(call)) return;
	call.reply.array(call.argc - 2);
	for (let i = 2; i < call.argc; i++) replyScoreOf(call, i);
}

function replyScoreOf(call: Call, argument: number): void {
	if (!sortedSet.find(call.bytes, call.start(argument), call.length(argument))) call.reply.null();
	else replyScore(call.reply, sortedSet.score);
}

function zrank(call: Call): void {
	replyRank(call, false);
}

function zrevrank(call: Call): void {
	replyRank(call, true);
}

function replyRank(call: Call, isReverse: boolean): void {
	const { argc, reply } = call;
	if (argc > 4) return reply.error(wrongArity(call.command.fullName));
	const withScore = argc === 4;
	if (withScore && !call.is(3, WITHSCORE)) return reply.error(SYNTAX_ERROR);
	if (!openForRead(call)) return;
	const rank = sortedSet.rankOf(call.bytes, call.start(2), call.length(2));
	if (rank < 0) {
		if (withScore) reply.nullArray();
		else reply.null();
		return;
	}
	if (withScore) reply.array(2);
	reply.integer(isReverse ? sortedSet.count - 1 - rank : rank);
	if (withScore) replyScore(reply, sortedSet.score);
}

function zrem(call: Call): void {
	if (!openForWrite(call)) return;
	let removed = 0;
	for (let i = 2; i < call.argc && sortedSet.count > 0; i++) {
		if (sortedSet.remove(call.bytes, call.start(i), call.length(i))) removed++;
	}
	if (removed > 0) closeChanged(call, removed, "zrem");
	call.reply.integer(removed);
}

const rankArguments = [key("RO ACCESS"), string("member"), optional(token("withscore"), "7.2.0")];
const rankHistory = [["7.2.0", "The option `WITHSCORE` came."]] as const;

export const memberCommands: readonly CommandRow[] = [
	{
		name: "zcard",
		since: "1.2.0",
		group: "sorted-set",
		complexity: "O(1)",
		summary: "Tells how many members a sorted set has.",
		flags: READONLY | FAST,
		args: [key("RO")],
		run: zcard,
	},
	{
		name: "zscore",
		since: "1.2.0",
		group: "sorted-set",
		complexity: "O(1)",
		summary: "Tells the score of a member.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS"), string("member")],
		memberAt: 2,
		run: zscore,
	},
	{
		name: "zmscore",
		since: "6.2.0",
		group: "sorted-set",
		complexity: "O(N), N being the number of members asked for.",
		summary: "Tells the scores of several members.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS"), many(string("member"))],
		memberAt: 2,
		run: zmscore,
	},
	{
		name: "zrank",
		since: "2.0.0",
		group: "sorted-set",
		complexity: "O(log N), N being how many members the set has.",
		summary: "Tells how many members come before one.",
		flags: READONLY | FAST,
		args: rankArguments,
		history: rankHistory,
		memberAt: 2,
		run: zrank,
	},
	{
		name: "zrevrank",
		since: "2.0.0",
		group: "sorted-set",
		complexity: "O(log N), N being how many members the set has.",
		summary: "Tells how many members come behind one.",
		flags: READONLY | FAST,
		args: rankArguments,
		history: rankHistory,
		memberAt: 2,
		run: zrevrank,
	},
	{
		name: "zrem",
		since: "1.2.0",
		group: "sorted-set",
		complexity: "O(M*log N), M being the number of members removed and N how many the set has.",
		summary: "Removes members from a sorted set.",
		flags: WRITE | FAST,
		args: [key("RW DELETE"), many(string("member"))],
		history: [["2.4.0", "Takes more than one member."]],
		memberAt: 2,
		run: zrem,
	},
];
