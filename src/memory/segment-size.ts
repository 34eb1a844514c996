/** How large the parts of a segment are made. */
import { assert } from "../bytes/assert.ts";

/** Slots of a full-grown index: 3,300 entries, whose split takes 0.2 ms. */
export const INDEX_SLOTS_MAX = 4096;
export const INDEX_SLOTS_MIN = 8;
/** Share of slots in use beyond which the index grows: linear probing then takes 3 probes a hit, 13 a miss. */
const LOAD_NUMERATOR = 13;
const LOAD_DENOMINATOR = 16;
/** Full size of a slab: a segment that needs more splits, unless a few huge entries fill it. */
export const SLAB_BYTES = 1 << 20;
/** Slabs grow by copying up to here, then take their full size at once. */
export const SMALL_SLAB_BYTES_MAX = 32_768;
/** The only segment of a table grows by copying for longer: there may be many such tables, one a collection. */
export const LONE_SLAB_BYTES_MAX = 1 << 18;
/** Less garbage than this is not worth moving entries for. */
export const GARBAGE_BYTES_MIN = 4096;
export const SPLIT_ENTRIES_MIN = 64;
/** How many removals there are to a try at joining a segment with its neighbour. */
export const UNITE_EVERY = 32;
/** Neighbours are joined when together they would be this fraction of a full segment. */
export const UNITED_SHARE = 8;
/** Offsets have 24 bits. */
const SLAB_BYTES_MAX = (1 << 24) - 1;
export const SLAB_BYTES_MIN = 256;

/** Pages that are not written are not resident, so the spare room of a full-sized slab costs address space, not memory. */
export function slabCapacity(needed: number, depth: number): number {
	assert(needed <= SLAB_BYTES_MAX, "a slab stays addressable with 24 bits");
	const copiedMax = depth === 0 ? LONE_SLAB_BYTES_MAX : SMALL_SLAB_BYTES_MAX;
	if (needed < copiedMax) return Math.max(SLAB_BYTES_MIN, needed + (needed >> 2));
	return needed <= SLAB_BYTES ? SLAB_BYTES : Math.min(SLAB_BYTES_MAX, needed + (needed >> 1));
}

/** Room for a quarter more entries, so that the next insertions and tombstones do not rebuild at once. */
export function indexSlots(entries: number, slotsMax: number): number {
	let slots = INDEX_SLOTS_MIN;
	while (!hasFreeSlot(entries + (entries >> 2), slots)) slots *= 2;
	return Math.min(slots, slotsMax);
}

/** Whether an index of so many slots takes one more when so many are in use. */
export function hasFreeSlot(used: number, slots: number): boolean {
	return (used + 1) * LOAD_DENOMINATOR <= slots * LOAD_NUMERATOR;
}
