/** What was delivered to consumers and not acknowledged: XACK, XPENDING. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { block, integer, key, many, optional, since, string } from "../../dispatch/grammar.ts";
import { NOT_AN_INTEGER, noSuchKeyOrGroup, SYNTAX_ERROR } from "../../resp/errors.ts";
import { Counter } from "../../types/stream/counter.ts";
import type { Consumer, Group } from "../../types/stream/group.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import { IdList, readId, readIntervalEnd, readIntervalStart, replyCounter, replyId } from "./ids.ts";
import { accountFor, foundStream, quoted, refusesOther } from "./keys.ts";

const IDLE = bytesOf("idle");

const id = new StreamId();
const first = new StreamId();
const last = new StreamId();
const ids = new IdList();
const deliveries = new Counter();

function xack(call: Call): void {
	const found = call.findForRead(1);
	if (refusesOther(call, found)) return;
	const stream = foundStream(call, found);
	const group = stream === null ? null : stream.findGroup(call.bytes, call.start(2), call.length(2));
	if (stream === null || group === null) return call.reply.integer(0);
	ids.clear();
	for (let i = 3; i < call.argc; i++) {
		if (!readId(call, i, id)) return;
		ids.push(id);
	}
	const before = stream.bytesUsed();
	let acknowledged = 0;
	for (let i = 0; i < ids.count; i++) {
		ids.load(i, id);
		if (group.acknowledge(id)) acknowledged++;
	}
	accountFor(call, stream, before);
	call.keyspace.changes.dirty += acknowledged;
	call.reply.integer(acknowledged);
}

/** Which pending entries XPENDING lists. */
interface PendingFilter {
	idleMin_ms: number;
	count: number;
	/** The argument with the consumer's name; 0 for all consumers. */
	consumer: number;
}

function xpending(call: Call): void {
	const { reply } = call;
	const filter = call.argc === 3 ? null : readFilter(call);
	if (filter === null && call.argc !== 3) return;
	const found = call.findForRead(1);
	if (refusesOther(call, found)) return;
	const group = foundStream(call, found)?.findGroup(call.bytes, call.start(2), call.length(2)) ?? null;
	if (group === null) reply.error(noSuchKeyOrGroup(quoted(call, 1), quoted(call, 2)));
	else if (filter === null) replySummary(call, group);
	else replyPending(call, group, filter);
}

/** Reads `[IDLE min] start end count [consumer]`, the ends to `first` and `last`; null after an error reply. */
function readFilter(call: Call): PendingFilter | null {
	const filter: PendingFilter = { idleMin_ms: 0, count: 0, consumer: 0 };
	if (call.argc < 6 || call.argc > 9) return fail(call, SYNTAX_ERROR);
	let at = 3;
	if (call.is(at, IDLE)) {
		filter.idleMin_ms = call.clampedInteger(4);
		if (Number.isNaN(filter.idleMin_ms)) return fail(call, NOT_AN_INTEGER);
		if (call.argc < 8) return fail(call, SYNTAX_ERROR);
		at += 2;
	}
	filter.count = call.clampedInteger(at + 2);
	if (Number.isNaN(filter.count)) return fail(call, NOT_AN_INTEGER);
	if (!readIntervalStart(call, at, first) || !readIntervalEnd(call, at + 1, last)) return null;
	if (at + 3 < call.argc) filter.consumer = at + 3;
	return filter;
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

function replySummary(call: Call, group: Group): void {
	const { reply } = call;
	const { pending } = group;
	reply.array(4);
	reply.integer(pending.count);
	if (!pending.first()) {
		reply.null();
		reply.null();
		reply.nullArray();
		return;
	}
	id.load(pending.words, pending.at);
	replyId(reply, id);
	pending.last();
	id.load(pending.words, pending.at);
	replyId(reply, id);
	const busy = group.consumers.filter((consumer) => consumer.pending.count > 0);
	reply.array(busy.length);
	for (const consumer of busy) {
		reply.array(2);
		reply.bulkBytes(consumer.name);
		reply.bulkInteger(consumer.pending.count);
	}
}

function replyPending(call: Call, group: Group, filter: PendingFilter): void {
	const { reply } = call;
	let consumer: Consumer | null = null;
	if (filter.consumer > 0) {
		const name = filter.consumer;
		consumer = group.findConsumer(call.bytes, call.start(name), call.length(name));
		if (consumer === null) return reply.array(0);
	}
	const { now_ms } = call.keyspace;
	const list = consumer === null ? group.pending : consumer.pending;
	const from = reply.length;
	let count = 0;
	for (let there = list.seek(first); there && count < filter.count; there = list.next()) {
		id.load(list.words, list.at);
		if (id.compare(last) > 0) break;
		if (consumer !== null) group.pending.find(id);
		const idle_ms = now_ms - group.deliveryTime();
		if (filter.idleMin_ms !== 0 && idle_ms < filter.idleMin_ms) continue;
		count++;
		reply.array(4);
		replyId(reply, id);
		reply.bulkBytes(group.owner().name);
		reply.integer(Math.max(0, idle_ms));
		group.loadDeliveryCount(deliveries);
		replyCounter(reply, deliveries);
	}
	const end = reply.length;
	reply.array(count);
	reply.bringForward(end, from);
}

export const pendingCommands: readonly CommandRow[] = [
	{
		name: "xack",
		since: "5.0.0",
		group: "stream",
		complexity: "O(log N) for each id, N being the number of pending entries.",
		summary: "Acknowledges entries, which are not pending for their consumers any more, and tells how many were.",
		flags: WRITE | FAST,
		args: [key("RW UPDATE"), string("group"), many(string("id"))],
		run: xack,
	},
	{
		name: "xpending",
		since: "5.0.0",
		group: "stream",
		complexity: "O(N), N being the number of entries returned, or with IDLE looked at, or else of consumers.",
		summary: "Tells which entries are pending for the consumers of a group.",
		flags: READONLY,
		args: [
			key("RO ACCESS"),
			string("group"),
			optional(
				block(
					"filters",
					optional(since("6.2.0", integer("min-idle-time", "IDLE"))),
					string("start"),
					string("end"),
					integer("count"),
					optional(string("consumer")),
				),
			),
		],
		tips: ["nondeterministic_output"],
		history: [["6.2.0", "`IDLE`, and intervals whose ends do not belong to them."]],
		run: xpending,
	},
];
