import { equalBytes } from "../../bytes/ascii.ts";
import type { Limits } from "../limits.ts";
import {
	CODE_BOTH,
	CODE_NEXT,
	CODE_SAME_SEQUENCE_MAX,
	CODE_SHIFT,
	CODE_TIME,
	CODE_TIME_MAX,
	ENTRY_OWN_FIELDS,
} from "./entry-code.ts";
import {
	countsBytes,
	EMPTY_NODE_BYTES,
	entrySizeBytes,
	numberBytes,
	textBytes,
	wideNumberBytes,
} from "./node-bytes.ts";
import {
	NUMBER_BYTES_MAX,
	readLow,
	SAME_VALUE,
	STRING_HEAD_MAX,
	skipNumber,
	skipString,
	textLength,
	writeNumber,
	writeText,
	writeValue,
} from "./packing.ts";
import type { StreamReader } from "./reader.ts";
import { RUN_BYTES, RUN_LIVE, RUN_OFFSET, RUN_TOTAL, RUN_WORDS, type RunBlock } from "./run-block.ts";
import { StreamId } from "./stream-id.ts";

/** The arguments of a call, or whatever else has strings by number. */
export interface Strings {
	readonly bytes: Uint8Array;
	start(index: number): number;
	length(index: number): number;
}

/** Redis lets no node become larger, whatever its limits say, nor any entry. */
export const NODE_BYTES_MAX = 2 ** 30;

/**
 * The end of a stream's last run, where entries are added: the id that the next one's code follows from, and what the run
 * would take as a node of Redis's.
 */
export class Tail {
	/** Of the last entry of the run, deleted or not. */
	readonly previous: StreamId;
	/** Where that entry lies in the run. */
	lastAt: number;
	/** Without the elements that count entries. */
	private nodeBytes: number;

	constructor() {
		this.previous = new StreamId();
		this.lastAt = 0;
		this.nodeBytes = 0;
	}

	copy(other: Tail): void {
		this.previous.copy(other.previous);
		this.lastAt = other.lastAt;
		this.nodeBytes = other.nodeBytes;
	}

	equals(other: Tail): boolean {
		return this.previous.equals(other.previous) && this.lastAt === other.lastAt && this.nodeBytes === other.nodeBytes;
	}

	/** Whether the last run of the block takes one more entry with so many bytes of fields and values, as Redis sees it. */
	accepts(block: RunBlock, payload: number, limits: Limits): boolean {
		const { streamNodeBytes, streamNodeEntries } = limits;
		const at = (block.end - 1) * RUN_WORDS;
		const live = block.directory[at + RUN_LIVE]!;
		const total = block.directory[at + RUN_TOTAL]!;
		const bytesMax = streamNodeBytes === 0 ? NODE_BYTES_MAX : Math.min(streamNodeBytes, NODE_BYTES_MAX);
		if (this.nodeBytes + countsBytes(live, total - live) + payload >= bytesMax) return false;
		return streamNodeEntries === 0 || total < streamNodeEntries;
	}

	/** Bytes that an entry takes at most, and the fields of a run before it. */
	static room(pairs: number, payload: number): number {
		return 5 * NUMBER_BYTES_MAX + 2 * pairs * STRING_HEAD_MAX + payload;
	}

	/** Begins a run with the fields of its first entry, which is to be added next. The block has room. */
	begin(block: RunBlock, id: StreamId, source: Strings, first: number, pairs: number): void {
		block.openRun(id);
		let at = writeNumber(block.bytes, block.used, 0, pairs);
		let nodeBytes = EMPTY_NODE_BYTES + numberBytes(pairs) + numberBytes(0);
		for (let i = first; i < first + 2 * pairs; i += 2) {
			const start = source.start(i);
			const length = source.length(i);
			at = writeText(block.bytes, at, source.bytes, start, length);
			nodeBytes += textBytes(source.bytes, start, length);
		}
		block.directory[(block.end - 1) * RUN_WORDS + RUN_BYTES] = at - block.used;
		block.used = at;
		this.previous.copy(id);
		this.previous.decrementSequence();
		this.nodeBytes = nodeBytes;
	}

	/** Adds an entry to the last run of the block, which has room: pairs of fields and values from number `first` on. */
	add(block: RunBlock, id: StreamId, source: Strings, first: number, pairs: number): void {
		const { bytes, directory, used } = block;
		const word = (block.end - 1) * RUN_WORDS;
		const fieldsEnd = this.endOfSameFields(bytes, directory[word + RUN_OFFSET]!, source, first, pairs);
		const hasOwnFields = fieldsEnd === 0;
		const at = this.writeHead(bytes, used, id, hasOwnFields ? ENTRY_OWN_FIELDS : 0);
		this.nodeBytes += numberBytes(0) + idBytes(id, directory, word) + entrySizeBytes(pairs, hasOwnFields);
		// The first entry follows its fields, and has no more than a head before its values.
		const firstValues = directory[word + RUN_TOTAL]! === 0 ? 0 : fieldsEnd + 1;
		block.used = hasOwnFields
			? this.writePairs(bytes, at, source, first, pairs)
			: this.writeValues(bytes, at, source, first, pairs, firstValues);
		directory[word + RUN_BYTES] = directory[word + RUN_BYTES]! + block.used - used;
		directory[word + RUN_LIVE] = directory[word + RUN_LIVE]! + 1;
		directory[word + RUN_TOTAL] = directory[word + RUN_TOTAL]! + 1;
		this.previous.copy(id);
		this.lastAt = used - directory[word + RUN_OFFSET]!;
	}

	/** Writes the values; `firstValues` is where those of the run's first entry lie, 0 where this is it. */
	private writeValues(
		bytes: Uint8Array,
		from: number,
		source: Strings,
		first: number,
		pairs: number,
		firstValues: number,
	): number {
		const input = source.bytes;
		let at = from;
		let firstValue = firstValues;
		for (let i = first + 1; i < first + 2 * pairs; i += 2) {
			const start = source.start(i);
			const length = source.length(i);
			this.nodeBytes += textBytes(input, start, length);
			let end = writeValue(bytes, at, input, start, length);
			if (firstValues > 0) {
				const firstEnd = skipString(bytes, firstValue);
				const isSame = end - at === firstEnd - firstValue && equalBytes(bytes, at, bytes, firstValue, end - at);
				if (isSame) {
					bytes[at] = SAME_VALUE;
					end = at + 1;
				}
				firstValue = firstEnd;
			}
			at = end;
		}
		return at;
	}

	private writePairs(bytes: Uint8Array, from: number, source: Strings, first: number, pairs: number): number {
		const input = source.bytes;
		let at = writeNumber(bytes, from, 0, pairs);
		this.nodeBytes += numberBytes(pairs);
		for (let i = first; i < first + 2 * pairs; i++) {
			const start = source.start(i);
			const length = source.length(i);
			this.nodeBytes += textBytes(input, start, length);
			at =
				(i - first) % 2 === 0
					? writeText(bytes, at, input, start, length)
					: writeValue(bytes, at, input, start, length);
		}
		return at;
	}

	/** Where the fields of a run end, if they are those of the pairs; else 0. */
	private endOfSameFields(bytes: Uint8Array, run: number, source: Strings, first: number, pairs: number): number {
		if (readLow(bytes, run) !== pairs) return 0;
		let at = skipNumber(bytes, run);
		for (let i = first; i < first + 2 * pairs; i += 2) {
			const length = textLength(bytes, at);
			at = skipString(bytes, at);
			if (length !== source.length(i)) return 0;
			if (!equalBytes(bytes, at - length, source.bytes, source.start(i), length)) return 0;
		}
		return at;
	}

	private writeHead(bytes: Uint8Array, head: number, id: StreamId, flags: number): number {
		const { previous } = this;
		const low = (id.msLow - previous.msLow) | 0;
		const high = differenceHigh(id.msHigh, id.msLow, previous.msHigh, previous.msLow);
		const code = codeOf(previous, id, high, low);
		bytes[head] = (code << CODE_SHIFT) | flags;
		if (code < CODE_TIME) return head + 1;
		const at = writeNumber(bytes, head + 1, high, low);
		if (code === CODE_TIME) return at;
		if ((high | low) !== 0) return writeNumber(bytes, at, id.sequenceHigh, id.sequenceLow);
		return writeNumber(bytes, at, sequenceHigh(previous, id), (id.sequenceLow - previous.sequenceLow) | 0);
	}

	/** Finds out how the last run of the block ends, which was not the last until now; `reader` reads the stream. */
	recover(block: RunBlock, reader: StreamReader): void {
		const { bytes, directory } = block;
		const word = (block.end - 1) * RUN_WORDS;
		const run = directory[word + RUN_OFFSET]!;
		const fields = readLow(bytes, run);
		let nodeBytes = EMPTY_NODE_BYTES + numberBytes(fields) + numberBytes(0);
		for (let i = 0, at = skipNumber(bytes, run); i < fields; i++) {
			const length = textLength(bytes, at);
			at = skipString(bytes, at);
			nodeBytes += textBytes(bytes, at - length, length);
		}
		reader.seekLastRun();
		while (reader.nextOfRun()) {
			const { fieldCount, hasOwnFields, text } = reader;
			nodeBytes += numberBytes(0) + idBytes(reader.id, directory, word) + entrySizeBytes(fieldCount, hasOwnFields);
			if (hasOwnFields) nodeBytes += numberBytes(fieldCount);
			while (reader.nextField()) {
				if (hasOwnFields) nodeBytes += textBytes(text.bytes, text.start, text.length);
				reader.nextValue();
				nodeBytes += textBytes(text.bytes, text.start, text.length);
			}
		}
		this.previous.copy(reader.id);
		this.lastAt = reader.headAt - run;
		this.nodeBytes = nodeBytes;
	}
}

/** How an id follows from the one before, which is so many milliseconds older. */
function codeOf(before: StreamId, id: StreamId, high: number, low: number): number {
	if ((high | low) === 0) return isNext(before, id) ? CODE_NEXT : CODE_BOTH;
	const isSoon = high === 0 && low > 0;
	if ((id.sequenceLow | id.sequenceHigh) === 0) return isSoon && low <= CODE_TIME_MAX ? low : CODE_TIME;
	const isSame = id.sequenceLow === before.sequenceLow && id.sequenceHigh === before.sequenceHigh;
	return isSoon && isSame && low <= CODE_SAME_SEQUENCE_MAX - CODE_TIME_MAX ? CODE_TIME_MAX + low : CODE_BOTH;
}

function isNext(before: StreamId, id: StreamId): boolean {
	return (
		id.sequenceLow === ((before.sequenceLow + 1) | 0) &&
		id.sequenceHigh === (id.sequenceLow === 0 ? (before.sequenceHigh + 1) | 0 : before.sequenceHigh)
	);
}

/** The high half of a difference of two numbers of 64 bits. */
function differenceHigh(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
	return (aHigh - bHigh - (aLow >>> 0 < bLow >>> 0 ? 1 : 0)) | 0;
}

function sequenceHigh(before: StreamId, id: StreamId): number {
	return differenceHigh(id.sequenceHigh, id.sequenceLow, before.sequenceHigh, before.sequenceLow);
}

/** Redis stores an id as its distance from that of the node. */
function idBytes(id: StreamId, directory: Int32Array, word: number): number {
	const msHigh = differenceHigh(id.msHigh, id.msLow, directory[word]!, directory[word + 1]!);
	const high = differenceHigh(id.sequenceHigh, id.sequenceLow, directory[word + 2]!, directory[word + 3]!);
	const msLow = (id.msLow - directory[word + 1]!) | 0;
	return wideNumberBytes(msHigh, msLow) + wideNumberBytes(high, (id.sequenceLow - directory[word + 3]!) | 0);
}
