import {
	HANDLE_BYTES,
	INLINE_KEY_MAX,
	KIND_DEADLINE,
	KIND_EXTERNAL,
	keyLength,
	keyStart,
	NO_HEAP_POSITION,
	readHeapPosition,
	readUint32,
	valueField,
	valueLengthAt,
	valueStartAt,
} from "../../memory/entry.ts";
import type { EntriesPiece } from "../../memory/snapshot.ts";

const nothing = new Uint8Array(0);

/** Where key and value of an entry of a piece lie. One object shows one entry after the other. */
export class EntryView {
	keyBytes: Uint8Array;
	keyFrom: number;
	keyLength: number;
	valueBytes: Uint8Array;
	valueFrom: number;
	valueLength: number;

	constructor() {
		this.keyBytes = nothing;
		this.keyFrom = 0;
		this.keyLength = 0;
		this.valueBytes = nothing;
		this.valueFrom = 0;
		this.valueLength = 0;
	}

	/** Shows the entry at `offset`, which is live, and returns where the next one is. */
	load(piece: EntriesPiece, offset: number): number {
		const { slab } = piece;
		const length = keyLength(slab, offset);
		this.keyLength = length;
		this.keyFrom = keyStart(slab, offset);
		this.keyBytes = slab;
		if (length > INLINE_KEY_MAX) {
			this.keyBytes = piece.strings[readUint32(slab, this.keyFrom)]!;
			this.keyFrom = 0;
		}
		const field = valueField(slab, offset);
		if ((slab[offset]! & KIND_EXTERNAL) !== 0) {
			this.valueBytes = piece.strings[readUint32(slab, field)]!;
			this.valueFrom = 0;
			this.valueLength = this.valueBytes.length;
			return field + HANDLE_BYTES;
		}
		this.valueBytes = slab;
		this.valueFrom = valueStartAt(slab, field);
		this.valueLength = valueLengthAt(slab, field);
		return this.valueFrom + this.valueLength;
	}
}

/** Of the entry at `offset`, ms; Infinity for none. */
export function entryDeadline(piece: EntriesPiece, offset: number): number {
	const { slab } = piece;
	if ((slab[offset]! & KIND_DEADLINE) === 0) return Infinity;
	const position = readHeapPosition(slab, offset);
	return position === NO_HEAP_POSITION ? Infinity : piece.deadlines![position]!;
}
