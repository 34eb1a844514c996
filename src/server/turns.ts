import type { Clock, Timers } from "../adapters/clock.ts";

/** What such clients may take together before the network has its turn. */
const TURN_US = 1000;

/** Who waits for its next slice. */
export interface TurnTaker {
	resume(): void;
}

/**
 * Clients whose commands took a whole slice of time and who have more of them: they are served in turn, a slice each, and
 * after a millisecond of it the network comes first. So however many work the server as hard as they can, a client with
 * one short command waits for a millisecond or two and not for all that they have sent.
 */
export class Turns {
	private readonly clock: Clock;
	private readonly timers: Timers;
	/** In the order in which their slices ended. */
	private readonly waiting: Set<TurnTaker>;
	private isArmed: boolean;
	private readonly turn: () => void;

	constructor(clock: Clock, timers: Timers) {
		this.clock = clock;
		this.timers = timers;
		this.waiting = new Set();
		this.isArmed = false;
		this.turn = () => {
			this.isArmed = false;
			this.serve();
		};
	}

	add(taker: TurnTaker): void {
		this.waiting.add(taker);
		this.arm();
	}

	forget(taker: TurnTaker): void {
		this.waiting.delete(taker);
	}

	private arm(): void {
		if (this.isArmed) return;
		this.isArmed = true;
		this.timers.soon(this.turn);
	}

	private serve(): void {
		const end_us = this.clock.monotonic_us() + TURN_US;
		// Those who need another slice come back at the end: they are not served twice before the time is over.
		for (const taker of this.waiting) {
			this.waiting.delete(taker);
			taker.resume();
			if (this.clock.monotonic_us() > end_us) break;
		}
		if (this.waiting.size > 0) this.arm();
	}
}
