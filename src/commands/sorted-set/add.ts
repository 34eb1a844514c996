/** Members added with a score, or given another one. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseDouble } from "../../bytes/double.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import { block, double, integer, key, many, oneOf, optional, string, token } from "../../dispatch/grammar.ts";
import {
	NOT_A_FLOAT,
	SCORE_NAN,
	SYNTAX_ERROR,
	ZADD_GT_LT_NX,
	ZADD_INCR_ONE_PAIR,
	ZADD_NX_AND_XX,
} from "../../resp/errors.ts";
import { ADDED, UNCHANGED } from "../../types/sorted-set.ts";
import { closeChanged, openForWrite, sortedSet } from "./open.ts";
import { replyScore } from "./replies.ts";

/** Options of ZADD as bits, by the order of their words. */
const NX = 1 << 0;
const XX = 1 << 1;
const GT = 1 << 2;
const LT = 1 << 3;
const CH = 1 << 4;
const INCR = 1 << 5;
const WORDS = ["nx", "xx", "gt", "lt", "ch", "incr"].map(bytesOf);
const LETTERS = 0x41;

function zadd(call: Call): void {
	addMembers(call, 0);
}

/** As ZADD INCR, whose options would be options here, too. */
function zincrby(call: Call): void {
	addMembers(call, INCR);
}

function addMembers(call: Call, given: number): void {
	const { argc, reply } = call;
	let options = given;
	let first = 2;
	for (; first < argc; first++) {
		const option = optionAt(call, first);
		if (option === 0) break;
		options |= option;
	}
	const words = argc - first;
	if (words === 0 || words % 2 !== 0) return reply.error(SYNTAX_ERROR);
	if ((options & ~CH) !== 0 && !areCompatible(call, options, words)) return;
	// All scores are looked at before any is used.
	let score = 0;
	for (let i = first; i < argc; i += 2) {
		score = scoreAt(call, i);
		if (Number.isNaN(score)) return reply.error(NOT_A_FLOAT);
	}
	if (!openForWrite(call)) return;
	if ((options & INCR) !== 0) incrementOne(call, first, score, options);
	else reply.integer(addAll(call, first, options, score));
}

function optionAt(call: Call, argument: number): number {
	// Numbers begin below the letters.
	if (call.length(argument) === 0 || call.bytes[call.start(argument)]! < LETTERS) return 0;
	for (let bit = 0; bit < WORDS.length; bit++) if (call.is(argument, WORDS[bit]!)) return 1 << bit;
	return 0;
}

function areCompatible(call: Call, options: number, words: number): boolean {
	const { reply } = call;
	const comparisons = options & (GT | LT | NX);
	if ((options & NX) !== 0 && (options & XX) !== 0) reply.error(ZADD_NX_AND_XX);
	else if ((comparisons & (comparisons - 1)) !== 0) reply.error(ZADD_GT_LT_NX);
	else if ((options & INCR) !== 0 && words > 2) reply.error(ZADD_INCR_ONE_PAIR);
	else return true;
	return false;
}

function scoreAt(call: Call, argument: number): number {
	return parseDouble(call.bytes, call.start(argument), call.end(argument));
}

/** Returns how many members are new, or with CH, how many changed; the last one has the score that was just read. */
function addAll(call: Call, first: number, options: number, lastScore: number): number {
	const { bytes, argc } = call;
	if ((options & XX) !== 0 && sortedSet.count === 0) return 0;
	sortedSet.expect((argc - first) >> 1);
	let added = 0;
	let updated = 0;
	for (let i = first; i < argc; i += 2) {
		const start = call.start(i + 1);
		const length = call.length(i + 1);
		const isMember = sortedSet.find(bytes, start, length);
		const score = i + 2 === argc ? lastScore : scoreAt(call, i);
		if (isMember ? !mayUpdate(options, score, sortedSet.score) : (options & XX) !== 0) continue;
		const outcome = sortedSet.put(bytes, start, length, score);
		if (outcome === ADDED) added++;
		else if (outcome !== UNCHANGED) updated++;
	}
	if (added + updated > 0) closeChanged(call, added + updated, "zadd");
	return (options & CH) !== 0 ? added + updated : added;
}

function mayUpdate(options: number, score: number, old: number): boolean {
	if ((options & (NX | GT | LT)) === 0) return true;
	if ((options & NX) !== 0) return false;
	return (options & GT) !== 0 ? score > old : score < old;
}

/** Adds to the score of one member, and replies the sum, or null where the options forbid it. */
function incrementOne(call: Call, argument: number, increment: number, options: number): void {
	const { bytes, reply } = call;
	const start = call.start(argument + 1);
	const length = call.length(argument + 1);
	const isMember = sortedSet.find(bytes, start, length);
	const score = isMember ? sortedSet.score + increment : increment;
	if (isMember ? (options & NX) !== 0 : (options & XX) !== 0) return reply.null();
	if (Number.isNaN(score)) return reply.error(SCORE_NAN);
	if (isMember && !mayUpdate(options, score, sortedSet.score)) return reply.null();
	if (sortedSet.put(bytes, start, length, score) !== UNCHANGED) closeChanged(call, 1, "zincr");
	replyScore(reply, score);
}

export const addCommands: readonly CommandRow[] = [
	{
		name: "zadd",
		since: "1.2.0",
		group: "sorted-set",
		complexity: "O(log N) for each member, N being how many the set has.",
		summary: "Adds members to a sorted set, or gives them other scores.",
		flags: WRITE | DENYOOM | FAST,
		args: [
			key("RW UPDATE"),
			optional(oneOf("condition", token("nx"), token("xx")), "3.0.2"),
			optional(oneOf("comparison", token("gt"), token("lt")), "6.2.0"),
			optional(token("change", "CH"), "3.0.2"),
			optional(token("increment", "INCR"), "3.0.2"),
			many(block("score_member", double("score"), string("member"))),
		],
		history: [
			["2.4.0", "Takes more than one member with its score."],
			["3.0.2", "The options `XX`, `NX`, `CH` and `INCR` came."],
			["6.2.0", "The options `GT` and `LT` came."],
		],
		memberAt: 3,
		run: zadd,
	},
	{
		name: "zincrby",
		since: "1.2.0",
		group: "sorted-set",
		complexity: "O(log N), N being how many members the set has.",
		summary: "Adds to the score of a member, which begins with 0.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW ACCESS UPDATE"), integer("increment"), string("member")],
		memberAt: 3,
		run: zincrby,
	},
];
