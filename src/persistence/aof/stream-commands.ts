import { bytesOf } from "../../bytes/ascii.ts";
import { unreachable } from "../../bytes/assert.ts";
import type { Piece } from "../../memory/snapshot.ts";
import { Counter } from "../../types/stream/counter.ts";
import { COUNT_HIGH, TIME_HIGH, TIME_LOW } from "../../types/stream/group.ts";
import { idText, writeId } from "../../types/stream/id-text.ts";
import { PendingByOwner } from "../../types/stream/pending-by-owner.ts";
import { StreamReader } from "../../types/stream/reader.ts";
import {
	type ConsumerItem,
	type ConsumersPiece,
	type GroupPiece,
	type PendingPiece,
	type RunsPiece,
	runsOf,
	type StreamPiece,
} from "../../types/stream/snapshot.ts";
import type { CommandOutput, Word } from "./command-output.ts";

const XADD = bytesOf("XADD");
const MAXLEN = bytesOf("MAXLEN");
const FIRST_ID = bytesOf("0-1");
const X = bytesOf("x");
const Y = bytesOf("y");
const XSETID = bytesOf("XSETID");
const ENTRIESADDED = bytesOf("ENTRIESADDED");
const MAXDELETEDID = bytesOf("MAXDELETEDID");
const XGROUP = bytesOf("XGROUP");
const CREATE = bytesOf("CREATE");
const ENTRIESREAD = bytesOf("ENTRIESREAD");
const CREATECONSUMER = bytesOf("CREATECONSUMER");
const XCLAIM = bytesOf("XCLAIM");
const TIME = bytesOf("TIME");
const RETRYCOUNT = bytesOf("RETRYCOUNT");
const JUSTID = bytesOf("JUSTID");
const FORCE = bytesOf("FORCE");

const HALF = 2 ** 32;
const reader = new StreamReader();
const counter = new Counter();

/**
 * A stream as commands: XADD for each entry, XSETID, and for each group XGROUP CREATE and what is pending for each
 * consumer as XCLAIM. What is pending of entries that are deleted gets lost, as with Redis: none can claim it.
 */
export class StreamCommands {
	private readonly output: CommandOutput;
	private key: Word | null;
	/** The group that is being told. */
	private group: Uint8Array | null;
	private consumers: ConsumerItem[];
	private readonly pending: PendingByOwner;

	constructor(output: CommandOutput) {
		this.output = output;
		this.key = null;
		this.group = null;
		this.consumers = [];
		this.pending = new PendingByOwner();
	}

	begin(key: Word): void {
		this.key = key;
		this.group = null;
	}

	piece(piece: Piece): void {
		switch (piece.form) {
			case "runs":
				return this.writeEntries(piece as RunsPiece);
			case "stream":
				return this.writeHead(piece as StreamPiece);
			case "group":
				return this.beginGroup(piece as GroupPiece);
			case "consumers":
				for (const consumer of (piece as ConsumersPiece).consumers) this.consumers.push(consumer);
				return;
			case "pending":
				return this.pending.add((piece as PendingPiece).words);
			default:
				unreachable("a stream comes in pieces of these forms");
		}
	}

	end(): void {
		this.endGroup();
		this.key = null;
	}

	private writeEntries(piece: RunsPiece): void {
		const { output } = this;
		const { id, text } = reader;
		reader.open(runsOf(piece));
		reader.seekFirst();
		while (reader.next()) {
			output.begin(3 + 2 * reader.fieldCount);
			output.bytes(XADD);
			output.word(this.key!);
			output.range(idText, 0, writeId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow));
			while (reader.nextField()) {
				output.word(text);
				reader.nextValue();
				output.word(text);
			}
		}
		reader.close();
	}

	private writeHead({ length, lastId, entriesAdded, maxDeletedId }: StreamPiece): void {
		const { output } = this;
		if (length === 0) this.writeEmpty();
		output.begin(7);
		output.bytes(XSETID);
		output.word(this.key!);
		this.writeId(lastId, 0);
		output.bytes(ENTRIESADDED);
		this.writeCount(entriesAdded, 0);
		output.bytes(MAXDELETEDID);
		this.writeId(maxDeletedId, 0);
	}

	/** A stream without entries: one is added, and trimmed away at once. */
	private writeEmpty(): void {
		const { output } = this;
		output.begin(7);
		output.bytes(XADD);
		output.word(this.key!);
		output.bytes(MAXLEN);
		output.integer(0);
		output.bytes(FIRST_ID);
		output.bytes(X);
		output.bytes(Y);
	}

	private beginGroup({ name, lastId, entriesRead, pending }: GroupPiece): void {
		const { output } = this;
		this.endGroup();
		this.group = name;
		this.consumers = [];
		this.pending.begin(pending);
		output.begin(7);
		output.bytes(XGROUP);
		output.bytes(CREATE);
		output.word(this.key!);
		output.bytes(name);
		this.writeId(lastId, 0);
		output.bytes(ENTRIESREAD);
		this.writeCount(entriesRead, 0);
	}

	/** All that was pending is known now: it is told consumer by consumer. */
	private endGroup(): void {
		if (this.group === null) return;
		this.pending.end();
		for (const consumer of this.consumers) {
			if (this.pending.countOf(consumer.number) === 0) this.createConsumer(consumer);
			else this.pending.forEachOf(consumer.number, (words, at) => this.claim(consumer, words, at));
		}
		this.group = null;
		this.consumers = [];
		this.pending.begin(0);
	}

	private createConsumer({ name }: ConsumerItem): void {
		const { output } = this;
		output.begin(5);
		output.bytes(XGROUP);
		output.bytes(CREATECONSUMER);
		output.word(this.key!);
		output.bytes(this.group!);
		output.bytes(name);
	}

	private claim({ name }: ConsumerItem, words: Int32Array, at: number): void {
		const { output } = this;
		output.begin(12);
		output.bytes(XCLAIM);
		output.word(this.key!);
		output.bytes(this.group!);
		output.bytes(name);
		output.integer(0);
		this.writeId(words, at);
		output.bytes(TIME);
		output.integer(words[at + TIME_HIGH]! * HALF + (words[at + TIME_LOW]! >>> 0));
		output.bytes(RETRYCOUNT);
		this.writeCount(words, at + COUNT_HIGH);
		output.bytes(JUSTID);
		output.bytes(FORCE);
	}

	private writeId(words: Int32Array, at: number): void {
		this.output.range(idText, 0, writeId(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!));
	}

	/** High half, low half. */
	private writeCount(words: Int32Array, at: number): void {
		counter.high = words[at]!;
		counter.low = words[at + 1]!;
		this.output.bytes(bytesOf(String(counter.value())));
	}
}
