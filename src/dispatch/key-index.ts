import { halfSipHash } from "../bytes/siphash.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { readUint32, writeUint32 } from "../memory/entry.ts";
import { Table } from "../memory/table.ts";

/**
 * Something for each of a few keys, by database: who waits for a key, who watches it, who has read it. Asking makes no
 * string of the key, so that every change of a key can ask.
 *
 * Invariant: `count` is the number of keys in all tables, and of numbers in use.
 */
export class KeyIndex<T> {
	count: number;
	private readonly keyspace: Keyspace;
	/** By database: keys to the numbers of their values; made when the first key comes. */
	private readonly tables: (Table | null)[];
	private readonly values: (T | null)[];
	private readonly freeNumbers: number[];

	constructor(keyspace: Keyspace) {
		this.count = 0;
		this.keyspace = keyspace;
		this.tables = [];
		this.values = [];
		this.freeNumbers = [];
	}

	find(database: number, key: Uint8Array, start: number, length: number): T | null {
		const table = this.tables[database];
		if (table === undefined || table === null || table.count === 0) return null;
		if (!table.find(key, start, length, this.hash(key, start, length))) return null;
		return this.values[readUint32(table.segment.slab, table.valueStart())]!;
	}

	/** For a key that is not there. */
	add(database: number, key: Uint8Array, start: number, length: number, value: T): void {
		const number = this.freeNumbers.pop() ?? this.values.length;
		this.values[number] = value;
		this.count++;
		writeUint32(numberBytes, 0, number);
		while (this.tables.length <= database) this.tables.push(null);
		this.tables[database] ??= new Table(this.keyspace.seed0, this.keyspace.seed1);
		const table = this.tables[database];
		const hash = this.hash(key, start, length);
		// Places the cursor where the key will be.
		table.find(key, start, length, hash);
		table.putInline(key, start, length, hash, 0, numberBytes, 0, 4, Infinity, 0);
	}

	/** Harmless for a key that is not there. */
	remove(database: number, key: Uint8Array, start: number, length: number): void {
		if (this.find(database, key, start, length) === null) return;
		const table = this.tables[database]!;
		const number = readUint32(table.segment.slab, table.valueStart());
		table.remove();
		this.values[number] = null;
		this.freeNumbers.push(number);
		this.count--;
	}

	/** In no order. */
	all(): T[] {
		return this.values.filter((value) => value !== null);
	}

	bytesUsed(): number {
		let bytes = 8 * (this.values.length + this.freeNumbers.length);
		for (const table of this.tables) bytes += table?.bytesUsed() ?? 0;
		return bytes;
	}

	private hash(key: Uint8Array, start: number, length: number): number {
		return halfSipHash(key, start, start + length, this.keyspace.seed0, this.keyspace.seed1);
	}
}

const numberBytes = new Uint8Array(4);
