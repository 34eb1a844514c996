/** The bit that turns a signed comparison into an unsigned one. */
const SIGN = 1 << 31;
const HALF = 2 ** 32;
const LOW_MAX = 0xffffffff;

/**
 * The name of an entry: milliseconds and a sequence number, each an unsigned number of 64 bits, compared in this order.
 *
 * Each is kept as two halves, signed 32-bit integers that stand for unsigned ones. So all of the range is exact without
 * BigInt, every comparison is one of machine integers, and an id in a typed array is four words: nothing is allocated
 * and no second, "wide" form exists whose code hardly ever runs. Halves cost a comparison or two more than doubles would.
 */
export class StreamId {
	msHigh: number;
	msLow: number;
	sequenceHigh: number;
	sequenceLow: number;

	constructor() {
		this.msHigh = 0;
		this.msLow = 0;
		this.sequenceHigh = 0;
		this.sequenceLow = 0;
	}

	copy(other: StreamId): void {
		this.msHigh = other.msHigh;
		this.msLow = other.msLow;
		this.sequenceHigh = other.sequenceHigh;
		this.sequenceLow = other.sequenceLow;
	}

	set(msHigh: number, msLow: number, sequenceHigh: number, sequenceLow: number): void {
		this.msHigh = msHigh;
		this.msLow = msLow;
		this.sequenceHigh = sequenceHigh;
		this.sequenceLow = sequenceLow;
	}

	setSequence(high: number, low: number): void {
		this.sequenceHigh = high;
		this.sequenceLow = low;
	}

	load(words: Int32Array, at: number): void {
		this.msHigh = words[at]!;
		this.msLow = words[at + 1]!;
		this.sequenceHigh = words[at + 2]!;
		this.sequenceLow = words[at + 3]!;
	}

	store(words: Int32Array, at: number): void {
		words[at] = this.msHigh;
		words[at + 1] = this.msLow;
		words[at + 2] = this.sequenceHigh;
		words[at + 3] = this.sequenceLow;
	}

	/** The first id of a millisecond, which is a safe integer. */
	setTime(ms: number): void {
		this.set(Math.floor(ms / HALF), ms | 0, 0, 0);
	}

	setMin(): void {
		this.set(0, 0, 0, 0);
	}

	setMax(): void {
		this.set(-1, -1, -1, -1);
	}

	isMin(): boolean {
		return (this.msHigh | this.msLow | this.sequenceHigh | this.sequenceLow) === 0;
	}

	isMax(): boolean {
		return (this.msHigh & this.msLow & this.sequenceHigh & this.sequenceLow) === -1;
	}

	isSameTime(other: StreamId): boolean {
		return this.msLow === other.msLow && this.msHigh === other.msHigh;
	}

	equals(other: StreamId): boolean {
		return (
			this.msLow === other.msLow &&
			this.sequenceLow === other.sequenceLow &&
			this.msHigh === other.msHigh &&
			this.sequenceHigh === other.sequenceHigh
		);
	}

	/** Negative, zero or positive, as for sorting. */
	compare(other: StreamId): number {
		if (this.msHigh !== other.msHigh) return compareHalves(this.msHigh, other.msHigh);
		if (this.msLow !== other.msLow) return compareHalves(this.msLow, other.msLow);
		if (this.sequenceHigh !== other.sequenceHigh) return compareHalves(this.sequenceHigh, other.sequenceHigh);
		return compareHalves(this.sequenceLow, other.sequenceLow);
	}

	/** Whether it is greater than an id in four halves. */
	isBehind(msHigh: number, msLow: number, sequenceHigh: number, sequenceLow: number): boolean {
		if (this.msHigh !== msHigh) return compareHalves(this.msHigh, msHigh) > 0;
		if (this.msLow !== msLow) return compareHalves(this.msLow, msLow) > 0;
		if (this.sequenceHigh !== sequenceHigh) return compareHalves(this.sequenceHigh, sequenceHigh) > 0;
		return compareHalves(this.sequenceLow, sequenceLow) > 0;
	}

	/** As `compare`, with the id in four words. */
	compareTo(words: Int32Array, at: number): number {
		if (this.msHigh !== words[at]!) return compareHalves(this.msHigh, words[at]!);
		if (this.msLow !== words[at + 1]!) return compareHalves(this.msLow, words[at + 1]!);
		if (this.sequenceHigh !== words[at + 2]!) return compareHalves(this.sequenceHigh, words[at + 2]!);
		return compareHalves(this.sequenceLow, words[at + 3]!);
	}

	/** Adds milliseconds, given as two halves; what is beyond 64 bits is lost. */
	addTime(high: number, low: number): void {
		const sum = (this.msLow >>> 0) + (low >>> 0);
		this.msLow = sum | 0;
		this.msHigh = (this.msHigh + high + (sum > LOW_MAX ? 1 : 0)) | 0;
	}

	/** The same for the sequence. */
	addSequence(high: number, low: number): void {
		const sum = (this.sequenceLow >>> 0) + (low >>> 0);
		this.sequenceLow = sum | 0;
		this.sequenceHigh = (this.sequenceHigh + high + (sum > LOW_MAX ? 1 : 0)) | 0;
	}

	/** The next id there could be; false where there is none, and then it is the smallest. */
	increment(): boolean {
		this.incrementSequence();
		if ((this.sequenceLow | this.sequenceHigh) !== 0) return true;
		this.msLow = (this.msLow + 1) | 0;
		if (this.msLow !== 0) return true;
		this.msHigh = (this.msHigh + 1) | 0;
		return this.msHigh !== 0;
	}

	/** Adds one to the sequence alone: behind the greatest comes 0. */
	incrementSequence(): void {
		this.sequenceLow = (this.sequenceLow + 1) | 0;
		if (this.sequenceLow === 0) this.sequenceHigh = (this.sequenceHigh + 1) | 0;
	}

	/** Takes one from the sequence alone: before 0 comes the greatest. */
	decrementSequence(): void {
		this.sequenceLow = (this.sequenceLow - 1) | 0;
		if (this.sequenceLow === -1) this.sequenceHigh = (this.sequenceHigh - 1) | 0;
	}

	/** The id before; false where there is none, and then it is the greatest. */
	decrement(): boolean {
		if (this.isMin()) {
			this.setMax();
			return false;
		}
		this.decrementSequence();
		if ((this.sequenceLow & this.sequenceHigh) !== -1) return true;
		this.msLow = (this.msLow - 1) | 0;
		if (this.msLow === -1) this.msHigh = (this.msHigh - 1) | 0;
		return true;
	}
}

/** An id as four words of its own. */
export function wordsOf(id: StreamId): Int32Array {
	const words = new Int32Array(4);
	id.store(words, 0);
	return words;
}

function compareHalves(a: number, b: number): number {
	const x = a ^ SIGN;
	const y = b ^ SIGN;
	return x < y ? -1 : x > y ? 1 : 0;
}
