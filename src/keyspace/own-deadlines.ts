import { latin1 } from "../bytes/ascii.ts";
import type { Keyspace } from "./keyspace.ts";

/** Keys looked at in one turn, which comes several times a second. */
const KEYS_AT_ONCE = 256;

interface OwnKey {
	readonly database: number;
	readonly key: Uint8Array;
}

/**
 * Keys whose time clients of a replica that takes writes have set: of their end no master will tell, so the replica sees
 * to it itself. A key whose time its master set anew meanwhile is not told apart, as in Redis.
 */
export class OwnDeadlines {
	private readonly keyspace: Keyspace;
	private readonly keys: Map<string, OwnKey>;

	constructor(keyspace: Keyspace) {
		this.keyspace = keyspace;
		this.keys = new Map();
	}

	get count(): number {
		return this.keys.size;
	}

	remember(database: number, key: Uint8Array, start: number, length: number): void {
		const name = `${database} ${latin1(key, start, start + length)}`;
		if (!this.keys.has(name)) this.keys.set(name, { database, key: key.slice(start, start + length) });
	}

	/** Removes some of those that are over, and says so; forgets those without a deadline. False: there were none. */
	expireSome(): boolean {
		const { keys, keyspace } = this;
		if (keys.size === 0) return false;
		keyspace.advance();
		let left = Math.min(KEYS_AT_ONCE, keys.size);
		for (const [name, own] of keys) {
			if (left-- === 0) break;
			keys.delete(name);
			const { database, key } = own;
			const deadline_ms = keyspace.databases[database]!.expireOwn(key, 0, key.length);
			// To the end of the line: its turn comes when the others have had theirs.
			if (deadline_ms !== Infinity) keys.set(name, own);
		}
		return true;
	}

	/** This server is a master now, or has other data. */
	clear(): void {
		this.keys.clear();
	}
}
