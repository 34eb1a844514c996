/** The table at a size that fits the cache and at one that does not: find, overwrite, insert and remove, scan. */
import { bench, do_not_optimize, run, summary } from "mitata";
import { bytesOf } from "../../src/bytes/ascii.ts";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import { Table } from "../../src/memory/table.ts";

const SEED0 = 1;
const SEED1 = 2;
const KEY_BYTES = 16;
const value = bytesOf("xxx");

/** Keys one behind the other in one array, as they lie in a chunk of requests. */
function keysFrom(first: number, count: number): Uint8Array {
	const bytes = new Uint8Array(count * KEY_BYTES);
	for (let i = 0; i < count; i++) bytes.set(bytesOf(`key:${String(first + i).padStart(12, "0")}`), i * KEY_BYTES);
	return bytes;
}

function put(table: Table, keys: Uint8Array, index: number): void {
	const start = index * KEY_BYTES;
	const hash = halfSipHash(keys, start, start + KEY_BYTES, SEED0, SEED1);
	table.find(keys, start, KEY_BYTES, hash);
	table.putInline(keys, start, KEY_BYTES, hash, 0, value, 0, value.length, Infinity, 0);
}

function find(table: Table, keys: Uint8Array, index: number): boolean {
	const start = index * KEY_BYTES;
	return table.find(keys, start, KEY_BYTES, halfSipHash(keys, start, start + KEY_BYTES, SEED0, SEED1));
}

export function benches(): void {
	for (const count of [10_000, 1_000_000]) {
		const keys = keysFrom(0, count);
		const others = keysFrom(count, 1024);
		const table = new Table(SEED0, SEED1);
		for (let i = 0; i < count; i++) put(table, keys, i);
		// A step that shares no factor with the count visits all keys, each far from the one before.
		let at = 0;
		const next = (): number => {
			at = (at + 7919) % count;
			return at;
		};
		summary(() => {
			bench(`${count} keys: find`, () => do_not_optimize(find(table, keys, next())));
			bench(`${count} keys: find what is absent`, () => do_not_optimize(find(table, others, next() & 1023)));
			bench(`${count} keys: overwrite`, () => put(table, keys, next()));
			bench(`${count} keys: insert and remove`, () => {
				const index = next() & 1023;
				put(table, others, index);
				table.remove();
			});
		});
		bench(`${count} keys: scan of 10`, () => {
			at = table.scan(at, 10, () => {});
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
