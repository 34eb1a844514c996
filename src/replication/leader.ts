/**
 * The side of replication that others follow: who they are, what they are sent, and what they say they have.
 *
 *     commands ─▶ effects ─▶ commit ─┐
 *                                    ├─▶ stream ─▶ replica A, replica B …        REPLCONF ACK ─▶ WAIT, INFO
 *     commands of a master of ours ──┘
 */
import { bytesOf } from "../bytes/ascii.ts";
import type { Random } from "../bytes/random.ts";
import type { Client } from "../dispatch/client.ts";
import { FOR_REPLICAS } from "../keyspace/effects.ts";
import type { AuxiliaryFields } from "../persistence/rdb/auxiliary.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { FullSyncs, type FullSyncsOwner } from "./full-syncs.ts";
import type { History } from "./history.ts";
import type { ReplicationHost } from "./host.ts";
import type { OutgoingCopy } from "./outgoing-copy.ts";
import { newTraits, Replica, type ReplicaOwner, type ReplicaTraits } from "./replica.ts";
import { ReplicaWatch } from "./replica-watch.ts";
import type { ReplicationStream } from "./stream.ts";

/** The master of a server that is a replica itself, as far as its own replicas are concerned. */
export interface Upstream {
	/** Its commands come in. */
	readonly isConnected: boolean;
	/** The database that its next command is for. */
	readonly database: number;
}

/** What a client asks for that wants to go on: byte number `wanted`, from 1, of a history. */
export interface ContinuationRequest {
	readonly id: string;
	readonly wanted: number;
}

const PING = bytesOf("*1\r\n$4\r\nPING\r\n");
const GETACK = bytesOf("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");
/** Who knows no history asks for this one. */
const ANY_HISTORY = "?";
const MARK_DIGITS = 40;

export class Leader implements ReplicaOwner, FullSyncsOwner {
	/** In the order in which they came. */
	readonly replicas: Set<Replica>;
	/** Null: this server is a master. */
	private upstream: Upstream | null;
	private readonly host: ReplicationHost;
	private readonly history: History;
	private readonly stream: ReplicationStream;
	private readonly random: Random;
	private readonly syncs: FullSyncs;
	private readonly watch: ReplicaWatch;
	private readonly acknowledgements: Acknowledgements;
	/** What a client has told of itself before it becomes a replica. */
	private readonly traits: WeakMap<Client, ReplicaTraits>;
	/** A replica has said how far it is. */
	readonly onAcknowledged: (() => void)[];
	private isSendDue: boolean;
	private areAcknowledgementsDue: boolean;
	private second_s: number;
	/** Seconds counted, for what is done every so many. */
	private seconds: number;
	/** Since when there is no replica, ms. */
	private aloneSince_ms: number;

	constructor(host: ReplicationHost, history: History, stream: ReplicationStream, random: Random) {
		const { config, adapters } = host;
		this.replicas = new Set();
		this.upstream = null;
		this.host = host;
		this.history = history;
		this.stream = stream;
		this.random = random;
		this.syncs = new FullSyncs(host, this);
		this.watch = new ReplicaWatch(host, stream);
		this.acknowledgements = new Acknowledgements();
		this.traits = new WeakMap();
		this.onAcknowledged = [];
		this.isSendDue = false;
		this.areAcknowledgementsDue = false;
		this.second_s = 0;
		this.seconds = 0;
		this.aloneSince_ms = adapters.clock.now_ms();
		host.keyspace.effects.onTaken = (bytes, length) => this.takeEffects(bytes, length);
		host.persistence.saves.position = () => this.position();
		config.follow("repl-backlog-size", (bytes) => {
			stream.backlogBytes = bytes;
			stream.trim();
		});
		for (const name of ["min-replicas-to-write", "min-replicas-max-lag"] as const) {
			config.onChange(name, () => {
				this.countGood();
				return undefined;
			});
		}
	}

	// The stream

	/** This server follows a master from now on, or, null, none: whose commands go into the stream. */
	setUpstream(upstream: Upstream | null): void {
		this.upstream = upstream;
		this.aloneSince_ms = this.now_ms();
		this.refresh();
	}

	/** Begins to keep what comes, behind `offset` bytes of the history. */
	openStream(offset: number): void {
		this.stream.open(offset);
		this.refresh();
	}

	closeStream(): void {
		this.stream.close();
		this.refresh();
	}

	private refresh(): void {
		const { effects } = this.host.keyspace;
		effects.want(FOR_REPLICAS, this.upstream === null && this.stream.isOpen);
		this.acknowledgements.note(effects.position(), this.stream.offset);
		this.countGood();
	}

	private takeEffects(bytes: Uint8Array, length: number): void {
		const { effects } = this.host.keyspace;
		if (!effects.isWantedFor(FOR_REPLICAS)) return;
		this.acknowledgements.note(effects.taken, this.stream.offset);
		this.stream.append(bytes, 0, length);
		this.send();
	}

	/** Bytes for all replicas that are no effects: what a master has sent to this server, verbatim. Sent a little later. */
	feed(bytes: Uint8Array, from: number, to: number): void {
		if (!this.stream.isOpen) return;
		this.stream.append(bytes, from, to);
		this.sendSoon();
	}

	/** Bytes of our own that are no effects, behind all effects so far. */
	private tell(bytes: Uint8Array): void {
		if (this.host.keyspace.effects.canBeTaken()) this.host.commitNow();
		this.feed(bytes, 0, bytes.length);
	}

	private sendSoon(): void {
		if (this.isSendDue) return;
		this.isSendDue = true;
		this.host.adapters.timers.soon(() => {
			this.isSendDue = false;
			if (this.areAcknowledgementsDue && !this.host.clients.areWritesOver()) this.askOffsets();
			this.send();
		});
	}

	/** Has replicas say how far they are, behind all there is. */
	askOffsets(): void {
		this.areAcknowledgementsDue = false;
		if (this.upstream === null) this.tell(GETACK);
	}

	/** Hands the network what is new. */
	private send(): void {
		const { stream } = this;
		for (const replica of this.replicas) {
			if (replica.isStreaming()) replica.sendStream();
			if (replica.pendingBytes() > stream.backlogBytes) this.watch.bound(replica);
		}
		stream.trim();
	}

	goOn(replica: Replica): void {
		if (!this.replicas.has(replica)) return;
		const { stage, copiedBytes, offset } = replica;
		if (replica.sendHead()) {
			if (replica.copy !== null) replica.copy.send(replica);
			else if (replica.isStreaming()) replica.sendStream();
		}
		if (replica.offset !== offset) this.stream.trim();
		if (replica.stage !== stage || replica.copiedBytes !== copiedBytes) replica.tookAt_ms = this.now_ms();
	}

	offset(): number {
		return this.stream.offset;
	}

	historyId(): string {
		return this.history.id;
	}

	newMark(): string {
		let digits = "";
		while (digits.length < MARK_DIGITS) digits += this.random.below(16).toString(16);
		return digits;
	}

	/** What a file says of the position of its data: nothing where nobody could go on from there. */
	private position(): AuxiliaryFields {
		const { effects } = this.host.keyspace;
		if (!this.stream.isOpen) return [];
		if (this.upstream === null) {
			if (!effects.canBeTaken()) return [];
			this.host.commitNow();
		}
		const database = this.upstream === null ? effects.newestDatabase() : this.upstream.database;
		return [
			["repl-stream-db", String(database)],
			["repl-id", this.history.id],
			["repl-offset", String(this.stream.offset)],
		];
	}

	// Who comes and goes

	/** What a client says of itself. */
	traitsOf(client: Client): ReplicaTraits {
		let traits = this.traits.get(client);
		if (traits === undefined) {
			traits = newTraits();
			this.traits.set(client, traits);
		}
		return traits;
	}

	/** The replica that a client is, or null. */
	replicaOf(client: Client): Replica | null {
		return client.replica instanceof Replica ? client.replica : null;
	}

	/** False where what is here is nothing to follow: the master of this server is out of reach. */
	mayBeFollowed(): boolean {
		return this.upstream === null || this.upstream.isConnected;
	}

	/** For the log, before it is known what can be done for the client. */
	announce(client: Client): void {
		this.host.log.notice(`Replica ${this.newReplica(client, false).name()} asks for synchronization`);
	}

	/** For a request that makes no sense. */
	announceWrong(client: Client): void {
		const name = this.newReplica(client, false).name();
		this.host.log.warning(`Replica ${name} asks for synchronization but with a wrong offset`);
	}

	/** The client is a replica from here on: PSYNC; SYNC where `request` is null. It is sent what else there is to say. */
	follow(client: Client, request: ContinuationRequest | null): void {
		const { statistics } = this.host;
		const replica = this.newReplica(client, request === null);
		if (request !== null && this.continues(replica, request)) {
			statistics.partialSyncs++;
			return this.goOnFrom(replica, request.wanted - 1);
		}
		if (request !== null && request.id !== ANY_HISTORY) statistics.partialSyncsRefused++;
		statistics.fullSyncs++;
		this.add(replica);
		if (!this.stream.isOpen) this.beginHistory();
		this.syncs.want(replica);
	}

	private newReplica(client: Client, isPlain: boolean): Replica {
		const { statistics } = this.host;
		const shared = { stream: this.stream, statistics, now_ms: this.now_ms() };
		return new Replica(client, this.traitsOf(client), isPlain, this, shared);
	}

	private add(replica: Replica): void {
		replica.client.replica = replica;
		this.replicas.add(replica);
	}

	/** Nobody has followed so far: this is where it begins. */
	private beginHistory(): void {
		const { history, host } = this;
		if (host.keyspace.effects.canBeTaken()) host.commitNow();
		history.begin();
		this.openStream(this.stream.offset);
		host.log.notice(
			`Replication backlog created, my new replication IDs are '${history.id}' and '${history.secondId}'`,
		);
	}

	/** Whether the replica has what comes before the byte it wants, and the log's word on it. */
	private continues(replica: Replica, { id, wanted }: ContinuationRequest): boolean {
		const { history, stream } = this;
		const { log } = this.host;
		const asked = id.toLowerCase();
		if (!history.includes(asked, wanted)) {
			if (id === ANY_HISTORY) log.notice(`Full resync requested by replica ${replica.name()}`);
			else if (asked === history.secondId) {
				log.notice(
					`Partial resynchronization not accepted: Requested offset for second ID was ${wanted}, but I can reply up to ` +
						`${history.secondOffset}`,
				);
			} else {
				log.notice(
					`Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '${id}', my replication ` +
						`IDs are '${history.id}' and '${history.secondId}')`,
				);
			}
			return false;
		}
		// What is not committed yet is part of the answer.
		if (this.upstream === null && this.host.keyspace.effects.canBeTaken()) this.host.commitNow();
		if (stream.has(wanted - 1)) return true;
		log.notice(
			`Unable to partial resync with replica ${replica.name()} for lack of backlog (Replica request was: ${wanted}).`,
		);
		if (wanted - 1 > stream.offset) {
			log.warning(
				`Warning: replica ${replica.name()} tried to PSYNC with an offset that is greater than the master replication ` +
					"offset.",
			);
		}
		return false;
	}

	private goOnFrom(replica: Replica, offset: number): void {
		const { stream, history, host } = this;
		replica.stage = "online";
		replica.offset = offset;
		stream.readers.add(replica);
		this.add(replica);
		replica.say(replica.traits.followsRenaming ? `+CONTINUE ${history.id}\r\n` : "+CONTINUE\r\n");
		host.log.notice(
			`Partial resynchronization request from ${replica.name()} accepted. Sending ${stream.offset - offset} bytes of ` +
				`backlog starting from offset ${offset + 1}.`,
		);
		this.countGood();
		// Behind the replies to what it has said before.
		host.adapters.timers.soon(() => this.goOn(replica));
	}

	copied(replica: Replica, copy: OutgoingCopy): void {
		const { log } = this.host;
		const name = replica.name();
		replica.copy = null;
		replica.acknowledgedAt_ms = this.now_ms();
		if (replica.traits.wantsCopyOnly) {
			log.notice(`RDB transfer completed, rdb only replica (${name}) should be disconnected asap`);
			return replica.client.link.end();
		}
		if (copy.isStreamed) {
			log.notice(
				`Streamed RDB transfer with replica ${name} succeeded (socket). Waiting for REPLCONF ACK from slave to enable ` +
					"streaming",
			);
		}
		replica.stage = "online";
		// The mark at the end of a streamed copy is found by looking at each byte: nothing may come behind it unasked.
		replica.awaitsReadiness = copy.isStreamed && !replica.isPlain;
		log.notice(`Synchronization with replica ${name} succeeded`);
		this.countGood();
		if (replica.isStreaming()) replica.sendStream();
	}

	/** There is no copy for it. */
	failed(replica: Replica): void {
		if (replica.stage !== "waiting") return replica.client.link.close();
		replica.say("-ERR BGSAVE failed, replication can't continue\r\n");
		replica.sendHead();
		replica.client.link.end();
	}

	lost(replica: Replica): void {
		if (!this.replicas.delete(replica)) return;
		this.stream.readers.delete(replica);
		this.stream.trim();
		this.host.log.warning(`Connection with replica ${replica.name()} lost.`);
		this.aloneSince_ms = this.now_ms();
		const { copy } = replica;
		replica.copy = null;
		copy?.leave(replica);
		this.countGood();
	}

	/** All have to begin anew: what they follow is no more. */
	dropAll(): void {
		for (const replica of [...this.replicas]) replica.client.link.close();
	}

	// What they say

	/** REPLCONF ACK; `onDisk` is null where it does not say. */
	acknowledge(client: Client, offset: number, onDisk: number | null): void {
		const replica = this.replicaOf(client);
		if (replica === null) return;
		replica.acknowledged = Math.max(replica.acknowledged, offset);
		if (onDisk !== null) replica.acknowledgedOnDisk = Math.max(replica.acknowledgedOnDisk, onDisk);
		replica.acknowledgedAt_ms = this.now_ms();
		if (replica.awaitsReadiness && replica.stage === "online") {
			replica.awaitsReadiness = false;
			this.goOn(replica);
		}
		this.acknowledgements.wake();
		for (const listener of this.onAcknowledged) listener();
	}

	/** How many replicas have what the client has changed. */
	replicasWith(client: Client): number {
		const offset = this.neededBy(client);
		let count = 0;
		for (const { stage, acknowledged } of this.replicas) if (stage === "online" && acknowledged >= offset) count++;
		return count;
	}

	/** The same, of those that have it on disk. */
	replicasWithOnDisk(client: Client): number {
		const offset = this.neededBy(client);
		let count = 0;
		for (const { stage, acknowledgedOnDisk } of this.replicas) {
			if (stage === "online" && acknowledgedOnDisk >= offset) count++;
		}
		return count;
	}

	/**
	 * How many bytes of the stream hold what the client has changed, also where the stream has not taken it yet. One at
	 * least, for what is older than the stream is in the copy, of which a replica says nothing until it has loaded it.
	 */
	private neededBy({ effectsTo }: Client): number {
		const { offset } = this.stream;
		const { taken } = this.host.keyspace.effects;
		if (effectsTo > taken) return offset + effectsTo - taken;
		return Math.max(1, this.acknowledgements.offsetOf(effectsTo, offset));
	}

	/** Has a client that is blocked woken, as if its time were over, when replicas have said that it may go on. */
	wakeWhen(client: Client, isServed: () => boolean): void {
		this.acknowledgements.add(client, isServed);
		this.areAcknowledgementsDue = true;
		this.sendSoon();
	}

	/** Replicas that are near: `min-replicas-max-lag`. */
	goodReplicas(): number {
		const lag_s = this.host.config.values["min-replicas-max-lag"];
		const now_s = this.second();
		let count = 0;
		for (const { stage, acknowledgedAt_ms } of this.replicas) {
			if (stage === "online" && now_s - Math.floor(acknowledgedAt_ms / 1000) <= lag_s) count++;
		}
		return count;
	}

	private countGood(): void {
		const { "min-replicas-to-write": wanted, "min-replicas-max-lag": lag_s } = this.host.config.values;
		this.host.executor.lacksReplicas =
			this.upstream === null && wanted > 0 && lag_s > 0 && this.goodReplicas() < wanted;
	}

	// Time

	private now_ms(): number {
		return this.host.adapters.clock.now_ms();
	}

	private second(): number {
		return Math.floor(this.now_ms() / 1000);
	}

	/** Several times a second. */
	cron(): void {
		for (const replica of this.replicas) if (replica.overSoftLimitSince_ms > 0) this.watch.bound(replica);
		this.syncs.beginIfDue();
		const second_s = this.second();
		if (second_s === this.second_s) return;
		this.second_s = second_s;
		this.seconds++;
		this.everySecond();
	}

	private everySecond(): void {
		const { values } = this.host.config;
		const isPingDue = this.seconds % values["repl-ping-replica-period"] === 0 && this.upstream === null;
		if (isPingDue && this.replicas.size > 0 && !this.host.clients.areWritesOver()) this.tell(PING);
		for (const replica of this.replicas) this.watch.look(replica);
		this.countGood();
		this.forgetUnused(1000 * values["repl-backlog-ttl"]);
	}

	/** Without replicas the stream is kept for so long; who comes later gets a full copy. */
	private forgetUnused(limit_ms: number): void {
		const { stream, history, host } = this;
		if (limit_ms === 0 || !stream.isOpen || this.replicas.size > 0 || this.upstream !== null) return;
		if (this.now_ms() - this.aloneSince_ms <= limit_ms) return;
		// What is not in it goes nowhere: it must not count for a history that ends here.
		if (host.keyspace.effects.canBeTaken()) host.commitNow();
		history.begin();
		this.closeStream();
		host.log.notice(`Replication backlog freed after ${limit_ms / 1000} seconds without connected replicas.`);
	}

	stop(): void {
		this.dropAll();
	}
}
