/** One set and the members named: adding, removing, asking, moving. */
import { equalBytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { key, many, string } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_SET } from "../../keyspace/change.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { BATCH, MemberBatch, MemberSet } from "../../types/set.ts";
import { SET } from "../../types/type.ts";
import { replyMembers } from "./reply-members.ts";

const set = new MemberSet();
const batch = new MemberBatch();

function sadd(call: Call): void {
	const { argc, bytes, database, keyspace, reply } = call;
	if (call.findForWrite(1) && database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, keyspace.limits);
	set.expect(argc - 2, bytes, call.start(2), call.length(2));
	let added = 0;
	if (argc === 3) added = set.add(bytes, call.start(2), call.length(2)) ? 1 : 0;
	else for (let i = 2; i < argc; i += BATCH) added += set.addBatch(batchFrom(call, i));
	set.close();
	if (added > 0) {
		call.changed(1, EVENT_SET, "sadd");
		keyspace.changes.dirty += added - 1;
	}
	reply.integer(added);
}

/** The arguments from `first` on, as many as a batch takes. */
function batchFrom(call: Call, first: number): MemberBatch {
	const count = Math.min(BATCH, call.argc - first);
	for (let i = 0; i < count; i++) {
		batch.starts[i] = call.start(first + i);
		batch.lengths[i] = call.length(first + i);
	}
	batch.fill(call.bytes, count);
	return batch;
}

function srem(call: Call): void {
	const { argc, bytes, database, keyspace, reply } = call;
	if (!call.findForWrite(1)) return reply.integer(0);
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, keyspace.limits);
	let removed = 0;
	for (let i = 2; i < argc && set.count > 0; i++) {
		if (set.remove(bytes, call.start(i), call.length(i))) removed++;
	}
	const isGone = set.close();
	if (removed > 0) {
		call.changed(1, EVENT_SET, "srem");
		if (isGone) call.alsoChanged(1, EVENT_GENERIC, "del");
		keyspace.changes.dirty += removed - 1;
	}
	reply.integer(removed);
}

function sismember(call: Call): void {
	const { database, reply } = call;
	if (!call.findForRead(1)) return reply.integer(0);
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, call.keyspace.limits);
	reply.integer(set.has(call.bytes, call.start(2), call.length(2)) ? 1 : 0);
	set.close();
}

function smismember(call: Call): void {
	const { argc, bytes, database, reply } = call;
	if (call.findForRead(1) && database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, call.keyspace.limits);
	reply.array(argc - 2);
	for (let i = 2; i < argc; i++) reply.integer(set.has(bytes, call.start(i), call.length(i)) ? 1 : 0);
	set.close();
}

function scard(call: Call): void {
	const { database, reply } = call;
	if (!call.findForRead(1)) return reply.integer(0);
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, call.keyspace.limits);
	reply.integer(set.count);
	set.close();
}

function smembers(call: Call): void {
	const { database, reply } = call;
	if (!call.findForRead(1)) return reply.set(0);
	if (database.type() !== SET) return reply.error(WRONG_TYPE);
	set.open(database, call.keyspace.limits);
	reply.set(set.count);
	replyMembers(reply, set);
	set.close();
}

function smove(call: Call): void {
	const { bytes, database, keyspace, reply } = call;
	const start = call.start(3);
	const length = call.length(3);
	// Both are looked up before either is judged.
	const isThere = call.findForWrite(1);
	const isSet = isThere && database.type() === SET;
	const isOther = call.findForWrite(2) && database.type() !== SET;
	if (!isThere) return reply.integer(0);
	if (!isSet || isOther) return reply.error(WRONG_TYPE);
	call.peek(1);
	set.open(database, keyspace.limits);
	const isSame = equalKeys(call);
	const isMoved = isSame ? set.has(bytes, start, length) : set.remove(bytes, start, length);
	const isGone = set.close();
	reply.integer(isMoved ? 1 : 0);
	if (isSame || !isMoved) return;
	call.changed(1, EVENT_SET, "srem");
	if (isGone) call.alsoChanged(1, EVENT_GENERIC, "del");
	call.peek(2);
	set.open(database, keyspace.limits);
	if (set.count === 0) set.expect(1, bytes, start, length);
	const isNew = set.add(bytes, start, length);
	set.close();
	if (isNew) call.changed(2, EVENT_SET, "sadd");
}

function equalKeys(call: Call): boolean {
	const { bytes } = call;
	return call.length(1) === call.length(2) && equalBytes(bytes, call.start(1), bytes, call.start(2), call.length(1));
}

export const memberCommands: readonly CommandRow[] = [
	{
		name: "sadd",
		since: "1.0.0",
		group: "set",
		complexity: "O(1) a member.",
		summary: "Adds members to a set, which is created where it does not exist.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW INSERT"), many(string("member"))],
		history: [["2.4.0", "Takes more than one member."]],
		memberAt: 2,
		run: sadd,
	},
	{
		name: "srem",
		since: "1.0.0",
		group: "set",
		complexity: "O(N), N being the number of members to remove.",
		summary: "Removes members from a set, and the set where none is left.",
		flags: WRITE | FAST,
		args: [key("RW DELETE"), many(string("member"))],
		history: [["2.4.0", "Takes more than one member."]],
		memberAt: 2,
		run: srem,
	},
	{
		name: "sismember",
		since: "1.0.0",
		group: "set",
		complexity: "O(1)",
		summary: "Tells whether a string is a member of a set.",
		flags: READONLY | FAST,
		args: [key("RO"), string("member")],
		memberAt: 2,
		run: sismember,
	},
	{
		name: "smismember",
		since: "6.2.0",
		group: "set",
		complexity: "O(N), N being the number of strings asked for.",
		summary: "Tells of each of several strings whether it is a member of a set.",
		flags: READONLY | FAST,
		args: [key("RO ACCESS"), many(string("member"))],
		memberAt: 2,
		run: smismember,
	},
	{
		name: "scard",
		since: "1.0.0",
		group: "set",
		complexity: "O(1)",
		summary: "Counts the members of a set.",
		flags: READONLY | FAST,
		args: [key("RO")],
		run: scard,
	},
	{
		name: "smembers",
		since: "1.0.0",
		group: "set",
		complexity: "O(N), N being the number of members.",
		summary: "Lists all members of a set.",
		flags: READONLY,
		args: [key("RO ACCESS")],
		tips: ["nondeterministic_output_order"],
		run: smembers,
	},
	{
		name: "smove",
		since: "1.0.0",
		group: "set",
		complexity: "O(1)",
		summary: "Moves a member from one set to another.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE", "source"), key("RW INSERT", "destination"), string("member")],
		run: smove,
	},
];
