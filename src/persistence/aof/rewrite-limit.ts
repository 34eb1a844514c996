/** From so many failures in a row on, rewrites that nobody asked for wait. */
const FAILURES_MIN = 3;
const DELAY_MINUTES_MAX = 60;

/**
 * Holds automatic rewrites back where one after the other fails: for a minute, then two, four, up to an hour. Each attempt
 * leaves a small file behind.
 */
export class RewriteLimit {
	private delay_minutes: number;
	private retryAt_s: number;

	constructor() {
		this.delay_minutes = 0;
		this.retryAt_s = 0;
	}

	/** Whether a rewrite has to wait; `began` is told of each new delay, in minutes. */
	holds(failuresInARow: number, now_s: number, began: (minutes: number) => void): boolean {
		if (failuresInARow < FAILURES_MIN) {
			this.delay_minutes = 0;
			this.retryAt_s = 0;
			return false;
		}
		if (this.retryAt_s !== 0) {
			if (now_s < this.retryAt_s) return true;
			this.retryAt_s = 0;
			return false;
		}
		this.delay_minutes = Math.min(DELAY_MINUTES_MAX, Math.max(1, 2 * this.delay_minutes));
		this.retryAt_s = now_s + 60 * this.delay_minutes;
		began(this.delay_minutes);
		return true;
	}
}
