import { Random } from "../../../src/bytes/random.ts";
import type { Database } from "../../../src/keyspace/database.ts";
import { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { encodingOf } from "../../../src/types/encoding.ts";
import { Hash } from "../../../src/types/hash.ts";
import { STRING_KIND } from "../../../src/types/string.ts";
import { VirtualTime } from "../../support/virtual-time.ts";

export interface ModelField {
	value: string;
	deadline_ms: number;
}

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
const KEY = bytesOf("key");
const NEIGHBOUR = bytesOf("neighbour");

/**
 * A hash in a database and a plain Map side by side: each step is taken by both, and what they say is compared. The map
 * has the order of a hash that reports "listpack".
 */
export class HashModel {
	readonly time = new VirtualTime();
	readonly keyspace = new Keyspace(1, this.time, new Random(5));
	readonly fields = new Map<string, ModelField>();
	readonly hash = new Hash();
	/** Whether it was beyond the limits once, and whether a field was given a deadline once. */
	isLarge = false;
	isVolatile = false;

	get database(): Database {
		return this.keyspace.databases[0]!;
	}

	/** Opens the hash; what has expired is gone then. */
	open(): void {
		this.keyspace.advance();
		const { database, keyspace } = this;
		database.peek(KEY, 0, KEY.length, database.hash(KEY, 0, KEY.length));
		this.hash.open(database, keyspace.limits, keyspace.now_ms);
		for (const [name, { deadline_ms }] of this.fields) {
			if (deadline_ms < keyspace.now_ms) this.fields.delete(name);
		}
		if (this.fields.size === 0) this.reset();
	}

	private reset(): void {
		this.isLarge = false;
		this.isVolatile = false;
	}

	private close(): void {
		const isGone = this.hash.close();
		this.crowd();
		if (isGone !== (this.fields.size === 0)) throw new Error("whether a field is left differs");
		if (isGone) this.reset();
		else this.database.scheduleFields();
	}

	/** Puts another value behind the hash, which has to move then to grow. */
	private crowd(): void {
		const { database } = this;
		database.peek(NEIGHBOUR, 0, NEIGHBOUR.length, database.hash(NEIGHBOUR, 0, NEIGHBOUR.length));
		if (database.table.offset !== 0) database.remove();
		database.peek(NEIGHBOUR, 0, NEIGHBOUR.length, database.hash(NEIGHBOUR, 0, NEIGHBOUR.length));
		database.putInline(STRING_KIND, NEIGHBOUR, 0, NEIGHBOUR.length, Infinity);
		database.peek(KEY, 0, KEY.length, database.hash(KEY, 0, KEY.length));
	}

	set(field: string, value: string, keepsDeadline: boolean): void {
		this.open();
		const name = bytesOf(field);
		const content = bytesOf(value);
		const isNew = this.hash.set(name, 0, name.length, content, 0, content.length, keepsDeadline);
		const old = this.fields.get(field);
		if (isNew !== (old === undefined)) throw new Error("whether a field is new differs");
		this.fields.set(field, { value, deadline_ms: keepsDeadline && old !== undefined ? old.deadline_ms : Infinity });
		const { hashEntries, hashValueBytes } = this.keyspace.limits;
		if (field.length > hashValueBytes || value.length > hashValueBytes) this.isLarge = true;
		if (this.fields.size > hashEntries) this.isLarge = true;
		this.close();
	}

	remove(field: string): void {
		this.open();
		const name = bytesOf(field);
		const wasThere = this.fields.delete(field);
		if (this.hash.remove(name, 0, name.length) !== wasThere) throw new Error("whether a field was there differs");
		if (wasThere) this.close();
	}

	/** Infinity takes the deadline away. */
	setDeadline(field: string, after_ms: number): void {
		this.open();
		if (this.fields.size === 0) return;
		const name = bytesOf(field);
		this.hash.becomeVolatile();
		this.isVolatile = true;
		const known = this.fields.get(field);
		if (this.hash.find(name, 0, name.length) !== (known !== undefined)) throw new Error("presence differs");
		if (known !== undefined) {
			known.deadline_ms = this.keyspace.now_ms + after_ms;
			this.hash.setDeadline(known.deadline_ms);
		}
		this.close();
	}

	/** Moves time on. */
	advance(by_ms: number): void {
		this.time.advance(by_ms);
	}

	compare(): void {
		this.open();
		const { database, fields, hash } = this;
		if (hash.count() !== fields.size) throw new Error(`count ${hash.count()}, expected ${fields.size}`);
		const seen: [string, string][] = [];
		hash.forEach(() => {
			seen.push([this.field(), this.value()]);
		});
		const expected = [...fields].map(([name, { value }]) => [name, value] as [string, string]);
		if (this.isLarge) {
			seen.sort(byName);
			expected.sort(byName);
		}
		if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error("fields differ, or their order");
		if (fields.size > 0) this.compareKept();
		this.compareFields();
		hash.verify();
		database.table.verify();
		database.fieldExpiry.verify();
		const isThere = database.peek(KEY, 0, KEY.length, database.hash(KEY, 0, KEY.length));
		if (isThere !== fields.size > 0) throw new Error("the key is there exactly with its fields");
	}

	/** What is kept beside the fields. */
	private compareKept(): void {
		const { table } = this.database;
		const encoding = this.isLarge ? "hashtable" : this.isVolatile ? "listpackex" : "listpack";
		if (encodingOf(table) !== encoding) throw new Error(`encoding ${encodingOf(table)}, expected ${encoding}`);
		const held = table.isExternal() ? table.external().bytesUsed() : 0;
		if (table.handles.bytes !== held) throw new Error("bytes outside the slab are miscounted");
		const earliest_ms = Math.min(...[...this.fields.values()].map(({ deadline_ms }) => deadline_ms));
		if (this.hash.deadlineBound() > earliest_ms) throw new Error("the bound is beyond a deadline");
		if (this.database.fieldExpiry.bound_ms() > earliest_ms) throw new Error("nobody would come for a field");
	}

	private compareFields(): void {
		for (const [name, { value, deadline_ms }] of this.fields) {
			const bytes = bytesOf(name);
			if (!this.hash.find(bytes, 0, bytes.length)) throw new Error(`field ${name.slice(0, 40)} is missing`);
			if (this.value() !== value) throw new Error(`value of ${name.slice(0, 40)} differs`);
			if (this.hash.deadline() !== deadline_ms) throw new Error(`deadline of ${name.slice(0, 40)} differs`);
		}
	}

	field(): string {
		const { fieldBytes, fieldStart, fieldLength } = this.hash;
		return Buffer.from(fieldBytes.subarray(fieldStart, fieldStart + fieldLength)).toString("latin1");
	}

	value(): string {
		const { valueBytes, valueStart, valueLength } = this.hash;
		return Buffer.from(valueBytes.subarray(valueStart, valueStart + valueLength)).toString("latin1");
	}
}

function byName([one]: [string, string], [other]: [string, string]): number {
	return one < other ? -1 : 1;
}
