import type { Clock, Timers } from "../adapters/clock.ts";
import type { Files } from "../adapters/files.ts";
import type { Host } from "../adapters/host.ts";
import type { Connection, Network, TlsSettings } from "../adapters/network.ts";
import type { Config } from "../config/config.ts";
import type { Executor } from "../dispatch/execute.ts";
import type { ClientRegistry } from "../introspection/clients.ts";
import type { Log } from "../introspection/log.ts";
import type { Statistics } from "../introspection/statistics.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Persistence } from "../persistence/persistence.ts";
import type { MasterClient, MasterListener } from "./master-client.ts";

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
	/** Of Redis, the one we are compatible with. */
	readonly version: string;
	/** What connections to a master are encrypted with; null where they are not. */
	outgoingTls(): TlsSettings | null;
	/** Has what the master sends on this connection executed. It is handed over by calls of the result. */
	openMaster(connection: Connection, listener: MasterListener): MasterClient;
	/** Ends the wait of all clients that wait for something, and their connections: the server is another one now. */
	unblockAll(): void;
	/** The libraries of functions have been replaced; false where they are not sound, which the log has told. */
	loadLibraries(): boolean;
	/** Ends the server without another word to anyone. */
	abort(exitCode: number): void;
	/** Something threw where nothing should: a defect of ours. */
	internalError(where: string, error: unknown): void;
	/** This server has become a replica or a master, or the link to its master has come up or gone down. */
	roleChanged(isReplica: boolean, linkIsUp: boolean): void;
	/** Behind every turn that changed something: has effects committed. */
	endBatch(): void;
	/** Takes the effects there are now, before this returns: to the append-only file and to the stream. */
	commitNow(): void;
}
