import { FOR_REPLICAS } from "../keyspace/effects.ts";
import type { History } from "./history.ts";
import type { ReplicationHost } from "./host.ts";
import type { ReplicationStream } from "./stream.ts";

/** The side of replication that others follow. */
export class Leader {
	private readonly host: ReplicationHost;
	private readonly stream: ReplicationStream;

	constructor(host: ReplicationHost, _history: History, stream: ReplicationStream) {
		this.host = host;
		this.stream = stream;
		host.keyspace.effects.onTaken = (bytes, length) => {
			if (host.keyspace.effects.isWantedFor(FOR_REPLICAS)) this.feed(bytes, 0, length);
		};
	}

	/** What all replicas are sent: effects here, or, where this is a replica itself, what its master has sent. */
	feed(bytes: Uint8Array, from: number, to: number): void {
		if (this.stream.isOpen) this.stream.append(bytes, from, to);
	}

	/** Several times a second. */
	cron(): void {
		void this.host;
	}

	stop(): void {}
}
