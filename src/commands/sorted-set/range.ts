/** Ranges of members by rank, score or bytes: read, counted, removed. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import {
	type Argument,
	block,
	double,
	integer,
	key,
	oneOf,
	optional,
	string,
	token,
	withToken,
} from "../../dispatch/grammar.ts";
import { closeChanged, openForRead, openForWrite, sortedSet } from "./open.ts";
import { replyMembers } from "./replies.ts";
import { BY_ANY, BY_MEMBER, BY_RANK, BY_SCORE, DOWNWARDS, EITHER_WAY, Selection, UPWARDS } from "./selection.ts";

const selection = new Selection();

function reader(by: number, direction: number): (call: Call) => void {
	return (call) => readRange(call, by, direction);
}

function readRange(call: Call, by: number, direction: number): void {
	if (!selection.read(call, 2, by, direction, true) || !openForRead(call)) return;
	selection.locate(sortedSet);
	const { rank, count, isReverse, withScores } = selection;
	if (count === 0) call.reply.array(0);
	else replyMembers(call.reply, sortedSet, rank, count, isReverse, withScores);
}

function counter(by: number): (call: Call) => void {
	return (call) => {
		if (!selection.read(call, 2, by, UPWARDS, false) || !openForRead(call)) return;
		selection.locate(sortedSet);
		call.reply.integer(selection.count);
	};
}

function remover(by: number, event: string): (call: Call) => void {
	return (call) => {
		if (!selection.read(call, 2, by, UPWARDS, false) || !openForWrite(call)) return;
		selection.locate(sortedSet);
		const { rank, count } = selection;
		if (count > 0) {
			sortedSet.removeRange(rank, count);
			closeChanged(call, count, event);
		}
		call.reply.integer(count);
	};
}

const withScores = optional(token("withscores"));
const limit = optional(withToken("LIMIT", block("offset_count", integer("offset"), integer("count"))));
const read = key("RO ACCESS");

/** What the rows of the group have in common. */
function row(
	name: string,
	since: string,
	complexity: string,
	summary: string,
	flags: number,
	args: readonly Argument[],
	run: (call: Call) => void,
	more: Partial<CommandRow> = {},
): CommandRow {
	return { name, since, group: "sorted-set", complexity, summary, flags, args, run, ...more };
}

const TO_READ = "O(log N + M), N being how many members the set has and M how many are returned.";
const TO_COUNT = "O(log N), N being how many members the set has.";
const TO_REMOVE = "O(log N + M), N being how many members the set has and M how many are removed.";

export const rangeCommands: readonly CommandRow[] = [
	row(
		"zrange",
		"1.2.0",
		TO_READ,
		"Reads a range of members, by rank, score or bytes.",
		READONLY,
		[
			read,
			string("start"),
			string("stop"),
			optional(oneOf("sortby", token("byscore"), token("bylex")), "6.2.0"),
			optional(token("rev"), "6.2.0"),
			optional(limit, "6.2.0"),
			withScores,
		],
		reader(BY_ANY, EITHER_WAY),
		{ history: [["6.2.0", "The options `REV`, `BYSCORE`, `BYLEX` and `LIMIT` came."]] },
	),
	row(
		"zrevrange",
		"1.2.0",
		TO_READ,
		"Reads a range of members by rank, counted from the highest score down.",
		READONLY,
		[read, integer("start"), integer("stop"), withScores],
		reader(BY_RANK, DOWNWARDS),
		{ deprecatedSince: "6.2.0", replacedBy: "`ZRANGE` with the argument `REV`" },
	),
	row(
		"zrangebyscore",
		"1.0.5",
		TO_READ,
		"Reads the members whose scores lie in a range.",
		READONLY,
		[read, double("min"), double("max"), optional(withScores, "2.0.0"), limit],
		reader(BY_SCORE, UPWARDS),
		{
			history: [["2.0.0", "The option `WITHSCORES` came."]],
			deprecatedSince: "6.2.0",
			replacedBy: "`ZRANGE` with the argument `BYSCORE`",
		},
	),
	row(
		"zrevrangebyscore",
		"2.2.0",
		TO_READ,
		"Reads the members whose scores lie in a range, the highest first.",
		READONLY,
		[read, double("max"), double("min"), withScores, limit],
		reader(BY_SCORE, DOWNWARDS),
		{
			history: [["2.1.6", "Either end may be left out of the range."]],
			deprecatedSince: "6.2.0",
			replacedBy: "`ZRANGE` with the arguments `REV` and `BYSCORE`",
		},
	),
	row(
		"zrangebylex",
		"2.8.9",
		TO_READ,
		"Reads the members whose bytes lie in a range, where all scores are equal.",
		READONLY,
		[read, string("min"), string("max"), limit],
		reader(BY_MEMBER, UPWARDS),
		{ deprecatedSince: "6.2.0", replacedBy: "`ZRANGE` with the argument `BYLEX`" },
	),
	row(
		"zrevrangebylex",
		"2.8.9",
		TO_READ,
		"Reads the members whose bytes lie in a range, the last first, where all scores are equal.",
		READONLY,
		[read, string("max"), string("min"), limit],
		reader(BY_MEMBER, DOWNWARDS),
		{ deprecatedSince: "6.2.0", replacedBy: "`ZRANGE` with the arguments `REV` and `BYLEX`" },
	),
	row(
		"zcount",
		"2.0.0",
		TO_COUNT,
		"Counts the members whose scores lie in a range.",
		READONLY | FAST,
		[read, double("min"), double("max")],
		counter(BY_SCORE),
	),
	row(
		"zlexcount",
		"2.8.9",
		TO_COUNT,
		"Counts the members whose bytes lie in a range, where all scores are equal.",
		READONLY | FAST,
		[read, string("min"), string("max")],
		counter(BY_MEMBER),
	),
	row(
		"zremrangebyrank",
		"2.0.0",
		TO_REMOVE,
		"Removes a range of members by rank.",
		WRITE,
		[key("RW DELETE"), integer("start"), integer("stop")],
		remover(BY_RANK, "zremrangebyrank"),
	),
	row(
		"zremrangebyscore",
		"1.2.0",
		TO_REMOVE,
		"Removes the members whose scores lie in a range.",
		WRITE,
		[key("RW DELETE"), double("min"), double("max")],
		remover(BY_SCORE, "zremrangebyscore"),
	),
	row(
		"zremrangebylex",
		"2.8.9",
		TO_REMOVE,
		"Removes the members whose bytes lie in a range, where all scores are equal.",
		WRITE,
		[key("RW DELETE"), string("min"), string("max")],
		remover(BY_MEMBER, "zremrangebylex"),
	),
];
