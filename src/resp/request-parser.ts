import { parseInt64 } from "../bytes/int64.ts";
import { APOSTROPHE, type InlineRanges, QUOTE, splitInline } from "./inline.ts";

/**
 * Finds commands in a byte array, in place: what comes out are ranges into the input, never copies.
 *
 * One `parse` collects a batch of complete commands, so that their keys can be hashed and fetched ahead of execution:
 *
 *     ranges    start, end | start, end | …        all arguments of all commands of the batch
 *     firsts    where in `ranges` command i begins; firsts[count] is where the last one ends
 *     starts    where in the input command i begins; starts[count] is where the unfinished rest begins
 *
 * An unfinished command is kept as state: with more bytes behind the same ones, `resume` goes on where the input ended,
 * so a command of a million arguments in a thousand chunks is still read once. The grammar, its limits and its error texts
 * are those of Redis's networking.c.
 */
export const BATCH_COMMANDS_MAX = 64;
const BATCH_RANGES_MAX = 4096;
/** Longest line without a line end, be it a length or an inline command. */
const LINE_BYTES_MAX = 65_536;
const MULTIBULK_MAX = 2 ** 31 - 1;
const UNAUTHENTICATED_ARGUMENTS_MAX = 10;
const UNAUTHENTICATED_BULK_BYTES_MAX = 16_384;

/** What became of an inline command: it is in the batch, it is not complete or wrong, or the batch has to end here. */
const LINE_READ = 0;
const INPUT_ENDS = 1;
const BATCH_ENDS = 2;

const CR = 0x0d;
const LF = 0x0a;
const STAR = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;

export class RequestParser implements InlineRanges {
	ranges: Int32Array;
	rangesUsed: number;
	readonly firsts: Int32Array;
	readonly starts: Int32Array;
	/** Complete commands in the batch. */
	count: number;
	/** Text after "ERR Protocol error: ", or null. */
	error: string | null;
	/** Longest argument, bytes (`proto-max-bulk-len`). */
	bulkBytesMax: number;
	/** While true the limits for clients that have not authenticated hold. */
	unauthenticated: boolean;
	/** Bytes from the start of the unfinished command to the end of the argument it waits for; 0 where unknown. */
	needed: number;
	/** As it was sent, an inline command with quotes, which decoding has overwritten; it is alone in its batch. */
	private quotedLine: Uint8Array | null;
	private quotedAt: number;
	private cursor: number;
	private argumentsLeft: number;
	private lineEnd: number;
	private lineValue: number;

	constructor() {
		this.ranges = new Int32Array(2 * BATCH_RANGES_MAX);
		this.rangesUsed = 0;
		this.firsts = new Int32Array(BATCH_COMMANDS_MAX + 1);
		this.starts = new Int32Array(BATCH_COMMANDS_MAX + 1);
		this.count = 0;
		this.error = null;
		this.bulkBytesMax = 512 * 1024 * 1024;
		this.unauthenticated = false;
		this.needed = 0;
		this.quotedLine = null;
		this.quotedAt = 0;
		this.cursor = 0;
		this.argumentsLeft = 0;
		this.lineEnd = 0;
		this.lineValue = 0;
	}

	/** Forgets everything; the next `parse` reads a command at `position`. */
	begin(position: number): void {
		this.cursor = position;
		this.argumentsLeft = 0;
		this.count = 0;
		this.rangesUsed = 0;
		this.firsts[0] = 0;
		this.starts[0] = position;
		this.error = null;
		this.needed = 0;
		this.quotedLine = null;
	}

	/** Undoes the decoding of the inline command at `position`, so that it can be read again. */
	restoreQuotedLine(bytes: Uint8Array, position: number): void {
		if (this.quotedLine !== null && this.quotedAt === position) bytes.set(this.quotedLine, position);
		this.quotedLine = null;
	}

	/** True while a command with many arguments is unfinished: reading it again from its start would cost too much. */
	hasExpensiveState(): boolean {
		return this.argumentsLeft > 0 && this.rangesUsed > 128;
	}

	/** The unfinished command was copied to the start of another array: moves its ranges along. */
	rebase(distance: number): void {
		const first = this.firsts[this.count]!;
		for (let i = first; i < this.rangesUsed; i++) this.ranges[i - first] = this.ranges[i]! - distance;
		this.rangesUsed -= first;
		this.cursor -= distance;
		this.starts[0] = this.starts[this.count]! - distance;
		this.firsts[0] = 0;
		this.count = 0;
	}

	/** Drops the batch that was executed and keeps the unfinished command. */
	nextBatch(): void {
		const first = this.firsts[this.count]!;
		if (first > 0) this.ranges.copyWithin(0, first, this.rangesUsed);
		this.rangesUsed -= first;
		this.starts[0] = this.starts[this.count]!;
		this.firsts[0] = 0;
		this.count = 0;
		this.quotedLine = null;
	}

	/**
	 * Reads commands up to `end`. Returns true where the batch is full and more input may be waiting, false where the
	 * input is exhausted or in error.
	 */
	parse(bytes: Uint8Array, end: number): boolean {
		// The command that authenticates lifts the limits for the one behind it.
		const commandsMax = this.unauthenticated ? 1 : BATCH_COMMANDS_MAX;
		while (this.count < commandsMax) {
			if (this.argumentsLeft === 0) {
				if (this.rangesUsed >= BATCH_RANGES_MAX) return true;
				if (this.cursor >= end) return false;
				if (bytes[this.cursor] !== STAR) {
					const outcome = this.parseInline(bytes, end);
					if (outcome === LINE_READ) continue;
					return outcome === BATCH_ENDS;
				}
				if (!this.parseCount(bytes, end)) return false;
				if (this.argumentsLeft === 0) {
					this.starts[this.count] = this.cursor;
					continue;
				}
			}
			if (!this.parseArguments(bytes, end)) return false;
			this.finishCommand();
		}
		return true;
	}

	private finishCommand(): void {
		this.needed = 0;
		const count = ++this.count;
		this.firsts[count] = this.rangesUsed;
		this.starts[count] = this.cursor;
	}

	/** `*count CRLF`; a count of zero or less is an empty command, skipped in silence. */
	private parseCount(bytes: Uint8Array, end: number): boolean {
		const ones = bytes[this.cursor + 1]! - ZERO;
		if (this.cursor + 4 <= end && ones >>> 0 <= 9 && ones !== 0 && bytes[this.cursor + 2] === CR) {
			this.cursor += 4;
			this.argumentsLeft = ones;
			return true;
		}
		if (!this.parseLine(bytes, this.cursor, end)) {
			if (end - this.cursor > LINE_BYTES_MAX) this.error = "too big mbulk count string";
			return false;
		}
		const value = this.lineValue;
		if (Number.isNaN(value) || value > MULTIBULK_MAX) {
			this.error = "invalid multibulk length";
			return false;
		}
		if (value > UNAUTHENTICATED_ARGUMENTS_MAX && this.unauthenticated) {
			this.error = "unauthenticated multibulk length";
			return false;
		}
		this.cursor = this.lineEnd;
		this.argumentsLeft = value > 0 ? value : 0;
		return true;
	}

	private parseArguments(bytes: Uint8Array, end: number): boolean {
		let cursor = this.cursor;
		let left = this.argumentsLeft;
		let used = this.rangesUsed;
		while (left > 0) {
			// Lengths of one or two digits are nearly all there are.
			let length = -1;
			let start = 0;
			if (cursor + 5 <= end && bytes[cursor] === DOLLAR) {
				const tens = bytes[cursor + 1]! - ZERO;
				if (tens >>> 0 <= 9) {
					if (bytes[cursor + 2] === CR) {
						length = tens;
						start = cursor + 4;
					} else {
						const ones = bytes[cursor + 2]! - ZERO;
						if (ones >>> 0 <= 9 && tens !== 0 && bytes[cursor + 3] === CR) {
							length = tens * 10 + ones;
							start = cursor + 5;
						}
					}
				}
			}
			if (length < 0) {
				this.cursor = cursor;
				if (!this.parseLength(bytes, end)) break;
				length = this.lineValue;
				start = this.lineEnd;
			}
			const next = start + length + 2;
			if (next > end) {
				this.needed = next - this.starts[this.count]!;
				break;
			}
			if (used + 2 > this.ranges.length) this.growRanges();
			this.ranges[used] = start;
			this.ranges[used + 1] = start + length;
			used += 2;
			left--;
			cursor = next;
		}
		this.cursor = cursor;
		this.argumentsLeft = left;
		this.rangesUsed = used;
		return left === 0;
	}

	private parseLength(bytes: Uint8Array, end: number): boolean {
		if (this.cursor >= end) return false;
		const complete = this.parseLine(bytes, this.cursor, end);
		if (!complete) {
			if (end - this.cursor > LINE_BYTES_MAX) this.error = "too big bulk count string";
			return false;
		}
		if (bytes[this.cursor] !== DOLLAR) {
			this.error = `expected '$', got '${printable(bytes[this.cursor]!)}'`;
			return false;
		}
		const value = this.lineValue;
		if (Number.isNaN(value) || value < 0 || value > this.bulkBytesMax) {
			this.error = "invalid bulk length";
			return false;
		}
		if (value > UNAUTHENTICATED_BULK_BYTES_MAX && this.unauthenticated) {
			this.error = "unauthenticated bulk length";
			return false;
		}
		return true;
	}

	/** Reads the number behind the byte at `start`, up to CR; false where the line is not complete. NaN: no number. */
	private parseLine(bytes: Uint8Array, start: number, end: number): boolean {
		let cr = start;
		while (cr < end && bytes[cr] !== CR) cr++;
		if (cr + 1 >= end) return false;
		this.lineEnd = cr + 2;
		this.lineValue = parseCanonical(bytes, start + 1, cr);
		return true;
	}

	private parseInline(bytes: Uint8Array, end: number): number {
		const newline = bytes.indexOf(LF, this.cursor);
		if (newline < 0 || newline >= end) {
			if (end - this.cursor > LINE_BYTES_MAX) this.error = "too big inline request";
			return INPUT_ENDS;
		}
		const start = this.cursor;
		const lineEnd = newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
		const isQuoted = hasQuote(bytes, start, lineEnd);
		if (isQuoted && this.count > 0) return BATCH_ENDS;
		if (isQuoted) {
			this.quotedLine = bytes.slice(start, lineEnd);
			this.quotedAt = start;
		}
		const first = this.rangesUsed;
		if (!splitInline(bytes, start, lineEnd, this)) {
			this.error = "unbalanced quotes in request";
			return INPUT_ENDS;
		}
		this.cursor = newline + 1;
		if (this.rangesUsed > first) this.finishCommand();
		else this.starts[this.count] = this.cursor;
		return isQuoted ? BATCH_ENDS : LINE_READ;
	}

	addRange(start: number, end: number): void {
		if (this.rangesUsed + 2 > this.ranges.length) this.growRanges();
		this.ranges[this.rangesUsed++] = start;
		this.ranges[this.rangesUsed++] = end;
	}

	private growRanges(): void {
		const grown = new Int32Array(this.ranges.length * 2);
		grown.set(this.ranges);
		this.ranges = grown;
	}
}

/** Decimal as Redis accepts it in the protocol: no sign but '-', no leading zero, nothing else; NaN otherwise. */
function parseCanonical(bytes: Uint8Array, start: number, end: number): number {
	const negative = bytes[start] === 0x2d;
	const digits = negative ? start + 1 : start;
	// Counts below zero are legal down to the last int64, and all mean the same.
	if (end - digits > 15) return negative && parseInt64(bytes, start, end) !== undefined ? -1 : NaN;
	if (digits >= end) return NaN;
	if (bytes[digits] === ZERO) return end - start === 1 ? 0 : NaN;
	let value = 0;
	for (let at = digits; at < end; at++) {
		const digit = bytes[at]! - ZERO;
		if (digit >>> 0 > 9) return NaN;
		value = value * 10 + digit;
	}
	return negative ? -value : value;
}

function hasQuote(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < end; at++) if (bytes[at] === QUOTE || bytes[at] === APOSTROPHE) return true;
	return false;
}

/** The byte as one character; Redis prints it raw, whatever it is. */
function printable(byte: number): string {
	return String.fromCharCode(byte);
}
