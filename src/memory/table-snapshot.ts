import { copyBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import {
	INLINE_KEY_MAX,
	isLive,
	KIND_DEADLINE,
	KIND_EXTERNAL,
	keyLength,
	keyStart,
	NO_HEAP_POSITION,
	readHeapPosition,
	readUint32,
	SLAB_START,
	strideOf,
	valueField,
	writeDead,
	writeHeapPosition,
	writeUint32,
} from "./entry.ts";
import { LongString } from "./long-string.ts";
import type { Segment } from "./segment.ts";
import { type EntriesPiece, newBuffer, PIECE_BYTES, type TakeBuffer, type ValueSnapshot } from "./snapshot.ts";
import { Table } from "./table.ts";

/** Where hash space ends. */
const HASHES = 2 ** 32;

/** Shared by the snapshots of several tables. */
export interface SnapshotContext {
	/** False while whoever places a cursor will only read: then nothing has to be put aside. */
	isArmed: boolean;
	readonly takeBuffer: TakeBuffer;
	/** What becomes of entries whose values are objects; null where these are strings and belong to the piece. */
	readonly objects: ObjectTaker | null;
}

export interface ObjectTaker {
	/** Takes over an entry whose value is an object. */
	take(table: Table, segment: Segment, offset: number): void;
	/** The entry at the table's cursor is about to change; if it was taken over, that was not long ago. */
	changing(table: Table): void;
}

/**
 * A table as it was at one moment. The walk goes through hash space segment by segment and copies bytes:
 *
 *     0 ───── taken ───── position ───── not yet ───── 2^32
 *                              what is about to change here is put aside first, once
 *
 * An entry put aside is copied into a piece of its own, and its key noted in `changed`, so that the walk leaves out
 * whatever it finds under that key later. A key that was not there is noted, too. So what a write costs is one entry, and
 * memory grows by the entries that change while the walk is ahead of them, not by segments.
 *
 * Segments may split and unite under the walk: a position is a hash, not a segment.
 */
export class TableSnapshot implements ValueSnapshot {
	readonly count: number;
	readonly deadlineBound_ms: number;
	private readonly table: Table;
	private readonly context: SnapshotContext;
	/** Every hash below has been taken. */
	private position: number;
	/** Keys ahead of the walk, or behind it by now, that are dealt with. Null while there is none: most have none. */
	private changed: Table | null;
	private readonly aside: EntriesAside;

	constructor(table: Table, context: SnapshotContext) {
		this.count = table.count;
		this.deadlineBound_ms = table.deadlineCount === 0 ? Infinity : table.deadlineBound_ms;
		this.table = table;
		this.context = context;
		this.position = 0;
		this.changed = null;
		this.aside = new EntriesAside(context);
	}

	/** Of a table whose objects are long strings, which belong to their entries. */
	static ofMembers(table: Table, takeBuffer = newBuffer): TableSnapshot {
		return new TableSnapshot(table, { isArmed: true, takeBuffer, objects: null });
	}

	/** Told by the table that its cursor was placed for a key, found or not: it may change next. */
	noticed(bytes: Uint8Array, start: number, length: number, hash: number): void {
		if (this.context.isArmed) this.keep(bytes, start, length, hash);
	}

	private keep(bytes: Uint8Array, start: number, length: number, hash: number): void {
		const { table, context } = this;
		if (hash >>> 0 >= this.position) {
			this.changed ??= new Table(table.seed0, table.seed1);
			if (this.changed.find(bytes, start, length, hash)) return;
			// An entry cannot lie in the slab of another table, so the key may.
			this.changed.putInline(bytes, start, length, hash, 0, bytes, 0, 0, Infinity, 0);
			if (table.offset !== 0) this.aside.add(table, table.segment, table.offset);
		}
		if (context.objects !== null && table.offset !== 0) context.objects.changing(table);
	}

	/** The same where the cursor was placed without a key. */
	noticedEntry(): void {
		if (this.context.isArmed) this.keepEntry();
	}

	/** The entry at the cursor, on which it was placed in whatever intention, is about to change. */
	keepEntry(): void {
		const { table } = this;
		table.loadKey();
		const { keyBytes, keyFrom, keyTo } = table;
		this.keep(keyBytes, keyFrom, keyTo - keyFrom, table.segment.keyHash(table.offset));
	}

	/** How much of the walk is done, from 0 to 1. */
	share(): number {
		return this.position / HASHES;
	}

	/** Bytes put aside that have not been taken. */
	bytesAside(): number {
		return this.aside.bytes();
	}

	next(): EntriesPiece | null {
		while (this.position < HASHES && this.aside.bytes() < PIECE_BYTES) {
			const piece = this.takeSegment();
			// Objects that were taken over may still have to hear of changes.
			if (this.position === HASHES && this.context.objects === null) this.detach();
			if (piece !== null) return piece;
		}
		return this.aside.take();
	}

	/** Nobody takes the rest. */
	detach(): void {
		this.position = HASHES;
		if (this.table.snapshot === this) this.table.snapshot = null;
		this.changed = null;
	}

	private takeSegment(): EntriesPiece | null {
		const { table, position } = this;
		const segment = table.segmentAt(position);
		const span = 2 ** (32 - segment.depth);
		const first = Math.floor(position / span) * span;
		this.position = first + span;
		if (segment.count === 0) return null;
		const { used, heap } = segment;
		const slab = this.context.takeBuffer(used);
		slab.set(segment.slab.subarray(0, used));
		const strings: Uint8Array[] = [];
		if (this.changed !== null) this.leaveOutChanged(this.changed, segment, slab, position, this.position);
		if (first < position) leaveOutTaken(segment, slab, used, position);
		if (table.handles.count() > 0) this.resolveHandles(segment, slab, used, strings);
		return {
			form: "entries",
			slab,
			used,
			deadlines: heap === null ? null : heap.deadlines.slice(0, heap.size),
			strings,
		};
	}

	/** Makes holes where entries lie that were dealt with. */
	private leaveOutChanged(changed: Table, segment: Segment, slab: Uint8Array, from: number, to: number): void {
		changed.forEachBetween(from, to, (other, at) => {
			changed.loadKeyOf(other, at);
			const length = changed.keyTo - changed.keyFrom;
			const offset = segment.find(changed.keyBytes, changed.keyFrom, length, other.keyHash(at));
			if (offset !== 0) writeDead(slab, offset, strideOf(slab, offset));
		});
	}

	/** Handles mean nothing outside the table: what they stand for goes along, or another way. */
	private resolveHandles(segment: Segment, slab: Uint8Array, used: number, strings: Uint8Array[]): void {
		const { table, context } = this;
		for (let offset = SLAB_START; offset < used; ) {
			const stride = strideOf(slab, offset);
			if (isLive(slab, offset)) {
				if ((slab[offset]! & KIND_EXTERNAL) !== 0 && context.objects !== null) {
					context.objects.take(table, segment, offset);
					writeDead(slab, offset, stride);
				} else resolveEntry(table, slab, offset, strings);
			}
			offset += stride;
		}
	}
}

/** Makes holes of entries whose hashes lie before a position: their segment united with one that was taken. */
function leaveOutTaken(segment: Segment, slab: Uint8Array, used: number, position: number): void {
	for (let offset = SLAB_START; offset < used; ) {
		const stride = strideOf(slab, offset);
		if (isLive(slab, offset) && segment.keyHash(offset) >>> 0 < position) writeDead(slab, offset, stride);
		offset += stride;
	}
}

/** Lets the handles of a copied entry mean numbers of `strings`. */
function resolveEntry(table: Table, slab: Uint8Array, offset: number, strings: Uint8Array[]): void {
	if (keyLength(slab, offset) > INLINE_KEY_MAX) replaceHandle(table, slab, keyStart(slab, offset), strings);
	if ((slab[offset]! & KIND_EXTERNAL) !== 0) replaceHandle(table, slab, valueField(slab, offset), strings);
}

function replaceHandle(table: Table, slab: Uint8Array, at: number, strings: Uint8Array[]): void {
	const string = table.handles.get(readUint32(slab, at));
	assert(string instanceof LongString, "what lies outside an entry here is a string");
	writeUint32(slab, at, strings.push(string.bytes.slice(0, string.length)) - 1);
}

/** Copies of single entries, collected into pieces. */
class EntriesAside {
	private readonly context: SnapshotContext;
	private slab: Uint8Array;
	private used: number;
	private deadlines: number[];
	private strings: Uint8Array[];
	private stringBytes: number;
	private readonly full: EntriesPiece[];
	private fullBytes: number;

	constructor(context: SnapshotContext) {
		this.context = context;
		this.slab = noBytes;
		this.used = SLAB_START;
		this.deadlines = [];
		this.strings = [];
		this.stringBytes = 0;
		this.full = [];
		this.fullBytes = 0;
	}

	bytes(): number {
		return this.fullBytes + (this.used - SLAB_START) + this.stringBytes;
	}

	add(table: Table, segment: Segment, offset: number): void {
		const source = segment.slab;
		if ((source[offset]! & KIND_EXTERNAL) !== 0 && this.context.objects !== null) {
			this.context.objects.take(table, segment, offset);
			return;
		}
		const stride = strideOf(source, offset);
		this.makeRoom(stride);
		const { slab, used } = this;
		copyBytes(source, offset, slab, used, stride);
		this.used = used + stride;
		if ((slab[used]! & KIND_DEADLINE) !== 0 && readHeapPosition(slab, used) !== NO_HEAP_POSITION) {
			writeHeapPosition(slab, used, this.deadlines.push(segment.deadline(offset)) - 1);
		}
		const strings = this.strings.length;
		resolveEntry(table, slab, used, this.strings);
		for (let i = strings; i < this.strings.length; i++) this.stringBytes += this.strings[i]!.length;
	}

	private makeRoom(bytes: number): void {
		const isFull = this.used + bytes > this.slab.length && this.slab.length >= PIECE_BYTES;
		if (isFull || this.deadlines.length === DEADLINES_MAX || this.stringBytes >= PIECE_BYTES) this.finish();
		if (this.used + bytes <= this.slab.length) return;
		const grown = new Uint8Array(Math.min(Math.max(4096, 4 * this.slab.length), PIECE_BYTES) + bytes);
		grown.set(this.slab.subarray(0, this.used));
		this.slab = grown;
	}

	/** What has been collected is a piece. */
	private finish(): void {
		const { slab, used, deadlines, strings } = this;
		if (used === SLAB_START) return;
		this.fullBytes = this.bytes();
		this.full.push({
			form: "entries",
			slab,
			used,
			deadlines: deadlines.length === 0 ? null : Float64Array.from(deadlines),
			strings,
		});
		this.slab = noBytes;
		this.used = SLAB_START;
		this.deadlines = [];
		this.strings = [];
		this.stringBytes = 0;
	}

	take(): EntriesPiece | null {
		if (this.full.length === 0) this.finish();
		const piece = this.full.shift() ?? null;
		if (piece === null) return null;
		this.fullBytes -= piece.used - SLAB_START;
		for (const string of piece.strings) this.fullBytes -= string.length;
		return piece;
	}
}

const noBytes = new Uint8Array(0);
/** Heap positions have 16 bits, the last of which means none. */
const DEADLINES_MAX = NO_HEAP_POSITION;
