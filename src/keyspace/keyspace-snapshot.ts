import { assert } from "../bytes/assert.ts";
import {
	INLINE_KEY_MAX,
	KIND_MARKS,
	keyLength,
	keyStart,
	readStamp,
	readUint32,
	TYPE_MASK,
	valueField,
} from "../memory/entry.ts";
import type { External } from "../memory/handles.ts";
import type { Segment } from "../memory/segment.ts";
import type { EntriesPiece, Piece, TakeBuffer, ValueSnapshot } from "../memory/snapshot.ts";
import type { Table } from "../memory/table.ts";
import { type SnapshotContext, TableSnapshot } from "../memory/table-snapshot.ts";
import type { Keyspace } from "./keyspace.ts";

/** A key whose value comes in pieces. */
export interface ValueHead {
	readonly database: number;
	readonly key: Uint8Array;
	/** Infinity for none. */
	readonly deadline_ms: number;
	readonly stamp: number;
	/** The owner's bits of the kind byte: type and marks. */
	readonly kind: number;
	/** As ValueSnapshot says. */
	readonly count: number;
	readonly fieldDeadlineBound_ms: number;
}

/** Takes a snapshot's pieces, which are its own from then on. */
export interface SnapshotTaker {
	/** Keys whose values lie in their entries: strings, and collections that are small. No other is live in the piece. */
	entries(database: number, piece: EntriesPiece): void;
	/** Followed by the pieces of this value and its end, and by nothing else before that. */
	beginValue(head: ValueHead): void;
	piece(piece: Piece): void;
	endValue(): void;
}

interface DatabaseSnapshot {
	readonly database: number;
	readonly tables: TableSnapshot;
}

/** A value that is an object. Its snapshot begins when its turn comes, or it is about to change. */
interface WaitingValue {
	readonly head: Omit<ValueHead, "count" | "fieldDeadlineBound_ms">;
	readonly external: External;
	snapshot: ValueSnapshot | null;
}

/**
 * All databases as they were when this was made, handed over piece by piece while they go on changing:
 *
 *     snapshot = new KeyspaceSnapshot(keyspace, takeBuffer)
 *     while (snapshot.advance(taker)) …                      between commands, as fast as the taker keeps up
 *     snapshot.end()                                         also in the middle
 *
 * Values that are objects follow the entries they were met in, each in pieces of its own; from the moment their turn
 * comes, or they are about to change, they look after themselves (External.snapshot).
 *
 * Only one can be taken at a time, but for those that are taken at once, between two commands: they need not be told of
 * changes (`attaches` false).
 */
export class KeyspaceSnapshot {
	readonly keyCount: number;
	private readonly keyspace: Keyspace;
	private readonly attaches: boolean;
	private readonly takeBuffer: TakeBuffer;
	private readonly databases: DatabaseSnapshot[];
	private readonly contexts: SnapshotContext[];
	/** Values to hand over, those from `nextValue` on. */
	private values: WaitingValue[];
	private nextValue: number;
	/** Of these, those whose snapshots have not begun: few, since the walk goes on when all have been handed over. */
	private readonly unbegun: Map<External, WaitingValue>;
	private current: WaitingValue | null;
	private walking: number;

	constructor(keyspace: Keyspace, takeBuffer: TakeBuffer, attaches = true) {
		assert(!attaches || keyspace.snapshot === null, "there is one snapshot at a time");
		this.keyspace = keyspace;
		this.attaches = attaches;
		this.takeBuffer = takeBuffer;
		this.keyCount = keyspace.keyCount();
		this.databases = [];
		this.contexts = [];
		this.values = [];
		this.nextValue = 0;
		this.unbegun = new Map();
		this.current = null;
		this.walking = 0;
		for (const { index, table } of keyspace.databases) {
			if (table.count === 0) continue;
			const context: SnapshotContext = {
				isArmed: true,
				takeBuffer,
				objects: {
					take: (from, segment, offset) => this.takeObject(index, from, segment, offset),
					changing: (from) => this.beginAtCursor(from),
				},
			};
			const snapshot = new TableSnapshot(table, context);
			if (attaches) table.snapshot = snapshot;
			this.databases.push({ database: index, tables: snapshot });
			this.contexts.push(context);
		}
		if (attaches) keyspace.snapshot = this;
	}

	/** Whether the command that comes next may change keys, as everything may that is no command. */
	arm(mayWrite: boolean): void {
		for (let i = 0; i < this.contexts.length; i++) this.contexts[i]!.isArmed = mayWrite;
	}

	/** Bytes held only for the snapshot's sake, but for objects that look after themselves. */
	bytesAside(): number {
		let bytes = 0;
		for (const { tables } of this.databases) bytes += tables.bytesAside();
		return bytes;
	}

	/** About how many keys have been taken. */
	keysTaken(): number {
		let keys = 0;
		for (const { tables } of this.databases) keys += tables.count * tables.share();
		return Math.floor(keys);
	}

	/** Hands over the next piece; false where there is none left. */
	advance(taker: SnapshotTaker): boolean {
		if (this.current !== null || this.beginValue(taker)) return this.advanceValue(this.current!, taker);
		while (this.walking < this.databases.length) {
			const { database, tables } = this.databases[this.walking]!;
			const piece = tables.next();
			if (piece !== null) {
				taker.entries(database, piece);
				return true;
			}
			// The last segment may have left nothing but values.
			if (this.beginValue(taker)) return true;
			tables.detach();
			this.walking++;
		}
		return false;
	}

	private beginValue(taker: SnapshotTaker): boolean {
		if (this.nextValue === this.values.length) return false;
		this.current = this.values[this.nextValue]!;
		this.nextValue++;
		if (this.nextValue === this.values.length) {
			this.values = [];
			this.nextValue = 0;
		}
		const { count, deadlineBound_ms } = this.begin(this.current);
		taker.beginValue({ ...this.current.head, count, fieldDeadlineBound_ms: deadlineBound_ms });
		return true;
	}

	private begin(value: WaitingValue): ValueSnapshot {
		if (value.snapshot !== null) return value.snapshot;
		const { external } = value;
		assert(external.beginSnapshot !== undefined, "the value of a key can be written down");
		const snapshot = external.beginSnapshot(this.takeBuffer);
		value.snapshot = snapshot;
		if (this.attaches) external.snapshot = snapshot;
		this.unbegun.delete(external);
		return snapshot;
	}

	private beginAtCursor(table: Table): void {
		if (this.unbegun.size === 0 || !table.isExternal()) return;
		const value = this.unbegun.get(table.external());
		if (value !== undefined) this.begin(value);
	}

	private advanceValue(value: WaitingValue, taker: SnapshotTaker): boolean {
		const piece = value.snapshot!.next();
		if (piece !== null) taker.piece(piece);
		else {
			taker.endValue();
			this.current = null;
			release(value);
		}
		return true;
	}

	private takeObject(database: number, table: Table, segment: Segment, offset: number): void {
		const { slab } = segment;
		const external = table.handles.get(readUint32(slab, valueField(slab, offset)));
		const value: WaitingValue = {
			head: {
				database,
				key: keyOf(segment, offset),
				deadline_ms: segment.deadline(offset),
				stamp: readStamp(slab, offset),
				kind: slab[offset]! & (TYPE_MASK | KIND_MARKS),
			},
			external,
			snapshot: null,
		};
		this.values.push(value);
		this.unbegun.set(external, value);
	}

	/** Nothing of the keyspace knows of the snapshot any more. */
	end(): void {
		for (const { tables } of this.databases) tables.detach();
		if (this.current !== null) release(this.current);
		for (let i = this.nextValue; i < this.values.length; i++) release(this.values[i]!);
		this.current = null;
		this.values = [];
		this.unbegun.clear();
		if (this.keyspace.snapshot === this) this.keyspace.snapshot = null;
	}
}

function release({ external, snapshot }: WaitingValue): void {
	if (snapshot !== null && external.snapshot === snapshot) external.snapshot = null;
}

function keyOf(segment: Segment, offset: number): Uint8Array {
	const { slab } = segment;
	const length = keyLength(slab, offset);
	if (length > INLINE_KEY_MAX) return segment.longKey(offset).bytes.slice(0, length);
	const start = keyStart(slab, offset);
	return slab.slice(start, start + length);
}
