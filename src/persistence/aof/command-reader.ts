import type { OpenFile } from "../../adapters/files.ts";

/** As much of a file as is read at a time. */
const CHUNK_BYTES = 1 << 20;
const BATCH_COMMANDS_MAX = 64;
const RANGES_MIN = 1024;
/** A line that is no command is not longer. */
const ANNOTATION_BYTES_MAX = 1024;
/** Positions in the window fit 31 bits. */
const COMMAND_BYTES_MAX = 2 ** 31 - 1 - CHUNK_BYTES;
const DIGITS_MAX = 10;

const CR = 0x0d;
const LF = 0x0a;
const HASH = 0x23;
const DOLLAR = 0x24;
const STAR = 0x2a;
const ZERO = 0x30;

/** What became of an attempt to read one command, or a line between commands. */
const READ = 0;
const SKIPPED = 1;
const SHORT = 2;
const MALFORMED = 3;

/** How the commands of a file end: all were read, the last one is cut off, or what follows is none. */
export type CommandsEnd = "complete" | "cut off" | "malformed";

/**
 * Reads the commands of an append-only file, a batch at a time, in place in a window of the file:
 *
 *     ranges    start, end | start, end | …     of all words of the batch, as positions in `bytes`
 *     firsts    where in `ranges` command i begins; firsts[count] is where the last one ends
 *     starts    where in `bytes` command i begins; `ends` where it ends, as lines between commands belong to none
 *
 * Stricter than the protocol of clients: no commands in plain words, no empty ones, every line end in its place. No
 * length is believed before the bytes are there: the window grows no larger than the file.
 */
export class CommandReader {
	bytes: Uint8Array;
	ranges: Int32Array;
	readonly firsts: Int32Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	/** Commands in the batch. */
	count: number;
	/** Why `read` found none; null as long as it does. */
	outcome: CommandsEnd | null;
	private readonly commandsMax: number;
	private readonly file: OpenFile | null;
	/** Of the file; those not read yet begin at `base + end`. */
	private readonly total: number;
	private base: number;
	private at: number;
	private end: number;
	private used: number;
	/** Bytes of the unfinished command, as far as is known. */
	private needed: number;

	private constructor(
		file: OpenFile | null,
		total: number,
		from: number,
		bytes: Uint8Array,
		end: number,
		commandsMax: number,
	) {
		this.bytes = bytes;
		this.ranges = new Int32Array(RANGES_MIN);
		this.firsts = new Int32Array(BATCH_COMMANDS_MAX + 1);
		this.starts = new Int32Array(BATCH_COMMANDS_MAX);
		this.ends = new Int32Array(BATCH_COMMANDS_MAX);
		this.count = 0;
		this.outcome = null;
		this.commandsMax = commandsMax;
		this.file = file;
		this.total = total;
		this.base = from;
		this.at = 0;
		this.end = end;
		this.used = 0;
		this.needed = 0;
	}

	/** Of a file from an offset on. */
	static ofFile(file: OpenFile, from: number, commandsMax = BATCH_COMMANDS_MAX): CommandReader {
		return new CommandReader(file, file.size(), from, new Uint8Array(0), 0, commandsMax);
	}

	/** The bytes must stay as they are. */
	static ofBytes(bytes: Uint8Array, length: number): CommandReader {
		return new CommandReader(null, length, 0, bytes, length, BATCH_COMMANDS_MAX);
	}

	/** In the file, of a position in the window. */
	offsetOf(position: number): number {
		return this.base + position;
	}

	/** In the file, of what was not read yet. */
	offset(): number {
		return this.base + this.at;
	}

	/** Reads the next batch; false where there is none, and `outcome` says why. */
	read(): boolean {
		this.count = 0;
		this.used = 0;
		while (this.count < this.commandsMax) {
			const used = this.used;
			const result = this.readOne();
			if (result === READ || result === SKIPPED) continue;
			this.used = used;
			// What is at hand is executed before the window moves.
			if (this.count > 0) break;
			if (result === MALFORMED) this.outcome = "malformed";
			else if (this.at === this.end && this.base + this.end === this.total) this.outcome = "complete";
			else if (this.refill()) continue;
			else this.outcome ??= "cut off";
			return false;
		}
		return true;
	}

	private readOne(): number {
		const { bytes, end } = this;
		const start = this.at;
		if (start >= end) return SHORT;
		if (bytes[start] === HASH) return this.skipLine();
		if (bytes[start] !== STAR) return MALFORMED;
		let cursor = start;
		let left = 0;
		let used = this.used;
		let isFirst = true;
		this.needed = 0;
		// The count and the lengths are read alike.
		do {
			if (cursor >= end) return SHORT;
			if (bytes[cursor] !== (isFirst ? STAR : DOLLAR)) return MALFORMED;
			const digits = cursor + 1;
			let value = 0;
			cursor = digits;
			for (; cursor < end; cursor++) {
				const digit = bytes[cursor]! - ZERO;
				if (digit >>> 0 > 9) break;
				value = value * 10 + digit;
			}
			if (cursor - digits > DIGITS_MAX) return MALFORMED;
			if (cursor >= end) return SHORT;
			if (cursor === digits || bytes[cursor] !== CR) return MALFORMED;
			if (cursor + 1 >= end) return SHORT;
			if (bytes[cursor + 1] !== LF) return MALFORMED;
			cursor += 2;
			if (isFirst) {
				if (value === 0) return MALFORMED;
				isFirst = false;
				left = value;
				continue;
			}
			const next = cursor + value + 2;
			if (next > end) {
				this.needed = next - start;
				return this.needed > COMMAND_BYTES_MAX ? this.tooLong(next) : SHORT;
			}
			if (bytes[next - 2] !== CR || bytes[next - 1] !== LF) return MALFORMED;
			if (used + 2 > this.ranges.length) this.growRanges(used);
			this.ranges[used] = cursor;
			this.ranges[used + 1] = next - 2;
			used += 2;
			left--;
			cursor = next;
		} while (left > 0);
		this.used = used;
		this.starts[this.count] = start;
		this.ends[this.count] = cursor;
		this.count++;
		this.firsts[this.count] = used;
		this.at = cursor;
		return READ;
	}

	/** An argument that ends beyond the file is cut off like any other. */
	private tooLong(next: number): number {
		return this.base + next > this.total ? SHORT : MALFORMED;
	}

	private skipLine(): number {
		const newline = this.bytes.indexOf(LF, this.at);
		if (newline >= 0 && newline < this.end) {
			this.at = newline + 1;
			return SKIPPED;
		}
		return this.end - this.at > ANNOTATION_BYTES_MAX ? MALFORMED : SHORT;
	}

	/** Moves the window on; false where the file has no more bytes, or fewer than the command needs. */
	private refill(): boolean {
		const { file } = this;
		const rest = this.end - this.at;
		const left = this.total - this.base - this.end;
		if (file === null || left === 0 || this.needed > rest + left) return false;
		const capacity = Math.min(Math.max(CHUNK_BYTES, this.needed, 2 * rest), rest + left);
		if (capacity > COMMAND_BYTES_MAX + CHUNK_BYTES) {
			this.outcome = "malformed";
			return false;
		}
		const kept = this.bytes.subarray(this.at, this.end);
		if (capacity > this.bytes.length || this.bytes.length > 2 * CHUNK_BYTES) {
			const window = new Uint8Array(capacity);
			window.set(kept);
			this.bytes = window;
		} else this.bytes.copyWithin(0, this.at, this.end);
		this.base += this.at;
		this.at = 0;
		this.end = rest;
		const taken = file.read(this.bytes, this.end, Math.min(this.bytes.length, rest + left), this.base + this.end);
		this.end += taken;
		return taken > 0;
	}

	private growRanges(used: number): void {
		const grown = new Int32Array(2 * this.ranges.length);
		grown.set(this.ranges.subarray(0, used));
		this.ranges = grown;
	}
}
