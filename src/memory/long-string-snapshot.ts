import { type BytesPiece, PIECE_BYTES, type ValueSnapshot } from "./snapshot.ts";

/** What a write puts aside at a time: a few microseconds' copying. */
export const STRETCH_BYTES = PIECE_BYTES / 4;

/**
 * A long string as it was at one moment: its buffer, and copies of the stretches that have changed since and were not
 * taken yet.
 *
 *     buffer    [taken ……………… | not yet ………………… ]  grown
 *     kept                        ▒▒▒▒       ▒▒▒▒          by number of the stretch
 *
 * A string that gets another buffer leaves this one as it is, and nothing has to be put aside any more.
 */
export class LongStringSnapshot implements ValueSnapshot {
	readonly count: number;
	readonly deadlineBound_ms: number;
	/** Bytes put aside so far. */
	keptBytes: number;
	private readonly buffer: Uint8Array;
	private taken: number;
	private readonly kept: Map<number, Uint8Array>;

	constructor(buffer: Uint8Array, length: number) {
		this.count = length;
		this.deadlineBound_ms = Infinity;
		this.keptBytes = 0;
		this.buffer = buffer;
		this.taken = 0;
		this.kept = new Map();
	}

	/** Puts aside what lies in [from, to) of the string's buffer and was not taken yet. */
	preserve(buffer: Uint8Array, from: number, to: number): void {
		if (buffer !== this.buffer) return;
		const end = Math.min(to, this.count);
		for (let at = Math.max(from, this.taken); at < end; ) {
			const stretch = Math.floor(at / STRETCH_BYTES);
			const behind = (stretch + 1) * STRETCH_BYTES;
			if (!this.kept.has(stretch)) {
				const copy = buffer.slice(stretch * STRETCH_BYTES, Math.min(behind, this.count));
				this.kept.set(stretch, copy);
				this.keptBytes += copy.length;
			}
			at = behind;
		}
	}

	next(): BytesPiece | null {
		const from = this.taken;
		if (from === this.count) return null;
		const to = Math.min(from + PIECE_BYTES, this.count);
		const bytes = this.buffer.slice(from, to);
		for (let at = from; at < to; at += STRETCH_BYTES) {
			const stretch = at / STRETCH_BYTES;
			const copy = this.kept.get(stretch);
			if (copy === undefined) continue;
			bytes.set(copy, at - from);
			this.kept.delete(stretch);
		}
		this.taken = to;
		return { form: "bytes", bytes };
	}
}
