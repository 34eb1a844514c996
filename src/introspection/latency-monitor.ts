import type { Clock } from "../adapters/clock.ts";

/** Samples kept of one event. */
const SAMPLES_MAX = 160;

export interface LatencySample {
	readonly at_s: number;
	readonly latency_ms: number;
}

/** What has happened to one kind of event: the newest samples, one a second at most, the worst of it. */
export class LatencyEvent {
	readonly name: string;
	/** The worst there has ever been. */
	worst_ms: number;
	/** The oldest first. */
	samples: LatencySample[];

	constructor(name: string) {
		this.name = name;
		this.worst_ms = 0;
		this.samples = [];
	}

	add(at_s: number, latency_ms: number): void {
		this.worst_ms = Math.max(this.worst_ms, latency_ms);
		const last = this.samples.at(-1);
		if (last?.at_s === at_s) {
			if (latency_ms > last.latency_ms) this.samples[this.samples.length - 1] = { at_s, latency_ms };
			return;
		}
		this.samples.push({ at_s, latency_ms });
		if (this.samples.length > SAMPLES_MAX) this.samples.shift();
	}

	latest(): LatencySample {
		return this.samples.at(-1)!;
	}
}

/**
 * What took the server longer than `latency-monitor-threshold`, by kind of event: commands, rounds of expiry and of
 * eviction, writes of the append-only file.
 *
 *     latency.note("expire-cycle", elapsed_us);
 *
 * Invariant: without a threshold nothing is kept that comes; the kinds of events are a few words of our own.
 */
export class LatencyMonitor {
	/** 0: nothing is watched. */
	threshold_ms: number;
	private readonly clock: Clock;
	private readonly events: Map<string, LatencyEvent>;

	constructor(clock: Clock) {
		this.threshold_ms = 0;
		this.clock = clock;
		this.events = new Map();
	}

	note(name: string, elapsed_us: number): void {
		const { threshold_ms } = this;
		if (threshold_ms === 0 || elapsed_us < threshold_ms * 1000) return;
		let event = this.events.get(name);
		if (event === undefined) {
			event = new LatencyEvent(name);
			this.events.set(name, event);
		}
		event.add(Math.floor(this.clock.now_ms() / 1000), Math.floor(elapsed_us / 1000));
	}

	all(): LatencyEvent[] {
		return [...this.events.values()];
	}

	get(name: string): LatencyEvent | null {
		return this.events.get(name) ?? null;
	}

	/** Forgets one kind; false where there is none. */
	forget(name: string): boolean {
		return this.events.delete(name);
	}

	/** Forgets all; returns how many kinds there were. */
	forgetAll(): number {
		const { size } = this.events;
		this.events.clear();
		return size;
	}
}
