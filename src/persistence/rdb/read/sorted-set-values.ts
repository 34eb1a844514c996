import { parseDouble } from "../../../bytes/double.ts";
import { ADDED, SortedSet } from "../../../types/sorted-set.ts";
import { BadData, EmptyCollection } from "./bad-data.ts";
import type { ElementCursor } from "./element-cursor.ts";
import type { RdbInput, Text } from "./rdb-input.ts";
import type { ValueContext } from "./value-context.ts";

/** In place of the length of a score's text. */
const SCORE_NAN = 253;
const SCORE_INFINITE = 254;
const SCORE_MINUS_INFINITE = 255;

const set = new SortedSet();

/** Reads members and scores one by one, behind their count; scores are text or binary. */
export function* readSortedSet(context: ValueContext, isBinary: boolean): Generator<void, void> {
	const { input, first, limits, place } = context;
	const { source } = input;
	const count = context.count(2);
	if (count === 0) throw new EmptyCollection();
	set.openForWrite(place, limits);
	set.expect(count);
	for (let i = 0; i < count; i++) {
		source.keepFrom = source.offset();
		input.string(first);
		const score = isBinary ? input.double() : textScore(input);
		source.keepFrom = Infinity;
		input.settle(first);
		addMember(first, score);
		if (context.shouldPause()) {
			set.close();
			yield;
			set.openForWrite(place, limits);
		}
	}
	set.close();
}

function textScore(input: RdbInput): number {
	const length = input.byte();
	if (length === SCORE_NAN) return Number.NaN;
	if (length === SCORE_INFINITE) return Infinity;
	if (length === SCORE_MINUS_INFINITE) return -Infinity;
	const { source } = input;
	source.ensure(length);
	source.at += length;
	return parseScore(source.bytes, source.at - length, source.at);
}

function parseScore(bytes: Uint8Array, start: number, end: number): number {
	return parseDouble(bytes, start, end);
}

function addMember(text: Text, score: number): void {
	if (Number.isNaN(score)) throw new BadData("Zset with NAN score detected");
	if (set.add(text.bytes, text.start, text.length, score) !== ADDED) {
		throw new BadData("Duplicate zset fields detected");
	}
}

/** Reads a packed sorted set: member and score in turns. */
export function readPackedSortedSet(context: ValueContext, cursor: ElementCursor): void {
	const { first, second } = context;
	set.openForWrite(context.place, context.packedLimits);
	while (cursor.next(first)) {
		if (!cursor.next(second)) throw new BadData("Zset integrity check failed: a member has no score");
		addMember(first, parseScore(second.bytes, second.start, second.start + second.length));
	}
	const { count } = set;
	set.close();
	if (count === 0) throw new EmptyCollection();
}
