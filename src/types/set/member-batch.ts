import { INT64_TEXT_MAX } from "../../bytes/int64.ts";
import { halfSipHash } from "../../bytes/siphash.ts";
import type { Table } from "../../memory/table.ts";
import { WALK_BATCH } from "../../memory/table-walk.ts";

/** Members that a batch has room for. */
export const BATCH = WALK_BATCH;
/** A table with fewer entries stays in the cache while it is worked on. */
const FAR_ENTRIES_MIN = 1 << 14;

/**
 * Some members of a set, read together: ranges of one array, in the order of the set.
 *
 * That they are several lets their look-ups elsewhere overlap: a batch is hashed once, whatever the number of tables it is
 * looked up in, and the memory behind the look-ups is touched before it is used.
 */
export class MemberBatch {
	count: number;
	bytes: Uint8Array;
	readonly starts: Int32Array;
	readonly lengths: Int32Array;
	/** Where members that are kept as numbers are written as text. */
	readonly text: Uint8Array;
	readonly hashes: Int32Array;
	/** Sum of what was touched: keeps the loads from being optimised away. */
	touched: number;
	private isHashed: boolean;

	constructor() {
		this.count = 0;
		this.text = new Uint8Array(BATCH * INT64_TEXT_MAX);
		this.bytes = this.text;
		this.starts = new Int32Array(BATCH);
		this.lengths = new Int32Array(BATCH);
		this.hashes = new Int32Array(BATCH);
		this.touched = 0;
		this.isHashed = false;
	}

	/** The first `count` ranges are members in `bytes` now. */
	fill(bytes: Uint8Array, count: number): void {
		this.bytes = bytes;
		this.count = count;
		this.isHashed = false;
	}

	/** Lets go of what it was read from. */
	clear(): void {
		this.fill(this.text, 0);
	}

	/** Moves the member at `from` to the earlier place `to`; those in between are given up. */
	move(from: number, to: number): void {
		this.starts[to] = this.starts[from]!;
		this.lengths[to] = this.lengths[from]!;
		this.hashes[to] = this.hashes[from]!;
	}

	/** Computes the hashes for looking the members up in this table, whose memory it touches where it may be far away. */
	hash(table: Table): void {
		if (!this.isHashed) this.computeHashes(table);
		if (table.count >= FAR_ENTRIES_MIN) this.lookAhead(table);
	}

	private computeHashes({ seed0, seed1 }: Table): void {
		const { bytes, starts, lengths, hashes, count } = this;
		for (let i = 0; i < count; i++) {
			const start = starts[i]!;
			hashes[i] = halfSipHash(bytes, start, start + lengths[i]!, seed0, seed1);
		}
		this.isHashed = true;
	}

	private lookAhead(table: Table): void {
		const { hashes, count } = this;
		let touched = 0;
		for (let i = 0; i < count; i++) touched += table.touchIndex(hashes[i]!);
		for (let i = 0; i < count; i++) touched += table.touchEntry(hashes[i]!);
		this.touched = touched | 0;
	}
}
