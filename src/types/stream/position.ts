import type { RunBlock } from "./run-block.ts";
import { StreamId } from "./stream-id.ts";

/** A place between two entries, for a reader to come back to: good while the block's version stays the same. */
export class Position {
	block: RunBlock | null;
	version: number;
	/** Where the block was among those of the stream. */
	blockIndex: number;
	run: number;
	/** Entries of the run before it. */
	passed: number;
	at: number;
	/** Of the entry before it. */
	readonly id: StreamId;

	constructor() {
		this.block = null;
		this.version = 0;
		this.blockIndex = 0;
		this.run = 0;
		this.passed = 0;
		this.at = 0;
		this.id = new StreamId();
	}
}
