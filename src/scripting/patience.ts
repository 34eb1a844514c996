/**
 * How long a script may run before others get a turn. The clock is looked at after some instructions of Lua; few enough
 * that it matters little how long each takes (comparing two strings of 100 MB takes a tenth of a second), and fewer still
 * where they took long.
 */
import type { Run } from "./run.ts";

/** What a script is to do. */
export const GO_ON = 0;
/** Others get a turn. */
export const MAKE_WAY = 1;
/** It could not make way for so long that it is ended. */
export const END = 2;

/** Between two looks at the clock: about ten microseconds. */
export const INSTRUCTIONS_BETWEEN = 1000;
const INSTRUCTIONS_BETWEEN_SLOW = 10;
/** Instructions that took longer than this in all are slow ones. */
const SLOW_US = 20_000;
/** What a script that has made way gets at a time. */
const TURN_US = 1000;
/** A script that cannot make way is ended once it has had the threshold this many times; more where it has written. */
const TIMES_MAX = 2;
const TIMES_WRITTEN_MAX = 10;

export class Patience {
	/** `busy-reply-threshold`, 0 for never. */
	threshold_ms: number;
	/** How many instructions are the best to run until the next look. */
	instructions: number;
	private readonly monotonic_us: () => number;
	private looked_us: number;
	/** The turn of a script that has made way began. */
	private turn_us: number;

	constructor(monotonic_us: () => number) {
		this.threshold_ms = 5000;
		this.instructions = INSTRUCTIONS_BETWEEN;
		this.monotonic_us = monotonic_us;
		this.looked_us = 0;
		this.turn_us = 0;
	}

	/** A script begins, now. */
	begin(now_us: number): void {
		this.looked_us = now_us;
		this.turn_us = Number.NEGATIVE_INFINITY;
		this.instructions = INSTRUCTIONS_BETWEEN;
	}

	/** A script that has made way goes on. */
	beginTurn(): void {
		this.turn_us = this.monotonic_us();
		this.looked_us = this.turn_us;
	}

	/** What the script is to do that can make way, or cannot, where it is. */
	look(run: Run, canMakeWay: boolean): number {
		const now_us = this.monotonic_us();
		this.instructions = now_us - this.looked_us > SLOW_US ? INSTRUCTIONS_BETWEEN_SLOW : INSTRUCTIONS_BETWEEN;
		this.looked_us = now_us;
		const { threshold_ms } = this;
		const elapsed_us = now_us - run.since_us;
		if (threshold_ms === 0 || elapsed_us <= threshold_ms * 1000) return GO_ON;
		if (canMakeWay) return now_us - this.turn_us >= TURN_US ? MAKE_WAY : GO_ON;
		if (run.mayNeverEnd) return GO_ON;
		const times = run.hasWritten ? TIMES_WRITTEN_MAX : TIMES_MAX;
		return elapsed_us > times * threshold_ms * 1000 ? END : GO_ON;
	}
}
