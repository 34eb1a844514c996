import type { Acceptor, Network, TlsListener, TlsSettings } from "../adapters/network.ts";
import type { Config } from "../config/config.ts";
import type { DirectiveName } from "../config/directives.ts";
import { ConfigError } from "../config/parse.ts";
import type { Log } from "../introspection/log.ts";
import type { Adapters } from "./adapters.ts";
import { closeAll, listenEverywhere } from "./listeners.ts";
import { readTlsSettings, TlsTrouble } from "./tls-settings.ts";

/** What the port for TLS needs of its server. */
export interface TlsPortHost {
	readonly adapters: Adapters;
	readonly config: Config;
	readonly log: Log;
}

/** What new connections are made with. */
interface Made {
	readonly incoming: TlsSettings;
	readonly outgoing: TlsSettings;
}

const SET_FAILED = "Unable to update TLS configuration. Check server logs.";
/** All whose change makes new settings; `tls-port` has its own way. */
const CONCERNED: readonly DirectiveName[] = [
	"tls-cert-file",
	"tls-key-file",
	"tls-key-file-pass",
	"tls-client-cert-file",
	"tls-client-key-file",
	"tls-client-key-file-pass",
	"tls-dh-params-file",
	"tls-ca-cert-file",
	"tls-ca-cert-dir",
	"tls-auth-clients",
	"tls-replication",
	"tls-cluster",
	"tls-protocols",
	"tls-ciphers",
	"tls-ciphersuites",
	"tls-prefer-server-ciphers",
	"tls-session-caching",
	"tls-session-cache-size",
	"tls-session-cache-timeout",
];

/**
 * The port for encrypted connections, and the certificates for those that go out.
 *
 * Invariant: `made` was read from files that were whole and fit each other. A change that fails leaves it as it was, and
 * a change that does not touches only connections that come later.
 */
export class TlsPort {
	private readonly network: Network;
	private readonly config: Config;
	private readonly log: Log;
	private readonly adapters: Adapters;
	private readonly accept: Acceptor;
	private listeners: TlsListener[];
	private made: Made | null;

	constructor(host: TlsPortHost, accept: Acceptor) {
		this.network = host.adapters.network;
		this.adapters = host.adapters;
		this.config = host.config;
		this.log = host.log;
		this.accept = accept;
		this.listeners = [];
		this.made = null;
		for (const name of CONCERNED) host.config.onChange(name, () => this.change());
		host.config.onChange("tls-port", () => {
			const refusal = this.isUsed() && !this.isOpen() ? this.make() : null;
			return refusal ?? this.move("Unable to listen on this port. Check server logs.");
		});
		host.config.onChange("bind", () => this.move("Failed to bind to specified addresses."));
	}

	/** Throws a ConfigError where files or settings do not fit, or the address cannot be had. */
	open(): void {
		const port = this.config.values["tls-port"];
		if (this.isUsed() && this.make() !== null) {
			throw new ConfigError("Failed to configure TLS. Check logs for more info.");
		}
		if (!this.listen()) throw new ConfigError(`Failed listening on port ${port} (tls), aborting.`);
	}

	isOpen(): boolean {
		return this.listeners.length > 0;
	}

	close(): void {
		closeAll(this.listeners);
		this.listeners = [];
	}

	/** For connections to other nodes of the cluster, which MIGRATE's are; null where they are not encrypted. */
	outgoing(): TlsSettings | null {
		return this.config.values["tls-cluster"] ? (this.made?.outgoing ?? null) : null;
	}

	/** For the connection to a master. */
	toMaster(): TlsSettings | null {
		return this.config.values["tls-replication"] ? (this.made?.outgoing ?? null) : null;
	}

	private isUsed(): boolean {
		const { values } = this.config;
		return values["tls-port"] !== 0 || values["tls-cluster"] || values["tls-replication"];
	}

	/** Reads everything anew; returns why that is refused, having logged it, or null. */
	private make(): string | null {
		try {
			this.made = {
				incoming: readTlsSettings(this.config.values, this.adapters, "server"),
				outgoing: readTlsSettings(this.config.values, this.adapters, "client"),
			};
			return null;
		} catch (failure) {
			if (!(failure instanceof TlsTrouble)) throw failure;
			this.log.warning(failure.message);
			return failure.isOurs ? failure.message : SET_FAILED;
		}
	}

	private change(): string | undefined {
		if (!this.isUsed()) return undefined;
		const refusal = this.make();
		if (refusal !== null) return refusal;
		for (const listener of this.listeners) listener.change(this.made!.incoming);
		return undefined;
	}

	/** To another port or other addresses. */
	private move(refusal: string): string | undefined {
		return this.listen() ? undefined : refusal;
	}

	/** Opens the listeners as configured in place of those that are open; on failure these stay, where they can. */
	private listen(): boolean {
		const { bind, "tls-port": port, "tcp-backlog": backlog } = this.config.values;
		const before = this.listeners;
		// The same port cannot be bound twice, so the old ones have to go first.
		const isSamePort = before[0]?.port === port;
		if (isSamePort || port === 0) this.close();
		if (port === 0) return true;
		const opened = listenEverywhere(
			bind,
			port,
			(host, at) => this.network.listenTls(host, at, backlog, this.made!.incoming, this.accept, this.refused),
			(line) => this.log.warning(line),
		);
		if (opened === null) return false;
		if (!isSamePort) closeAll(before);
		this.listeners = opened;
		return true;
	}

	private readonly refused = ({ remoteAddress, localAddress }: Addressed, reason: string): void => {
		this.log.warning(`Error accepting a client connection: ${reason} (addr=${remoteAddress} laddr=${localAddress})`);
	};
}

interface Addressed {
	readonly remoteAddress: string;
	readonly localAddress: string;
}
