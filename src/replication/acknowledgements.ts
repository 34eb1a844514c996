import type { Client } from "../dispatch/client.ts";

/** From effect number `from` on, a position among effects is one in the stream when `shift` is added. */
interface Stretch {
	readonly from: number;
	readonly shift: number;
}

/** One wait: the client may have given it up and be in another. */
interface Waiter {
	readonly client: Client;
	readonly unblock: Client["unblock"];
	readonly isServed: () => boolean;
}

const STRETCHES_MAX = 1024;

/**
 * Who waits for replicas to have what: WAIT and WAITAOF. A client knows where among all effects its last one ends; where
 * that is in the stream follows from the stretches between those bytes of the stream that are no effects (PING).
 */
export class Acknowledgements {
	private stretches: Stretch[];
	private waiters: Waiter[];

	constructor() {
		this.stretches = [];
		this.waiters = [];
	}

	/** Effects from `position` on go into the stream behind `offset` bytes of it. */
	note(position: number, offset: number): void {
		const { stretches } = this;
		const shift = offset - position;
		if (stretches.length > 0 && stretches.at(-1)!.shift === shift) return;
		stretches.push({ from: position, shift });
		if (stretches.length > STRETCHES_MAX) this.stretches = stretches.slice(STRETCHES_MAX / 2);
	}

	/** How many bytes of the stream hold all effects up to `position`; no more than `offset`, which it has. */
	offsetOf(position: number, offset: number): number {
		const { stretches } = this;
		let index = stretches.length - 1;
		while (index > 0 && stretches[index]!.from >= position) index--;
		if (index < 0 || position === 0) return 0;
		return Math.min(position + stretches[index]!.shift, offset);
	}

	/** The client is blocked, and woken, as if its time were over, by the first `wake` that finds it served. */
	add(client: Client, isServed: () => boolean): void {
		this.waiters = this.waiters.filter((waiter) => waiter.client.unblock === waiter.unblock);
		this.waiters.push({ client, unblock: client.unblock, isServed });
	}

	wake(): void {
		if (this.waiters.length === 0) return;
		const { waiters } = this;
		this.waiters = [];
		for (const waiter of waiters) {
			if (waiter.client.unblock !== waiter.unblock) continue;
			if (waiter.isServed()) waiter.unblock?.(null);
			else this.waiters.push(waiter);
		}
	}
}
