import { expect, test } from "bun:test";
import fc from "fast-check";
import { keepPages } from "../../src/adapters/pages.ts";
import { LongString } from "../../src/memory/long-string.ts";
import { ROOM_BYTES_MAX, StringRoom } from "../../src/memory/string-room.ts";

/** Bytes of a size that tells who they belong to. */
function fill(room: StringRoom, place: number, mark: number): Uint8Array {
	const bytes = room.bytesAt(place);
	bytes.fill(mark);
	return bytes;
}

test("what is taken is large enough, and nobody else's, whatever comes and goes", () => {
	const step = fc.oneof(
		fc.record({ takes: fc.integer({ min: 1, max: 30_000 }) }),
		fc.record({ takes: fc.integer({ min: 1, max: ROOM_BYTES_MAX }) }),
		fc.record({ gives: fc.nat(1000) }),
		fc.record({ gives: fc.nat(1000) }),
	);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
			const room = new StringRoom(keepPages);
			const held: { place: number; mark: number; bytes: Uint8Array }[] = [];
			let mark = 0;
			for (const one of steps) {
				if ("takes" in one) {
					const place = room.take(one.takes);
					mark = (mark % 250) + 1;
					const bytes = fill(room, place, mark);
					expect(bytes.length).toBeGreaterThanOrEqual(one.takes);
					expect(bytes.length).toBeLessThan(one.takes + 512);
					held.push({ place, mark, bytes });
				} else if (held.length > 0) {
					const [given] = held.splice(one.gives % held.length, 1);
					room.give(given!.place);
				}
				room.verify();
			}
			for (const { mark: expected, bytes } of held) {
				expect(bytes[0]).toBe(expected);
				expect(bytes.at(-1)).toBe(expected);
				expect(bytes.every((byte) => byte === expected)).toBe(true);
			}
			for (const { place } of held) room.give(place);
			room.verify();
			expect(room.takenBytes).toBe(0);
			expect([...room.buffers()].length).toBeLessThanOrEqual(1);
		}),
		{ numRuns: 60 },
	);
});

test("room that was given is taken again", () => {
	const room = new StringRoom(keepPages);
	const places = Array.from({ length: 800 }, () => room.take(5000));
	for (let round = 0; round < 20; round++) {
		for (let i = round % 2; i < places.length; i += 2) room.give(places[i]!);
		for (let i = round % 2; i < places.length; i += 2) places[i] = room.take(4700 + round);
		room.verify();
	}
	expect([...room.buffers()].length).toBe(1);
});

test("pages of free runs are given back, never those of others", () => {
	const released: { from: number; to: number }[] = [];
	const room = new StringRoom({
		release(bytes, from, to) {
			if (bytes.length > 1 << 20) released.push({ from, to });
			// What is given back reads as zero.
			bytes.fill(0, from, to);
		},
		releaseLater() {},
		releaseAllLater() {},
	});
	const places = Array.from({ length: 60 }, () => room.take(60_000));
	for (const [i, place] of places.entries()) fill(room, place, i + 1);
	released.length = 0;
	for (let i = 0; i < 60; i += 2) room.give(places[i]!);
	expect(released.length).toBeGreaterThan(0);
	for (let i = 1; i < 60; i += 2) expect(room.bytesAt(places[i]!).every((byte) => byte === i + 1)).toBe(true);
	room.verify();
});

test("a snapshot reads what a string was, though its room is somebody else's by now", () => {
	for (const change of ["replace", "free", "resize"] as const) {
		const room = new StringRoom(keepPages);
		const source = new Uint8Array(300_000).map((_, i) => i * 7);
		const string = LongString.of(source, 0, source.length, room);
		const snapshot = string.beginSnapshot();
		string.snapshot = snapshot;
		const pieces = [snapshot.next()!.bytes];
		if (change === "replace") string.replace(source, 5, 100_000, room);
		else if (change === "free") string.free();
		else string.resize(400_000);
		LongString.of(new Uint8Array(300_000).fill(0xff), 0, 300_000, room);
		for (let piece = snapshot.next(); piece !== null; piece = snapshot.next()) pieces.push(piece.bytes);
		expect(Buffer.concat(pieces).equals(source)).toBe(true);
		room.verify();
	}
});
