import { GARBAGE_BYTES_MIN } from "./segment-size.ts";
import type { Table } from "./table.ts";

/** A slab is worth compacting when one byte of so many is dead. */
const WASTE_SHARE = 8;
/** Where hash space ends. */
const HASHES = 2 ** 32;

/**
 * A hand that goes round the segments of a table and compacts those in which much is dead, one at a time. What is removed
 * leaves holes all over the slabs, which segments close by themselves only when they want to grow: where memory is short
 * that is too late.
 *
 *     while (… compaction.next(table)) …
 *
 * Moves entries. The hand is a position in hash space, so splits change nothing about where it is.
 */
export class TableCompaction {
	private position: number;

	constructor() {
		this.position = 0;
	}

	/** Whether so much of the table is dead that some segment is worth compacting. */
	static isDue({ garbageBytes, segmentBytes }: Table): boolean {
		return garbageBytes * WASTE_SHARE > segmentBytes;
	}

	/** Compacts the next segment that is worth it, once round at most; false where none is. */
	next(table: Table, isUrgent: boolean): boolean {
		for (let passed = 0; passed < HASHES; ) {
			const segment = table.segmentAt(this.position);
			const span = 2 ** (32 - segment.depth);
			this.position = ((Math.floor(this.position / span) + 1) * span) % HASHES;
			passed += span;
			const { garbage } = segment;
			if (garbage < GARBAGE_BYTES_MIN || (!isUrgent && garbage * WASTE_SHARE < segment.used)) continue;
			segment.compact();
			return true;
		}
		return false;
	}
}
