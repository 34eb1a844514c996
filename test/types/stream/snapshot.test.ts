import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PIECE_BYTES } from "../../../src/memory/snapshot.ts";
import { Limits } from "../../../src/types/limits.ts";
import type { Consumer, Group } from "../../../src/types/stream/group.ts";
import { StreamReader } from "../../../src/types/stream/reader.ts";
import type { StreamSnapshot } from "../../../src/types/stream/snapshot.ts";
import { StreamId } from "../../../src/types/stream/stream-id.ts";
import { Stream } from "../../../src/types/stream.ts";
import { idOf, idOfNumber, numberOf, StringList, textOf } from "../stream-model.ts";
import { StreamPieces, type StreamState, stateOf } from "./stream-state.ts";

const reader = new StreamReader();

/** A stream that is written down while it changes, and what has come of it so far. */
class Session {
	stream: Stream;
	readonly limits: Limits;
	snapshot: StreamSnapshot | null;
	now_ms: number;
	private pieces: StreamPieces;
	private expected: StreamState | null;

	constructor(limits: Partial<Limits>) {
		this.stream = new Stream();
		this.limits = Object.assign(new Limits(), limits);
		this.snapshot = null;
		this.now_ms = 1_700_000_000_000;
		this.pieces = new StreamPieces();
		this.expected = null;
	}

	begin(): void {
		if (this.snapshot !== null) this.finish();
		this.expected = stateOf(this.stream);
		this.pieces = new StreamPieces();
		this.snapshot = this.stream.beginSnapshot();
		this.stream.snapshot = this.snapshot;
		expect(this.snapshot.count).toBe(this.expected.runs.length);
	}

	take(): boolean {
		const piece = this.snapshot?.next() ?? null;
		if (piece !== null) this.pieces.add(piece);
		return piece !== null;
	}

	finish(): void {
		if (this.snapshot === null) return;
		while (this.take());
		expect(this.pieces.end()).toEqual(this.expected!);
		this.detach();
	}

	/** Ends it in the middle. */
	detach(): void {
		this.stream.snapshot = null;
		this.snapshot = null;
		for (const block of this.stream.blocks) expect(block.frozen).toBeNull();
		for (const group of this.stream.groups) expect(group.frozen ?? group.pending.frozen).toBeNull();
	}

	/** One that is not attached, beside the one that is. */
	readAtOnce(): void {
		const pieces = new StreamPieces();
		const reading = this.stream.beginSnapshot();
		for (let piece = reading.next(); piece !== null; piece = reading.next()) pieces.add(piece);
		expect(pieces.end()).toEqual(stateOf(this.stream));
	}

	/** Goes on with a copy, which no snapshot hears of. */
	cloneItself(): void {
		const original = this.stream;
		const copy = original.clone();
		expect(copy.snapshot).toBeNull();
		this.stream = copy;
		this.add(1n, ["in", "the copy"]);
		copy.delete(this.someId(0));
		for (const group of copy.groups) group.touch();
		this.stream = original;
		this.finish();
		this.stream = copy;
	}

	add(step: bigint, strings: readonly string[]): void {
		const { stream, limits } = this;
		const id = idOf(idOfNumber(numberOf(textOf(stream.lastId)) + step));
		const list = new StringList(strings);
		stream.append(id, list, 0, strings.length / 2, list.bytes.length, limits);
	}

	/** The id of an entry, of all that there were once. */
	someId(position: number): StreamId {
		reader.open(this.stream);
		reader.seekFirst();
		const id = new StreamId();
		for (let left = position % Math.max(1, this.stream.length); reader.next() && left > 0; left--);
		id.copy(reader.id);
		reader.close();
		return id;
	}

	group(number: number): Group {
		const name = Buffer.from(`group ${number % 3}`);
		return this.stream.findGroup(name, 0, name.length) ?? this.stream.createGroup(name);
	}

	consumer(group: Group, number: number): Consumer {
		const name = Buffer.from(`consumer ${number % 4}`);
		const consumer = group.findConsumer(name, 0, name.length) ?? group.createConsumer(name, this.now_ms);
		group.saw(consumer, ++this.now_ms);
		return consumer;
	}

	deliver(group: Group, consumer: Consumer, count: number): void {
		const { stream } = this;
		const id = new StreamId();
		id.copy(group.lastId);
		id.increment();
		reader.open(stream);
		reader.seek(id);
		for (let i = 0; i < count && reader.next(); i++) {
			stream.advanceGroup(group, reader.id);
			group.deliver(reader.id, consumer, ++this.now_ms);
		}
		group.served(consumer, this.now_ms);
		reader.close();
	}

	/** Ids that are pending, from one on. */
	pendingIds(group: Group, from: number, count: number): StreamId[] {
		const ids: StreamId[] = [];
		let left = from % Math.max(1, group.pending.count);
		for (let there = group.pending.first(); there && ids.length < count; there = group.pending.next()) {
			if (left-- > 0) continue;
			const id = new StreamId();
			id.load(group.pending.words, group.pending.at);
			ids.push(id);
		}
		return ids;
	}
}

type Step = (session: Session) => void;

function stepOf<T>(arbitrary: fc.Arbitrary<T>, take: (session: Session, value: T) => void): fc.Arbitrary<Step> {
	return arbitrary.map(
		(value): Step =>
			(session) =>
				take(session, value),
	);
}

const text = fc.oneof(
	fc.constantFrom("on", "off", "7", "42", ""),
	fc.nat().map(String),
	fc.constantFrom("v".repeat(300), "v".repeat(5000)),
);
const strings = fc.array(fc.tuple(fc.constantFrom("a", "b", "field"), text), { minLength: 1, maxLength: 3 });
const few = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.constantFrom("on", "17", "v".repeat(100))), {
	minLength: 1,
	maxLength: 2,
});
const by = fc.oneof(
	fc.constant(1n),
	fc.bigInt({ min: 1n, max: 100n }).map((ms) => ms << 64n),
);
const number = fc.nat(1000);

const entrySteps: fc.Arbitrary<Step>[] = [
	stepOf(fc.tuple(by, strings), (session, [step, pairs]) => session.add(step, pairs.flat())),
	stepOf(fc.tuple(by, few, fc.nat(300)), (session, [step, pairs, times]) => {
		for (let i = 0; i < times; i++) session.add(step, pairs.flat());
	}),
	stepOf(number, (session, at) => void session.stream.delete(session.someId(at))),
	stepOf(fc.constant(null), (session) => void session.stream.delete(session.someId(session.stream.length - 1))),
	stepOf(fc.tuple(number, fc.nat(30)), (session, [from, count]) => {
		for (let i = 0; i < count; i++) session.stream.delete(session.someId(from));
	}),
	stepOf(fc.tuple(fc.nat(150), fc.boolean()), ({ stream }, [length, approximate]) => {
		stream.trimToLength(length, approximate, 0);
	}),
	stepOf(fc.tuple(number, fc.boolean()), (session, [at, approximate]) => {
		session.stream.trimBefore(session.someId(at), approximate, 0);
	}),
	stepOf(by, ({ stream }, step) => {
		stream.lastId.copy(idOf(idOfNumber(numberOf(textOf(stream.lastId)) + step)));
		stream.maxDeletedId.copy(stream.lastId);
		stream.entriesAdded.set(123_456_789_012n);
	}),
];
const groupSteps: fc.Arbitrary<Step>[] = [
	stepOf(fc.tuple(number, number, fc.nat(600)), (session, [which, who, count]) => {
		const group = session.group(which);
		session.deliver(group, session.consumer(group, who), count);
	}),
	stepOf(fc.tuple(number, number, fc.constantFrom(1, 10, 300)), (session, [which, from, count]) => {
		const group = session.group(which);
		for (const id of session.pendingIds(group, from, count)) group.acknowledge(id);
	}),
	stepOf(fc.tuple(number, number, number, fc.nat(20)), (session, [which, who, from, count]) => {
		const group = session.group(which);
		const consumer = session.consumer(group, who);
		for (const id of session.pendingIds(group, from, count)) {
			group.pending.find(id);
			group.setOwner(id, consumer);
		}
	}),
	...[
		(group: Group) => group.setDeliveryTime(1_800_000_000_000),
		(group: Group) => group.setDeliveryCount(7, 8),
		(group: Group) => group.countDelivery(),
	].map((edit) =>
		stepOf(fc.tuple(number, number), (session, [which, from]) => {
			const group = session.group(which);
			for (const id of session.pendingIds(group, from, 1)) {
				group.pending.find(id);
				edit(group);
			}
		}),
	),
	// In between: blocks of records are split.
	stepOf(fc.tuple(number, number, number, fc.nat(100)), (session, [which, who, from, count]) => {
		const group = session.group(which);
		const consumer = session.consumer(group, who);
		for (let i = 0; i < count; i++) {
			const id = session.someId(from + i);
			if (session.stream.length === 0 || group.pending.find(id)) continue;
			group.add(id, consumer);
			group.setDeliveryTime(session.now_ms);
			group.setDeliveryCount(0, 3);
		}
	}),
	stepOf(fc.tuple(number, number), (session, [which, who]) => void session.consumer(session.group(which), who)),
	stepOf(fc.tuple(number, number), (session, [which, who]) => {
		const group = session.group(which);
		group.served(session.consumer(group, who), ++session.now_ms);
	}),
	stepOf(fc.tuple(number, number), (session, [which, who]) => {
		const group = session.group(which);
		group.removeConsumer(session.consumer(group, who));
	}),
	stepOf(number, (session, which) => session.stream.removeGroup(session.group(which))),
	stepOf(fc.tuple(number, number), (session, [which, at]) => session.group(which).moveTo(session.someId(at))),
	stepOf(number, (session, which) => {
		const group = session.group(which);
		group.touch();
		group.entriesRead.set(BigInt(which));
	}),
];
const step = fc.oneof(
	...entrySteps.map((arbitrary) => ({ weight: 3, arbitrary })),
	...groupSteps.map((arbitrary) => ({ weight: 2, arbitrary })),
	{ weight: 7, arbitrary: fc.constant<Step>((session) => session.begin()) },
	{ weight: 8, arbitrary: fc.constant<Step>((session) => void session.take()) },
	{ weight: 1, arbitrary: fc.constant<Step>((session) => session.readAtOnce()) },
	{ weight: 1, arbitrary: fc.constant<Step>((session) => session.finish()) },
	{ weight: 1, arbitrary: fc.constant<Step>((session) => session.detach()) },
	{ weight: 1, arbitrary: fc.constant<Step>((session) => session.cloneItself()) },
);

function filled(count: number, value: string): Session {
	const session = new Session({});
	for (let i = 0; i < count; i++) session.add(1n << 64n, ["field", `${value}${i}`]);
	return session;
}

describe("a stream that is written down while it changes", () => {
	for (const limits of [{}, { streamNodeEntries: 3 }]) {
		test(`comes out as it was at the beginning, ${JSON.stringify(limits)}`, () => {
			fc.assert(
				fc.property(fc.array(step, { minLength: 5, maxLength: 80, size: "max" }), (steps) => {
					const session = new Session(limits);
					for (const take of steps) {
						take(session);
						session.stream.verify();
					}
					session.finish();
				}),
				{ numRuns: 60 },
			);
		}, 60_000);
	}

	test("goes on behind the run before, where the last one was deleted", () => {
		// Some of them leave room for all of it in one block.
		for (let count = 16_000; count < 16_200; count += 20) {
			const session = filled(count, "value");
			session.add(1n << 64n, ["other", "v".repeat(4000)]);
			session.begin();
			session.stream.delete(session.someId(count));
			session.add(1n << 64n, ["field", "behind"]);
			session.stream.verify();
			session.finish();
		}
	});

	test("remembers what was pending where all of it went and other entries came", () => {
		const session = filled(40, "");
		const group = session.group(0);
		session.deliver(group, session.consumer(group, 0), 40);
		session.begin();
		for (const id of session.pendingIds(group, 0, 40)) group.acknowledge(id);
		session.add(1n << 64n, ["field", "more"]);
		session.deliver(group, session.consumer(group, 0), 1);
		expect(session.snapshot!.keptBytes()).toBeLessThan(1000);
		session.finish();
	});

	test("comes in pieces of a size", () => {
		const { stream } = filled(40_000, "v".repeat(100));
		const snapshot = stream.beginSnapshot();
		let [runs, bytes] = [0, 0];
		for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) {
			if (piece.form !== "runs") continue;
			runs += piece.count;
			bytes += piece.bytes.length;
			expect(piece.bytes.length).toBeLessThanOrEqual(PIECE_BYTES);
		}
		expect(runs).toBe(stream.runCount);
		expect(bytes).toBeGreaterThan(4_000_000);
	});

	test("copies no entries, whatever happens to them", () => {
		const session = filled(10_000, "value");
		const { stream } = session;
		const expected = stateOf(stream);
		const snapshot = stream.beginSnapshot();
		stream.snapshot = snapshot;
		for (let i = 0; i < 2000; i++) session.add(1n << 64n, ["field", "more"]);
		const directories = stream.blocks.reduce((sum, { directory }) => sum + directory.byteLength, 0);
		expect(snapshot.keptBytes()).toBeLessThanOrEqual(directories);
		for (let i = 0; i < 50; i++) stream.delete(session.someId(100 * i));
		stream.trimToLength(5000, true, 0);
		stream.trimToLength(1000, false, 0);
		expect(snapshot.keptBytes()).toBeLessThanOrEqual(directories + 8 * 150);
		const pieces = new StreamPieces();
		for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) pieces.add(piece);
		expect(pieces.end()).toEqual(expected);
	});

	test("copies a block of what is pending, once, and none where it is acknowledged in order", () => {
		const session = filled(10_000, "");
		const { stream } = session;
		const group = session.group(0);
		const consumer = session.consumer(group, 0);
		session.deliver(group, consumer, 10_000);
		const expected = stateOf(stream);
		const snapshot = stream.beginSnapshot();
		stream.snapshot = snapshot;
		for (const id of session.pendingIds(group, 0, 3000)) group.acknowledge(id);
		expect(snapshot.keptBytes()).toBe(0);
		const blockBytes = 256 * 9 * 4;
		for (let i = 0; i < 5; i++) {
			for (const id of session.pendingIds(group, 3000, 2)) {
				group.pending.find(id);
				group.countDelivery();
			}
		}
		expect(snapshot.keptBytes()).toBeGreaterThan(0);
		expect(snapshot.keptBytes()).toBeLessThanOrEqual(2 * blockBytes);
		for (let i = 0; i < 100; i++) session.add(1n << 64n, ["field", "more"]);
		session.deliver(group, consumer, 100);
		expect(snapshot.keptBytes()).toBeLessThanOrEqual(3 * blockBytes + 64 * 8 * 4);
		const pieces = new StreamPieces();
		for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) pieces.add(piece);
		expect(pieces.end()).toEqual(expected);
		stream.verify();
	});
});
