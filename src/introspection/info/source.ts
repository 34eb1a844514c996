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

/** The load of the data at the start, or of a master's, while it goes on. */
export interface LoadingState {
	/** What was there before is still served. */
	readonly isAside: boolean;
	readonly startedAt_ms: number;
	readonly totalBytes: number;
	readonly loadedBytes: number;
	/** Memory in use when the file was written, as it says; 0 where it does not. */
	readonly usedMemory_bytes: number;
}

/** The snapshot in the background, for a save or for a rewrite of the append-only file. */
export interface SnapshotState {
	readonly keys: number;
	readonly keysTotal: number;
	readonly copiedBytes: number;
	readonly copiedBytesMax: number;
	readonly startedAt_ms: number;
}

export interface SavesState {
	readonly isSaving: boolean;
	/** Of the last good save, or of the start. */
	readonly lastSaveAt_ms: number;
	readonly lastIsOk: boolean;
	/** Seconds that the last save in the background took; -1 where there was none. */
	readonly last_s: number;
	readonly count: number;
	/** The most that copies took at a time during the last one. */
	readonly lastCopiedBytes: number;
}

/** The append-only file. Seconds are -1 where there is nothing to measure. */
export interface AppendOnlyState {
	readonly isOn: boolean;
	readonly isRewriting: boolean;
	readonly isRewriteScheduled: boolean;
	readonly lastRewrite_s: number;
	readonly currentRewrite_s: number;
	readonly lastRewriteIsOk: boolean;
	readonly rewrites: number;
	/** How many rewrites have failed since the last good one. */
	readonly failuresInARow: number;
	readonly lastWriteIsOk: boolean;
	readonly lastCopiedBytes: number;
	readonly currentBytes: number;
	/** As long as it was after the last rewrite, or at the start. */
	readonly baseBytes: number;
	readonly bufferedBytes: number;
	readonly pendingSyncs: number;
	/** Writes that had to wait for a sync. */
	readonly delayedSyncs: number;
}

/** What `maxmemory` has led to. */
export interface MemoryState {
	evictedKeys(): number;
	/** For how long there was too little room, all told, and this time. */
	exceededTotal_ms(): number;
	exceededNow_ms(): number;
	/** Measured, and not explained by what is counted: what the runtime and its allocator have on top of the data. */
	overheadBytes(): number;
	/** Gives back to the system what can be given back. */
	purge(): void;
	resetStatistics(): void;
}

/** What is done to keep the data, in plain values as of now. */
export interface PersistenceState {
	readonly loading: LoadingState | null;
	/** Keys that came with the last load of a snapshot, and those left out because their time was over. */
	readonly loadedKeys: number;
	readonly expiredKeys: number;
	readonly snapshot: SnapshotState | null;
	readonly saves: SavesState;
	readonly appendOnly: AppendOnlyState;
}

/** What scripts and functions take, in bytes, and how many there are. */
export interface ScriptMemory {
	/** Of Lua where scripts run, and where functions do. */
	readonly engine: number;
	readonly functionEngine: number;
	/** Sources of scripts and of libraries, with what it takes to find them. */
	readonly scripts: number;
	readonly functions: number;
	readonly scriptCount: number;
	readonly functionCount: number;
	readonly libraryCount: number;
}

/** What a replica tells of its master; where a number means seconds, -1 is none. */
export interface MasterLinkState {
	readonly host: string;
	readonly port: number;
	readonly linkIsUp: boolean;
	readonly lastIo_s: number;
	/** A full copy is on its way, and how far it has come, once that is known. */
	readonly isSyncing: boolean;
	readonly copy: { readonly totalBytes: number; readonly readBytes: number; readonly lastIo_s: number } | null;
	/** Bytes of the history received, and executed. */
	readonly readOffset: number;
	readonly offset: number;
	readonly downSince_s: number;
}

/** A client that follows this server. */
export interface ReplicaInfo {
	ip(): string;
	readonly traits: { readonly port: number };
	/** "wait_bgsave", "send_bulk", "online". */
	state(): string;
	/** Bytes of the history that it says it has executed, and when it said so last. */
	readonly acknowledged: number;
	readonly acknowledgedAt_ms: number;
}

/** What a server is in a group of them. */
export interface ReplicationState {
	readonly follower: { state(): MasterLinkState | null };
	readonly failover: { readonly state: string };
	readonly leader: { readonly replicas: ReadonlySet<ReplicaInfo>; goodReplicas(): number };
	readonly history: { readonly id: string; readonly secondId: string; readonly secondOffset: number };
	readonly stream: {
		readonly offset: number;
		readonly start: number;
		readonly isOpen: boolean;
		readonly backlogBytes: number;
		bytesUsed(): number;
	};
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
	readonly migrations: { connectionCount(): number };
	readonly persistence: { state(): PersistenceState };
	readonly pubSub: { counts(): SubscriptionCounts };
	/** Client-side caching: who tracks, and what is remembered. */
	readonly tracking: {
		counts(): { clients: number; keys: number; items: number; prefixes: number };
		bytesUsed(): number;
	};
	readonly scripting: { memory(): ScriptMemory };
	readonly memory: MemoryState;
	readonly clientMemory: { readonly evictedClients: number };
	/** Clients that wait for keys. */
	readonly watches: { keyCount(): number; watchingClients(): number };
	readonly blocked: { readonly timedCount: number; keyCount(): number; keyCountWithoutKey(): number };
	readonly clients: { count(): number; replicaCount(): number; bytesUsed(): number; all(): Iterable<Client> };
	/** Of Redis, the one we are compatible with. */
	readonly version: string;
	/** Of this program, and the first digits of the commit it was built from. */
	readonly liteVersion: string;
	readonly commit: string;
	/** 40 hexadecimal digits each. */
	readonly runId: string;
	readonly replication: ReplicationState;
	readonly startedAt_ms: number;
	/** `left_ms`: how long it will wait for replicas before it ends; null where it does not. */
	readonly ending: { left_ms(): number | null };
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
