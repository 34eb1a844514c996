import { compareBytes, copyBytes } from "../../bytes/ascii.ts";
import type { Handles } from "../handles.ts";
import { LongString } from "../long-string.ts";
import { handleAt, LONG, MEMBER, MEMBER_BYTES_MAX, SCORE_BYTES } from "./block.ts";
import type { Chunk } from "./blocks.ts";

/** A score and a member, wherever they lie. */
export class Element {
	score: number;
	bytes: Uint8Array;
	start: number;
	length: number;

	constructor() {
		this.score = 0;
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.length = 0;
	}

	set(score: number, bytes: Uint8Array, start: number, length: number): void {
		this.score = score;
		this.bytes = bytes;
		this.start = start;
		this.length = length;
	}

	/** Points at the record at a place of a chunk. */
	load(chunk: Chunk, at: number, longs: Handles): void {
		const length = chunk.bytes[at + SCORE_BYTES]!;
		this.score = chunk.view.getFloat64(at, true);
		if (length === LONG) {
			this.bytes = longMember(chunk, at, longs);
			this.start = 0;
			this.length = this.bytes.length;
		} else {
			this.bytes = chunk.bytes;
			this.start = at + MEMBER;
			this.length = length;
		}
	}

	/** Writes it as a record, for which there is room. */
	write(chunk: Chunk, at: number, longs: Handles): void {
		const { bytes, start, length } = this;
		chunk.view.setFloat64(at, this.score, true);
		if (length <= MEMBER_BYTES_MAX) {
			chunk.bytes[at + SCORE_BYTES] = length;
			copyBytes(bytes, start, chunk.bytes, at + MEMBER, length);
		} else {
			chunk.bytes[at + SCORE_BYTES] = LONG;
			chunk.view.setUint32(at + MEMBER, longs.add(LongString.of(bytes, start, length)), true);
		}
	}

	/** Makes it as short as it can be and still be greater than `smaller`. */
	cutAgainst(smaller: Element): void {
		if (smaller.score < this.score) {
			this.length = 0;
			return;
		}
		const end = Math.min(smaller.length, this.length);
		let common = 0;
		while (common < end && smaller.bytes[smaller.start + common] === this.bytes[this.start + common]) common++;
		this.length = common + 1;
	}

	/** Negative, zero or positive, as it comes before, is, or comes behind the other. */
	compare(score: number, bytes: Uint8Array, start: number, length: number): number {
		if (this.score !== score) return this.score < score ? -1 : 1;
		return compareBytes(this.bytes, this.start, this.start + this.length, bytes, start, start + length);
	}
}

export function longMember(chunk: Chunk, at: number, longs: Handles): Uint8Array {
	return (longs.get(handleAt(chunk, at)) as LongString).bytes;
}
