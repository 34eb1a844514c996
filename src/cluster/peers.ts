import type { Timer, Timers } from "../adapters/clock.ts";
import type { Acceptor, Network, TlsSettings } from "../adapters/network.ts";
import { Peer } from "./peer.ts";

/** How long a connection that nobody uses is kept, and how many such. */
const IDLE_MS_MAX = 10_000;
const IDLE_MAX = 64;

/**
 * Connections to other servers: a used one is kept for a while, for whoever needs the same server next.
 *
 * Invariant: a peer is idle here or in the hands of one user, never both.
 */
export class Peers {
	private readonly network: Network;
	private readonly timers: Timers;
	private readonly tls: () => TlsSettings | null;
	/** Oldest first, each with the timer of its end. */
	private readonly idle: Map<Peer, Timer>;
	private readonly busy: Set<Peer>;
	private isStopped: boolean;

	/** `tls` says what new connections are encrypted with; null where they are not. */
	constructor(network: Network, timers: Timers, tls: () => TlsSettings | null = () => null) {
		this.network = network;
		this.timers = timers;
		this.tls = tls;
		this.idle = new Map();
		this.busy = new Set();
		this.isStopped = false;
	}

	/** All that are open. */
	count(): number {
		return this.idle.size + this.busy.size;
	}

	/** A connection that was used before, or null. */
	reuse(host: string, port: number): Peer | null {
		const isTls = this.tls() !== null;
		for (const [peer, timer] of this.idle) {
			if (peer.host !== host || peer.port !== port || peer.isTls !== isTls) continue;
			this.idle.delete(peer);
			timer.cancel();
			if (!peer.isOpen) continue;
			this.busy.add(peer);
			return peer;
		}
		return null;
	}

	/**
	 * A new connection. `opened` may say that it is not wanted any more; `failed` hears whether there is such a place, and
	 * nobody who listens.
	 */
	connect(host: string, port: number, opened: (peer: Peer) => boolean, failed: (isRefused: boolean) => void): void {
		if (this.isStopped) return failed(false);
		const accept: Acceptor = (connection) => {
			const peer = new Peer(host, port, connection);
			// Not within the call that hands over the connection: its receiver is not known there yet.
			this.timers.soon(() => {
				this.busy.add(peer);
				if (!opened(peer)) this.discard(peer);
			});
			return peer;
		};
		const fail = (reason: Error) => failed((reason as { code?: string }).code === "ECONNREFUSED");
		const settings = this.tls();
		if (settings === null) this.network.connectTcp(host, port, accept, fail);
		else this.network.connectTls(host, port, settings, accept, fail);
	}

	/** Keeps one for the next user. */
	release(peer: Peer): void {
		this.busy.delete(peer);
		peer.listener = null;
		peer.isUsed = true;
		if (!peer.isOpen) return;
		const oldest = this.idle.keys().next().value;
		if (this.idle.size >= IDLE_MAX && oldest !== undefined) this.dropIdle(oldest);
		this.idle.set(
			peer,
			this.timers.after(IDLE_MS_MAX, () => this.dropIdle(peer)),
		);
	}

	discard(peer: Peer): void {
		this.busy.delete(peer);
		peer.close();
	}

	private dropIdle(peer: Peer): void {
		this.idle.get(peer)?.cancel();
		this.idle.delete(peer);
		peer.close();
	}

	/** Closes all; whoever uses one hears that it is broken. */
	stop(): void {
		this.isStopped = true;
		for (const peer of [...this.idle.keys()]) this.dropIdle(peer);
		for (const peer of [...this.busy]) {
			const { listener } = peer;
			this.discard(peer);
			listener?.broken();
		}
	}
}
