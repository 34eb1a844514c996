/** The generic group: what can be done with a key whatever its value is. */
import type { Call } from "../dispatch/call.ts";
import { type CommandRow, FAST, READONLY, WRITE } from "../dispatch/command.ts";
import { key, many } from "../dispatch/grammar.ts";
import { LookAhead } from "../dispatch/look-ahead.ts";
import { EVENT_GENERIC } from "../keyspace/change.ts";
import { typeName } from "../types/type.ts";
import { type DumpServices, dumpCommand } from "./generic/dump.ts";
import { expireCommands } from "./generic/expire.ts";
import { moveCommands } from "./generic/move.ts";
import { type ObjectServices, objectCommand } from "./generic/object.ts";
import { restoreCommand } from "./generic/restore.ts";
import { scanCommands } from "./generic/scan.ts";

export interface GenericServices extends DumpServices, ObjectServices {}

const lookAhead = new LookAhead();

/** Looks ahead where there is more than the one key whose hash the call has already. */
function lookAheadAtKeys(call: Call): boolean {
	const isAhead = call.argc > 2;
	if (isAhead) lookAhead.begin(call, 1, 1);
	return isAhead;
}

function del(call: Call): void {
	const isAhead = lookAheadAtKeys(call);
	let removed = 0;
	for (let i = 1; i < call.argc; i++) {
		if (isAhead) lookAhead.reach(call, i);
		if (!call.peek(i)) continue;
		call.database.remove();
		call.changed(i, EVENT_GENERIC, "del");
		removed++;
	}
	call.reply.integer(removed);
}

function exists(call: Call): void {
	const isAhead = lookAheadAtKeys(call);
	let found = 0;
	for (let i = 1; i < call.argc; i++) {
		if (isAhead) lookAhead.reach(call, i);
		if (call.findUntouched(i)) found++;
	}
	call.reply.integer(found);
}

/** Unlike any other reader it sets the access stamp even for a client with NO-TOUCH. */
function touch(call: Call): void {
	const isAhead = lookAheadAtKeys(call);
	let found = 0;
	for (let i = 1; i < call.argc; i++) {
		if (isAhead) lookAhead.reach(call, i);
		if (!call.findUntouched(i)) continue;
		call.database.touch();
		found++;
	}
	call.reply.integer(found);
}

function type(call: Call): void {
	call.reply.simple(call.findUntouched(1) ? typeName(call.database.type()) : "none");
}

const keyCommands: readonly CommandRow[] = [
	{
		name: "del",
		since: "1.0.0",
		group: "generic",
		complexity: "O(N), N being the number of keys.",
		summary: "Removes keys.",
		flags: WRITE,
		args: [many(key("RM DELETE"))],
		tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
		run: del,
	},
	{
		name: "unlink",
		since: "4.0.0",
		group: "generic",
		complexity: "O(1) a key: the memory of big values is given back later.",
		summary: "Removes keys without waiting for their memory to be given back.",
		flags: WRITE | FAST,
		args: [many(key("RM DELETE"))],
		tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
		run: del,
	},
	{
		name: "exists",
		since: "1.0.0",
		group: "generic",
		complexity: "O(N), N being the number of keys.",
		summary: "Counts how many of the given keys exist.",
		flags: READONLY | FAST,
		args: [many(key("RO"))],
		tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
		history: [["3.0.3", "Takes more than one key."]],
		run: exists,
	},
	{
		name: "touch",
		since: "3.2.1",
		group: "generic",
		complexity: "O(N), N being the number of keys.",
		summary: "Marks keys as just used, and counts those that exist.",
		flags: READONLY | FAST,
		args: [many(key("RO"))],
		tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
		run: touch,
	},
	{
		name: "type",
		since: "1.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Names the type of a key's value.",
		flags: READONLY | FAST,
		args: [key("RO")],
		run: type,
	},
];

export function genericCommands(services: GenericServices): readonly CommandRow[] {
	return [
		...keyCommands,
		...expireCommands,
		...moveCommands,
		...scanCommands,
		dumpCommand(services),
		objectCommand(services),
		restoreCommand(),
	];
}
