import type { History } from "./history.ts";
import type { ReplicationHost } from "./host.ts";
import type { Leader } from "./leader.ts";
import type { ReplicationStream } from "./stream.ts";

/** The side of replication that follows a master. */
export class Follower {
	/** Whom it follows, null for nobody: then this server is a master. */
	master: { readonly host: string; readonly port: number } | null;

	constructor(_host: ReplicationHost, _history: History, _stream: ReplicationStream, _leader: Leader) {
		this.master = null;
	}

	/** Several times a second. */
	cron(): void {}

	stop(): void {}
}
