/** Finding elements of a run by what they are, and taking them out. */
import { elementBytes, elementEquals, nextElement } from "../../bytes/elements.ts";

/** The first element of the run that is the given bytes, or -1. */
export function findElement(
	run: Uint8Array,
	from: number,
	to: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): number {
	for (let at = from; at < to; at = nextElement(run, at)) {
		if (elementEquals(run, at, bytes, start, length)) return at;
	}
	return -1;
}

export function countEqual(
	run: Uint8Array,
	from: number,
	to: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): number {
	let count = 0;
	for (let at = from; at < to; at = nextElement(run, at)) if (elementEquals(run, at, bytes, start, length)) count++;
	return count;
}

/**
 * Takes elements that are the given bytes out of the run: not the first `skipped` of them, and `limit` at most. The rest
 * moves together; returns where the run ends then.
 */
export function removeEqual(
	run: Uint8Array,
	from: number,
	to: number,
	bytes: Uint8Array,
	start: number,
	length: number,
	skipped: number,
	limit: number,
): number {
	const size = elementBytes(length);
	let end = from;
	/** What lies between the last element taken out and the next one moves at once. */
	let kept = from;
	let left = limit;
	let spared = skipped;
	for (let at = from; at < to && left > 0; ) {
		const next = nextElement(run, at);
		if (elementEquals(run, at, bytes, start, length) && --spared < 0) {
			if (end !== kept) run.copyWithin(end, kept, at);
			end += at - kept;
			kept = at + size;
			left--;
		}
		at = next;
	}
	if (end !== kept) run.copyWithin(end, kept, to);
	return end + to - kept;
}
