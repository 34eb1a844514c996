/** The one source of time. The real one is `src/server/real/`, the virtual one `test/support/`. */
export interface Clock {
	/** Wall-clock time, whole milliseconds since the Unix epoch. */
	now_ms(): number;
	/** Wall-clock time, whole microseconds since the Unix epoch. */
	now_us(): number;
	/** Monotonic time in microseconds, with fraction; only differences mean anything. */
	monotonic_us(): number;
	/** Offset of local time from UTC at the given moment, minutes east of Greenwich. */
	zoneOffset_minutes(at_ms: number): number;
}

/** A pending timer; `cancel` after it fired is harmless. */
export interface Timer {
	cancel(): void;
}

export interface Timers {
	/** Runs `action` once, no earlier than `delay_ms` from now. */
	after(delay_ms: number, action: () => void): Timer;
	/** Runs `action` once after the I/O that is ready now has been served. */
	soon(action: () => void): void;
}

/** Seeds only: fast generators live in `src/bytes/random.ts` and are seeded from here. */
export interface Entropy {
	/** Fills `target` with unpredictable bytes. */
	fill(target: Uint8Array): void;
}
