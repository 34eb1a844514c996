import type { Pages } from "../../adapters/pages.ts";
import { assert } from "../../bytes/assert.ts";
import { halfSipHash } from "../../bytes/siphash.ts";
import type { External } from "../../memory/handles.ts";
import type { OrderCursor } from "../../memory/order/cursor.ts";
import { Order } from "../../memory/order.ts";
import type { TakeBuffer } from "../../memory/snapshot.ts";
import { Table } from "../../memory/table.ts";
import { TableSnapshot } from "../../memory/table-snapshot.ts";
import { readDouble, writeDouble } from "./score-code.ts";

const SCORE_BYTES = 8;

/** Members looked ahead at, where many are removed, and where one is taken from an end. */
const WINDOW = 32;
const AHEAD = 16;
const hashes = new Int32Array(WINDOW);

/** Holds a score on its way into the table. */
const scratch = new Uint8Array(SCORE_BYTES);

/** A large sorted set: a table that knows the score of each member, and the members in order. */
export class BigSortedSet implements External {
	/** Of members, with their scores. */
	readonly memberTable: Table;
	readonly order: Order;
	/** Of the member last looked for. */
	private hash: number;
	/** How many members at the end where members were last taken have been touched. */
	private touchedAhead: number;
	/** Sum of what was touched: keeps the loads from being optimised away. */
	touched: number;

	constructor(memberTable: Table, order: Order) {
		this.memberTable = memberTable;
		this.order = order;
		this.hash = 0;
		this.touchedAhead = 0;
		this.touched = 0;
	}

	static empty(seed0: number, seed1: number, pages: Pages): BigSortedSet {
		return new BigSortedSet(new Table(seed0, seed1, pages), new Order(pages));
	}

	count(): number {
		return this.memberTable.count;
	}

	/** Places the table's cursor. */
	find(bytes: Uint8Array, start: number, length: number): boolean {
		const { memberTable } = this;
		this.hash = halfSipHash(bytes, start, start + length, memberTable.seed0, memberTable.seed1);
		return memberTable.find(bytes, start, length, this.hash);
	}

	/** Of the member that was found. */
	score(): number {
		return readDouble(this.memberTable.segment.slab, this.memberTable.valueStart());
	}

	/** Gives the member that was found, and has this score, another one. */
	update(from: number, score: number, bytes: Uint8Array, start: number, length: number): void {
		writeDouble(this.memberTable.segment.slab, this.memberTable.valueStart(), score);
		this.order.update(from, score, bytes, start, length);
	}

	/** Adds the member that was not found. */
	add(score: number, bytes: Uint8Array, start: number, length: number): void {
		writeDouble(scratch, 0, score);
		this.memberTable.putInline(bytes, start, length, this.hash, 0, scratch, 0, SCORE_BYTES, Infinity, 0);
		this.order.insert(score, bytes, start, length);
	}

	/** Removes the member that was found. */
	remove(bytes: Uint8Array, start: number, length: number): void {
		const score = this.score();
		this.memberTable.remove();
		this.order.remove(score, bytes, start, length);
	}

	/** Removes `count` members from a rank on, leaf by leaf; the cursor is lent. */
	removeRange(cursor: OrderCursor, rank: number, count: number): void {
		for (let left = count; left > 0; ) {
			this.order.seek(cursor, rank);
			const some = Math.min(left, cursor.leftInLeaf());
			if (some > 1) this.removeMembers(cursor, some);
			else {
				this.touchNext(cursor, rank);
				this.removeMember(cursor);
			}
			this.order.removeHere(some);
			left -= some;
		}
	}

	private removeMembers(cursor: OrderCursor, count: number): void {
		for (let i = 0; i < count; i++) {
			if (i % WINDOW === 0) this.touch(cursor, i, Math.min(WINDOW, count - i), 1);
			cursor.peek(i);
			this.removeMember(cursor);
		}
	}

	private removeMember(cursor: OrderCursor): void {
		const isMember = this.find(cursor.element.bytes, cursor.element.start, cursor.element.length);
		assert(isMember, "the table holds what the order holds");
		this.memberTable.remove();
	}

	/** Who takes one member from an end will often take the next ones, too. */
	private touchNext(cursor: OrderCursor, rank: number): void {
		const isLowest = rank === 0;
		if (!isLowest && rank !== this.memberTable.count - 1) return;
		if (this.touchedAhead > 0) {
			this.touchedAhead--;
			return;
		}
		const reach = Math.min(AHEAD, isLowest ? cursor.leftInLeaf() : cursor.beforeInLeaf() + 1);
		this.touch(cursor, 0, reach, isLowest ? 1 : -1);
		this.touchedAhead = reach - 1;
	}

	/**
	 * Reads what the table will need of some members near the cursor, the first so many slots away and on from there by
	 * `step`, so that their cache misses overlap.
	 */
	private touch(cursor: OrderCursor, first: number, count: number, step: number): void {
		const { memberTable } = this;
		const { seed0, seed1 } = memberTable;
		let touched = 0;
		for (let i = 0; i < count; i++) {
			cursor.peek(first + i * step);
			hashes[i] = halfSipHash(
				cursor.element.bytes,
				cursor.element.start,
				cursor.element.start + cursor.element.length,
				seed0,
				seed1,
			);
		}
		// Loops of nothing but loads: what lies between two of them would keep the second from starting early.
		for (let i = 0; i < count; i++) touched += memberTable.touchIndex(hashes[i]!);
		for (let i = 0; i < count; i++) touched += memberTable.touchEntry(hashes[i]!);
		cursor.peek(0);
		this.touched = touched | 0;
	}

	clone(): BigSortedSet {
		return new BigSortedSet(this.memberTable.clone(), this.order.clone());
	}

	*buffers(): Iterable<Uint8Array> {
		yield* this.memberTable.buffers();
		yield* this.order.buffers();
	}

	get snapshot(): TableSnapshot | null {
		return this.memberTable.snapshot;
	}

	set snapshot(snapshot: TableSnapshot | null) {
		this.memberTable.snapshot = snapshot;
	}

	beginSnapshot(takeBuffer?: TakeBuffer): TableSnapshot {
		return TableSnapshot.ofMembers(this.memberTable, takeBuffer);
	}

	bytesUsed(): number {
		return this.memberTable.bytesUsed() + this.order.bytesUsed();
	}

	verify(): void {
		this.memberTable.verify();
		this.order.verify();
		assert(this.memberTable.count === this.order.count(), "both know the same members");
		this.memberTable.forEach((segment, offset) => {
			this.memberTable.seek(segment, offset);
			this.memberTable.loadKey();
			const { keyBytes, keyFrom, keyTo } = this.memberTable;
			const rank = this.order.rankOf(this.score(), keyBytes, keyFrom, keyTo - keyFrom);
			assert(rank >= 0, "a member is where its score says");
		});
	}
}
