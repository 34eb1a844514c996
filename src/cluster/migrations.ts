import type { Timers } from "../adapters/clock.ts";
import type { Network, TlsSettings } from "../adapters/network.ts";
import type { Values } from "../config/directives.ts";
import type { Blocker } from "../dispatch/blocking.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { KeyWatch } from "./key-watch.ts";
import { Migration, type MigrationHost, type MigrationRequest } from "./migration.ts";
import { Peers } from "./peers.ts";

/** What migrations need of their server. */
export interface MigrationsHost {
	readonly adapters: { readonly network: Network; readonly timers: Timers };
	readonly config: { readonly values: Values };
	readonly keyspace: Keyspace;
	readonly blocked: Blocker;
	internalError(where: string, error: unknown): void;
	/** Behind every turn that changed something. */
	endBatch(): void;
}

/** The migrations of one server, and the connections they share. */
export class Migrations implements MigrationHost {
	readonly keyspace: Keyspace;
	readonly peers: Peers;
	readonly keyWatch: KeyWatch;
	readonly timers: Timers;
	private readonly host: MigrationsHost;

	/** `tls` says what connections are encrypted with; null where they are not. */
	constructor(host: MigrationsHost, tls: () => TlsSettings | null) {
		this.keyspace = host.keyspace;
		this.peers = new Peers(host.adapters.network, host.adapters.timers, tls);
		this.keyWatch = new KeyWatch(host.keyspace.changes);
		this.timers = host.adapters.timers;
		this.host = host;
	}

	/** `finished` hears of the error, or null, when this has long returned. */
	start(request: MigrationRequest, finished: (error: string | null) => void): void {
		let isStarting = true;
		const migration = new Migration(this, request, (error) => {
			if (isStarting) this.timers.soon(() => finished(error));
			else finished(error);
		});
		migration.start();
		isStarting = false;
	}

	/** To other servers. */
	connectionCount(): number {
		return this.peers.count();
	}

	compresses(): boolean {
		return this.host.config.values.rdbcompression;
	}

	keysRemoved(): void {
		const { blocked } = this.host;
		if (blocked.isReady) blocked.serve();
		this.host.endBatch();
	}

	internalError(error: unknown): void {
		this.host.internalError("migrate", error);
	}

	stop(): void {
		this.peers.stop();
	}
}
