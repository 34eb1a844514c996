import type { Segment } from "../memory/segment.ts";
import { Table } from "../memory/table.ts";
import { isVolatileHash } from "../types/hash/kind.ts";
import { Hash } from "../types/hash.ts";
import { EVENT_GENERIC, EVENT_HASH } from "./change.ts";
import type { Database } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

/** Fields of a big hash removed at a time, so that no look-up waits for a million of them: about 20 µs. */
const FIELDS_AT_ONCE = 128;

/** Hashes looked at for an answer that has to come at once. */
const HASHES_ASKED = 1000;

/** For the hash at a database's cursor; never the one that a command has open. */
const hash = new Hash();

/**
 * Deadlines of the fields of hashes, of one database. A hash knows those of its own fields; here is a table of the hashes
 * that have any, by their keys, with no value and a deadline each, so that a hash is found when a field's time is over,
 * by the same means by which the database finds a key.
 *
 * Fields whose time is over are removed when somebody looks the hash up, and otherwise by the ExpiryCycle, which alone
 * moves a hash to a later deadline: that deadlines went away is found out when they would have come.
 *
 * Invariant: every hash of the database whose fields have deadlines is in the table, for no later than the earliest of
 * them; what is in the table is the key of such a hash, or of one whose fields had deadlines.
 */
export class FieldExpiry {
	private readonly keyspace: Keyspace;
	private readonly hashes: Table;

	constructor(keyspace: Keyspace) {
		this.keyspace = keyspace;
		this.hashes = new Table(keyspace.seed0, keyspace.seed1, keyspace.pages);
	}

	/** No field has a deadline before this moment. */
	bound_ms(): number {
		return this.hashes.deadlineBound_ms;
	}

	/** How many hashes have fields with deadlines, or had them not long ago. */
	count(): number {
		return this.hashes.count;
	}

	/**
	 * Whether any hash has fields with deadlines. Of those that had them not long ago some are looked at; where all of these
	 * are without by now, and there are more, the answer is yes.
	 */
	hasDeadlines(database: Database): boolean {
		const { hashes } = this;
		let isFound = false;
		const rest = hashes.scan(0, HASHES_ASKED, (segment, offset) => {
			if (isFound) return;
			hashes.loadKeyOf(segment, offset);
			const { keyBytes, keyFrom, keyTo } = hashes;
			const hasHash = database.peek(keyBytes, keyFrom, keyTo - keyFrom, segment.keyHash(offset));
			if (!hasHash || !isVolatileHash(database.table.kind())) return;
			hash.open(database, this.keyspace.limits, this.keyspace.now_ms);
			isFound = hash.hasDeadlines();
		});
		return isFound || rest !== 0;
	}

	/** The hash at the database's cursor, which has this key, may have got fields with earlier deadlines. */
	schedule(database: Database, key: Uint8Array, start: number, length: number, keyHash: number): void {
		const bound_ms = this.boundAt(database);
		const { hashes } = this;
		if (hashes.find(key, start, length, keyHash)) {
			if (bound_ms < hashes.deadline()) this.setDeadline(bound_ms);
		} else if (bound_ms !== Infinity) {
			hashes.putInline(key, start, length, keyHash, 0, key, start, 0, Infinity, 0);
			this.setDeadline(bound_ms);
		}
	}

	private setDeadline(bound_ms: number): void {
		this.hashes.setDeadline(bound_ms);
		const { keyspace } = this;
		if (bound_ms < keyspace.deadlineBound_ms && !keyspace.hidesExpired) keyspace.deadlineBound_ms = bound_ms;
	}

	/** Of the hash at the cursor. */
	private boundAt(database: Database): number {
		hash.openWhole(database, this.keyspace.limits, this.keyspace.now_ms);
		return hash.deadlineBound();
	}

	/** Whether the hash at the cursor has a field whose time is not over. */
	isAlive(database: Database): boolean {
		hash.open(database, this.keyspace.limits, this.keyspace.now_ms);
		return hash.count() > 0;
	}

	/** The key does not hold a hash whose fields have deadlines any more. */
	forget(key: Uint8Array, start: number, length: number, keyHash: number): void {
		if (this.hashes.find(key, start, length, keyHash)) this.hashes.remove();
	}

	/** The same for a key known by its entry in the database. */
	forgetEntry(table: Table, segment: Segment, offset: number): void {
		table.loadKeyOf(segment, offset);
		this.forget(table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom, segment.keyHash(offset));
	}

	/**
	 * Removes fields whose time is over from the hash at the database's cursor, which has this key, and says so. False where
	 * no field is left: the key went with the last one.
	 */
	dropExpired(database: Database, key: Uint8Array, start: number, length: number): boolean {
		const { keyspace } = this;
		if (this.boundAt(database) >= keyspace.now_ms) return true;
		const dropped: Uint8Array[] = [];
		const { effects } = keyspace;
		const collect = effects.isWanted()
			? () => dropped.push(hash.fieldBytes.slice(hash.fieldStart, hash.fieldStart + hash.fieldLength))
			: null;
		if (hash.dropExpired(FIELDS_AT_ONCE, collect) === 0) return true;
		if (dropped.length > 0) effects.fieldsExpired(database.index, key, start, length, dropped);
		const isGone = hash.close();
		keyspace.changes.keyEvent(database.index, key, start, length, EVENT_HASH, "hexpired");
		if (isGone) keyspace.changes.keyEvent(database.index, key, start, length, EVENT_GENERIC, "del");
		return !isGone;
	}

	private reschedule(bound_ms: number, key: Uint8Array, start: number, length: number, keyHash: number): void {
		if (!this.hashes.find(key, start, length, keyHash)) return;
		if (bound_ms === Infinity) this.hashes.remove();
		else this.setDeadline(bound_ms);
	}

	/** Looks after up to `limit` hashes that have fields whose time is over; returns how many. */
	expireDue(database: Database, limit: number): number {
		const { hashes, keyspace } = this;
		let done = 0;
		// A field lives through the millisecond of its deadline.
		while (done < limit && hashes.findDue(keyspace.now_ms - 1)) {
			hashes.loadKey();
			const key = hashes.keyBytes.slice(hashes.keyFrom, hashes.keyTo);
			const keyHash = database.hash(key, 0, key.length);
			// To find the hash is to remove what has expired of it.
			const isThere = database.peek(key, 0, key.length, keyHash) && isVolatileHash(database.table.kind());
			this.reschedule(isThere ? this.boundAt(database) : Infinity, key, 0, key.length, keyHash);
			done++;
		}
		return done;
	}

	bytesUsed(): number {
		return this.hashes.bytesUsed();
	}

	verify(): void {
		this.hashes.verify();
	}
}
