/**
 * A set of integers as a range of bytes: each takes `width` bytes (2, 4 or 8) in two's complement, the low byte first,
 * and they ascend. So a member is found by bisection, and the numbers need no separators and no lengths.
 *
 *     integer 0   integer 1   …   integer count - 1
 *
 * All of it is pure; the range is made longer and shorter by its owner's means.
 */
import { assert } from "../../bytes/assert.ts";
import { WideInteger } from "./wide-integer.ts";

const probe = new WideInteger();

/** The place of the number among `count` integers from `start` on, or -1 minus the place where it would go. */
export function findInteger(
	bytes: Uint8Array,
	start: number,
	count: number,
	width: number,
	value: WideInteger,
): number {
	// What is too wide for all of them lies before the first or behind the last.
	if (value.width() > width) return value.high < 0 ? -1 : -1 - count;
	let low = 0;
	let high = count;
	while (low < high) {
		const middle = (low + high) >>> 1;
		probe.load(bytes, start + middle * width, width);
		const order = probe.compare(value);
		if (order === 0) return middle;
		if (order < 0) low = middle + 1;
		else high = middle;
	}
	return -1 - low;
}

/** Copies `count` integers into another place and another width, which must be enough for each. */
export function widenIntegers(
	source: Uint8Array,
	start: number,
	count: number,
	width: number,
	target: Uint8Array,
	targetStart: number,
	targetWidth: number,
): void {
	for (let i = 0; i < count; i++) {
		probe.load(source, start + i * width, width);
		probe.store(target, targetStart + i * targetWidth, targetWidth);
	}
}

/** Writes the integer as text; returns how many bytes that took. */
export function printInteger(bytes: Uint8Array, at: number, width: number, target: Uint8Array, to: number): number {
	probe.load(bytes, at, width);
	return probe.print(target, to);
}

/** Bytes of the longest of them as text: it is the first or the last. */
export function longestInteger(bytes: Uint8Array, start: number, count: number, width: number): number {
	probe.load(bytes, start, width);
	const first = probe.printedLength();
	probe.load(bytes, start + (count - 1) * width, width);
	return Math.max(first, probe.printedLength());
}

/** Checks that they ascend. */
export function verifyIntegers(bytes: Uint8Array, start: number, count: number, width: number): void {
	const before = new WideInteger();
	for (let i = 0; i < count; i++) {
		probe.load(bytes, start + i * width, width);
		assert(i === 0 || before.compare(probe) < 0, "integers ascend");
		before.load(bytes, start + i * width, width);
	}
}
