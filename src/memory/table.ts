import { keepPages } from "../adapters/pages.ts";
import { copyBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import type { Random } from "../bytes/random.ts";
import {
	entryBytes,
	HEAP_POSITION_BYTES,
	INLINE_KEY_MAX,
	INLINE_VALUE_MAX,
	KIND_DEADLINE,
	KIND_EXTERNAL,
	keyEnd,
	keyLength,
	keyStart,
	NO_HEAP_POSITION,
	readHeapPosition,
	readUint32,
	strideOf,
	valueField,
	valueLengthAt,
	valueLengthBytes,
	valueStartAt,
	writeHead,
	writeHeapPosition,
	writeStamp,
	writeUint32,
	writeValueLength,
	writeWideValueLength,
} from "./entry.ts";
import type { External } from "./handles.ts";
import { LongString } from "./long-string.ts";
import type { Segment } from "./segment.ts";
import { seekEntry } from "./segment-lookup.ts";
import { INDEX_SLOTS_MAX, SLAB_BYTES_MIN, UNITE_EVERY } from "./segment-size.ts";
import { TableCursor } from "./table-cursor.ts";

/** Instead of a deadline: leave the one there is, if any. */
export const KEEP_DEADLINE = -1;

/**
 * A hash table of byte-string keys over segments: a full one splits in two, so no operation costs more than the
 * rebuilding of one segment, and the whole is not bounded by the size of one buffer.
 *
 * The table is used through its cursor: `find` places it, the methods without a key argument work where it stands.
 *
 *     if (table.find(key, start, length, hash)) … table.segment, table.offset …
 *     table.putInline(key, start, length, hash, kind, value, …)        after a find of the same key, hit or miss
 *
 * Any put, remove or setDeadline may move entries: read `segment` and `offset` again afterwards.
 */
export class Table extends TableCursor {
	count: number;
	/** Entries that have a deadline. */
	deadlineCount: number;
	/** No deadline lies before this moment, ms; Infinity where there is none. */
	deadlineBound_ms: number;

	/**
	 * `entries`: how many are to come. In hash order, as from a walk, they crowd where that was not foreseen. `slabBytes` is
	 * the room that each segment has from the start, where there are several.
	 */
	constructor(
		seed0: number,
		seed1: number,
		pages = keepPages,
		segmentSlotsMax = INDEX_SLOTS_MAX,
		entries = 0,
		slabBytes = SLAB_BYTES_MIN,
	) {
		super(seed0, seed1, pages, segmentSlotsMax, entries, slabBytes);
		this.count = 0;
		this.deadlineCount = 0;
		this.deadlineBound_ms = Infinity;
	}

	// Writing

	/**
	 * Stores an inline value of at most INLINE_VALUE_MAX bytes under the key of the last find. `kind` is the owner's bits;
	 * `deadline_ms` a moment, Infinity for none, or KEEP_DEADLINE. Neither `key` nor `value` may lie in a slab of this
	 * table: making room moves entries.
	 */
	putInline(
		key: Uint8Array,
		start: number,
		length: number,
		hash: number,
		kind: number,
		value: Uint8Array,
		valueStart: number,
		valueLength: number,
		deadline_ms: number,
		stamp: number,
	): void {
		assert(valueLength <= INLINE_VALUE_MAX, "an inline value is small");
		if (this.offset !== 0) {
			const fits = this.renewDeadline(deadline_ms);
			const slab = this.segment.slab;
			if ((slab[this.offset]! & KIND_EXTERNAL) !== 0) this.releaseValue();
			else if (fits && this.overwrite(slab, kind, value, valueStart, valueLength, stamp)) return;
		}
		const field = this.place(key, start, length, hash, kind, valueLength, deadline_ms, stamp);
		const slab = this.segment.slab;
		copyBytes(value, valueStart, slab, writeValueLength(slab, field, valueLength), valueLength);
	}

	/** Gives the entry at the cursor its new deadline; false where it has no room for one. */
	private renewDeadline(deadline_ms: number): boolean {
		if (deadline_ms === KEEP_DEADLINE) return true;
		const hasRoom = (this.segment.slab[this.offset]! & KIND_DEADLINE) !== 0;
		if (deadline_ms === Infinity) {
			if (hasRoom) this.clearDeadline();
			return true;
		}
		if (hasRoom) this.setDeadline(deadline_ms);
		return hasRoom;
	}

	/** Writes a value over an inline one of the same or a greater length; what remains becomes garbage. */
	private overwrite(
		slab: Uint8Array,
		kind: number,
		value: Uint8Array,
		valueStart: number,
		valueLength: number,
		stamp: number,
	): boolean {
		const offset = this.offset;
		const field = valueField(slab, offset);
		const oldLength = valueLengthAt(slab, field);
		if (valueLength > oldLength) return false;
		slab[offset] = (slab[offset]! & KIND_DEADLINE) | kind;
		writeStamp(slab, offset, stamp);
		if (valueLength === oldLength) {
			copyBytes(value, valueStart, slab, valueStartAt(slab, field), valueLength);
			return true;
		}
		const oldEnd = valueStartAt(slab, field) + oldLength;
		const at = writeValueLength(slab, field, valueLength);
		copyBytes(value, valueStart, slab, at, valueLength);
		this.segment.discard(at + valueLength, oldEnd - at - valueLength);
		return true;
	}

	/** Stores an object under the key of the last find; the object it replaces, if any, is let go. */
	putExternal(
		key: Uint8Array,
		start: number,
		length: number,
		hash: number,
		kind: number,
		value: External,
		deadline_ms: number,
		stamp: number,
	): void {
		// It may be the one that is there: then it is not let go for its own sake.
		const isThere = this.offset !== 0 && this.isExternal() && this.external() === value;
		if (isThere) this.handles.detach(this.valueHandle());
		const handle = this.handles.add(value);
		if (this.offset !== 0) {
			const fits = this.renewDeadline(deadline_ms);
			const { segment, offset } = this;
			const slab = segment.slab;
			if ((slab[offset]! & KIND_EXTERNAL) !== 0) {
				if (!isThere) this.releaseValue();
				if (fits) {
					writeUint32(slab, valueField(slab, offset), handle);
					slab[offset] = (slab[offset]! & KIND_DEADLINE) | KIND_EXTERNAL | kind;
					writeStamp(slab, offset, stamp);
					return;
				}
			}
		}
		const field = this.place(key, start, length, hash, kind | KIND_EXTERNAL, -1, deadline_ms, stamp);
		writeUint32(this.segment.slab, field, handle);
	}

	/**
	 * Lays an entry at the end of its slab, in place of the one at the cursor or as a new one, and returns where its value
	 * goes. A deadline that the old entry still has is the one to keep.
	 */
	private place(
		key: Uint8Array,
		start: number,
		length: number,
		hash: number,
		kind: number,
		valueBytes: number,
		deadline_ms: number,
		stamp: number,
	): number {
		const keepsDeadline = this.offset !== 0 && this.segment.deadline(this.offset) !== Infinity;
		const setsDeadline = !keepsDeadline && deadline_ms !== KEEP_DEADLINE && deadline_ms !== Infinity;
		const withDeadline = keepsDeadline || setsDeadline;
		const bytes = entryBytes(length, valueBytes, withDeadline);
		if (!this.segment.hasRoom(bytes)) this.makeRoom(key, start, length, hash, bytes);
		const segment = this.segment;
		const from = this.offset;
		const offset = segment.allocate(bytes);
		const slab = segment.slab;
		const keyAt = writeHead(slab, offset, withDeadline ? kind | KIND_DEADLINE : kind, stamp, length);
		if (length <= INLINE_KEY_MAX) copyBytes(key, start, slab, keyAt, length);
		else if (from === 0) writeUint32(slab, keyAt, this.handles.add(LongString.of(key, start, length)));
		else writeUint32(slab, keyAt, readUint32(slab, keyStart(slab, from)));
		if (from === 0) {
			segment.occupy(offset, hash);
			this.count++;
		} else {
			if (keepsDeadline) this.moveDeadline(from, offset);
			segment.relocate(from, offset, hash);
		}
		this.offset = offset;
		if (setsDeadline) {
			writeHeapPosition(slab, offset, NO_HEAP_POSITION);
			this.setDeadline(deadline_ms);
		}
		return withDeadline ? keyEnd(slab, offset) + HEAP_POSITION_BYTES : keyEnd(slab, offset);
	}

	private moveDeadline(from: number, to: number): void {
		const { slab, heap } = this.segment;
		const position = readHeapPosition(slab, from);
		writeHeapPosition(slab, to, position);
		heap!.offsets[position] = to;
	}

	private makeRoom(key: Uint8Array, start: number, length: number, hash: number, bytes: number): void {
		do {
			if (!this.segment.makeRoom(bytes)) this.divide(this.segment, hash);
			this.findAgain(key, start, length, hash);
		} while (!this.segment.hasRoom(bytes));
	}

	/** Removes the entry at the cursor and lets go of what its handles refer to. */
	remove(): void {
		if (this.snapshot !== null) this.snapshot.keepEntry();
		if (this.isExternal()) this.releaseValue();
		this.removeEntry();
	}

	/** As remove, for a value that somebody took: it lives on elsewhere. */
	forget(): void {
		if (this.isExternal()) this.handles.detach(this.valueHandle());
		this.removeEntry();
	}

	private removeEntry(): void {
		const { segment, offset } = this;
		const slab = segment.slab;
		const isDwindling = segment.depth > 0 && segment.count % UNITE_EVERY === 1;
		const hash = isDwindling ? segment.keyHash(offset) : 0;
		if (keyLength(slab, offset) > INLINE_KEY_MAX) this.handles.release(readUint32(slab, keyStart(slab, offset)));
		if (segment.deadline(offset) !== Infinity) this.deadlineCount--;
		segment.remove(offset);
		segment.shrinkIfSparse();
		if (isDwindling) this.segment = this.unite(segment, hash);
		this.count--;
		this.offset = 0;
	}

	private releaseValue(): void {
		this.handles.release(this.valueHandle());
	}

	/**
	 * Makes the value under the key of the last find an inline one of `length` bytes, which the caller has to write, and
	 * keeps the deadline. Returns where they begin in the segment's slab.
	 */
	createInline(
		key: Uint8Array,
		start: number,
		length: number,
		hash: number,
		kind: number,
		valueLength: number,
		stamp: number,
	): number {
		assert(valueLength <= INLINE_VALUE_MAX, "an inline value is small");
		if (this.offset !== 0 && this.isExternal()) this.releaseValue();
		const field = this.place(key, start, length, hash, kind, valueLength, KEEP_DEADLINE, stamp);
		return writeValueLength(this.segment.slab, field, valueLength);
	}

	/**
	 * Replaces `removed` bytes at `at` of the inline value at the cursor by `inserted` bytes, which the caller has to write.
	 * Returns where they begin in the segment's slab. A value that does not become longer stays where it is.
	 */
	spliceInline(at: number, removed: number, inserted: number): number {
		const slab = this.segment.slab;
		const field = valueField(slab, this.offset);
		const start = valueStartAt(slab, field);
		const length = valueLengthAt(slab, field);
		if (inserted === removed) return start + at;
		const tail = length - at - removed;
		const resized = length + inserted - removed;
		assert(tail >= 0 && resized <= INLINE_VALUE_MAX, "a splice stays inside a small value");
		if (inserted < removed) {
			slab.copyWithin(start + at + inserted, start + at + removed, start + length);
			this.resizeInline(resized);
			return start + at;
		}
		if (this.resizeInline(resized)) {
			slab.copyWithin(start + at + inserted, start + at + removed, start + length);
			return start + at;
		}
		const from = this.moveInline(resized);
		const moved = this.segment.slab;
		const to = this.valueStart();
		copyBytes(moved, from, moved, to, at);
		copyBytes(moved, from + at + removed, moved, to + at + inserted, tail);
		return to + at;
	}

	/**
	 * Gives the entry at the cursor a new place with room for an inline value of `length` bytes, which the caller has to
	 * write, and returns where the old value begins: garbage already, and good until the next change.
	 */
	private moveInline(length: number): number {
		const bytes = this.bytesWith(length);
		if (!this.segment.hasRoom(bytes)) this.roomForMove(bytes);
		const { segment, offset: from } = this;
		const { slab } = segment;
		const word = segment.index[segment.slot]!;
		assert((word & 0xffffff) === from, "the cursor comes from a find");
		const field = valueField(slab, from);
		const oldStart = valueStartAt(slab, field);
		const to = segment.allocate(bytes);
		copyBytes(slab, from, slab, to, field - from);
		writeValueLength(slab, field - from + to, length);
		if (segment.deadline(from) !== Infinity) this.moveDeadline(from, to);
		segment.relocate(from, to, word >>> 24);
		this.offset = to;
		return oldStart;
	}

	/** Bytes of the entry at the cursor if its inline value had this length. */
	private bytesWith(length: number): number {
		const field = valueField(this.segment.slab, this.offset);
		return field - this.offset + valueLengthBytes(length) + length;
	}

	/**
	 * Makes the inline value at the cursor `length` bytes long in place, where that needs no move: a shorter one, or one
	 * with room behind it. The bytes that are new are whatever lay there.
	 */
	resizeInline(length: number): boolean {
		const { segment, offset } = this;
		const slab = segment.slab;
		const field = valueField(slab, offset);
		const old = valueLengthAt(slab, field);
		// The length field keeps its width: two bytes can say what one could.
		const isWide = slab[field]! >= 0x80;
		if (!isWide && valueLengthBytes(length) > 1) return false;
		const end = valueStartAt(slab, field) + old;
		if (length > old) {
			if (!segment.extend(end, length - old)) return false;
		} else if (length < old) segment.discard(end - (old - length), old - length);
		if (isWide) writeWideValueLength(slab, field, length);
		else slab[field] = length;
		return true;
	}

	// Deadlines at the cursor

	/** Milliseconds, or Infinity. */
	deadline(): number {
		return this.segment.deadline(this.offset);
	}

	setDeadline(deadline_ms: number): void {
		const { segment, offset } = this;
		if ((segment.slab[offset]! & KIND_DEADLINE) === 0) this.addHeapPosition();
		else if (segment.deadline(offset) !== Infinity) this.deadlineCount--;
		this.deadlineCount++;
		if (deadline_ms < this.deadlineBound_ms) this.deadlineBound_ms = deadline_ms;
		this.segment.setDeadline(this.offset, deadline_ms);
		if (deadline_ms < this.segment.queuedFor_ms) this.due.advance(this.segment, deadline_ms);
	}

	/** Returns whether there was one. */
	clearDeadline(): boolean {
		if (!this.segment.clearDeadline(this.offset)) return false;
		this.deadlineCount--;
		return true;
	}

	/** Makes room for the entry at the cursor to move within its segment; returns its hash. */
	private roomForMove(bytes: number): number {
		const hash = this.segment.keyHash(this.offset);
		while (!this.segment.hasRoom(bytes)) {
			// The key has to outlive the reorganisation of the slab it lies in.
			this.loadKey();
			const key = this.keyBytes.slice(this.keyFrom, this.keyTo);
			if (!this.segment.makeRoom(bytes)) this.divide(this.segment, hash);
			this.findAgain(key, 0, key.length, hash);
		}
		return hash;
	}

	/** Moves the entry at the cursor to a place with room for a heap position. */
	private addHeapPosition(): void {
		const bytes = strideOf(this.segment.slab, this.offset) + HEAP_POSITION_BYTES;
		const hash = this.roomForMove(bytes);
		const { segment, offset: from } = this;
		const slab = segment.slab;
		seekEntry(segment, hash, from);
		const head = keyEnd(slab, from) - from;
		const to = segment.allocate(bytes);
		slab.copyWithin(to, from, from + head);
		slab.copyWithin(to + head + HEAP_POSITION_BYTES, from + head, from + bytes - HEAP_POSITION_BYTES);
		slab[to] = slab[from]! | KIND_DEADLINE;
		writeHeapPosition(slab, to, NO_HEAP_POSITION);
		segment.relocate(from, to, hash);
		this.offset = to;
	}

	/**
	 * Places the cursor on an entry whose deadline is not after `now_ms` and says whether there was one. When there is
	 * none left, `deadlineBound_ms` is exact again.
	 */
	findDue(now_ms: number): boolean {
		if (this.deadlineBound_ms > now_ms) return false;
		if (this.segment.heap !== null && this.segment.heap.earliest() <= now_ms) {
			this.seek(this.segment, this.segment.heap.earliestOffset());
			return true;
		}
		const segment = this.earliestSegment();
		if (segment === null || this.deadlineBound_ms > now_ms) return false;
		this.seek(segment, segment.heap!.earliestOffset());
		return true;
	}

	/** The one with the earliest deadline; makes the bound exact. */
	private earliestSegment(): Segment | null {
		for (let segment = this.due.first(); segment !== null; segment = this.due.first()) {
			const earliest_ms = segment.heap === null ? Infinity : segment.heap.earliest();
			if (earliest_ms <= segment.queuedFor_ms) {
				this.deadlineBound_ms = earliest_ms;
				return segment;
			}
			this.due.postponeFirst(earliest_ms);
		}
		this.deadlineBound_ms = Infinity;
		return null;
	}

	/** Places the cursor on the entry with the earliest deadline, and says whether any has one. */
	findEarliest(): boolean {
		const segment = this.earliestSegment();
		if (segment === null) return false;
		this.seek(segment, segment.heap!.earliestOffset());
		return true;
	}

	// Walking

	/** Places the cursor on a random entry, each equally likely; false where the table is empty. */
	findRandom(random: Random): boolean {
		if (this.count === 0) return false;
		const segment = this.drawSegment(random);
		this.segment = segment;
		this.offset = segment.index[segment.slot]! & 0xffffff;
		if (this.snapshot !== null) this.snapshot.noticedEntry();
		return true;
	}

	/** An equal table that shares nothing with this one. */
	clone(): Table {
		const copy = new Table(this.seed0, this.seed1, this.pages, this.segmentSlotsMax);
		copy.segment = copy.copyFrom(this);
		copy.count = this.count;
		copy.deadlineCount = this.deadlineCount;
		copy.deadlineBound_ms = this.deadlineBound_ms;
		copy.keyBytes = copy.segment.slab;
		return copy;
	}

	clear(): void {
		assert(this.snapshot === null, "a table is let go, not cleared, while it is written down");
		this.segment = this.renew();
		this.count = 0;
		this.deadlineCount = 0;
		this.deadlineBound_ms = Infinity;
		this.offset = 0;
		this.keyBytes = this.segment.slab;
	}

	verify(): void {
		const { count, deadlines, earliest_ms } = this.verifySegments();
		assert(count === this.count, "entries are counted");
		assert(deadlines === this.deadlineCount, "deadlines are counted");
		assert(earliest_ms >= this.deadlineBound_ms, "the bound is a bound");
	}
}
