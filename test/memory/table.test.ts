import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import type { Segment } from "../../src/memory/segment.ts";
import { Table } from "../../src/memory/table.ts";
import { TableModel } from "./table-model.ts";

const SEED0 = 11;
const SEED1 = 22;

function fill(table: Table, from: number, to: number): void {
	for (let i = from; i < to; i++) put(table, `key:${i}`, `value-${i}`);
}

function place(table: Table, key: string): boolean {
	const bytes = Buffer.from(key);
	return table.find(bytes, 0, bytes.length, halfSipHash(bytes, 0, bytes.length, SEED0, SEED1));
}

function put(table: Table, key: string, value: string): void {
	const bytes = Buffer.from(key);
	const hash = halfSipHash(bytes, 0, bytes.length, SEED0, SEED1);
	const source = Buffer.from(value);
	table.find(bytes, 0, bytes.length, hash);
	table.putInline(bytes, 0, bytes.length, hash, 0, source, 0, source.length, Infinity, 0);
}

function remove(table: Table, key: string): void {
	if (place(table, key)) table.remove();
}

function keyAt(table: Table, segment: Segment, offset: number): string {
	table.loadKeyOf(segment, offset);
	return Buffer.from(table.keyBytes.subarray(table.keyFrom, table.keyTo)).toString();
}

describe("a table beside a plain Map", () => {
	test("small and busy", () =>
		new TableModel(1, { keys: 50, valueBytes: 200, removals: 30, verifyEvery: 7 }).run(6000));
	test("growing through splits", () =>
		new TableModel(2, { keys: 40_000, valueBytes: 20, removals: 3, verifyEvery: 20_000 }).run(60_000));
	test("shrinking as fast as it grows", () =>
		new TableModel(3, { keys: 20_000, valueBytes: 60, removals: 45, verifyEvery: 15_000 }).run(60_000));
	test("large values, slab after slab", () =>
		new TableModel(4, { keys: 3000, valueBytes: 4000, removals: 10, verifyEvery: 3000 }).run(12_000));
});

describe("scan", () => {
	test("returns each entry once when nothing changes", () => {
		const table = new Table(SEED0, SEED1);
		fill(table, 0, 20_000);
		const seen = new Map<string, number>();
		let position = 0;
		do {
			position = table.scan(position, 10, (segment, offset) => {
				const key = keyAt(table, segment, offset);
				seen.set(key, (seen.get(key) ?? 0) + 1);
			});
		} while (position !== 0);
		expect(seen.size).toBe(20_000);
		expect(Math.max(...seen.values())).toBe(1);
	});

	test("returns what stays, whatever comes and goes meanwhile", () => {
		const table = new Table(SEED0, SEED1);
		const random = new Random(5);
		fill(table, 0, 2000);
		const seen = new Set<string>();
		let position = 0;
		let next = 2000;
		do {
			position = table.scan(position, 10, (segment, offset) => seen.add(keyAt(table, segment, offset)));
			// Grows through several splits, and removes about half of the newcomers again.
			for (let i = 0; i < 150 && next < 40_000; i++) put(table, `key:${next++}`, "x".repeat(random.below(60)));
			for (let i = 0; i < 75; i++) remove(table, `key:${2000 + random.below(next - 2000)}`);
		} while (position !== 0);
		table.verify();
		for (let i = 0; i < 2000; i++) expect(seen.has(`key:${i}`)).toBe(true);
	});

	test("moves on through an emptied table in bounded steps", () => {
		const table = new Table(SEED0, SEED1);
		fill(table, 0, 50_000);
		for (let i = 10; i < 50_000; i++) remove(table, `key:${i}`);
		let calls = 0;
		let found = 0;
		let position = 0;
		do {
			position = table.scan(position, 10, () => found++);
			calls++;
		} while (position !== 0);
		expect(found).toBe(10);
		expect(calls).toBeLessThan(200);
	});
});

describe("random entries", () => {
	test("come from everywhere", () => {
		const table = new Table(SEED0, SEED1);
		const random = new Random(7);
		fill(table, 0, 100);
		const seen = new Set<string>();
		for (let i = 0; i < 3000; i++) {
			expect(table.findRandom(random)).toBe(true);
			seen.add(keyAt(table, table.segment, table.offset));
		}
		expect(seen.size).toBe(100);
	});

	test("are found in a table that is nearly empty", () => {
		const table = new Table(SEED0, SEED1);
		const random = new Random(8);
		fill(table, 0, 60_000);
		for (let i = 1; i < 60_000; i++) remove(table, `key:${i}`);
		expect(table.findRandom(random)).toBe(true);
		expect(keyAt(table, table.segment, table.offset)).toBe("key:0");
		remove(table, "key:0");
		expect(table.findRandom(random)).toBe(false);
	});

	/** How far the counts of many draws lie from equal ones, in standard deviations of chi-square. */
	function inequality(table: Table, draws: number, random: Random): number {
		const counts = new Map<string, number>();
		for (let i = 0; i < draws; i++) {
			table.findRandom(random);
			const key = keyAt(table, table.segment, table.offset);
			counts.set(key, (counts.get(key) ?? 0) + 1);
		}
		const mean = draws / table.count;
		let chiSquare = mean * (table.count - counts.size);
		for (const count of counts.values()) chiSquare += (count - mean) ** 2 / mean;
		const freedom = table.count - 1;
		return Math.abs(chiSquare - freedom) / Math.sqrt(2 * freedom);
	}

	test("are equally likely, however large their segments are", () => {
		const random = new Random(9);
		for (const keys of [3, 100, 5000, 9000]) {
			const table = new Table(SEED0, SEED1);
			fill(table, 0, keys);
			expect(inequality(table, 20 * keys, random)).toBeLessThan(4);
		}
		// Segments of a few slots, some split more often than others.
		const table = new Table(SEED0, SEED1, undefined, 16);
		fill(table, 0, 3000);
		for (let i = 0; i < 3000; i++) if (i % 5 > 0 && i > 500) remove(table, `key:${i}`);
		table.verify();
		expect(inequality(table, 20 * table.count, random)).toBeLessThan(4);
	});

	test("are drawn and removed in a few tries each, down to the last", () => {
		const table = new Table(SEED0, SEED1);
		const source = new Random(10);
		let tries = 0;
		const counted = {
			uint32: () => {
				tries++;
				return source.uint32();
			},
		} as unknown as Random;
		const keys = 50_000;
		fill(table, 0, keys);
		for (let left = keys; left > 0; left--) {
			table.findRandom(counted);
			table.remove();
			if (left % 10_000 === 1) table.verify();
		}
		expect(tries / keys).toBeLessThan(8);
	});
});

describe("memory", () => {
	test("a 16-byte key with a 3-byte value costs what docs/keyspace.md computes", () => {
		const table = new Table(SEED0, SEED1);
		const keys = 200_000;
		for (let i = 0; i < keys; i++) put(table, `key:${String(i).padStart(12, "0")}`, "xxx");
		// 25 bytes of entry, and 4 bytes a slot at a load between 13/32 and 13/16.
		const bytesPerKey = table.bytesUsed() / keys;
		expect(bytesPerKey).toBeGreaterThan(25 + 4 / (13 / 16));
		expect(bytesPerKey).toBeLessThan(25 + 4 / (13 / 32) + 0.5);
	});

	test("segments are joined again when entries go", () => {
		const table = new Table(SEED0, SEED1);
		fill(table, 0, 100_000);
		const segments = table.segmentCount();
		expect(segments).toBeGreaterThan(30);
		for (let i = 10; i < 100_000; i++) {
			remove(table, `key:${i}`);
			if (i % 20_000 === 0) table.verify();
		}
		table.verify();
		expect(table.segmentCount()).toBe(1);
		expect(table.bytesUsed()).toBeLessThan(2500);
		for (let i = 0; i < 10; i++) expect(place(table, `key:${i}`)).toBe(true);
		fill(table, 0, 20_000);
		table.verify();
		expect(table.count).toBe(20_000);
	});

	test("goes back when entries go", () => {
		const table = new Table(SEED0, SEED1);
		fill(table, 0, 100_000);
		const full = table.bytesUsed();
		for (let i = 0; i < 100_000; i++) remove(table, `key:${i}`);
		table.verify();
		expect(table.bytesUsed()).toBeLessThan(full / 50);
	});

	test("overwriting with other lengths for ever leaves no more than a fraction of garbage", () => {
		const table = new Table(SEED0, SEED1);
		const random = new Random(9);
		for (let i = 0; i < 200_000; i++) put(table, `key:${random.below(500)}`, "x".repeat(random.below(100)));
		table.verify();
		expect(table.bytesUsed()).toBeLessThan(500 * 70 * 3);
	});
});

describe("a value that grows", () => {
	/** Three entries one behind the other, the cursor on the first; returns where that lies. */
	const filled = (table: Table): number => {
		for (const key of ["a", "b", "c"]) put(table, key, "x".repeat(40));
		place(table, "a");
		return table.offset;
	};

	test("takes what it has left behind before, and does not move", () => {
		const table = new Table(SEED0, SEED1);
		const offset = filled(table);
		table.spliceInline(10, 20, 0);
		table.spliceInline(0, 3, 0);
		expect(table.garbageBytes).toBe(23);
		table.spliceInline(17, 0, 16);
		expect([table.offset, table.garbageBytes]).toEqual([offset, 7]);
		table.verify();
		table.spliceInline(0, 0, 7);
		expect([table.offset, table.garbageBytes, table.valueLength()]).toEqual([offset, 0, 40]);
		table.verify();
	});

	test("takes the place of a neighbour that was removed", () => {
		const table = new Table(SEED0, SEED1);
		const offset = filled(table);
		remove(table, "b");
		place(table, "a");
		table.spliceInline(40, 0, 30);
		expect(table.offset).toBe(offset);
		table.verify();
	});

	test("moves where less is dead than it needs", () => {
		const table = new Table(SEED0, SEED1);
		const offset = filled(table);
		table.spliceInline(0, 20, 0);
		table.spliceInline(0, 0, 21);
		expect(table.offset).not.toBe(offset);
		table.verify();
	});
});
