import type { Client } from "../../dispatch/client.ts";

/** One wait: the client may have given it up and be in another. */
interface Waiter {
	readonly client: Client;
	readonly unblock: Client["unblock"];
	readonly isServed: () => boolean;
}

/** Clients that wait for their changes to be on the disk: WAITAOF. */
export class SyncWaiters {
	private waiters: Waiter[];

	constructor() {
		this.waiters = [];
	}

	/** The client is blocked, and woken by the first `wake` that finds it served. */
	add(client: Client, isServed: () => boolean): void {
		this.waiters = this.waiters.filter(({ client: other, unblock }) => other.unblock === unblock);
		this.waiters.push({ client, unblock: client.unblock, isServed });
	}

	/** More is on the disk. */
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

	/** Nothing will be synced any more. */
	wakeAll(): void {
		const { waiters } = this;
		this.waiters = [];
		for (const { client, unblock } of waiters) if (client.unblock === unblock) unblock?.(null);
	}
}
