import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { ReplicationStream } from "../../src/replication/stream.ts";

const BLOCK = 256 * 1024;

/** Byte number `at` of the history of these tests. */
const byteAt = (at: number) => (at * 31 + (at >> 8)) & 0xff;

function append(stream: ReplicationStream, length: number): void {
	const bytes = new Uint8Array(length + 2);
	for (let i = 0; i < length; i++) bytes[i + 1] = byteAt(stream.offset + i);
	stream.append(bytes, 1, length + 1);
}

/** Reads everything behind `offset` and checks each byte; returns how many there were. */
function readAll(stream: ReplicationStream, offset: number): number {
	let at = offset;
	for (let length = stream.find(at); length > 0; length = stream.find(at)) {
		for (let i = 0; i < length; i++, at++) {
			if (stream.found[stream.foundAt + i] !== byteAt(at)) throw new Error(`byte ${at} is wrong`);
		}
	}
	return at - offset;
}

describe("the stream of replication", () => {
	test("keeps nothing while it is closed", () => {
		const stream = new ReplicationStream(1000);
		expect(stream.has(0)).toBe(false);
		stream.open(77);
		append(stream, 10);
		expect([stream.offset, stream.start, stream.has(77), stream.has(87), stream.has(88)]).toEqual([
			87,
			77,
			true,
			true,
			false,
		]);
		stream.close();
		expect([stream.has(87), stream.bytesUsed(), stream.offset]).toEqual([false, 0, 87]);
	});

	test("gives back what was appended, whatever the pieces, and no more memory than the backlog and two blocks", () => {
		const random = new Random(1);
		const stream = new ReplicationStream(3 * BLOCK);
		stream.open(5);
		for (let round = 0; round < 200; round++) {
			append(stream, random.below(BLOCK) + (round % 10 === 0 ? BLOCK : 0));
			expect(stream.offset - stream.start).toBeGreaterThanOrEqual(Math.min(stream.offset - 5, 3 * BLOCK));
			expect(stream.bytesUsed()).toBeLessThanOrEqual(3 * BLOCK + 4 * BLOCK);
		}
		expect(stream.has(stream.start - 1)).toBe(false);
		expect(readAll(stream, stream.start)).toBe(stream.offset - stream.start);
	});

	test("keeps what a reader has not had, until it has", () => {
		const stream = new ReplicationStream(10);
		stream.open(0);
		const reader = { offset: 100 };
		stream.readers.add(reader);
		for (let i = 0; i < 10; i++) append(stream, BLOCK);
		expect(stream.has(100)).toBe(true);
		expect(readAll(stream, 100)).toBe(10 * BLOCK - 100);
		reader.offset = 5 * BLOCK + 1;
		stream.trim();
		expect(stream.start).toBe(5 * BLOCK);
		stream.readers.delete(reader);
		stream.trim();
		expect(stream.start).toBe(9 * BLOCK);
	});
});
