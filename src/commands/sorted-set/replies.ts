/** Replies made of scores, and of the members at the cursor of a sorted set. */
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { SCORE_TEXT_MAX, writeScoreText } from "../../types/sorted-set/score-text.ts";
import type { SortedSet } from "../../types/sorted-set.ts";

const COMMA = 0x2c;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Members of one leaf, or of a packed set, at most. */
const RUN_MAX = 128;
const starts = new Int32Array(RUN_MAX);
const lengths = new Int32Array(RUN_MAX);

/** A score as the whole line that it is in RESP3. */
const line = new Uint8Array(SCORE_TEXT_MAX + 3);
line[0] = COMMA;

/** As the writer's `double`, and without a string for nearly all scores. */
export function replyScore(reply: ReplyWriter, score: number): void {
	const length = writeScoreText(score, line, 1);
	if (reply.protocol !== 3) return reply.bulk(line, 1, length);
	line[length + 1] = CARRIAGE_RETURN;
	line[length + 2] = LINE_FEED;
	reply.raw(line, 0, length + 3);
}

/** The member at the set's cursor. */
export function replyMember(reply: ReplyWriter, set: SortedSet): void {
	reply.bulk(set.bytes, set.start, set.length);
}

/** Begins an array of so many members with their scores: pairs in RESP3, flat in RESP2. */
export function replyPairs(reply: ReplyWriter, count: number): void {
	reply.array(reply.protocol === 3 ? count : 2 * count);
}

/** One of them: the member at the set's cursor. */
export function replyPair(reply: ReplyWriter, set: SortedSet): void {
	if (reply.protocol === 3) reply.array(2);
	replyMember(reply, set);
	replyScore(reply, set.score);
}

/** `count` members from a rank on, upwards or, with `isReverse`, downwards; there must be so many. */
export function replyMembers(
	reply: ReplyWriter,
	set: SortedSet,
	rank: number,
	count: number,
	isReverse: boolean,
	withScores: boolean,
): void {
	if (withScores) replyPairs(reply, count);
	else reply.array(count);
	if (count === 0) return;
	set.seek(rank);
	for (let left = count; ; ) {
		left -= withScores ? replyNextPair(reply, set) : replyRun(reply, set, left, isReverse);
		if (left === 0) return;
		if (isReverse) set.previous();
		else set.next();
	}
}

function replyNextPair(reply: ReplyWriter, set: SortedSet): number {
	replyPair(reply, set);
	return 1;
}

/** The members from the cursor on that can be written at once; returns how many. */
function replyRun(reply: ReplyWriter, set: SortedSet, limit: number, isReverse: boolean): number {
	const count = set.gather(starts, lengths, Math.min(limit, starts.length), isReverse);
	if (count > 0) {
		reply.bulks(set.bytes, starts, lengths, count);
		return count;
	}
	replyMember(reply, set);
	return 1;
}
