const HALF = 2 ** 32;
/** Beyond this the high half makes a number that no double holds exactly. */
const SAFE_HIGH_MAX = 0x1fffff;

/**
 * A count of entries: a signed number of 64 bits in two halves, since XSETID and XGROUP may set it to any. Counting up is
 * plain; arithmetic, which is rare, goes by way of BigInt.
 */
export class Counter {
	high: number;
	low: number;

	constructor() {
		this.high = 0;
		this.low = 0;
	}

	copy(other: Counter): void {
		this.high = other.high;
		this.low = other.low;
	}

	set(value: bigint): void {
		this.high = Number(BigInt.asIntN(32, value >> 32n));
		this.low = Number(BigInt.asIntN(32, value));
	}

	/** What stands for "nobody knows". */
	setUnknown(): void {
		this.high = -1;
		this.low = -1;
	}

	isUnknown(): boolean {
		return (this.high & this.low) === -1;
	}

	increment(): void {
		this.low = (this.low + 1) | 0;
		if (this.low === 0) this.high = (this.high + 1) | 0;
	}

	isZero(): boolean {
		return (this.high | this.low) === 0;
	}

	value(): bigint {
		return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
	}

	/** As a plain number; NaN where none is exact. */
	number(): number {
		return this.high >= 0 && this.high <= SAFE_HIGH_MAX ? this.high * HALF + (this.low >>> 0) : Number.NaN;
	}
}
