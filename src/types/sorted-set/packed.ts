import { compareBytes, copyBytes, equalBytes } from "../../bytes/ascii.ts";
import { assert } from "../../bytes/assert.ts";
import {
	INLINE_VALUE_MAX,
	valueLengthAt,
	valueLengthBytes,
	valueStartAt,
	writeValueLength,
} from "../../memory/entry.ts";
import type { Table } from "../../memory/table.ts";
import type { Place } from "../place.ts";
import { readScore, scoreBytes, scoreBytesOf, writeScore } from "./score-code.ts";

/** Members of a packed set at most: beyond them looking at one after the other is slower than hashing. */
export const PACKED_MEMBERS_MAX = 128;
/** Before the elements: how many there are. */
export const PACKED_HEAD_BYTES = 1;

/**
 * A small sorted set as bytes, its elements in order: score, then member. One object serves one set after the other.
 *
 *     count:1  { score:1-9  length:1-2  member } …
 *
 * Everything is found by looking at the elements in turn. `at` is the place of the element that was last met, its bytes
 * up to `next`, its member at `member`, `length` bytes long.
 */
export class Packed {
	bytes: Uint8Array;
	/** The count byte. */
	start: number;
	end: number;
	count: number;
	at: number;
	member: number;
	length: number;
	next: number;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.end = 0;
		this.count = 0;
		this.at = 0;
		this.member = 0;
		this.length = 0;
		this.next = 0;
	}

	/** Points at the inline value at the table's cursor. */
	load(table: Table): void {
		this.bytes = table.segment.slab;
		this.start = table.valueStart();
		this.end = this.start + table.valueLength();
		this.count = this.bytes[this.start]!;
		this.rewind();
	}

	/** Bytes of an element. */
	static elementBytes(score: number, length: number): number {
		return scoreBytes(score) + valueLengthBytes(length) + length;
	}

	/** Before the first element, which `step` meets next. */
	rewind(): void {
		this.next = this.start + PACKED_HEAD_BYTES;
	}

	/** On to the next element, which must exist. */
	step(): void {
		const { bytes, next } = this;
		const field = next + scoreBytesOf(bytes[next]!);
		this.at = next;
		this.member = valueStartAt(bytes, field);
		this.length = valueLengthAt(bytes, field);
		this.next = this.member + this.length;
	}

	/** Of the element met. */
	score(): number {
		return readScore(this.bytes, this.at);
	}

	/** Looks for a member. Returns its rank, or -1. */
	find(bytes: Uint8Array, start: number, length: number): number {
		const last = length === 0 ? 0 : bytes[start + length - 1]!;
		this.rewind();
		for (let rank = 0; rank < this.count; rank++) {
			this.step();
			if (this.length !== length) continue;
			// Members that are equally long tend to begin alike.
			if (length > 0 && this.bytes[this.next - 1] !== last) continue;
			if (equalBytes(this.bytes, this.member, bytes, start, length)) return rank;
		}
		return -1;
	}

	/** Where an element would go that is not there: before this place. */
	placeFor(score: number, bytes: Uint8Array, start: number, length: number): number {
		// Where the last element was met last, as by a find in vain, the end is found at once.
		if (this.next === this.end && score > this.score()) return this.end;
		this.rewind();
		for (let rank = 0; rank < this.count; rank++) {
			this.step();
			const other = this.score();
			if (other > score) return this.at;
			if (other < score) continue;
			if (compareBytes(this.bytes, this.member, this.next, bytes, start, start + length) > 0) return this.at;
		}
		return this.end;
	}

	/** How many elements have a score below this one, or, with `orEqual`, below or equal. */
	countBelow(score: number, orEqual: boolean): number {
		this.rewind();
		for (let rank = 0; rank < this.count; rank++) {
			this.step();
			const other = this.score();
			if (other > score || (other === score && !orEqual)) return rank;
		}
		return this.count;
	}

	/** The same by the bytes of the members, where all scores are equal. */
	countBelowMember(bytes: Uint8Array, start: number, length: number, orEqual: boolean): number {
		this.rewind();
		for (let rank = 0; rank < this.count; rank++) {
			this.step();
			const order = compareBytes(this.bytes, this.member, this.next, bytes, start, start + length);
			if (order > 0 || (order === 0 && !orEqual)) return rank;
		}
		return this.count;
	}

	/** Place of the element of a rank; of the end for the count. */
	placeOf(rank: number): number {
		assert(rank <= this.count, "a rank is not beyond the end");
		this.rewind();
		for (let i = 0; i < rank; i++) this.step();
		return this.next;
	}

	// Changing it, at the place it was loaded from. It is loaded anew each time, for it may have moved.

	/** Whether a set of so many members takes an element of so many bytes and is still small. */
	hasRoom(members: number, bytes: number): boolean {
		const used = members === 0 ? PACKED_HEAD_BYTES : this.end - this.start;
		return members < PACKED_MEMBERS_MAX && used + bytes <= INLINE_VALUE_MAX;
	}

	/**
	 * Makes a set of one element, where there is none. It is created as long as the members that are expected may make it,
	 * and cut again: so it need not move when its length comes to take two bytes.
	 */
	create(
		place: Place,
		kind: number,
		expected: number,
		score: number,
		bytes: Uint8Array,
		start: number,
		length: number,
	): void {
		const added = Packed.elementBytes(score, length);
		const used = PACKED_HEAD_BYTES + added;
		const spare = Math.min(INLINE_VALUE_MAX - used, (expected - 1) * added);
		const at = place.createInline(kind, used + spare) + PACKED_HEAD_BYTES;
		place.spliceInline(used, spare, 0);
		writeElement(place.table.segment.slab, at, score, bytes, start, length);
		this.reload(place, 1);
	}

	/** Adds an element that is not there; there must be room. */
	insert(place: Place, score: number, bytes: Uint8Array, start: number, length: number): void {
		const to = this.placeFor(score, bytes, start, length) - this.start;
		const at = place.spliceInline(to, 0, Packed.elementBytes(score, length));
		writeElement(place.table.segment.slab, at, score, bytes, start, length);
		this.reload(place, this.count + 1);
	}

	/** Gives the element met, whose member this is, another score; false where there is no room for that. */
	update(place: Place, score: number, bytes: Uint8Array, start: number, length: number): boolean {
		const { at, next } = this;
		const removed = next - at;
		const added = Packed.elementBytes(score, length);
		if (this.end - this.start - removed + added > INLINE_VALUE_MAX) return false;
		if (added !== removed) {
			this.remove(place, at, next, 1);
			this.insert(place, score, bytes, start, length);
			return true;
		}
		// What lies between the old place and the new one makes room.
		const to = this.placeFor(score, bytes, start, length);
		if (to <= at) this.bytes.copyWithin(to + added, to, at);
		else this.bytes.copyWithin(at, next, to);
		writeElement(this.bytes, to <= at ? to : to - added, score, bytes, start, length);
		return true;
	}

	/** Removes the `count` elements from one place to another. */
	remove(place: Place, from: number, to: number, count: number): void {
		place.spliceInline(from - this.start, to - from, 0);
		this.reload(place, this.count - count);
	}

	private reload(place: Place, count: number): void {
		const { table } = place;
		table.segment.slab[table.valueStart()] = count;
		this.load(table);
	}

	verify(): void {
		assert(this.count > 0 && this.count <= PACKED_MEMBERS_MAX, "a packed set is small, and not empty");
		this.rewind();
		let score = -Infinity;
		let member = 0;
		let length = 0;
		for (let rank = 0; rank < this.count; rank++) {
			this.step();
			const order = compareBytes(this.bytes, member, member + length, this.bytes, this.member, this.next);
			assert(rank === 0 || score < this.score() || (score === this.score() && order < 0), "elements are in order");
			score = this.score();
			member = this.member;
			length = this.length;
		}
		assert(this.next === this.end, "elements end where the value does");
	}
}

export function writeElement(
	target: Uint8Array,
	at: number,
	score: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): void {
	writeScore(target, at, score);
	const member = writeValueLength(target, at + scoreBytes(score), length);
	copyBytes(bytes, start, target, member, length);
}
