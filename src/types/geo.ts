import { Area } from "./geo/area.ts";
import { columnOf, latitudeOf, longitudeOf, rowOf } from "./geo/geohash.ts";
import { Matches } from "./geo/matches.ts";
import { Window } from "./geo/window.ts";
import type { SortedSet } from "./sorted-set.ts";

/** How matches are to be ordered. */
export const UNSORTED = 0;
export const NEAREST_FIRST = 1;
export const FARTHEST_FIRST = 2;

/** Instead of a number of matches: all there are. */
export const ALL_MATCHES = 0;

/** Scores read from the set at a time. */
const BATCH = 512;
/** Of the nearest `wanted`, so many more are gathered before the others are dropped again. */
const SURPLUS = 16;

/**
 * A search of the members of a sorted set whose positions lie in an area. An object serves one search at a time: set
 * `area`, `run`, read `matches`.
 *
 * The cells of the area are ranges of scores; of those the window turns away most of what lies outside, and only the rest
 * is measured. Where just the nearest few are wanted, the area shrinks with every few that are found.
 */
export class GeoSearch {
	readonly area: Area;
	readonly matches: Matches;
	private readonly window: Window;
	private readonly scores: Float64Array;
	/** What is not nearer than this is of no interest. */
	private limit_m: number;

	constructor() {
		this.area = new Area();
		this.matches = new Matches();
		this.window = new Window();
		this.scores = new Float64Array(BATCH);
		this.limit_m = Infinity;
	}

	/** With `any`, the first `wanted` that are met will do, in whatever order they are wanted. */
	run(set: SortedSet, order: number, wanted: number, any: boolean): void {
		const { area, matches } = this;
		const { cells } = area;
		const keep = order === NEAREST_FIRST && !any ? wanted : ALL_MATCHES;
		const end = any ? wanted : Infinity;
		matches.clear();
		area.findCells();
		this.window.fit(area);
		this.limit_m = Infinity;
		for (let cell = 0; cell < area.cellCount && matches.count < end; cell++) {
			const first = cells[2 * cell]!;
			const behind = cells[2 * cell + 1]!;
			if (!this.window.mayMeet(first, behind)) continue;
			this.searchRanks(set, set.countBelow(first, false), set.countBelow(behind, false), keep, end);
		}
		matches.truncate(end);
		if (order !== UNSORTED) matches.sort(order === FARTHEST_FIRST);
		if (wanted !== ALL_MATCHES) matches.truncate(wanted);
	}

	/** Looks at the members from rank `first` to before `behind`. */
	private searchRanks(set: SortedSet, first: number, behind: number, keep: number, end: number): void {
		const { area, matches, scores } = this;
		const crowd = keep === ALL_MATCHES ? Infinity : 2 * keep + SURPLUS;
		for (let rank = first; rank < behind && matches.count < end; rank += BATCH) {
			const count = set.readScores(rank, Math.min(BATCH, behind - rank), scores);
			this.searchScores(scores, count, rank);
			if (matches.count < crowd) continue;
			this.limit_m = matches.keepNearest(keep);
			if (!area.isBox) this.window.fitCircle(area, this.limit_m);
		}
	}

	private searchScores(scores: Float64Array, count: number, rank: number): void {
		const { area, matches, window, limit_m } = this;
		for (let i = 0; i < count; i++) {
			const score = scores[i]!;
			if (!window.mayContain(score)) continue;
			const distance = area.distanceInside_m(longitudeOf(columnOf(score)), latitudeOf(rowOf(score)));
			if (distance >= 0 && distance < limit_m) matches.add(rank + i, score, distance);
		}
	}
}
