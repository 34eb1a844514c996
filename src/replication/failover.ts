/** FAILOVER: a master hands its role over to one of its replicas, and loses nothing in doing so. */

import type { Follower, MasterAddress } from "./follower.ts";
import type { Handover } from "./handover.ts";
import type { ReplicationHost } from "./host.ts";
import type { Leader } from "./leader.ts";
import type { Replica } from "./replica.ts";
import type { ReplicationStream } from "./stream.ts";

/** As INFO names them. */
export type FailoverState = "no-failover" | "waiting-for-sync" | "failover-in-progress";

export interface FailoverRequest {
	/** Null: whichever replica has everything first. */
	readonly target: MasterAddress | null;
	/** How long that may take, 0 without end. */
	readonly timeout_ms: number;
	/** Behind that time the target takes over all the same, and what it has not got is lost. */
	readonly isForced: boolean;
}

/**
 *     "no-failover" ─▶ "waiting-for-sync" ─▶ "failover-in-progress" ─▶ "no-failover", a replica
 *                            │ a replica has        │ it follows the target, and asks it to lead by PSYNC … FAILOVER
 *                            ▼ everything           ▼
 *                      ABORT, TIMEOUT          ABORT, a refusal: a master again, under a new name
 *
 * Invariant: from the first step to the last no client writes, nothing expires and nothing is evicted, so the stream
 * does not move but for what asks replicas how far they are.
 */
export class Failover implements Handover {
	state: FailoverState;
	private readonly host: ReplicationHost;
	private readonly leader: Leader;
	private readonly follower: Follower;
	private readonly stream: ReplicationStream;
	private target: MasterAddress | null;
	private isForced: boolean;
	/** Infinity without a timeout. */
	private deadline_ms: number;
	private isLookDue: boolean;

	constructor(host: ReplicationHost, leader: Leader, follower: Follower, stream: ReplicationStream) {
		this.state = "no-failover";
		this.host = host;
		this.leader = leader;
		this.follower = follower;
		this.stream = stream;
		this.target = null;
		this.isForced = false;
		this.deadline_ms = Infinity;
		this.isLookDue = false;
	}

	isGoingOn(): boolean {
		return this.state !== "no-failover";
	}

	get isUnderWay(): boolean {
		return this.state === "failover-in-progress";
	}

	/** The replica that says of itself that it is reached there, or null. */
	replicaAt({ host, port }: MasterAddress): Replica | null {
		for (const replica of this.leader.replicas) {
			if (replica.traits.port === port && replica.ip().toLowerCase() === host.toLowerCase()) return replica;
		}
		return null;
	}

	/** The server is a master with replicas, and no failover goes on. */
	begin({ target, timeout_ms, isForced }: FailoverRequest): void {
		const { host } = this;
		this.target = target;
		this.isForced = isForced;
		this.deadline_ms = timeout_ms === 0 ? Infinity : this.now_ms() + timeout_ms;
		host.log.notice(`FAILOVER requested to ${this.targetText()}.`);
		this.state = "waiting-for-sync";
		host.clients.pauseWritesFor("failover");
		// Behind the command at work, and the transaction that it may be a part of.
		host.adapters.timers.soon(() => this.beginWaiting());
	}

	private beginWaiting(): void {
		if (this.state !== "waiting-for-sync") return;
		this.look();
		if (this.state === "waiting-for-sync") this.leader.askOffsets();
	}

	/** A replica has said how far it is. */
	heard(): void {
		if (this.state !== "waiting-for-sync" || this.isLookDue) return;
		this.isLookDue = true;
		// Not in the middle of its command.
		this.host.adapters.timers.soon(() => {
			this.isLookDue = false;
			this.look();
		});
	}

	/** Several times a second. */
	cron(): void {
		this.look();
	}

	private look(): void {
		if (this.state !== "waiting-for-sync") return;
		const { host } = this;
		// What is in its middle belongs to the stream.
		if (host.keyspace.isStandingStill || !host.keyspace.effects.canBeTaken()) return;
		if (this.now_ms() >= this.deadline_ms) {
			if (!this.isForced) return this.abort("Replica never caught up before timeout");
			host.log.notice(`FAILOVER to ${this.targetText()} time out exceeded, failing over.`);
			return this.handOver();
		}
		host.commitNow();
		const replica = this.replicaWithEverything();
		if (replica === null) return;
		this.target = { host: replica.ip(), port: replica.traits.port };
		host.log.notice(`Failover target ${this.targetText()} is synced, failing over.`);
		this.handOver();
	}

	private replicaWithEverything(): Replica | null {
		if (this.target !== null) {
			const replica = this.replicaAt(this.target);
			return replica !== null && this.hasEverything(replica) ? replica : null;
		}
		for (const replica of this.leader.replicas) if (this.hasEverything(replica)) return replica;
		return null;
	}

	/** And can be reached. */
	private hasEverything({ stage, acknowledged, traits }: Replica): boolean {
		return stage === "online" && traits.port !== 0 && acknowledged === this.stream.offset;
	}

	/** Follows the target, which is asked to be a master. */
	private handOver(): void {
		const { host, port } = this.target!;
		this.state = "failover-in-progress";
		this.follower.follow(host, port);
	}

	accepted(): void {
		if (this.isUnderWay) this.end();
	}

	refused(): void {
		if (this.isUnderWay) this.abort("Failover target rejected psync request");
	}

	/** A master as before; where the target may be one already, there are two of them. */
	abort(reason: string): void {
		this.host.log.notice(`FAILOVER to ${this.targetText()} aborted: ${reason}`);
		if (this.isUnderWay) this.follower.promote();
		this.end();
	}

	private end(): void {
		this.state = "no-failover";
		this.target = null;
		this.host.clients.resumeWritesFor("failover");
	}

	/** The server ends. */
	stop(): void {
		this.state = "no-failover";
	}

	private targetText(): string {
		return this.target === null ? "any replica" : `${this.target.host}:${this.target.port}`;
	}

	private now_ms(): number {
		return this.host.adapters.clock.now_ms();
	}
}
