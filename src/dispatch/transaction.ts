import { copyBytes, discard, grownBytes } from "../bytes/ascii.ts";
import type { Call } from "./call.ts";
import type { Command } from "./command.ts";

const BYTES_MIN = 512;
const COMMANDS_MIN = 16;
const WORDS_MIN = 64;
/** What a transaction may keep for the next one. */
const KEPT_BYTES_MAX = 64 * 1024;

/**
 * The commands that a client has queued since MULTI, as they were sent:
 *
 *     bytes     request │ request │ …             from 0 to `length`
 *     starts    where each begins
 *     ranges    where each word begins and ends
 *     firsts    in `ranges`, where each command's words begin; one more says where the last one's end
 *     hashes    of the key at the command's `firstKey`
 */
export class Transaction {
	commands: (Command | null)[];
	count: number;
	bytes: Uint8Array;
	length: number;
	starts: Int32Array;
	ranges: Int32Array;
	firsts: Int32Array;
	hashes: Int32Array;
	/** What lies in the client's input still and belongs at the end of `bytes`, from here to there; null: nothing does. */
	private input: Uint8Array | null;
	private inputFrom: number;
	private inputTo: number;
	/** The batch in which it began. */
	batch: number;
	/** Of all commands. */
	flags: number;
	/** Those that all commands have. */
	commonFlags: number;
	/** A command was refused: EXEC will run none. */
	isAborted: boolean;

	constructor() {
		this.commands = new Array<Command | null>(COMMANDS_MIN).fill(null);
		this.count = 0;
		this.bytes = new Uint8Array(BYTES_MIN);
		this.length = 0;
		this.starts = new Int32Array(COMMANDS_MIN);
		this.ranges = new Int32Array(2 * WORDS_MIN);
		this.firsts = new Int32Array(COMMANDS_MIN + 1);
		this.hashes = new Int32Array(COMMANDS_MIN);
		this.input = null;
		this.inputFrom = 0;
		this.inputTo = 0;
		this.batch = 0;
		this.flags = 0;
		this.commonFlags = ~0;
		this.isAborted = false;
	}

	/**
	 * Queues a command whose request begins at `requestStart`; `hash` is that of its first key, `flags` are its own, or those
	 * of its script. The request may stay where it is until `keep` is called, which has to be before the input changes.
	 */
	add(call: Call, command: Command, requestStart: number, hash: number, flags: number): void {
		const { argc } = call;
		const number = this.count++;
		const first = this.firsts[number]!;
		// Two more bytes are the end of the last word's line.
		const requestEnd = Math.min(call.end(argc - 1) + 2, call.bytes.length);
		this.reserve(requestEnd - requestStart, first + 2 * argc);
		const shift = this.length - requestStart;
		for (let i = 0; i < argc; i++) {
			this.ranges[first + 2 * i] = call.start(i) + shift;
			this.ranges[first + 2 * i + 1] = call.end(i) + shift;
		}
		if (this.input !== call.bytes || this.inputTo !== requestStart) {
			this.keep();
			this.input = call.bytes;
			this.inputFrom = requestStart;
		}
		this.inputTo = requestEnd;
		this.commands[number] = command;
		this.starts[number] = this.length;
		this.hashes[number] = hash;
		this.firsts[number + 1] = first + 2 * argc;
		this.length += requestEnd - requestStart;
		this.flags |= flags;
		this.commonFlags &= flags;
	}

	/** Takes over what lies in the client's input still: many commands by one copy. */
	keep(): void {
		const { input, inputFrom, inputTo } = this;
		if (input === null) return;
		this.input = null;
		copyBytes(input, inputFrom, this.bytes, this.length - (inputTo - inputFrom), inputTo - inputFrom);
	}

	/** Room for the newest command: so many bytes more, and ranges up to here. */
	private reserve(bytes: number, ranges: number): void {
		if (this.length + bytes > this.bytes.length) {
			this.bytes = grownBytes(this.bytes, Math.max(this.length + bytes, 2 * this.bytes.length));
		}
		if (ranges > this.ranges.length) this.ranges = grownTo(this.ranges, Math.max(ranges, 2 * this.ranges.length));
		const { length } = this.starts;
		if (this.count <= length) return;
		this.starts = grownTo(this.starts, 2 * length);
		this.hashes = grownTo(this.hashes, 2 * length);
		this.firsts = grownTo(this.firsts, 2 * length + 1);
	}

	/** Makes it fit for another client; false where it has grown too large to be kept. */
	clear(): boolean {
		this.commands.fill(null, 0, this.count);
		this.count = 0;
		this.length = 0;
		this.input = null;
		this.flags = 0;
		this.commonFlags = ~0;
		this.isAborted = false;
		if (this.bytesUsed() <= KEPT_BYTES_MAX) return true;
		// The collector would be far behind clients that queue megabytes and go.
		discard(this.bytes);
		return false;
	}

	bytesUsed(): number {
		const numbers = this.ranges.length + this.starts.length + this.firsts.length + this.hashes.length;
		return this.bytes.length + 4 * numbers + 8 * this.commands.length;
	}
}

function grownTo(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
	const grown = new Int32Array(length);
	grown.set(array);
	return grown;
}
