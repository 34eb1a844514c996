import { decayed } from "../../keyspace/frequency.ts";
import { isLive, KIND_MARKS, readStamp, SLAB_START, strideOf, TYPE_MASK } from "../../memory/entry.ts";
import type { EntriesPiece, Piece } from "../../memory/snapshot.ts";
import { STRING } from "../../types/type.ts";
import type { ByteTarget, SnapshotContents, SnapshotFormat, ValueHead } from "../snapshot/format.ts";
import { BigValue } from "./big-value.ts";
import { EntryView, entryDeadline } from "./entry-view.ts";
import {
	MAGIC,
	OPCODE_AUXILIARY,
	OPCODE_DATABASE,
	OPCODE_DEADLINE_MS,
	OPCODE_END,
	OPCODE_FREQUENCY,
	OPCODE_FUNCTION_2,
	OPCODE_IDLE,
	OPCODE_SIZES,
	TYPE_STRING,
	VERSION,
	VERSION_DIGITS,
	VERSION_WITH_FIELD_DEADLINES,
} from "./format.ts";
import { inlineType, writeInline } from "./inline-value.ts";
import { RdbOutput } from "./output.ts";

const OWNER_BITS = TYPE_MASK | KIND_MARKS;
/** Bits of a stamp. */
const STAMP_MASK = 0xffffff;

/**
 * A snapshot as an RDB file (format.ts). Of the version that Redis 7.0 reads, unless there are hashes whose fields have
 * deadlines; values in the form in which Redis would save them.
 */
export class RdbFile implements SnapshotFormat {
	private readonly output: RdbOutput;
	private readonly bigValue: BigValue;
	private readonly view: EntryView;
	private contents: SnapshotContents | null;
	/** The one that the next key is in, -1 before the first. */
	private database: number;
	/** Databases whose sizes have been told. */
	private readonly introduced: Set<number>;

	constructor(target: ByteTarget) {
		this.output = new RdbOutput(target);
		this.bigValue = new BigValue(this.output);
		this.view = new EntryView();
		this.contents = null;
		this.database = -1;
		this.introduced = new Set();
	}

	begin(contents: SnapshotContents): void {
		const { output } = this;
		this.contents = contents;
		this.database = -1;
		this.introduced.clear();
		output.begin(contents.compresses, contents.hasChecksum);
		const version = contents.hasFieldDeadlines ? VERSION_WITH_FIELD_DEADLINES : VERSION;
		const magic = MAGIC + String(version).padStart(VERSION_DIGITS, "0");
		for (let i = 0; i < magic.length; i++) output.byte(magic.charCodeAt(i));
		for (const [name, value] of contents.auxiliary) {
			output.byte(OPCODE_AUXILIARY);
			output.text(name);
			output.text(value);
		}
		for (const source of contents.libraries) {
			output.byte(OPCODE_FUNCTION_2);
			output.string(source, 0, source.length);
		}
	}

	/** The keys that follow are in this database. */
	private select(index: number): void {
		if (index === this.database) return;
		const { output } = this;
		this.database = index;
		output.byte(OPCODE_DATABASE);
		output.size(index);
		if (this.introduced.has(index)) return;
		this.introduced.add(index);
		const sizes = this.contents!.databases.find((database) => database.index === index);
		if (sizes === undefined) return;
		output.byte(OPCODE_SIZES);
		output.size(sizes.keys);
		output.size(sizes.deadlines);
	}

	entries(database: number, piece: EntriesPiece): void {
		const { output, view } = this;
		const { slab, used } = piece;
		this.select(database);
		for (let offset = SLAB_START; offset < used; ) {
			if (!isLive(slab, offset)) {
				offset += strideOf(slab, offset);
				continue;
			}
			const next = view.load(piece, offset);
			const kind = slab[offset]! & OWNER_BITS;
			const { valueBytes, valueFrom } = view;
			const valueEnd = valueFrom + view.valueLength;
			this.preamble(entryDeadline(piece, offset), readStamp(slab, offset));
			const isString = (kind & TYPE_MASK) === STRING;
			output.byte(isString ? TYPE_STRING : inlineType(kind, valueBytes, valueFrom, valueEnd));
			output.string(view.keyBytes, view.keyFrom, view.keyLength);
			if (isString) output.string(valueBytes, valueFrom, view.valueLength);
			else writeInline(output, kind, valueBytes, valueFrom, valueEnd);
			offset = next;
		}
	}

	/** What is told of a key before its type. */
	private preamble(deadline_ms: number, stamp: number): void {
		const { output } = this;
		const { access, accessClock, minutes, decay_minutes } = this.contents!;
		if (deadline_ms !== Infinity) {
			output.byte(OPCODE_DEADLINE_MS);
			output.moment(deadline_ms);
		}
		if (access === "idle") {
			output.byte(OPCODE_IDLE);
			output.size((accessClock - stamp) & STAMP_MASK);
		} else if (access === "frequency") {
			output.byte(OPCODE_FREQUENCY);
			output.byte(decayed(stamp, minutes, decay_minutes));
		}
	}

	beginValue(head: ValueHead): void {
		this.select(head.database);
		this.preamble(head.deadline_ms, head.stamp);
		this.bigValue.begin(head);
	}

	piece(piece: Piece): void {
		this.bigValue.piece(piece);
	}

	endValue(): void {
		this.bigValue.end();
	}

	end(): void {
		this.output.byte(OPCODE_END);
		this.output.endFile();
		this.contents = null;
	}
}
