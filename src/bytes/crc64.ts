/**
 * CRC-64 as RDB files and DUMP payloads have it: the Jones polynomial, reflected, from 0 and without a last inversion.
 *
 * Eight bytes a step, each looked up in a table of its own: `tables` has for each place in a step 256 pairs of words, the
 * low one first. Long runs go through the kernel, which takes sixteen.
 */
import { copyBytes } from "./ascii.ts";
import { CRC_BLOCK_BYTES, type Crc64Kernel, KERNEL_STEP_BYTES, makeCrc64Kernel } from "./crc64-kernel.ts";

/** 0xad93d23594c935a9 with its bits in reverse order. */
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;
const STEP_BYTES = 8;
const PLACE_WORDS = 512;

/** From so many bytes on the kernel pays for the copy into its memory. */
const KERNEL_BYTES_MIN = 128;

let sharedTables: Int32Array | null = null;
/** Null where there can be none; undefined before it is first asked for. */
let sharedKernel: Crc64Kernel | null | undefined;

function makeTables(): Int32Array {
	const tables = new Int32Array(KERNEL_STEP_BYTES * PLACE_WORDS);
	for (let byte = 0; byte < 256; byte++) {
		let low = byte;
		let high = 0;
		for (let bit = 0; bit < 8; bit++) {
			const isOdd = (low & 1) !== 0;
			low = (low >>> 1) | (high << 31);
			high >>>= 1;
			if (isOdd) {
				low ^= POLYNOMIAL_LOW;
				high ^= POLYNOMIAL_HIGH;
			}
		}
		tables[byte * 2] = low;
		tables[byte * 2 + 1] = high;
	}
	// A byte one place further from the end has been shifted by eight bits more.
	for (let at = PLACE_WORDS; at < tables.length; at += 2) {
		const low = tables[at - PLACE_WORDS]!;
		const high = tables[at - PLACE_WORDS + 1]!;
		const shifted = (low & 0xff) * 2;
		tables[at] = ((low >>> 8) | (high << 24)) ^ tables[shifted]!;
		tables[at + 1] = (high >>> 8) ^ tables[shifted + 1]!;
	}
	return tables;
}

/** The checksum of bytes that come in any portions. */
export class Crc64 {
	/** The checksum so far, as two words. */
	low: number;
	high: number;
	private readonly tables: Int32Array;

	constructor() {
		sharedTables ??= makeTables();
		this.tables = sharedTables;
		this.low = 0;
		this.high = 0;
	}

	reset(): void {
		this.low = 0;
		this.high = 0;
	}

	update(bytes: Uint8Array, from: number, to: number): void {
		if (to - from < KERNEL_BYTES_MIN) this.updateHere(bytes, from, to);
		else this.updateHere(bytes, this.updateInKernel(bytes, from, to), to);
	}

	/** Takes whole steps in; returns where the rest begins. */
	private updateInKernel(bytes: Uint8Array, from: number, to: number): number {
		if (sharedKernel === undefined) sharedKernel = makeCrc64Kernel(this.tables);
		if (sharedKernel === null) return from;
		const { words, block } = sharedKernel;
		words[0] = this.low;
		words[1] = this.high;
		let at = from;
		while (to - at >= KERNEL_STEP_BYTES) {
			const length = Math.min(CRC_BLOCK_BYTES, (to - at) & -KERNEL_STEP_BYTES);
			copyBytes(bytes, at, block, 0, length);
			sharedKernel.take(length);
			at += length;
		}
		this.low = words[0]!;
		this.high = words[1]!;
		return at;
	}

	private updateHere(bytes: Uint8Array, from: number, to: number): void {
		const { tables } = this;
		let { low, high } = this;
		let at = from;
		for (; at + STEP_BYTES <= to; at += STEP_BYTES) {
			low ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
			high ^= bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
			const a = 7 * PLACE_WORDS + ((low << 1) & 0x1fe);
			const b = 6 * PLACE_WORDS + ((low >>> 7) & 0x1fe);
			const c = 5 * PLACE_WORDS + ((low >>> 15) & 0x1fe);
			const d = 4 * PLACE_WORDS + ((low >>> 23) & 0x1fe);
			const e = 3 * PLACE_WORDS + ((high << 1) & 0x1fe);
			const f = 2 * PLACE_WORDS + ((high >>> 7) & 0x1fe);
			const g = PLACE_WORDS + ((high >>> 15) & 0x1fe);
			const h = (high >>> 23) & 0x1fe;
			low = tables[a]! ^ tables[b]! ^ tables[c]! ^ tables[d]! ^ tables[e]! ^ tables[f]! ^ tables[g]! ^ tables[h]!;
			high =
				tables[a + 1]! ^
				tables[b + 1]! ^
				tables[c + 1]! ^
				tables[d + 1]! ^
				tables[e + 1]! ^
				tables[f + 1]! ^
				tables[g + 1]! ^
				tables[h + 1]!;
		}
		for (; at < to; at++) {
			const place = ((low ^ bytes[at]!) & 0xff) * 2;
			low = ((low >>> 8) | (high << 24)) ^ tables[place]!;
			high = (high >>> 8) ^ tables[place + 1]!;
		}
		this.low = low;
		this.high = high;
	}

	/** Writes the eight bytes of the checksum, the low ones first. */
	write(target: Uint8Array, at: number): void {
		writeWord(target, at, this.low);
		writeWord(target, at + 4, this.high);
	}
}

function writeWord(target: Uint8Array, at: number, word: number): void {
	target[at] = word;
	target[at + 1] = word >>> 8;
	target[at + 2] = word >>> 16;
	target[at + 3] = word >>> 24;
}
