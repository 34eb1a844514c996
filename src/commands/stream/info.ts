/** XINFO: a stream, its groups and their consumers, described. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, LOADING, READONLY, STALE } from "../../dispatch/command.ts";
import { block, integer, key, optional, string, withToken } from "../../dispatch/grammar.ts";
import { NO_SUCH_KEY, NOT_AN_INTEGER, noSuchGroup, subcommandSyntax } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { Counter } from "../../types/stream/counter.ts";
import { type Consumer, type Group, NEVER_MS } from "../../types/stream/group.ts";
import type { PendingList } from "../../types/stream/pending-list.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import type { Stream } from "../../types/stream.ts";
import { replyEntryOf, replyRange } from "./entries.ts";
import { replyCounter, replyId } from "./ids.ts";
import { foundStream, quoted, refusesOther } from "./keys.ts";

const FULL = bytesOf("full");
const COUNT = bytesOf("count");
const KEY = 2;
const GROUP = 3;
/** Entries of each kind that FULL shows unless told otherwise. */
const COUNT_DEFAULT = 10;

const HELP = [
	"XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"CONSUMERS <key> <groupname>",
	"    Describe the consumers of a group.",
	"GROUPS <key>",
	"    Describe the groups of a stream.",
	"STREAM <key> [FULL [COUNT <count>]",
	"    Describe a stream.",
	"HELP",
	"    Print this help.",
];

const id = new StreamId();
const least = new StreamId();
const greatest = new StreamId();
greatest.setMax();
const deliveries = new Counter();

/** Null after an error reply. */
function findStream(call: Call): Stream | null {
	const found = call.findForRead(KEY);
	if (refusesOther(call, found)) return null;
	if (!found) call.reply.error(NO_SUCH_KEY);
	return foundStream(call, found);
}

function stream(call: Call): void {
	const { reply } = call;
	const described = findStream(call);
	if (described === null) return;
	if (call.argc === 3) {
		reply.map(10);
		replyHead(reply, described);
		replyEnds(reply, described);
		return;
	}
	const isFull = call.argc === 4 || (call.argc === 6 && call.is(4, COUNT));
	if (!isFull || !call.is(3, FULL)) return reply.error(subcommandSyntax(call.latin1(1), "xinfo"));
	let count = call.argc === 4 ? COUNT_DEFAULT : call.clampedInteger(5);
	if (Number.isNaN(count)) return reply.error(NOT_AN_INTEGER);
	if (count < 0) count = COUNT_DEFAULT;
	const limit = count === 0 ? Infinity : count;
	reply.map(9);
	replyHead(reply, described);
	reply.bulkText("entries");
	replyRange(reply, described, least, greatest, limit);
	reply.bulkText("groups");
	reply.array(described.groups.length);
	for (const group of described.groups) replyWholeGroup(reply, described, group, limit);
}

function replyHead(reply: ReplyWriter, described: Stream): void {
	reply.bulkText("length");
	reply.integer(described.length);
	reply.bulkText("radix-tree-keys");
	reply.integer(described.runCount);
	reply.bulkText("radix-tree-nodes");
	reply.integer(described.treeNodes());
	reply.bulkText("last-generated-id");
	replyId(reply, described.lastId);
	reply.bulkText("max-deleted-entry-id");
	replyId(reply, described.maxDeletedId);
	reply.bulkText("entries-added");
	replyCounter(reply, described.entriesAdded);
	reply.bulkText("recorded-first-entry-id");
	replyId(reply, described.firstId);
}

function replyEnds(reply: ReplyWriter, described: Stream): void {
	reply.bulkText("groups");
	reply.integer(described.groups.length);
	reply.bulkText("first-entry");
	const isEmpty = described.length === 0;
	if (isEmpty || !replyEntryOf(reply, described, described.firstId)) reply.null();
	reply.bulkText("last-entry");
	if (isEmpty || !replyEntryOf(reply, described, described.lastLiveId)) reply.null();
}

function replyWholeGroup(reply: ReplyWriter, described: Stream, group: Group, limit: number): void {
	reply.map(7);
	reply.bulkText("name");
	reply.bulkBytes(group.name);
	replyProgress(reply, described, group);
	reply.bulkText("pel-count");
	reply.integer(group.pending.count);
	reply.bulkText("pending");
	reply.array(Math.min(group.pending.count, limit));
	for (let i = 0, there = group.pending.first(); there && i < limit; there = group.pending.next(), i++) {
		reply.array(4);
		replyPendingId(reply, group.pending);
		reply.bulkBytes(group.owner().name);
		replyDelivery(reply, group);
	}
	reply.bulkText("consumers");
	reply.array(group.consumers.length);
	for (const consumer of group.consumers) replyWholeConsumer(reply, group, consumer, limit);
}

function replyWholeConsumer(reply: ReplyWriter, group: Group, consumer: Consumer, limit: number): void {
	const { pending } = consumer;
	reply.map(5);
	reply.bulkText("name");
	reply.bulkBytes(consumer.name);
	reply.bulkText("seen-time");
	reply.integer(consumer.seen_ms);
	reply.bulkText("active-time");
	reply.integer(consumer.active_ms);
	reply.bulkText("pel-count");
	reply.integer(pending.count);
	reply.bulkText("pending");
	reply.array(Math.min(pending.count, limit));
	for (let i = 0, there = pending.first(); there && i < limit; there = pending.next(), i++) {
		reply.array(3);
		replyPendingId(reply, pending);
		group.pending.find(id);
		replyDelivery(reply, group);
	}
}

/** The id at the cursor, which is also loaded. */
function replyPendingId(reply: ReplyWriter, pending: PendingList): void {
	id.load(pending.words, pending.at);
	replyId(reply, id);
}

function replyDelivery(reply: ReplyWriter, group: Group): void {
	reply.integer(group.deliveryTime());
	group.loadDeliveryCount(deliveries);
	replyCounter(reply, deliveries);
}

/** How far a group has read. */
function replyProgress(reply: ReplyWriter, described: Stream, group: Group): void {
	reply.bulkText("last-delivered-id");
	replyId(reply, group.lastId);
	reply.bulkText("entries-read");
	if (group.entriesRead.isUnknown()) reply.null();
	else replyCounter(reply, group.entriesRead);
	reply.bulkText("lag");
	const lag = described.lag(group);
	if (lag === null) reply.null();
	else reply.bigInteger(lag);
}

function groups(call: Call): void {
	const { reply } = call;
	const described = findStream(call);
	if (described === null) return;
	reply.array(described.groups.length);
	for (const group of described.groups) {
		reply.map(6);
		reply.bulkText("name");
		reply.bulkBytes(group.name);
		reply.bulkText("consumers");
		reply.integer(group.consumers.length);
		reply.bulkText("pending");
		reply.integer(group.pending.count);
		replyProgress(reply, described, group);
	}
}

function consumers(call: Call): void {
	const { reply } = call;
	const { now_ms } = call.keyspace;
	const described = findStream(call);
	if (described === null) return;
	const group = described.findGroup(call.bytes, call.start(GROUP), call.length(GROUP));
	if (group === null) return reply.error(noSuchGroup(quoted(call, GROUP), quoted(call, KEY)));
	reply.array(group.consumers.length);
	for (const { name, pending, seen_ms, active_ms } of group.consumers) {
		reply.map(4);
		reply.bulkText("name");
		reply.bulkBytes(name);
		reply.bulkText("pending");
		reply.integer(pending.count);
		reply.bulkText("idle");
		reply.integer(Math.max(0, now_ms - seen_ms));
		reply.bulkText("inactive");
		reply.integer(active_ms === NEVER_MS ? NEVER_MS : now_ms - active_ms);
	}
}

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

export const infoCommand: CommandRow = {
	name: "xinfo",
	since: "5.0.0",
	group: "stream",
	complexity: "Depends on the subcommand.",
	summary: "Holds the subcommands that describe streams.",
	flags: 0,
	subcommands: [
		{
			name: "consumers",
			since: "5.0.0",
			group: "stream",
			complexity: "O(N), N being the number of consumers.",
			summary: "Describes the consumers of a group.",
			flags: READONLY,
			args: [key("RO ACCESS"), string("groupname")],
			tips: ["nondeterministic_output"],
			history: [["7.2.0", "`inactive`."]],
			run: consumers,
		},
		{
			name: "groups",
			since: "5.0.0",
			group: "stream",
			complexity: "O(N), N being the number of groups.",
			summary: "Describes the groups of a stream.",
			flags: READONLY,
			args: [key("RO ACCESS")],
			history: [["7.0.0", "`entries-read` and `lag`."]],
			run: groups,
		},
		{
			name: "help",
			since: "5.0.0",
			group: "stream",
			complexity: "O(1)",
			summary: "Explains the subcommands.",
			flags: LOADING | STALE,
			run: help,
		},
		{
			name: "stream",
			since: "5.0.0",
			group: "stream",
			complexity: "O(N), N being the number of runs of a hundred entries; with FULL also what it returns.",
			summary: "Describes a stream.",
			flags: READONLY,
			args: [key("RO ACCESS"), optional(withToken("FULL", block("full", optional(integer("count", "COUNT")))))],
			history: [
				["6.0.0", "`FULL`."],
				["7.0.0", "What was deleted and added, and how far groups have read."],
				["7.2.0", "`active-time`; `seen-time` is that of the last attempt."],
			],
			run: stream,
		},
	],
};
