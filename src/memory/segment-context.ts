import type { Pages } from "../adapters/pages.ts";
import type { Handles } from "./handles.ts";

/** What the segments of one table share. */
export interface SegmentContext {
	readonly handles: Handles;
	/** Key of the hash. */
	readonly seed0: number;
	readonly seed1: number;
	readonly pages: Pages;
	/** Slots of a full-grown index, a power of two up to INDEX_SLOTS_MAX; fewer make segments split earlier. */
	readonly segmentSlotsMax: number;
	/** Bytes that the segments use: each adds what it takes and gives back. */
	segmentBytes: number;
	/** Of those, bytes that are dead: what compacting the segments would give back. */
	garbageBytes: number;
}
