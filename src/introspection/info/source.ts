import type { Clock } from "../../adapters/clock.ts";
import type { Host } from "../../adapters/host.ts";
import type { Values } from "../../config/directives.ts";
import type { CommandTable } from "../../dispatch/command-table.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import type { Statistics } from "../statistics.ts";

/** What INFO is made from: the server, as far as it tells about itself. */
export interface InfoSource {
	/** Of this program, and the first digits of the commit it was built from. */
	readonly version: string;
	readonly commit: string;
	readonly config: { readonly values: Values };
	readonly clock: Clock;
	readonly host: Host;
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly executor: { commandsProcessed: number };
	readonly statistics: Statistics;
	/** 40 hexadecimal digits each. */
	readonly runId: string;
	readonly replicationId: string;
	readonly startedAt_ms: number;
	/** Absolute path, "" where there is none. */
	readonly configFile: string;
	/** Rounds of housekeeping in a second at the moment. */
	hz(): number;
	/** The TCP port in use, 0 for none. */
	port(): number;
	listeners(): readonly ListenerInfo[];
	clients(): ClientsInfo;
	/** Milliseconds until a shutdown that waits for replicas gives up, or -1 where none is going on. */
	shutdownLeft_ms(): number;
}

export interface ListenerInfo {
	/** "tcp", "unix". */
	readonly name: string;
	/** As the directive `bind` names them, or the path of the socket. */
	readonly bind: readonly string[];
	/** 0 for a unix socket. */
	readonly port: number;
}

export interface ClientsInfo {
	readonly connected: number;
	/** The largest buffers any client had lately. */
	readonly inputMax_bytes: number;
	readonly outputMax_bytes: number;
	/** What all clients together take. */
	readonly memory_bytes: number;
}

/** A line `name:value`; a capability that does not exist yet answers as one that has never been used. */
export type Field = readonly [name: string, value: string | number];
