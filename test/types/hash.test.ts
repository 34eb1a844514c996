import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import { HashModel } from "./hash/hash-model.ts";

type Step =
	| { readonly kind: "set"; readonly field: string; readonly value: string; readonly keepsDeadline: boolean }
	| { readonly kind: "remove"; readonly field: string }
	| { readonly kind: "expire"; readonly field: string; readonly after_ms: number }
	| { readonly kind: "advance"; readonly by_ms: number };

function take(model: HashModel, step: Step): void {
	switch (step.kind) {
		case "set":
			return model.set(step.field, step.value, step.keepsDeadline);
		case "remove":
			return model.remove(step.field);
		case "expire":
			return model.setDeadline(step.field, step.after_ms);
		case "advance":
			return model.advance(step.by_ms);
	}
}

const fieldName = fc.oneof(
	{ weight: 8, arbitrary: fc.integer({ min: 0, max: 9 }).map((n) => `field:${n}`) },
	{
		weight: 2,
		arbitrary: fc.constantFrom("", "\x00", "f".repeat(64), "g".repeat(65), "h".repeat(130), "i".repeat(5000)),
	},
);
const value = fc.oneof(
	{ weight: 8, arbitrary: fc.integer({ min: 0, max: 70 }).map((n) => "v".repeat(n)) },
	{ weight: 2, arbitrary: fc.constantFrom("w".repeat(127), "x".repeat(128), "y".repeat(3000), "z".repeat(4096)) },
	{ weight: 1, arbitrary: fc.constantFrom("l".repeat(4097), "m".repeat(20_000)) },
);
const after_ms = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(Infinity));
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 10,
		arbitrary: fc.record({ kind: fc.constant("set" as const), field: fieldName, value, keepsDeadline: fc.boolean() }),
	},
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant("remove" as const), field: fieldName }) },
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant("expire" as const), field: fieldName, after_ms }) },
	{
		weight: 2,
		arbitrary: fc.record({ kind: fc.constant("advance" as const), by_ms: fc.integer({ min: 0, max: 30 }) }),
	},
);

describe("a hash beside a Map, verified after each step", () => {
	for (const [entries, bytes] of [
		[512, 64],
		[4, 64],
		[512, 10_000],
		[0, 0],
	]) {
		test(`up to ${entries} fields and ${bytes} bytes count as small`, () => {
			fc.assert(
				fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
					const model = new HashModel();
					model.keyspace.limits.hashEntries = entries!;
					model.keyspace.limits.hashValueBytes = bytes!;
					for (const each of steps) {
						take(model, each);
						model.compare();
					}
				}),
				{ numRuns: 60, seed: 7 },
			);
		});
	}
});

interface Load {
	readonly seed: number;
	readonly fields: number;
	readonly valueBytes: number;
	readonly entries: number;
	/** Of 100 steps, how many remove, and how many give a deadline. */
	readonly removals: number;
	readonly deadlines: number;
}

function run(load: Load, steps: number): HashModel {
	const random = new Random(load.seed);
	const model = new HashModel();
	model.keyspace.limits.hashEntries = load.entries;
	for (let i = 0; i < steps; i++) {
		const field = `field:${random.below(load.fields)}`;
		const dice = random.below(100);
		if (dice < load.removals) model.remove(field);
		else if (dice < load.removals + load.deadlines) model.setDeadline(field, 1 + random.below(500));
		else if (dice === 99) model.advance(random.below(40));
		else model.set(field, "v".repeat(random.below(load.valueBytes + 1)), random.below(2) === 0);
		if (i % 151 === 0) model.compare();
	}
	model.compare();
	return model;
}

describe("a hash that grows and shrinks", () => {
	test("from the slab to a long one and back, in order", () => {
		const model = new HashModel();
		const isLong = (): boolean => model.database.table.isExternal();
		for (let i = 0; i < 400; i++) model.set(`field:${i}`, "x".repeat(30), false);
		model.compare();
		expect(isLong()).toBe(true);
		for (let i = 0; i < 370; i++) model.remove(`field:${(i * 7) % 400}`);
		model.compare();
		expect(isLong()).toBe(false);
	});

	test("between all forms", () => {
		run({ seed: 1, fields: 600, valueBytes: 60, entries: 512, removals: 20, deadlines: 0 }, 6000);
		run({ seed: 2, fields: 100, valueBytes: 60, entries: 512, removals: 45, deadlines: 0 }, 4000);
		run({ seed: 3, fields: 300, valueBytes: 60, entries: 64, removals: 45, deadlines: 0 }, 4000);
		run({ seed: 4, fields: 3000, valueBytes: 60, entries: 512, removals: 5, deadlines: 0 }, 5000);
	});

	test("with deadlines", () => {
		run({ seed: 5, fields: 600, valueBytes: 60, entries: 512, removals: 5, deadlines: 15 }, 6000);
		run({ seed: 6, fields: 40, valueBytes: 60, entries: 512, removals: 5, deadlines: 30 }, 4000);
		run({ seed: 7, fields: 300, valueBytes: 60, entries: 64, removals: 5, deadlines: 15 }, 4000);
	});

	test("from packed to a table, where no order has to be kept", () => {
		const model = new HashModel();
		model.set("long", "x".repeat(65), false);
		for (let i = 1; i < 64; i++) model.set(`field:${i}`, "x", false);
		expect(model.database.table.isExternal()).toBe(false);
		model.set("one more", "x", false);
		expect(model.database.table.isExternal()).toBe(true);
		model.compare();
	});

	test("keeps no order beyond any reason, whatever the limits say", () => {
		const model = new HashModel();
		model.keyspace.limits.hashEntries = 1_000_000;
		for (let i = 0; i < 1024; i++) model.set(`field:${i}`, "", false);
		model.compare();
		model.set("one more", "", false);
		model.open();
		expect(model.hash.isPacked()).toBe(false);
		expect(model.hash.count()).toBe(1025);
	});
});

test("a volatile hash leaves the slab before it is too long, by whatever is added last", () => {
	for (let length = 4040; length <= 4096; length++) {
		for (const last of ["set", "deadline", "field"]) {
			const model = new HashModel();
			model.keyspace.limits.hashValueBytes = 5000;
			model.set("a", "", false);
			model.setDeadline("a", last === "field" ? 10 : Infinity);
			model.set("b", "v".repeat(length - 100), false);
			if (last === "set") model.set("b", "w".repeat(length), false);
			else {
				model.set("b", "w".repeat(length - 20), false);
				if (last === "deadline") model.setDeadline("a", 100);
				else model.set("c", "", false);
			}
			model.compare();
		}
	}
});

test("many fields announced are a table at once, as in Redis", () => {
	const model = new HashModel();
	model.open();
	model.hash.expect(513);
	expect([model.hash.isLarge(), model.hash.isPacked()]).toEqual([true, false]);
	model.keyspace.limits.hashEntries = 2;
	model.hash.expect(3);
	expect(model.hash.isLarge()).toBe(true);
});

test("random fields come from everywhere, in each form", () => {
	for (const fields of [1, 20, 300, 1000]) {
		const model = new HashModel();
		for (let i = 0; i < fields; i++) model.set(`field:${i}`, `value:${i}`, false);
		const random = new Random(3);
		const seen = new Set<string>();
		model.open();
		for (let i = 0; i < fields * 20; i++) {
			expect(model.hash.loadRandom(random)).toBe(true);
			expect(model.value()).toBe(model.field().replace("field", "value"));
			seen.add(model.field());
		}
		expect(seen.size).toBe(fields);
	}
});

test("a missing hash has nothing, and leaves nothing behind", () => {
	const model = new HashModel();
	model.open();
	expect([model.hash.count(), model.hash.find(new Uint8Array(1), 0, 1)]).toEqual([0, false]);
	expect(model.hash.loadRandom(new Random(1))).toBe(false);
	expect(model.hash.close()).toBe(false);
	expect(model.database.table.count).toBe(0);
});

test("a hash of five fields costs what docs/hashes.md computes", () => {
	const model = new HashModel();
	const { database, hash, keyspace } = model;
	const hashes = 20_000;
	const value = Buffer.from("0123456789");
	for (let i = 0; i < hashes; i++) {
		const key = Buffer.from(`hash:${String(i).padStart(11, "0")}`);
		database.peek(key, 0, key.length, database.hash(key, 0, key.length));
		hash.open(database, keyspace.limits, keyspace.now_ms);
		for (let n = 0; n < 5; n++) hash.set(Buffer.from(`field:0${n}`), 0, 8, value, 0, 10, false);
		hash.close();
	}
	const bytesPerHash = database.table.bytesUsed() / hashes;
	expect(bytesPerHash).toBeGreaterThan(124 + 4 / (13 / 16));
	expect(bytesPerHash).toBeLessThan(124 + 4 / (13 / 32) + 0.5);
});
