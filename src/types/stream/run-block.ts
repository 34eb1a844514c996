import { copyBytes } from "../../bytes/ascii.ts";
import { assert } from "../../bytes/assert.ts";
import { Footprint } from "./footprint.ts";
import type { FrozenRuns } from "./frozen-runs.ts";
import { RUN_BYTES, RUN_LIVE, RUN_OFFSET, RUN_TOTAL, RUN_WORDS } from "./run-words.ts";
import type { StreamId } from "./stream-id.ts";

export { RUN_BYTES, RUN_LIVE, RUN_OFFSET, RUN_TOTAL, RUN_WORDS };

const DIRECTORY_RUNS_MIN = 2;
const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);
/** The objects and array headers of a block. */
const BLOCK_OVERHEAD_BYTES = 200;

/**
 * A stretch of a stream: runs of entries one behind the other in one array of bytes, and a directory of them.
 *
 *     bytes       (garbage) run (garbage) run run …      `used` bytes of it, of which `dead` belong to no run
 *     directory   [msHigh msLow sequenceHigh sequenceLow offset bytes live total] × …     from run `first` to before `end`
 *
 * Runs lie in the order of their ids, in the directory and in the bytes. Taking the first one away moves nothing; the
 * garbage this leaves is closed when it is half of the block. `version` changes with everything that makes a place in the
 * block, kept elsewhere, a wrong one; appending does not. Bytes that are `frozen` stay as they are but for ENTRY_DELETED.
 */
export class RunBlock {
	bytes: Uint8Array;
	used: number;
	directory: Int32Array;
	first: number;
	end: number;
	version: number;
	/** The runs as they were when a snapshot began, while it has not taken all of them. */
	frozen: FrozenRuns | null;
	private dead: number;
	private readonly footprint: Footprint;

	constructor(capacity: number, footprint: Footprint) {
		this.bytes = new Uint8Array(capacity);
		this.used = 0;
		this.directory = new Int32Array(DIRECTORY_RUNS_MIN * RUN_WORDS);
		this.first = 0;
		this.end = 0;
		this.version = 0;
		this.frozen = null;
		this.dead = 0;
		this.footprint = footprint;
		footprint.bytes += this.bytesUsed();
	}

	/** Runs as they lie in an array, to be read. */
	static of(bytes: Uint8Array, directory: Int32Array, count: number): RunBlock {
		const block = new RunBlock(0, new Footprint());
		block.bytes = bytes;
		block.used = bytes.length;
		block.directory = directory;
		block.end = count;
		return block;
	}

	isEmpty(): boolean {
		return this.first === this.end;
	}

	/** The last run whose first id is at most `id`; the first run where there is none. */
	find(id: StreamId): number {
		const { directory } = this;
		let low = this.first;
		let high = this.end;
		while (high - low > 1) {
			const middle = (low + high) >>> 1;
			if (id.compareTo(directory, middle * RUN_WORDS) < 0) high = middle;
			else low = middle;
		}
		return low;
	}

	/** Begins an empty run at the end of the bytes. */
	openRun(id: StreamId): void {
		if (this.frozen !== null) this.frozen.preserveDirectory();
		if (this.end * RUN_WORDS === this.directory.length) this.makeRoomForRun();
		const at = this.end++ * RUN_WORDS;
		const { directory } = this;
		id.store(directory, at);
		directory[at + RUN_OFFSET] = this.used;
		directory[at + RUN_BYTES] = 0;
		directory[at + RUN_LIVE] = 0;
		directory[at + RUN_TOTAL] = 0;
	}

	private makeRoomForRun(): void {
		const { directory, first, end } = this;
		if (first * 2 >= end) {
			directory.copyWithin(0, first * RUN_WORDS, end * RUN_WORDS);
			this.version++;
		} else {
			this.setDirectory(new Int32Array(directory.length * 2));
			this.directory.set(directory.subarray(first * RUN_WORDS, end * RUN_WORDS));
			if (first > 0) this.version++;
		}
		this.end = end - first;
		this.first = 0;
	}

	/** Takes a run away. */
	removeRun(run: number): void {
		const { directory, first, end } = this;
		const at = run * RUN_WORDS;
		this.version++;
		if (this.frozen !== null) this.frozen.preserveDirectory();
		const isAtEnd = directory[at + RUN_OFFSET]! + directory[at + RUN_BYTES]! === this.used;
		if (isAtEnd && this.frozen === null) this.used = directory[at + RUN_OFFSET]!;
		else this.dead += directory[at + RUN_BYTES]!;
		if (run - first < end - run) {
			directory.copyWithin((first + 1) * RUN_WORDS, first * RUN_WORDS, at);
			this.first++;
		} else {
			directory.copyWithin(at, at + RUN_WORDS, end * RUN_WORDS);
			this.end--;
		}
		if (this.first === this.end) this.clear();
		// What is added next goes behind the last run, and not over frozen bytes.
		else if (isAtEnd && this.frozen !== null) this.compact(this.bytes.length);
	}

	private clear(): void {
		this.first = 0;
		this.end = 0;
		this.used = 0;
		this.dead = 0;
	}

	/** Whether closing the gaps would halve the bytes. */
	isSparse(): boolean {
		return this.dead * 2 > this.used;
	}

	/** Gives the block room for `capacity` bytes and closes the gaps between its runs. */
	compact(capacity: number): void {
		const source = this.bytes;
		if (this.frozen !== null) this.frozen.preserveDirectory();
		if (capacity !== source.length || this.frozen !== null) this.setBytes(new Uint8Array(capacity));
		this.frozen = null;
		const { bytes, directory } = this;
		let to = 0;
		for (let at = this.first * RUN_WORDS; at < this.end * RUN_WORDS; at += RUN_WORDS) {
			const from = directory[at + RUN_OFFSET]!;
			const length = directory[at + RUN_BYTES]!;
			if (bytes !== source) copyBytes(source, from, bytes, to, length);
			else if (from !== to) bytes.copyWithin(to, from, from + length);
			directory[at + RUN_OFFSET] = to;
			to += length;
		}
		if (this.dead > 0) this.version++;
		this.dead = 0;
		this.used = to;
	}

	/** Bytes that belong to runs. */
	liveBytes(): number {
		return this.used - this.dead;
	}

	/** Moves the last run of another block here. */
	adoptLastRun(from: RunBlock): void {
		const at = (from.end - 1) * RUN_WORDS;
		const length = from.directory[at + RUN_BYTES]!;
		const start = from.directory[at + RUN_OFFSET]!;
		assert(this.isEmpty() && length <= this.bytes.length, "a run moves to an empty block that has room for it");
		copyBytes(from.bytes, start, this.bytes, 0, length);
		this.directory.set(from.directory.subarray(at, at + RUN_WORDS));
		this.directory[RUN_OFFSET] = 0;
		this.end = 1;
		this.used = length;
		from.removeRun(from.end - 1);
	}

	/** Lets everything go; whoever still has a place in this block finds out by the version. */
	retire(): void {
		this.footprint.bytes -= this.bytesUsed();
		this.bytes = NO_BYTES;
		this.directory = NO_WORDS;
		this.clear();
		this.version++;
		this.frozen = null;
	}

	clone(footprint: Footprint): RunBlock {
		const copy = new RunBlock(0, footprint);
		copy.setBytes(this.bytes.slice());
		copy.setDirectory(this.directory.slice());
		copy.used = this.used;
		copy.first = this.first;
		copy.end = this.end;
		copy.dead = this.dead;
		return copy;
	}

	private setBytes(bytes: Uint8Array): void {
		this.footprint.bytes += bytes.length - this.bytes.length;
		this.bytes = bytes;
	}

	private setDirectory(directory: Int32Array): void {
		this.footprint.bytes += directory.byteLength - this.directory.byteLength;
		this.directory = directory;
	}

	bytesUsed(): number {
		return BLOCK_OVERHEAD_BYTES + this.bytes.length + this.directory.byteLength;
	}

	verify(): void {
		assert(this.first < this.end && this.end * RUN_WORDS <= this.directory.length, "a block has runs");
		let to = 0;
		let live = 0;
		for (let run = this.first; run < this.end; run++) {
			const at = run * RUN_WORDS;
			assert(this.directory[at + RUN_OFFSET]! >= to, "runs lie in order");
			live += this.directory[at + RUN_BYTES]!;
			to = this.directory[at + RUN_OFFSET]! + this.directory[at + RUN_BYTES]!;
		}
		assert(to <= this.used && this.used <= this.bytes.length, "runs end where the used bytes do");
		assert(live + this.dead === this.used, "dead is the bytes of no run");
	}
}
