/** Replication of one server: what it is in a group of them, and the parts that make that true. */
import type { Random } from "../bytes/random.ts";
import { Failover } from "./failover.ts";
import { Follower } from "./follower.ts";
import { History } from "./history.ts";
import type { ReplicationHost } from "./host.ts";
import { Leader } from "./leader.ts";
import { ReplicationStream } from "./stream.ts";

export class Replication {
	readonly history: History;
	readonly stream: ReplicationStream;
	readonly leader: Leader;
	readonly follower: Follower;
	readonly failover: Failover;

	constructor(host: ReplicationHost, random: Random) {
		this.history = new History(random);
		this.stream = new ReplicationStream(host.config.values["repl-backlog-size"]);
		this.leader = new Leader(host, this.history, this.stream, random);
		this.follower = new Follower(host, this.history, this.stream, this.leader);
		this.failover = new Failover(host, this.leader, this.follower, this.stream);
		this.follower.handover = this.failover;
		this.leader.onAcknowledged.push(() => this.failover.heard());
	}

	isReplica(): boolean {
		return this.follower.master !== null;
	}

	/** Several times a second. */
	cron(): void {
		this.follower.cron();
		this.leader.cron();
		this.failover.cron();
	}

	stop(): void {
		this.failover.stop();
		this.follower.stop();
		this.leader.stop();
	}
}
