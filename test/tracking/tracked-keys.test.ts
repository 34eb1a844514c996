import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import { TrackedKeys } from "../../src/tracking/tracked-keys.ts";
import { toBytes } from "../support/wire.ts";

class Table {
	readonly gone = new Set<number>();
	readonly keys = new TrackedKeys(1, 2, (id) => !this.gone.has(id));

	add(key: string, id: number): void {
		const bytes = toBytes(`<${key}>`);
		this.keys.add(bytes, 1, key.length, halfSipHash(bytes, 1, key.length + 1, 1, 2), id);
	}

	/** Who had read the key, in order; null where nobody had. */
	take(key: string): number[] | null {
		const bytes = toBytes(`<${key}>`);
		if (!this.keys.take(bytes, 1, key.length, halfSipHash(bytes, 1, key.length + 1, 1, 2))) return null;
		return this.readers();
	}

	readers(): number[] {
		return this.keys.taken.slice(0, this.keys.takenCount).sort((a, b) => a - b);
	}
}

describe("keys that were read", () => {
	test("know their readers, each once", () => {
		const table = new Table();
		for (const id of [3, 1, 3, 2, 1]) table.add("a", id);
		table.add("b", 1);
		expect([table.keys.count(), table.keys.items]).toEqual([2, 4]);
		expect(table.take("a")).toEqual([1, 2, 3]);
		expect(table.take("a")).toBeNull();
		expect([table.keys.count(), table.keys.items]).toEqual([1, 1]);
		table.keys.verify();
	});

	test("may have thousands of readers, of any number", () => {
		const table = new Table();
		const ids = Array.from({ length: 5000 }, (_, i) => 2 ** 47 + 2 ** 33 - 2500 + i);
		for (const id of [...ids, ...ids]) table.add("a", id);
		expect(table.keys.items).toBe(5000);
		expect(table.keys.bytesUsed()).toBeGreaterThan(5000 * 6);
		table.keys.verify();
		expect(table.take("a")).toEqual(ids);
		expect([table.keys.count(), table.keys.items]).toEqual([0, 0]);
	});

	test("are any bytes, of any length", () => {
		const table = new Table();
		const keys = ["", "\x00\xff\r\n", "k".repeat(300), "k".repeat(100_000)];
		for (const key of keys) table.add(key, 7);
		for (const key of keys) expect(table.take(key)).toEqual([7]);
	});

	test("forget readers that are gone, where many come and go", () => {
		const table = new Table();
		for (let id = 1; id <= 100_000; id++) {
			table.add("a", id);
			if (id > 10) table.gone.add(id - 10);
		}
		expect(table.keys.items).toBeLessThan(150);
		table.keys.verify();
		const readers = table.take("a")!;
		for (let id = 99_991; id <= 100_000; id++) expect(readers).toContain(id);
	});

	test("are forgotten at random, all of them in the end", () => {
		const table = new Table();
		const random = new Random(1);
		for (let i = 0; i < 1000; i++) table.add(`key ${i}`, i);
		const taken = new Set<string>();
		for (let key = table.keys.takeRandom(random); key !== null; key = table.keys.takeRandom(random)) {
			const name = Buffer.from(key).toString("latin1");
			expect(name).toBe(`key ${table.readers()[0]}`);
			taken.add(name);
		}
		expect(taken.size).toBe(1000);
		expect([table.keys.count(), table.keys.items]).toEqual([0, 0]);
		const first = [...taken].slice(0, 100).map((name) => Number(name.slice(4)));
		expect(first.some((number) => number >= 500) && first.some((number) => number < 500)).toBe(true);
	});

	test("behave as a map of sets", () => {
		const step = fc.record({
			key: fc.nat(5),
			id: fc.integer({ min: 1, max: 90 }),
			takes: fc.nat(30),
			all: fc.nat(300),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 600, size: "max" }), (steps) => {
				const table = new Table();
				const model = new Map<string, Set<number>>();
				for (const { key, id, takes, all } of steps) {
					const name = "k".repeat(key * 7);
					if (all === 0) {
						table.keys.clear();
						model.clear();
					} else if (takes === 0) {
						const readers = model.get(name);
						expect(table.take(name)).toEqual(readers === undefined ? null : [...readers].sort((a, b) => a - b));
						model.delete(name);
					} else {
						table.add(name, id);
						model.set(name, (model.get(name) ?? new Set()).add(id));
					}
					expect(table.keys.count()).toBe(model.size);
				}
				table.keys.verify();
				expect(table.keys.items).toBe([...model.values()].reduce((sum, ids) => sum + ids.size, 0));
			}),
			{ seed: 1, numRuns: 60 },
		);
	});
});
