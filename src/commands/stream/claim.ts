/** XCLAIM and XAUTOCLAIM: a consumer takes over what is pending for others. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, WRITE } from "../../dispatch/command.ts";
import { integer, key, many, optional, string, token, unixTime } from "../../dispatch/grammar.ts";
import { EVENT_STREAM } from "../../keyspace/change.ts";
import {
	CLAIM_OUT_OF_MEMORY,
	COUNT_OPTION_NOT_POSITIVE,
	claimOptionInvalid,
	claimOptionUnknown,
	minIdleTimeInvalid,
	noSuchKeyOrGroup,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import { Counter } from "../../types/stream/counter.ts";
import type { Consumer, Group } from "../../types/stream/group.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import type { Stream } from "../../types/stream.ts";
import { tellConsumer, tellPending, tellPosition } from "./effects.ts";
import { replyEntryOf } from "./entries.ts";
import { IdList, isId, readId, readIntervalStart, replyId } from "./ids.ts";
import { accountFor, foundStream, quoted, refusesOther } from "./keys.ts";

const COUNT = bytesOf("count");
const FORCE = bytesOf("force");
const IDLE = bytesOf("idle");
const JUSTID = bytesOf("justid");
const LASTID = bytesOf("lastid");
const RETRYCOUNT = bytesOf("retrycount");
const TIME = bytesOf("time");

const CONSUMER = 3;
const MIN_IDLE = 4;
const COUNT_DEFAULT = 100;
/** XAUTOCLAIM looks at so many times the entries it may claim. */
const ATTEMPTS_FACTOR = 10;
/** Redis reserves 16 bytes for each, and cannot for more than this even where memory is lent freely. */
const COUNT_RESERVED_MAX = 2 ** 43;
const COUNT_MAX = (2n ** 63n - 1n) / 16n;

const id = new StreamId();
const next = new StreamId();
const lastId = new StreamId();
const ids = new IdList();
const deletedIds = new IdList();
const deliveries = new Counter();

/** What XCLAIM is told beside its ids. */
interface ClaimOptions {
	/** NaN: now. */
	time_ms: number;
	/** Unknown: one more than there were. */
	readonly deliveries: Counter;
	isForced: boolean;
	idsOnly: boolean;
}

/** Milliseconds, none where it is negative; NaN after an error reply. */
function readMinIdle(call: Call, command: string): number {
	const idle_ms = call.clampedInteger(MIN_IDLE);
	if (Number.isNaN(idle_ms)) call.reply.error(minIdleTimeInvalid(command));
	return Math.max(0, idle_ms);
}

/** The consumer who claims; one with a new name comes into being, even if there is nothing to claim. */
function claimant(call: Call, group: Group): Consumer {
	const { wall_ms } = call.keyspace;
	let consumer = group.findConsumer(call.bytes, call.start(CONSUMER), call.length(CONSUMER));
	if (consumer === null) {
		consumer = group.createConsumer(call.slice(CONSUMER), wall_ms);
		call.changed(1, EVENT_STREAM, "xgroup-createconsumer");
	}
	group.saw(consumer, wall_ms);
	return consumer;
}

function groupOf(call: Call, stream: Stream | null): Group | null {
	return stream === null ? null : stream.findGroup(call.bytes, call.start(2), call.length(2));
}

function xclaim(call: Call): void {
	const { reply } = call;
	const found = call.findForRead(1);
	if (refusesOther(call, found)) return;
	const stream = foundStream(call, found);
	const group = groupOf(call, stream);
	if (stream === null || group === null) return reply.error(noSuchKeyOrGroup(quoted(call, 1), quoted(call, 2)));
	const idleMin_ms = readMinIdle(call, "XCLAIM");
	if (Number.isNaN(idleMin_ms)) return;
	let behindIds = MIN_IDLE + 1;
	ids.clear();
	for (; behindIds < call.argc && isId(call, behindIds, id); behindIds++) ids.push(id);
	const options = readOptions(call, behindIds);
	if (options === null) return;
	const moves = lastId.compare(group.lastId) > 0;
	if (moves) group.moveTo(lastId);
	const before = stream.bytesUsed();
	const consumers = group.consumers.length;
	const consumer = claimant(call, group);
	call.noEffect();
	const from = reply.length;
	let claimed = 0;
	for (let i = 0; i < ids.count; i++) {
		ids.load(i, id);
		if (claim(call, stream, group, consumer, idleMin_ms, options)) claimed++;
	}
	accountFor(call, stream, before);
	if (call.effects.isOn && claimed === 0) {
		// Claimed entries would tell both.
		if (group.consumers.length > consumers) tellConsumer(call, 1, group, CONSUMER);
		if (moves) tellPosition(call, 1, group);
	}
	const end = reply.length;
	reply.array(claimed);
	reply.bringForward(end, from);
}

/** Reads the options of XCLAIM, LASTID to `lastId`; null after an error reply. */
function readOptions(call: Call, from: number): ClaimOptions | null {
	const options: ClaimOptions = { time_ms: Number.NaN, deliveries, isForced: false, idsOnly: false };
	deliveries.setUnknown();
	lastId.setMin();
	for (let i = from; i < call.argc; i++) {
		const hasValue = i + 1 < call.argc;
		if (call.is(i, FORCE)) options.isForced = true;
		else if (call.is(i, JUSTID)) options.idsOnly = true;
		else if (hasValue && call.is(i, IDLE)) {
			const idle_ms = call.clampedInteger(++i);
			if (Number.isNaN(idle_ms)) return fail(call, claimOptionInvalid("IDLE"));
			options.time_ms = call.keyspace.now_ms - idle_ms;
		} else if (hasValue && call.is(i, TIME)) {
			options.time_ms = call.clampedInteger(++i);
			if (Number.isNaN(options.time_ms)) return fail(call, claimOptionInvalid("TIME"));
		} else if (hasValue && call.is(i, RETRYCOUNT)) {
			const count = parseInt64(call.bytes, call.start(i + 1), call.end(++i));
			if (count === undefined) return fail(call, claimOptionInvalid("RETRYCOUNT"));
			if (count < 0n) deliveries.setUnknown();
			else deliveries.set(count);
		} else if (hasValue && call.is(i, LASTID)) {
			if (!readId(call, ++i, lastId)) return null;
		} else return fail(call, claimOptionUnknown(quoted(call, i)));
	}
	return options;
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

/** Gives the entry `id` to the consumer, and replies it; false where that is not to be. */
function claim(
	call: Call,
	stream: Stream,
	group: Group,
	consumer: Consumer,
	idleMin_ms: number,
	options: ClaimOptions,
): boolean {
	const { now_ms, changes } = call.keyspace;
	const isPending = group.pending.find(id);
	if (!stream.has(id)) {
		// What is gone from the stream cannot be pending.
		if (isPending) {
			if (call.effects.isOn) tellPending(call, 1, group, id);
			group.remove(id);
			changes.dirty++;
		}
		return false;
	}
	if (!isPending) {
		if (!options.isForced) return false;
		group.add(id, consumer);
		group.setDeliveryCount(0, 1);
	} else if (idleMin_ms > 0 && now_ms - group.deliveryTime() < idleMin_ms) return false;
	const { time_ms } = options;
	// While an append-only file is executed it is always zero o'clock.
	const isGiven = time_ms >= 0 && (time_ms < now_ms || now_ms === 0);
	take(call, stream, group, consumer, isGiven ? time_ms : now_ms, options);
	return true;
}

/** Gives the pending entry at the cursor, `id`, to the consumer, and replies it. */
function take(
	call: Call,
	stream: Stream,
	group: Group,
	consumer: Consumer,
	time_ms: number,
	options: ClaimOptions,
): void {
	group.setOwner(id, consumer);
	group.setDeliveryTime(time_ms);
	if (!options.deliveries.isUnknown()) group.setDeliveryCount(options.deliveries.high, options.deliveries.low);
	else if (!options.idsOnly) group.countDelivery();
	group.served(consumer, call.keyspace.wall_ms);
	call.keyspace.changes.dirty++;
	if (call.effects.isOn) tellPending(call, 1, group, id);
	if (options.idsOnly) replyId(call.reply, id);
	else replyEntryOf(call.reply, stream, id);
}

function xautoclaim(call: Call): void {
	const { reply } = call;
	const found = call.findForRead(1);
	const idleMin_ms = readMinIdle(call, "XAUTOCLAIM");
	if (Number.isNaN(idleMin_ms) || !readIntervalStart(call, MIN_IDLE + 1, next)) return;
	deliveries.setUnknown();
	const options: ClaimOptions = { time_ms: Number.NaN, deliveries, isForced: false, idsOnly: false };
	let count = COUNT_DEFAULT;
	for (let i = MIN_IDLE + 2; i < call.argc; i++) {
		if (i + 1 < call.argc && call.is(i, COUNT)) {
			count = readCount(call, ++i);
			if (count === 0) return reply.error(COUNT_OPTION_NOT_POSITIVE);
		} else if (call.is(i, JUSTID)) options.idsOnly = true;
		else return reply.error(SYNTAX_ERROR);
	}
	if (refusesOther(call, found)) return;
	const stream = foundStream(call, found);
	const group = groupOf(call, stream);
	if (stream === null || group === null) return reply.error(noSuchKeyOrGroup(quoted(call, 1), quoted(call, 2)));
	if (count > COUNT_RESERVED_MAX) return reply.error(CLAIM_OUT_OF_MEMORY);
	const before = stream.bytesUsed();
	claimIdle(call, stream, group, idleMin_ms, count, options);
	accountFor(call, stream, before);
}

/** 0 where it is none, or too many. */
function readCount(call: Call, argument: number): number {
	const count = call.clampedInteger(argument);
	if (!(count > 0)) return 0;
	return count === Number.MAX_SAFE_INTEGER && BigInt(call.latin1(argument)) > COUNT_MAX ? 0 : count;
}

/** Claims what is idle from `next` on, and replies where to go on, the entries, and the ids that were deleted. */
function claimIdle(
	call: Call,
	stream: Stream,
	group: Group,
	idleMin_ms: number,
	count: number,
	options: ClaimOptions,
): void {
	const { reply } = call;
	const { now_ms } = call.keyspace;
	const consumers = group.consumers.length;
	const consumer = claimant(call, group);
	const from = reply.length;
	let claimed = 0;
	call.noEffect();
	deletedIds.clear();
	let there = group.pending.seek(next);
	for (
		let attempts = count * ATTEMPTS_FACTOR;
		there && attempts > 0 && claimed + deletedIds.count < count;
		attempts--
	) {
		id.load(group.pending.words, group.pending.at);
		if (!stream.has(id)) {
			if (call.effects.isOn) tellPending(call, 1, group, id);
			group.remove(id);
			call.keyspace.changes.dirty++;
			deletedIds.push(id);
			there = group.pending.seek(id);
			continue;
		}
		if (idleMin_ms === 0 || now_ms - group.deliveryTime() >= idleMin_ms) {
			take(call, stream, group, consumer, now_ms, options);
			claimed++;
		}
		there = group.pending.next();
	}
	if (call.effects.isOn && claimed === 0 && group.consumers.length > consumers) tellConsumer(call, 1, group, CONSUMER);
	if (there) next.load(group.pending.words, group.pending.at);
	else next.setMin();
	const end = reply.length;
	reply.array(3);
	replyId(reply, next);
	reply.array(claimed);
	reply.bringForward(end, from);
	reply.array(deletedIds.count);
	for (let i = 0; i < deletedIds.count; i++) {
		deletedIds.load(i, id);
		replyId(reply, id);
	}
}

export const claimCommands: readonly CommandRow[] = [
	{
		name: "xclaim",
		since: "5.0.0",
		group: "stream",
		complexity: "O(log N) for each id, N being the number of pending entries.",
		summary: "Gives pending entries to a consumer as if they had been delivered to it.",
		flags: WRITE | FAST,
		args: [
			key("RW UPDATE"),
			string("group"),
			string("consumer"),
			string("min-idle-time"),
			many(string("id")),
			optional(integer("ms", "IDLE")),
			optional(unixTime("unix-time-milliseconds", "TIME")),
			optional(integer("count", "RETRYCOUNT")),
			optional(token("force")),
			optional(token("justid")),
			optional(string("id", "LASTID")),
		],
		tips: ["nondeterministic_output"],
		run: xclaim,
	},
	{
		name: "xautoclaim",
		since: "6.2.0",
		group: "stream",
		complexity: "O(1) where COUNT is small.",
		summary: "Gives entries that have been pending for a while to a consumer, as if they had been delivered to it.",
		flags: WRITE | FAST,
		args: [
			key("RW DELETE"),
			string("group"),
			string("consumer"),
			string("min-idle-time"),
			string("start"),
			optional(integer("count", "COUNT")),
			optional(token("justid")),
		],
		tips: ["nondeterministic_output"],
		history: [["7.0.0", "The ids that were not in the stream any more are told."]],
		run: xautoclaim,
	},
];
