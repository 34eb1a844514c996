import type { Config } from "../config/config.ts";
import type { Executor } from "../dispatch/execute.ts";
import { FOR_MASTER, type Keyspace } from "../keyspace/keyspace.ts";

export interface ReplicaRulesHost {
	readonly config: Config;
	readonly executor: Executor;
	readonly keyspace: Keyspace;
	readonly memory: { ignore(isIgnored: boolean): void };
}

/**
 * What it means for clients and keys that this server is a replica: writes are refused, nothing expires or is evicted
 * here by itself, and, without a link to the master, nothing is shown where that is not wanted.
 */
export class ReplicaRules {
	private readonly host: ReplicaRulesHost;
	private isReplica: boolean;
	private linkIsUp: boolean;

	constructor(host: ReplicaRulesHost) {
		this.host = host;
		this.isReplica = false;
		this.linkIsUp = false;
		for (const name of ["replica-read-only", "replica-serve-stale-data", "replica-ignore-maxmemory"] as const) {
			host.config.onChange(name, () => {
				this.apply();
				return undefined;
			});
		}
	}

	change(isReplica: boolean, linkIsUp: boolean): void {
		this.isReplica = isReplica;
		this.linkIsUp = linkIsUp;
		this.apply();
	}

	private apply(): void {
		const { isReplica } = this;
		const { config, executor, keyspace, memory } = this.host;
		const { values } = config;
		keyspace.hideExpired(FOR_MASTER, isReplica);
		executor.isReadOnly = isReplica && values["replica-read-only"];
		executor.isStale = isReplica && !this.linkIsUp && !values["replica-serve-stale-data"];
		if (isReplica) executor.lacksReplicas = false;
		memory.ignore(isReplica && values["replica-ignore-maxmemory"]);
	}
}
