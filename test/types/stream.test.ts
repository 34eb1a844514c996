import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Limits } from "../../src/types/limits.ts";
import { StreamModel } from "./stream-model.ts";

const name = fc.constantFrom("a", "b", "field", "x".repeat(300), "12", "");
const value = fc.oneof(
	{ weight: 6, arbitrary: fc.constantFrom("", "a", "data", "7", "0", "-5", "42", "007", "1.5", "9007199254740991") },
	{ weight: 3, arbitrary: fc.nat().map(String) },
	{ weight: 1, arbitrary: fc.maxSafeInteger().map(String) },
	{ weight: 1, arbitrary: fc.constantFrom("v".repeat(239), "v".repeat(240), "v".repeat(5000), "v".repeat(70_000)) },
);
const repeated = fc.constantFrom("on", "off", "12", "");
const strings = fc.oneof(
	{ weight: 2, arbitrary: fc.tuple(repeated, repeated, value).map(([a, b, c]) => ["a", a, "b", b, "c", c]) },
	{ weight: 3, arbitrary: value.map((text) => ["field", text]) },
	{
		weight: 1,
		arbitrary: fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 }).map((pairs) => pairs.flat()),
	},
);
const step = fc.oneof(
	{ weight: 5, arbitrary: fc.constant(1n) },
	{ weight: 5, arbitrary: fc.bigInt({ min: 1n, max: 100n }).map((ms) => ms << 64n) },
	{ weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 1n << 70n }) },
	{ weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 1n << 100n }) },
);
const number = fc.nat({ max: 1000 });
const off = fc.constantFrom(0n, 0n, 0n, 1n, -1n, 1n << 64n);

type Step = (model: StreamModel) => void;

const add = fc.tuple(step, strings).map(
	([by, list]): Step =>
		(model) =>
			model.add(by, list),
);
const burst = fc.tuple(step, strings, fc.integer({ min: 5, max: 40 })).map(
	([by, list, times]): Step =>
		(model) => {
			for (let i = 0; i < times; i++) model.add(by, list);
		},
);
const others: fc.Arbitrary<Step>[] = [
	fc.tuple(number, off).map(
		([at, by]) =>
			(model) =>
				model.delete(at, by),
	),
	fc.constant((model) => model.delete(0, 0n)),
	fc.constant((model) => model.delete(model.entries.length - 1, 0n)),
	fc.nat({ max: 100 }).map((length) => (model) => model.trimToLength(length)),
	fc.tuple(number, off).map(
		([at, by]) =>
			(model) =>
				model.trimBefore(at, by),
	),
	fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 40 })).map(([length, limit]) => (model) => {
		model.trimApproximately(length, limit);
	}),
	fc.tuple(number, number, off, off, number).map(([from, to, a, b, limit]) => (model) => {
		model.read(from, to, a, b, limit);
	}),
	fc.constant((model) => model.cloneItself()),
	fc.nat({ max: 20 }).map((count) => (model) => model.follow(count)),
	fc.nat({ max: 20 }).map((count) => (model) => model.follow(count)),
];
const steps = fc.array(
	fc.oneof(
		{ weight: 8, arbitrary: add },
		{ weight: 2, arbitrary: burst },
		...others.map((arbitrary) => ({ weight: 1, arbitrary })),
	),
	{ minLength: 1, maxLength: 80 },
);

describe("a stream beside a plain array", () => {
	const limits: Partial<Limits>[] = [
		{},
		{ streamNodeEntries: 5 },
		{ streamNodeEntries: 1 },
		{ streamNodeEntries: 0, streamNodeBytes: 0 },
		{ streamNodeBytes: 120 },
	];
	for (const limit of limits) {
		test(`with ${JSON.stringify(limit)}`, () => {
			fc.assert(
				fc.property(steps, (list) => {
					const model = new StreamModel(limit);
					for (const take of list) take(model);
					model.read(0, model.entries.length - 1, 0n, 0n, 10);
				}),
				{ numRuns: 60, seed: 1 },
			);
		});
	}
});

test("grows to many blocks and back", () => {
	const model = new StreamModel({});
	for (let i = 0; i < 20_000; i++) model.addQuietly(1n << 64n, ["field", "v".repeat(20)]);
	expect(model.stream.blocks.length).toBeGreaterThan(5);
	model.verify();
});

test("a place that was kept is given up when runs move, and not before", () => {
	for (let before = 2; before < 40; before++) {
		const model = new StreamModel({ streamNodeEntries: 2 });
		const add = (count: number) => {
			for (let i = 0; i < count; i++) model.addQuietly(1n << 64n, ["field", "some value"]);
		};
		add(before);
		model.trimToLength(before >> 1);
		model.follow(1);
		for (let i = 0; i < 10; i++) {
			add(i);
			model.follow(1);
		}
	}
});

describe("an entry costs what docs/streams.md says", () => {
	function bytesPerEntry(count: number, value: (i: number) => string): number {
		const model = new StreamModel({});
		for (let i = 0; i < count; i++) model.addQuietly(1n << 64n, ["field", value(i)]);
		return model.stream.bytesUsed() / count;
	}

	test("with a value of 12 bytes", () => {
		for (const count of [20_000, 40_000]) {
			const bytes = bytesPerEntry(count, (i) => String(i).padStart(12, "0"));
			expect(bytes).toBeGreaterThan(14.5);
			expect(bytes).toBeLessThan(16.5);
		}
	});

	test("with the same value in each", () => {
		expect(bytesPerEntry(50_000, () => "data")).toBeLessThan(3.5);
	});

	test("with a time in milliseconds", () => {
		expect(bytesPerEntry(50_000, (i) => String(1_700_000_000_000 + i))).toBeLessThan(11);
	});
});
