import type { Clock, Timers } from "../adapters/clock.ts";
import type { Files } from "../adapters/files.ts";
import type { Host } from "../adapters/host.ts";
import type { Network } from "../adapters/network.ts";
import type { Config } from "../config/config.ts";
import type { Executor } from "../dispatch/execute.ts";
import type { ClientRegistry } from "../introspection/clients.ts";
import type { Log } from "../introspection/log.ts";
import type { Statistics } from "../introspection/statistics.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Persistence } from "../persistence/persistence.ts";

/** What replication needs of its server. It is read while the server runs, so it may be filled later. */
export interface ReplicationHost {
	readonly adapters: {
		readonly clock: Clock;
		readonly timers: Timers;
		readonly files: Files;
		readonly host: Host;
		readonly network: Network;
	};
	readonly config: Config;
	readonly keyspace: Keyspace;
	readonly executor: Executor;
	readonly clients: ClientRegistry;
	readonly statistics: Statistics;
	readonly persistence: Persistence;
	readonly log: Log;
	/** The TCP port in use, 0 for none. */
	port(): number;
	/** Something threw where nothing should: a defect of ours. */
	internalError(where: string, error: unknown): void;
	/** Behind every turn that changed something: has effects committed. */
	endBatch(): void;
	/** Takes the effects there are now, before this returns: to the append-only file and to the stream. */
	commitNow(): void;
}
