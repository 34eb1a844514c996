import { copyBytes } from "../../../bytes/ascii.ts";
import { Limits } from "../../../types/limits.ts";
import { StreamId } from "../../../types/stream/stream-id.ts";
import type { Strings } from "../../../types/stream/tail.ts";
import type { Stream } from "../../../types/stream.ts";
import { BadData } from "./bad-data.ts";
import { ListpackCursor } from "./listpack-cursor.ts";
import { Text } from "./rdb-input.ts";
import { loadRawId } from "./stream-pending.ts";

const FLAG_DELETED = 1;
const FLAG_SAME_FIELDS = 2;
const ID_BYTES = 16;

/** With the one an entry begins a run, with the other it goes on with the last. */
const alone = Object.assign(new Limits(), { streamNodeBytes: 0, streamNodeEntries: 1 });
const together = Object.assign(new Limits(), { streamNodeBytes: 0, streamNodeEntries: 0 });

/** Strings one behind the other, by number. */
class StringRow implements Strings {
	bytes: Uint8Array;
	count: number;
	length_bytes: number;
	private ends: Int32Array;

	constructor() {
		this.bytes = new Uint8Array(1024);
		this.count = 0;
		this.length_bytes = 0;
		this.ends = new Int32Array(64);
	}

	/** Back to the first so many strings. */
	cut(count: number): void {
		this.count = count;
		this.length_bytes = this.start(count);
	}

	add(bytes: Uint8Array, start: number, length: number): void {
		const end = this.length_bytes + length;
		if (end > this.bytes.length) {
			const grown = new Uint8Array(2 * end);
			grown.set(this.bytes.subarray(0, this.length_bytes));
			this.bytes = grown;
		}
		if (this.count === this.ends.length) {
			const grown = new Int32Array(2 * this.count);
			grown.set(this.ends);
			this.ends = grown;
		}
		copyBytes(bytes, start, this.bytes, this.length_bytes, length);
		this.length_bytes = end;
		this.ends[this.count++] = end;
	}

	start(index: number): number {
		return index === 0 ? 0 : this.ends[index - 1]!;
	}

	length(index: number): number {
		return this.ends[index]! - this.start(index);
	}
}

/**
 * Reads nodes of a stream, each a listpack of entries that say how their ids follow from the node's, and which have the
 * fields of the node or their own:
 *
 *     live  deleted  fields-count  field…  0   { flags  ms  sequence  [fields-count]  value… or field value…  length }…
 */
export class StreamNodes {
	private readonly listpack: ListpackCursor;
	private readonly text: Text;
	/** The fields of the node. */
	private readonly fields: StringRow;
	/** Fields and values of the entry. */
	private readonly pairs: StringRow;
	private readonly nodeId: StreamId;
	private readonly id: StreamId;

	constructor() {
		this.listpack = new ListpackCursor();
		this.text = new Text();
		this.fields = new StringRow();
		this.pairs = new StringRow();
		this.nodeId = new StreamId();
		this.id = new StreamId();
	}

	/** Loads the name of the next node: the id that those of its entries follow from. */
	loadName(name: Text): void {
		if (name.length !== ID_BYTES) throw new BadData("Stream node key entry is not the size of a stream ID");
		loadRawId(name.bytes, name.start, this.nodeId);
	}

	/** Adds the entries of the node to a stream. */
	addTo(stream: Stream, blob: Text): void {
		const { listpack, text, fields } = this;
		listpack.open(blob);
		const live = listpack.nextCount(text);
		const deleted = listpack.nextCount(text);
		const count = listpack.nextCount(text);
		fields.cut(0);
		for (let i = 0; i < count; i++) {
			if (!listpack.next(text)) throw bad();
			fields.add(text.bytes, text.start, text.length);
		}
		if (listpack.nextCount(text) !== 0 || live === 0) throw bad();
		let seen = 0;
		let seenDeleted = 0;
		while (listpack.next(text)) {
			if (!listpack.isInteger || listpack.high !== 0) throw bad();
			const isDeleted = (listpack.low & FLAG_DELETED) !== 0;
			this.readEntry((listpack.low & FLAG_SAME_FIELDS) !== 0);
			this.append(stream, isDeleted, seen++ === 0);
			if (isDeleted) seenDeleted++;
		}
		if (seenDeleted !== deleted || seen !== live + deleted) throw bad();
	}

	/** Behind its flags. */
	private readEntry(hasNodeFields: boolean): void {
		const { listpack, text, fields, pairs, id } = this;
		id.copy(this.nodeId);
		listpack.nextInteger(text);
		id.addTime(listpack.high, listpack.low);
		listpack.nextInteger(text);
		id.addSequence(listpack.high, listpack.low);
		const count = hasNodeFields ? fields.count : listpack.nextCount(text);
		if (count === 0) throw bad();
		pairs.cut(0);
		for (let i = 0; i < count; i++) {
			if (hasNodeFields) pairs.add(fields.bytes, fields.start(i), fields.length(i));
			else this.readString();
			this.readString();
		}
		if (listpack.nextCount(text) !== (hasNodeFields ? count + 3 : 2 * count + 4)) throw bad();
	}

	private readString(): void {
		const { text } = this;
		if (!this.listpack.next(text)) throw bad();
		this.pairs.add(text.bytes, text.start, text.length);
	}

	private append(stream: Stream, isDeleted: boolean, isFirst: boolean): void {
		const { pairs, id } = this;
		const isBehind = id.compare(stream.lastId) > 0;
		if (!isBehind) throw new BadData("Stream entries are not in the order of their IDs");
		const limits = isFirst ? alone : together;
		if (isDeleted) stream.appendDeleted(id, pairs, 0, pairs.count >> 1, pairs.length_bytes, limits);
		else stream.append(id, pairs, 0, pairs.count >> 1, pairs.length_bytes, limits);
	}
}

function bad(): BadData {
	return new BadData("Stream listpack integrity check failed.");
}
