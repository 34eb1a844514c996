import { REGISTER_BITS, REGISTERS, REGISTERS_BYTES } from "./registers.ts";

/**
 * How often each value occurs in the registers of a HyperLogLog, and the number of different elements that follows from
 * it, by Otmar Ertl's improved raw estimator ("New cardinality estimation algorithms for HyperLogLog sketches",
 * arXiv:1702.01284). Sums are made in the same order as Redis makes them, so that the estimates are the same to the last
 * bit.
 *
 * Registers are counted two at a time, by the twelve bits of both: half the counting, and adding up the 4,096 sums in the
 * end costs less than what that saves (5 µs for all registers, against 9 µs one by one). Empty ones are passed by fours:
 * counting the same thing again and again is slow, for each time waits for the last.
 */
const VALUES = 1 << REGISTER_BITS;
const PAIRS = VALUES * VALUES;

/** Of the hash 50 bits remain behind the index, so the largest value is one more. */
const RANK_BITS = 50;
/** 1 / (2 ln 2). */
const ALPHA = 0.7213475204444817;

export class Histogram {
	private readonly counts: Int32Array;
	/** By the value of a register plus VALUES times that of the next. */
	private readonly pairs: Uint16Array;

	constructor() {
		this.counts = new Int32Array(VALUES);
		this.pairs = new Uint16Array(PAIRS);
	}

	clear(): void {
		this.counts.fill(0);
	}

	add(value: number, registers: number): void {
		this.counts[value]! += registers;
	}

	/** Adds all registers, a byte each. */
	addRegisters(registers: Uint8Array): void {
		const { pairs } = this;
		let zeros = 0;
		for (let i = 0; i < REGISTERS; i += 4) {
			const low = registers[i]! | (registers[i + 1]! << REGISTER_BITS);
			const high = registers[i + 2]! | (registers[i + 3]! << REGISTER_BITS);
			if ((low | high) === 0) zeros += 4;
			else {
				pairs[low]!++;
				pairs[high]!++;
			}
		}
		this.counts[0]! += zeros;
		this.addPairs();
	}

	/** Adds all registers in packed form. */
	addPacked(bytes: Uint8Array, start: number): void {
		const { pairs } = this;
		let zeros = 0;
		for (let at = start; at < start + REGISTERS_BYTES; at += 3) {
			const middle = bytes[at + 1]!;
			const low = bytes[at]! | ((middle & 0x0f) << 8);
			const high = (middle >> 4) | (bytes[at + 2]! << 4);
			if ((low | high) === 0) zeros += 4;
			else {
				pairs[low]!++;
				pairs[high]!++;
			}
		}
		this.counts[0]! += zeros;
		this.addPairs();
	}

	private addPairs(): void {
		const { counts, pairs } = this;
		for (let high = 0; high < VALUES; high++) {
			let sum = 0;
			for (let low = 0; low < VALUES; low++) {
				const count = pairs[high * VALUES + low]!;
				counts[low]! += count;
				sum += count;
			}
			counts[high]! += sum;
		}
		pairs.fill(0);
	}

	/** How many different elements there were; Infinity where registers have values that no element gives. */
	estimate(): number {
		const { counts } = this;
		let sum = REGISTERS * tau((REGISTERS - counts[RANK_BITS + 1]!) / REGISTERS);
		for (let value = RANK_BITS; value >= 1; value--) sum = 0.5 * (sum + counts[value]!);
		sum += REGISTERS * sigma(counts[0]! / REGISTERS);
		return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
	}
}

/** What registers of the largest value stand for; the series is summed until nothing changes any more. */
function tau(x: number): number {
	if (x === 0 || x === 1) return 0;
	let root = x;
	let weight = 1;
	let sum = 1 - x;
	for (let before = Number.NaN; before !== sum; ) {
		root = Math.sqrt(root);
		before = sum;
		weight *= 0.5;
		sum -= (1 - root) * (1 - root) * weight;
	}
	return sum / 3;
}

/** What empty registers stand for. */
function sigma(x: number): number {
	if (x === 1) return Infinity;
	let power = x;
	let weight = 1;
	let sum = x;
	for (let before = Number.NaN; before !== sum; ) {
		power *= power;
		before = sum;
		sum += power * weight;
		weight += weight;
	}
	return sum;
}
