import type { Random } from "../bytes/random.ts";
import { readStamp } from "./entry.ts";
import type { Segment } from "./segment.ts";
import type { Table } from "./table.ts";

/** Segments drawn in search of one that has what is wanted; beyond that they are gone through in order. */
const DRAWS_MAX = 16;
const HASHES = 2 ** 32;

/**
 * Some entries of a table, drawn at random, to compare: neighbours in the index of one segment, so that a sample costs
 * the cache misses of its entries and hardly more. They are neighbours by their hashes, which is as good as any.
 *
 * What it holds is good until the table changes.
 */
export class TableSample {
	segment: Segment | null;
	readonly offsets: Int32Array;
	readonly stamps: Int32Array;
	count: number;

	constructor(entriesMax: number) {
		this.segment = null;
		this.offsets = new Int32Array(entriesMax);
		this.stamps = new Int32Array(entriesMax);
		this.count = 0;
	}

	/** Draws up to `wanted` entries, at least one; there must be one. */
	draw(table: Table, random: Random, wanted: number): void {
		for (let draws = 0; ; draws++) {
			const position = random.uint32();
			const segment = draws < DRAWS_MAX ? table.segmentAt(position) : withEntries(table, position);
			if (segment.count === 0) continue;
			this.takeFrom(segment, (position << segment.depth) >>> segment.shift, wanted);
			return;
		}
	}

	private takeFrom(segment: Segment, from: number, wanted: number): void {
		const { index, mask } = segment;
		const { offsets } = this;
		const end = from + mask + 1;
		let count = 0;
		for (let slot = from; slot < end && count < wanted; slot++) {
			const offset = index[slot & mask]! & 0xffffff;
			if (offset > 1) offsets[count++] = offset;
		}
		this.segment = segment;
		this.count = count;
		this.readStamps(segment.slab);
	}

	/** All of them in one go, so that the cache misses overlap. */
	private readStamps(slab: Uint8Array): void {
		const { offsets, stamps, count } = this;
		for (let i = 0; i < count; i++) stamps[i] = readStamp(slab, offsets[i]!);
	}

	/** The same of entries that have a deadline, of which there must be one. */
	drawVolatile(table: Table, random: Random, wanted: number): void {
		const position = random.uint32();
		let segment = table.segmentAt(position);
		for (let draws = 1; segment.heap === null || segment.heap.size === 0; draws++) {
			segment = draws < DRAWS_MAX ? table.segmentAt(random.uint32()) : withDeadlines(table, position);
		}
		const { offsets: held, size } = segment.heap;
		const first = random.below(size);
		const count = Math.min(wanted, size);
		for (let i = 0; i < count; i++) this.offsets[i] = held[(first + i) % size]!;
		this.segment = segment;
		this.count = count;
		this.readStamps(segment.slab);
	}

	hash(i: number): number {
		return this.segment!.keyHash(this.offsets[i]!);
	}
}

/** The first segment from a position on, round and round, that has entries. */
function withEntries(table: Table, position: number): Segment {
	return firstSegment(table, position, ({ count }) => count > 0);
}

function withDeadlines(table: Table, position: number): Segment {
	return firstSegment(table, position, ({ heap }) => heap !== null && heap.size > 0);
}

function firstSegment(table: Table, position: number, isWanted: (segment: Segment) => boolean): Segment {
	for (let at = position; ; ) {
		const segment = table.segmentAt(at);
		if (isWanted(segment)) return segment;
		const span = 2 ** (32 - segment.depth);
		at = ((Math.floor(at / span) + 1) * span) % HASHES;
	}
}
