/**
 * WAIT, for a server without replicas: nobody ever acknowledges anything, so who asks for nobody is answered at once and
 * everyone else waits in vain until the time is over.
 */
import { isInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, NOSCRIPT } from "../../dispatch/command.ts";
import { integer } from "../../dispatch/grammar.ts";
import { NOT_AN_INTEGER, TIMEOUT_NEGATIVE, TIMEOUT_NOT_AN_INTEGER } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";

/** There is no key to wait for. */
const NO_TYPE = -1;

function wait(call: Call): void {
	const { reply } = call;
	if (!isInteger(call, 1)) return reply.error(NOT_AN_INTEGER);
	if (!isInteger(call, 2)) return reply.error(TIMEOUT_NOT_AN_INTEGER);
	const timeout_ms = Number(call.latin1(2));
	if (timeout_ms < 0) return reply.error(TIMEOUT_NEGATIVE);
	if (Number(call.latin1(1)) <= 0) return reply.integer(0);
	const timedOut = (writer: ReplyWriter) => writer.integer(0);
	call.block({ type: NO_TYPE, firstKey: 0, keyCount: 0, timeout_ms, wakesWithoutKey: false, timedOut });
}

export const waitCommands: readonly CommandRow[] = [
	{
		name: "wait",
		since: "3.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Waits until the client's writes have reached so many replicas.",
		flags: NOSCRIPT,
		categories: ["connection"],
		withoutCategories: ["keyspace"],
		args: [integer("numreplicas"), integer("timeout")],
		tips: ["request_policy:all_shards", "response_policy:agg_min"],
		run: wait,
	},
];

function isInteger(call: Call, argument: number): boolean {
	return isInt64(call.bytes, call.start(argument), call.end(argument));
}
