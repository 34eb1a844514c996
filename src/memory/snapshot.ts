/**
 * How a value, or a whole table, is written down as it was at one moment while it goes on changing: piece by piece, and
 * whatever is about to change before its piece was taken is put aside first.
 *
 *     snapshot = external.beginSnapshot()      as of now; costs next to nothing, whatever the size
 *     external.snapshot = snapshot             from here on `external` tells it of every change before making it
 *     while ((piece = snapshot.next()) !== null) …
 *     external.snapshot = null
 *
 * Without the second line the pieces are right as long as nothing changes in between: how DUMP reads a value.
 *
 * Pieces are copies, and plain objects of typed arrays, so that they can be moved to another thread. Who takes one has to
 * be done with its larger buffers, and with all of the three forms below, when it returns: they are used again.
 */

/** Up to so many bytes, where the structure lets them be chosen: copied in far less than a millisecond. */
export const PIECE_BYTES = 256 * 1024;

/** A buffer of at least so many bytes; what it holds means nothing. */
export type TakeBuffer = (bytes: number) => Uint8Array;

export const newBuffer: TakeBuffer = (bytes) => new Uint8Array(bytes);

/** Bytes of a string, those behind the ones of the piece before. */
export interface BytesPiece {
	readonly form: "bytes";
	readonly bytes: Uint8Array;
}

/** Elements of a list, those behind the ones of the piece before: a run as in bytes/elements.ts. */
export interface ElementsPiece {
	readonly form: "elements";
	readonly run: Uint8Array;
	readonly count: number;
}

/** Entries of a table, in no particular order. */
export interface EntriesPiece {
	readonly form: "entries";
	/** Entries as they lie in a slab (entry.ts), live and dead, from SLAB_START to `used`. */
	readonly slab: Uint8Array;
	readonly used: number;
	/** What a heap position in an entry means, ms; null where no entry has one. */
	readonly deadlines: Float64Array | null;
	/** What a handle in an entry means: a long key, a long value. */
	readonly strings: readonly Uint8Array[];
}

/** Structures above have further forms. */
export interface Piece {
	readonly form: string;
}

/** One value on its way into a file. */
export interface ValueSnapshot {
	/** How many bytes of a string, elements of a list, entries of a table there are. */
	readonly count: number;
	/** No entry of the table has a deadline before this moment, ms; Infinity where none has one. */
	readonly deadlineBound_ms: number;
	/** The next piece, null at the end. */
	next(): Piece | null;
}

/** Smaller ones are copied on their way, and left to the collector: to ask an array for its buffer costs more. */
const BUFFER_BYTES_MIN = 4096;

/** The buffers worth moving that a piece consists of. */
export function buffersOf(piece: Piece): ArrayBuffer[] {
	const found = new Set<ArrayBuffer>();
	collectBuffers(piece, found);
	return [...found];
}

/** Larger buffers are worth using again. */
const REUSED_BYTES_MIN = 64 * 1024;

/** What is left of a piece that was taken: buffers to use again. Others are freed now: left alone they would pile up. */
export function reusableBuffers(piece: Piece): ArrayBuffer[] {
	const isDone = piece.form === "entries" || piece.form === "elements" || piece.form === "bytes";
	return buffersOf(piece).filter((buffer) => {
		const isLarge = buffer.byteLength >= REUSED_BYTES_MIN;
		if (!isLarge && isDone) buffer.transfer(0);
		return isLarge;
	});
}

function collectBuffers(part: unknown, found: Set<ArrayBuffer>): void {
	if (typeof part !== "object" || part === null) return;
	if (ArrayBuffer.isView(part)) {
		if (part.byteLength >= BUFFER_BYTES_MIN) found.add(part.buffer as ArrayBuffer);
	} else for (const inner of Object.values(part)) collectBuffers(inner, found);
}
