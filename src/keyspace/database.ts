import { halfSipHash } from "../bytes/siphash.ts";
import { KIND_DEADLINE, TYPE_MASK } from "../memory/entry.ts";
import type { External } from "../memory/handles.ts";
import { LongString } from "../memory/long-string.ts";
import type { Segment } from "../memory/segment.ts";
import { SLAB_BYTES } from "../memory/segment-size.ts";
import { StringRoom } from "../memory/string-room.ts";
import { KEEP_DEADLINE, Table } from "../memory/table.ts";
import { isVolatileHash, VOLATILE_MARK } from "../types/hash/kind.ts";
import type { Place } from "../types/place.ts";
import { isInlineString } from "../types/string.ts";
import { STRING } from "../types/type.ts";
import { EVENT_EVICTED, EVENT_EXPIRED, EVENT_MISS, EVENT_NEW } from "./change.ts";
import { FieldExpiry } from "./field-expiry.ts";
import type { Keyspace } from "./keyspace.ts";

/** Keys whose time is over, and which stay, that are passed over in search of a random one. */
const RANDOM_ATTEMPTS_MAX = 100;

/**
 * One database: a table plus the meaning of deadlines. A key whose deadline has passed does not exist, whoever asks, and
 * is removed on the way; on a replica it stays until its master says that it is gone, or something is written there.
 *
 * Like the table it is used through a cursor: a find places it and remembers the key, everything without a key argument
 * works there. A find of another key moves it.
 */
export class Database implements Place {
	table: Table;
	readonly index: number;
	readonly keyspace: Keyspace;
	/** Goes with the table. */
	fieldExpiry: FieldExpiry;
	private key: Uint8Array;
	private keyStart: number;
	private keyLength: number;
	private keyHash: number;

	constructor(keyspace: Keyspace, index: number) {
		this.keyspace = keyspace;
		this.index = index;
		this.table = this.newTable();
		this.fieldExpiry = new FieldExpiry(keyspace);
		this.key = this.table.segment.slab;
		this.keyStart = 0;
		this.keyLength = 0;
		this.keyHash = 0;
	}

	/** Makes room for so many keys at once. */
	private newTable(keys = 0): Table {
		const { seed0, seed1, pages } = this.keyspace;
		const table =
			keys === 0 ? new Table(seed0, seed1, pages) : new Table(seed0, seed1, pages, undefined, keys, SLAB_BYTES);
		table.handles.strings = new StringRoom(pages);
		return table;
	}

	hash(bytes: Uint8Array, start: number, length: number): number {
		return halfSipHash(bytes, start, start + length, this.keyspace.seed0, this.keyspace.seed1);
	}

	/** Finds a key without counting a hit or touching its access stamp. */
	peek(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		this.key = bytes;
		this.keyStart = start;
		this.keyLength = length;
		this.keyHash = hash;
		const table = this.table;
		if (!table.find(bytes, start, length, hash)) return false;
		const kind = table.segment.slab[table.offset]!;
		return (kind & (KIND_DEADLINE | VOLATILE_MARK)) === 0 || this.isStillThere(kind);
	}

	/** Removes the key at the cursor if its time is over, or that of the last field of the hash it holds. */
	private isStillThere(kind: number): boolean {
		const { table, key, keyStart, keyLength, keyHash } = this;
		if (this.keyspace.hidesExpired) {
			if (this.isAlive(kind)) return true;
			table.leave();
			return false;
		}
		if (table.deadline() < this.keyspace.now_ms) this.expire();
		else if (!isVolatileHash(kind) || this.fieldExpiry.dropExpired(this, key, keyStart, keyLength)) return true;
		table.find(key, keyStart, keyLength, keyHash);
		return false;
	}

	private isAlive(kind: number): boolean {
		if (this.table.deadline() < this.keyspace.now_ms) return false;
		return !isVolatileHash(kind) || this.fieldExpiry.isAlive(this);
	}

	/** On a replica: what hides under the key of the last find goes, for something else is to be written there. */
	private removeHidden(): void {
		const { table, keyspace, key, keyStart, keyLength, keyHash } = this;
		if (keyspace.isTimeless || !table.find(key, keyStart, keyLength, keyHash)) return;
		const kind = table.kind();
		if (!this.isAlive(kind)) this.expire();
		else if (isVolatileHash(kind)) this.fieldExpiry.dropExpired(this, key, keyStart, keyLength);
		table.find(key, keyStart, keyLength, keyHash);
	}

	/** Finds a key on behalf of a reading command: counts the hit or miss and, unless told not to, touches the stamp. */
	findForRead(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		const keyspace = this.keyspace;
		if (!this.peek(bytes, start, length, hash)) {
			this.miss();
			return false;
		}
		keyspace.hits++;
		if (keyspace.touches) this.table.setStamp(keyspace.accessClock);
		else if (keyspace.counts) this.touch();
		return true;
	}

	/** The key at the cursor is used. */
	touch(): void {
		const { table } = this;
		table.setStamp(this.keyspace.usedStamp(table.stamp()));
	}

	/** The stamp of what is stored under the key of the last find: how often that was used is not forgotten. */
	private stampToStore(): number {
		const { keyspace, table } = this;
		return keyspace.stampsFrequency && table.offset !== 0 ? table.stamp() : keyspace.freshStamp;
	}

	/** As findForRead, the stamp left alone: EXISTS, TYPE, TTL. */
	findUntouched(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		const found = this.peek(bytes, start, length, hash);
		if (found) this.keyspace.hits++;
		else this.miss();
		return found;
	}

	/** As findUntouched, and that there is no such key is no event: OBJECT. */
	findUnnoticed(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		const found = this.peek(bytes, start, length, hash);
		if (found) this.keyspace.hits++;
		else this.keyspace.misses++;
		return found;
	}

	/** A reading command did not find its key. */
	private miss(): void {
		const { keyspace } = this;
		keyspace.misses++;
		keyspace.changes.note(this.index, this.key, this.keyStart, this.keyLength, EVENT_MISS, "keymiss");
	}

	/** Finds a key on behalf of a writing command. */
	findForWrite(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		if (!this.peek(bytes, start, length, hash)) {
			if (this.keyspace.hidesExpired) this.removeHidden();
			return false;
		}
		if (this.keyspace.hidesExpired) this.removeHidden();
		if (this.keyspace.touches) this.table.setStamp(this.keyspace.accessClock);
		else if (this.keyspace.counts) this.touch();
		return true;
	}

	type(): number {
		return this.table.segment.slab[this.table.offset]! & TYPE_MASK;
	}

	/**
	 * Stores a string under the key of the last find, which may or may not exist. `deadline_ms` is a moment, Infinity for
	 * none, or KEEP_DEADLINE. The bytes must not lie in this database's slabs.
	 */
	putString(kind: number, bytes: Uint8Array, start: number, length: number, deadline_ms: number): void {
		if (isInlineString(length)) this.putInline(kind, bytes, start, length, deadline_ms);
		else if (!this.replaceLongString(kind, bytes, start, length, deadline_ms)) {
			this.putExternal(kind, LongString.of(bytes, start, length, this.table.handles.strings), deadline_ms);
		}
	}

	/** Writes a long string over another one, which costs a copy and no new buffer; false where there is none. */
	private replaceLongString(
		kind: number,
		bytes: Uint8Array,
		start: number,
		length: number,
		deadline_ms: number,
	): boolean {
		const table = this.table;
		if (table.offset === 0 || !table.isExternal() || table.type() !== STRING) return false;
		const string = table.external() as LongString;
		const before = string.bytesUsed();
		string.replace(bytes, start, length, table.handles.strings);
		table.handles.bytes += string.bytesUsed() - before;
		table.setKind(kind);
		table.setStamp(this.stampToStore());
		if (deadline_ms === Infinity) table.clearDeadline();
		else if (deadline_ms !== KEEP_DEADLINE) this.setDeadline(deadline_ms);
		return true;
	}

	putInline(kind: number, bytes: Uint8Array, start: number, length: number, deadline_ms: number): void {
		if (deadline_ms < this.keyspace.deadlineBound_ms) this.noteDeadline(deadline_ms);
		if (this.table.offset === 0) this.noteNew();
		else this.replace(kind);
		this.table.putInline(
			this.key,
			this.keyStart,
			this.keyLength,
			this.keyHash,
			kind,
			bytes,
			start,
			length,
			deadline_ms,
			this.stampToStore(),
		);
	}

	putExternal(kind: number, value: External, deadline_ms: number): void {
		if (deadline_ms < this.keyspace.deadlineBound_ms) this.noteDeadline(deadline_ms);
		if (this.table.offset === 0) this.noteNew();
		else this.replace(kind);
		this.table.putExternal(
			this.key,
			this.keyStart,
			this.keyLength,
			this.keyHash,
			kind,
			value,
			deadline_ms,
			this.stampToStore(),
		);
	}

	/** The key of the last find is about to be created, or replaced as if it had been deleted before. */
	noteNew(): void {
		const { keyspace, key, keyStart, keyLength } = this;
		if (keyspace.hidesExpired && this.table.offset === 0) this.removeHidden();
		keyspace.changes.note(this.index, key, keyStart, keyLength, EVENT_NEW, "new");
	}

	/** As Place says. */
	createInline(kind: number, length: number): number {
		if (this.table.offset === 0) this.noteNew();
		else this.replace(kind);
		return this.table.createInline(
			this.key,
			this.keyStart,
			this.keyLength,
			this.keyHash,
			kind,
			length,
			this.stampToStore(),
		);
	}

	/** As Place says. */
	spliceInline(at: number, removed: number, inserted: number): number {
		return this.table.spliceInline(at, removed, inserted);
	}

	/** Removes the key at the cursor. */
	remove(): void {
		this.replace(0);
		this.table.remove();
	}

	/** Removes the key at the cursor, whose value somebody took: it lives on under another key. */
	forget(): void {
		this.replace(0);
		this.table.forget();
	}

	/** The value at the cursor makes way for one of another kind, or for none. */
	private replace(kind: number): void {
		const { table } = this;
		if (!isVolatileHash(table.segment.slab[table.offset]!) || isVolatileHash(kind)) return;
		this.fieldExpiry.forgetEntry(table, table.segment, table.offset);
	}

	// Deadlines

	/** Sees to it that the fields of the hash at the cursor expire on time, if it is one. */
	scheduleFields(): void {
		if (!isVolatileHash(this.table.kind())) return;
		this.fieldExpiry.schedule(this, this.key, this.keyStart, this.keyLength, this.keyHash);
	}

	/** Of the key at the cursor: milliseconds, or Infinity. */
	deadline(): number {
		return this.table.deadline();
	}

	setDeadline(deadline_ms: number): void {
		if (deadline_ms < this.keyspace.deadlineBound_ms) this.noteDeadline(deadline_ms);
		this.table.setDeadline(deadline_ms);
	}

	/** Returns whether there was one. */
	clearDeadline(): boolean {
		return this.table.clearDeadline();
	}

	private noteDeadline(deadline_ms: number): void {
		const { keyspace } = this;
		if (deadline_ms === KEEP_DEADLINE) return;
		if (!keyspace.hidesExpired) keyspace.deadlineBound_ms = deadline_ms;
		else if (!keyspace.isTimeless && keyspace.isReplica()) {
			keyspace.ownDeadlines.remember(this.index, this.key, this.keyStart, this.keyLength);
		}
	}

	/** Removes a key if its time is over, on a replica, too; returns its deadline, Infinity where it is gone or has none. */
	expireOwn(bytes: Uint8Array, start: number, length: number): number {
		const { table, keyspace } = this;
		if (!table.find(bytes, start, length, this.hash(bytes, start, length))) return Infinity;
		const deadline_ms = table.deadline();
		if (deadline_ms >= keyspace.now_ms) return deadline_ms;
		this.expire();
		return Infinity;
	}

	/** Removes the key at the cursor because its time is over, and says so. */
	private expire(): void {
		const { table, keyspace } = this;
		this.replace(0);
		table.loadKey();
		keyspace.expiredKeys++;
		keyspace.changes.keyEvent(
			this.index,
			table.keyBytes,
			table.keyFrom,
			table.keyTo - table.keyFrom,
			EVENT_EXPIRED,
			"expired",
		);
		if (keyspace.effects.isWanted()) {
			keyspace.effects.expired(this.index, table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom);
		}
		table.remove();
	}

	/** Removes the key at the cursor because its memory is needed, and says so. */
	evict(): void {
		const { table, keyspace } = this;
		this.replace(0);
		table.loadKey();
		const { keyBytes, keyFrom, keyTo } = table;
		keyspace.changes.keyEvent(this.index, keyBytes, keyFrom, keyTo - keyFrom, EVENT_EVICTED, "evicted");
		if (keyspace.effects.isWanted()) keyspace.effects.evicted(this.index, keyBytes, keyFrom, keyTo - keyFrom);
		table.remove();
	}

	/** Removes up to `limit` keys whose time is over, or looks after hashes with such fields; returns how many. */
	expireDue(limit: number): number {
		let expired = 0;
		// A key lives through the millisecond of its deadline.
		while (expired < limit && this.table.findDue(this.keyspace.now_ms - 1)) {
			this.expire();
			expired++;
		}
		return expired < limit ? expired + this.fieldExpiry.expireDue(this, limit - expired) : expired;
	}

	/**
	 * Places the cursor on a random key; those whose time is over are removed when they are met. On a replica, where they
	 * are not, it may be such a one, if there is hardly another.
	 */
	findRandom(): boolean {
		const { table, keyspace } = this;
		for (let attempts = 1; table.findRandom(keyspace.random); attempts++) {
			if (!this.isExpired(table.segment, table.offset)) return true;
			if (!keyspace.hidesExpired) this.expire();
			else if (attempts === RANDOM_ATTEMPTS_MAX) return true;
		}
		return false;
	}

	/** Whether the entry that a walk came by is past its deadline, and so does not exist. */
	isExpired(segment: Segment, offset: number): boolean {
		return segment.deadline(offset) < this.keyspace.now_ms;
	}

	/** Makes room for so many keys at once, where there are none: nothing is split while they come. */
	expectKeys(keys: number): void {
		if (this.table.count === 0) this.table = this.newTable(keys);
	}

	/** Removes every key; returns how many there were. */
	clear(): number {
		const { count } = this.table;
		if (count > 0) {
			// A snapshot reads on in the old one, and in the objects it held.
			if (this.table.snapshot === null) this.keyspace.pages.releaseAllLater(this.table.buffers());
			this.table = this.newTable();
			this.fieldExpiry = new FieldExpiry(this.keyspace);
		}
		return count;
	}
}

export { KEEP_DEADLINE };
