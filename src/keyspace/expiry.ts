import type { Clock, Timer, Timers } from "../adapters/clock.ts";
import type { Keyspace } from "./keyspace.ts";

/** Work between two looks at the events of the network. */
const SLICE_US = 700;
/** Keys between two readings of the clock. */
const KEYS_PER_READING = 32;
/** Longest sleep: the wall clock may be set forward meanwhile. */
const SLEEP_MAX_MS = 60_000;

/**
 * Active expiry: removes keys, and fields of hashes, when their time is over, whoever asks for them or not.
 *
 * There is one timer, set for the earliest deadline that is known. The keyspace keeps a bound below all deadlines, so
 * `arm`, called at the end of each batch of commands, has nothing to do but compare two numbers until an earlier deadline
 * is set. When the timer fires, `run` takes what is due out of the heaps of deadlines, earliest first within a segment,
 * a slice of time at a time, and lets the network have its turn between slices. When nothing is due any more the bound is
 * exact again and the timer is set for it.
 *
 * Invariant: outside `run`, unless active expiry is switched off or `arm` is still owed, the timer fires no later than
 * one millisecond behind the earliest deadline, or a slice is waiting for its turn.
 */
export class ExpiryCycle {
	/** Time spent in slices, as INFO's expire_cycle_cpu_milliseconds. */
	spent_us: number;
	/** Slices that ended before the work did, as INFO's expired_time_cap_reached_count. */
	slicesCutShort: number;
	/** Told how long each slice took. */
	sliceEnded: (elapsed_us: number) => void;
	private readonly keyspace: Keyspace;
	private readonly clock: Clock;
	private readonly timers: Timers;
	/** Made once: it is handed to the timers again and again. */
	private readonly wake: () => void;
	private timer: Timer | null;
	/** Deadline that the timer is set for; Infinity without a timer, -Infinity while a slice waits for its turn. */
	private armedFor_ms: number;
	/** Where the next slice begins, and how many databases before it have nothing due any more. */
	private databaseIndex: number;
	private databasesDone: number;
	private isStopped: boolean;

	constructor(keyspace: Keyspace, clock: Clock, timers: Timers) {
		this.spent_us = 0;
		this.slicesCutShort = 0;
		this.sliceEnded = () => {};
		this.keyspace = keyspace;
		this.clock = clock;
		this.timers = timers;
		this.wake = () => this.run();
		this.timer = null;
		this.armedFor_ms = Infinity;
		this.databaseIndex = 0;
		this.databasesDone = 0;
		this.isStopped = false;
	}

	/** Makes sure the timer is set for the earliest deadline. */
	arm(): void {
		if (this.keyspace.deadlineBound_ms >= this.armedFor_ms) return;
		this.setTimer();
	}

	private setTimer(): void {
		const { keyspace } = this;
		if (!keyspace.activeExpire || keyspace.isStandingStill || keyspace.hidesExpired) return;
		this.timer?.cancel();
		this.armedFor_ms = keyspace.deadlineBound_ms;
		// A key lives through the millisecond of its deadline.
		const delay_ms = this.armedFor_ms + 1 - this.clock.now_ms();
		this.timer = this.timers.after(Math.min(Math.max(delay_ms, 1), SLEEP_MAX_MS), this.wake);
	}

	/** Ends the cycle for good. */
	stop(): void {
		this.timer?.cancel();
		this.timer = null;
		this.isStopped = true;
		this.armedFor_ms = -Infinity;
	}

	/** Removes what is due, or as much of it as fits into a slice, and arranges to go on. */
	run(): void {
		if (this.isStopped) return;
		this.timer?.cancel();
		this.timer = null;
		this.armedFor_ms = Infinity;
		// Armed again at the end of the command that made way.
		const { keyspace } = this;
		if (!keyspace.activeExpire || keyspace.isStandingStill || keyspace.hidesExpired) return;
		if (this.runSlice()) {
			this.arm();
			return;
		}
		this.slicesCutShort++;
		this.armedFor_ms = -Infinity;
		this.timers.soon(this.wake);
	}

	/** Returns whether nothing is left to do. */
	private runSlice(): boolean {
		const { keyspace, clock } = this;
		const { databases } = keyspace;
		const started_us = clock.monotonic_us();
		keyspace.advance();
		let elapsed_us = 0;
		while (this.databasesDone < databases.length && elapsed_us < SLICE_US) {
			if (databases[this.databaseIndex]!.expireDue(KEYS_PER_READING) < KEYS_PER_READING) {
				this.databaseIndex = (this.databaseIndex + 1) % databases.length;
				this.databasesDone++;
			}
			elapsed_us = clock.monotonic_us() - started_us;
		}
		this.spent_us += elapsed_us;
		this.sliceEnded(elapsed_us);
		// The round goes on with the next slice: with very many databases none would ever come to its end alone.
		if (this.databasesDone < databases.length) return false;
		this.databasesDone = 0;
		keyspace.tightenDeadlineBound();
		return true;
	}
}
