/** XREAD and XREADGROUP: entries behind an id, of several streams, now or as soon as there are any. */
import type { Call } from "../../dispatch/call.ts";
import { BLOCKING, type CommandRow, READONLY, WRITE } from "../../dispatch/command.ts";
import { block, integer, key, many, optional, string, token, withToken } from "../../dispatch/grammar.ts";
import { EVENT_STREAM } from "../../keyspace/change.ts";
import { LAST_ID_OF_XREADGROUP, NEW_ID_OF_XREAD, noGroupToRead } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import type { Consumer, Group } from "../../types/stream/group.ts";
import { StreamReader } from "../../types/stream/reader.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import type { Stream } from "../../types/stream.ts";
import { STREAM } from "../../types/type.ts";
import { tellConsumer, tellPending, tellPosition } from "./effects.ts";
import { replyEntry, replyEntryOf, replyRange } from "./entries.ts";
import { IdList, isCharacter, readId, replyId, textOfId } from "./ids.ts";
import { accountFor, foundStream, quoted, refusesOther } from "./keys.ts";
import { ReadOptions } from "./read-options.ts";

const DOLLAR = 0x24;
const GREATER = 0x3e;

const options = new ReadOptions();
/** By number of the key: what was found, and the ids behind which to read. */
const streams: (Stream | null)[] = [];
const groups: (Group | null)[] = [];
const ids = new IdList();
const id = new StreamId();
const greatest = new StreamId();
greatest.setMax();
const reader = new StreamReader();

function xread(call: Call): void {
	read(call, false);
}

function xreadgroup(call: Call): void {
	read(call, true);
}

function read(call: Call, isGroup: boolean): void {
	forget();
	if (isGroup) call.noEffect();
	if (options.read(call, isGroup) && findAll(call, isGroup) && !serveAll(call, isGroup)) {
		if (Number.isNaN(options.timeout_ms)) replyNothing(call.reply);
		else waitForMore(call, isGroup);
	}
	forget();
}

/** Nothing of a stream is to outlive its key. */
function forget(): void {
	streams.length = 0;
	groups.length = 0;
	ids.clear();
}

function replyNothing(reply: ReplyWriter): void {
	reply.nullArray();
}

/** Finds the streams and groups and reads the ids; false after an error reply. */
function findAll(call: Call, isGroup: boolean): boolean {
	const { firstKey, keyCount } = options;
	for (let i = 0; i < keyCount; i++) {
		const found = call.findForRead(firstKey + i);
		if (refusesOther(call, found)) return false;
		const stream = foundStream(call, found);
		streams.push(stream);
		if (isGroup) {
			const name = options.group;
			const group = stream === null ? null : stream.findGroup(call.bytes, call.start(name), call.length(name));
			if (group === null) return fail(call, noGroupToRead(quoted(call, firstKey + i), quoted(call, name)));
			groups.push(group);
		}
		if (!readStartId(call, firstKey + keyCount + i, stream, isGroup)) return false;
		ids.push(id);
	}
	return true;
}

/** What is new to a group has no id yet: the greatest one stands for it. */
function readStartId(call: Call, argument: number, stream: Stream | null, isGroup: boolean): boolean {
	if (isCharacter(call, argument, DOLLAR)) {
		if (isGroup) return fail(call, LAST_ID_OF_XREADGROUP);
		if (stream === null) id.setMin();
		else id.copy(stream.lastId);
		return true;
	}
	if (!isCharacter(call, argument, GREATER)) return readId(call, argument, id);
	id.setMax();
	return isGroup || fail(call, NEW_ID_OF_XREAD);
}

/** Replies what there is to read; false, and nothing written, where there is nothing. */
function serveAll(call: Call, isGroup: boolean): boolean {
	const { reply } = call;
	const { keyCount } = options;
	const from = reply.length;
	let served = 0;
	for (let i = 0; i < keyCount; i++) {
		const stream = streams[i]!;
		// The look-ups of Redis are two for each key, and so are its hits.
		if (stream === null) call.missed(options.firstKey + i);
		else {
			call.keyspace.hits++;
			ids.load(i, id);
			if (isGroup ? serveGroup(call, i, stream, groups[i]!) : serve(call, i, stream)) served++;
		}
	}
	// One stream's header is written before it, that of several behind and brought forward.
	if (keyCount === 1 || served === 0) return served > 0;
	const end = reply.length;
	replyHeader(reply, served);
	reply.bringForward(end, from);
	return true;
}

function replyHeader(reply: ReplyWriter, served: number): void {
	if (reply.protocol === 3) reply.map(served);
	else reply.array(served);
}

/** The name of a stream, which its entries follow. */
function replyName(call: Call, index: number): void {
	const { reply } = call;
	const argument = options.firstKey + index;
	if (options.keyCount === 1) replyHeader(reply, 1);
	if (reply.protocol === 2) reply.array(2);
	reply.bulk(call.bytes, call.start(argument), call.length(argument));
}

function serve(call: Call, index: number, stream: Stream): boolean {
	if (stream.length === 0 || stream.lastLiveId.compare(id) <= 0) return false;
	replyName(call, index);
	id.increment();
	replyRange(call.reply, stream, id, greatest, options.limit);
	return true;
}

function serveGroup(call: Call, index: number, stream: Stream, group: Group): boolean {
	const before = stream.bytesUsed();
	const consumers = group.consumers.length;
	const consumer = consumerOf(call, index, group);
	const isNew = group.consumers.length > consumers;
	const isHistory = !id.isMax();
	const hasNew = stream.length > 0 && stream.lastLiveId.compare(group.lastId) > 0;
	const { isOn } = call.effects;
	const key = options.firstKey + index;
	// Entries that are given to a consumer make it known.
	if (isOn && isNew && (options.acknowledges || isHistory || !hasNew))
		tellConsumer(call, key, group, options.group + 1);
	if (isHistory || hasNew) {
		replyName(call, index);
		if (isHistory) serveHistory(call, stream, group, consumer);
		else {
			serveNew(call, stream, group, consumer, key);
			if (isOn) tellPosition(call, key, group);
		}
		call.keyspace.changes.dirty++;
	}
	accountFor(call, stream, before);
	return isHistory || hasNew;
}

/** The consumer of the call, who was seen now; one with a new name comes into being. */
function consumerOf(call: Call, index: number, group: Group): Consumer {
	const name = options.group + 1;
	const { wall_ms } = call.keyspace;
	let consumer = group.findConsumer(call.bytes, call.start(name), call.length(name));
	if (consumer === null) {
		consumer = group.createConsumer(call.slice(name), wall_ms);
		call.changed(options.firstKey + index, EVENT_STREAM, "xgroup-createconsumer");
	}
	group.saw(consumer, wall_ms);
	return consumer;
}

/** Entries that nobody of the group was given: they are there. */
function serveNew(call: Call, stream: Stream, group: Group, consumer: Consumer, key: number): void {
	const { reply, effects } = call;
	const { now_ms } = call.keyspace;
	reader.open(stream);
	if (!group.position.id.equals(group.lastId) || !reader.restore(group.position)) {
		id.copy(group.lastId);
		id.increment();
		reader.seek(id);
	}
	const count = options.limit > 1 ? reader.count(null, options.limit) : 1;
	reply.array(count);
	for (let i = 0; i < count && reader.next(); i++) {
		stream.advanceGroup(group, reader.id);
		replyEntry(reply, reader);
		if (options.acknowledges) continue;
		group.deliver(reader.id, consumer, now_ms);
		if (effects.isOn) tellPending(call, key, group, reader.id);
	}
	if (!options.acknowledges) group.served(consumer, now_ms);
	reader.save(group.position);
	reader.close();
}

/** Entries that are pending for the consumer, with ids greater than `id`; of those deleted since only the id. */
function serveHistory(call: Call, stream: Stream, group: Group, consumer: Consumer): void {
	const { reply } = call;
	const { pending } = consumer;
	id.increment();
	let count = 0;
	for (let there = pending.seek(id); there && count < options.limit; there = pending.next()) count++;
	reply.array(count);
	if (count > 0) pending.seek(id);
	for (let i = 0; i < count; i++) {
		id.load(pending.words, pending.at);
		pending.next();
		if (replyEntryOf(reply, stream, id)) {
			group.pending.find(id);
			group.setDeliveryTime(call.keyspace.now_ms);
			group.countDelivery();
		} else {
			reply.array(2);
			replyId(reply, id);
			reply.nullArray();
		}
	}
}

/** Waits for entries, behind what is the last now where `$` was given. */
function waitForMore(call: Call, isGroup: boolean): void {
	const { firstKey, keyCount, timeout_ms } = options;
	const replaced = new Map<number, Uint8Array>();
	for (let i = 0; i < keyCount; i++) {
		const argument = firstKey + keyCount + i;
		if (!isCharacter(call, argument, DOLLAR)) continue;
		ids.load(i, id);
		replaced.set(argument, textOfId(id));
	}
	call.block({
		type: STREAM,
		firstKey,
		keyCount,
		timeout_ms,
		wakesWithoutKey: isGroup,
		timedOut: replyNothing,
		replaced,
	});
}

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}

const keysOf = (startFrom: number) => [
	{
		access: "RO ACCESS",
		begin: { keyword: "STREAMS", startFrom },
		find: { last: -1, step: 1, limit: 2 },
	},
];
const streamsArgument = withToken("STREAMS", block("streams", many(key("RO ACCESS")), many(string("id"))));

export const readCommands: readonly CommandRow[] = [
	{
		name: "xread",
		since: "5.0.0",
		group: "stream",
		complexity: "O(N) for each stream, N being the number of entries returned.",
		summary: "Reads the entries of streams behind given ids, and may wait for them.",
		flags: READONLY | BLOCKING,
		args: [optional(integer("count", "COUNT")), optional(integer("milliseconds", "BLOCK")), streamsArgument],
		keySpecs: keysOf(1),
		run: xread,
	},
	{
		name: "xreadgroup",
		since: "5.0.0",
		group: "stream",
		complexity: "O(N) for each stream, N being the number of entries returned.",
		summary: "Reads, for a consumer of a group, new entries of streams or those pending for it, and may wait for them.",
		flags: WRITE | BLOCKING,
		args: [
			withToken("GROUP", block("group_consumer", string("group"), string("consumer"))),
			optional(integer("count", "COUNT")),
			optional(integer("milliseconds", "BLOCK")),
			optional(token("noack")),
			streamsArgument,
		],
		keySpecs: keysOf(4),
		run: xreadgroup,
	},
];
