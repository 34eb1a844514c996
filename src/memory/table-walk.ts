import { INLINE_KEY_MAX, keyLength, keyStart } from "./entry.ts";
import type { Segment } from "./segment.ts";
import type { Table } from "./table.ts";

/** Keys of a batch: as many as a core has loads in flight, several times over. */
export const WALK_BATCH = 64;

/**
 * A walk over the keys of a table, in hash order, that is pulled a batch at a time, so that whoever works on the keys
 * can look ahead and can stop:
 *
 *     walk.begin(table);
 *     while (walk.next(starts, lengths) > 0) … walk.bytes, starts[i], lengths[i] …
 *     walk.end();
 *
 * All keys of a batch lie in the one array `bytes`. The table must not change before the end of the walk.
 */
export class TableWalk {
	bytes: Uint8Array;
	private segments: readonly Segment[];
	/** Number of the segment the walk is in, and the slot it goes on from. */
	private number: number;
	private slot: number;

	constructor() {
		this.bytes = nothing;
		this.segments = [];
		this.number = 0;
		this.slot = 0;
	}

	begin(table: Table): void {
		this.segments = table.segments();
		this.number = 0;
		this.slot = 0;
	}

	/** Lets go of the table. */
	end(): void {
		this.bytes = nothing;
		this.segments = [];
	}

	/** Fills in the next keys, at most WALK_BATCH, and returns how many; 0 at the end. */
	next(starts: Int32Array, lengths: Int32Array): number {
		while (this.number < this.segments.length) {
			const count = this.fill(this.segments[this.number]!, starts, lengths);
			if (count > 0) return count;
			this.number++;
			this.slot = 0;
		}
		return 0;
	}

	private fill(segment: Segment, starts: Int32Array, lengths: Int32Array): number {
		const { index, slab } = segment;
		let slot = this.slot;
		let count = 0;
		for (; slot < index.length && count < WALK_BATCH; slot++) {
			const offset = index[slot]! & 0xffffff;
			if (offset <= 1) continue;
			const length = keyLength(slab, offset);
			if (length > INLINE_KEY_MAX) {
				// It lies elsewhere, so it is a batch of its own.
				if (count > 0) break;
				this.slot = slot + 1;
				this.bytes = segment.longKey(offset).bytes;
				starts[0] = 0;
				lengths[0] = length;
				return 1;
			}
			starts[count] = keyStart(slab, offset);
			lengths[count++] = length;
		}
		this.slot = slot;
		this.bytes = slab;
		return count;
	}
}

const nothing = new Uint8Array(0);
