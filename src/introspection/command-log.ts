import { bytesOf } from "../bytes/ascii.ts";
import type { Call } from "../dispatch/call.ts";
import type { Command } from "../dispatch/command.ts";
import { REDACTED, secretArguments } from "./secret-arguments.ts";

/** More words are not kept, the last one tells how many. */
const WORDS_MAX = 32;
/** Of a longer word its beginning is kept, and how much is missing. */
const WORD_BYTES_MAX = 128;

/** The address of scripts. */
const NOBODY = "?:0";

/** One command that took long, or was large. */
export interface LoggedCommand {
	/** Counts the entries of its log from 0. */
	readonly id: number;
	readonly at_s: number;
	/** Microseconds in the slow log, bytes in the others. */
	readonly amount: number;
	readonly words: readonly Uint8Array[];
	readonly address: string;
	readonly name: string;
}

/**
 * The newest commands above a threshold: SLOWLOG, and the logs of COMMANDLOG.
 *
 *     log.offer(call, command, elapsed_us, now_ms);
 *
 * Invariant: there are never more than `entriesMax`; memory is bounded by that, as each entry is cut to a few KB.
 */
export class CommandLog {
	/** Negative: nothing is logged. */
	threshold: number;
	/** The oldest first. Those before `head` are gone. */
	private entries: (LoggedCommand | null)[];
	private head: number;
	private entriesMax: number;
	private nextId: number;

	constructor() {
		this.threshold = -1;
		this.entries = [];
		this.head = 0;
		this.entriesMax = 0;
		this.nextId = 0;
	}

	/** From where on a command is of interest; Infinity for none. */
	from(): number {
		return this.threshold < 0 || this.entriesMax === 0 ? Infinity : this.threshold;
	}

	offer(call: Call, command: Command, amount: number, now_ms: number): void {
		if (amount < this.from()) return;
		const { client } = call;
		this.entries.push({
			id: this.nextId++,
			at_s: Math.floor(now_ms / 1000),
			amount,
			words: wordsOf(call, command),
			address: call.isOfScript ? NOBODY : client.link.remoteAddress,
			name: call.isOfScript ? "" : client.name,
		});
		this.trim();
	}

	setLength(entriesMax: number): void {
		this.entriesMax = entriesMax;
		this.trim();
	}

	private trim(): void {
		while (this.count() > this.entriesMax) this.entries[this.head++] = null;
		if (this.head < 64 || 2 * this.head < this.entries.length) return;
		this.entries = this.entries.slice(this.head);
		this.head = 0;
	}

	count(): number {
		return this.entries.length - this.head;
	}

	/** The newest first. */
	newest(count: number): LoggedCommand[] {
		const found: LoggedCommand[] = [];
		const end = Math.max(this.head, this.entries.length - count);
		for (let i = this.entries.length - 1; i >= end; i--) found.push(this.entries[i]!);
		return found;
	}

	reset(): void {
		this.entries = [];
		this.head = 0;
	}
}

function wordsOf(call: Call, command: Command): Uint8Array[] {
	const secrets = secretArguments(call, command);
	const count = Math.min(call.argc, WORDS_MAX);
	const words: Uint8Array[] = [];
	for (let i = 0; i < count; i++) {
		if (i === WORDS_MAX - 1 && call.argc > WORDS_MAX) words.push(bytesOf(`... (${call.argc - i} more arguments)`));
		else words.push(secrets.has(i) ? REDACTED : wordOf(call, i));
	}
	return words;
}

function wordOf(call: Call, argument: number): Uint8Array {
	const length = call.length(argument);
	if (length <= WORD_BYTES_MAX) return call.slice(argument);
	const rest = bytesOf(`... (${length - WORD_BYTES_MAX} more bytes)`);
	const word = new Uint8Array(WORD_BYTES_MAX + rest.length);
	const start = call.start(argument);
	word.set(call.bytes.subarray(start, start + WORD_BYTES_MAX));
	word.set(rest, WORD_BYTES_MAX);
	return word;
}
