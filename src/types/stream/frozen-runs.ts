import { ENTRY_DELETED } from "./entry-code.ts";
import { RUN_BYTES, RUN_OFFSET, RUN_WORDS } from "./run-words.ts";
import type { RunsPiece } from "./snapshot.ts";

/** A block of runs, as it is now. */
export interface RunSource {
	readonly bytes: Uint8Array;
	readonly directory: Int32Array;
	readonly first: number;
	readonly end: number;
}

/**
 * A block of runs as it was at one moment. Of its bytes nothing is copied:
 *
 *     added       is written behind them
 *     deleted     is a bit, whose place is noted here and which is taken back in the piece
 *     removed     leaves bytes that the block does not use again; from the end, it is compacted
 *     compacted   goes to another array
 *
 * Its directory is copied before a word of it changes.
 */
export class FrozenRuns {
	/** Bytes put aside so far. */
	keptBytes: number;
	private readonly bytes: Uint8Array;
	private directory: Int32Array;
	/** The next run to take, and the one behind the last. */
	private next: number;
	private end: number;
	private isOwn: boolean;
	/** Heads of the entries deleted since, in no order. */
	private readonly deleted: number[];

	constructor(block: RunSource) {
		this.keptBytes = 0;
		this.bytes = block.bytes;
		this.directory = block.directory;
		this.next = block.first;
		this.end = block.end;
		this.isOwn = false;
		this.deleted = [];
	}

	/** To be told before a word of the directory changes. */
	preserveDirectory(): void {
		if (this.isOwn) return;
		this.isOwn = true;
		this.directory = this.directory.slice(this.next * RUN_WORDS, this.end * RUN_WORDS);
		this.end -= this.next;
		this.next = 0;
		this.keptBytes += this.directory.byteLength;
	}

	/** To be told before the entry whose head lies there is marked as deleted. */
	noteDeleted(headAt: number): void {
		this.preserveDirectory();
		this.deleted.push(headAt);
		this.keptBytes += 8;
	}

	hasNext(): boolean {
		return this.next < this.end;
	}

	/** The next runs, one at least, as many as fit into so many bytes. */
	takeRuns(bytesMax: number): RunsPiece {
		const from = this.startOf(this.next);
		let behind = this.next + 1;
		while (behind < this.end && this.endOf(behind) - from <= bytesMax) behind++;
		const to = this.endOf(behind - 1);
		const bytes = this.bytes.slice(from, to);
		const directory = this.directory.slice(this.next * RUN_WORDS, behind * RUN_WORDS);
		for (let at = RUN_OFFSET; at < directory.length; at += RUN_WORDS) directory[at]! -= from;
		for (const headAt of this.deleted) if (headAt >= from && headAt < to) bytes[headAt - from]! &= ~ENTRY_DELETED;
		this.next = behind;
		return { form: "runs", bytes, directory, count: directory.length / RUN_WORDS };
	}

	private startOf(run: number): number {
		return this.directory[run * RUN_WORDS + RUN_OFFSET]!;
	}

	private endOf(run: number): number {
		return this.startOf(run) + this.directory[run * RUN_WORDS + RUN_BYTES]!;
	}
}
