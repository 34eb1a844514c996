import type { Clock } from "../../adapters/clock.ts";
import type { Host } from "../../adapters/host.ts";
import type { Values } from "../../config/directives.ts";
import type { Client } from "../../dispatch/client.ts";
import type { CommandTable } from "../../dispatch/command-table.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import type { Statistics } from "../statistics.ts";

/** What is listened to, and how many clients listen to anything. */
export interface SubscriptionCounts {
	readonly channels: number;
	readonly patterns: number;
	readonly shardChannels: number;
	readonly clients: number;
}

/** What INFO is made from: the server, as far as it tells about itself. */
export interface InfoSource {
	readonly adapters: { readonly clock: Clock; readonly host: Host };
	readonly config: { readonly values: Values };
	/** Absolute path, "" where there is none. */
	readonly configFile: string;
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly executor: { commandsProcessed: number };
	readonly statistics: Statistics;
	/** Active expiry: time spent, and how often a slice of it ended before the work did. */
	readonly expiry: { spent_us: number; slicesCutShort: number };
	readonly pubSub: { counts(): SubscriptionCounts };
	/** Clients that wait for keys. */
	readonly blocked: { readonly timedCount: number; keyCount(): number; keyCountWithoutKey(): number };
	readonly clients: { count(): number; bytesUsed(): number; all(): Iterable<Client> };
	/** Of Redis, the one we are compatible with. */
	readonly version: string;
	/** Of this program, and the first digits of the commit it was built from. */
	readonly liteVersion: string;
	readonly commit: string;
	/** 40 hexadecimal digits each. */
	readonly runId: string;
	readonly replicationId: string;
	readonly startedAt_ms: number;
	/** "standalone" or "cluster". */
	mode(): string;
	/** "master" or "replica". */
	role(): string;
	/** The TCP port in use, 0 for none. */
	port(): number;
	hasUnixSocket(): boolean;
}

/** A line `name:value`; a capability that does not exist yet answers as one that has never been used. */
export type Field = readonly [name: string, value: string | number];
