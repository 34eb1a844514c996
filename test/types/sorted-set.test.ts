import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import type { Pair } from "./sorted-set/sorted-set-model.ts";
import { SortedSetModel } from "./sorted-set/sorted-set-model.ts";

const member = fc.oneof(
	{ weight: 6, arbitrary: fc.nat(200).map((number) => `m${number}`) },
	{ weight: 1, arbitrary: fc.constantFrom("", "\0", "a", "\xff\xfe") },
	{ weight: 1, arbitrary: fc.constantFrom(64, 65, 127, 128, 254, 255, 1000, 4000, 5000).map((n) => "x".repeat(n)) },
);
const score = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.constantFrom(0.5, 1e10, Infinity, -Infinity, 70_000));

type Step = (model: SortedSetModel) => void;

const pair = fc.tuple(member, score);
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.array(pair, { minLength: 1, maxLength: 5 }).map(
			(pairs): Step =>
				(m) =>
					m.add(pairs),
		),
	},
	{
		weight: 3,
		arbitrary: fc.array(member, { minLength: 1, maxLength: 4 }).map(
			(some): Step =>
				(m) =>
					m.remove(some),
		),
	},
	{
		weight: 1,
		arbitrary: fc.tuple(fc.nat(200), fc.nat(200)).map(
			([rank, n]): Step =>
				(m) =>
					m.removeRange(rank, n),
		),
	},
	{ weight: 1, arbitrary: fc.constant<Step>((model) => model.rebuild()) },
	{
		weight: 1,
		arbitrary: fc.nat(3000).map(
			(bytes): Step =>
				(model) =>
					model.disturb(bytes),
		),
	},
	// Over the limits at once: 128 members, or 4,096 bytes.
	{
		weight: 1,
		arbitrary: fc.tuple(fc.nat(100), fc.nat(300), fc.nat(50)).map(
			([first, count, length]): Step =>
				(model) => {
					const many = Array.from({ length: count }, (_, i): Pair => [`m${first + i}${"-".repeat(length)}`, i % 7]);
					if (many.length > 0) model.add(many);
				},
		),
	},
);

describe("a sorted set beside a sorted array", () => {
	test("whatever is done to it", () => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
				const model = new SortedSetModel();
				for (const take of steps) {
					take(model);
					model.check();
				}
			}),
			{ numRuns: 120, seed: 1 },
		);
	});

	test("small for long", () => {
		const random = new Random(1);
		const model = new SortedSetModel();
		for (let i = 0; i < 5000; i++) {
			const name = `m${random.below(40)}`;
			if (random.below(3) === 0) model.remove([name]);
			else model.add([[name, random.below(1000) / 2]]);
			if (i % 50 === 0) {
				model.disturb(random.below(500));
				model.check();
			}
		}
	});

	test("large for long", () => {
		const random = new Random(2);
		const model = new SortedSetModel();
		for (let i = 0; i < 40_000; i++) {
			const name = `member:${random.below(3000)}`;
			if (random.below(4) === 0) model.remove([name]);
			else model.add([[name, random.below(1000)]]);
			if (i % 10_000 === 9999) model.check();
		}
		while (model.scores.size > 0) model.removeRange(random.below(model.scores.size), 1 + random.below(300));
		model.check();
	});
});

describe("memory", () => {
	test("ten members cost what docs/sorted-sets.md computes", () => {
		for (const [scores, bytes] of [
			[(i: number) => i, 124],
			[(i: number) => 999_990 + i, 155],
			[(i: number) => i + 0.5, 205],
		] as const) {
			const model = new SortedSetModel("zset:000000000000");
			model.add(Array.from({ length: 10 }, (_, i): Pair => [`member:${i}`, scores(i)]));
			model.check();
			expect(model.database.table.entryStride()).toBe(bytes);
		}
	});

	test("little that is left of much is packed again, and goes on as what it was", () => {
		const model = new SortedSetModel();
		model.add(Array.from({ length: 300 }, (_, i): Pair => [`member:${i}`, i]));
		expect(model.isPacked()).toBe(false);
		model.removeRange(0, 250);
		expect(model.isPacked()).toBe(false);
		model.removeRange(0, 18);
		expect(model.isPacked()).toBe(true);
		model.check();
		model.add(Array.from({ length: 96 }, (_, i): Pair => [`member:${i}`, i]));
		expect(model.isPacked()).toBe(true);
		model.add([["one more", 1]]);
		expect(model.isPacked()).toBe(false);
		model.check();
		// Few, but long.
		const long = new SortedSetModel();
		long.add(Array.from({ length: 20 }, (_, i): Pair => [`${"x".repeat(300)}${i}`, i]));
		long.removeRange(0, 10);
		expect(long.isPacked()).toBe(false);
		long.removeRange(0, 5);
		expect(long.isPacked()).toBe(true);
		long.check();
	});

	test("is given back, and counted, whatever form the set has", () => {
		const model = new SortedSetModel();
		const empty = model.database.table.bytesUsed();
		for (const count of [10, 100, 5000]) {
			const pairs = Array.from({ length: count }, (_, i): Pair => [`member:${i}`, i]);
			model.add(pairs);
			model.check();
			// What is spare at first counts, so ten members take nothing more.
			expect(model.database.table.bytesUsed()).toBeGreaterThanOrEqual(empty + (count - 10) * 10);
			model.removeRange(0, count);
			model.check();
			expect(model.database.table.bytesUsed()).toBeLessThan(empty + 300);
			expect(model.database.table.handles.bytes).toBe(0);
		}
	});
});
