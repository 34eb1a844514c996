/** Members taken from either end of the first of several sorted sets that has any; waiting for one where none has. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { BLOCKING, type CommandRow, FAST, NOSCRIPT, WRITE } from "../../dispatch/command.ts";
import { type Argument, double, integer, key, many, oneOf, optional, token } from "../../dispatch/grammar.ts";
import { COUNT_NOT_POSITIVE, NO_KEY_COUNT, SYNTAX_ERROR } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { SORTED_SET } from "../../types/type.ts";
import { ZPOPMAX, ZPOPMIN } from "../effect-words.ts";
import { timeoutFrom } from "../timeout.ts";
import { closeChanged, openForWrite, sortedSet } from "./open.ts";
import { replyMember, replyScore } from "./replies.ts";

const MIN = bytesOf("min");
const MAX = bytesOf("max");
const COUNT = bytesOf("count");

/**
 * Opens the first of so many keys, from argument `first` on, that has a sorted set. Returns its argument; 0 where there is
 * none, -1 after an error reply.
 */
function openFirst(call: Call, first: number, keys: number): number {
	for (let argument = first; argument < first + keys; argument++) {
		if (!openForWrite(call, argument)) return -1;
		if (sortedSet.count > 0) return argument;
	}
	return 0;
}

/** Removes the members already replied. */
function removePopped(call: Call, argument: number, isMax: boolean, count: number): void {
	sortedSet.removeRange(isMax ? sortedSet.count - count : 0, count);
	closeChanged(call, count, isMax ? "zpopmax" : "zpopmin", argument);
}

/** The effect of taking the lowest or highest member of the set at an argument, or with a `count` so many. */
function tellPop(call: Call, argument: number, isMax: boolean, count = 0): void {
	const effect = call
		.effect(count === 0 ? 2 : 3)
		.word(isMax ? ZPOPMAX : ZPOPMIN)
		.argument(call, argument);
	if (count > 0) effect.integer(count);
}

/** Key, member, score. */
function popOne(call: Call, argument: number, isMax: boolean): void {
	const { reply } = call;
	sortedSet.seek(isMax ? sortedSet.count - 1 : 0);
	reply.array(3);
	reply.bulk(call.bytes, call.start(argument), call.length(argument));
	replyMember(reply, sortedSet);
	replyScore(reply, sortedSet.score);
	removePopped(call, argument, isMax, 1);
	if (call.effects.isOn) tellPop(call, argument, isMax);
}

/** Key and pairs of member and score, in either protocol. */
function popMany(call: Call, argument: number, isMax: boolean, wanted: number): void {
	const { reply } = call;
	const count = Math.min(wanted, sortedSet.count);
	reply.array(2);
	reply.bulk(call.bytes, call.start(argument), call.length(argument));
	reply.array(count);
	sortedSet.seek(isMax ? sortedSet.count - 1 : 0);
	for (let left = count; left > 0; left--) {
		reply.array(2);
		replyMember(reply, sortedSet);
		replyScore(reply, sortedSet.score);
		if (isMax) sortedSet.previous();
		else sortedSet.next();
	}
	removePopped(call, argument, isMax, count);
	if (call.effects.isOn) tellPop(call, argument, isMax, count);
}

function bzpopmin(call: Call): void {
	popOneOrWait(call, false);
}

function bzpopmax(call: Call): void {
	popOneOrWait(call, true);
}

function popOneOrWait(call: Call, isMax: boolean): void {
	const keys = call.argc - 2;
	const timeout_ms = timeoutFrom(call, call.argc - 1);
	if (Number.isNaN(timeout_ms)) return;
	const argument = openFirst(call, 1, keys);
	if (argument > 0) popOne(call, argument, isMax);
	else if (argument === 0) wait(call, 1, keys, timeout_ms);
}

function wait(call: Call, firstKey: number, keyCount: number, timeout_ms: number): void {
	call.block({ type: SORTED_SET, firstKey, keyCount, timeout_ms, wakesWithoutKey: false, timedOut });
}

function timedOut(reply: ReplyWriter): void {
	reply.nullArray();
}

/** What ZMPOP and BZMPOP ask for. */
interface PopRequest {
	readonly keys: number;
	readonly isMax: boolean;
	readonly count: number;
}

/** Reads the arguments from the number of keys on; null after an error reply. */
function readRequest(call: Call, numkeys: number): PopRequest | null {
	const keys = call.clampedInteger(numkeys);
	if (!(keys > 0)) return fail(call, NO_KEY_COUNT);
	const where = numkeys + 1 + keys;
	if (where >= call.argc) return fail(call, SYNTAX_ERROR);
	const isMax = call.is(where, MAX);
	if (!isMax && !call.is(where, MIN)) return fail(call, SYNTAX_ERROR);
	if (call.argc === where + 1) return { keys, isMax, count: 1 };
	if (call.argc === where + 2 || !call.is(where + 1, COUNT)) return fail(call, SYNTAX_ERROR);
	const count = call.clampedInteger(where + 2);
	if (!(count > 0)) return fail(call, COUNT_NOT_POSITIVE);
	return call.argc === where + 3 ? { keys, isMax, count } : fail(call, SYNTAX_ERROR);
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

function zmpop(call: Call): void {
	const request = readRequest(call, 1);
	if (request === null) return;
	const argument = openFirst(call, 2, request.keys);
	if (argument > 0) popMany(call, argument, request.isMax, request.count);
	else if (argument === 0) call.reply.nullArray();
}

function bzmpop(call: Call): void {
	const request = readRequest(call, 2);
	if (request === null) return;
	const timeout_ms = timeoutFrom(call, 1);
	if (Number.isNaN(timeout_ms)) return;
	const argument = openFirst(call, 3, request.keys);
	if (argument > 0) popMany(call, argument, request.isMax, request.count);
	else if (argument === 0) wait(call, 3, request.keys, timeout_ms);
}

const popped: Argument = key("RW ACCESS DELETE");
const keysAndEnd: readonly Argument[] = [
	integer("numkeys"),
	many(popped),
	oneOf("where", token("min"), token("max")),
	optional(integer("count", "COUNT")),
];
const find = { keyNumberIndex: 0, firstKey: 1, step: 1 };

const ONE_COMPLEXITY = "O(log(N)), N being how many members the set has.";
const MANY_COMPLEXITY =
	"O(K)+O(M*log(N)), K being the number of keys, N how many members the set has and M how many are taken.";

export const popCommands: readonly CommandRow[] = [
	{
		name: "zmpop",
		since: "7.0.0",
		group: "sorted-set",
		complexity: MANY_COMPLEXITY,
		summary: "Takes the lowest or highest members out of the first of several sorted sets that has any.",
		flags: WRITE,
		args: keysAndEnd,
		keySpecs: [{ access: "RW ACCESS DELETE", begin: { index: 1 }, find }],
		run: zmpop,
	},
	{
		name: "bzmpop",
		since: "7.0.0",
		group: "sorted-set",
		complexity: MANY_COMPLEXITY,
		summary:
			"Takes the lowest or highest members out of the first of several sorted sets that has any, or waits for one.",
		flags: WRITE | BLOCKING,
		args: [double("timeout"), ...keysAndEnd],
		keySpecs: [{ access: "RW ACCESS DELETE", begin: { index: 2 }, find }],
		run: bzmpop,
	},
	{
		name: "bzpopmin",
		since: "5.0.0",
		group: "sorted-set",
		complexity: ONE_COMPLEXITY,
		summary: "Takes the lowest member out of the first of several sorted sets that has any, or waits for one.",
		flags: WRITE | NOSCRIPT | BLOCKING | FAST,
		args: [many(popped), double("timeout")],
		history: [["6.0.0", "The timeout may be a fraction of a second."]],
		run: bzpopmin,
	},
	{
		name: "bzpopmax",
		since: "5.0.0",
		group: "sorted-set",
		complexity: ONE_COMPLEXITY,
		summary: "Takes the highest member out of the first of several sorted sets that has any, or waits for one.",
		flags: WRITE | NOSCRIPT | BLOCKING | FAST,
		args: [many(popped), double("timeout")],
		history: [["6.0.0", "The timeout may be a fraction of a second."]],
		run: bzpopmax,
	},
];
