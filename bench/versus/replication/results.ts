/** What replication is measured in: raw numbers of every run of both servers, nothing rounded or left out. */
import type { Both, ThroughputResult } from "../results.ts";

/** One full copy of a data set to an empty replica. */
export interface SyncRun {
	/** From REPLICAOF until the replica says that its link is up, all keys there. */
	readonly sync_ms: number;
	/** CPU time of the leader, without that of a child that it has forked. */
	readonly leaderCpu_ms: number;
	/** Proportional set size of the leader before, and the most it was, its children included, in a second copy. */
	readonly before_bytes: number;
	readonly peak_bytes: number;
}

export interface SyncResult {
	/** Who follows: "its own kind", or "Redis". */
	readonly replica: string;
	readonly keys: number;
	readonly runs: Both<readonly SyncRun[]>;
}

export interface ReplicationResults {
	readonly syncs: readonly SyncResult[];
	/** SET with replicas attached. */
	readonly writes: readonly ThroughputResult[];
}
