/**
 * How long the calls of one command took: counts over durations from 1 ns to a second, in buckets that grow with the
 * duration, so that a percentile is known to 3 percent whatever its size.
 *
 *     bucket   0 … 31                 that many nanoseconds, exactly
 *              32 and more            for each power of two, its 32 equal parts
 *
 * Invariant: `total` is the sum of all counts.
 */
const PARTS_BITS = 5;
const PARTS = 1 << PARTS_BITS;
/** What takes longer than this counts as this long. */
const DURATION_MAX_NS = 1_000_000_000;
const BUCKETS = bucketOf(DURATION_MAX_NS) + 1;

export class LatencyHistogram {
	total: number;
	/** Doubles, because 32 bits of GETs are spent in half an hour. */
	readonly counts: Float64Array;

	constructor() {
		this.total = 0;
		this.counts = new Float64Array(BUCKETS);
	}

	record(duration_ns: number, calls: number): void {
		this.total += calls;
		const bucket = bucketOf(duration_ns < DURATION_MAX_NS ? duration_ns | 0 : DURATION_MAX_NS);
		this.counts[bucket] = this.counts[bucket]! + calls;
	}

	/** The duration, ns, that this share of all calls (0 to 100 percent) did not exceed; percentile 0 is the shortest. */
	percentile(percent: number): number {
		if (this.total === 0) return 0;
		// Rounded first: 99.9 % of 1000 calls is 999 of them, though its binary product lies a little above.
		const wanted = Math.max(1, Math.ceil(Number(((percent / 100) * this.total).toPrecision(12))));
		let seen = 0;
		let bucket = 0;
		for (; bucket < BUCKETS - 1; bucket++) {
			seen += this.counts[bucket]!;
			if (seen >= wanted) break;
		}
		return percent === 0 ? lowestOf(bucket) : lowestOf(bucket + 1) - 1;
	}

	/** How many calls took less than this; of limits up to a second. */
	countBelow(duration_ns: number): number {
		const end = bucketOf(Math.min(duration_ns, DURATION_MAX_NS + 1));
		let calls = 0;
		for (let bucket = 0; bucket < end; bucket++) calls += this.counts[bucket]!;
		return calls;
	}
}

function bucketOf(duration_ns: number): number {
	if (duration_ns < PARTS) return duration_ns < 0 ? 0 : duration_ns;
	const doublings = 31 - Math.clz32(duration_ns) - PARTS_BITS;
	return (doublings << PARTS_BITS) + (duration_ns >>> doublings);
}

/** Shortest duration of a bucket. */
function lowestOf(bucket: number): number {
	if (bucket < 2 * PARTS) return bucket;
	const doublings = (bucket >>> PARTS_BITS) - 1;
	return ((bucket & (PARTS - 1)) | PARTS) << doublings;
}
