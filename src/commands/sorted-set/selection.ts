import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import {
	LIMIT_OF_RANKS,
	MEMBER_RANGE_INVALID,
	NOT_AN_INTEGER,
	SCORE_RANGE_INVALID,
	SYNTAX_ERROR,
	WITHSCORES_OF_MEMBERS,
} from "../../resp/errors.ts";
import { MemberRange, ScoreRange } from "../../types/sorted-set/ranges.ts";
import { Span } from "../../types/sorted-set/span.ts";
import type { SortedSet } from "../../types/sorted-set.ts";

/** What the two ends of a range are. ANY: ranks, unless an option says otherwise. */
export const BY_ANY = 0;
export const BY_RANK = 1;
export const BY_SCORE = 2;
export const BY_MEMBER = 3;

/** From the low end up, from the high end down. ANY: up, unless an option says otherwise. */
export const EITHER_WAY = 0;
export const UPWARDS = 1;
export const DOWNWARDS = 2;

const WITHSCORES = bytesOf("withscores");
const LIMIT = bytesOf("limit");
const REV = bytesOf("rev");
const BYLEX = bytesOf("bylex");
const BYSCORE = bytesOf("byscore");

/** No limit. */
const UNLIMITED = -1;

/**
 * Which members ZRANGE and its relatives mean: two ends, options, and in the end so many members from a rank on.
 *
 *     selection.read(call, 2, BY_ANY, EITHER_WAY, true)      the arguments; false after an error reply
 *     selection.locate(set)                                  sets `rank` and `count`
 *
 * `rank` is that of the first member in the direction of the range, so with `isReverse` the highest.
 */
export class Selection {
	withScores: boolean;
	isReverse: boolean;
	rank: number;
	count: number;
	private by: number;
	private offset: number;
	private limit: number;
	private firstRank: number;
	private lastRank: number;
	private readonly scores: ScoreRange;
	private readonly members: MemberRange;
	private readonly span: Span;

	constructor() {
		this.withScores = false;
		this.isReverse = false;
		this.rank = 0;
		this.count = 0;
		this.by = BY_RANK;
		this.offset = 0;
		this.limit = UNLIMITED;
		this.firstRank = 0;
		this.lastRank = 0;
		this.scores = new ScoreRange();
		this.members = new MemberRange();
		this.span = new Span();
	}

	/** Reads the two ends at `first` and the argument behind, and the options that follow, as far as they are open. */
	read(call: Call, first: number, by: number, direction: number, takesScores: boolean): boolean {
		this.withScores = false;
		this.offset = 0;
		this.limit = UNLIMITED;
		this.by = by;
		let way = direction;
		for (let i = first + 2; i < call.argc; i++) {
			if (takesScores && call.is(i, WITHSCORES)) this.withScores = true;
			else if (i + 2 < call.argc && call.is(i, LIMIT)) {
				if (!this.readLimit(call, i + 1)) return false;
				i += 2;
			} else if (way === EITHER_WAY && call.is(i, REV)) way = DOWNWARDS;
			else if (this.by === BY_ANY && call.is(i, BYLEX)) this.by = BY_MEMBER;
			else if (this.by === BY_ANY && call.is(i, BYSCORE)) this.by = BY_SCORE;
			else return fail(call, SYNTAX_ERROR);
		}
		this.isReverse = way === DOWNWARDS;
		if (this.by === BY_ANY) this.by = BY_RANK;
		if (this.by === BY_RANK && this.limit !== UNLIMITED) return fail(call, LIMIT_OF_RANKS);
		if (this.by === BY_MEMBER && this.withScores) return fail(call, WITHSCORES_OF_MEMBERS);
		return this.readEnds(call, first);
	}

	private readLimit(call: Call, argument: number): boolean {
		this.offset = call.clampedInteger(argument);
		if (Number.isNaN(this.offset)) return fail(call, NOT_AN_INTEGER);
		this.limit = call.clampedInteger(argument + 1);
		return !Number.isNaN(this.limit) || fail(call, NOT_AN_INTEGER);
	}

	private readEnds(call: Call, first: number): boolean {
		const { bytes } = call;
		if (this.by === BY_RANK) {
			this.firstRank = call.clampedInteger(first);
			this.lastRank = call.clampedInteger(first + 1);
			return !Number.isNaN(this.firstRank + this.lastRank) || fail(call, NOT_AN_INTEGER);
		}
		// Going down, the high end is named first.
		const min = this.isReverse ? first + 1 : first;
		const max = this.isReverse ? first : first + 1;
		if (this.by === BY_SCORE) {
			const { scores } = this;
			const isRange =
				scores.readMin(bytes, call.start(min), call.end(min)) && scores.readMax(bytes, call.start(max), call.end(max));
			return isRange || fail(call, SCORE_RANGE_INVALID);
		}
		const { members } = this;
		const isRange =
			members.readMin(bytes, call.start(min), call.end(min)) && members.readMax(bytes, call.start(max), call.end(max));
		return isRange || fail(call, MEMBER_RANGE_INVALID);
	}

	/** Finds out where in a set it is. */
	locate(set: SortedSet): void {
		const { span, offset, limit, isReverse } = this;
		if (this.by === BY_RANK) {
			span.setRanks(set, this.firstRank, this.lastRank);
			this.count = span.count();
			this.rank = isReverse ? set.count - 1 - span.from : span.from;
			return;
		}
		// Redis runs off the end of the set where it is told to skip less than nothing.
		this.count = 0;
		if (offset < 0) return;
		if (this.by === BY_SCORE) {
			span.setScores(set, this.scores);
			if (isReverse) span.to -= offset;
			else span.from += offset;
		} else span.setMembers(set, this.members, isReverse, offset);
		this.count = limit < 0 ? span.count() : Math.min(limit, span.count());
		this.rank = isReverse ? span.to - 1 : span.from;
	}

	/** Whether the two ends are ranks. */
	isByRank(): boolean {
		return this.by === BY_RANK;
	}
}

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}
