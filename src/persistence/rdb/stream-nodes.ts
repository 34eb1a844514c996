import { PackedText } from "../../types/stream/packed-text.ts";
import { readLow, skipNumber } from "../../types/stream/packing.ts";
import { StreamReader } from "../../types/stream/reader.ts";
import { RUN_LIVE, RUN_OFFSET, RUN_TOTAL, RUN_WORDS } from "../../types/stream/run-words.ts";
import { type RunsPiece, runsOf } from "../../types/stream/snapshot.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import { ListpackWriter } from "./listpack-writer.ts";
import type { RdbOutput } from "./output.ts";

const DELETED = 1;
const SAME_FIELDS = 2;
/** Elements of an entry but for fields, values and their number: flags and the two halves of its id. */
const ENTRY_ELEMENTS = 3;
const ID_BYTES = 16;

/**
 * Writes the entries of a stream as Redis keeps them: nodes of a tree, each an id and a listpack.
 *
 *     node    live  deleted  fieldCount field … 0   entry entry …
 *     entry   flags  ms  sequence  value …                                    with the fields of the node
 *             flags  ms  sequence  fieldCount  field value field value …      with its own
 *             and the number of elements before, so that a walk may go backwards
 *
 * Ids are relative to that of the node. Every run is a node.
 */
export class StreamNodes {
	private readonly reader: StreamReader;
	private readonly listpack: ListpackWriter;
	/** Of the node. */
	private readonly id: StreamId;
	private readonly field: PackedText;

	constructor() {
		this.reader = new StreamReader();
		this.listpack = new ListpackWriter();
		this.id = new StreamId();
		this.field = new PackedText();
	}

	write(output: RdbOutput, piece: RunsPiece): void {
		const { reader, listpack } = this;
		reader.open(runsOf(piece));
		reader.seekFirst();
		for (let run = 0; run < piece.count; run++) {
			if (run > 0) reader.nextRun();
			const at = run * RUN_WORDS;
			const live = piece.directory[at + RUN_LIVE]!;
			this.id.load(piece.directory, at);
			listpack.begin();
			listpack.number(live);
			listpack.number(piece.directory[at + RUN_TOTAL]! - live);
			this.addFields(piece.bytes, piece.directory[at + RUN_OFFSET]!);
			while (reader.nextOfRun()) this.addEntry();
			listpack.end();
			output.size(ID_BYTES);
			output.idBytes(piece.directory, at);
			output.string(listpack.bytes, 0, listpack.length);
		}
		reader.close();
	}

	/** The fields of a run, which lie before its entries. */
	private addFields(bytes: Uint8Array, from: number): void {
		const { listpack, field } = this;
		const count = readLow(bytes, from);
		listpack.number(count);
		let at = skipNumber(bytes, from);
		for (let i = 0; i < count; i++) {
			at = field.read(bytes, at);
			listpack.text(field.bytes, field.start, field.length);
		}
		listpack.number(0);
	}

	private addEntry(): void {
		const { reader, listpack, id } = this;
		const { fieldCount, hasOwnFields } = reader;
		listpack.number((reader.isDeleted() ? DELETED : 0) | (hasOwnFields ? 0 : SAME_FIELDS));
		this.addDifference(reader.id.msHigh, reader.id.msLow, id.msHigh, id.msLow);
		this.addDifference(reader.id.sequenceHigh, reader.id.sequenceLow, id.sequenceHigh, id.sequenceLow);
		if (hasOwnFields) listpack.number(fieldCount);
		while (reader.nextField()) {
			if (hasOwnFields) this.addText();
			reader.nextValue();
			this.addText();
		}
		listpack.number(ENTRY_ELEMENTS + (hasOwnFields ? 1 + 2 * fieldCount : fieldCount));
	}

	private addText(): void {
		const { text } = this.reader;
		this.listpack.text(text.bytes, text.start, text.length);
	}

	/** Of two numbers of 64 bits; what is negative is so in the listpack, too. */
	private addDifference(high: number, low: number, baseHigh: number, baseLow: number): void {
		const difference = (low >>> 0) - (baseLow >>> 0);
		this.listpack.wide((high - baseHigh - (difference < 0 ? 1 : 0)) | 0, difference | 0);
	}
}
