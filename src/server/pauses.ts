import type { Clock, Timer, Timers } from "../adapters/clock.ts";
import { TIMER_MAX_MS } from "../dispatch/blocked-clients.ts";
import type { Executor } from "../dispatch/execute.ts";
import type { ClientRegistry } from "../introspection/clients.ts";

/**
 * Makes CLIENT PAUSE true, and what else has writes wait: the executor asks who is held back while a pause lasts, what
 * changes data by itself rests, and one timer ends it.
 *
 * Invariant: while the registry says that somebody has to wait `executor.holding` is true, and where that ends by itself
 * the timer is set for its end or for the longest delay there is.
 */
export class Pauses {
	private readonly clients: ClientRegistry;
	private readonly executor: Executor;
	private readonly clock: Clock;
	private readonly timers: Timers;
	private timer: Timer | null;

	/** `rest` has expiry and eviction rest, or not; `resumeAll` lets those go on who were held back. */
	constructor(
		clients: ClientRegistry,
		executor: Executor,
		adapters: { readonly clock: Clock; readonly timers: Timers },
		rest: (rests: boolean) => void,
		resumeAll: () => void,
	) {
		this.clients = clients;
		this.executor = executor;
		this.clock = adapters.clock;
		this.timers = adapters.timers;
		this.timer = null;
		clients.onPaused.push(() => {
			rest(true);
			this.wait();
		});
		clients.onUnpaused.push(() => {
			const holds = clients.holdsAnybody();
			executor.holding = holds;
			rest(holds);
			if (clients.pauseEnd_ms() === Infinity) this.stop();
			// Not now: a command is in the middle of being executed.
			this.timers.soon(resumeAll);
		});
	}

	stop(): void {
		this.timer?.cancel();
		this.timer = null;
	}

	private wait(): void {
		const { clients, clock } = this;
		this.executor.holding = true;
		this.stop();
		if (clients.pauseEnd_ms() === Infinity) return;
		const delay_ms = Math.max(1, clients.pauseEnd_ms() - clock.now_ms());
		this.timer = this.timers.after(Math.min(delay_ms, TIMER_MAX_MS), () => {
			if (!clients.endPause(clock.now_ms())) this.wait();
		});
	}
}
