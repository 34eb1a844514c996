import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Counter } from "../../../src/types/stream/counter.ts";
import { StreamId } from "../../../src/types/stream/stream-id.ts";

const LIMIT = 1n << 128n;

function idOf(value: bigint): StreamId {
	const id = new StreamId();
	const half = (shift: bigint) => Number(BigInt.asIntN(32, value >> shift));
	[id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow] = [half(96n), half(64n), half(32n), half(0n)];
	return id;
}

function numberOf(id: StreamId): bigint {
	const halves = [id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow];
	return halves.reduce((sum, half) => (sum << 32n) | BigInt(half >>> 0), 0n);
}

/** Values around the places where a half ends, and any others. */
const value = fc.oneof(
	fc.bigInt({ min: 0n, max: LIMIT - 1n }),
	fc
		.tuple(fc.constantFrom(0n, 31n, 32n, 63n, 64n, 95n, 96n, 127n, 128n), fc.bigInt({ min: -2n, max: 2n }))
		.map(([bits, off]) => BigInt.asUintN(128, (1n << bits) + off)),
);

describe("StreamId", () => {
	test("compares as numbers of 128 bits do", () => {
		fc.assert(
			fc.property(value, value, (a, b) => {
				const [x, y] = [idOf(a), idOf(b)];
				const order = a < b ? -1 : a > b ? 1 : 0;
				expect(x.compare(y)).toBe(order);
				expect(x.equals(y)).toBe(order === 0);
				const words = new Int32Array(9);
				y.store(words, 5);
				expect(x.compareTo(words, 5)).toBe(order);
				expect(x.isSameTime(y)).toBe(a >> 64n === b >> 64n);
			}),
			{ seed: 1 },
		);
	});

	test("counts up and down, and round at the ends", () => {
		fc.assert(
			fc.property(value, (a) => {
				const up = idOf(a);
				expect(up.increment()).toBe(a + 1n < LIMIT);
				expect(numberOf(up)).toBe(BigInt.asUintN(128, a + 1n));
				const down = idOf(a);
				expect(down.decrement()).toBe(a > 0n);
				expect(numberOf(down)).toBe(BigInt.asUintN(128, a - 1n));
				const sequence = idOf(a);
				sequence.decrementSequence();
				sequence.incrementSequence();
				expect(numberOf(sequence)).toBe(a);
			}),
			{ seed: 1 },
		);
	});

	test("knows its ends, and the first id of a moment", () => {
		const id = new StreamId();
		expect([id.isMin(), id.isMax()]).toEqual([true, false]);
		id.setMax();
		expect([numberOf(id), id.isMin(), id.isMax()]).toEqual([LIMIT - 1n, false, true]);
		id.setMin();
		expect(numberOf(id)).toBe(0n);
		for (const ms of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1_526_919_030_474, Number.MAX_SAFE_INTEGER]) {
			id.setTime(ms);
			expect(numberOf(id)).toBe(BigInt(ms) << 64n);
		}
	});
});

describe("Counter", () => {
	test("counts up across its halves, and is a plain number where one is exact", () => {
		const counter = new Counter();
		for (const start of [0n, 1n, 2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 53n - 2n, 2n ** 53n - 1n, 2n ** 63n - 1n]) {
			counter.set(start);
			expect(counter.value()).toBe(start);
			counter.increment();
			expect(counter.value()).toBe(BigInt.asIntN(64, start + 1n));
			const isSafe = start + 1n < 2n ** 53n;
			expect(counter.number()).toBe(isSafe ? Number(start + 1n) : Number.NaN);
		}
	});

	test("may be unknown", () => {
		const counter = new Counter();
		expect([counter.isUnknown(), counter.isZero()]).toEqual([false, true]);
		counter.setUnknown();
		expect([counter.isUnknown(), counter.isZero(), counter.value()]).toEqual([true, false, -1n]);
		counter.set(-1n);
		expect(counter.isUnknown()).toBe(true);
	});
});
