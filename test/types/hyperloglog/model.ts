/**
 * HyperLogLog by the book: registers in an array, hashes in BigInt, sparse runs as objects. Slow, and nothing shared with
 * ours but the format.
 */
import type { Random } from "../../../src/bytes/random.ts";

export const registers = 16_384;
const mask = 2n ** 64n - 1n;
const factor = 0xc6a4a7935bd1e995n;
/** factor * inverse is 1 modulo 2^64. */
const inverse = 0x5f7a0ea7e59b19bdn;

export interface Run {
	readonly value: number;
	readonly length: number;
	/** Zeros in two bytes though one would do. */
	readonly isLong?: boolean;
}

export type Outcome = "unchanged" | "changed" | "dense";

function murmur(message: Uint8Array): bigint {
	const times = (a: bigint) => (a * factor) & mask;
	const fold = (a: bigint) => a ^ (a >> 47n);
	const number = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
	const whole = message.length - (message.length % 8);
	let hash = 0xadc83b19n ^ times(BigInt(message.length));
	for (let at = 0; at < whole; at += 8) hash = times(hash ^ times(fold(times(number(message.subarray(at, at + 8))))));
	if (whole < message.length) hash = times(hash ^ number(message.subarray(whole)));
	return fold(times(fold(hash)));
}

/** An element that goes to a register with a rank, 1 to 51: the hash backwards, for which eight bytes are one word. */
export function elementFor(register: number, rank: number): Uint8Array {
	const over = (a: bigint) => (a * inverse) & mask;
	const fold = (a: bigint) => a ^ (a >> 47n);
	const rest = rank > 50 ? 0n : (0x5555n * 2n ** BigInt(rank + 14) + 2n ** BigInt(rank + 13)) & mask;
	const mixed = over(fold(over(fold(rest | BigInt(register)))));
	const word = over(fold(over(mixed ^ 0xadc83b19n ^ ((8n * factor) & mask))));
	return Uint8Array.from({ length: 8 }, (_, i) => Number((word >> BigInt(8 * i)) & 0xffn));
}

/** Which register an element goes to, and with what rank. */
export function placeOf(element: Uint8Array): { register: number; rank: number } {
	const hash = murmur(element);
	let rest = (hash >> 14n) | (1n << 50n);
	let rank = 1;
	for (; rest % 2n === 0n; rest /= 2n) rank++;
	return { register: Number(hash % 16_384n), rank };
}

export class NaiveHyperLogLog {
	readonly values: number[];
	/** Null once dense. */
	runs: Run[] | null;

	constructor(runs: readonly Run[] = [{ value: 0, length: registers }]) {
		this.runs = [...runs];
		this.values = runs.flatMap(({ value, length }) => new Array<number>(length).fill(value));
	}

	/** The sparse form without its head. */
	sparse(): Uint8Array {
		return encodeRuns(this.runs!);
	}

	raise(register: number, rank: number, bytesMax: number): Outcome {
		if (this.values[register]! >= rank) return "unchanged";
		this.values[register] = rank;
		if (this.runs === null) return "changed";
		const index = this.indexOf(register);
		const split = this.split(index, register, rank);
		const growth = encodeRuns(split).length - encodeRuns([this.runs[index]!]).length;
		if (rank > 32 || (growth > 0 && 16 + this.sparse().length + growth > bytesMax)) {
			this.runs = null;
			return "dense";
		}
		this.runs.splice(index, 1, ...split);
		this.join(Math.max(0, index - 1));
		return "changed";
	}

	private indexOf(register: number): number {
		let covered = 0;
		return this.runs!.findIndex(({ length }) => (covered += length) > register);
	}

	private split(index: number, register: number, rank: number): Run[] {
		const first = this.runs!.slice(0, index).reduce((sum, { length }) => sum + length, 0);
		const { value, length } = this.runs![index]!;
		const before = { value, length: register - first };
		const behind = { value, length: first + length - register - 1 };
		return [before, { value: rank, length: 1 }, behind].filter((run) => run.length > 0);
	}

	private join(from: number): void {
		const runs = this.runs!;
		let at = from;
		for (let step = 0; step < 5 && at < runs.length; step++) {
			const [run, next] = [runs[at]!, runs[at + 1]];
			const length = run.length + (next?.length ?? 0);
			if (run.value > 0 && next?.value === run.value && length <= 4) runs.splice(at, 2, { value: run.value, length });
			else at++;
		}
	}
}

export function encodeRuns(runs: readonly Run[]): Uint8Array {
	return Uint8Array.from(
		runs.flatMap(({ value, length, isLong }) => {
			if (value > 0) return [0x80 + 4 * (value - 1) + (length - 1)];
			return length > 64 || isLong === true ? [0x40 + ((length - 1) >> 8), (length - 1) & 0xff] : [length - 1];
		}),
	);
}

/** Runs such as Redis might not have written them, which cover all registers. */
export function someRuns(random: Random): Run[] {
	const runs: Run[] = [];
	const gap = [2, 20, 200, 5000][random.below(4)]!;
	const values = [1, 2, 3, 32].slice(0, 1 + random.below(4));
	for (let left = registers; left > 0; left -= runs.at(-1)!.length) {
		if (random.below(2) === 0) {
			runs.push({ value: 0, length: Math.min(left, 1 + random.below(gap)), isLong: random.below(10) === 0 });
		} else {
			runs.push({ value: values[random.below(values.length)]!, length: Math.min(left, 1 + random.below(4)) });
		}
	}
	return runs;
}
