/**
 * Values that lie in their entries, as the commands that make them anew: the range from `start` to before `end` of
 * `bytes`, `kind` the owner's bits of the entry. Elements come in the order in which they lie, 64 in a command.
 */
import { bytesOf } from "../../bytes/ascii.ts";
import { elementLength, elementStart, nextElement } from "../../bytes/elements.ts";
import { INT64_TEXT_MAX } from "../../bytes/int64.ts";
import { KIND_MARK, KIND_MARKS, TYPE_MASK, valueLengthAt, valueStartAt } from "../../memory/entry.ts";
import { packedCount, packedLength, packedNext, packedStart } from "../../memory/packed.ts";
import { VOLATILE_MARK } from "../../types/hash/kind.ts";
import { headBytes, readCount, readDeadline } from "../../types/hash/packed-hash.ts";
import { printInteger } from "../../types/set/integers.ts";
import { WIDEST } from "../../types/set/set-reader.ts";
import { PACKED_HEAD_BYTES } from "../../types/sorted-set/packed.ts";
import { readScore, scoreBytesOf } from "../../types/sorted-set/score-code.ts";
import { SCORE_TEXT_MAX, writeScoreText } from "../../types/sorted-set/score-text.ts";
import { LIST, SET, SORTED_SET, STRING } from "../../types/type.ts";
import type { CommandOutput, Word } from "./command-output.ts";

/** Counts of inline lists and packed sets. */
const LIST_HEAD_BYTES = 2;
const SET_HEAD_BYTES = 1;

const SET_STRING = bytesOf("SET");
export const RPUSH = bytesOf("RPUSH");
export const SADD = bytesOf("SADD");
export const ZADD = bytesOf("ZADD");
export const HMSET = bytesOf("HMSET");
const HPEXPIREAT = bytesOf("HPEXPIREAT");
const FIELDS = bytesOf("FIELDS");

const text = new Uint8Array(Math.max(INT64_TEXT_MAX, SCORE_TEXT_MAX));

/** Begins SET, the words of the value follow. */
export function beginString(output: CommandOutput, key: Word): void {
	output.begin(3);
	output.bytes(SET_STRING);
	output.word(key);
}

export function writeInline(
	output: CommandOutput,
	key: Word,
	kind: number,
	bytes: Uint8Array,
	start: number,
	end: number,
): void {
	switch (kind & TYPE_MASK) {
		case STRING:
			beginString(output, key);
			return output.range(bytes, start, end - start);
		case LIST:
			return writeList(output, key, bytes, start, end);
		case SET:
			return (kind & KIND_MARK) !== 0
				? writeIntegers(output, key, kind, bytes, start, end)
				: writeMembers(output, key, bytes, start + SET_HEAD_BYTES, end);
		case SORTED_SET:
			return writeSortedSet(output, key, bytes, start);
		default:
			return writePackedHash(output, key, kind, bytes, start, end);
	}
}

function writeList(output: CommandOutput, key: Word, bytes: Uint8Array, start: number, end: number): void {
	output.beginElements(RPUSH, key, bytes[start]! | (bytes[start + 1]! << 8), 1);
	writeElements(output, bytes, start + LIST_HEAD_BYTES, end);
}

/** Elements of a list, as they lie in a run. */
export function writeElements(output: CommandOutput, run: Uint8Array, from: number, to: number): void {
	for (let at = from; at < to; at = nextElement(run, at)) {
		output.element();
		output.range(run, elementStart(run, at), elementLength(run, at));
	}
}

function writeIntegers(
	output: CommandOutput,
	key: Word,
	kind: number,
	bytes: Uint8Array,
	start: number,
	end: number,
): void {
	const isWidest = (kind & KIND_MARKS) === KIND_MARKS;
	const width = isWidest ? WIDEST : bytes[start]!;
	const from = isWidest ? start : start + 1;
	output.beginElements(SADD, key, (end - from) / width, 1);
	for (let at = from; at < end; at += width) {
		output.element();
		output.range(text, 0, printInteger(bytes, at, width, text, 0));
	}
}

function writeMembers(output: CommandOutput, key: Word, bytes: Uint8Array, from: number, end: number): void {
	output.beginElements(SADD, key, packedCount(bytes, from, end), 1);
	for (let at = from; at < end; at = packedNext(bytes, at)) {
		output.element();
		writePackedElement(output, bytes, at);
	}
}

function writePackedElement(output: CommandOutput, bytes: Uint8Array, at: number): void {
	output.range(bytes, packedStart(bytes, at), packedLength(bytes, at));
}

function writeSortedSet(output: CommandOutput, key: Word, bytes: Uint8Array, start: number): void {
	const count = bytes[start]!;
	output.beginElements(ZADD, key, count, 2);
	let at = start + PACKED_HEAD_BYTES;
	for (let left = count; left > 0; left--) {
		const field = at + scoreBytesOf(bytes[at]!);
		const member = valueStartAt(bytes, field);
		const length = valueLengthAt(bytes, field);
		output.element();
		writeScore(output, readScore(bytes, at));
		output.range(bytes, member, length);
		at = member + length;
	}
}

export function writeScore(output: CommandOutput, score: number): void {
	output.range(text, 0, writeScoreText(score, text, 0));
}

/** A packed hash, in an entry or as a long string of its own. */
export function writePackedHash(
	output: CommandOutput,
	key: Word,
	kind: number,
	bytes: Uint8Array,
	start: number,
	end: number,
): void {
	const isVolatile = (kind & VOLATILE_MARK) !== 0;
	const from = start + headBytes(isVolatile);
	output.beginElements(HMSET, key, readCount(bytes, start), 2);
	for (let at = from; at < end; ) {
		const value = packedNext(bytes, at);
		output.element();
		writePackedElement(output, bytes, at);
		writePackedElement(output, bytes, value);
		at = packedNext(bytes, value);
		if (isVolatile) at = packedNext(bytes, at);
	}
	if (!isVolatile) return;
	for (let at = from; at < end; ) {
		const third = packedNext(bytes, packedNext(bytes, at));
		const deadline_ms = readDeadline(bytes, third);
		if (deadline_ms !== Infinity) {
			writeFieldDeadline(output, key, deadline_ms, bytes, packedStart(bytes, at), packedLength(bytes, at));
		}
		at = packedNext(bytes, third);
	}
}

export function writeFieldDeadline(
	output: CommandOutput,
	key: Word,
	deadline_ms: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): void {
	output.begin(6);
	output.bytes(HPEXPIREAT);
	output.word(key);
	output.integer(deadline_ms);
	output.bytes(FIELDS);
	output.integer(1);
	output.range(bytes, start, length);
}
