/** Sets, sorted sets and hashes whose members come as entries of their table: one by one, in no particular order. */
import { isLive, SLAB_START, strideOf } from "../../memory/entry.ts";
import type { BytesPiece, EntriesPiece, Piece } from "../../memory/snapshot.ts";
import type { BigValueForm, BigValueHead } from "./big-value.ts";
import { EntryView, entryDeadline } from "./entry-view.ts";
import { TYPE_HASH, TYPE_HASH_METADATA } from "./format.ts";
import { inlineType, writeInline } from "./inline-value.ts";
import { type RdbOutput, writeHead } from "./output.ts";

const view = new EntryView();

/** A set, whose entries have no values, or a sorted set, where they are the scores, in the eight bytes of the file. */
export class BigMembers implements BigValueForm {
	private readonly output: RdbOutput;
	private readonly type: number;

	constructor(output: RdbOutput, type: number) {
		this.output = output;
		this.type = type;
	}

	begin({ count, key }: BigValueHead): void {
		writeHead(this.output, this.type, key);
		this.output.size(count);
	}

	piece(piece: Piece): void {
		const { output } = this;
		const entries = piece as EntriesPiece;
		const { slab, used } = entries;
		for (let offset = SLAB_START; offset < used; offset += strideOf(slab, offset)) {
			if (!isLive(slab, offset)) continue;
			view.load(entries, offset);
			output.string(view.keyBytes, view.keyFrom, view.keyLength);
			output.raw(view.valueBytes, view.valueFrom, view.valueLength);
		}
	}

	end(): void {}
}

/**
 * With deadlines relative to the bound, where any field has one. A packed hash too long for its entry comes in one piece,
 * as its bytes: only then is it known what it is.
 */
export class BigHash implements BigValueForm {
	private readonly output: RdbOutput;
	private head: BigValueHead | null;
	private isBegun: boolean;

	constructor(output: RdbOutput) {
		this.output = output;
		this.head = null;
		this.isBegun = false;
	}

	begin(head: BigValueHead): void {
		this.head = head;
		this.isBegun = false;
	}

	piece(piece: Piece): void {
		if (piece.form === "bytes") return this.writePacked((piece as BytesPiece).bytes);
		if (!this.isBegun) this.beginFields();
		const { output } = this;
		const bound_ms = this.head!.fieldDeadlineBound_ms;
		const entries = piece as EntriesPiece;
		const { slab, used } = entries;
		for (let offset = SLAB_START; offset < used; offset += strideOf(slab, offset)) {
			if (!isLive(slab, offset)) continue;
			view.load(entries, offset);
			if (bound_ms !== Infinity) output.deadline(entryDeadline(entries, offset), bound_ms);
			output.string(view.keyBytes, view.keyFrom, view.keyLength);
			output.string(view.valueBytes, view.valueFrom, view.valueLength);
		}
	}

	private writePacked(bytes: Uint8Array): void {
		const { kind, key } = this.head!;
		writeHead(this.output, inlineType(kind, bytes, 0, bytes.length), key);
		writeInline(this.output, kind, bytes, 0, bytes.length);
	}

	private beginFields(): void {
		const { output } = this;
		const { count, key, fieldDeadlineBound_ms } = this.head!;
		const isVolatile = fieldDeadlineBound_ms !== Infinity;
		this.isBegun = true;
		writeHead(output, isVolatile ? TYPE_HASH_METADATA : TYPE_HASH, key);
		if (isVolatile) output.moment(fieldDeadlineBound_ms);
		output.size(count);
	}

	end(): void {
		this.head = null;
	}
}
