import {
	CODE_BOTH,
	CODE_NEXT,
	CODE_SAME_SEQUENCE_MAX,
	CODE_SHIFT,
	CODE_TIME_MAX,
	ENTRY_DELETED,
	ENTRY_OWN_FIELDS,
} from "./entry-code.ts";
import { Marks } from "./marks.ts";
import { PackedText } from "./packed-text.ts";
import { readHigh, readLow, SAME_VALUE, SHORT_BYTES_MAX, skipNumber, skipString } from "./packing.ts";
import { Position } from "./position.ts";
import { RUN_LIVE, RUN_OFFSET, RUN_TOTAL, RUN_WORDS, type RunBlock } from "./run-block.ts";
import { StreamId } from "./stream-id.ts";

const NO_BYTES = new Uint8Array(0);

/** Runs of entries that can be read: a stream. */
export interface Runs {
	readonly blocks: readonly RunBlock[];
	readonly lastId: StreamId;
	readonly lastLiveId: StreamId;
	/** Where in the last run the last entry of all lies; -1 where that is deleted. */
	lastEntryAt(): number;
}

/**
 * Walks through the entries of a stream, forward or backward, past those that are deleted.
 *
 *     reader.open(stream);
 *     reader.seek(id);
 *     while (reader.next() && reader.id.compare(end) <= 0) {
 *         … reader.id, reader.fieldCount …
 *         while (reader.nextField()) { … reader.text …; reader.nextValue(); … reader.text … }
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
	readonly text: PackedText;
	block: RunBlock | null;
	run: number;
	private stream: Runs | null;
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
	private readonly marks: Marks;
	private readonly bound: StreamId;
	/** Where `count` comes back to. */
	private readonly place: Position;

	constructor() {
		this.id = new StreamId();
		this.fieldCount = 0;
		this.hasOwnFields = false;
		this.headAt = 0;
		this.text = new PackedText();
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
		this.marks = new Marks();
		this.bound = new StreamId();
		this.place = new Position();
	}

	/** Goes to where there is nothing to read. */
	open(stream: Runs): void {
		this.stream = stream;
		this.block = null;
		this.left = 0;
		this.fieldsLeft = 0;
		this.marks.clear();
	}

	/** Lets go of the stream, which may be the last thing that keeps it in memory. */
	close(): void {
		this.stream = null;
		this.block = null;
		this.source = NO_BYTES;
		this.text.clear();
		this.place.block = null;
		this.marks.clear();
	}

	// Forward

	/** Goes before the first entry there is. */
	seekFirst(): void {
		const { blocks } = this.stream!;
		if (blocks.length > 0) this.enterRun(0, blocks[0]!.first);
	}

	/** Goes before the first entry whose id is at least `id`. */
	seek(id: StreamId): void {
		if (this.seekRun(id)) this.scan(id, false);
	}

	/** Goes to the entry of an id and reads it; false where there is none. */
	find(id: StreamId): boolean {
		this.seek(id);
		return this.next() && this.id.equals(id);
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
				if (!this.nextRun()) return false;
			} else {
				this.readHead();
				if (!this.isDeleted()) return true;
			}
		}
	}

	/** Counts the entries from here on with ids up to `end`, or all where that is null, until there are `limit`. */
	count(end: StreamId | null, limit: number): number {
		this.save(this.place);
		let count = 0;
		while (count < limit) {
			if (this.left === 0 && !this.nextRun()) break;
			const live = this.liveIfWhole(end);
			if (live >= 0 && live <= limit - count) {
				count += live;
				this.left = 0;
				continue;
			}
			if (!this.next() || (end !== null && this.id.compare(end) > 0)) break;
			this.skipFields();
			count++;
		}
		this.restore(this.place);
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
		if (!this.seekRun(id)) return;
		const behind = this.bound;
		behind.copy(id);
		this.scan(behind.increment() ? behind : null, true);
	}

	/**
	 * Goes to the last entry and reads it, mostly without reading its run, since it is asked for so often; false where there
	 * is none. It leads to no other.
	 */
	readLast(): boolean {
		const at = this.stream!.lastEntryAt();
		if (at < 0) {
			this.bound.setMax();
			this.seekBackward(this.bound);
			return this.previous();
		}
		this.seekLastRun();
		this.at = at + this.block!.directory[this.run * RUN_WORDS + RUN_OFFSET]!;
		this.readHead();
		this.id.copy(this.stream!.lastLiveId);
		this.left = 0;
		return true;
	}

	/** Goes back to the entry before; false where there is none. */
	previous(): boolean {
		while (this.marks.count === 0) {
			if (!this.enterPreviousRun()) return false;
			this.scan(null, true);
		}
		this.at = this.marks.pop(this.id);
		this.readHead();
		return true;
	}

	/**
	 * Goes on to before the first entry of this run whose id is at least `bound`, or to the end of the run, and notes the
	 * entries it comes by where that is wanted. This is where most of the time of a search goes, so it works on plain numbers.
	 * Deleted entries do not stop it: their ids may be greater than those behind them, since XSETID can set the last id back.
	 */
	private scan(bound: StreamId | null, isMarking: boolean): void {
		const { source, id, masterCount } = this;
		let { at, left } = this;
		let { msHigh, msLow, sequenceHigh, sequenceLow } = id;
		for (; left > 0; left--) {
			const head = source[at]!;
			const code = head >>> CODE_SHIFT;
			let end = at + 1;
			let high = msHigh;
			let low = msLow;
			let numberHigh = sequenceHigh;
			let numberLow = sequenceLow;
			if (code === CODE_NEXT) {
				numberLow = (numberLow + 1) | 0;
				if (numberLow === 0) numberHigh = (numberHigh + 1) | 0;
			} else {
				id.set(high, low, numberHigh, numberLow);
				end = this.readId(end, code);
				({ msHigh: high, msLow: low, sequenceHigh: numberHigh, sequenceLow: numberLow } = id);
			}
			if ((head & ENTRY_DELETED) === 0) {
				if (bound !== null && !bound.isBehind(high, low, numberHigh, numberLow)) break;
				if (isMarking) this.marks.push(msHigh, msLow, sequenceHigh, sequenceLow, at);
			}
			let strings = masterCount;
			if ((head & ENTRY_OWN_FIELDS) !== 0) {
				strings = 2 * readLow(source, end);
				end = skipNumber(source, end);
			}
			for (; strings > 0; strings--) {
				const length = source[end]!;
				end = length <= SHORT_BYTES_MAX ? end + 1 + length : skipString(source, end);
			}
			at = end;
			msHigh = high;
			msLow = low;
			sequenceHigh = numberHigh;
			sequenceLow = numberLow;
		}
		id.set(msHigh, msLow, sequenceHigh, sequenceLow);
		this.at = at;
		this.left = left;
		this.fieldsLeft = 0;
	}

	// The entry read last

	isDeleted(): boolean {
		return (this.source[this.headAt]! & ENTRY_DELETED) !== 0;
	}

	/** Reads the name of its next field; false where there is none left. */
	nextField(): boolean {
		if (this.fieldsLeft === 0) return false;
		this.fieldsLeft--;
		if (this.hasOwnFields) this.at = this.text.read(this.source, this.at);
		else this.fieldAt = this.text.read(this.source, this.fieldAt);
		return true;
	}

	/** Reads the value of the field just read. */
	nextValue(): void {
		const { source, at, firstValueAt } = this;
		if (this.hasOwnFields) {
			this.at = this.text.read(source, at);
			return;
		}
		this.firstValueAt = skipString(source, firstValueAt);
		if (source[at]! !== SAME_VALUE) this.at = this.text.read(source, at);
		else {
			this.text.read(source, firstValueAt);
			this.at = at + 1;
		}
	}

	private readHead(): void {
		const { source, id } = this;
		let { at } = this;
		const head = source[at]!;
		const code = head >>> CODE_SHIFT;
		this.headAt = at++;
		this.left--;
		if (code === CODE_NEXT) id.incrementSequence();
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

	/** Reads an id that is not just the next one; returns where it ends. */
	private readId(at: number, code: number): number {
		const { id } = this;
		if (code > CODE_SAME_SEQUENCE_MAX) return this.readWideId(at, code);
		if (code > CODE_TIME_MAX) id.addTime(0, code - CODE_TIME_MAX);
		else {
			id.addTime(0, code);
			id.setSequence(0, 0);
		}
		return at;
	}

	/** An id in one or two numbers. */
	private readWideId(at: number, code: number): number {
		const { source, id } = this;
		const high = readHigh(source, at);
		const low = readLow(source, at);
		const end = skipNumber(source, at);
		if (code !== CODE_BOTH) {
			id.addTime(high, low);
			id.setSequence(0, 0);
			return end;
		}
		const sequenceHigh = readHigh(source, end);
		const sequenceLow = readLow(source, end);
		if ((high | low) === 0) id.addSequence(sequenceHigh, sequenceLow);
		else {
			id.addTime(high, low);
			id.setSequence(sequenceHigh, sequenceLow);
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

	/** Goes to the start of the next run; false where there is none. */
	nextRun(): boolean {
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
		position.blockIndex = this.blockIndex;
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
		let { blockIndex } = position;
		if (blocks[blockIndex] !== block) {
			// Mostly it is one of the last.
			blockIndex = blocks.lastIndexOf(block);
			if (blockIndex < 0) return false;
		}
		this.enterRun(blockIndex, position.run);
		this.left -= position.passed;
		this.at = position.at;
		this.id.copy(position.id);
		return true;
	}
}
