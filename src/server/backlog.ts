import { discard } from "../bytes/ascii.ts";

/** Blocks that bytes wait in, all of this length but the first few of a client. */
export const BLOCK_BYTES = 64 * 1024;
/** Blocks kept for the next who needs one. */
const FREE_BLOCKS_MAX = 64;

/**
 * What all clients together have not read of their replies, or sent ahead while they wait: the more of it there is, the less
 * may be added by each. So one slow client has all the room it may need, and a thousand do not fill the memory:
 * with `n` of them that want all they can get, each has a part of `1 / (n + 1)`.
 *
 * It lends the blocks, too: made anew for each reply of a megabyte they would keep allocator and collector busy, and memory
 * that is free would be resident for a while.
 */
export class Backlog {
	bytes: number;
	private readonly bytesMax: number;
	private readonly freeBlocks: Uint8Array[];

	constructor(bytesMax: number) {
		this.bytes = 0;
		this.bytesMax = bytesMax;
		this.freeBlocks = [];
	}

	/** How much one client may have, of `most`. */
	allowance(most: number): number {
		const left = this.bytesMax - this.bytes;
		return left < most ? (left < 0 ? 0 : left) : most;
	}

	/** Of BLOCK_BYTES, with anything in it. */
	takeBlock(): Uint8Array {
		return this.freeBlocks.pop() ?? new Uint8Array(BLOCK_BYTES);
	}

	giveBack(block: Uint8Array): void {
		if (this.freeBlocks.length < FREE_BLOCKS_MAX) this.freeBlocks.push(block);
		else discard(block);
	}
}
