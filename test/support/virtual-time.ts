import type { Clock, Timer, Timers } from "../../src/adapters/clock.ts";

interface Planned {
	readonly at_ms: number;
	readonly action: () => void;
}

const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** A clock that stands still until it is told to move, and timers that fire while it moves, in order. */
export class VirtualTime implements Clock, Timers {
	private time_ms: number;
	/** In the order in which they fire. */
	private readonly planned: Planned[];

	constructor(start_ms = 1_700_000_000_000) {
		this.time_ms = start_ms;
		this.planned = [];
	}

	now_ms(): number {
		return this.time_ms;
	}

	now_us(): number {
		return this.time_ms * 1000;
	}

	monotonic_us(): number {
		return this.time_ms * 1000;
	}

	zoneOffset_minutes(): number {
		return 0;
	}

	after(delay_ms: number, action: () => void): Timer {
		// A real timer would fire at once.
		if (!(delay_ms <= LONGEST_DELAY_MS)) throw new Error(`no timer can wait for ${delay_ms} ms`);
		const { planned } = this;
		const timer: Planned = { at_ms: this.time_ms + delay_ms, action };
		let place = planned.length;
		while (place > 0 && planned[place - 1]!.at_ms > timer.at_ms) place--;
		planned.splice(place, 0, timer);
		return {
			cancel() {
				const found = planned.indexOf(timer);
				if (found >= 0) planned.splice(found, 1);
			},
		};
	}

	soon(action: () => void): void {
		this.after(0, action);
	}

	/** How many timers are set: what would still run. */
	pendingCount(): number {
		return this.planned.length;
	}

	/** Time goes by and nothing fires, as while the process sleeps; what fell due is fired by the next `advance`. */
	sleep(by_ms: number): void {
		this.time_ms += by_ms;
	}

	/** Fires the timer that is next, if it is due now. */
	step(): void {
		const next = this.planned[0];
		if (next === undefined || next.at_ms > this.time_ms) return;
		this.planned.shift();
		next.action();
	}

	/** Moves time on and fires what falls due on the way. */
	advance(by_ms: number): void {
		const target_ms = this.time_ms + by_ms;
		for (;;) {
			const next = this.planned[0];
			if (next === undefined || next.at_ms > target_ms) break;
			this.planned.shift();
			this.time_ms = Math.max(this.time_ms, next.at_ms);
			next.action();
		}
		this.time_ms = Math.max(this.time_ms, target_ms);
	}
}
