import { assert } from "../bytes/assert.ts";
import type { Client } from "../dispatch/client.ts";
import { MAY_REPLICATE, WRITE } from "../dispatch/command.ts";
import { clientBytes, clientLine } from "./client-line.ts";

/** What CLIENT LIST TYPE and CLIENT KILL TYPE tell apart. */
export type ClientType = "normal" | "replica" | "pubsub" | "master";

/** For whose sake writes wait, apart from CLIENT PAUSE: until it says that they may go on. */
export type OwnPause = "failover" | "shutdown";

/** Which clients are meant; a condition that is null does not count. */
export interface ClientFilter {
	id: number | null;
	type: ClientType | null;
	user: string | null;
	address: string | null;
	localAddress: string | null;
	/** Not those that have come later. */
	connectedBefore_ms?: number;
	/** The client that asks, where it is to be spared. */
	except: Client | null;
}

/**
 * The clients of a server, in the order of their numbers, and whether CLIENT PAUSE holds them back.
 *
 * A pause ends by itself: past its end nothing is held back, whether or not the server has called `endPause` yet. That
 * call is what wakes those who wait, so the server makes it when `pauseEnd_ms` has come.
 */
export class ClientRegistry {
	/**
	 * Called when a pause begins or its end moves, and when one is over, perhaps not the last. Both are called in the
	 * middle of a command: a listener may note the fact or set a timer, and must not run other clients' commands before it
	 * has returned.
	 */
	readonly onPaused: (() => void)[];
	readonly onUnpaused: (() => void)[];
	private readonly clients: Map<number, Client>;
	/** Clients that met a pause and wait for its end. */
	private readonly waiting: Set<Client>;
	private lastId: number;
	private isPaused: boolean;
	private pausesWritesOnly: boolean;
	private pausedUntil_ms: number;
	private readonly ownPauses: Set<OwnPause>;

	constructor() {
		this.onPaused = [];
		this.onUnpaused = [];
		this.clients = new Map();
		this.waiting = new Set();
		this.lastId = 0;
		this.isPaused = false;
		this.pausesWritesOnly = false;
		this.pausedUntil_ms = 0;
		this.ownPauses = new Set();
	}

	/** Clients come in the order of their numbers, so that the map stays in order. */
	add(client: Client): void {
		assert(client.id > this.lastId, "a client's number is above those before it");
		this.lastId = client.id;
		this.clients.set(client.id, client);
	}

	/** Harmless for a client that is gone already. */
	remove(client: Client): void {
		this.clients.delete(client.id);
		this.waiting.delete(client);
	}

	get(id: number): Client | null {
		return this.clients.get(id) ?? null;
	}

	all(): IterableIterator<Client> {
		return this.clients.values();
	}

	count(): number {
		return this.clients.size;
	}

	/** Of these, replicas. */
	replicaCount(): number {
		let count = 0;
		for (const { replica } of this.clients.values()) if (replica !== null) count++;
		return count;
	}

	typeOf({ subscriptions, replica, isObeyed }: Client): ClientType {
		if (isObeyed) return "master";
		if (replica !== null) return "replica";
		return subscriptions === null ? "normal" : "pubsub";
	}

	matching(filter: ClientFilter): Client[] {
		const found: Client[] = [];
		for (const client of this.clients.values()) if (this.matches(client, filter)) found.push(client);
		return found;
	}

	private matches(client: Client, filter: ClientFilter): boolean {
		if (client === filter.except) return false;
		if (filter.id !== null && client.id !== filter.id) return false;
		if (filter.type !== null && this.typeOf(client) !== filter.type) return false;
		if (filter.connectedBefore_ms !== undefined && client.connectedAt_ms > filter.connectedBefore_ms) return false;
		if (filter.user !== null && client.user !== filter.user) return false;
		if (filter.address !== null && client.link.remoteAddress !== filter.address) return false;
		return filter.localAddress === null || client.link.localAddress === filter.localAddress;
	}

	/** Closes the clients that are meant: others at once, the one that asks after its reply. Returns how many. */
	kill(filter: ClientFilter, asking: Client): number {
		const doomed = this.matching(filter);
		for (const client of doomed) {
			if (client === asking) {
				client.link.closeAfterReply();
				continue;
			}
			// The socket may say only later that it is closed; from here on the client is not listed any more.
			this.remove(client);
			client.link.close();
		}
		return doomed.length;
	}

	line(client: Client, now_ms: number): string {
		return clientLine(client, now_ms, this.waiting.has(client));
	}

	/** Memory that is there for clients, in bytes. */
	bytesUsed(): number {
		let bytes = 0;
		for (const client of this.clients.values()) bytes += clientBytes(client);
		return bytes;
	}

	/** Most that is kept for one client: of input, of output. */
	queryBytesMax(): number {
		let most = 0;
		for (const client of this.clients.values()) most = Math.max(most, client.link.queryCapacityBytes());
		return most;
	}

	pendingBytesMax(): number {
		let most = 0;
		for (const client of this.clients.values()) most = Math.max(most, client.link.pendingBytes());
		return most;
	}

	/** A pause on top of another only adds: it ends when the later one does and holds back what either does. */
	pause(until_ms: number, writesOnly: boolean, now_ms: number): void {
		const goesOn = this.isPausedAt(now_ms);
		this.pausesWritesOnly = writesOnly && (!goesOn || this.pausesWritesOnly);
		this.pausedUntil_ms = goesOn ? Math.max(until_ms, this.pausedUntil_ms) : until_ms;
		this.isPaused = true;
		for (const listener of this.onPaused) listener();
	}

	unpause(): void {
		this.isPaused = false;
		this.someGoOn();
	}

	private someGoOn(): void {
		this.waiting.clear();
		for (const listener of this.onUnpaused) listener();
	}

	/** Writes wait, whatever else is paused, and CLIENT UNPAUSE does not help. */
	pauseWritesFor(whom: OwnPause): void {
		this.ownPauses.add(whom);
		for (const listener of this.onPaused) listener();
	}

	/** Harmless where they do not wait for that. */
	resumeWritesFor(whom: OwnPause): void {
		if (this.ownPauses.delete(whom)) this.someGoOn();
	}

	/** Whether the server hands its role over or ends: what replicas are sent is to come to an end. */
	areWritesOver(): boolean {
		return this.ownPauses.size > 0;
	}

	/** Whether anybody has to wait, for whatever reason. */
	holdsAnybody(): boolean {
		return this.isPaused || this.ownPauses.size > 0;
	}

	/** Wakes those who wait where the pause is over; false while it goes on. */
	endPause(now_ms: number): boolean {
		if (this.isPausedAt(now_ms)) return false;
		if (this.isPaused) this.unpause();
		return true;
	}

	isPausedAt(now_ms: number): boolean {
		return this.isPaused && now_ms < this.pausedUntil_ms;
	}

	/** When the pause by CLIENT PAUSE is over, or Infinity where there is none. */
	pauseEnd_ms(): number {
		return this.isPaused ? this.pausedUntil_ms : Infinity;
	}

	/**
	 * Whether a command with these flags has to wait. Of a full pause nothing is exempt, CLIENT UNPAUSE neither, but what
	 * replicas say of themselves; during a pause of writes everything that may not change the data set or be sent to
	 * replicas goes on.
	 */
	isHeldBack(flags: number, client: Client, now_ms: number): boolean {
		const isPaused = this.isPausedAt(now_ms);
		if ((!isPaused && this.ownPauses.size === 0) || client.replica !== null) return false;
		if ((!isPaused || this.pausesWritesOnly) && (flags & (WRITE | MAY_REPLICATE)) === 0) return false;
		this.waiting.add(client);
		return true;
	}
}
