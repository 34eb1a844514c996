import { bytesOf } from "../../bytes/ascii.ts";
import { assert } from "../../bytes/assert.ts";
import { isLive, KIND_MARKS, SLAB_START, strideOf, TYPE_MASK } from "../../memory/entry.ts";
import type { BytesPiece, ElementsPiece, EntriesPiece, Piece } from "../../memory/snapshot.ts";
import { readDouble } from "../../types/sorted-set/score-code.ts";
import { HASH, LIST, SET, SORTED_SET, STREAM, STRING } from "../../types/type.ts";
import { EntryView, entryDeadline } from "../rdb/entry-view.ts";
import type { ByteTarget, SnapshotContents, SnapshotFormat, ValueHead } from "../snapshot/format.ts";
import { CommandOutput, type Word } from "./command-output.ts";
import {
	beginString,
	HMSET,
	RPUSH,
	SADD,
	writeElements,
	writeFieldDeadline,
	writeInline,
	writePackedHash,
	writeScore,
	ZADD,
} from "./inline-commands.ts";
import { StreamCommands } from "./stream-commands.ts";

const SELECT = bytesOf("SELECT");
const FUNCTION = bytesOf("FUNCTION");
const LOAD = bytesOf("LOAD");
const PEXPIREAT = bytesOf("PEXPIREAT");

const OWNER_BITS = TYPE_MASK | KIND_MARKS;

/** A field of a hash that was told, and whose deadline is still to be. */
interface DueField {
	readonly field: Uint8Array;
	readonly deadline_ms: number;
}

/**
 * A snapshot as the commands that make the data anew, those that Redis 7 writes: the base of an append-only file where
 * `aof-use-rdb-preamble` is off.
 *
 *     FUNCTION LOAD …
 *     { SELECT n   { SET | RPUSH | SADD | ZADD | HMSET [HPEXPIREAT …] | XADD … XSETID …   [PEXPIREAT] } … } …
 *
 * Elements come 64 in a command, and how many there are is known before the first, so that a value of any size goes
 * through in pieces.
 */
export class CommandFile implements SnapshotFormat {
	private readonly output: CommandOutput;
	private readonly view: EntryView;
	private readonly streams: StreamCommands;
	/** The one that the next key is in, -1 before the first. */
	private database: number;
	/** Of the value that comes in pieces. */
	private head: ValueHead | null;
	private key: Word;
	private readonly dueFields: DueField[];

	constructor(target: ByteTarget) {
		this.output = new CommandOutput(target);
		this.view = new EntryView();
		this.streams = new StreamCommands(this.output);
		this.database = -1;
		this.head = null;
		this.key = { bytes: this.view.keyBytes, start: 0, length: 0 };
		this.dueFields = [];
	}

	begin(contents: SnapshotContents): void {
		const { output } = this;
		this.database = -1;
		for (const source of contents.libraries) {
			output.begin(3);
			output.bytes(FUNCTION);
			output.bytes(LOAD);
			output.bytes(source);
		}
	}

	/** The keys that follow are in this database. */
	private select(index: number): void {
		if (index === this.database) return;
		this.database = index;
		this.output.begin(2);
		this.output.bytes(SELECT);
		this.output.integer(index);
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
			const key: Word = { bytes: view.keyBytes, start: view.keyFrom, length: view.keyLength };
			const { valueBytes, valueFrom } = view;
			writeInline(output, key, slab[offset]! & OWNER_BITS, valueBytes, valueFrom, valueFrom + view.valueLength);
			this.writeDeadline(key, entryDeadline(piece, offset));
			offset = next;
		}
	}

	private writeDeadline(key: Word, deadline_ms: number): void {
		if (deadline_ms === Infinity) return;
		const { output } = this;
		output.begin(3);
		output.bytes(PEXPIREAT);
		output.word(key);
		output.integer(deadline_ms);
	}

	// Values in pieces

	beginValue(head: ValueHead): void {
		const { output } = this;
		const { key: bytes, count } = head;
		const key: Word = { bytes, start: 0, length: bytes.length };
		assert(this.head === null, "one value ends before the next begins");
		this.select(head.database);
		this.head = head;
		this.key = key;
		switch (head.kind & TYPE_MASK) {
			case STRING:
				beginString(output, key);
				return output.beginWord(count);
			case LIST:
				return output.beginElements(RPUSH, key, count, 1);
			case SET:
				return output.beginElements(SADD, key, count, 1);
			case SORTED_SET:
				return output.beginElements(ZADD, key, count, 2);
			case HASH:
				return output.beginElements(HMSET, key, count, 2);
			default:
				this.streams.begin(key);
		}
	}

	piece(piece: Piece): void {
		if (piece.form === "bytes") this.writeBytes((piece as BytesPiece).bytes);
		else if (piece.form === "elements") {
			const { run } = piece as ElementsPiece;
			writeElements(this.output, run, 0, run.length);
		} else if (piece.form === "entries") this.writeMembers(piece as EntriesPiece);
		else this.streams.piece(piece);
	}

	/** Part of a string, or a packed hash. */
	private writeBytes(bytes: Uint8Array): void {
		const { count, kind } = this.head!;
		if ((kind & TYPE_MASK) === STRING) return this.output.raw(bytes, 0, bytes.length);
		assert(bytes.length === count, "a packed hash comes in one piece");
		writePackedHash(this.output, this.key, kind, bytes, 0, count);
	}

	private writeMembers(piece: EntriesPiece): void {
		const { output, view } = this;
		const { slab, used } = piece;
		const type = this.head!.kind & TYPE_MASK;
		for (let offset = SLAB_START; offset < used; offset += strideOf(slab, offset)) {
			if (!isLive(slab, offset)) continue;
			view.load(piece, offset);
			output.element();
			if (type === SORTED_SET) writeScore(output, readDouble(view.valueBytes, view.valueFrom));
			output.range(view.keyBytes, view.keyFrom, view.keyLength);
			if (type !== HASH) continue;
			output.range(view.valueBytes, view.valueFrom, view.valueLength);
			this.noteField(entryDeadline(piece, offset));
			if (output.isBetweenCommands()) this.writeFieldDeadlines();
		}
	}

	/** The field in view has a deadline: it is told when the command that sets the field is complete. */
	private noteField(deadline_ms: number): void {
		if (deadline_ms === Infinity) return;
		const { keyBytes, keyFrom, keyLength } = this.view;
		this.dueFields.push({ field: keyBytes.slice(keyFrom, keyFrom + keyLength), deadline_ms });
	}

	private writeFieldDeadlines(): void {
		for (const { field, deadline_ms } of this.dueFields) {
			writeFieldDeadline(this.output, this.key, deadline_ms, field, 0, field.length);
		}
		this.dueFields.length = 0;
	}

	endValue(): void {
		const { kind, deadline_ms } = this.head!;
		const type = kind & TYPE_MASK;
		if (type === STRING) this.output.endWord();
		else if (type === STREAM) this.streams.end();
		else assert(this.output.isBetweenCommands(), "as many elements come as were announced");
		this.writeDeadline(this.key, deadline_ms);
		this.head = null;
	}

	end(): void {
		this.output.flush();
	}
}
