import type { Random } from "../bytes/random.ts";

/** Of a key that is new: high enough not to be evicted before it could be used again. */
export const FREQUENCY_OF_NEW = 5;
export const FREQUENCY_MAX = 255;
const MINUTE_MS = 60_000;
const MINUTES_MASK = 0xffff;
const TWO_32 = 2 ** 32;

/**
 * How often keys are used, as LFU policies want to know, in the 24-bit stamp of an entry:
 *
 *     minutes:16 | counter:8
 *
 * The counter grows by chance, the less likely the higher it is, so that 255 stands for about a million uses with the
 * usual factor; and it goes down by one for every `decay_minutes` in which the key was not used, which is worked out when
 * somebody looks. `minutes` is when that was last done.
 */
export class Frequency {
	/** `lfu-log-factor`. */
	logFactor: number;
	/** `lfu-decay-time`; 0: counters do not go down. */
	decay_minutes: number;
	/** Now, as stamps have it. */
	minutes: number;
	private readonly random: Random;

	constructor(random: Random) {
		this.logFactor = 10;
		this.decay_minutes = 1;
		this.minutes = 0;
		this.random = random;
	}

	setTime(now_ms: number): void {
		this.minutes = Math.floor(now_ms / MINUTE_MS) & MINUTES_MASK;
	}

	/** The stamp of an entry whose counter is this, as of now. */
	stampWith(counter: number): number {
		return (this.minutes << 8) | counter;
	}

	/** The counter of a stamp, as of now. */
	counter(stamp: number): number {
		return decayed(stamp, this.minutes, this.decay_minutes);
	}

	/** The stamp after one more use. */
	used(stamp: number): number {
		const counter = this.counter(stamp);
		const above = Math.max(0, counter - FREQUENCY_OF_NEW);
		const isCounted = counter < FREQUENCY_MAX && this.random.uint32() * (above * this.logFactor + 1) < TWO_32;
		return this.stampWith(isCounted ? counter + 1 : counter);
	}
}

/** The counter of a stamp at some minute. */
export function decayed(stamp: number, minutes: number, decay_minutes: number): number {
	const counter = stamp & FREQUENCY_MAX;
	if (decay_minutes === 0) return counter;
	const passed = (minutes - (stamp >>> 8)) & MINUTES_MASK;
	return Math.max(0, counter - Math.floor(passed / decay_minutes));
}
