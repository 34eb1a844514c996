import type { StringView } from "../string.ts";
import { HEADER_BYTES } from "./header.ts";
import type { Histogram } from "./histogram.ts";
import { REGISTERS, writeRegister } from "./registers.ts";

/**
 * The sparse form of the registers: runs of equal ones, from the first register to the last.
 *
 *     00nnnnnn             n + 1 registers of 0          up to 64
 *     01nnnnnn nnnnnnnn    n + 1 registers of 0          up to 16,384, the high bits first
 *     1vvvvvnn             n + 1 registers of v + 1      up to 4 of up to 32
 *
 * The same registers can be written in several ways. Which of them it is shows in GET, so runs are split and joined exactly
 * as Redis does: setting a register splits the run it lies in into up to three, of which no two of zeros are joined again;
 * from the run before them on, five steps then look for neighbours of one value that go into one run.
 *
 * The bytes may come from a client: a form that covers more or fewer registers than there are is corrupt. A run that is cut
 * off in the middle has a 0 for what is missing.
 */
export const SPARSE_VALUE_MAX = 32;

const ZEROS_MAX = 64;
const VALUES_MAX = 4;
const LONG_ZEROS = 0x40;
const VALUES = 0x80;

/** Looks for the run a register lies in, and says what it found. */
export class SparseRuns {
	/** The run: where it begins in the string, its bytes, its registers and their value. */
	at: number;
	size: number;
	length: number;
	value: number;
	/** Registers up to its end. */
	covered: number;
	/** Where the run before begins; where this one does if it is the first. */
	previous: number;
	/** Where the next search begins, how many registers lie before, and where the run before begins. */
	private resumeAt: number;
	private resumeCovered: number;
	private resumePrevious: number;

	constructor() {
		this.at = HEADER_BYTES;
		this.size = 0;
		this.length = 0;
		this.value = 0;
		this.covered = 0;
		this.previous = HEADER_BYTES;
		this.resumeAt = HEADER_BYTES;
		this.resumeCovered = 0;
		this.resumePrevious = HEADER_BYTES;
	}

	/** The next search begins with the first run. */
	rewind(): void {
		this.resumeAt = HEADER_BYTES;
		this.resumeCovered = 0;
		this.resumePrevious = HEADER_BYTES;
	}

	/**
	 * False where no run has the register. The search goes on where the last one ended, or rather a run before, since from
	 * there on the string may have been changed: so it is for registers in ascending order, and for one string.
	 */
	find(view: StringView, register: number): boolean {
		const { bytes, start, length } = view;
		const end = start + length;
		const from = start + this.resumeAt;
		let earlier = from;
		let previous = start + this.resumePrevious;
		let at = from;
		let covered = this.resumeCovered;
		let coveredBefore = covered;
		while (at < end) {
			const byte = bytes[at]!;
			let size = 1;
			let registers = byte + 1;
			if (byte >= VALUES) registers = (byte & 0x03) + 1;
			else if (byte >= LONG_ZEROS) {
				registers = longZeros(bytes, at, end);
				size = 2;
			}
			if (covered + registers > register) break;
			coveredBefore = covered;
			covered += registers;
			earlier = previous;
			previous = at;
			at += size;
		}
		if (at >= end) return false;
		this.load(bytes, at, end);
		this.at = at - start;
		this.covered = covered + this.length;
		this.previous = previous - start;
		if (at === from) this.rewind();
		else {
			this.resumeAt = previous - start;
			this.resumeCovered = coveredBefore;
			this.resumePrevious = earlier - start;
		}
		return true;
	}

	/** Sets what the bytes of the run say. */
	private load(bytes: Uint8Array, at: number, end: number): void {
		const byte = bytes[at]!;
		const isLong = isLongZeros(byte);
		this.size = isLong && at + 1 < end ? 2 : 1;
		this.value = valueIn(byte);
		this.length = isLong ? longZeros(bytes, at, end) : byte >= VALUES ? (byte & 0x03) + 1 : byte + 1;
	}
}

function isLongZeros(byte: number): boolean {
	return byte >= LONG_ZEROS && byte < VALUES;
}

function valueIn(byte: number): number {
	return byte >= VALUES ? ((byte >> 2) & 0x1f) + 1 : 0;
}

function longZeros(bytes: Uint8Array, at: number, end: number): number {
	const low = at + 1 < end ? bytes[at + 1]! : 0;
	return (((bytes[at]! & 0x3f) << 8) | low) + 1;
}

// Of all registers at once

/** Makes each of the registers, a byte each, as large as its like here; false where the form is corrupt. */
export function raiseToSparse(registers: Uint8Array, { bytes, start, length }: StringView): boolean {
	const end = start + length;
	let register = 0;
	for (let at = start + HEADER_BYTES; at < end; at++) {
		const byte = bytes[at]!;
		if (byte < LONG_ZEROS) register += byte + 1;
		else if (byte < VALUES) register += longZeros(bytes, at++, end);
		else {
			const value = valueIn(byte);
			const runEnd = register + (byte & 0x03) + 1;
			if (runEnd > REGISTERS) return false;
			for (; register < runEnd; register++) if (registers[register]! < value) registers[register] = value;
		}
	}
	return register === REGISTERS;
}

/** Writes all registers in packed form to bytes that are zero; false where the form is corrupt. */
export function packSparse({ bytes, start, length }: StringView, target: Uint8Array, targetStart: number): boolean {
	const end = start + length;
	let register = 0;
	for (let at = start + HEADER_BYTES; at < end; at++) {
		const byte = bytes[at]!;
		if (byte < LONG_ZEROS) register += byte + 1;
		else if (byte < VALUES) register += longZeros(bytes, at++, end);
		else {
			const runEnd = register + (byte & 0x03) + 1;
			if (runEnd > REGISTERS) return false;
			for (; register < runEnd; register++) writeRegister(target, targetStart, register, valueIn(byte));
		}
	}
	return register === REGISTERS;
}

/** Adds all registers; false where the form is corrupt. */
export function countSparse(histogram: Histogram, { bytes, start, length }: StringView): boolean {
	const end = start + length;
	let zeros = 0;
	let others = 0;
	for (let at = start + HEADER_BYTES; at < end; at++) {
		const byte = bytes[at]!;
		if (byte < LONG_ZEROS) zeros += byte + 1;
		else if (byte < VALUES) zeros += longZeros(bytes, at++, end);
		else {
			const registers = (byte & 0x03) + 1;
			histogram.add(valueIn(byte), registers);
			others += registers;
		}
	}
	histogram.add(0, zeros);
	return zeros + others === REGISTERS;
}

/** As PFDEBUG DECODE shows it: `z:2` and `Z:300` are registers of 0, `v:3,2` two of 3. */
export function describeSparse({ bytes, start, length }: StringView): string {
	const end = start + length;
	const words: string[] = [];
	for (let at = start + HEADER_BYTES; at < end; at++) {
		const byte = bytes[at]!;
		if (byte < LONG_ZEROS) words.push(`z:${byte + 1}`);
		else if (byte < VALUES) words.push(`Z:${longZeros(bytes, at++, end)}`);
		else words.push(`v:${valueIn(byte)},${(byte & 0x03) + 1}`);
	}
	return words.join(" ");
}

// Changes, made on copies of the runs concerned

export const RUN_BYTES_MAX = 2;
/** Longest form of one run split by `splitRun`. */
export const SPLIT_BYTES_MAX = 5;
/** Bytes behind a split run that `joinRuns` may look at. */
export const JOIN_BYTES_MAX = 12;

/** Runs that `joinRuns` looks at. */
const JOIN_STEPS = 5;

/** Writes what the run that was found becomes when one of its registers is set to `value`; returns how many bytes. */
export function splitRun(runs: SparseRuns, register: number, value: number, target: Uint8Array): number {
	const after = runs.covered - register - 1;
	const before = runs.length - after - 1;
	let end = writeRun(target, 0, runs.value, before);
	end = writeRun(target, end, value, 1);
	return writeRun(target, end, runs.value, after);
}

/** Writes a run at `at`, of which nothing remains where it has no length; returns where it ends. */
export function writeRun(target: Uint8Array, at: number, value: number, length: number): number {
	if (length === 0) return at;
	if (value > 0) target[at] = VALUES | ((value - 1) << 2) | (length - 1);
	else if (length <= ZEROS_MAX) target[at] = length - 1;
	else {
		target[at] = LONG_ZEROS | ((length - 1) >> 8);
		target[at + 1] = length - 1;
		return at + 2;
	}
	return at + 1;
}

/** Joins neighbours of one value within the first steps of the `length` bytes; returns how many bytes are left. */
export function joinRuns(bytes: Uint8Array, length: number): number {
	let end = length;
	let at = 0;
	for (let step = 0; step < JOIN_STEPS && at < end; step++) {
		const byte = bytes[at]!;
		if (byte < VALUES) at += byte < LONG_ZEROS ? 1 : 2;
		else if (at + 1 < end && canJoin(byte, bytes[at + 1]!)) {
			// The joined run is looked at once more: it may go together with the next as well.
			bytes.copyWithin(at, at + 1, end);
			bytes[at] = byte + (bytes[at]! & 0x03) + 1;
			end--;
		} else at++;
	}
	return end;
}

function canJoin(byte: number, next: number): boolean {
	return (byte ^ next) < 0x04 && (byte & 0x03) + (next & 0x03) + 2 <= VALUES_MAX;
}
