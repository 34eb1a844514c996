import { KIND_MARK, KIND_MARKS, TYPE_MASK, valueLengthAt, valueStartAt } from "../../memory/entry.ts";
import { packedCount, packedLength, packedNext, packedStart } from "../../memory/packed.ts";
import { LARGE_MARK, VOLATILE_MARK } from "../../types/hash/kind.ts";
import { headBytes, readBound, readCount, readDeadline } from "../../types/hash/packed-hash.ts";
import { WIDEST } from "../../types/set/set-reader.ts";
import { isSkiplistKind } from "../../types/sorted-set/kind.ts";
import { PACKED_HEAD_BYTES, PACKED_MEMBERS_MAX } from "../../types/sorted-set/packed.ts";
import { readScore, scoreBytesOf } from "../../types/sorted-set/score-code.ts";
import { LIST, SET, SORTED_SET, STRING } from "../../types/type.ts";
import {
	TYPE_HASH,
	TYPE_HASH_LISTPACK,
	TYPE_HASH_LISTPACK_EX,
	TYPE_HASH_METADATA,
	TYPE_LIST_QUICKLIST_2,
	TYPE_SET,
	TYPE_SET_INTSET,
	TYPE_SORTED_SET_2,
	TYPE_SORTED_SET_LISTPACK,
	TYPE_STRING,
} from "./format.ts";
import { ListNodes } from "./list-nodes.ts";
import { ListpackWriter } from "./listpack-writer.ts";
import type { RdbOutput } from "./output.ts";
import { addScore } from "./score-entry.ts";

/**
 * Values that lie in their entries, in the form that a Redis would save that reports the same encoding: a listpack, an
 * intset, or members one by one. A value is the range [start, end) of `bytes`, `kind` the owner's bits of its entry.
 */

/** Counts of inline lists and packed sets. */
const LIST_HEAD_BYTES = 2;
const SET_HEAD_BYTES = 1;

const listpack = new ListpackWriter();
const nodes = new ListNodes();
const intset = new Uint8Array(8 + 4096);
/** Where the elements of a sorted set lie. */
const places = new Int32Array(PACKED_MEMBERS_MAX);

/** The type of RDB that the value is written as. */
export function inlineType(kind: number, bytes: Uint8Array, start: number, end: number): number {
	switch (kind & TYPE_MASK) {
		case STRING:
			return TYPE_STRING;
		case LIST:
			return TYPE_LIST_QUICKLIST_2;
		case SET:
			return (kind & KIND_MARK) !== 0 ? TYPE_SET_INTSET : TYPE_SET;
		case SORTED_SET:
			return isSkiplistKind(kind) ? TYPE_SORTED_SET_2 : TYPE_SORTED_SET_LISTPACK;
		default:
			return hashType(kind, bytes, start, end);
	}
}

function hashType(kind: number, bytes: Uint8Array, start: number, end: number): number {
	const isLarge = (kind & LARGE_MARK) !== 0;
	if ((kind & VOLATILE_MARK) === 0 || firstDeadline(bytes, start, end) === Infinity) {
		return isLarge ? TYPE_HASH : TYPE_HASH_LISTPACK;
	}
	return isLarge ? TYPE_HASH_METADATA : TYPE_HASH_LISTPACK_EX;
}

/** The value without its type. */
export function writeInline(output: RdbOutput, kind: number, bytes: Uint8Array, start: number, end: number): void {
	switch (kind & TYPE_MASK) {
		case STRING:
			return output.string(bytes, start, end - start);
		case LIST:
			return writeList(output, bytes, start + LIST_HEAD_BYTES, end);
		case SET:
			return (kind & KIND_MARK) !== 0
				? writeIntset(output, kind, bytes, start, end)
				: writeSet(output, bytes, start, end);
		case SORTED_SET:
			return isSkiplistKind(kind) ? writeSkiplist(output, bytes, start) : writeSortedSet(output, bytes, start);
		default:
			return writeHash(output, kind, bytes, start, end);
	}
}

function writeListpack(output: RdbOutput): void {
	listpack.end();
	output.string(listpack.bytes, 0, listpack.length);
}

// Lists

function writeList(output: RdbOutput, bytes: Uint8Array, from: number, end: number): void {
	// It is too small for two nodes.
	output.size(1);
	nodes.begin();
	nodes.writeRun(output, bytes, from, end);
	nodes.end(output);
}

// Sets

/** width:4 count:4 integers, the low bytes first and in ascending order, as they lie here. */
function writeIntset(output: RdbOutput, kind: number, bytes: Uint8Array, start: number, end: number): void {
	const isWidest = (kind & KIND_MARKS) === KIND_MARKS;
	const width = isWidest ? WIDEST : bytes[start]!;
	const from = isWidest ? start : start + 1;
	const count = (end - from) / width;
	intset.fill(0, 0, 8);
	intset[0] = width;
	intset[4] = count;
	intset[5] = count >>> 8;
	for (let at = from; at < end; at++) intset[8 + at - from] = bytes[at]!;
	output.string(intset, 0, 8 + end - from);
}

function writeSet(output: RdbOutput, bytes: Uint8Array, start: number, end: number): void {
	const from = start + SET_HEAD_BYTES;
	output.size(packedCount(bytes, from, end));
	for (let at = from; at < end; at = packedNext(bytes, at)) {
		output.string(bytes, packedStart(bytes, at), packedLength(bytes, at));
	}
}

// Sorted sets

function writeSortedSet(output: RdbOutput, bytes: Uint8Array, start: number): void {
	listpack.begin();
	let at = start + PACKED_HEAD_BYTES;
	for (let left = bytes[start]!; left > 0; left--) {
		const field = at + scoreBytesOf(bytes[at]!);
		const member = valueStartAt(bytes, field);
		const length = valueLengthAt(bytes, field);
		listpack.text(bytes, member, length);
		addScore(listpack, readScore(bytes, at));
		at = member + length;
	}
	writeListpack(output);
}

/** The greatest first, so that each member loaded goes before all others. */
function writeSkiplist(output: RdbOutput, bytes: Uint8Array, start: number): void {
	const count = bytes[start]!;
	let at = start + PACKED_HEAD_BYTES;
	for (let i = 0; i < count; i++) {
		places[i] = at;
		const field = at + scoreBytesOf(bytes[at]!);
		at = valueStartAt(bytes, field) + valueLengthAt(bytes, field);
	}
	output.size(count);
	for (let i = count - 1; i >= 0; i--) {
		const place = places[i]!;
		const field = place + scoreBytesOf(bytes[place]!);
		output.string(bytes, valueStartAt(bytes, field), valueLengthAt(bytes, field));
		output.double(readScore(bytes, place));
	}
}

// Hashes

/** The first deadline of a field, Infinity where none has one. The bound may lie before it. */
function firstDeadline(bytes: Uint8Array, start: number, end: number): number {
	let first = Infinity;
	if (readBound(bytes, start) === Infinity) return first;
	for (let at = start + headBytes(true); at < end; at = packedNext(bytes, at)) {
		at = packedNext(bytes, packedNext(bytes, at));
		first = Math.min(first, readDeadline(bytes, at));
	}
	return first;
}

function writeHash(output: RdbOutput, kind: number, bytes: Uint8Array, start: number, end: number): void {
	const isVolatile = (kind & VOLATILE_MARK) !== 0;
	const first = isVolatile ? firstDeadline(bytes, start, end) : Infinity;
	if ((kind & LARGE_MARK) !== 0) return writeFields(output, isVolatile, first, bytes, start, end);
	listpack.begin();
	if (first === Infinity) addPlainFields(isVolatile, bytes, start, end);
	else {
		output.moment(first);
		addVolatileFields(bytes, start, end);
	}
	writeListpack(output);
}

function addPlainFields(isVolatile: boolean, bytes: Uint8Array, start: number, end: number): void {
	for (let at = start + headBytes(isVolatile); at < end; ) {
		at = addElement(bytes, addElement(bytes, at));
		if (isVolatile) at = packedNext(bytes, at);
	}
}

/** Adds an element to the listpack and returns the next one's place. */
function addElement(bytes: Uint8Array, at: number): number {
	listpack.text(bytes, packedStart(bytes, at), packedLength(bytes, at));
	return packedNext(bytes, at);
}

/** Fields in the order of their deadlines, then those without one. */
function addVolatileFields(bytes: Uint8Array, start: number, end: number): void {
	const fields: { readonly at: number; readonly deadline_ms: number }[] = [];
	for (let at = start + headBytes(true); at < end; ) {
		const deadlineAt = packedNext(bytes, packedNext(bytes, at));
		fields.push({ at, deadline_ms: readDeadline(bytes, deadlineAt) });
		at = packedNext(bytes, deadlineAt);
	}
	fields.sort((a, b) => (a.deadline_ms === b.deadline_ms ? a.at - b.at : a.deadline_ms - b.deadline_ms));
	for (const { at, deadline_ms } of fields) {
		addElement(bytes, addElement(bytes, at));
		listpack.number(deadline_ms === Infinity ? 0 : deadline_ms);
	}
}

/** Fields one by one; deadlines are told relative to the first. */
function writeFields(
	output: RdbOutput,
	isVolatile: boolean,
	first: number,
	bytes: Uint8Array,
	start: number,
	end: number,
): void {
	if (first !== Infinity) output.moment(first);
	output.size(readCount(bytes, start));
	for (let at = start + headBytes(isVolatile); at < end; ) {
		const valueAt = packedNext(bytes, at);
		const next = packedNext(bytes, valueAt);
		if (first !== Infinity) output.deadline(readDeadline(bytes, next), first);
		output.string(bytes, packedStart(bytes, at), packedLength(bytes, at));
		output.string(bytes, packedStart(bytes, valueAt), packedLength(bytes, valueAt));
		at = isVolatile ? packedNext(bytes, next) : next;
	}
}
