/**
 * Binary search among the records of one block.
 *
 * `low` and `high` are slots: the records from `low` to before `high` are looked at, and the answer lies between the two,
 * both inclusive.
 */
import { compareBytes } from "../../bytes/ascii.ts";
import type { Handles } from "../handles.ts";
import { LONG, MEMBER, SCORE_BYTES } from "./block.ts";
import type { Chunk } from "./blocks.ts";
import { type Element, longMember } from "./element.ts";

/** The slot of the record that equals `sought`; where there is none, the complement of the slot where it would go. */
export function search(
	chunk: Chunk,
	base: number,
	slots: number,
	low: number,
	high: number,
	sought: Element,
	longs: Handles,
): number {
	const { shorts, bytes, view } = chunk;
	const { score, bytes: key, start, length } = sought;
	// What the record below and the one above have in common with the member sought, where their scores are its score:
	// everything between the two has it in common, too.
	let commonBelow = 0;
	let commonAbove = 0;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const at = base + shorts[slots + middle]!;
		const other = view.getFloat64(at, true);
		if (other < score) {
			low = middle + 1;
			commonBelow = 0;
			continue;
		}
		if (other > score) {
			high = middle;
			commonAbove = 0;
			continue;
		}
		const otherLength = bytes[at + SCORE_BYTES]!;
		let common = 0;
		let difference = 0;
		if (otherLength === LONG) difference = compareLong(chunk, at, sought, longs);
		else {
			const otherStart = at + MEMBER;
			const end = otherLength < length ? otherLength : length;
			common = commonBelow < commonAbove ? commonBelow : commonAbove;
			while (common < end && bytes[otherStart + common]! === key[start + common]!) common++;
			if (common < end) difference = bytes[otherStart + common]! - key[start + common]!;
			else difference = otherLength - length;
		}
		if (difference < 0) {
			low = middle + 1;
			commonBelow = common;
		} else if (difference > 0) {
			high = middle;
			commonAbove = common;
		} else return middle;
	}
	return ~low;
}

function compareLong(chunk: Chunk, at: number, sought: Element, longs: Handles): number {
	const { bytes, start, length } = sought;
	const other = longMember(chunk, at, longs);
	return compareBytes(other, 0, other.length, bytes, start, start + length);
}

/** The first slot whose score is not below `score`, or, with `orEqual`, above it. */
export function searchScore(
	chunk: Chunk,
	base: number,
	slots: number,
	low: number,
	high: number,
	score: number,
	orEqual: boolean,
): number {
	const { shorts, view } = chunk;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const other = view.getFloat64(base + shorts[slots + middle]!, true);
		if (other < score || (orEqual && other === score)) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The first slot whose member is not below that of `sought`, or, with `orEqual`, above it; scores do not matter. */
export function searchMember(
	chunk: Chunk,
	base: number,
	slots: number,
	low: number,
	high: number,
	sought: Element,
	orEqual: boolean,
	longs: Handles,
): number {
	const { shorts, bytes } = chunk;
	const { bytes: key, start, length } = sought;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const at = base + shorts[slots + middle]!;
		const otherLength = bytes[at + SCORE_BYTES]!;
		const from = at + MEMBER;
		const difference =
			otherLength === LONG
				? compareLong(chunk, at, sought, longs)
				: compareBytes(bytes, from, from + otherLength, key, start, start + length);
		if (difference < 0 || (orEqual && difference === 0)) low = middle + 1;
		else high = middle;
	}
	return low;
}
