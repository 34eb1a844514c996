import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { elementLength, elementStart, nextElement, verifyElements } from "../../../src/bytes/elements.ts";
import { PIECE_BYTES } from "../../../src/memory/snapshot.ts";
import { BLOCK_BYTES } from "../../../src/types/list/block-directory.ts";
import { BlockList } from "../../../src/types/list/block-list.ts";
import type { ListSnapshot } from "../../../src/types/list/snapshot.ts";
import { toBytes } from "../../support/wire.ts";

function textsOfRun(run: Uint8Array, from: number, to: number): string[] {
	const texts: string[] = [];
	for (let at = from; at < to; at = nextElement(run, at)) {
		const start = elementStart(run, at);
		texts.push(Buffer.from(run.buffer, run.byteOffset + start, elementLength(run, at)).toString("latin1"));
	}
	return texts;
}

function textsOf(list: BlockList): string[] {
	const texts: string[] = [];
	for (let block = 0; block < list.size; block++) {
		texts.push(...textsOfRun(list.bufferOf(block), list.startOf(block), list.endOf(block)));
	}
	return texts;
}

function usedBytes(list: BlockList): number {
	let bytes = 0;
	for (let block = 0; block < list.size; block++) bytes += list.endOf(block) - list.startOf(block);
	return bytes;
}

function push(list: BlockList, atHead: boolean, text: string): void {
	const bytes = toBytes(text);
	if (atHead) list.pushHead(bytes, 0, text.length);
	else list.pushTail(bytes, 0, text.length);
}

function listOf(count: number, length: number): BlockList {
	const list = BlockList.of(new Uint8Array(0), 0, 0, 0, 100);
	for (let i = 0; i < count; i++) push(list, false, `${i}`.padEnd(length, "-"));
	return list;
}

/** A list that is written down while it changes, and what has come of it so far. */
class Session {
	list: BlockList;
	texts: string[];
	snapshot: ListSnapshot | null;
	private expected: string[];
	private beganBytes: number;

	constructor() {
		this.list = listOf(0, 0);
		this.texts = [];
		this.snapshot = null;
		this.expected = [];
		this.beganBytes = 0;
	}

	begin(): void {
		if (this.snapshot !== null) this.finish();
		this.expected = textsOf(this.list);
		this.beganBytes = usedBytes(this.list);
		this.texts = [];
		this.snapshot = this.list.beginSnapshot();
		this.list.snapshot = this.snapshot;
		expect(this.snapshot.count).toBe(this.expected.length);
	}

	/** One that is not attached, beside the one that is. */
	readAtOnce(): void {
		const { list } = this;
		const reading = list.beginSnapshot();
		const texts: string[] = [];
		for (let piece = reading.next(); piece !== null; piece = reading.next()) {
			texts.push(...textsOfRun(piece.run, 0, piece.run.length));
		}
		expect(texts).toEqual(textsOf(list));
	}

	take(): boolean {
		const piece = this.snapshot?.next() ?? null;
		if (piece === null) return false;
		expect(verifyElements(piece.run, 0, piece.run.length)).toBe(piece.count);
		expect(piece.run.byteLength).toBe(piece.run.buffer.byteLength);
		this.texts.push(...textsOfRun(piece.run, 0, piece.run.length));
		return true;
	}

	finish(): void {
		if (this.snapshot === null) return;
		while (this.take());
		expect(this.texts).toEqual(this.expected);
		expect(this.snapshot.keptBytes).toBeLessThanOrEqual(this.beganBytes * 1.125);
		this.list.snapshot = null;
		this.snapshot = null;
	}

	/** Goes on with a copy, and the original is let go: nobody tells of what becomes of the copy. */
	cloneItself(): void {
		const copy = this.list.clone();
		expect(copy.snapshot).toBeNull();
		for (let i = 0; i < 5; i++) push(copy, true, "in the copy");
		if (copy.count > 0) {
			copy.seek(0);
			copy.replace(toBytes("changed"), 0, 7);
		}
		this.finish();
		this.list = copy;
	}
}

type Step = (session: Session) => void;

const lengths = fc.oneof(
	fc.nat(8),
	fc.constantFrom(60, 254, 255, 1000, 4000),
	fc.constantFrom(8181, 8182, 9000, 20_000),
);
const text = fc.tuple(lengths, fc.constantFrom("a", "b", "7")).map(([length, letter]) => letter.repeat(length));
const end = fc.boolean();
const position = fc.nat(100_000);

function arbitraryStep<T>(arbitrary: fc.Arbitrary<T>, take: (value: T, session: Session) => void): fc.Arbitrary<Step> {
	return arbitrary.map(
		(value): Step =>
			(session) =>
				take(value, session),
	);
}

const changes: fc.Arbitrary<Step>[] = [
	arbitraryStep(fc.tuple(end, text), ([atHead, value], { list }) => push(list, atHead, value)),
	arbitraryStep(fc.tuple(end, fc.nat(2000), fc.constantFrom(0, 5, 100)), ([atHead, count, length], { list }) => {
		for (let i = 0; i < count; i++) push(list, atHead, `${i % 7}`.padStart(length, "x"));
	}),
	arbitraryStep(fc.tuple(end, fc.constantFrom(1, 2, 10, 100, 3000)), ([atHead, count], { list }) => {
		list.drop(atHead, Math.min(count, list.count));
		if (list.size > 0) list.tighten();
	}),
	// A queue, whose blocks would be used again.
	arbitraryStep(fc.tuple(end, fc.nat(2000), fc.constantFrom(2, 100)), ([atHead, count, length], { list }) => {
		for (let i = 0; i < count; i++) {
			push(list, atHead, "q".repeat(length));
			list.drop(!atHead, 1);
		}
	}),
	arbitraryStep(fc.tuple(position, end, text), ([at, isBehind, value], { list }) => {
		if (list.count === 0) return;
		list.seek(at % list.count);
		list.insert(isBehind, toBytes(value), 0, value.length);
	}),
	arbitraryStep(fc.tuple(position, text), ([at, value], { list }) => {
		if (list.count === 0) return;
		list.seek(at % list.count);
		list.replace(toBytes(value), 0, value.length);
	}),
	// By one of the same length.
	arbitraryStep(fc.tuple(position, fc.constantFrom("c", "8")), ([at, letter], { list }) => {
		if (list.count === 0) return;
		list.seek(at % list.count);
		const length = elementLength(list.bufferOf(list.block), list.at);
		list.replace(toBytes(letter.repeat(length)), 0, length);
	}),
	arbitraryStep(fc.tuple(position, fc.constantFrom(1, 5, 10_000), end), ([at, limit, fromTail], { list }) => {
		if (list.count === 0) return;
		list.seek(at % list.count);
		const buffer = list.bufferOf(list.block);
		const bytes = buffer.slice(elementStart(buffer, list.at), nextElement(buffer, list.at));
		list.removeEqual(bytes, 0, elementLength(buffer, list.at), limit, fromTail);
	}),
];
const step = fc.oneof(
	...changes.map((arbitrary) => ({ weight: 3, arbitrary })),
	{ weight: 4, arbitrary: fc.constant<Step>((session) => session.begin()) },
	{ weight: 4, arbitrary: fc.constant<Step>((session) => void session.take()) },
	{ weight: 1, arbitrary: fc.constant<Step>((session) => session.readAtOnce()) },
	{ weight: 1, arbitrary: fc.constant<Step>((session) => session.finish()) },
	{ weight: 1, arbitrary: fc.constant<Step>((session) => session.cloneItself()) },
);

describe("a list that is written down while it changes", () => {
	test("comes out as it was at the beginning", () => {
		fc.assert(
			fc.property(fc.array(step, { minLength: 5, maxLength: 80, size: "max" }), (steps) => {
				const session = new Session();
				for (const take of steps) {
					take(session);
					session.list.verify();
				}
				session.finish();
			}),
			{ numRuns: 150 },
		);
	});

	test("comes in pieces of a size, whatever its blocks are", () => {
		for (const [count, length] of [
			[100_000, 10],
			[400, 100_000],
			[3, 1_000_000],
		] as const) {
			const list = listOf(count, length);
			const snapshot = list.beginSnapshot();
			let [pieces, seen] = [0, 0];
			for (let piece = snapshot.next(); piece !== null; piece = snapshot.next(), pieces++) {
				seen += piece.count;
				expect(piece.run.length).toBeLessThan(3 * PIECE_BYTES + length);
			}
			expect(seen).toBe(count);
			expect(pieces).toBeGreaterThan(usedBytes(list) / (3 * PIECE_BYTES + length));
			expect(pieces).toBeLessThanOrEqual(Math.max(count, (2 * usedBytes(list)) / PIECE_BYTES + 1));
		}
	});

	test("comes out as it was where a block is joined to one that was popped from", () => {
		const list = listOf(2000, 10);
		while (list.bufferOf(list.size - 1).length - list.endOf(list.size - 1) >= 12) push(list, false, "to the end");
		const expected = textsOf(list);
		const snapshot = list.beginSnapshot();
		list.snapshot = snapshot;
		list.drop(false, 3);
		const { size } = list;
		push(list, false, "g".repeat(200));
		push(list, false, "joined");
		expect(list.size).toBe(size + 1);
		expect(list.removeEqual(toBytes("g".repeat(200)), 0, 200, 1, true)).toBe(1);
		expect(list.size).toBe(size);
		const texts: string[] = [];
		for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) {
			texts.push(...textsOfRun(piece.run, 0, piece.run.length));
		}
		expect(texts).toEqual(expected);
		list.verify();
	});

	test("copies nothing to push and to pop, and no block twice", () => {
		const list = listOf(20_000, 10);
		const expected = textsOf(list);
		const snapshot = list.beginSnapshot();
		list.snapshot = snapshot;
		for (let i = 0; i < 5000; i++) push(list, i % 2 === 0, "pushed");
		list.drop(true, 2500);
		list.drop(false, 2500);
		expect(snapshot.keptBytes).toBe(0);
		list.drop(false, 3);
		for (let i = 0; i < 3; i++) push(list, false, "in their place");
		expect(snapshot.keptBytes).toBeGreaterThan(0);
		expect(snapshot.keptBytes).toBeLessThanOrEqual(BLOCK_BYTES);
		const before = snapshot.keptBytes;
		list.seek(10_000);
		list.replace(toBytes("0123456789"), 0, 10);
		expect(snapshot.keptBytes - before).toBeLessThan(150);
		for (let i = 0; i < 400; i++) {
			list.seek(10_000);
			list.replace(toBytes(`element ${i % 10}`), 0, 9);
		}
		expect(snapshot.keptBytes).toBeLessThanOrEqual(2 * BLOCK_BYTES);
		list.removeEqual(toBytes("in no block"), 0, 11, 100, false);
		expect(snapshot.keptBytes).toBeLessThanOrEqual(2 * BLOCK_BYTES);
		const texts: string[] = [];
		for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) {
			texts.push(...textsOfRun(piece.run, 0, piece.run.length));
		}
		expect(texts).toEqual(expected);
		const kept = snapshot.keptBytes;
		for (let i = 0; i < 2000; i++) {
			list.seek(10 * i);
			list.replace(toBytes("element"), 0, 7);
		}
		expect(snapshot.keptBytes).toBe(kept);
		list.verify();
	});
});
