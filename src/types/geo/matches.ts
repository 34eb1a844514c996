/**
 * What a search found: members by their rank in the sorted set, with score and distance, in the order they were met or in
 * that of their distances. Members of the same distance stay in the order they were met.
 */

const CAPACITY_MIN = 256;
/** Room for more than this is let go before the next search. */
const KEPT_CAPACITY_MAX = 1 << 16;
/** Runs of this length are sorted by insertion, then merged. */
const RUN = 8;

export class Matches {
	count: number;
	ranks: Int32Array;
	scores: Float64Array;
	distances_m: Float64Array;
	/** Where they are sorted: indexes of matches, and the matches in their new order. */
	private order: Int32Array;
	private nextOrder: Int32Array;
	private nextRanks: Int32Array;
	private nextScores: Float64Array;
	private nextDistances_m: Float64Array;

	constructor() {
		this.count = 0;
		this.ranks = new Int32Array(CAPACITY_MIN);
		this.scores = new Float64Array(CAPACITY_MIN);
		this.distances_m = new Float64Array(CAPACITY_MIN);
		this.order = new Int32Array(CAPACITY_MIN);
		this.nextOrder = new Int32Array(CAPACITY_MIN);
		this.nextRanks = new Int32Array(CAPACITY_MIN);
		this.nextScores = new Float64Array(CAPACITY_MIN);
		this.nextDistances_m = new Float64Array(CAPACITY_MIN);
	}

	clear(): void {
		this.count = 0;
		if (this.ranks.length > KEPT_CAPACITY_MAX) this.resize(CAPACITY_MIN);
	}

	add(rank: number, score: number, distance_m: number): void {
		const { count } = this;
		if (count === this.ranks.length) this.resize(2 * count);
		this.ranks[count] = rank;
		this.scores[count] = score;
		this.distances_m[count] = distance_m;
		this.count = count + 1;
	}

	/** Forgets all behind the first `count`. */
	truncate(count: number): void {
		this.count = Math.min(this.count, count);
	}

	/** Keeps the `count` nearest of more, in the order they were met. Returns the largest distance left. */
	keepNearest(count: number): number {
		const { ranks, scores, distances_m } = this;
		const ascending = distances_m.slice(0, this.count).sort();
		const farthest_m = ascending[count - 1]!;
		let equals = count;
		while (equals > 0 && ascending[equals - 1]! === farthest_m) equals--;
		// From here on: how many of exactly that distance there is room for.
		equals = count - equals;
		let kept = 0;
		for (let i = 0; i < this.count; i++) {
			const distance = distances_m[i]!;
			if (distance > farthest_m || (distance === farthest_m && equals-- <= 0)) continue;
			ranks[kept] = ranks[i]!;
			scores[kept] = scores[i]!;
			distances_m[kept++] = distance;
		}
		this.count = kept;
		return farthest_m;
	}

	/** Nearest first, or farthest first. */
	sort(descending: boolean): void {
		this.sortOrder(descending);
		const { count, order, ranks, scores, distances_m, nextRanks, nextScores, nextDistances_m } = this;
		for (let i = 0; i < count; i++) {
			const from = order[i]!;
			nextRanks[i] = ranks[from]!;
			nextScores[i] = scores[from]!;
			nextDistances_m[i] = distances_m[from]!;
		}
		this.ranks = nextRanks;
		this.scores = nextScores;
		this.distances_m = nextDistances_m;
		this.nextRanks = ranks;
		this.nextScores = scores;
		this.nextDistances_m = distances_m;
	}

	/** A merge sort of indexes, so that equal distances stay as they are. */
	private sortOrder(descending: boolean): void {
		const { count, distances_m } = this;
		for (let i = 0; i < count; i++) this.order[i] = i;
		for (let start = 0; start < count; start += RUN) {
			sortRun(distances_m, this.order, start, Math.min(start + RUN, count), descending);
		}
		for (let width = RUN; width < count; width *= 2) {
			const { order, nextOrder } = this;
			for (let start = 0; start < count; start += 2 * width) {
				const middle = Math.min(start + width, count);
				merge(distances_m, order, nextOrder, start, middle, Math.min(middle + width, count), descending);
			}
			this.order = nextOrder;
			this.nextOrder = order;
		}
	}

	private resize(capacity: number): void {
		const { ranks, scores, distances_m } = this;
		const kept = Math.min(this.count, capacity);
		this.ranks = new Int32Array(capacity);
		this.scores = new Float64Array(capacity);
		this.distances_m = new Float64Array(capacity);
		this.order = new Int32Array(capacity);
		this.nextOrder = new Int32Array(capacity);
		this.nextRanks = new Int32Array(capacity);
		this.nextScores = new Float64Array(capacity);
		this.nextDistances_m = new Float64Array(capacity);
		this.ranks.set(ranks.subarray(0, kept));
		this.scores.set(scores.subarray(0, kept));
		this.distances_m.set(distances_m.subarray(0, kept));
	}
}

function sortRun(keys: Float64Array, order: Int32Array, start: number, end: number, descending: boolean): void {
	for (let i = start + 1; i < end; i++) {
		const moved = order[i]!;
		const key = keys[moved]!;
		let at = i;
		for (; at > start && precedes(key, keys[order[at - 1]!]!, descending); at--) order[at] = order[at - 1]!;
		order[at] = moved;
	}
}

function merge(
	keys: Float64Array,
	from: Int32Array,
	to: Int32Array,
	start: number,
	middle: number,
	end: number,
	descending: boolean,
): void {
	let left = start;
	let right = middle;
	for (let at = start; at < end; at++) {
		const takesRight =
			left === middle || (right < end && precedes(keys[from[right]!]!, keys[from[left]!]!, descending));
		to[at] = takesRight ? from[right++]! : from[left++]!;
	}
}

function precedes(key: number, other: number, descending: boolean): boolean {
	return descending ? key > other : key < other;
}
