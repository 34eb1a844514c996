import { writeInteger } from "../../../bytes/int64.ts";
import type { Database } from "../../../keyspace/database.ts";
import { STRING_KIND } from "../../../types/string.ts";
import { OPCODE_DEADLINE_MS, OPCODE_FREQUENCY, OPCODE_IDLE, TYPE_STRING } from "../format.ts";
import type { ByteSource } from "./byte-source.ts";

/** Enough for the cache misses of one batch to overlap. */
const BATCH_KEYS = 64;
/** Text of an integer of 32 bits, rounded up. */
const TEXT_BYTES = 12;
const HALF = 2 ** 32;
/** The longest head of a value here, with an integer's four bytes. */
const VALUE_HEAD_BYTES = 5;
const DEADLINE_BYTES = 9;
/** An idle time in the form of 14 bits: up to four hours; a longer one is left to others. */
const IDLE_BYTES = 3;

const FIRST_6_BITS_END = 0x40;
const FIRST_14_BITS_END = 0x80;
const FIRST_INT8 = 0xc0;
const FIRST_INT16 = 0xc1;
const FIRST_INT32 = 0xc2;

/**
 * Keys with short strings, what most files consist of, a batch at a time: first where each lies, then the hashes of all
 * keys and the memory behind them, so that the cache misses overlap, then each into the database. They go there from the
 * window itself; whatever is not so simple, or not all in the window, is left to others.
 */
export class StringBatch {
	/** Of the last `load`: keys that were not stored because their time is over. */
	expired: number;
	/** Where the key lies that is there already; -1. */
	duplicateAt: number;
	duplicateLength: number;
	touched: number;
	private count: number;
	private readonly keyStarts: Int32Array;
	private readonly keyLengths: Int32Array;
	/** Below 0: where in `texts`, counted from -1 down. */
	private readonly valueStarts: Int32Array;
	private readonly valueLengths: Int32Array;
	private readonly deadlines: Float64Array;
	/** Seconds, or -1. */
	private readonly idles: Int32Array;
	/** As LFU has it, or -1. */
	private readonly counters: Int32Array;
	private readonly hashes: Int32Array;
	/** Of integers. */
	private readonly texts: Uint8Array;

	constructor() {
		this.expired = 0;
		this.duplicateAt = -1;
		this.duplicateLength = 0;
		this.touched = 0;
		this.count = 0;
		this.keyStarts = new Int32Array(BATCH_KEYS);
		this.keyLengths = new Int32Array(BATCH_KEYS);
		this.valueStarts = new Int32Array(BATCH_KEYS);
		this.valueLengths = new Int32Array(BATCH_KEYS);
		this.deadlines = new Float64Array(BATCH_KEYS);
		this.idles = new Int32Array(BATCH_KEYS);
		this.counters = new Int32Array(BATCH_KEYS);
		this.hashes = new Int32Array(BATCH_KEYS);
		this.texts = new Uint8Array(BATCH_KEYS * TEXT_BYTES);
	}

	/** Loads what comes next, leaving out keys whose deadline is before `dropsBefore_ms`; returns how many keys it took. */
	load(source: ByteSource, database: Database, dropsBefore_ms: number): number {
		source.at = this.parse(source.bytes, source.at, source.end);
		if (this.count > 0) this.store(source.bytes, database, dropsBefore_ms);
		return this.count;
	}

	/** Returns the end of what it took. */
	private parse(bytes: Uint8Array, from: number, end: number): number {
		const { keyStarts, keyLengths, valueStarts, valueLengths, deadlines, idles, counters, texts } = this;
		let taken = from;
		let count = 0;
		for (; count < BATCH_KEYS; count++) {
			let at = taken;
			let deadline_ms = Infinity;
			if (end - at < DEADLINE_BYTES + IDLE_BYTES + 3) break;
			if (bytes[at]! === OPCODE_DEADLINE_MS) {
				deadline_ms = readWord(bytes, at + 5) * HALF + (readWord(bytes, at + 1) >>> 0);
				at += DEADLINE_BYTES;
			}
			let idle_s = -1;
			let counter = -1;
			if (bytes[at]! === OPCODE_FREQUENCY) {
				counter = bytes[at + 1]!;
				at += 2;
			} else if (bytes[at]! === OPCODE_IDLE) {
				idle_s = bytes[at + 1]!;
				if (idle_s >= FIRST_14_BITS_END) break;
				if (idle_s >= FIRST_6_BITS_END) idle_s = ((idle_s & 0x3f) << 8) | bytes[++at + 1]!;
				at += 2;
			}
			if (bytes[at++]! !== TYPE_STRING) break;
			let length = bytes[at++]!;
			if (length >= FIRST_6_BITS_END) {
				if (length >= FIRST_14_BITS_END) break;
				length = ((length & 0x3f) << 8) | bytes[at++]!;
			}
			keyStarts[count] = at;
			keyLengths[count] = length;
			at += length;
			if (end - at < VALUE_HEAD_BYTES) break;
			let value = bytes[at++]!;
			if (value >= FIRST_INT8) {
				if (value > FIRST_INT32) break;
				const number = integerAt(bytes, at, value);
				at += value === FIRST_INT8 ? 1 : value === FIRST_INT16 ? 2 : 4;
				valueStarts[count] = -1 - count * TEXT_BYTES;
				valueLengths[count] = writeInteger(number, texts, count * TEXT_BYTES);
			} else {
				if (value >= FIRST_6_BITS_END) {
					if (value >= FIRST_14_BITS_END) break;
					value = ((value & 0x3f) << 8) | bytes[at++]!;
				}
				valueStarts[count] = at;
				valueLengths[count] = value;
				at += value;
			}
			if (at > end) break;
			deadlines[count] = deadline_ms;
			idles[count] = idle_s;
			counters[count] = counter;
			taken = at;
		}
		this.count = count;
		return taken;
	}

	private store(bytes: Uint8Array, database: Database, dropsBefore_ms: number): void {
		const { count, keyStarts, keyLengths, valueStarts, valueLengths, deadlines, hashes, texts } = this;
		const { idles, counters } = this;
		const { table } = database;
		let touched = 0;
		for (let i = 0; i < count; i++) hashes[i] = database.hash(bytes, keyStarts[i]!, keyLengths[i]!);
		for (let i = 0; i < count; i++) touched += table.touchRoom(hashes[i]!);
		this.touched = touched | 0;
		this.expired = 0;
		this.duplicateAt = -1;
		for (let i = 0; i < count; i++) {
			const deadline_ms = deadlines[i]!;
			if (deadline_ms < dropsBefore_ms) {
				this.expired++;
				continue;
			}
			const start = keyStarts[i]!;
			const length = keyLengths[i]!;
			if (database.peek(bytes, start, length, hashes[i]!)) {
				this.duplicateAt = start;
				this.duplicateLength = length;
				return;
			}
			const value = valueStarts[i]!;
			if (value >= 0) database.putString(STRING_KIND, bytes, value, valueLengths[i]!, deadline_ms);
			else database.putString(STRING_KIND, texts, -1 - value, valueLengths[i]!, deadline_ms);
			if (idles[i]! < 0 && counters[i]! < 0) continue;
			table.setStamp(database.keyspace.toldStamp(table.stamp(), idles[i]!, counters[i]!));
		}
	}
}

function integerAt(bytes: Uint8Array, at: number, first: number): number {
	if (first === FIRST_INT8) return (bytes[at]! << 24) >> 24;
	if (first === FIRST_INT16) return ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
	return readWord(bytes, at);
}

function readWord(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
