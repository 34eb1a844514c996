import { bytesOf } from "../bytes/ascii.ts";
import type { Client, ReplicaRole } from "../dispatch/client.ts";
import type { Statistics } from "../introspection/statistics.ts";
import type { LeftOut } from "../persistence/snapshot/snapshots.ts";
import type { OutgoingCopy } from "./outgoing-copy.ts";
import type { ReplicationStream, StreamReader } from "./stream.ts";

/** What a client has said of itself by REPLCONF, before it asked for the stream or later. */
export interface ReplicaTraits {
	/** Where its own clients reach it; 0 and "": it has not said. */
	port: number;
	ip: string;
	/** It can take a copy whose length is not known beforehand. */
	takesUnknownLength: boolean;
	/** It understands that a history may get another name. */
	followsRenaming: boolean;
	/** It wants a copy and nothing else. */
	wantsCopyOnly: boolean;
	leavesOut: LeftOut;
}

export function newTraits(): ReplicaTraits {
	return {
		port: 0,
		ip: "",
		takesUnknownLength: false,
		followsRenaming: false,
		wantsCopyOnly: false,
		leavesOut: { data: false, functions: false },
	};
}

/**
 * How far a replica is on its way to the stream:
 *
 *     "waiting" ─▶ "begun" ─▶ ("sending") ─▶ "online"        for a copy; its making; a finished file; the stream itself
 */
export type ReplicaStage = "waiting" | "begun" | "sending" | "online";

/** Who has replicas. */
export interface ReplicaOwner {
	/** The network takes bytes for it again. */
	goOn(replica: Replica): void;
	lost(replica: Replica): void;
}

const NOTHING = new Uint8Array(0);

/** A client that follows this server, or wants a copy to begin with. */
export class Replica implements StreamReader, ReplicaRole {
	readonly client: Client;
	readonly traits: ReplicaTraits;
	/** It speaks SYNC, as before PSYNC: it is told no position, and never acknowledges anything. */
	readonly isPlain: boolean;
	stage: ReplicaStage;
	/** Bytes of the stream it has had. */
	offset: number;
	/** Bytes it has said to have executed, and to have on disk; when it said so last, ms. */
	acknowledged: number;
	acknowledgedOnDisk: number;
	acknowledgedAt_ms: number;
	/** The stream waits until it says that the copy is loaded. */
	awaitsReadiness: boolean;
	/** The copy it gets, and bytes of it that it has had. */
	copy: OutgoingCopy | null;
	copiedBytes: number;
	/** Since when it waits for a copy, and when the network took something for it last; ms. */
	readonly since_ms: number;
	tookAt_ms: number;
	/** The network takes no more for now. */
	isStuck: boolean;
	/** Since when more waits for it than the soft limit allows, ms; 0 while that is not so. */
	overSoftLimitSince_ms: number;
	/** Goes before everything else. */
	private head: Uint8Array;
	private headSent: number;
	private readonly owner: ReplicaOwner;
	private readonly stream: ReplicationStream;
	private readonly statistics: Statistics;

	constructor(
		client: Client,
		traits: ReplicaTraits,
		isPlain: boolean,
		owner: ReplicaOwner,
		shared: { readonly stream: ReplicationStream; readonly statistics: Statistics; readonly now_ms: number },
	) {
		this.client = client;
		this.traits = traits;
		this.isPlain = isPlain;
		this.stage = "waiting";
		this.offset = shared.stream.offset;
		this.acknowledged = 0;
		this.acknowledgedOnDisk = 0;
		this.acknowledgedAt_ms = shared.now_ms;
		this.awaitsReadiness = false;
		this.copy = null;
		this.copiedBytes = 0;
		this.since_ms = shared.now_ms;
		this.tookAt_ms = shared.now_ms;
		this.isStuck = false;
		this.overSoftLimitSince_ms = 0;
		this.head = NOTHING;
		this.headSent = 0;
		this.owner = owner;
		this.stream = shared.stream;
		this.statistics = shared.statistics;
	}

	/** One that loads a copy says so by empty lines. */
	heard(now_ms: number): void {
		this.acknowledgedAt_ms = now_ms;
	}

	drained(): void {
		this.isStuck = false;
		this.owner.goOn(this);
	}

	closed(): void {
		this.client.replica = null;
		this.owner.lost(this);
	}

	/** Bytes of the stream that it has not had; none while none are kept for it. */
	pendingBytes(): number {
		return this.stream.readers.has(this) ? this.stream.offset - this.offset : 0;
	}

	/** It is sent what comes, since there is nothing left to say in front of that. */
	isStreaming(): boolean {
		return this.stage === "online" && !this.awaitsReadiness && this.head.length === 0;
	}

	/** Its copy begins behind so many bytes of the stream, which is kept for it from there. */
	beginCopy(copy: OutgoingCopy, offset: number): void {
		this.stage = "begun";
		this.copy = copy;
		this.copiedBytes = 0;
		this.offset = offset;
		if (!this.traits.wantsCopyOnly) this.stream.readers.add(this);
	}

	// Sending

	/** A line in front of what it is sent next. */
	say(text: string): void {
		const left = this.head.length - this.headSent;
		const head = new Uint8Array(left + text.length);
		head.set(this.head.subarray(this.headSent));
		head.set(bytesOf(text), left);
		this.head = head;
		this.headSent = 0;
	}

	/** False where some of what `say` was told is left. */
	sendHead(): boolean {
		const { length } = this.head;
		if (length === 0) return true;
		this.headSent += this.send(this.head, this.headSent, length - this.headSent);
		if (this.headSent < length) return false;
		this.head = NOTHING;
		this.headSent = 0;
		return true;
	}

	/** Sends what the network takes; where that is not all, `drained` is called when it takes more. */
	send(bytes: Uint8Array, start: number, length: number): number {
		if (this.isStuck || this.client.closing) return 0;
		const sent = this.client.link.sendPart(bytes, start, length);
		const { statistics } = this;
		statistics.networkOutput_bytes += sent;
		statistics.replicationOutput_bytes += sent;
		statistics.writesProcessed++;
		if (sent < length) this.isStuck = true;
		return sent;
	}

	/** Sends what there is of the stream. */
	sendStream(): void {
		const { stream } = this;
		while (!this.isStuck) {
			const length = stream.find(this.offset);
			if (length === 0) return;
			const sent = this.send(stream.found, stream.foundAt, length);
			this.offset += sent;
			if (sent < length) return;
		}
	}

	// What others are told

	ip(): string {
		if (this.traits.ip !== "") return this.traits.ip;
		const { remoteAddress } = this.client.link;
		return remoteAddress.slice(0, remoteAddress.lastIndexOf(":")).replace(/^\[|\]$/g, "");
	}

	/** As the log names it. */
	name(): string {
		const { client, traits } = this;
		if (client.link.isUnixSocket && traits.ip === "") return `client id #${client.id}`;
		return `${this.ip()}:${traits.port === 0 ? "<unknown-replica-port>" : traits.port}`;
	}

	/** As INFO names its stage. */
	state(): string {
		if (this.stage === "online") return "online";
		return this.stage === "sending" ? "send_bulk" : "wait_bgsave";
	}
}
