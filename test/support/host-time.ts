import type { Clock, Timer, Timers } from "../../src/adapters/clock.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a look at the monotonic clock costs: slices of work end, as they do where time goes by. */
const LOOK_US = 40;

/**
 * The time of one machine among several: it passes as everywhere, but the clock on the wall may be wrong, the machine may
 * stand still for a while, and when its process dies nothing that it had planned happens any more.
 */
export class HostTime implements Clock, Timers {
	/** How far its clock is ahead of the common time. */
	skew_ms: number;
	private readonly common: VirtualTime;
	private looks_us: number;
	private isDead: boolean;
	/** What fell due while it stands still; null while it does not. */
	private postponed: (() => void)[] | null;

	constructor(common: VirtualTime, skew_ms = 0) {
		this.skew_ms = skew_ms;
		this.common = common;
		this.looks_us = 0;
		this.isDead = false;
		this.postponed = null;
	}

	now_ms(): number {
		return this.common.now_ms() + this.skew_ms;
	}

	now_us(): number {
		return this.now_ms() * 1000;
	}

	monotonic_us(): number {
		this.looks_us += LOOK_US;
		return this.common.monotonic_us() + this.looks_us;
	}

	zoneOffset_minutes(): number {
		return 0;
	}

	after(delay_ms: number, action: () => void): Timer {
		return this.common.after(delay_ms, () => this.run(action));
	}

	soon(action: () => void): void {
		this.after(0, action);
	}

	/** Now, or when it goes on, or never. */
	run(action: () => void): void {
		if (this.isDead) return;
		if (this.postponed === null) action();
		else this.postponed.push(action);
	}

	isStandingStill(): boolean {
		return this.postponed !== null;
	}

	/** As a process that is stopped, or a machine that swaps. */
	standStill(): void {
		this.postponed ??= [];
	}

	goOn(): void {
		const postponed = this.postponed ?? [];
		this.postponed = null;
		for (const action of postponed) this.soon(action);
	}

	die(): void {
		this.isDead = true;
	}
}
