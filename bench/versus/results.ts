/**
 * The shape of the results: raw numbers of every round of both servers, nothing rounded or left out. Tables and plots
 * are computed from this and nothing else.
 */
import type { DeploymentResult } from "./deployments/results.ts";
import type { DurabilityResults } from "./durability/results.ts";
import type { PaceResult } from "./pace.ts";
import type { ReplicationResults } from "./replication/results.ts";
import type { SeatName } from "./server.ts";

export type Both<T> = Readonly<Record<SeatName, T>>;

export interface Sample {
	readonly requests_per_s: number;
	readonly p50_ms: number;
	readonly p99_ms: number;
	readonly p999_ms: number;
	readonly max_ms: number;
	/** CPU time of the server, all threads, per request. */
	readonly cpu_us: number;
}

export interface ThroughputResult {
	readonly row: string;
	/** 0 for rows about one collection. */
	readonly keys: number;
	readonly depth: number;
	readonly requests: number;
	/** One entry per round. */
	readonly samples: Both<readonly Sample[]>;
}

export interface MemoryResult {
	readonly keys: number;
	readonly valueBytes: number;
	readonly bytesPerKey: Both<number>;
}

export interface CollectionMemoryResult {
	/** As in `collectionMemory`. */
	readonly what: string;
	readonly bytes: Both<number>;
}

/** The longest wait of a PING around the deletion of one huge collection. */
export interface DropResult {
	readonly type: string;
	readonly members: number;
	readonly idle_ms: Both<number>;
	/** One entry per run. */
	readonly dropping_ms: Both<readonly number[]>;
}

export interface StallRun {
	/** While the server had nothing else to do: what probe and machine contribute by themselves. */
	readonly idle: PaceResult;
	/** From a fresh start: what a runtime has to compile is part of it. */
	readonly filling: PaceResult;
	/** The same once more, after FLUSHALL. */
	readonly again: PaceResult;
	/** The server's own record of its longest turn of the loop, where INFO has `eventloop_duration_max`. */
	readonly serverSide_ms: number | null;
}

export interface StallResult {
	readonly keys: number;
	readonly rate_per_s: number;
	readonly runs: Both<readonly StallRun[]>;
}

export interface Machine {
	readonly processor: string;
	readonly cores: number;
	readonly memory_GiB: number;
	readonly system: string;
	readonly bun: string;
	readonly versions: Both<string>;
	readonly commands: Both<string>;
	readonly loadGenerator: string;
	readonly commit: string;
	readonly date: string;
	/** How the cores were shared out. */
	readonly pinning: string;
}

export interface ScriptingResults {
	readonly rows: readonly DeploymentResult[];
	/** Null where only some rows were asked for. */
	readonly memory: CollectionMemoryResult | null;
}

export interface Results {
	readonly machine: Machine;
	readonly quick: boolean;
	readonly rounds: number;
	readonly clients: number;
	readonly throughput: readonly ThroughputResult[];
	readonly memory: readonly MemoryResult[];
	readonly collectionMemory: readonly CollectionMemoryResult[];
	readonly drops: readonly DropResult[];
	/** From exec to the first PONG. */
	readonly start_ms: Both<readonly number[]> | null;
	readonly stall: StallResult | null;
	readonly durability: DurabilityResults | null;
	readonly deployments: readonly DeploymentResult[];
	readonly scripting: ScriptingResults | null;
	readonly replication: ReplicationResults | null;
}
