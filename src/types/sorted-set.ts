import { copyBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import type { Random } from "../bytes/random.ts";
import { INLINE_VALUE_MAX, valueField, valueStartAt } from "../memory/entry.ts";
import { OrderCursor } from "../memory/order/cursor.ts";
import { KEEP_DEADLINE, type Table } from "../memory/table.ts";
import type { Limits } from "./limits.ts";
import type { Place } from "./place.ts";
import { BigSortedSet } from "./sorted-set/big.ts";
import { isSkiplistKind, sortedSetKind } from "./sorted-set/kind.ts";
import { PACKED_HEAD_BYTES, PACKED_MEMBERS_MAX, Packed, writeElement } from "./sorted-set/packed.ts";
import { readDouble } from "./sorted-set/score-code.ts";

/** What `add` did. */
export const UNCHANGED = 0;
export const UPDATED = 1;
export const ADDED = 2;

/** So few members, in so few bytes, are packed again. */
const REPACKED_MEMBERS_MAX = PACKED_MEMBERS_MAX >> 2;
const REPACKED_BYTES_MAX = INLINE_VALUE_MAX >> 1;

/** Holds a set while it is packed. */
const scratch = new Uint8Array(INLINE_VALUE_MAX);

/** Hears of the members a scan meets; the bytes are good during the call only. */
export type MemberVisitor = (bytes: Uint8Array, start: number, length: number, score: number) => void;

/**
 * A sorted set, whichever form it has: what commands work with. Small ones are packed bytes in the slab
 * (sorted-set/packed.ts), others a table and an order behind a handle (sorted-set/big.ts). An object of this class serves
 * one set at a time; it is opened at the cursor of a database, asked and changed, and closed.
 *
 *     if (call.findForWrite(1) && call.database.type() !== SORTED_SET) return call.reply.error(WRONG_TYPE);
 *     set.openForWrite(call.database, call.keyspace.limits);          the key may be missing: `count` is 0 then
 *     const outcome = set.add(call.bytes, start, length, score);
 *     const isGone = set.close();                                     true: it became empty, and the key was removed
 *
 * It also has a cursor, which is a rank; where it stands on a member, `bytes`, `start`, `length` and `score` are that
 * member and its score:
 *
 *     for (let there = set.seek(rank); there && wanted > 0; there = set.next(), wanted--) … set.bytes, set.start …
 *
 * Ranks begin with 0, the member with the smallest score; equal scores are ordered by the bytes of the members. Ranges of
 * any kind are ranges of ranks: from `countBelow…` of one end up to `countBelow…` of the other.
 *
 * What was opened is good until the next change of the database's table, also one by a find that meets an expired key:
 * who reads several sets at once finds all keys first and opens them in a second round, by `peek`. Any change of the set
 * ends its cursor. Members handed in must not lie in a slab of the database, nor be those of the set's own cursor.
 */
export class SortedSet {
	/** How many members. */
	count: number;
	/** The member at the cursor, and its score. `find` and `rankOf` leave the score of their member here, too. */
	bytes: Uint8Array;
	start: number;
	length: number;
	score: number;
	/** What OBJECT ENCODING says: "skiplist" and not "listpack". */
	isSkiplist: boolean;
	private place: Place | null;
	private limits: Limits | null;
	/** Null: the set is packed, or there is none. */
	private big: BigSortedSet | null;
	private readonly packed: Packed;
	/** How many members come while the set is open, as far as that was said. */
	private expected: number;
	/** What `big` held when the table last heard of it. */
	private bytesKnown: number;
	/** Whether the last find met a member. */
	private isFound: boolean;
	/** Whether members were removed since it was opened. */
	private hasShrunk: boolean;
	private readonly cursor: OrderCursor;
	/** Of the cursor in a packed set, and the places of all elements up to it. */
	private rank: number;
	private readonly places: Uint16Array;

	constructor() {
		this.count = 0;
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.length = 0;
		this.score = 0;
		this.isSkiplist = false;
		this.place = null;
		this.limits = null;
		this.big = null;
		this.packed = new Packed();
		this.expected = 1;
		this.bytesKnown = 0;
		this.isFound = false;
		this.hasShrunk = false;
		this.cursor = new OrderCursor(this);
		this.rank = 0;
		this.places = new Uint16Array(PACKED_MEMBERS_MAX);
	}

	// Opening and closing

	/** To read: the key of the place's last find holds a sorted set or does not exist. */
	open(place: Place): void {
		const { table } = place;
		this.big = null;
		this.cursor.clear();
		this.count = 0;
		this.isSkiplist = false;
		if (table.offset === 0) return;
		this.isSkiplist = isSkiplistKind(table.kind());
		if (table.isExternal()) {
			this.big = table.external() as BigSortedSet;
			this.count = this.big.count();
		} else {
			this.packed.load(table);
			this.count = this.packed.count;
		}
	}

	/** To change it as well; `close` has to follow. A key that does not exist comes with the first member. */
	openForWrite(place: Place, limits: Limits): void {
		this.open(place);
		this.place = place;
		this.limits = limits;
		this.expected = 1;
		this.hasShrunk = false;
		this.bytesKnown = this.big === null ? 0 : this.big.bytesUsed();
	}

	/** Ends the changes. A set without members is removed with its key: returns whether that happened. */
	close(): boolean {
		const place = this.place!;
		const { table } = place;
		if (this.big !== null) {
			table.handles.bytes += this.big.bytesUsed() - this.bytesKnown;
			if (this.hasShrunk && this.count > 0 && this.count <= REPACKED_MEMBERS_MAX) this.repack(place);
		}
		this.big = null;
		this.cursor.clear();
		this.place = null;
		if (this.count > 0 || table.offset === 0) return false;
		place.remove();
		return true;
	}

	/**
	 * Begins an empty set that belongs to no key: results that are built member by member (ZUNION, ZRANGESTORE). It can be
	 * used in every way a stored one can, but is not closed. `table` is any table of the server, for seeds and pages.
	 */
	begin(table: Table): void {
		this.place = null;
		this.limits = null;
		this.isSkiplist = true;
		this.big = BigSortedSet.empty(table.seed0, table.seed1, table.pages);
		this.count = 0;
	}

	/**
	 * Stores what was begun under the key of the place's last find, replacing what is there, whatever its type, with its
	 * deadline; the set must have members. Afterwards this object is to be opened, or begun, anew.
	 */
	store(place: Place, limits: Limits): void {
		const { table } = place;
		assert(this.count > 0 && this.place === null, "what is stored was begun, and has members");
		if (table.offset !== 0) table.clearDeadline();
		const isSkiplist = this.count > limits.sortedSetEntries || this.longestMember() > limits.sortedSetValueBytes;
		const bytes = this.packedBytes(isSkiplist);
		if (bytes > INLINE_VALUE_MAX) place.putExternal(sortedSetKind(isSkiplist), this.big!, KEEP_DEADLINE);
		else this.pack(place, bytes, isSkiplist);
		this.big = null;
		this.cursor.clear();
		this.count = 0;
	}

	private longestMember(): number {
		let longest = 0;
		for (let there = this.seek(0); there; there = this.next()) longest = Math.max(longest, this.length);
		return longest;
	}

	/** What the members would take as a packed set; Infinity where they are too many for one. */
	private packedBytes(isSkiplist: boolean): number {
		if (this.count > PACKED_MEMBERS_MAX) return Infinity;
		let bytes = PACKED_HEAD_BYTES;
		for (let there = this.seek(0); there; there = this.next()) {
			bytes += Packed.elementBytes(storedScore(this.score, isSkiplist), this.length);
		}
		return bytes;
	}

	/** Puts the members under the key as a packed set of so many bytes. */
	private pack(place: Place, bytes: number, isSkiplist: boolean): void {
		scratch[0] = this.count;
		let at = PACKED_HEAD_BYTES;
		for (let there = this.seek(0); there; there = this.next()) {
			const score = storedScore(this.score, isSkiplist);
			writeElement(scratch, at, score, this.bytes, this.start, this.length);
			at += Packed.elementBytes(score, this.length);
		}
		const start = place.createInline(sortedSetKind(isSkiplist), bytes);
		copyBytes(scratch, 0, place.table.segment.slab, start, bytes);
	}

	/** A large set of which little is left becomes a small one, well before it would grow large again. */
	private repack(place: Place): void {
		const bytes = this.packedBytes(this.isSkiplist);
		if (bytes <= REPACKED_BYTES_MAX) this.pack(place, bytes, this.isSkiplist);
	}

	// Members

	/** Whether it is a member; `score` is its score then. */
	find(bytes: Uint8Array, start: number, length: number): boolean {
		const { big } = this;
		this.isFound = false;
		if (big !== null) {
			if (!big.find(bytes, start, length)) return false;
			this.score = big.score();
		} else {
			if (this.count === 0 || this.packed.find(bytes, start, length) < 0) return false;
			this.score = this.packed.score();
		}
		this.isFound = true;
		return true;
	}

	/** Makes it a member with this score: ADDED, UPDATED, or UNCHANGED where it was one with an equal score. */
	add(bytes: Uint8Array, start: number, length: number, score: number): number {
		this.find(bytes, start, length);
		return this.put(bytes, start, length, score);
	}

	/** As `add`, of the member that `find` was just called for. */
	put(bytes: Uint8Array, start: number, length: number, given: number): number {
		const { big } = this;
		if (!this.isFound && !this.isSkiplist) this.noteGrowth(length);
		const score = storedScore(given, this.isSkiplist);
		if (this.isFound) {
			if (score === this.score) return UNCHANGED;
			if (big !== null) big.update(this.score, score, bytes, start, length);
			else this.updatePacked(bytes, start, length, score);
			return UPDATED;
		}
		if (big !== null) big.add(score, bytes, start, length);
		else this.addToPacked(bytes, start, length, score);
		this.count++;
		return ADDED;
	}

	/** One command is about to bring so many members: where they are many, what they meet does not count as small. */
	expect(members: number): void {
		this.expected = members;
		if (members > this.limits!.sortedSetEntries) this.markSkiplist();
	}

	private noteGrowth(length: number): void {
		const limits = this.limits!;
		if (this.count + 1 > limits.sortedSetEntries || length > limits.sortedSetValueBytes) this.markSkiplist();
	}

	private markSkiplist(): void {
		const { table } = this.place!;
		this.isSkiplist = true;
		if (table.offset !== 0) table.setKind(sortedSetKind(true));
	}

	private addToPacked(bytes: Uint8Array, start: number, length: number, score: number): void {
		const place = this.place!;
		if (!this.packed.hasRoom(this.count, Packed.elementBytes(score, length))) {
			this.unpack();
			this.big!.find(bytes, start, length);
			this.big!.add(score, bytes, start, length);
		} else if (this.count > 0) this.packed.insert(place, score, bytes, start, length);
		else this.packed.create(place, sortedSetKind(this.isSkiplist), this.expected, score, bytes, start, length);
	}

	/** Of the member that was found. */
	private updatePacked(bytes: Uint8Array, start: number, length: number, score: number): void {
		if (this.packed.update(this.place!, score, bytes, start, length)) return;
		this.unpack();
		this.big!.find(bytes, start, length);
		this.big!.update(this.score, score, bytes, start, length);
	}

	/** Gives a packed set, or none, the other form. */
	private unpack(): void {
		const { packed } = this;
		const place = this.place!;
		const big = BigSortedSet.empty(place.table.seed0, place.table.seed1, place.table.pages);
		packed.rewind();
		for (let rank = 0; rank < this.count; rank++) {
			packed.step();
			big.find(packed.bytes, packed.member, packed.length);
			big.add(packed.score(), packed.bytes, packed.member, packed.length);
		}
		place.putExternal(sortedSetKind(this.isSkiplist), big, KEEP_DEADLINE);
		this.big = big;
		this.bytesKnown = big.bytesUsed();
	}

	/** Returns whether it was a member. */
	remove(bytes: Uint8Array, start: number, length: number): boolean {
		if (!this.find(bytes, start, length)) return false;
		const { big, packed } = this;
		if (big !== null) big.remove(bytes, start, length);
		else packed.remove(this.place!, packed.at, packed.next, 1);
		this.count--;
		this.isFound = false;
		this.hasShrunk = true;
		return true;
	}

	/** Removes `count` members from a rank on; there must be so many. */
	removeRange(rank: number, count: number): void {
		const { big, packed } = this;
		assert(rank >= 0 && count >= 0 && rank + count <= this.count, "the range is one of ranks");
		if (count === 0) return;
		if (big !== null) big.removeRange(this.cursor, rank, count);
		else {
			const from = packed.placeOf(rank);
			for (let i = 0; i < count; i++) packed.step();
			packed.remove(this.place!, from, packed.next, count);
		}
		this.count -= count;
		this.hasShrunk = true;
	}

	// Ranks

	/** -1 where it is no member; otherwise `score` is its score. */
	rankOf(bytes: Uint8Array, start: number, length: number): number {
		const { big, packed } = this;
		if (big === null) {
			const rank = this.count === 0 ? -1 : packed.find(bytes, start, length);
			if (rank >= 0) this.score = packed.score();
			return rank;
		}
		if (!big.find(bytes, start, length)) return -1;
		this.score = big.score();
		return big.order.rankOf(this.score, bytes, start, length);
	}

	/** How many members have a score below this one, or, with `orEqual`, below or equal. */
	countBelow(score: number, orEqual: boolean): number {
		if (this.big !== null) return this.big.order.countBelow(score, orEqual);
		return this.count === 0 ? 0 : this.packed.countBelow(score, orEqual);
	}

	/** The same by the bytes of the members, which means something only where all scores are equal. */
	countBelowMember(bytes: Uint8Array, start: number, length: number, orEqual: boolean): number {
		if (this.big !== null) return this.big.order.countBelowMember(bytes, start, length, orEqual);
		return this.count === 0 ? 0 : this.packed.countBelowMember(bytes, start, length, orEqual);
	}

	// The cursor

	/** Places the cursor on the member with this rank; false where there is none. */
	seek(rank: number): boolean {
		const { big, packed, places } = this;
		if (rank < 0 || rank >= this.count) return false;
		if (big !== null) {
			return big.order.seek(this.cursor, rank);
		}
		packed.rewind();
		for (let i = 0; i <= rank; i++) {
			packed.step();
			places[i] = packed.at - packed.start;
		}
		this.rank = rank;
		this.loadFromPacked();
		return true;
	}

	/** Moves the cursor to the next higher rank; false behind the last. */
	next(): boolean {
		if (this.big !== null) return this.cursor.next();
		const { packed } = this;
		if (this.rank + 1 >= this.count) return false;
		packed.step();
		this.places[++this.rank] = packed.at - packed.start;
		this.loadFromPacked();
		return true;
	}

	/** Moves the cursor to the next lower rank; false before the first. */
	previous(): boolean {
		if (this.big !== null) return this.cursor.previous();
		const { packed } = this;
		if (this.rank === 0) return false;
		packed.next = packed.start + this.places[--this.rank]!;
		packed.step();
		this.loadFromPacked();
		return true;
	}

	private loadFromPacked(): void {
		const { packed } = this;
		this.bytes = packed.bytes;
		this.start = packed.member;
		this.length = packed.length;
		this.score = packed.score();
	}

	/** Copies the scores of `count` members from a rank on, or of as many as there are; returns how many. Ends the cursor. */
	readScores(rank: number, count: number, target: Float64Array): number {
		const { big, packed, cursor } = this;
		if (rank < 0 || rank >= this.count) return 0;
		if (big !== null) return big.order.seek(cursor, rank) ? cursor.readScores(count, target) : 0;
		const read = Math.min(count, this.count - rank);
		packed.placeOf(rank);
		for (let i = 0; i < read; i++) {
			packed.step();
			target[i] = packed.score();
		}
		return read;
	}

	/**
	 * Where in `bytes` the members from the cursor on lie, up or down, at most `limit`, and as many as lie in one place.
	 * Returns how many, and leaves the cursor on the last of them; 0 where the one at the cursor lies alone.
	 */
	gather(starts: Int32Array, lengths: Int32Array, limit: number, isReverse: boolean): number {
		if (this.big !== null) return this.cursor.gather(starts, lengths, limit, isReverse);
		for (let i = 0; ; ) {
			starts[i] = this.start;
			lengths[i] = this.length;
			if (++i === limit || !(isReverse ? this.previous() : this.next())) return i;
		}
	}

	/** Places the cursor on a member drawn at random, each equally likely; the set must have members. */
	seekRandom(random: Random): void {
		this.seek(random.below(this.count));
	}

	/**
	 * As Table's scan: visits the members of the next stretch, about `wanted`, and returns the position to go on from, 0 at
	 * the end. A small set is visited whole, by rank.
	 */
	scan(position: number, wanted: number, visit: MemberVisitor): number {
		if (this.big === null) {
			for (let there = this.seek(0); there; there = this.next()) visit(this.bytes, this.start, this.length, this.score);
			return 0;
		}
		const { memberTable } = this.big;
		return memberTable.scan(position, wanted, (segment, offset) => {
			memberTable.loadKeyOf(segment, offset);
			const { keyBytes, keyFrom, keyTo } = memberTable;
			const { slab } = segment;
			visit(keyBytes, keyFrom, keyTo - keyFrom, readDouble(slab, valueStartAt(slab, valueField(slab, offset))));
		});
	}

	/** Checks whichever form it has. */
	verify(): void {
		if (this.big !== null) this.big.verify();
		else if (this.count > 0) this.packed.verify();
	}
}

/** In a listpack of Redis minus zero is an integer like any other. */
function storedScore(score: number, isSkiplist: boolean): number {
	return score === 0 && !isSkiplist ? 0 : score;
}
