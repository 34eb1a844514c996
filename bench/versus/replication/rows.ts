/** What is asked of replication: rows and the ratios to reach. */
import type { Row } from "../rows.ts";

/** SET while so many replicas, each a redis-server, follow. */
export const replicaCounts: readonly number[] = [1, 2];

export function writeRowName(replicas: number): string {
	return `SET with ${replicas} ${replicas === 1 ? "replica" : "replicas"}`;
}

export const writeRows: readonly Row[] = replicaCounts.map((replicas) => ({
	name: writeRowName(replicas),
	command: ["SET", "key:__rand_int__", "xxx"],
	setup: "keys",
	depths: [16],
	cost: 1,
	targets: [{ measure: "throughput", ratio: 1 }],
}));

/** Speed of a full copy, and how much the leader's memory may grow beside Redis's. */
export const syncTargets = { speed: 1, peak: 1 };
