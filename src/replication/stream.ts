import { discard } from "../bytes/ascii.ts";

/** What is sent is read where it was written; blocks are as long as that is worth while. */
const BLOCK_BYTES = 256 * 1024;
/** Blocks kept for what comes next. */
const FREE_BLOCKS_MAX = 2;

/** Somebody who still needs what is behind `offset`. */
export interface StreamReader {
	/** Bytes of the stream it has had. */
	readonly offset: number;
}

/**
 * The commands that replicas follow, as bytes, numbered from the beginning of the history: the backlog for replicas that
 * come back, and what those that are connected have not been sent yet, kept once for all of them.
 *
 *     … given up │ backlog: at least `backlogBytes`, where there are so many │
 *             start                    ↑ reader.offset                     offset
 *
 * Invariant: while it is open, every byte from `start` to `offset` is in exactly one block; the blocks follow each other
 * without a gap, and all but the last are full.
 */
export class ReplicationStream {
	/** Bytes of the history so far: `master_repl_offset`. Goes on while the stream is closed, and stands still then. */
	offset: number;
	/** The first byte that is still here is number `start`, from 0. */
	start: number;
	/** Whether what comes is kept: `repl_backlog_active`. */
	isOpen: boolean;
	/** So much is kept at least, readers or not: `repl-backlog-size`. */
	backlogBytes: number;
	readonly readers: Set<StreamReader>;
	/** Where `find` has found something: `foundBytes` of `found` from `foundAt`. */
	found: Uint8Array;
	foundAt: number;
	private blocks: Uint8Array[];
	/** Number of the first byte of the first block. */
	private blocksFrom: number;
	private readonly free: Uint8Array[];

	constructor(backlogBytes: number) {
		this.offset = 0;
		this.start = 0;
		this.isOpen = false;
		this.backlogBytes = backlogBytes;
		this.readers = new Set();
		this.found = NOTHING;
		this.foundAt = 0;
		this.blocks = [];
		this.blocksFrom = 0;
		this.free = [];
	}

	/** Begins to keep what comes, behind `offset` bytes of a history. */
	open(offset: number): void {
		this.close();
		this.isOpen = true;
		this.offset = offset;
		this.start = offset;
		this.blocksFrom = offset;
	}

	/** Keeps nothing any longer. */
	close(): void {
		this.isOpen = false;
		this.blocks = [];
		this.free.length = 0;
		this.found = NOTHING;
		this.start = this.offset;
		this.blocksFrom = this.offset;
	}

	append(bytes: Uint8Array, from: number, to: number): void {
		let at = from;
		while (at < to) {
			const used = this.offset - this.blocksFrom - (this.blocks.length - 1) * BLOCK_BYTES;
			if (this.blocks.length === 0 || used === BLOCK_BYTES) {
				this.blocks.push(this.free.pop() ?? new Uint8Array(BLOCK_BYTES));
				continue;
			}
			const taken = Math.min(to - at, BLOCK_BYTES - used);
			this.blocks.at(-1)!.set(bytes.subarray(at, at + taken), used);
			this.offset += taken;
			at += taken;
		}
		this.trim();
	}

	/** Gives up what neither the backlog nor a reader needs; also called when a reader has read or is gone. */
	trim(): void {
		let needed = this.offset - this.backlogBytes;
		for (const reader of this.readers) if (reader.offset < needed) needed = reader.offset;
		while (this.blocks.length > 1 && this.blocksFrom + BLOCK_BYTES <= needed) {
			const block = this.blocks.shift()!;
			this.blocksFrom += BLOCK_BYTES;
			if (this.free.length < FREE_BLOCKS_MAX) this.free.push(block);
			else discard(block);
		}
		if (this.blocksFrom > this.start) this.start = this.blocksFrom;
	}

	/** Whether somebody who has had `offset` bytes can go on from here. */
	has(offset: number): boolean {
		return this.isOpen && offset >= this.start && offset <= this.offset;
	}

	/** Finds the bytes behind `offset`, which is here: how many there are in one piece, 0 where it is the last. */
	find(offset: number): number {
		if (offset >= this.offset) return 0;
		const at = offset - this.blocksFrom;
		const index = Math.floor(at / BLOCK_BYTES);
		this.found = this.blocks[index]!;
		this.foundAt = at - index * BLOCK_BYTES;
		return Math.min(BLOCK_BYTES - this.foundAt, this.offset - offset);
	}

	/** Memory that is there for it. */
	bytesUsed(): number {
		return (this.blocks.length + this.free.length) * BLOCK_BYTES;
	}
}

const NOTHING = new Uint8Array(0);
