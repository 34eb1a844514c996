/** What durability is measured in: raw numbers of every round of both servers, nothing rounded or left out. */
import type { PaceResult } from "../pace.ts";
import type { Both, ThroughputResult } from "../results.ts";

/** One start on a copy of a file that redis-server made. */
export interface LoadSample {
	/** From exec to the first PONG, which is answered by LOADING until the data is there. */
	readonly client_ms: number;
	/** As the server's own log says; null where it does not. */
	readonly own_ms: number | null;
	/** CPU time of all threads until then. */
	readonly cpu_ms: number;
	readonly resident_bytes: number;
}

export interface LoadResult {
	readonly what: string;
	readonly keys: number;
	/** Of the file. */
	readonly bytes: number;
	readonly samples: Both<readonly LoadSample[]>;
}

export interface SaveSample {
	readonly save_ms: number;
	/** BGSAVE of the idle server. */
	readonly background_ms: number;
	/** Of the file. */
	readonly bytes: number;
}

export interface SaveResult {
	readonly what: string;
	readonly keys: number;
	readonly samples: Both<readonly SaveSample[]>;
}

export interface SnapshotRun {
	/** The writes while nothing is saved. */
	readonly quiet: PaceResult;
	/** The same writes during a BGSAVE. */
	readonly saving: PaceResult;
	/** Of that BGSAVE. */
	readonly saving_ms: number;
	/** Proportional set size of the server before it ever saved. */
	readonly before_bytes: number;
	/** The most it was, its children included, during a second BGSAVE under the same writes. */
	readonly peak_bytes: number;
	readonly latestFork_us: number;
}

export interface SnapshotResult {
	readonly what: string;
	readonly commands_per_s: number;
	readonly runs: Both<readonly SnapshotRun[]>;
}

export interface DurabilityResults {
	readonly loads: readonly LoadResult[];
	readonly saves: readonly SaveResult[];
	readonly appending: readonly ThroughputResult[];
	readonly snapshots: readonly SnapshotResult[];
}
