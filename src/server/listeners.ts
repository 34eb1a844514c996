import type { Acceptor, Listener, Network } from "../adapters/network.ts";
import { ConfigError } from "../config/parse.ts";

/** What there is to listen on. */
export interface ListenPlan {
	/** `*` and `::*` are all addresses of their family; a dash in front means the address may be missing. */
	readonly bind: readonly string[];
	/** 0 listens on no TCP port, unless `anyPort`. */
	readonly port: number;
	/** Take a free port where `port` is 0: for servers inside tests. */
	readonly anyPort: boolean;
	readonly backlog: number;
	readonly unixSocket: string;
	readonly unixSocketMode: number;
	/** There is another way in. */
	readonly hasOthers?: boolean;
}

/** The open listeners of a server, and their replacement when `bind` or `port` change. */
export class Listeners {
	private readonly network: Network;
	private readonly accept: Acceptor;
	private readonly warn: (line: string) => void;
	private tcp: Listener[];
	private unix: Listener | null;

	constructor(network: Network, accept: Acceptor, warn: (line: string) => void) {
		this.network = network;
		this.accept = accept;
		this.warn = warn;
		this.tcp = [];
		this.unix = null;
	}

	/** The TCP port in use, 0 where there is none. */
	port(): number {
		return this.tcp[0]?.port ?? 0;
	}

	hasUnixSocket(): boolean {
		return this.unix !== null;
	}

	/** Opens everything, or nothing: throws a ConfigError with Redis's closing words where it cannot. */
	open(plan: ListenPlan): void {
		if (!this.openTcp(plan)) throw new ConfigError(`Failed listening on port ${plan.port} (tcp), aborting.`);
		if (plan.unixSocket === "") {
			if (this.tcp.length === 0 && !plan.hasOthers)
				throw new ConfigError("Configured to not listen anywhere, exiting.");
			return;
		}
		try {
			this.unix = this.network.listenUnix(plan.unixSocket, plan.unixSocketMode, this.accept);
		} catch (failure) {
			this.close();
			throw new ConfigError(`Failed opening Unix socket: ${messageOf(failure)}`);
		}
	}

	/** Moves to other addresses or another port; on failure the old ones stay and false is returned. */
	reopen(plan: ListenPlan): boolean {
		const before = this.tcp;
		this.tcp = [];
		// The same port cannot be bound twice, so the old ones have to go first.
		const samePort = before[0]?.port === plan.port;
		if (samePort) closeAll(before);
		if (this.openTcp(plan)) {
			if (!samePort) closeAll(before);
			return true;
		}
		if (!samePort) this.tcp = before;
		return false;
	}

	close(): void {
		closeAll(this.tcp);
		this.tcp = [];
		this.unix?.close();
		this.unix = null;
	}

	private openTcp(plan: ListenPlan): boolean {
		if (plan.port === 0 && !plan.anyPort) return true;
		const opened = listenEverywhere(
			plan.bind,
			plan.port,
			(host, port) => this.network.listenTcp(host, port, plan.backlog, this.accept),
			this.warn,
		);
		this.tcp = opened ?? [];
		return opened !== null;
	}
}

/**
 * Listens on a port of every address of `bind`, the one it got first where the port is 0. Null where one that has to be
 * there is not to be had: then none is open.
 */
export function listenEverywhere<One extends Listener>(
	bind: readonly string[],
	port: number,
	listen: (host: string, port: number) => One,
	warn: (line: string) => void,
): One[] | null {
	const opened: One[] = [];
	for (const written of bind) {
		const isOptional = written.startsWith("-");
		const address = isOptional ? written.slice(1) : written;
		const host = address === "*" ? "0.0.0.0" : address === "::*" ? "::" : address;
		try {
			const listener = listen(host, port);
			opened.push(listener);
			port = listener.port;
		} catch (failure) {
			// A family the machine does not have, or, on some systems, one that the wildcard of the other covers.
			if (isOptional) continue;
			warn(`Warning: Could not create server TCP listening socket ${address}:${port}: ${messageOf(failure)}`);
			closeAll(opened);
			return null;
		}
	}
	return opened;
}

export function closeAll(listeners: readonly Listener[]): void {
	for (const listener of listeners) listener.close();
}

function messageOf(failure: unknown): string {
	return failure instanceof Error ? failure.message : String(failure);
}
