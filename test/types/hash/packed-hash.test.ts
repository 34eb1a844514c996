import { expect, test } from "bun:test";
import { writePacked } from "../../../src/memory/packed.ts";
import {
	deadlineBytes,
	dropExpired,
	headBytes,
	readBound,
	readCount,
	readDeadline,
	verifyPackedHash,
	volatileLength,
	writeBound,
	writeCount,
	writeDeadline,
	writeVolatile,
} from "../../../src/types/hash/packed-hash.ts";

const HEAD = 5;
const moments = [0, 1, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1_700_000_000_123, 2 ** 46 - 1, 2 ** 48 - 2, Infinity];

/** A hash of these fields, whose values are their names in capitals, from HEAD on. */
function pack(names: readonly string[]): { bytes: Uint8Array; to: number } {
	const bytes = new Uint8Array(1000);
	writeCount(bytes, HEAD, names.length);
	let to = HEAD + headBytes(false);
	for (const text of names.flatMap((name) => [name, name.toUpperCase()])) {
		to = writePacked(bytes, to, Buffer.from(text), 0, text.length);
	}
	verifyPackedHash(bytes, HEAD, to, false);
	return { bytes, to };
}

test("counts and moments are what was written", () => {
	const bytes = new Uint8Array(20);
	for (const count of [0, 1, 255, 256, 1024, 65_535]) {
		writeCount(bytes, 1, count);
		expect(readCount(bytes, 1)).toBe(count);
	}
	for (const moment of moments) {
		writeBound(bytes, 1, moment);
		expect(readBound(bytes, 1)).toBe(moment);
		expect(writeDeadline(bytes, 9, moment)).toBe(9 + deadlineBytes(moment));
		expect(readDeadline(bytes, 9)).toBe(moment);
	}
});

test("a hash that becomes volatile has the same fields without deadlines", () => {
	const { bytes, to } = pack(["a", "bb", "long".repeat(40)]);
	const length = volatileLength(to - HEAD, 3);
	const target = new Uint8Array(length + 3).fill(0xee);
	writeVolatile(bytes, HEAD, to, target);
	verifyPackedHash(target, 0, length, true);
	expect([readCount(target, 0), readBound(target, 0)]).toEqual([3, Infinity]);
	expect([...target.subarray(length)]).toEqual([0xee, 0xee, 0xee]);
});

test("what has expired goes, the rest closes ranks, and the bound is exact", () => {
	const bytes = new Uint8Array(500);
	const deadlines = [100, Infinity, 99, 101, 98, 300];
	writeCount(bytes, HEAD, deadlines.length);
	writeBound(bytes, HEAD, 98);
	let to = HEAD + headBytes(true);
	for (const [i, deadline_ms] of deadlines.entries()) {
		to = writePacked(bytes, to, Buffer.from(`field${i}`), 0, 6);
		to = writePacked(bytes, to, Buffer.from("value"), 0, 5);
		to = writeDeadline(bytes, to, deadline_ms);
	}
	verifyPackedHash(bytes, HEAD, to, true);
	// A field lives through the millisecond of its deadline.
	const end = dropExpired(bytes, HEAD, to, 100);
	verifyPackedHash(bytes, HEAD, end, true);
	expect([readCount(bytes, HEAD), readBound(bytes, HEAD)]).toEqual([4, 100]);
	expect(
		Buffer.from(bytes.subarray(HEAD, end))
			.toString("latin1")
			.match(/field\d/g),
	).toEqual(["field0", "field1", "field3", "field5"]);
	expect(dropExpired(bytes, HEAD, end, 100)).toBe(end);
	const last = dropExpired(bytes, HEAD, end, 1000);
	expect([readCount(bytes, HEAD), readBound(bytes, HEAD)]).toEqual([1, Infinity]);
	verifyPackedHash(bytes, HEAD, last, true);
});

test("a hash that is not in order is found out", () => {
	const { bytes, to } = pack(["a", "b"]);
	expect(() => verifyPackedHash(bytes, HEAD, to - 1, false)).toThrow();
	writeCount(bytes, HEAD, 3);
	expect(() => verifyPackedHash(bytes, HEAD, to, false)).toThrow("counted");
	const target = new Uint8Array(100);
	writeCount(bytes, HEAD, 2);
	writeVolatile(bytes, HEAD, to, target);
	const end = writeDeadline(target, volatileLength(to - HEAD, 2) - 1, 50);
	writeBound(target, 0, 50);
	verifyPackedHash(target, 0, end, true);
	writeBound(target, 0, 51);
	expect(() => verifyPackedHash(target, 0, end, true)).toThrow("before the bound");
});
