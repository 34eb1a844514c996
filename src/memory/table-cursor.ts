import type { Pages } from "../adapters/pages.ts";
import {
	INLINE_KEY_MAX,
	KIND_DEADLINE,
	KIND_EXTERNAL,
	keyLength,
	keyStart,
	readStamp,
	readUint32,
	strideOf,
	TYPE_MASK,
	valueField,
	valueLengthAt,
	valueStartAt,
	writeStamp,
} from "./entry.ts";
import type { External } from "./handles.ts";
import type { Segment } from "./segment.ts";
import { SegmentDirectory } from "./segment-directory.ts";
import { findByHash, seekEntry } from "./segment-lookup.ts";
import type { TableSnapshot } from "./table-snapshot.ts";

/** The cursor of a table: how it is placed on an entry, and what can be read and marked there without moving anything. */
export class TableCursor extends SegmentDirectory {
	segment: Segment;
	offset: number;
	/** Set by `loadKey`. */
	keyBytes: Uint8Array;
	keyFrom: number;
	keyTo: number;
	/** Set while a snapshot of it is taken: hears of every entry that the cursor is placed on, before it can change. */
	snapshot: TableSnapshot | null;

	constructor(seed0: number, seed1: number, pages: Pages, segmentSlotsMax: number, entries: number, slabBytes: number) {
		super(seed0, seed1, pages, segmentSlotsMax, entries, slabBytes);
		this.segment = this.directory[0]!;
		this.offset = 0;
		this.keyBytes = this.segment.slab;
		this.keyFrom = 0;
		this.keyTo = 0;
		this.snapshot = null;
	}

	/** Places the cursor. `hash` is halfSipHash of the key under this table's seeds. */
	find(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		const segment = this.directory[(hash >>> 1) >>> this.directoryShift]!;
		this.segment = segment;
		this.offset = segment.find(bytes, start, length, hash);
		if (this.snapshot !== null) this.snapshot.noticed(bytes, start, length, hash);
		return this.offset !== 0;
	}

	/** Takes the cursor off its entry, as if it had not been found; it has to be, before anything is put there. */
	leave(): void {
		this.offset = 0;
	}

	/** Places the cursor on the entry whose key has this hash, and says whether there is one. */
	findHash(hash: number): boolean {
		this.segment = this.directory[(hash >>> 1) >>> this.directoryShift]!;
		this.offset = findByHash(this.segment, hash);
		if (this.offset !== 0 && this.snapshot !== null) this.snapshot.noticedEntry();
		return this.offset !== 0;
	}

	/** The same in the middle of a change, after entries have moved: what is there may be half a value. */
	protected findAgain(bytes: Uint8Array, start: number, length: number, hash: number): void {
		const segment = this.segmentAt(hash);
		this.segment = segment;
		this.offset = segment.find(bytes, start, length, hash);
	}

	/** Places the cursor on an entry known by its segment and offset, from a scan or the heap. */
	seek(segment: Segment, offset: number): void {
		seekEntry(segment, segment.keyHash(offset), offset);
		this.segment = segment;
		this.offset = offset;
		if (this.snapshot !== null) this.snapshot.noticedEntry();
	}

	// Reading at the cursor

	kind(): number {
		return this.segment.slab[this.offset]!;
	}

	type(): number {
		return this.segment.slab[this.offset]! & TYPE_MASK;
	}

	isExternal(): boolean {
		return (this.segment.slab[this.offset]! & KIND_EXTERNAL) !== 0;
	}

	external(): External {
		return this.handles.get(this.valueHandle());
	}

	valueStart(): number {
		return valueStartAt(this.segment.slab, valueField(this.segment.slab, this.offset));
	}

	valueLength(): number {
		return valueLengthAt(this.segment.slab, valueField(this.segment.slab, this.offset));
	}

	stamp(): number {
		return readStamp(this.segment.slab, this.offset);
	}

	setStamp(stamp: number): void {
		writeStamp(this.segment.slab, this.offset, stamp);
	}

	/** Changes the owner's bits (type code and mark) of the kind byte. */
	setKind(kind: number): void {
		const slab = this.segment.slab;
		slab[this.offset] = (slab[this.offset]! & (KIND_DEADLINE | KIND_EXTERNAL)) | kind;
	}

	/** Bytes the entry takes in its slab. */
	entryStride(): number {
		return strideOf(this.segment.slab, this.offset);
	}

	/** Sets `keyBytes`, `keyFrom`, `keyTo` to the key at the cursor; they are good until the next change of the table. */
	loadKey(): void {
		this.loadKeyOf(this.segment, this.offset);
	}

	loadKeyOf(segment: Segment, offset: number): void {
		const length = keyLength(segment.slab, offset);
		if (length <= INLINE_KEY_MAX) {
			this.keyBytes = segment.slab;
			this.keyFrom = keyStart(segment.slab, offset);
		} else {
			this.keyBytes = segment.longKey(offset).bytes;
			this.keyFrom = 0;
		}
		this.keyTo = this.keyFrom + length;
	}

	protected valueHandle(): number {
		const slab = this.segment.slab;
		return readUint32(slab, valueField(slab, this.offset));
	}
}
