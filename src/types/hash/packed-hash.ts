/**
 * The layout of a packed hash, in a slab or in a long string: how many fields, and a packed run (memory/packed.ts) of
 * fields each with its value, in the order in which the fields came. A hash that is volatile, whose fields may have
 * deadlines, has a bound of these deadlines in its head and a third element behind each value, which is empty where the
 * field has no deadline.
 *
 *     count:2  field value  field value …
 *     count:2  bound:6  field value deadline:1|7  field value deadline:1|7 …
 *
 * Moments are milliseconds since 1970 in 48 bits, the low ones first; all ones stand for no moment, Infinity.
 * A hash of five fields of eight bytes with values of ten costs 2 + 5 × (9 + 11) = 102 bytes.
 *
 * Invariant: no deadline lies before the bound.
 */
import { assert } from "../../bytes/assert.ts";
import { packedLength, packedNext, packedStart, verifyPacked, writePackedLength } from "../../memory/packed.ts";

const COUNT_BYTES = 2;
const MOMENT_BYTES = 6;
/** The highest moment stands for none. */
const NO_MOMENT = 2 ** 48 - 1;

/** Bytes before the run. */
export function headBytes(isVolatile: boolean): number {
	return isVolatile ? COUNT_BYTES + MOMENT_BYTES : COUNT_BYTES;
}

/** Elements from one field to the next. */
export function tupleElements(isVolatile: boolean): number {
	return isVolatile ? 3 : 2;
}

/** `head` is where the packed hash begins. */
export function readCount(bytes: Uint8Array, head: number): number {
	return bytes[head]! | (bytes[head + 1]! << 8);
}

export function writeCount(bytes: Uint8Array, head: number, count: number): void {
	bytes[head] = count;
	bytes[head + 1] = count >>> 8;
}

/** Of a volatile hash. */
export function readBound(bytes: Uint8Array, head: number): number {
	return readMoment(bytes, head + COUNT_BYTES);
}

export function writeBound(bytes: Uint8Array, head: number, bound_ms: number): void {
	writeMoment(bytes, head + COUNT_BYTES, bound_ms);
}

function readMoment(bytes: Uint8Array, at: number): number {
	const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
	const moment = (low >>> 0) + (bytes[at + 4]! | (bytes[at + 5]! << 8)) * 2 ** 32;
	return moment === NO_MOMENT ? Infinity : moment;
}

function writeMoment(bytes: Uint8Array, at: number, moment_ms: number): void {
	const moment = moment_ms === Infinity ? NO_MOMENT : moment_ms;
	const high = Math.floor(moment / 2 ** 32);
	const low = moment - high * 2 ** 32;
	bytes[at] = low;
	bytes[at + 1] = low >>> 8;
	bytes[at + 2] = low >>> 16;
	bytes[at + 3] = low >>> 24;
	bytes[at + 4] = high;
	bytes[at + 5] = high >>> 8;
}

/** Bytes of the third element of a tuple. */
export function deadlineBytes(deadline_ms: number): number {
	return deadline_ms === Infinity ? 1 : 1 + MOMENT_BYTES;
}

/** `at` is where the third element begins. */
export function readDeadline(bytes: Uint8Array, at: number): number {
	return packedLength(bytes, at) === 0 ? Infinity : readMoment(bytes, packedStart(bytes, at));
}

/** Returns where the next tuple goes. */
export function writeDeadline(bytes: Uint8Array, at: number, deadline_ms: number): number {
	if (deadline_ms === Infinity) return writePackedLength(bytes, at, 0);
	const start = writePackedLength(bytes, at, MOMENT_BYTES);
	writeMoment(bytes, start, deadline_ms);
	return start + MOMENT_BYTES;
}

/** Bytes that a packed hash of `length` bytes has when it is made volatile. */
export function volatileLength(length: number, count: number): number {
	return length + MOMENT_BYTES + count;
}

/** Writes the hash [head, to), which is not volatile, to the start of `target` as one that is, without deadlines. */
export function writeVolatile(bytes: Uint8Array, head: number, to: number, target: Uint8Array): void {
	writeCount(target, 0, readCount(bytes, head));
	writeBound(target, 0, Infinity);
	let end = headBytes(true);
	for (let at = head + headBytes(false); at < to; ) {
		const next = packedNext(bytes, packedNext(bytes, at));
		for (; at < next; at++) target[end++] = bytes[at]!;
		end = writeDeadline(target, end, Infinity);
	}
}

/**
 * Closes the gaps that fields leave whose deadline lies before `now_ms`, sets count and bound right, and returns where
 * the packed hash ends now.
 */
export function dropExpired(bytes: Uint8Array, head: number, to: number, now_ms: number): number {
	let end = head + headBytes(true);
	let count = 0;
	let bound_ms = Infinity;
	for (let at = end; at < to; ) {
		const deadlineAt = packedNext(bytes, packedNext(bytes, at));
		const next = packedNext(bytes, deadlineAt);
		const deadline_ms = readDeadline(bytes, deadlineAt);
		if (deadline_ms >= now_ms) {
			if (end !== at) bytes.copyWithin(end, at, next);
			end += next - at;
			count++;
			bound_ms = Math.min(bound_ms, deadline_ms);
		}
		at = next;
	}
	writeCount(bytes, head, count);
	writeBound(bytes, head, bound_ms);
	return end;
}

export function verifyPackedHash(bytes: Uint8Array, head: number, to: number, isVolatile: boolean): void {
	const from = head + headBytes(isVolatile);
	const stride = tupleElements(isVolatile);
	const elements = verifyPacked(bytes, from, to, stride);
	assert(elements === stride * readCount(bytes, head), "the fields of a packed hash are counted");
	if (!isVolatile) return;
	for (let at = from; at < to; ) {
		at = packedNext(bytes, packedNext(bytes, at));
		const length = packedLength(bytes, at);
		assert(length === 0 || length === MOMENT_BYTES, "a deadline is there in full or not at all");
		assert(readDeadline(bytes, at) >= readBound(bytes, head), "no deadline lies before the bound");
		at = packedNext(bytes, at);
	}
}
