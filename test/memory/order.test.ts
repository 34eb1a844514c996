import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { keepPages } from "../../src/adapters/pages.ts";
import { Random } from "../../src/bytes/random.ts";
import { OrderCursor } from "../../src/memory/order/cursor.ts";
import { Element } from "../../src/memory/order/element.ts";
import { Order } from "../../src/memory/order.ts";
import { OrderModel } from "./order/order-model.ts";

/** Members of every length that matters: none, in a record, at its limit, beyond; and many with equal beginnings. */
const member = fc.oneof(
	{ weight: 4, arbitrary: fc.nat(400).map((number) => `member:${String(number).padStart(4, "0")}`) },
	{ weight: 1, arbitrary: fc.constantFrom("", "\0", "a", "a\0", "ab", "\xff", "\xff\xff") },
	{ weight: 1, arbitrary: fc.nat(60).map((number) => "m".repeat(200) + number) },
	{ weight: 1, arbitrary: fc.integer({ min: 252, max: 257 }).map((length) => "l".repeat(length)) },
	{ weight: 1, arbitrary: fc.nat(60).map((number) => "long".repeat(100) + number) },
);
const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0, -0, 0.5, Infinity, -Infinity, 5e-324));

type Step = (model: OrderModel) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.tuple(member, score).map(
			([name, value]): Step =>
				(model) =>
					model.set(name, value),
		),
	},
	{
		weight: 3,
		arbitrary: member.map(
			(name): Step =>
				(model) =>
					model.remove(name),
		),
	},
	{
		weight: 1,
		arbitrary: fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 300 })).map(
			([rank, limit]): Step =>
				(model) =>
					model.removeFrom(rank, limit),
		),
	},
	// Enough of them at once that blocks split.
	{
		weight: 1,
		arbitrary: fc.tuple(fc.nat(300), fc.nat(300), score).map(
			([first, count, value]): Step =>
				(model) => {
					for (let i = first; i < first + count; i++)
						model.set(`member:${String(i).padStart(4, "0")}`, value + (i % 3));
				},
		),
	},
	{ weight: 1, arbitrary: fc.constant<Step>((model) => model.clone()) },
);

describe("an order beside a sorted array", () => {
	test("whatever is done to it", () => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
				const model = new OrderModel();
				for (const take of steps) {
					take(model);
					model.order.verify();
				}
				model.check();
			}),
			{ numRuns: 150, seed: 1 },
		);
	});

	// Small pieces, as a property shrinks better; here the tree gets up to four levels and loses them again.
	test.each([
		["few scores, short members", 1, 16_000, 5, 6],
		["all scores equal", 2, 6000, 1, 6],
		["all scores different", 3, 6000, 1e9, 6],
		["members as long as records take", 4, 3000, 3, 230],
		["members too long for a record", 5, 1500, 3, 300],
	])("grows and shrinks: %s", (_, seed, size, scores, length) => {
		const random = new Random(seed);
		const model = new OrderModel();
		const name = () => "e".repeat(length) + random.below(size);
		for (let i = 0; i < 2 * size; i++) {
			if (random.below(10) < 9) model.set(name(), random.below(scores));
			else model.remove(name());
		}
		model.check();
		for (let i = 0; i < 5 * size; i++) {
			if (random.below(10) < 2) model.set(name(), random.below(scores));
			else if (random.below(1000) === 0) model.removeFrom(random.below(model.scores.size), 50);
			else model.remove(name());
			if (i % size === 0) model.order.verify();
		}
		model.check();
		for (const each of [...model.scores.keys()]) model.remove(each);
		model.check();
	});
});

describe("memory", () => {
	const count = 100_000;
	const key = (index: number): Uint8Array => Buffer.from(`element:${String(index).padStart(12, "0")}`);

	function filled(indexes: Iterable<number>): Order {
		const order = new Order(keepPages);
		for (const index of indexes) order.insert(index, key(index), 0, 20);
		return order;
	}

	function shuffled(): number[] {
		const random = new Random(9);
		const indexes = Array.from({ length: count }, (_, index) => index);
		for (let i = count - 1; i > 0; i--) {
			const j = random.below(i + 1);
			[indexes[i], indexes[j]] = [indexes[j]!, indexes[i]!];
		}
		return indexes;
	}

	test("an element costs what docs/sorted-sets.md computes", () => {
		// A record of 29 bytes and a slot of 2, in leaves about 69 % full; in order, full ones.
		expect(filled(shuffled()).bytesUsed() / count).toBeWithin(40, 50);
		expect(filled(Array.from({ length: count }, (_, index) => index)).bytesUsed() / count).toBeWithin(31, 36);
		expect(filled(Array.from({ length: count }, (_, index) => count - index)).bytesUsed() / count).toBeWithin(31, 36);
	});

	test("goes back when elements go", () => {
		const indexes = shuffled();
		const order = filled(indexes);
		for (const index of indexes.slice(1000)) order.remove(index, key(index), 0, 20);
		order.verify();
		expect(order.bytesUsed()).toBeLessThan(1000 * 31 * 6);
		const drained = filled(indexes);
		const cursor = new OrderCursor(new Element());
		for (let i = 1000; i < count; i++) {
			drained.seek(cursor, 0);
			drained.removeHere(1);
		}
		drained.verify();
		expect(drained.bytesUsed()).toBeLessThan(1000 * 31 * 6);
	});

	test("churn does not let it grow", () => {
		const random = new Random(3);
		const model = new OrderModel();
		for (let i = 0; i < 200_000; i++) model.set(`member:${random.below(2000)}`, random.below(1000));
		model.order.verify();
		expect(model.order.bytesUsed()).toBeLessThan(2000 * 22 * 3);
	});

	test("a small one is small", () => {
		const order = filled([1, 2, 3]);
		expect(order.bytesUsed()).toBe(4096);
		order.clear();
		order.verify();
		expect(order.bytesUsed()).toBe(4096);
	});
});
