import { INT64_TEXT_MAX, writeInteger } from "../../bytes/int64.ts";
import type { Stream } from "../stream.ts";
import {
	CODE_BOTH,
	CODE_NEXT,
	CODE_SAME_SEQUENCE_MAX,
	CODE_SHIFT,
	CODE_TIME_MAX,
	ENTRY_DELETED,
	ENTRY_OWN_FIELDS,
} from "./entry-code.ts";
import {
	LENGTH_2,
	PACKED_NUMBER,
	readHigh,
	readLength2,
	readLength4,
	readLow,
	readPacked,
	SAME_VALUE,
	SHORT_BYTES_MAX,
	skipNumber,
	skipString,
} from "./packing.ts";
import { RUN_LIVE, RUN_OFFSET, RUN_TOTAL, RUN_WORDS, type RunBlock } from "./run-block.ts";
import { StreamId } from "./stream-id.ts";

const NO_BYTES = new Uint8Array(0);
/** Words of a mark: the id before an entry, and where its head lies. */
const MARK_WORDS = 5;
const MARKS_MIN = 128;
/** Holds the text of a value that is packed as a number. */
const digits = new Uint8Array(INT64_TEXT_MAX);

/** A place between two entries, for a reader to come back to: good while the block's version stays the same. */
export class Position {
	block: RunBlock | null;
	version: number;
	run: number;
	/** Entries of the run before it. */
	passed: number;
	at: number;
	/** Of the entry before it. */
	readonly id: StreamId;

	constructor() {
		this.block = null;
		this.version = 0;
		this.run = 0;
		this.passed = 0;
		this.at = 0;
		this.id = new StreamId();
	}
}

/**
 * Walks through the entries of a stream, forward or backward, past those that are deleted.
 *
 *     reader.open(stream);
 *     reader.seek(id);
 *     while (reader.next() && reader.id.compare(end) <= 0) {
 *         … reader.id, reader.fieldCount …
 *         while (reader.nextField()) { … bytes, start, length …; reader.nextValue(); … the same … }
 *     }
 *     reader.close();
 *
 * Fields may be left unread, but not a value whose field was read. Any change of the stream ends the walk, except that the
 * entry just read may be deleted.
 */
export class StreamReader {
	/** Of the entry read last. */
	readonly id: StreamId;
	fieldCount: number;
	/** Whether they lie in the entry and not before the run. */
	hasOwnFields: boolean;
	/** Where the head of the entry read last lies. */
	headAt: number;
	/** The field or value read last. */
	bytes: Uint8Array;
	start: number;
	length: number;
	block: RunBlock | null;
	run: number;
	private stream: Stream | null;
	private blockIndex: number;
	private source: Uint8Array;
	/** Where the next thing to read lies. */
	private at: number;
	/** Entries of the run that are still to be read. */
	private left: number;
	private fieldsLeft: number;
	private fieldAt: number;
	private masterCount: number;
	private masterAt: number;
	/** Where the values of the run's first entry lie, and the one of the field to be read next. */
	private firstValuesAt: number;
	private firstValueAt: number;
	/** Backward: the entries of the run that are still to be read. */
	private marks: Int32Array;
	private markCount: number;

	constructor() {
		this.id = new StreamId();
		this.fieldCount = 0;
		this.hasOwnFields = false;
		this.headAt = 0;
		this.bytes = NO_BYTES;
		this.start = 0;
		this.length = 0;
		this.block = null;
		this.run = 0;
		this.stream = null;
		this.blockIndex = 0;
		this.source = NO_BYTES;
		this.at = 0;
		this.left = 0;
		this.fieldsLeft = 0;
		this.fieldAt = 0;
		this.masterCount = 0;
		this.masterAt = 0;
		this.firstValuesAt = 0;
		this.firstValueAt = 0;
		this.marks = new Int32Array(MARKS_MIN * MARK_WORDS);
		this.markCount = 0;
	}

	/** Goes to where there is nothing to read. */
	open(stream: Stream): void {
		this.stream = stream;
		this.block = null;
		this.left = 0;
		this.fieldsLeft = 0;
		this.markCount = 0;
	}

	/** Lets go of the stream, which may be the last thing that keeps it in memory. */
	close(): void {
		this.stream = null;
		this.block = null;
		this.source = NO_BYTES;
		this.bytes = NO_BYTES;
		if (this.marks.length > MARKS_MIN * MARK_WORDS) this.marks = new Int32Array(MARKS_MIN * MARK_WORDS);
	}

	// Forward

	/** Goes before the first entry there is. */
	seekFirst(): void {
		const { blocks } = this.stream!;
		if (blocks.length > 0) this.enterRun(0, blocks[0]!.first);
	}

	/** Goes before the first entry whose id is at least `id`. */
	seek(id: StreamId): void {
		if (!this.seekRun(id)) return;
		const here = this.id;
		while (this.left > 0) {
			const { msHigh, msLow, sequenceHigh, sequenceLow } = here;
			this.readHead();
			// Ids of deleted entries may be greater than those behind them: XSETID can set the last id back.
			if (!this.isDeleted() && here.compare(id) >= 0) {
				here.msHigh = msHigh;
				here.msLow = msLow;
				here.sequenceHigh = sequenceHigh;
				here.sequenceLow = sequenceLow;
				this.at = this.headAt;
				this.left++;
				this.fieldsLeft = 0;
				return;
			}
			this.skipFields();
		}
	}

	/** Goes to the start of the last run, of which there must be one. */
	seekLastRun(): void {
		const { blocks } = this.stream!;
		this.enterRun(blocks.length - 1, blocks[blocks.length - 1]!.end - 1);
	}

	/** Goes on to the next entry of this run, deleted ones included; false where there is none. */
	nextOfRun(): boolean {
		if (this.fieldsLeft > 0) this.skipFields();
		if (this.left === 0) return false;
		this.readHead();
		return true;
	}

	/** Goes on to the next entry; false where there is none. */
	next(): boolean {
		for (;;) {
			if (this.fieldsLeft > 0) this.skipFields();
			if (this.left === 0) {
				if (!this.enterNextRun()) return false;
			} else {
				this.readHead();
				if (!this.isDeleted()) return true;
			}
		}
	}

	/**
	 * Counts the entries from here on with ids up to `end`, or all where that is null, and stops at `limit`. The reader
	 * moves; whole runs are counted without reading them.
	 */
	count(end: StreamId | null, limit: number): number {
		let count = 0;
		while (count < limit) {
			if (this.fieldsLeft > 0) this.skipFields();
			if (this.left === 0 && !this.enterNextRun()) break;
			const live = this.liveIfWhole(end);
			if (live >= 0 && live <= limit - count) {
				count += live;
				this.left = 0;
			} else {
				if (!this.next() || (end !== null && this.id.compare(end) > 0)) break;
				count++;
			}
		}
		return count;
	}

	/** How many entries the run has, where the reader is at its start and `end` behind it; else -1. */
	private liveIfWhole(end: StreamId | null): number {
		const { block } = this;
		if (block === null) return -1;
		const { directory } = block;
		const at = this.run * RUN_WORDS;
		if (this.left !== directory[at + RUN_TOTAL]!) return -1;
		if (end !== null && end.compare(this.stream!.lastId) < 0) {
			if (this.run + 1 === block.end || end.compareTo(directory, at + RUN_WORDS) < 0) return -1;
		}
		return directory[at + RUN_LIVE]!;
	}

	// Backward

	/** Goes behind the last entry whose id is at most `id`. */
	seekBackward(id: StreamId): void {
		if (this.seekRun(id)) this.markRun(id);
	}

	/** Goes back to the entry before; false where there is none. */
	previous(): boolean {
		while (this.markCount === 0) {
			if (!this.enterPreviousRun()) return false;
			this.markRun(null);
		}
		const at = --this.markCount * MARK_WORDS;
		this.id.load(this.marks, at);
		this.at = this.marks[at + 4]!;
		this.readHead();
		return true;
	}

	/** Notes where the entries of the run lie, up to `end`. */
	private markRun(end: StreamId | null): void {
		const here = this.id;
		this.markCount = 0;
		while (this.left > 0) {
			const at = this.markCount * MARK_WORDS;
			if (at === this.marks.length) this.growMarks();
			here.store(this.marks, at);
			this.readHead();
			if (!this.isDeleted()) {
				if (end !== null && here.compare(end) > 0) break;
				this.marks[at + 4] = this.headAt;
				this.markCount++;
			}
			this.skipFields();
		}
		this.left = 0;
		this.fieldsLeft = 0;
	}

	private growMarks(): void {
		const marks = new Int32Array(this.marks.length * 2);
		marks.set(this.marks);
		this.marks = marks;
	}

	// The entry read last

	isDeleted(): boolean {
		return (this.source[this.headAt]! & ENTRY_DELETED) !== 0;
	}

	/** Reads the name of its next field; false where there is none left. */
	nextField(): boolean {
		if (this.fieldsLeft === 0) return false;
		this.fieldsLeft--;
		if (this.hasOwnFields) this.at = this.readString(this.at);
		else this.fieldAt = this.readString(this.fieldAt);
		return true;
	}

	/** Reads the value of the field just read. */
	nextValue(): void {
		const { source, at, firstValueAt } = this;
		if (this.hasOwnFields) {
			this.at = this.readString(at);
			return;
		}
		this.firstValueAt = skipString(source, firstValueAt);
		if (source[at]! !== SAME_VALUE) this.at = this.readString(at);
		else {
			this.readString(firstValueAt);
			this.at = at + 1;
		}
	}

	private readString(at: number): number {
		const { source } = this;
		const head = source[at]!;
		this.bytes = source;
		if (head <= SHORT_BYTES_MAX) {
			this.start = at + 1;
			this.length = head;
		} else if (head < LENGTH_2) {
			this.bytes = digits;
			this.start = 0;
			this.length = writeInteger(readPacked(source, at), digits, 0);
			return at + 1 + head - PACKED_NUMBER;
		} else if (head === LENGTH_2) {
			this.start = at + 3;
			this.length = readLength2(source, at + 1);
		} else {
			this.start = at + 5;
			this.length = readLength4(source, at + 1);
		}
		return this.start + this.length;
	}

	private readHead(): void {
		const { source, id } = this;
		let { at } = this;
		const head = source[at]!;
		const code = head >>> CODE_SHIFT;
		this.headAt = at++;
		this.left--;
		if (code === CODE_NEXT) id.incrementSequence();
		else if (code <= CODE_TIME_MAX) {
			addTime(id, 0, code);
			id.sequenceHigh = 0;
			id.sequenceLow = 0;
		} else if (code <= CODE_SAME_SEQUENCE_MAX) addTime(id, 0, code - CODE_TIME_MAX);
		else at = this.readId(at, code);
		this.hasOwnFields = (head & ENTRY_OWN_FIELDS) !== 0;
		if (this.hasOwnFields) {
			this.fieldCount = readLow(source, at);
			at = skipNumber(source, at);
		} else {
			this.fieldCount = this.masterCount;
			this.fieldAt = this.masterAt;
			this.firstValueAt = this.firstValuesAt;
		}
		this.fieldsLeft = this.fieldCount;
		this.at = at;
	}

	/** An id in one or two numbers; returns where they end. */
	private readId(at: number, code: number): number {
		const { source, id } = this;
		const high = readHigh(source, at);
		const low = readLow(source, at);
		const end = skipNumber(source, at);
		if (code !== CODE_BOTH) {
			addTime(id, high, low);
			id.sequenceHigh = 0;
			id.sequenceLow = 0;
			return end;
		}
		const sequenceHigh = readHigh(source, end);
		const sequenceLow = readLow(source, end);
		if ((high | low) === 0) addSequence(id, sequenceHigh, sequenceLow);
		else {
			addTime(id, high, low);
			id.sequenceHigh = sequenceHigh;
			id.sequenceLow = sequenceLow;
		}
		return skipNumber(source, end);
	}

	private skipFields(): void {
		const { source } = this;
		let { at } = this;
		const strings = this.hasOwnFields ? 2 * this.fieldsLeft : this.fieldsLeft;
		for (let i = 0; i < strings; i++) {
			const head = source[at]!;
			at = head <= SHORT_BYTES_MAX ? at + 1 + head : skipString(source, at);
		}
		this.at = at;
		this.fieldsLeft = 0;
	}

	// Runs

	/** Goes to the start of the run where `id` is or would be; false where there is no run at all. */
	private seekRun(id: StreamId): boolean {
		const { blocks } = this.stream!;
		if (blocks.length === 0) return false;
		let low = 0;
		let high = blocks.length;
		while (high - low > 1) {
			const middle = (low + high) >>> 1;
			const block = blocks[middle]!;
			if (id.compareTo(block.directory, block.first * RUN_WORDS) < 0) high = middle;
			else low = middle;
		}
		this.enterRun(low, blocks[low]!.find(id));
		return true;
	}

	private enterRun(blockIndex: number, run: number): void {
		const block = this.stream!.blocks[blockIndex]!;
		const { directory } = block;
		const word = run * RUN_WORDS;
		this.block = block;
		this.blockIndex = blockIndex;
		this.run = run;
		this.left = directory[word + RUN_TOTAL]!;
		this.id.load(directory, word);
		this.id.decrementSequence();
		this.loadMaster(block.bytes, directory[word + RUN_OFFSET]!);
	}

	private loadMaster(source: Uint8Array, offset: number): void {
		const count = readLow(source, offset);
		let at = skipNumber(source, offset);
		this.source = source;
		this.masterCount = count;
		this.masterAt = at;
		for (let i = 0; i < count; i++) at = skipString(source, at);
		this.at = at;
		this.firstValuesAt = at + 1;
		this.fieldsLeft = 0;
	}

	private enterNextRun(): boolean {
		const { block } = this;
		if (block === null) return false;
		const { blocks } = this.stream!;
		if (this.run + 1 < block.end) this.enterRun(this.blockIndex, this.run + 1);
		else if (this.blockIndex + 1 < blocks.length) {
			this.enterRun(this.blockIndex + 1, blocks[this.blockIndex + 1]!.first);
		} else return false;
		return true;
	}

	private enterPreviousRun(): boolean {
		const { block } = this;
		if (block === null) return false;
		if (this.run > block.first) this.enterRun(this.blockIndex, this.run - 1);
		else if (this.blockIndex > 0) {
			this.enterRun(this.blockIndex - 1, this.stream!.blocks[this.blockIndex - 1]!.end - 1);
		} else return false;
		return true;
	}

	// Positions

	/** Notes the place behind the entry read last; its fields must have been read, or none. */
	save(position: Position): void {
		const { block } = this;
		if (this.fieldsLeft > 0) this.skipFields();
		position.block = block;
		if (block === null) return;
		position.version = block.version;
		position.run = this.run;
		position.passed = block.directory[this.run * RUN_WORDS + RUN_TOTAL]! - this.left;
		position.at = this.at;
		position.id.copy(this.id);
	}

	/** Goes back to a place; false where it is not good any more. */
	restore(position: Position): boolean {
		const { block } = position;
		if (block === null || block.version !== position.version) return false;
		const { blocks } = this.stream!;
		// Mostly it is one of the last.
		const blockIndex = blocks.lastIndexOf(block);
		if (blockIndex < 0) return false;
		this.enterRun(blockIndex, position.run);
		this.left -= position.passed;
		this.at = position.at;
		this.id.copy(position.id);
		return true;
	}
}

function addTime(id: StreamId, high: number, low: number): void {
	const sum = (id.msLow >>> 0) + (low >>> 0);
	id.msLow = sum | 0;
	id.msHigh = (id.msHigh + high + (sum > 0xffffffff ? 1 : 0)) | 0;
}

function addSequence(id: StreamId, high: number, low: number): void {
	const sum = (id.sequenceLow >>> 0) + (low >>> 0);
	id.sequenceLow = sum | 0;
	id.sequenceHigh = (id.sequenceHigh + high + (sum > 0xffffffff ? 1 : 0)) | 0;
}
