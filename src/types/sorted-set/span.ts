import type { SortedSet } from "../sorted-set.ts";
import { PACKED_MEMBERS_MAX } from "./packed.ts";
import { EXCLUSIVE, INCLUSIVE, type MemberRange, type ScoreRange } from "./ranges.ts";

/** A range of ranks, `from` to before `to`; empty where `to` is not greater. */
export class Span {
	from: number;
	to: number;

	constructor() {
		this.from = 0;
		this.to = 0;
	}

	count(): number {
		return Math.max(0, this.to - this.from);
	}

	/** Both ends belong to it; negative ones count from the end of the set. */
	setRanks(set: SortedSet, first: number, last: number): void {
		const { count } = set;
		this.from = first < 0 ? Math.max(0, count + first) : first;
		this.to = Math.min(count, (last < 0 ? count + last : last) + 1);
	}

	setScores(set: SortedSet, range: ScoreRange): void {
		this.to = set.countBelow(range.max, !range.maxExclusive);
		// Last, because the next question is for the member of this rank.
		this.from = set.countBelow(range.min, range.minExclusive);
	}

	/**
	 * Members in the range, without the first `skip` of them, or with `isReverse` the last. Where scores differ, members
	 * are not in order, and the range is as Redis finds it in a small set: from the first member that reaches it, or the
	 * last that does not pass it, as far as it goes; skipping does not ask whether what is skipped is in it.
	 */
	setMembers(set: SortedSet, range: MemberRange, isReverse: boolean, skip: number): void {
		this.from = 0;
		this.to = 0;
		if (set.count === 0 || range.isEmpty()) return;
		if (!set.isSkiplist || set.count <= PACKED_MEMBERS_MAX) {
			if (!isReached(set, range)) return;
			if (isReverse) this.walkDown(set, range, skip);
			else this.walkUp(set, range, skip);
			return;
		}
		const { bytes, minStart, minEnd, maxStart, maxEnd } = range;
		if (range.hasMin()) {
			this.from = set.countBelowMember(bytes, minStart, minEnd - minStart, range.minKind === EXCLUSIVE);
		}
		this.to = range.hasMax()
			? set.countBelowMember(bytes, maxStart, maxEnd - maxStart, range.maxKind === INCLUSIVE)
			: set.count;
		if (isReverse) this.to -= skip;
		else this.from += skip;
	}

	private walkUp(set: SortedSet, range: MemberRange, skip: number): void {
		let rank = 0;
		for (let there = set.seek(0); there && !reaches(set, range); there = set.next()) rank++;
		if (rank === set.count || passes(set, range)) return;
		this.from = rank + skip;
		this.to = this.from;
		for (let there = set.seek(this.from); there && !passes(set, range); there = set.next()) this.to++;
	}

	private walkDown(set: SortedSet, range: MemberRange, skip: number): void {
		let rank = set.count - 1;
		for (let there = set.seek(rank); there && passes(set, range); there = set.previous()) rank--;
		if (rank < 0 || !reaches(set, range)) return;
		this.to = rank + 1 - skip;
		this.from = this.to;
		for (let there = set.seek(this.to - 1); there && reaches(set, range); there = set.previous()) this.from--;
	}
}

/** Whether the last member is not below the range, and the first not beyond it. */
function isReached(set: SortedSet, range: MemberRange): boolean {
	set.seek(set.count - 1);
	if (!reaches(set, range)) return false;
	set.seek(0);
	return !passes(set, range);
}

function reaches(set: SortedSet, range: MemberRange): boolean {
	return range.isReachedBy(set.bytes, set.start, set.length);
}

function passes(set: SortedSet, range: MemberRange): boolean {
	return range.isPassedBy(set.bytes, set.start, set.length);
}
