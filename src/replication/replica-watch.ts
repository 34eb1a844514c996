import type { OutputBufferLimit } from "../config/composite-types.ts";
import type { ReplicationHost } from "./host.ts";
import type { Replica } from "./replica.ts";
import type { ReplicationStream } from "./stream.ts";

/** Gives up replicas that are not heard of, or take too little of what is kept for them. */
export class ReplicaWatch {
	private readonly host: ReplicationHost;
	private readonly stream: ReplicationStream;

	constructor(host: ReplicationHost, stream: ReplicationStream) {
		this.host = host;
		this.stream = stream;
	}

	private now_ms(): number {
		return this.host.adapters.clock.now_ms();
	}

	/** Keeps a replica that waits from giving up, and gives one up that is not heard of. */
	look(replica: Replica): void {
		const { stage, copy } = replica;
		const limit_ms = 1000 * this.host.config.values["repl-timeout"];
		const now_ms = this.now_ms();
		if (stage === "online") {
			if (replica.isPlain || now_ms - replica.acknowledgedAt_ms <= limit_ms) return;
			return this.giveUp(replica, "streaming sync");
		}
		if (replica.isStuck && now_ms - replica.tookAt_ms > limit_ms) return this.giveUp(replica, "full sync");
		if (stage === "sending" || copy?.isStreamed === true || !replica.sendHead()) return;
		replica.say("\n");
		replica.sendHead();
	}

	private giveUp(replica: Replica, what: string): void {
		this.host.log.warning(`Disconnecting timedout replica (${what}): ${replica.name()}`);
		replica.client.link.close();
	}

	/** `client-output-buffer-limit replica`, on what waits for it; the backlog is there in any case, and free. */
	bound(replica: Replica): void {
		const { clients, config, log, keyspace } = this.host;
		const limit = config.values["client-output-buffer-limit"].replica;
		if (this.mayKeep(replica, limit)) return;
		log.warning(
			`Client ${clients.line(replica.client, keyspace.wall_ms)} scheduled to be closed ASAP for overcoming of output ` +
				"buffer limits.",
		);
		replica.client.link.close();
	}

	private mayKeep(replica: Replica, { hard_bytes, soft_bytes, soft_seconds }: OutputBufferLimit): boolean {
		const { backlogBytes } = this.stream;
		const pending = replica.pendingBytes();
		if (hard_bytes > 0 && pending > Math.max(hard_bytes, backlogBytes)) return false;
		if (soft_bytes === 0 || pending <= Math.max(soft_bytes, backlogBytes)) {
			replica.overSoftLimitSince_ms = 0;
			return true;
		}
		const now_ms = this.now_ms();
		if (replica.overSoftLimitSince_ms === 0) replica.overSoftLimitSince_ms = now_ms;
		return now_ms - replica.overSoftLimitSince_ms <= 1000 * soft_seconds;
	}
}
