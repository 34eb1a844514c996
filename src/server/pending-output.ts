import { copyBytes } from "../bytes/ascii.ts";
import { type Backlog, BLOCK_BYTES } from "./backlog.ts";

/** Blocks begin small and grow, so that many clients to whom a few bytes are owed cost little. */
const BLOCK_BYTES_MIN = 1024;

/**
 * Bytes a client has not read yet, in the order in which they were written.
 *
 *     chunks    block        block        shared     block
 *     used      1024         2048         0          700            0: a chunk that others hold, too, used as a whole
 *
 * Invariant: `bytes` wait, `ownBytes` of them in blocks; those are in the backlog of all clients.
 */
export class PendingOutput {
	/** Bytes waiting, in all chunks. */
	bytes: number;
	/** Bytes of the first chunk that are already sent. */
	offset: number;
	/** Since when there is more than the soft limit, ms; 0 while there is not. */
	overSoftLimitSince_ms: number;
	private readonly backlog: Backlog;
	private ownBytes: number;
	private chunks: Uint8Array[];
	private used: number[];
	private head: number;

	constructor(backlog: Backlog) {
		this.bytes = 0;
		this.offset = 0;
		this.overSoftLimitSince_ms = 0;
		this.backlog = backlog;
		this.ownBytes = 0;
		this.chunks = [];
		this.used = [];
		this.head = 0;
	}

	/** Copies a range to the end. */
	add(source: Uint8Array, start: number, length: number): void {
		const { chunks, used } = this;
		let from = start;
		let left = length;
		while (left > 0) {
			let last = chunks.length - 1;
			const filled = last < this.head ? 0 : used[last]!;
			if (filled === 0 || filled === chunks[last]!.length) {
				chunks.push(this.newBlock(left, filled));
				used.push(0);
				last++;
			}
			const block = chunks[last]!;
			const copied = Math.min(left, block.length - used[last]!);
			copyBytes(source, from, block, used[last]!, copied);
			used[last]! += copied;
			from += copied;
			left -= copied;
		}
		this.bytes += length;
		this.ownBytes += length;
		this.backlog.bytes += length;
	}

	private newBlock(length: number, before_bytes: number): Uint8Array {
		const wanted = Math.max(length, 2 * before_bytes, BLOCK_BYTES_MIN);
		return wanted > BLOCK_BYTES / 2 ? this.backlog.takeBlock() : new Uint8Array(wanted);
	}

	private release(block: Uint8Array): void {
		if (block.length === BLOCK_BYTES) this.backlog.giveBack(block);
	}

	/** Adds a chunk that others may hold, too; so many of its bytes are sent already, and only where nothing waits. */
	addShared(chunk: Uint8Array, sent: number): void {
		this.chunks.push(chunk);
		this.used.push(0);
		this.bytes += chunk.length - sent;
		this.offset += sent;
	}

	/** The chunk to send from, from `offset` to `firstEnd`. */
	first(): Uint8Array {
		return this.chunks[this.head]!;
	}

	firstEnd(): number {
		return this.used[this.head]! || this.chunks[this.head]!.length;
	}

	/** So many bytes of the first chunk were sent. */
	taken(sent: number): void {
		const isOwn = this.used[this.head]! > 0;
		this.bytes -= sent;
		this.offset += sent;
		if (isOwn) {
			this.ownBytes -= sent;
			this.backlog.bytes -= sent;
		}
		if (this.offset < this.firstEnd()) return;
		this.offset = 0;
		if (isOwn) this.release(this.first());
		this.chunks[this.head++] = EMPTY;
		if (this.head === this.chunks.length) this.clear();
		else if (this.head > 1024) {
			this.chunks = this.chunks.slice(this.head);
			this.used = this.used.slice(this.head);
			this.head = 0;
		}
	}

	clear(): void {
		for (let i = this.head; i < this.chunks.length; i++) if (this.used[i]! > 0) this.release(this.chunks[i]!);
		this.backlog.bytes -= this.ownBytes;
		this.bytes = 0;
		this.ownBytes = 0;
		this.offset = 0;
		this.overSoftLimitSince_ms = 0;
		this.chunks = [];
		this.used = [];
		this.head = 0;
	}

	count(): number {
		return this.chunks.length - this.head;
	}
}

const EMPTY = new Uint8Array(0);
