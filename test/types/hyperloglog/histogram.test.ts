import { describe, expect, test } from "bun:test";
import { Random } from "../../../src/bytes/random.ts";
import { Histogram } from "../../../src/types/hyperloglog/histogram.ts";
import { REGISTERS, REGISTERS_BYTES, writeRegister } from "../../../src/types/hyperloglog/registers.ts";

function packed(values: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(REGISTERS_BYTES);
	for (let i = 0; i < REGISTERS; i++) writeRegister(bytes, 0, i, values[i]!);
	return bytes;
}

/** The same registers counted in three ways. */
function histograms(values: Uint8Array): Histogram[] {
	const [bytewise, dense, single] = [new Histogram(), new Histogram(), new Histogram()];
	bytewise.addRegisters(values);
	const bytes = packed(values);
	const framed = Uint8Array.of(0xa5, ...bytes, 0xa5);
	dense.addPacked(framed, 1);
	for (const value of values) single.add(value, 1);
	return [bytewise, dense, single];
}

test("registers are counted alike in every form", () => {
	const random = new Random(1);
	for (const kinds of [1, 2, 3, 20, 64]) {
		for (const zeros of [0, 50, 99]) {
			const values = Uint8Array.from({ length: REGISTERS }, () =>
				random.below(100) < zeros ? 0 : random.below(kinds),
			);
			const [bytewise, dense, single] = histograms(values);
			expect(bytewise).toEqual(single!);
			expect(dense).toEqual(single!);
		}
	}
});

test("a cleared one is new", () => {
	const histogram = new Histogram();
	histogram.addRegisters(new Uint8Array(REGISTERS).fill(3));
	histogram.clear();
	expect(histogram).toEqual(new Histogram());
});

describe("estimates", () => {
	function estimate(values: Uint8Array): number {
		const [bytewise] = histograms(values);
		return bytewise!.estimate();
	}

	test("of nothing, and of what no element gives", () => {
		expect(estimate(new Uint8Array(REGISTERS))).toBe(0);
		expect(estimate(new Uint8Array(REGISTERS).fill(51))).toBe(Infinity);
		expect(estimate(new Uint8Array(REGISTERS).fill(63))).toBe(Infinity);
	});

	test("of equal registers grow twofold from value to value, but for the first", () => {
		const estimates = [10, 11, 12, 13].map((value) => estimate(new Uint8Array(REGISTERS).fill(value)));
		for (let i = 1; i < estimates.length; i++) expect(estimates[i]! / estimates[i - 1]!).toBeCloseTo(2, 4);
	});

	test("with registers of the largest value, as Redis has them", () => {
		const mixed = (count: number, others: number) =>
			Uint8Array.from({ length: REGISTERS }, (_, i) => (i < count ? 51 : others));
		const counts = [1, 100, 8192, 16_000, 16_383];
		expect(counts.map((count) => estimate(mixed(count, 10)))).toEqual([
			12_102_942, 12_176_523, 24_204_406, 516_360_668, 198_282_496_380,
		]);
		expect([1, 100, 8192].map((count) => BigInt(estimate(mixed(count, 48))))).toEqual([
			3326814406192630784n,
			3345346606940060672n,
			6189278822139345920n,
		]);
		expect(estimate(mixed(16_000, 48))).toBeGreaterThan(2 ** 63);
	});

	test("few registers set are counted one by one", () => {
		for (const count of [1, 2, 5, 20]) {
			const values = new Uint8Array(REGISTERS);
			for (let i = 0; i < count; i++) values[i * 800] = 1 + (i % 2);
			expect(estimate(values)).toBe(count);
		}
	});
});
