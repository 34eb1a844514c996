import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { block, key, many, string } from "../../dispatch/grammar.ts";
import { LookAhead } from "../../dispatch/look-ahead.ts";
import { EVENT_STRING } from "../../keyspace/change.ts";
import { wrongArity } from "../../resp/errors.ts";
import { STRING_KIND, StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";

/** Many strings at once. */
const view = new StringView();
const lookAhead = new LookAhead();

function mget(call: Call): void {
	const { argc, database, reply } = call;
	reply.array(argc - 1);
	lookAhead.begin(call, 1, 1);
	for (let i = 1; i < argc; i++) {
		lookAhead.reach(call, i);
		if (call.findForRead(i) && database.type() === STRING) {
			view.load(database.table);
			reply.bulk(view.bytes, view.start, view.length);
		} else reply.null();
	}
}

function mset(call: Call): void {
	if (!hasPairs(call)) return;
	storePairs(call);
	call.reply.ok();
}

function msetnx(call: Call): void {
	if (!hasPairs(call)) return;
	lookAhead.begin(call, 1, 2);
	for (let i = 1; i < call.argc; i += 2) {
		lookAhead.reach(call, i);
		if (call.findForWrite(i)) return call.reply.integer(0);
	}
	storePairs(call);
	call.reply.integer(1);
}

function hasPairs(call: Call): boolean {
	if (call.argc % 2 === 1) return true;
	call.reply.error(wrongArity(call.command.fullName));
	return false;
}

function storePairs(call: Call): void {
	const { argc, bytes, database } = call;
	lookAhead.begin(call, 1, 2);
	for (let i = 1; i < argc; i += 2) {
		lookAhead.reach(call, i);
		call.findForWrite(i);
		database.putString(STRING_KIND, bytes, call.start(i + 1), call.length(i + 1), Infinity);
		call.changed(i, EVENT_STRING, "set");
	}
}

export const multiCommands: readonly CommandRow[] = [
	{
		name: "mget",
		since: "1.0.0",
		group: "string",
		complexity: "O(N), N being the number of keys.",
		summary: "Reads the strings stored at several keys.",
		flags: READONLY | FAST,
		args: [many(key("RO ACCESS"))],
		tips: ["request_policy:multi_shard"],
		run: mget,
	},
	{
		name: "mset",
		since: "1.0.1",
		group: "string",
		complexity: "O(N), N being the number of keys.",
		summary: "Stores strings at several keys, whatever was there before.",
		flags: WRITE | DENYOOM,
		args: [many(block("key_value", key("OW UPDATE"), string("value")))],
		tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
		run: mset,
	},
	{
		name: "msetnx",
		since: "1.0.1",
		group: "string",
		complexity: "O(N), N being the number of keys.",
		summary: "Stores strings at several keys, if none of them exists yet.",
		flags: WRITE | DENYOOM,
		args: [many(block("key_value", key("OW INSERT"), string("value")))],
		tips: ["request_policy:multi_shard", "response_policy:agg_min"],
		run: msetnx,
	},
];
