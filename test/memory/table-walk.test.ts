import { expect, test } from "bun:test";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import { Table } from "../../src/memory/table.ts";
import { TableWalk, WALK_BATCH } from "../../src/memory/table-walk.ts";

function tableOf(keys: readonly string[]): Table {
	const table = new Table(1, 2);
	for (const key of keys) {
		const bytes = Buffer.from(key);
		const hash = halfSipHash(bytes, 0, bytes.length, 1, 2);
		table.find(bytes, 0, bytes.length, hash);
		table.putInline(bytes, 0, bytes.length, hash, 0, bytes, 0, 0, Infinity, 0);
	}
	return table;
}

test.each([0, 1, 63, 64, 65, 500, 9000])("a walk over %i keys meets each once", (count) => {
	const keys = Array.from({ length: count }, (_, i) => (i % 500 === 77 ? "long".repeat(20_000) + i : `key:${i}`));
	const walk = new TableWalk();
	const starts = new Int32Array(WALK_BATCH);
	const lengths = new Int32Array(WALK_BATCH);
	const met: string[] = [];
	walk.begin(tableOf(keys));
	for (let size = walk.next(starts, lengths); size > 0; size = walk.next(starts, lengths)) {
		expect(size).toBeLessThanOrEqual(WALK_BATCH);
		for (let i = 0; i < size; i++) {
			met.push(Buffer.from(walk.bytes.subarray(starts[i]!, starts[i]! + lengths[i]!)).toString());
		}
	}
	expect(walk.next(starts, lengths)).toBe(0);
	expect(met.sort()).toEqual(keys.sort());
	walk.end();
	expect(walk.next(starts, lengths)).toBe(0);
});
