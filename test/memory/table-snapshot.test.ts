import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf, latin1 } from "../../src/bytes/ascii.ts";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import {
	INLINE_KEY_MAX,
	isLive,
	KIND_DEADLINE,
	KIND_EXTERNAL,
	keyLength,
	keyStart,
	NO_HEAP_POSITION,
	readHeapPosition,
	readUint32,
	SLAB_START,
	strideOf,
	valueField,
	valueLengthAt,
	valueStartAt,
} from "../../src/memory/entry.ts";
import { LongString } from "../../src/memory/long-string.ts";
import type { EntriesPiece } from "../../src/memory/snapshot.ts";
import { KEEP_DEADLINE, Table } from "../../src/memory/table.ts";
import { TableSnapshot } from "../../src/memory/table-snapshot.ts";

const SEED0 = 1;
const SEED1 = 2;

interface Value {
	readonly text: string;
	readonly deadline_ms: number;
}

/** A table of few slots to a segment beside the map that it should be. */
class Subject {
	readonly table = new Table(SEED0, SEED1, undefined, 64);
	readonly model = new Map<string, Value>();

	put(key: string, text: string, deadline_ms: number): void {
		const bytes = bytesOf(key);
		const value = bytesOf(text);
		const { table } = this;
		const hash = hashOf(bytes);
		table.find(bytes, 0, bytes.length, hash);
		if (value.length <= 4096) {
			table.putInline(bytes, 0, bytes.length, hash, 0, value, 0, value.length, deadline_ms, 0);
		} else {
			const string = LongString.of(value, 0, value.length);
			table.putExternal(bytes, 0, bytes.length, hash, 0, string, deadline_ms, 0);
		}
		const old = this.model.get(key)?.deadline_ms ?? Infinity;
		this.model.set(key, { text, deadline_ms: deadline_ms === KEEP_DEADLINE ? old : deadline_ms });
	}

	/** In the slab, as the commands that change a value where it lies do. */
	overwrite(key: string, byte: number): void {
		const bytes = bytesOf(key);
		const { table } = this;
		if (!table.find(bytes, 0, bytes.length, hashOf(bytes)) || table.isExternal() || table.valueLength() === 0) return;
		table.segment.slab[table.valueStart()] = byte;
		const { text, deadline_ms } = this.model.get(key)!;
		this.model.set(key, { text: String.fromCharCode(byte) + text.slice(1), deadline_ms });
	}

	expireAt(key: string, deadline_ms: number): void {
		const bytes = bytesOf(key);
		if (!this.table.find(bytes, 0, bytes.length, hashOf(bytes))) return;
		this.table.setDeadline(deadline_ms);
		this.model.set(key, { text: this.model.get(key)!.text, deadline_ms });
	}

	remove(key: string): void {
		const bytes = bytesOf(key);
		if (this.table.find(bytes, 0, bytes.length, hashOf(bytes))) this.table.remove();
		this.model.delete(key);
	}

	removeDue(now_ms: number): void {
		while (this.table.findDue(now_ms)) {
			this.table.loadKey();
			const { keyBytes, keyFrom, keyTo } = this.table;
			this.model.delete(latin1(keyBytes, keyFrom, keyTo));
			this.table.remove();
		}
	}
}

function hashOf(bytes: Uint8Array): number {
	return halfSipHash(bytes, 0, bytes.length, SEED0, SEED1);
}

/** Adds what a piece holds; a key that comes twice is a defect. */
function collect(piece: EntriesPiece, into: Map<string, Value>): void {
	const { slab, used, deadlines, strings } = piece;
	for (let offset = SLAB_START; offset < used; offset += strideOf(slab, offset)) {
		if (!isLive(slab, offset)) continue;
		const length = keyLength(slab, offset);
		const start = keyStart(slab, offset);
		const key =
			length > INLINE_KEY_MAX
				? latin1(strings[readUint32(slab, start)]!, 0, length)
				: latin1(slab, start, start + length);
		const field = valueField(slab, offset);
		const kind = slab[offset]!;
		let text: string;
		if ((kind & KIND_EXTERNAL) !== 0) {
			const string = strings[readUint32(slab, field)]!;
			text = latin1(string, 0, string.length);
		} else {
			const at = valueStartAt(slab, field);
			text = latin1(slab, at, at + valueLengthAt(slab, field));
		}
		const position = (kind & KIND_DEADLINE) === 0 ? NO_HEAP_POSITION : readHeapPosition(slab, offset);
		const deadline_ms = position === NO_HEAP_POSITION ? Infinity : deadlines![position]!;
		expect(into.has(key)).toBe(false);
		into.set(key, { text, deadline_ms });
	}
}

const key = fc.nat(400).map((number) => (number === 400 ? "k".repeat(INLINE_KEY_MAX + 1) : `key:${number}`));
const text = fc.oneof(fc.string({ maxLength: 40, unit: "binary-ascii" }), fc.constant("long".repeat(1100)));
const deadline = fc.oneof(fc.constant(Infinity), fc.constant(KEEP_DEADLINE), fc.integer({ min: 1, max: 1000 }));
type Step = (subject: Subject) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.tuple(key, text, deadline).map(
		([name, value, at_ms]): Step =>
			(subject) =>
				subject.put(name, value, at_ms),
	),
	key.map(
		(name): Step =>
			(subject) =>
				subject.remove(name),
	),
	fc.tuple(key, fc.nat(127)).map(
		([name, byte]): Step =>
			(subject) =>
				subject.overwrite(name, byte),
	),
	fc.tuple(key, fc.integer({ min: 1, max: 1000 })).map(
		([name, at_ms]): Step =>
			(subject) =>
				subject.expireAt(name, at_ms),
	),
	fc.nat(300).map(
		(now_ms): Step =>
			(subject) =>
				subject.removeDue(now_ms),
	),
	fc.nat(399).map(
		(from): Step =>
			(subject) => {
				for (let i = from; i < from + 150; i++) subject.remove(`key:${i % 400}`);
			},
	),
	fc.nat(399).map(
		(from): Step =>
			(subject) => {
				for (let i = from; i < from + 150; i++) subject.put(`key:${i % 400}`, "refilled", Infinity);
			},
	),
);

describe("a snapshot of a table", () => {
	test("is the table as it was, whatever changes meanwhile", () => {
		fc.assert(
			fc.property(
				fc.array(step, { maxLength: 40 }),
				fc.array(fc.oneof({ weight: 3, arbitrary: step }, { weight: 1, arbitrary: fc.constant("take" as const) }), {
					maxLength: 60,
				}),
				(before, during) => {
					const subject = new Subject();
					for (const run of before) run(subject);
					const expected = new Map(subject.model);
					const { table } = subject;
					const snapshot = TableSnapshot.ofMembers(table);
					table.snapshot = snapshot;
					expect(snapshot.count).toBe(expected.size);
					const taken = new Map<string, Value>();
					for (const what of during) {
						if (what === "take") {
							const piece = snapshot.next();
							if (piece !== null) collect(piece, taken);
						} else what(subject);
						table.verify();
					}
					for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) collect(piece, taken);
					expect(taken).toEqual(expected);
					expect(table.snapshot).toBeNull();
					expect(table.count).toBe(subject.model.size);
				},
			),
			{ numRuns: 300 },
		);
	});

	test("needs not be told of what is only read", () => {
		const subject = new Subject();
		for (let i = 0; i < 100; i++) subject.put(`key:${i}`, "value", Infinity);
		const context = { isArmed: false, takeBuffer: (bytes: number) => new Uint8Array(bytes), objects: null };
		const snapshot = new TableSnapshot(subject.table, context);
		subject.table.snapshot = snapshot;
		for (let i = 0; i < 100; i++)
			subject.table.find(bytesOf(`key:${i}`), 0, bytesOf(`key:${i}`).length, hashOf(bytesOf(`key:${i}`)));
		expect(snapshot.bytesAside()).toBe(0);
		context.isArmed = true;
		subject.overwrite("key:1", 65);
		const once = snapshot.bytesAside();
		expect(once).toBeGreaterThan(0);
		subject.overwrite("key:1", 66);
		subject.remove("key:1");
		subject.put("key:1", "anew", Infinity);
		expect(snapshot.bytesAside()).toBe(once);
	});

	test("that is given up costs nothing more", () => {
		const subject = new Subject();
		for (let i = 0; i < 100; i++) subject.put(`key:${i}`, "value", Infinity);
		const snapshot = TableSnapshot.ofMembers(subject.table);
		subject.table.snapshot = snapshot;
		snapshot.detach();
		expect(subject.table.snapshot).toBeNull();
		subject.remove("key:1");
		expect(snapshot.bytesAside()).toBe(0);
	});
});
