import type { Clock, Entropy, Timer, Timers } from "../../adapters/clock.ts";

/** The machine's clock, timers and entropy. */
export const realClock: Clock = {
	now_ms: () => Date.now(),
	now_us: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
	monotonic_us: () => performance.now() * 1000,
	zoneOffset_minutes: (at_ms) => -new Date(at_ms).getTimezoneOffset(),
};

export const realTimers: Timers = {
	after(delay_ms: number, action: () => void): Timer {
		const timer = setTimeout(action, delay_ms);
		return { cancel: () => clearTimeout(timer) };
	},
	soon(action: () => void): void {
		setImmediate(action);
	},
};

export const realEntropy: Entropy = {
	fill: (target) => void crypto.getRandomValues(target as Uint8Array<ArrayBuffer>),
};
