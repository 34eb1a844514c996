const CANDIDATES_MAX = 16;

/**
 * The best keys to evict that samples have met so far: a sample of five is a poor judge, but the best of many samples is
 * close to the best there is.
 *
 *     scores     f64   how much a key deserves it, in ascending order
 *     databases  u32
 *     hashes     i32   of the key, by which it is found again, wherever its entry has moved
 *     stamps     i32   as the entry had it: another one means that the key was used since, and is no candidate any more
 */
export class Candidates {
	count: number;
	/** Of the candidate taken last. */
	database: number;
	hash: number;
	stamp: number;
	private readonly scores: Float64Array;
	private readonly databases: Uint32Array;
	private readonly hashes: Int32Array;
	private readonly stamps: Int32Array;

	constructor() {
		this.count = 0;
		this.database = 0;
		this.hash = 0;
		this.stamp = 0;
		this.scores = new Float64Array(CANDIDATES_MAX);
		this.databases = new Uint32Array(CANDIDATES_MAX);
		this.hashes = new Int32Array(CANDIDATES_MAX);
		this.stamps = new Int32Array(CANDIDATES_MAX);
	}

	clear(): void {
		this.count = 0;
	}

	/** Whether a key with this score would be one of the best. */
	takes(score: number): boolean {
		return this.count < CANDIDATES_MAX || score > this.scores[0]!;
	}

	/** In place of the worst one where there are enough. A key that is there already stays as it is. */
	add(score: number, database: number, hash: number, stamp: number): void {
		const { scores, databases, hashes, stamps } = this;
		for (let i = 0; i < this.count; i++) if (hashes[i] === hash && databases[i] === database) return;
		let at = this.count;
		while (at > 0 && scores[at - 1]! > score) at--;
		if (this.count < CANDIDATES_MAX) {
			for (let i = this.count++; i > at; i--) this.move(i - 1, i);
		} else {
			at--;
			for (let i = 0; i < at; i++) this.move(i + 1, i);
		}
		scores[at] = score;
		databases[at] = database;
		hashes[at] = hash;
		stamps[at] = stamp;
	}

	private move(from: number, to: number): void {
		const { scores, databases, hashes, stamps } = this;
		scores[to] = scores[from]!;
		databases[to] = databases[from]!;
		hashes[to] = hashes[from]!;
		stamps[to] = stamps[from]!;
	}

	/** Takes the best one; false where there is none. */
	takeBest(): boolean {
		if (this.count === 0) return false;
		const best = --this.count;
		this.database = this.databases[best]!;
		this.hash = this.hashes[best]!;
		this.stamp = this.stamps[best]!;
		return true;
	}
}
