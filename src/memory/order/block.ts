import { copyBytes } from "../../bytes/ascii.ts";
import { BLOCK_BYTES, type Chunk } from "./blocks.ts";

/**
 * One block of an order: a sorted run of records, each a score and a member.
 *
 *     leaf     header  slots → …                                … ← records
 *     inner    header  children  counts  slots → …              … ← records
 *
 *     header   count:2  top:2  garbage:2  level:2  previous:4  next:4      (the links of leaves, -1 for none)
 *     slots    u16 × count, offsets of the records in order
 *     record   score:8  length:1  member                                   (length 255: handle:4 of a long one)
 *
 * Records lie in no order, new ones below `top`; a removed one is garbage until the block is compacted. So an insertion
 * moves slots of two bytes and no members, and a record is found by its rank at once and by its value in a binary search.
 *
 * In an inner block slot i stands for a child: its number, how many elements lie below it, and a separator, which no
 * element below it is less than, and every element left of it is. Separators are cut as short as that allows. Slot 0
 * needs none and holds offset 0.
 */
export const COUNT = 0;
export const TOP = 1;
export const GARBAGE = 2;
export const LEVEL = 3;
/** These two in words. */
export const PREVIOUS = 2;
export const NEXT = 3;
export const NO_BLOCK = -1;

const HEADER_BYTES = 16;
/** Children of an inner block at most. */
export const FANOUT = 128;
/** From the start of an inner block, bytes. */
export const CHILDREN = HEADER_BYTES;
export const COUNTS = CHILDREN + 4 * FANOUT;
const INNER_SLOTS = COUNTS + 4 * FANOUT;
const SLOT_BYTES = 2;

/** Of a record, bytes. */
export const SCORE_BYTES = 8;
export const MEMBER = SCORE_BYTES + 1;
/** Longest member kept in a record, and the length byte of longer ones. */
export const MEMBER_BYTES_MAX = 254;
export const LONG = 255;
const HANDLE_BYTES = 4;

/** From the start of the block, bytes. */
export function slotsAt(level: number): number {
	return level === 0 ? HEADER_BYTES : INNER_SLOTS;
}

/** Bytes for slots and records. */
export function roomOf(level: number): number {
	return BLOCK_BYTES - slotsAt(level);
}

export function initialize(chunk: Chunk, base: number, level: number): void {
	const header = base >> 1;
	chunk.shorts[header + COUNT] = 0;
	chunk.shorts[header + TOP] = BLOCK_BYTES;
	chunk.shorts[header + GARBAGE] = 0;
	chunk.shorts[header + LEVEL] = level;
	chunk.words[(base >> 2) + PREVIOUS] = NO_BLOCK;
	chunk.words[(base >> 2) + NEXT] = NO_BLOCK;
}

export function countOf(chunk: Chunk, base: number): number {
	return chunk.shorts[(base >> 1) + COUNT]!;
}

/** Where in its chunk the record of a slot lies. */
export function recordAt(chunk: Chunk, base: number, level: number, slot: number): number {
	return base + chunk.shorts[((base + slotsAt(level)) >> 1) + slot]!;
}

/** Bytes of a record with a member of this length. */
export function recordBytes(memberLength: number): number {
	return MEMBER + (memberLength > MEMBER_BYTES_MAX ? HANDLE_BYTES : memberLength);
}

export function recordBytesAt(bytes: Uint8Array, at: number): number {
	const length = bytes[at + SCORE_BYTES]!;
	return MEMBER + (length === LONG ? HANDLE_BYTES : length);
}

/** The handle of a long member, or -1. */
export function handleAt(chunk: Chunk, at: number): number {
	return chunk.bytes[at + SCORE_BYTES] === LONG ? chunk.view.getUint32(at + MEMBER, true) : -1;
}

/** Bytes of slots and living records. */
export function liveBytes(chunk: Chunk, base: number): number {
	const { shorts } = chunk;
	const header = base >> 1;
	return SLOT_BYTES * shorts[header + COUNT]! + BLOCK_BYTES - shorts[header + TOP]! - shorts[header + GARBAGE]!;
}

/** Whether a record of `bytes`, and its slot, fit as the block is. */
export function hasRoom(chunk: Chunk, base: number, level: number, bytes: number): boolean {
	const header = base >> 1;
	const count = chunk.shorts[header + COUNT]!;
	if (level > 0 && count >= FANOUT) return false;
	return slotsAt(level) + SLOT_BYTES * (count + 1) + bytes <= chunk.shorts[header + TOP]!;
}

/** Whether it would, and comfortably, if there were no garbage. */
export function hasRoomBelowGarbage(chunk: Chunk, base: number, level: number, bytes: number, full: number): boolean {
	if (level > 0 && countOf(chunk, base) >= FANOUT) return false;
	return liveBytes(chunk, base) + SLOT_BYTES + bytes <= roomOf(level) * full;
}

/** Takes room for a record, which the caller writes, and gives it a slot. Returns where in the chunk it lies. */
export function openSlot(chunk: Chunk, base: number, level: number, slot: number, bytes: number): number {
	const { shorts } = chunk;
	const header = base >> 1;
	const slots = (base + slotsAt(level)) >> 1;
	const count = shorts[header + COUNT]!;
	const top = shorts[header + TOP]! - bytes;
	if (slot < count) shorts.copyWithin(slots + slot + 1, slots + slot, slots + count);
	shorts[slots + slot] = top;
	shorts[header + COUNT] = count + 1;
	shorts[header + TOP] = top;
	return base + top;
}

/** Drops `count` slots; their records become garbage. What handles refer to is the caller's to release. */
export function closeSlots(chunk: Chunk, base: number, level: number, slot: number, count: number): void {
	const { shorts } = chunk;
	const header = base >> 1;
	const slots = (base + slotsAt(level)) >> 1;
	const old = shorts[header + COUNT]!;
	let garbage = shorts[header + GARBAGE]!;
	for (let i = slot; i < slot + count; i++) {
		const offset = shorts[slots + i]!;
		if (offset !== 0) garbage += recordBytesAt(chunk.bytes, base + offset);
	}
	if (slot + count < old) shorts.copyWithin(slots + slot, slots + slot + count, slots + old);
	shorts[header + COUNT] = old - count;
	shorts[header + GARBAGE] = old === count ? 0 : garbage;
	if (old === count) shorts[header + TOP] = BLOCK_BYTES;
}

/** Gives an empty inner block its slot 0, which needs no record. */
export function openFirstSlot(chunk: Chunk, base: number): void {
	chunk.shorts[(base + INNER_SLOTS) >> 1] = 0;
	chunk.shorts[(base >> 1) + COUNT] = 1;
}

export function childOf(words: Int32Array, base: number, slot: number): number {
	return words[((base + CHILDREN) >> 2) + slot]!;
}

/** Appends a copy of a record, with its slot, to a block that has room. */
export function appendRecord(from: Chunk, at: number, to: Chunk, toBase: number, level: number): void {
	const bytes = recordBytesAt(from.bytes, at);
	copyBytes(from.bytes, at, to.bytes, openSlot(to, toBase, level, countOf(to, toBase), bytes), bytes);
}

/** Appends the records of some slots of one block to another one, which has room; they stay where they were, too. */
export function appendRecords(
	from: Chunk,
	fromBase: number,
	to: Chunk,
	toBase: number,
	level: number,
	slot: number,
	end: number,
): void {
	const fromSlots = (fromBase + slotsAt(level)) >> 1;
	const toSlots = (toBase + slotsAt(level)) >> 1;
	const header = toBase >> 1;
	let count = to.shorts[header + COUNT]!;
	let top = to.shorts[header + TOP]!;
	for (let i = slot; i < end; i++) {
		const at = fromBase + from.shorts[fromSlots + i]!;
		const bytes = recordBytesAt(from.bytes, at);
		top -= bytes;
		copyBytes(from.bytes, at, to.bytes, toBase + top, bytes);
		to.shorts[toSlots + count++] = top;
	}
	to.shorts[header + COUNT] = count;
	to.shorts[header + TOP] = top;
}

const scratch = new Uint8Array(BLOCK_BYTES);

/** Closes the gaps between the records, and lays them in order. */
export function compact(chunk: Chunk, base: number, level: number): void {
	const { bytes, shorts } = chunk;
	const header = base >> 1;
	const slots = (base + slotsAt(level)) >> 1;
	copyBytes(bytes, base, scratch, 0, BLOCK_BYTES);
	let top = BLOCK_BYTES;
	for (let slot = shorts[header + COUNT]! - 1; slot >= 0; slot--) {
		const offset = shorts[slots + slot]!;
		if (offset === 0) continue;
		const length = recordBytesAt(scratch, offset);
		top -= length;
		shorts[slots + slot] = top;
		copyBytes(scratch, offset, bytes, base + top, length);
	}
	shorts[header + TOP] = top;
	shorts[header + GARBAGE] = 0;
}

/** The slot before which about half of the bytes lie; neither the first nor behind the last. */
export function middleSlot(chunk: Chunk, base: number, level: number): number {
	const count = countOf(chunk, base);
	const half = (liveBytes(chunk, base) - SLOT_BYTES * count) / 2;
	let bytes = 0;
	let slot = 0;
	while (slot < count - 1 && bytes < half) {
		const at = recordAt(chunk, base, level, slot++);
		if (at !== base) bytes += recordBytesAt(chunk.bytes, at);
	}
	return Math.max(1, slot);
}

/** Elements below the children left of a slot. */
export function countLeftOf(chunk: Chunk, base: number, slot: number): number {
	const { words } = chunk;
	const counts = (base + COUNTS) >> 2;
	let count = 0;
	for (let i = counts; i < counts + slot; i++) count += words[i]!;
	return count;
}

/** Gives the slot a child behind those before it; the caller has opened the slot already. */
export function insertChild(chunk: Chunk, base: number, slot: number, child: number, elements: number): void {
	const { words } = chunk;
	const children = (base + CHILDREN) >> 2;
	const counts = (base + COUNTS) >> 2;
	const last = countOf(chunk, base) - 1;
	words.copyWithin(children + slot + 1, children + slot, children + last);
	words.copyWithin(counts + slot + 1, counts + slot, counts + last);
	words[children + slot] = child;
	words[counts + slot] = elements;
}

/** Drops a child with its separator, or where it has none, that of the next one. */
export function removeChild(chunk: Chunk, base: number, level: number, slot: number): void {
	const { words } = chunk;
	const children = (base + CHILDREN) >> 2;
	const counts = (base + COUNTS) >> 2;
	const count = countOf(chunk, base);
	words.copyWithin(children + slot, children + slot + 1, children + count);
	words.copyWithin(counts + slot, counts + slot + 1, counts + count);
	closeSlots(chunk, base, level, count > 1 ? separatorSlot(slot) : 0, 1);
}

/** The slot of the separator that goes with a child. */
export function separatorSlot(child: number): number {
	return child === 0 ? 1 : child;
}

/** Appends the children from `slot` to before `end` of one block to another one, whose slots are made already. */
export function appendChildren(
	from: Chunk,
	fromBase: number,
	to: Chunk,
	toBase: number,
	slot: number,
	end: number,
): number {
	const first = countOf(to, toBase) - (end - slot);
	const target = (toBase >> 2) + first;
	const source = fromBase >> 2;
	let elements = 0;
	for (let i = 0; i < end - slot; i++) {
		const count = from.words[source + (COUNTS >> 2) + slot + i]!;
		to.words[target + (CHILDREN >> 2) + i] = from.words[source + (CHILDREN >> 2) + slot + i]!;
		to.words[target + (COUNTS >> 2) + i] = count;
		elements += count;
	}
	return elements;
}
