/** Hashes read: one field, several, all of them. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, READONLY } from "../../dispatch/command.ts";
import { key, many, string } from "../../dispatch/grammar.ts";
import { findField, hash, openForRead } from "./open.ts";

function hget(call: Call): void {
	if (!openForRead(call)) return;
	replyField(call, 2);
}

function replyField(call: Call, argument: number): void {
	if (findField(call, argument)) call.reply.bulk(hash.valueBytes, hash.valueStart, hash.valueLength);
	else call.reply.null();
}

function hmget(call: Call): void {
	if (!openForRead(call)) return;
	call.reply.array(call.argc - 2);
	for (let i = 2; i < call.argc; i++) replyField(call, i);
}

function hexists(call: Call): void {
	if (!openForRead(call)) return;
	call.reply.integer(findField(call, 2) ? 1 : 0);
}

function hlen(call: Call): void {
	if (!openForRead(call)) return;
	call.reply.integer(hash.count());
}

function hstrlen(call: Call): void {
	if (!openForRead(call)) return;
	call.reply.integer(findField(call, 2) ? hash.valueLength : 0);
}

function hgetall(call: Call): void {
	if (!openForRead(call)) return;
	const { reply } = call;
	const count = hash.count();
	reply.map(count);
	if (hash.isRunOfPairs()) return reply.bulkRun(hash.bytes, hash.from, hash.to, 2 * count);
	hash.forEach(() => {
		reply.bulk(hash.fieldBytes, hash.fieldStart, hash.fieldLength);
		reply.bulk(hash.valueBytes, hash.valueStart, hash.valueLength);
	});
}

function hkeys(call: Call): void {
	if (!openForRead(call)) return;
	const { reply } = call;
	reply.array(hash.count());
	hash.forEach(() => {
		reply.bulk(hash.fieldBytes, hash.fieldStart, hash.fieldLength);
	});
}

function hvals(call: Call): void {
	if (!openForRead(call)) return;
	const { reply } = call;
	reply.array(hash.count());
	hash.forEach(() => {
		reply.bulk(hash.valueBytes, hash.valueStart, hash.valueLength);
	});
}

export const readCommands: readonly CommandRow[] = [
	{
		name: "hget",
		since: "2.0.0",
		group: "hash",
		complexity: "O(1)",
		summary: "Reads the value of a field of a hash.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS"), string("field")],
		memberAt: 2,
		run: hget,
	},
	{
		name: "hmget",
		since: "2.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields asked for.",
		summary: "Reads the values of several fields of a hash.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS"), many(string("field"))],
		memberAt: 2,
		run: hmget,
	},
	{
		name: "hexists",
		since: "2.0.0",
		group: "hash",
		complexity: "O(1)",
		summary: "Tells whether a hash has a field.",
		flags: READONLY | FAST,
		args: [key("RO"), string("field")],
		memberAt: 2,
		run: hexists,
	},
	{
		name: "hlen",
		since: "2.0.0",
		group: "hash",
		complexity: "O(1)",
		summary: "Counts the fields of a hash.",
		flags: READONLY | FAST,
		args: [key("RO")],
		run: hlen,
	},
	{
		name: "hstrlen",
		since: "3.2.0",
		group: "hash",
		complexity: "O(1)",
		summary: "Tells how long the value of a field of a hash is.",
		flags: READONLY | FAST,
		args: [key("RO"), string("field")],
		memberAt: 2,
		run: hstrlen,
	},
	{
		name: "hgetall",
		since: "2.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields of the hash.",
		summary: "Lists all fields of a hash with their values.",
		flags: READONLY,
		args: [key("RO ACCESS")],
		tips: ["nondeterministic_output_order"],
		run: hgetall,
	},
	{
		name: "hkeys",
		since: "2.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields of the hash.",
		summary: "Lists the names of all fields of a hash.",
		flags: READONLY,
		args: [key("RO ACCESS")],
		tips: ["nondeterministic_output_order"],
		run: hkeys,
	},
	{
		name: "hvals",
		since: "2.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields of the hash.",
		summary: "Lists the values of all fields of a hash.",
		flags: READONLY,
		args: [key("RO ACCESS")],
		tips: ["nondeterministic_output_order"],
		run: hvals,
	},
];
