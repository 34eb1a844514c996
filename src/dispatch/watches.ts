import { type ChangeListener, EVENT_EXPIRED, EVENT_STREAM } from "../keyspace/change.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { isVolatileHash } from "../types/hash/kind.ts";
import type { Call } from "./call.ts";
import type { Client, WatchedKeys } from "./client.ts";
import { KeyIndex } from "./key-index.ts";

/** What a watching client costs, and each key it watches, beside the key's bytes. */
const WATCH_BYTES = 200;
const KEY_BYTES = 120;

/** Of the changes of a stream these touch it; groups and consumers are beside its entries. */
export const TOUCHING_STREAM_EVENTS: ReadonlySet<string> = new Set(["xadd", "xdel", "xtrim"]);

/** A key that somebody watches. */
class WatchedKey {
	readonly database: number;
	readonly key: Uint8Array;
	readonly watches: Set<Watch>;

	constructor(database: number, key: Uint8Array) {
		this.database = database;
		this.key = key;
		this.watches = new Set();
	}
}

/** What one client watches. */
class Watch implements WatchedKeys {
	touched: boolean;
	/** Whether the key was there when the client began to watch it. */
	readonly keys: Map<WatchedKey, boolean>;
	keyBytes: number;
	private readonly client: Client;
	private readonly watches: Watches;

	constructor(client: Client, watches: Watches) {
		this.touched = false;
		this.keys = new Map();
		this.keyBytes = 0;
		this.client = client;
		this.watches = watches;
	}

	isTouched(): boolean {
		if (this.touched) return true;
		// The time of a key may be over without anybody having met it since.
		for (const [{ database, key }, wasThere] of this.keys) {
			if (wasThere && !this.watches.isThere(database, key)) return true;
		}
		return this.touched;
	}

	cancelAll(): void {
		this.client.watched = null;
		this.watches.forget(this);
	}

	bytesUsed(): number {
		return WATCH_BYTES + this.keyBytes + KEY_BYTES * this.keys.size;
	}
}

/**
 * Keys that clients watch: a transaction is not executed where one of its client's keys has changed since.
 *
 * Hears of changes only while somebody watches something.
 *
 * Invariant: a key is in the index as long as a watch has it.
 */
export class Watches implements ChangeListener {
	private readonly keyspace: Keyspace;
	private readonly index: KeyIndex<WatchedKey>;
	private clientCount: number;

	constructor(keyspace: Keyspace) {
		this.keyspace = keyspace;
		this.index = new KeyIndex(keyspace);
		this.clientCount = 0;
	}

	/** The client of the call watches the key named by an argument, too. */
	watch(call: Call, argument: number): void {
		const { client } = call;
		const database = call.database.index;
		const key = call.slice(argument);
		const isThere = this.isThere(database, key);
		if (client.watched === null) {
			client.watched = new Watch(client, this);
			if (this.clientCount++ === 0) this.keyspace.changes.listen(this);
		}
		const watch = client.watched as Watch;
		// Of one that was touched already the transaction will not be executed.
		if (watch.touched) return;
		let watched = this.index.find(database, key, 0, key.length);
		if (watched === null) {
			watched = new WatchedKey(database, key);
			this.index.add(database, key, 0, key.length, watched);
		}
		if (watch.keys.has(watched)) return;
		watched.watches.add(watch);
		watch.keys.set(watched, isThere);
		watch.keyBytes += key.length;
	}

	/** For a watch that its client has let go. */
	forget(watch: Watch): void {
		for (const watched of watch.keys.keys()) {
			watched.watches.delete(watch);
			if (watched.watches.size === 0) this.index.remove(watched.database, watched.key, 0, watched.key.length);
		}
		if (--this.clientCount === 0) this.keyspace.changes.unlisten(this);
	}

	/** Whether there is such a key whose time is not over; it stays, for to watch is not to meet it. */
	isThere(database: number, key: Uint8Array): boolean {
		const place = this.keyspace.databases[database]!;
		const hash = place.hash(key, 0, key.length);
		const { table } = place;
		if (!table.find(key, 0, key.length, hash) || place.isExpired(table.segment, table.offset)) return false;
		return !isVolatileHash(table.kind()) || place.peek(key, 0, key.length, hash);
	}

	/** Keys that somebody watches, and clients that do. */
	keyCount(): number {
		return this.index.count;
	}

	watchingClients(): number {
		return this.clientCount;
	}

	keyChanged(
		database: number,
		key: Uint8Array,
		start: number,
		length: number,
		eventClass: number,
		event: string,
	): void {
		if (eventClass === EVENT_STREAM && !TOUCHING_STREAM_EVENTS.has(event)) return;
		const watched = this.index.find(database, key, start, length);
		if (watched === null) return;
		for (const watch of watched.watches) {
			// What was over before it was watched is not missed now.
			if (eventClass !== EVENT_EXPIRED || watch.keys.get(watched) === true) watch.touched = true;
		}
	}

	/** A key that was not there and is not there now has not changed. */
	databaseChanged(database: number): void {
		for (const watched of this.index.all()) {
			if (database >= 0 && watched.database !== database) continue;
			const isThere = this.isThere(watched.database, watched.key);
			for (const watch of watched.watches) if (isThere || watch.keys.get(watched) === true) watch.touched = true;
		}
	}
}
