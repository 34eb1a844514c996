import { latin1 } from "../bytes/ascii.ts";
import type { ChangeListener, Changes } from "../keyspace/change.ts";

/** A key that is watched, and whether it has changed since. */
export class WatchedKey {
	readonly database: number;
	readonly key: Uint8Array;
	isChanged: boolean;

	constructor(database: number, key: Uint8Array) {
		this.database = database;
		this.key = key;
		this.isChanged = false;
	}
}

/** Notices changes of single keys. It listens to changes only while there are any to watch. */
export class KeyWatch implements ChangeListener {
	private readonly changes: Changes;
	private readonly watched: Map<string, Set<WatchedKey>>;

	constructor(changes: Changes) {
		this.changes = changes;
		this.watched = new Map();
	}

	add(key: WatchedKey): void {
		if (this.watched.size === 0) this.changes.listen(this);
		const name = nameOf(key.database, key.key, 0, key.key.length);
		const others = this.watched.get(name);
		if (others === undefined) this.watched.set(name, new Set([key]));
		else others.add(key);
	}

	remove(key: WatchedKey): void {
		const name = nameOf(key.database, key.key, 0, key.key.length);
		const others = this.watched.get(name);
		if (others?.delete(key) !== true || others.size > 0) return;
		this.watched.delete(name);
		if (this.watched.size === 0) this.changes.unlisten(this);
	}

	keyChanged(database: number, key: Uint8Array, start: number, length: number): void {
		const changed = this.watched.get(nameOf(database, key, start, length));
		if (changed !== undefined) for (const one of changed) one.isChanged = true;
	}

	databaseChanged(database: number): void {
		for (const keys of this.watched.values()) {
			for (const one of keys) if (database < 0 || one.database === database) one.isChanged = true;
		}
	}
}

function nameOf(database: number, key: Uint8Array, start: number, length: number): string {
	return `${database} ${latin1(key, start, start + length)}`;
}
