import { assert } from "../bytes/assert.ts";
import type { Random } from "../bytes/random.ts";
import { readUint32, writeUint32 } from "../memory/entry.ts";
import type { External } from "../memory/handles.ts";
import { Table } from "../memory/table.ts";

/** An entry holds so many clients itself; with more the numbers are in a set beside the table. */
const INLINE_READERS_MAX = 64;
const ID_BYTES = 6;
/** What a number in a set takes, measured over 100,000 of them in Bun 1.4.5. */
const SET_ID_BYTES = 20;

/** The clients that have read one key, where they are many. */
class ReaderSet implements External {
	readonly ids: Set<number>;
	/** With more than this, those that are gone are looked for. */
	sweepAt: number;

	constructor(ids: Iterable<number>) {
		this.ids = new Set(ids);
		this.sweepAt = 2 * INLINE_READERS_MAX;
	}

	bytesUsed(): number {
		return SET_ID_BYTES * this.ids.size;
	}

	clone(): ReaderSet {
		return new ReaderSet(this.ids);
	}
}

/**
 * Which clients have read which keys and so may hold copies of them, in one table of keys without databases:
 *
 *     entry    header  key  id id id …       six bytes for each client, up to 64 of them
 *
 * A client that goes away stays in here until its keys change, as it costs nothing to find it gone then. Only of a key
 * that many have read those who are gone are forgotten, so that clients that come and go do not add up.
 *
 * Invariant: `items` is the number of clients of all keys together; no key is without any.
 */
export class TrackedKeys {
	items: number;
	/** The clients of the key that was taken last: the first `takenCount` of these. */
	readonly taken: number[];
	takenCount: number;
	private readonly seed0: number;
	private readonly seed1: number;
	private readonly isThere: (id: number) => boolean;
	private table: Table;

	/** `isThere` says whether a client has not gone away. */
	constructor(seed0: number, seed1: number, isThere: (id: number) => boolean) {
		this.items = 0;
		this.taken = [];
		this.takenCount = 0;
		this.seed0 = seed0;
		this.seed1 = seed1;
		this.isThere = isThere;
		this.table = new Table(seed0, seed1);
	}

	count(): number {
		return this.table.count;
	}

	/** The client has read the key. */
	add(key: Uint8Array, start: number, length: number, hash: number, id: number): void {
		const { table } = this;
		if (!table.find(key, start, length, hash)) {
			this.items++;
			writeId(idBytes, 0, id);
			table.putInline(key, start, length, hash, 0, idBytes, 0, ID_BYTES, Infinity, 0);
		} else if (table.isExternal()) this.addToSet(table.external() as ReaderSet, id);
		else this.addInline(key, start, length, hash, id);
	}

	private addInline(key: Uint8Array, start: number, length: number, hash: number, id: number): void {
		const { table } = this;
		const { slab } = table.segment;
		const valueStart = table.valueStart();
		const valueLength = table.valueLength();
		// The newest is the likeliest to come again.
		for (let at = valueStart + valueLength - ID_BYTES; at >= valueStart; at -= ID_BYTES) {
			if (readId(slab, at) === id) return;
		}
		if (valueLength < INLINE_READERS_MAX * ID_BYTES) {
			const at = table.spliceInline(valueLength, 0, ID_BYTES);
			writeId(table.segment.slab, at, id);
			this.items++;
			return;
		}
		const ids: number[] = [];
		for (let i = 0; i < INLINE_READERS_MAX; i++) ids.push(readId(slab, valueStart + i * ID_BYTES));
		const there = ids.filter(this.isThere);
		there.push(id);
		this.items += there.length - ids.length;
		table.putExternal(key, start, length, hash, 0, new ReaderSet(there), Infinity, 0);
	}

	private addToSet(set: ReaderSet, id: number): void {
		const { ids } = set;
		const before = ids.size;
		ids.add(id);
		if (ids.size > set.sweepAt) {
			for (const other of ids) if (!this.isThere(other)) ids.delete(other);
			set.sweepAt = Math.max(2 * ids.size, 2 * INLINE_READERS_MAX);
		}
		this.items += ids.size - before;
		this.table.handles.bytes += SET_ID_BYTES * (ids.size - before);
	}

	/** Forgets a key; false where nobody has read it. Its clients are in `taken`. */
	take(key: Uint8Array, start: number, length: number, hash: number): boolean {
		const { table } = this;
		if (!table.find(key, start, length, hash)) return false;
		this.takeHere();
		return true;
	}

	/** The same for any key; it lies in `keyBytes` from `keyFrom` to `keyTo` until the next change. False: there is none. */
	takeRandom(random: Random): Uint8Array | null {
		const { table } = this;
		if (!table.findRandom(random)) return null;
		table.loadKey();
		const key = table.keyBytes.slice(table.keyFrom, table.keyTo);
		this.takeHere();
		return key;
	}

	private takeHere(): void {
		const { table, taken } = this;
		this.takenCount = 0;
		if (table.isExternal()) for (const id of (table.external() as ReaderSet).ids) taken[this.takenCount++] = id;
		else {
			const { slab } = table.segment;
			const start = table.valueStart();
			const end = start + table.valueLength();
			for (let at = start; at < end; at += ID_BYTES) taken[this.takenCount++] = readId(slab, at);
		}
		this.items -= this.takenCount;
		table.remove();
	}

	clear(): void {
		this.items = 0;
		if (this.table.count > 0) this.table = new Table(this.seed0, this.seed1);
	}

	bytesUsed(): number {
		return this.table.bytesUsed();
	}

	verify(): void {
		const { table } = this;
		table.verify();
		let items = 0;
		table.forEach((segment, offset) => {
			table.seek(segment, offset);
			const readers = table.isExternal() ? (table.external() as ReaderSet).ids.size : table.valueLength() / ID_BYTES;
			assert(readers > 0 && Number.isInteger(readers), "a key is there for its readers");
			items += readers;
		});
		assert(items === this.items, "readers are counted");
	}
}

const idBytes = new Uint8Array(ID_BYTES);

function readId(bytes: Uint8Array, at: number): number {
	return readUint32(bytes, at) + (bytes[at + 4]! + bytes[at + 5]! * 0x100) * 2 ** 32;
}

function writeId(bytes: Uint8Array, at: number, id: number): void {
	const high = Math.floor(id / 2 ** 32);
	writeUint32(bytes, at, id);
	bytes[at + 4] = high;
	bytes[at + 5] = high >>> 8;
}
