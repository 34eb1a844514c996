import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { keepPages } from "../../src/adapters/pages.ts";
import { Handles } from "../../src/memory/handles.ts";
import { LongString } from "../../src/memory/long-string.ts";
import { type LongStringSnapshot, STRETCH_BYTES } from "../../src/memory/long-string-snapshot.ts";
import { PIECE_BYTES } from "../../src/memory/snapshot.ts";

function restOf(snapshot: LongStringSnapshot): Buffer[] {
	const pieces: Buffer[] = [];
	for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) {
		expect(piece.bytes.length).toBeLessThanOrEqual(PIECE_BYTES);
		expect(piece.bytes.buffer.byteLength).toBe(piece.bytes.length);
		pieces.push(Buffer.from(piece.bytes));
	}
	return pieces;
}

function attached(string: LongString): LongStringSnapshot {
	const snapshot = string.beginSnapshot();
	string.snapshot = snapshot;
	return snapshot;
}

function random(length: number, seed: number): Buffer {
	const bytes = Buffer.alloc(length);
	for (let i = 0, x = seed | 1; i < length; i++) bytes[i] = (x = Math.imul(x, 1_103_515_245) + 12_345) >>> 16;
	return bytes;
}

const length = fc.oneof(
	fc.nat(100),
	fc.constantFrom(STRETCH_BYTES - 1, STRETCH_BYTES, PIECE_BYTES),
	fc.nat(6 * PIECE_BYTES),
);
const written = fc.oneof(fc.nat(20), fc.nat(3 * STRETCH_BYTES));
const where = fc.double({ min: 0, max: 1, noNaN: true });

type Step = (string: LongString, take: () => void) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.tuple(where, written, fc.nat()).map(
		([at, size, seed]): Step =>
			(string) => {
				const bytes = random(Math.min(size, string.length), seed);
				string.write(Math.floor(at * (string.length - bytes.length)), bytes, 0, bytes.length);
			},
	),
	written.map(
		(size): Step =>
			(string) => {
				const { length: before } = string;
				string.resize(before + size);
				string.write(before, random(size, before), 0, size);
			},
	),
	// As a packed hash does.
	where.map(
		(part): Step =>
			(string) => {
				string.preserve(0, string.length);
				string.resize(Math.floor(part * string.length));
			},
	),
	fc.tuple(length, fc.nat()).map(
		([size, seed]): Step =>
			(string) =>
				string.replace(random(size, seed), 0, size),
	),
	fc.constant<Step>((_, take) => take()),
	fc.constant<Step>((string) => {
		const copy = string.clone();
		expect(copy.snapshot).toBeNull();
		copy.bytes.fill(7);
	}),
);

describe("a long string that is written down while it changes", () => {
	test("comes out as it was at the beginning", () => {
		fc.assert(
			fc.property(length, fc.nat(), fc.array(step, { maxLength: 30 }), (size, seed, steps) => {
				const before = random(size, seed);
				const string = LongString.of(before, 0, size);
				const snapshot = attached(string);
				const pieces: Buffer[] = [];
				for (const take of steps) {
					take(string, () => {
						const piece = snapshot.next();
						if (piece !== null) pieces.push(Buffer.from(piece.bytes));
					});
				}
				expect(Buffer.concat([...pieces, ...restOf(snapshot)]).equals(before)).toBe(true);
				expect(snapshot.keptBytes).toBeLessThanOrEqual(size);
				expect(snapshot.count).toBe(size);
			}),
			{ numRuns: 300 },
		);
	});

	test("puts a stretch aside, once, and none that was taken", () => {
		const before = random(4 * PIECE_BYTES + 100, 1);
		const string = LongString.of(before, 0, before.length);
		const snapshot = attached(string);
		expect(Buffer.from(snapshot.next()!.bytes).equals(before.subarray(0, PIECE_BYTES))).toBe(true);
		for (let i = 0; i < 100; i++) string.write(PIECE_BYTES - 1 - i, before, i, 1);
		expect(snapshot.keptBytes).toBe(0);
		for (let i = 0; i < 100; i++) string.write(2 * PIECE_BYTES + i, before, i, 1);
		expect(snapshot.keptBytes).toBe(STRETCH_BYTES);
		string.write(before.length - 1, before, 0, 1);
		expect(snapshot.keptBytes).toBe(STRETCH_BYTES + 100);
		string.write(3 * PIECE_BYTES - 1, before, 0, 2);
		expect(snapshot.keptBytes).toBe(3 * STRETCH_BYTES + 100);
		expect(Buffer.concat(restOf(snapshot)).equals(before.subarray(PIECE_BYTES))).toBe(true);
	});

	test("that gets another buffer leaves the old one to the snapshot", () => {
		const before = random(PIECE_BYTES, 2);
		const string = LongString.of(before, 0, before.length);
		const snapshot = attached(string);
		string.resize(before.length + 1);
		string.write(0, random(PIECE_BYTES, 3), 0, PIECE_BYTES);
		expect(snapshot.keptBytes).toBe(0);
		expect(Buffer.concat(restOf(snapshot)).equals(before)).toBe(true);
	});

	test("keeps its memory until it has been taken", () => {
		const released: Uint8Array[] = [];
		const releaseAllLater = (buffers: Iterable<Uint8Array>) => void released.push(...buffers);
		const handles = new Handles({ ...keepPages, releaseAllLater });
		const before = random(4 * PIECE_BYTES, 5);
		const [read, other] = [LongString.of(before, 0, before.length), LongString.of(before, 0, before.length)];
		const handle = handles.add(read);
		handles.add(other);
		attached(read);
		expect([...handles.buffers()]).toEqual([other.bytes]);
		handles.release(handle);
		expect(released).toEqual([]);
		const again = handles.add(read);
		read.snapshot = null;
		expect([...handles.buffers()].length).toBe(2);
		handles.release(again);
		expect(released).toEqual([read.bytes]);
	});

	test("can be read without being told of changes, beside one that is", () => {
		const before = random(PIECE_BYTES + 5, 4);
		const string = LongString.of(before, 0, before.length);
		const snapshot = attached(string);
		string.write(5, Buffer.from("changed"), 0, 7);
		const now = Buffer.concat(restOf(string.beginSnapshot()));
		expect(now.equals(Buffer.from(string.bytes))).toBe(true);
		expect(Buffer.concat(restOf(snapshot)).equals(before)).toBe(true);
	});
});
