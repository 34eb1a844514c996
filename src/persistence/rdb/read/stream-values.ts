import type { Counter } from "../../../types/stream/counter.ts";
import type { Consumer, Group } from "../../../types/stream/group.ts";
import { StreamId } from "../../../types/stream/stream-id.ts";
import { Stream } from "../../../types/stream.ts";
import { STREAM } from "../../../types/type.ts";
import { BadData } from "./bad-data.ts";
import type { RdbInput, Text } from "./rdb-input.ts";
import { StreamNodes } from "./stream-node.ts";
import { DraftPending } from "./stream-pending.ts";
import type { ValueContext } from "./value-context.ts";

const nodes = new StreamNodes();
const id = new StreamId();

/** Bytes that a node, a group, a consumer and a pending entry take at least. */
const NODE_BYTES_MIN = 18;
const GROUP_BYTES_MIN = 5;
const CONSUMER_BYTES_MIN = 10;
const PENDING_BYTES_MIN = 25;

/**
 * Reads a stream: its nodes, what is known of it as a whole, its groups. The second version (2) tells what was deleted
 * and how much was ever added, the third when consumers were last active.
 */
export function* readStream(context: ValueContext, version: number): Generator<void, void> {
	const { input } = context;
	const stream = new Stream();
	const pending = new DraftPending();
	const count = context.count(NODE_BYTES_MIN);
	for (let i = 0; i < count; i++) {
		input.string(context.first);
		nodes.loadName(context.first);
		nodes.addTo(stream, context.readBlob());
		if (context.shouldPause()) yield;
	}
	readSummary(input, stream, version);
	const groups = context.count(GROUP_BYTES_MIN);
	for (let i = 0; i < groups; i++) yield* readGroup(context, stream, pending, version);
	context.place.putExternal(STREAM, stream, Infinity);
}

function readSummary(input: RdbInput, stream: Stream, version: number): void {
	if (input.length() !== stream.length) throw new BadData("Stream length inconsistent with rax entries");
	readId(input, id);
	if (id.compare(stream.lastId) < 0) throw new BadData("Stream entries are behind its last ID");
	stream.lastId.copy(id);
	if (version === 1) return;
	readId(input, id);
	readId(input, stream.maxDeletedId);
	readCounter(input, stream.entriesAdded);
}

function* readGroup(
	context: ValueContext,
	stream: Stream,
	pending: DraftPending,
	version: number,
): Generator<void, void> {
	const { input, first } = context;
	input.string(first);
	if (stream.findGroup(first.bytes, first.start, first.length) !== null) {
		throw new BadData("Duplicated consumer group name detected while loading a stream");
	}
	const group = stream.createGroup(copyOf(first));
	readId(input, group.lastId);
	if (version === 1) stream.estimateRead(group.lastId, group.entriesRead);
	else readCounter(input, group.entriesRead);
	const entries = context.count(PENDING_BYTES_MIN);
	pending.clear();
	for (let i = 0; i < entries; i++) {
		pending.read(input);
		if (context.shouldPause()) yield;
	}
	const consumers = context.count(CONSUMER_BYTES_MIN);
	for (let i = 0; i < consumers; i++) yield* readConsumer(context, group, pending, version);
	if (!pending.isTaken()) throw new BadData("NACK entry without a consumer");
}

function* readConsumer(
	context: ValueContext,
	group: Group,
	pending: DraftPending,
	version: number,
): Generator<void, void> {
	const { input, first } = context;
	input.string(first);
	if (group.findConsumer(first.bytes, first.start, first.length) !== null) {
		throw new BadData("Duplicated consumer name detected while loading a stream consumer group");
	}
	const consumer: Consumer = group.createConsumer(copyOf(first), 0);
	consumer.seen_ms = input.time_ms();
	consumer.active_ms = version >= 3 ? input.time_ms() : consumer.seen_ms;
	const entries = context.count(16);
	for (let i = 0; i < entries; i++) {
		pending.readTaken(input, group, consumer);
		if (context.shouldPause()) yield;
	}
}

function copyOf(text: Text): Uint8Array {
	return text.bytes.slice(text.start, text.start + text.length);
}

function readId(input: RdbInput, target: StreamId): void {
	input.length();
	const { high, low } = input;
	input.length();
	target.set(high, low, input.high, input.low);
}

function readCounter(input: RdbInput, counter: Counter): void {
	input.length();
	counter.high = input.high;
	counter.low = input.low;
}
