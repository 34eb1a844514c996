/** Members taken from either end. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, WRITE } from "../../dispatch/command.ts";
import { integer, key, optional } from "../../dispatch/grammar.ts";
import { MUST_BE_POSITIVE, SYNTAX_ERROR } from "../../resp/errors.ts";
import { closeChanged, openForWrite, sortedSet } from "./open.ts";
import { replyMember, replyMembers, replyScore } from "./replies.ts";

function zpopmin(call: Call): void {
	pop(call, false, "zpopmin");
}

function zpopmax(call: Call): void {
	pop(call, true, "zpopmax");
}

function pop(call: Call, isMax: boolean, event: string): void {
	const { argc, reply } = call;
	if (argc > 3) return reply.error(SYNTAX_ERROR);
	const wanted = argc === 3 ? call.clampedInteger(2) : 1;
	if (!(wanted >= 0)) return reply.error(MUST_BE_POSITIVE);
	if (!openForWrite(call)) return;
	const count = Math.min(wanted, sortedSet.count);
	if (count === 0) return reply.array(0);
	const rank = isMax ? sortedSet.count - 1 : 0;
	if (argc === 3) replyMembers(reply, sortedSet, rank, count, isMax, true);
	else {
		// Without a count the pair is not nested, in RESP3 either.
		reply.array(2);
		sortedSet.seek(rank);
		replyMember(reply, sortedSet);
		replyScore(reply, sortedSet.score);
	}
	sortedSet.removeRange(isMax ? rank - count + 1 : 0, count);
	closeChanged(call, count, event);
}

export const endCommands: readonly CommandRow[] = [
	{
		name: "zpopmin",
		since: "5.0.0",
		group: "sorted-set",
		complexity: "O(M*log N), M being the number of members taken and N how many the set has.",
		summary: "Takes the members with the lowest scores out of a sorted set.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE"), optional(integer("count"))],
		run: zpopmin,
	},
	{
		name: "zpopmax",
		since: "5.0.0",
		group: "sorted-set",
		complexity: "O(M*log N), M being the number of members taken and N how many the set has.",
		summary: "Takes the members with the highest scores out of a sorted set.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE"), optional(integer("count"))],
		run: zpopmax,
	},
];
