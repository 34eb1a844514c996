import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import { BRIEF, FAST } from "./flags.ts";

/** Commands of a batch whose requests take more than this, in all, are timed one by one. */
export const SHARED_REQUESTS_BYTES_MAX = 64 * 1024;
/** A run of commands that share two readings of the clock ends where its replies take more than this. */
export const SHARED_REPLIES_BYTES_MAX = 4 * 1024;

/** Flags of commands that are over at once, unless they are given much to do. */
export const SHORT = FAST | BRIEF;
/** A run of small FAST commands takes less than this: what is to be seen from there on can do without more readings. */
const SHARED_DURATION_MIN_US = 5000;
const SHARED_REPLY_MIN_BYTES = 64 * 1024;
/** Words of a request that are no arguments: its length, the length of the first argument, the last line end. */
const FRAME_BYTES_MAX = 32;

/** Hears of commands that took long, or whose request or reply was large. */
export interface HeavyWitness {
	/** The arguments are those of `call`; of several that shared readings of the clock it is the last one. */
	weighed(call: Call, command: Command, elapsed_us: number, replyBytes: number): void;
}

/**
 * From where on a command is worth a word: what the executor compares each reading of the clock with.
 *
 * Runs of one short command share two readings, which is what makes them cheap. They can go on doing so while nothing is
 * to be seen that such a run could hide: no run of small commands takes as long as `long_us`, and what is large is weighed
 * alone. Otherwise `shared` is 0 and every command has readings of its own.
 */
export class Scale {
	/** Flags of commands whose runs share readings of the clock: FAST and BRIEF, or none. */
	shared: number;
	/** Infinity where nobody wants to know. */
	long_us: number;
	argumentsBytes: number;
	replyBytes: number;
	witness: HeavyWitness | null;

	constructor() {
		this.shared = SHORT;
		this.long_us = Infinity;
		this.argumentsBytes = Infinity;
		this.replyBytes = Infinity;
		this.witness = null;
	}

	/** Weighs from here on; Infinity for what nobody wants to know. */
	set(long_us: number, requestBytes: number, replyBytes: number): void {
		const isFine =
			long_us < SHARED_DURATION_MIN_US ||
			requestBytes < SHARED_REQUESTS_BYTES_MAX ||
			replyBytes < SHARED_REPLY_MIN_BYTES;
		this.shared = isFine ? 0 : SHORT;
		this.long_us = long_us;
		this.argumentsBytes = requestBytes - FRAME_BYTES_MAX;
		this.replyBytes = replyBytes;
	}
}
