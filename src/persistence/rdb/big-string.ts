import { copyBytes } from "../../bytes/ascii.ts";
import type { BytesPiece, Piece } from "../../memory/snapshot.ts";
import type { BigValueForm, BigValueHead } from "./big-value.ts";
import { TYPE_STRING } from "./format.ts";
import { COMPRESSED_BYTES_MAX, type RdbOutput, writeHead } from "./output.ts";

const nothing = new Uint8Array(0);

/** A long string: put together first where it may become shorter, else passed on piece by piece. */
export class BigString implements BigValueForm {
	private readonly output: RdbOutput;
	private isCollected: boolean;
	private bytes: Uint8Array;
	private length: number;

	constructor(output: RdbOutput) {
		this.output = output;
		this.isCollected = false;
		this.bytes = nothing;
		this.length = 0;
	}

	begin({ count, key }: BigValueHead): void {
		const { output } = this;
		writeHead(output, TYPE_STRING, key);
		this.isCollected = count <= COMPRESSED_BYTES_MAX;
		this.length = 0;
		if (this.isCollected) this.bytes = new Uint8Array(count);
		else output.size(count);
	}

	piece(piece: Piece): void {
		const { bytes } = piece as BytesPiece;
		if (!this.isCollected) return this.output.raw(bytes, 0, bytes.length);
		copyBytes(bytes, 0, this.bytes, this.length, bytes.length);
		this.length += bytes.length;
	}

	end(): void {
		if (this.isCollected) this.output.string(this.bytes, 0, this.length);
		this.bytes = nothing;
	}
}
