import { elementLength, elementStart, nextElement } from "../../bytes/elements.ts";
import type { ElementsPiece, Piece } from "../../memory/snapshot.ts";
import type { BigValueForm, BigValueHead } from "./big-value.ts";
import { TYPE_LIST, TYPE_LIST_QUICKLIST_2 } from "./format.ts";
import { ListNodes } from "./list-nodes.ts";
import { type RdbOutput, writeHead } from "./output.ts";

/** A list of up to so many bytes is written as nodes, which have to be counted first. */
const HELD_BYTES_MAX = 8 << 20;

/**
 * A long list: as a quicklist where all of it can be held back until its nodes are counted, else element by element,
 * which Redis reads just as well.
 */
export class BigList implements BigValueForm {
	private readonly output: RdbOutput;
	private readonly nodes: ListNodes;
	private key: Uint8Array | null;
	private count: number;
	private held: Uint8Array[];
	private heldBytes: number;
	private isHolding: boolean;

	constructor(output: RdbOutput) {
		this.output = output;
		this.nodes = new ListNodes();
		this.key = null;
		this.count = 0;
		this.held = [];
		this.heldBytes = 0;
		this.isHolding = true;
	}

	begin({ count, key }: BigValueHead): void {
		this.key = key;
		this.count = count;
		this.isHolding = true;
	}

	piece(piece: Piece): void {
		const { run, count } = piece as ElementsPiece;
		if (!this.isHolding) return this.writeElements(run);
		if (count === this.count) {
			this.held.push(run);
			return this.writeNodes();
		}
		// A piece is good during the call only.
		this.held.push(run.slice());
		this.heldBytes += run.length;
		if (this.heldBytes > HELD_BYTES_MAX) this.letGo();
	}

	/** It is too long to be held back. */
	private letGo(): void {
		this.isHolding = false;
		writeHead(this.output, TYPE_LIST, this.key);
		this.output.size(this.count);
		for (const run of this.held) this.writeElements(run);
		this.forget();
	}

	private writeElements(run: Uint8Array): void {
		for (let at = 0; at < run.length; at = nextElement(run, at)) {
			this.output.string(run, elementStart(run, at), elementLength(run, at));
		}
	}

	end(): void {
		if (this.isHolding) this.writeNodes();
	}

	private writeNodes(): void {
		const { output, nodes, held } = this;
		writeHead(output, TYPE_LIST_QUICKLIST_2, this.key);
		nodes.begin();
		for (const run of held) nodes.countRun(run, 0, run.length);
		output.size(nodes.count);
		nodes.begin();
		for (const run of held) nodes.writeRun(output, run, 0, run.length);
		nodes.end(output);
		this.isHolding = false;
		this.forget();
	}

	private forget(): void {
		this.held = [];
		this.heldBytes = 0;
	}
}
