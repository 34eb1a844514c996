import type { Clock, Timer, Timers } from "../../src/adapters/clock.ts";

interface Planned {
	readonly at_ms: number;
	readonly order: number;
	readonly action: () => void;
	cancelled: boolean;
}

/** A clock that stands still until it is told to move, and timers that fire while it moves, in order. */
export class VirtualTime implements Clock, Timers {
	private time_ms: number;
	private order = 0;
	private planned: Planned[] = [];

	constructor(start_ms = 1_700_000_000_000) {
		this.time_ms = start_ms;
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
		const planned: Planned = { at_ms: this.time_ms + delay_ms, order: this.order++, action, cancelled: false };
		this.planned.push(planned);
		return {
			cancel() {
				planned.cancelled = true;
			},
		};
	}

	soon(action: () => void): void {
		this.after(0, action);
	}

	/** How many timers are set: what would still run. */
	pendingCount(): number {
		return this.planned.filter((timer) => !timer.cancelled).length;
	}

	/** Time goes by and nothing fires, as while the process sleeps; what fell due is fired by the next `advance`. */
	sleep(by_ms: number): void {
		this.time_ms += by_ms;
	}

	/** Moves time on and fires what falls due on the way. */
	advance(by_ms: number): void {
		const target_ms = this.time_ms + by_ms;
		for (;;) {
			this.planned = this.planned.filter((timer) => !timer.cancelled);
			const due = this.planned.filter((timer) => timer.at_ms <= target_ms);
			due.sort((a, b) => a.at_ms - b.at_ms || a.order - b.order);
			const next = due[0];
			if (next === undefined) break;
			this.planned = this.planned.filter((timer) => timer !== next);
			this.time_ms = Math.max(this.time_ms, next.at_ms);
			next.action();
		}
		this.time_ms = target_ms;
	}
}
