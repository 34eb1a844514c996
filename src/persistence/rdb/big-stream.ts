import { unreachable } from "../../bytes/assert.ts";
import type { Piece } from "../../memory/snapshot.ts";
import { COUNT_HIGH, COUNT_LOW, PENDING_WORDS, TIME_HIGH, TIME_LOW } from "../../types/stream/group.ts";
import { PendingByOwner } from "../../types/stream/pending-by-owner.ts";
import type {
	ConsumerItem,
	ConsumersPiece,
	GroupPiece,
	PendingPiece,
	RunsPiece,
	StreamPiece,
} from "../../types/stream/snapshot.ts";
import type { BigValueForm, BigValueHead } from "./big-value.ts";
import { TYPE_STREAM_LISTPACKS_2 } from "./format.ts";
import { type RdbOutput, writeHead } from "./output.ts";
import { StreamNodes } from "./stream-nodes.ts";

const WORD = 2 ** 32;

/**
 * A stream, in the order in which its pieces come (types/stream/snapshot.ts), but for the consumers of a group: they come
 * behind what is pending, each with the ids that are pending for it.
 *
 *     nodes   { id:16 listpack }                                                                (stream-nodes.ts)
 *     stream  length  last id  first id  highest deleted id  entries added
 *     group   name  last id  entries read  { id:16 time:8 deliveries }  { consumer seen:8 { id:16 } }
 */
export class BigStream implements BigValueForm {
	private readonly output: RdbOutput;
	private readonly nodes: StreamNodes;
	private readonly pending: PendingByOwner;
	/** Of the group that has begun. */
	private consumers: ConsumerItem[];
	private isInGroup: boolean;

	constructor(output: RdbOutput) {
		this.output = output;
		this.nodes = new StreamNodes();
		this.pending = new PendingByOwner();
		this.consumers = [];
		this.isInGroup = false;
	}

	begin({ count, key }: BigValueHead): void {
		writeHead(this.output, TYPE_STREAM_LISTPACKS_2, key);
		this.output.size(count);
	}

	piece(piece: Piece): void {
		switch (piece.form) {
			case "runs":
				return this.nodes.write(this.output, piece as RunsPiece);
			case "stream":
				return this.writeStream(piece as StreamPiece);
			case "group":
				return this.beginGroup(piece as GroupPiece);
			case "consumers":
				this.consumers.push(...(piece as ConsumersPiece).consumers);
				return;
			case "pending":
				return this.writePending(piece as PendingPiece);
			default:
				unreachable("a stream has no further pieces");
		}
	}

	end(): void {
		this.endGroup();
		this.pending.begin(0);
	}

	private writeStream({ length, lastId, firstId, maxDeletedId, entriesAdded, groups }: StreamPiece): void {
		const { output } = this;
		output.size(length);
		this.writeId(lastId);
		this.writeId(firstId);
		this.writeId(maxDeletedId);
		output.wideSize(entriesAdded[0]!, entriesAdded[1]!);
		output.size(groups);
	}

	private writeId(words: Int32Array): void {
		this.output.wideSize(words[0]!, words[1]!);
		this.output.wideSize(words[2]!, words[3]!);
	}

	private beginGroup({ name, lastId, entriesRead, pending }: GroupPiece): void {
		const { output } = this;
		this.endGroup();
		this.isInGroup = true;
		output.string(name, 0, name.length);
		this.writeId(lastId);
		output.wideSize(entriesRead[0]!, entriesRead[1]!);
		output.size(pending);
		this.pending.begin(pending);
	}

	private writePending({ words, count }: PendingPiece): void {
		const { output } = this;
		this.pending.add(words);
		for (let at = 0; at < count * PENDING_WORDS; at += PENDING_WORDS) {
			output.idBytes(words, at);
			output.moment(words[at + TIME_HIGH]! * WORD + (words[at + TIME_LOW]! >>> 0));
			output.wideSize(words[at + COUNT_HIGH]!, words[at + COUNT_LOW]!);
		}
	}

	private endGroup(): void {
		if (!this.isInGroup) return;
		const { output, pending, consumers } = this;
		pending.end();
		output.size(consumers.length);
		for (const { name, number, seen_ms } of consumers) {
			output.string(name, 0, name.length);
			output.moment(seen_ms);
			output.size(pending.countOf(number));
			pending.forEachOf(number, (words, at) => output.idBytes(words, at));
		}
		this.consumers = [];
		this.isInGroup = false;
	}
}
