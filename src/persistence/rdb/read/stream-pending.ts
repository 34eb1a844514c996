import type { Consumer, Group } from "../../../types/stream/group.ts";
import { StreamId } from "../../../types/stream/stream-id.ts";
import { BadData } from "./bad-data.ts";
import type { RdbInput } from "./rdb-input.ts";

const WORDS = 6;
const COUNT_HIGH = 4;
const COUNT_LOW = 5;
const RECORDS_MIN = 16;

/**
 * What is pending for a group, until its consumers are known: a file tells first what there is, then whose it is.
 *
 *     words    msHigh msLow sequenceHigh sequenceLow  countHigh countLow     in the order of the ids
 */
export class DraftPending {
	private words: Int32Array;
	private times: Float64Array;
	private taken: Uint8Array;
	private count: number;
	private takenCount: number;
	private readonly id: StreamId;

	constructor() {
		this.words = new Int32Array(RECORDS_MIN * WORDS);
		this.times = new Float64Array(RECORDS_MIN);
		this.taken = new Uint8Array(RECORDS_MIN);
		this.count = 0;
		this.takenCount = 0;
		this.id = new StreamId();
	}

	clear(): void {
		this.count = 0;
		this.takenCount = 0;
	}

	/** Reads one entry: its id, when it was delivered last, and how often. */
	read(input: RdbInput): void {
		const { id, count } = this;
		if (count === this.times.length) this.grow();
		readRawId(input, id);
		if (count > 0 && id.compareTo(this.words, (count - 1) * WORDS) <= 0) {
			throw new BadData("Duplicated global PEL entry loading stream consumer group");
		}
		const at = count * WORDS;
		id.store(this.words, at);
		this.times[count] = input.time_ms();
		input.length();
		this.words[at + COUNT_HIGH] = input.high;
		this.words[at + COUNT_LOW] = input.low;
		this.taken[count] = 0;
		this.count++;
	}

	private grow(): void {
		const records = this.times.length * 2;
		const words = new Int32Array(records * WORDS);
		words.set(this.words);
		this.words = words;
		const times = new Float64Array(records);
		times.set(this.times);
		this.times = times;
		const taken = new Uint8Array(records);
		taken.set(this.taken);
		this.taken = taken;
	}

	/** Reads the id of an entry that is pending for this consumer, and makes it so. */
	readTaken(input: RdbInput, group: Group, consumer: Consumer): void {
		const { id, words } = this;
		readRawId(input, id);
		const record = this.find();
		if (record < 0) throw new BadData("Consumer entry not found in group global PEL");
		if (this.taken[record] === 1) throw new BadData("Duplicated consumer PEL entry loading a stream consumer group");
		this.taken[record] = 1;
		this.takenCount++;
		group.add(id, consumer);
		group.setDeliveryTime(this.times[record]!);
		group.setDeliveryCount(words[record * WORDS + COUNT_HIGH]!, words[record * WORDS + COUNT_LOW]!);
	}

	/** Whether every entry has found its consumer. */
	isTaken(): boolean {
		return this.takenCount === this.count;
	}

	/** The record with this id, or -1. */
	private find(): number {
		let low = 0;
		let high = this.count - 1;
		while (low <= high) {
			const middle = (low + high) >>> 1;
			const order = this.id.compareTo(this.words, middle * WORDS);
			if (order === 0) return middle;
			if (order < 0) high = middle - 1;
			else low = middle + 1;
		}
		return -1;
	}
}

/** Sixteen bytes, the high ones first. */
function readRawId(input: RdbInput, id: StreamId): void {
	const { source } = input;
	source.ensure(16);
	loadRawId(source.bytes, source.at, id);
	source.at += 16;
}

export function loadRawId(bytes: Uint8Array, at: number, id: StreamId): void {
	id.set(bigEndian(bytes, at), bigEndian(bytes, at + 4), bigEndian(bytes, at + 8), bigEndian(bytes, at + 12));
}

function bigEndian(bytes: Uint8Array, at: number): number {
	return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
