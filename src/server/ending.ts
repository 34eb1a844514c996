import type { Clock, Timers } from "../adapters/clock.ts";
import type { Config } from "../config/config.ts";
import type { Client } from "../dispatch/client.ts";
import type { ClientRegistry } from "../introspection/clients.ts";
import type { Log } from "../introspection/log.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { type Persistence, type ShutdownOptions, shutdownOptions } from "../persistence/persistence.ts";
import type { Replica } from "../replication/replica.ts";
import type { Replication } from "../replication/replication.ts";
import { SHUTDOWN_FAILED } from "../resp/errors.ts";

export interface EndingHost {
	readonly adapters: { readonly clock: Clock; readonly timers: Timers };
	readonly config: Config;
	readonly clients: ClientRegistry;
	readonly keyspace: Keyspace;
	readonly persistence: Persistence;
	readonly replication: Replication;
	readonly log: Log;
	commitNow(): void;
	/** What is to be kept is kept: lets go of everything. */
	leave(): void;
	/** Ends without another word to anyone. */
	abort(exitCode: number): void;
}

/** What came of it: the server is gone, or stays because its data could not be saved, or waits for replicas. */
export type Outcome = "ended" | "failed" | "waiting";

/** Who has asked for the end, and waits for it. */
interface Asking {
	readonly client: Client;
	readonly unblock: Client["unblock"];
}

/** A script that has made way is asked for its end so often. */
const SIGNAL_RETRY_MS = 10;

/**
 * The orderly end: SHUTDOWN, or a signal. Where replicas lag writes wait, until all have everything, or
 * `shutdown-timeout` is over; then what is to outlive the server is saved.
 *
 * Invariant: while it waits no client writes, and who asked for the end gets no reply unless there is none.
 */
export class Ending {
	private readonly host: EndingHost;
	/** Null while it does not wait. */
	private waiting: { readonly options: ShutdownOptions; readonly deadline_ms: number } | null;
	private asking: Asking[];
	private isSignalled: boolean;
	private isLookDue: boolean;
	private isOver: boolean;

	constructor(host: EndingHost) {
		this.host = host;
		this.waiting = null;
		this.asking = [];
		this.isSignalled = false;
		this.isLookDue = false;
		this.isOver = false;
	}

	// Who wants it

	signalled(signal: "SIGTERM" | "SIGINT"): void {
		const { host } = this;
		if (this.isSignalled && signal === "SIGINT") {
			host.log.warning("You insist... exiting now.");
			return host.abort(1);
		}
		host.log.notice(`Received ${signal} scheduling shutdown...`);
		this.isSignalled = true;
		this.beginLater(signal);
	}

	/** Once no script is in its middle. */
	private beginLater(signal: "SIGTERM" | "SIGINT"): void {
		const { keyspace, adapters, config } = this.host;
		if (this.isOver || !this.isSignalled) return;
		if (keyspace.isStandingStill) {
			adapters.timers.after(SIGNAL_RETRY_MS, () => this.beginLater(signal));
			return;
		}
		const { values } = config;
		const words = signal === "SIGINT" ? values["shutdown-on-sigint"] : values["shutdown-on-sigterm"];
		this.begin(shutdownOptions(words));
	}

	/** What SHUTDOWN does. One that waits already goes on as it was asked to. */
	begin(options: ShutdownOptions): Outcome {
		const { log, config, clients, keyspace, adapters } = this.host;
		if (this.waiting !== null) return "waiting";
		log.notice("User requested shutdown...");
		const limit_ms = 1000 * config.values["shutdown-timeout"];
		if (options.isNow || limit_ms === 0 || keyspace.isStandingStill || this.haveReplicasAll()) {
			return this.finish(options) ? "ended" : "failed";
		}
		this.waiting = { options, deadline_ms: this.now_ms() + limit_ms };
		clients.pauseWritesFor("shutdown");
		log.notice("Waiting for replicas before shutting down.");
		// Behind the command at work.
		adapters.timers.soon(() => {
			if (this.waiting === null) return;
			this.host.replication.leader.askOffsets();
			this.look();
		});
		return "waiting";
	}

	/** A client that is blocked hears when there will be no end after all. */
	join(client: Client): void {
		this.asking.push({ client, unblock: client.unblock });
	}

	/** False where there is nothing to abort. */
	abort(): boolean {
		if (this.waiting === null && !this.isSignalled) return false;
		this.goOn();
		this.host.log.notice("Shutdown manually aborted.");
		return true;
	}

	// Waiting

	/** Time until it waits no longer for replicas; null where it does not. */
	left_ms(): number | null {
		return this.waiting === null ? null : Math.max(0, this.waiting.deadline_ms - this.now_ms());
	}

	/** A replica has said how far it is. */
	heard(): void {
		if (this.waiting === null || this.isLookDue) return;
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
		const { waiting } = this;
		if (waiting === null) return;
		if (this.now_ms() < waiting.deadline_ms && !this.haveReplicasAll()) return;
		this.waiting = null;
		if (!this.finish(waiting.options)) this.goOn();
	}

	private haveReplicasAll(): boolean {
		const { keyspace, replication } = this.host;
		if (keyspace.effects.canBeTaken()) this.host.commitNow();
		for (const replica of replication.leader.replicas) if (this.lacks(replica) > 0) return false;
		return true;
	}

	/** Bytes of the stream that it does not say it has. */
	private lacks({ traits, acknowledged }: Replica): number {
		return traits.wantsCopyOnly ? 0 : this.host.replication.stream.offset - acknowledged;
	}

	/** The server does not end. */
	private goOn(): void {
		this.waiting = null;
		this.isSignalled = false;
		this.host.clients.resumeWritesFor("shutdown");
		const { asking } = this;
		this.asking = [];
		for (const { client, unblock } of asking) if (client.unblock === unblock) unblock?.(SHUTDOWN_FAILED);
	}

	// The end

	/** False where the data could not be saved. */
	private finish(options: ShutdownOptions): boolean {
		const { keyspace, persistence } = this.host;
		this.tellOfReplicas();
		keyspace.effects.dropHeld();
		if (!persistence.finish(options)) {
			this.isSignalled = false;
			return false;
		}
		this.host.leave();
		return true;
	}

	/** The server is gone, however that came. */
	stop(): void {
		this.waiting = null;
		this.isOver = true;
	}

	private tellOfReplicas(): void {
		const { log, replication } = this.host;
		const { replicas } = replication.leader;
		let lagging = 0;
		for (const replica of replicas) {
			const lacks = this.lacks(replica);
			if (lacks === 0) continue;
			lagging++;
			const isOnline = replica.stage === "online";
			const lag_s = isOnline ? Math.floor(this.now_ms() / 1000) - Math.floor(replica.acknowledgedAt_ms / 1000) : 0;
			log.notice(
				`Lagging replica ${replica.name()} reported offset ${lacks} behind master, lag=${lag_s}, state=${replica.state()}.`,
			);
		}
		if (replicas.size === 0) return;
		log.notice(`${replicas.size - lagging} of ${replicas.size} replicas are in sync when shutting down.`);
	}

	private now_ms(): number {
		return this.host.adapters.clock.now_ms();
	}
}
