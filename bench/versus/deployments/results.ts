/** What the rows of deployments are measured in. */
import type { Both, Sample, ThroughputResult } from "../results.ts";

export interface DeploymentSample extends Sample {
	/** Messages of channels and of invalidation that arrived. */
	readonly messages_per_s: number;
	/** Share of the time that the load process was at work; 0 where redis-benchmark was the load. */
	readonly loadBusy: number;
}

export interface DeploymentResult extends ThroughputResult {
	readonly samples: Both<readonly DeploymentSample[]>;
}
