import { bytesOf } from "../bytes/ascii.ts";
import type { Command } from "../dispatch/command.ts";
import type { ArrivingCopy, CopyOwner } from "./arriving-copy.ts";
import { ArrivingFile } from "./arriving-file.ts";
import { ArrivingStream } from "./arriving-stream.ts";
import type { CopyFrame } from "./copy-frame.ts";
import type { CopyState, FollowerState, LinkRole } from "./follower-state.ts";
import { type Handover, noHandover } from "./handover.ts";
import type { Introduction, Position } from "./handshake.ts";
import type { History } from "./history.ts";
import type { ReplicationHost } from "./host.ts";
import type { Leader, Upstream } from "./leader.ts";
import { type LinkOwner, type LinkPhase, MasterLink } from "./master-link.ts";
import type { ReplicationStream } from "./stream.ts";
import { SyncedOffset } from "./synced-offset.ts";

const SECOND_MS = 1000;
const WARNED_EVERY_MS = 10_000;
/** Of a position that does not exist. */
const NO_OFFSET = 1;

export interface MasterAddress {
	readonly host: string;
	readonly port: number;
}

/**
 * The side of replication that follows a master.
 *
 * Where the data of this server ends is (history.id, stream.offset), whether there is a link or not: each command of the
 * master that was executed is appended to the stream as it came. `isPositioned` says whether that is so; it is not while
 * a copy takes the place of the data, nor behind one that failed.
 */
export class Follower implements LinkOwner, CopyOwner, Upstream {
	/** Whom it follows, null for nobody: then this server is a master. */
	master: MasterAddress | null;
	handover: Handover;
	readonly host: ReplicationHost;
	private readonly history: History;
	private readonly stream: ReplicationStream;
	private readonly leader: Leader;
	private readonly synced: SyncedOffset;
	private link: MasterLink | null;
	private copy: ArrivingCopy | null;
	/** Of the copy that comes. */
	private copyId: string;
	private copyOffset: number;
	private isPositioned: boolean;
	/** The database that the next command of the master is for. */
	private nextDatabase: number;
	/** What was executed of a transaction whose EXEC has not come. */
	private held: Uint8Array;
	private heldBytes: number;
	/** The master wants to know how far this server has come. */
	private isAsked: boolean;
	/** What it is: `master` may be about to change that, behind a transaction. */
	private leads: boolean;
	/** Files are loaded: links may be made. */
	private isStarted: boolean;
	private downSince_ms: number;
	private nextSecond_ms: number;
	/** Changes when the disk was last found to fail, and when that was told. */
	private dirtyBefore: number;
	private warnedAt_ms: number;

	constructor(host: ReplicationHost, history: History, stream: ReplicationStream, leader: Leader) {
		this.master = host.config.values.replicaof ?? null;
		this.handover = noHandover;
		this.host = host;
		this.history = history;
		this.stream = stream;
		this.leader = leader;
		this.synced = new SyncedOffset(host, stream);
		this.link = null;
		this.copy = null;
		this.copyId = "";
		this.copyOffset = 0;
		this.isPositioned = false;
		this.nextDatabase = 0;
		this.held = NOTHING;
		this.heldBytes = 0;
		this.isAsked = false;
		this.leads = this.master === null;
		this.isStarted = false;
		this.downSince_ms = 0;
		this.nextSecond_ms = 0;
		this.dirtyBefore = 0;
		this.warnedAt_ms = 0;
	}

	// Roles

	/** Before files are loaded: the rules of a replica hold for that. */
	prepare(): void {
		if (this.master === null) return;
		this.leader.setUpstream(this);
		this.host.roleChanged(true, false);
	}

	/** Files are loaded; `restored` is where in which history they say they end, or null. */
	begin(restored: (Position & { readonly database: number }) | null): void {
		this.isStarted = true;
		const { history, leader } = this;
		if (this.master === null) {
			if (restored === null) return;
			history.resume(restored.id, restored.offset);
			leader.openStream(restored.offset);
			return;
		}
		if (restored === null) return;
		history.follow(restored.id);
		leader.openStream(restored.offset);
		this.isPositioned = true;
		this.nextDatabase = restored.database;
	}

	/** What REPLICAOF does; false where it follows that master already. */
	follow(host: string, port: number): boolean {
		const { master } = this;
		const { log } = this.host;
		if (master !== null && master.host.toLowerCase() === host.toLowerCase() && master.port === port) {
			log.notice(
				"REPLICAOF would result into synchronization with the master we are already connected with. No operation performed.",
			);
			return false;
		}
		this.master = { host, port };
		this.host.config.adopt("replicaof", host, String(port));
		this.host.keyspace.effects.whenWhole(() => this.turn());
		return true;
	}

	/** Leaves the master it had, or its own history, for another one. */
	private turn(): void {
		const { host, stream, leader } = this;
		if (this.master === null) return;
		this.dropLink();
		host.unblockAll();
		this.downSince_ms = 0;
		if (this.leads) {
			this.leads = false;
			// What was done as a master is a part of its history still.
			host.commitNow();
			leader.setUpstream(this);
			host.log.notice(
				"Before turning into a replica, using my own master parameters to synthesize a cached master: I may be able to synchronize with the new master with just a partial transfer.",
			);
			if (!stream.isOpen) leader.openStream(stream.offset);
			this.isPositioned = true;
			this.nextDatabase = 0;
		}
		host.roleChanged(true, false);
		this.connect("Connecting to");
	}

	/** What REPLICAOF NO ONE does; false where this is a master already. */
	promote(): boolean {
		if (this.master === null) return false;
		this.master = null;
		this.host.config.adopt("replicaof", "");
		this.host.keyspace.effects.whenWhole(() => this.becomeMaster());
		return true;
	}

	private becomeMaster(): void {
		const { host, history, stream, leader } = this;
		const { persistence, config, log, keyspace } = host;
		if (this.master !== null || this.leads) return;
		this.leads = true;
		this.dropLink();
		// What is there was told by the master.
		host.commitNow();
		if (this.isPositioned) history.fork(stream.offset);
		else history.begin();
		const { id, secondId, secondOffset } = history;
		log.warning(
			`Setting secondary replication ID to ${secondId}, valid up to offset: ${secondOffset}. New replication ID is ${id}`,
		);
		leader.dropAll();
		leader.setUpstream(null);
		keyspace.effects.forgetDatabase();
		this.isPositioned = false;
		host.roleChanged(false, false);
		// It rests where a copy has failed.
		if (config.values.appendonly) persistence.appendOnly.switchTo(true);
		host.endBatch();
	}

	// Links

	private connect(how: string): void {
		const { host, master } = this;
		if (master === null || !this.isStarted) return;
		host.log.notice(`${how} MASTER ${master.host}:${master.port}`);
		const link = new MasterLink(this);
		this.link = link;
		link.connect(master.host, master.port);
		host.log.notice("MASTER <-> REPLICA sync started");
	}

	/** What was received of a copy is worth nothing; what was executed is. */
	private dropLink(): void {
		const { link, copy } = this;
		this.link = null;
		this.copy = null;
		if (link?.client != null) this.nextDatabase = link.client.client.database;
		this.heldBytes = 0;
		link?.abandon();
		copy?.cancel();
	}

	introduction(): Introduction {
		const { values } = this.host.config;
		const usesTls = values["tls-replication"] && values["tls-port"] !== 0;
		return {
			user: values.masteruser,
			password: values.masterauth,
			port: values["replica-announce-port"] || (usesTls ? values["tls-port"] : this.host.port()),
			announcedAddress: values["replica-announce-ip"],
			version: this.host.version,
		};
	}

	position(): Position | null {
		return this.isPositioned ? { id: this.history.id, offset: this.stream.offset } : null;
	}

	continues(id: string): void {
		const { history, stream } = this;
		if (id !== history.id) {
			history.rename(id, stream.offset);
			// They are to hear of the new name.
			this.leader.dropAll();
		}
		if (!stream.isOpen) this.leader.openStream(stream.offset);
		this.goOnline();
	}

	private goOnline(): void {
		this.synced.reset();
		this.heldBytes = 0;
		this.downSince_ms = 0;
		this.host.roleChanged(true, true);
		this.link!.follow(this.nextDatabase);
	}

	failed(line = ""): void {
		const { copy, host } = this;
		if (line !== "") host.log.warning(line);
		if (copy?.isComplete === true && this.link?.phase === "over") {
			// All has come, so the link is not needed.
			this.link = null;
			return;
		}
		this.dropLink();
	}

	lost(isUnsound: boolean): void {
		const { host, link } = this;
		host.log.notice("Connection with master lost.");
		if (link?.client != null) this.nextDatabase = link.client.client.database;
		this.link = null;
		this.heldBytes = 0;
		if (isUnsound) this.replacing();
		else host.log.notice("Caching the disconnected master state.");
		this.downSince_ms = this.now_ms();
		host.roleChanged(true, false);
		this.connect("Reconnecting to");
	}

	// Copies

	copies(id: string, offset: number, frame: CopyFrame): ArrivingCopy {
		const { host, history } = this;
		const { config, keyspace, log } = host;
		const how = config.values["repl-diskless-load"];
		const isDirect = how === "swapdb" || (how === "on-empty-db" && keyspace.keyCount() === 0);
		this.copyId = id;
		this.copyOffset = offset;
		log.notice(frame.describe(isDirect ? "parser" : "disk"));
		this.copy = isDirect
			? new ArrivingStream(this, {
					isAside: how === "swapdb",
					servesOld: how === "swapdb" && id === history.id,
					total_bytes: frame.isMarked ? Infinity : frame.total_bytes,
				})
			: new ArrivingFile(this);
		return this.copy;
	}

	hold(isHeld: boolean): void {
		this.link?.hold(isHeld);
	}

	replacing(): void {
		this.isPositioned = false;
		this.leader.dropAll();
		this.leader.closeStream();
	}

	loaded(copy: ArrivingCopy): void {
		const { host, history, leader, link } = this;
		const { config, persistence, log, keyspace } = host;
		this.copy = null;
		if (this.copyId === "") history.begin();
		else history.follow(this.copyId);
		history.forgetSecond();
		leader.openStream(Math.max(0, this.copyOffset));
		// A master that names no history cannot go on in it.
		this.isPositioned = this.copyId !== "";
		this.nextDatabase = copy.position.database;
		log.notice("MASTER <-> REPLICA sync: Finished with success");
		keyspace.effects.forgetDatabase();
		if (config.values.appendonly) persistence.appendOnly.switchTo(true);
		if (link === null) return this.connect("Reconnecting to");
		const isMarked = link.frame?.isMarked === true;
		this.goOnline();
		// The master waits for it before it sends more.
		if (isMarked) this.sayOffset();
		host.endBatch();
	}

	// The master's commands

	applied(bytes: Uint8Array, from: number, to: number): void {
		const { leader, heldBytes } = this;
		if (this.host.executor.writeRefusal !== null) this.notKept();
		if (heldBytes > 0) {
			this.heldBytes = 0;
			leader.feed(this.held, 0, heldBytes);
			if (this.held.length > HELD_BYTES_KEPT) this.held = NOTHING;
		}
		if (to > from) leader.feed(bytes, from, to);
	}

	/** What the master has changed could not be written to disk. */
	private notKept(): void {
		const { host } = this;
		const { dirty } = host.keyspace.changes;
		const hasChanged = dirty !== this.dirtyBefore;
		this.dirtyBefore = dirty;
		if (!hasChanged) return;
		if (!host.config.values["replica-ignore-disk-write-errors"]) {
			host.log.warning("Replica was unable to write command to disk.");
			return host.abort(1);
		}
		const now_ms = this.now_ms();
		if (now_ms - this.warnedAt_ms < WARNED_EVERY_MS) return;
		this.warnedAt_ms = now_ms;
		host.log.warning("Replica is applying a command it is unable to write to disk.");
	}

	postponed(bytes: Uint8Array, from: number, to: number): void {
		const needed = this.heldBytes + to - from;
		if (needed > this.held.length) {
			const grown = new Uint8Array(Math.max(needed, 2 * this.held.length));
			grown.set(this.held.subarray(0, this.heldBytes));
			this.held = grown;
		}
		this.held.set(bytes.subarray(from, to), this.heldBytes);
		this.heldBytes = needed;
	}

	rested(): void {
		if (!this.isAsked) return;
		this.isAsked = false;
		this.sayOffset();
	}

	/** The master has sent REPLCONF GETACK: it is answered when what came with it was executed. */
	acknowledge(): void {
		this.isAsked = true;
	}

	private sayOffset(): void {
		const client = this.link?.client;
		if (client == null || !this.isPositioned) return;
		const words = ["REPLCONF", "ACK", String(this.stream.offset)];
		const synced = this.synced.offset();
		if (synced >= 0) words.push("FACK", String(synced));
		client.say(bytesOf(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`));
	}

	/** A command of the master has failed here: the two have come apart. */
	commandFailed(error: string, command: Command | null): void {
		const { host } = this;
		const shown = error.startsWith("ERR ") ? error.slice(4) : `-${error}`;
		host.log.warning(
			`== CRITICAL == This replica is sending an error to its master: '${shown}' after processing the command '${command?.fullName ?? "<unknown>"}'`,
		);
		if (host.config.values["propagation-error-behavior"] === "ignore") return;
		host.log.warning(
			"Panicking: a command of the master has failed and propagation-error-behavior does not ignore that",
		);
		host.abort(1);
	}

	// Time

	/** Several times a second. */
	cron(): void {
		if (this.master === null || !this.isStarted) return;
		// It may have had to wait for the end of a script.
		this.link?.client?.resume();
		const now_ms = this.now_ms();
		if (this.handover.isUnderWay && this.link === null && this.copy === null) return this.connect("Connecting to");
		if (now_ms < this.nextSecond_ms) return;
		this.nextSecond_ms = now_ms + SECOND_MS;
		this.checkTimeout(now_ms);
		const { link } = this;
		if (link === null) {
			if (this.copy === null) this.connect("Connecting to");
		} else if (link.phase === "following") this.sayOffset();
		else link.sayAlive();
	}

	private checkTimeout(now_ms: number): void {
		const { link, host } = this;
		if (link === null || now_ms - link.lastIo_ms <= host.config.values["repl-timeout"] * SECOND_MS) return;
		switch (link.phase) {
			case "connecting":
			case "handshake":
				return this.failed("Timeout connecting to the MASTER...");
			case "copy":
				return this.failed(
					"Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value.",
				);
			case "following":
				host.log.warning("MASTER timeout: no data nor PING received...");
				link.client?.close();
		}
	}

	private now_ms(): number {
		return this.host.adapters.clock.now_ms();
	}

	stop(): void {
		this.isStarted = false;
		this.dropLink();
	}

	// What is told of it

	/** The commands of the master come in. */
	get isConnected(): boolean {
		return this.link?.phase === "following";
	}

	/** The one that the next command of the master is for. */
	get database(): number {
		return this.link?.client?.client.database ?? this.nextDatabase;
	}

	state(): FollowerState | null {
		const { master, link, stream } = this;
		if (master === null) return null;
		const phase = link === null ? (this.copy === null ? "over" : "loading") : link.phase;
		const isUp = phase === "following";
		const waiting = this.heldBytes + (link?.client?.queryBytes() ?? 0);
		const offset = this.isPositioned ? stream.offset : NO_OFFSET;
		return {
			host: master.host,
			port: master.port,
			role: ROLES[phase],
			linkIsUp: isUp,
			lastIo_s: isUp ? this.secondsSince(link!.lastIo_ms) : -1,
			isSyncing: phase === "copy" || phase === "loading",
			readOffset: offset + (isUp ? waiting : 0),
			offset,
			copy: this.copyState(),
			downSince_s: isUp || this.downSince_ms === 0 ? -1 : this.secondsSince(this.downSince_ms),
		};
	}

	private copyState(): CopyState | null {
		const { link } = this;
		if (link?.frame == null) return null;
		const { total_bytes, read_bytes } = link.frame;
		return { totalBytes: total_bytes, readBytes: read_bytes, lastIo_s: this.secondsSince(link.lastIo_ms) };
	}

	private secondsSince(moment_ms: number): number {
		return Math.max(0, Math.floor((this.now_ms() - moment_ms) / SECOND_MS));
	}
}

const ROLES: Readonly<Record<LinkPhase, LinkRole>> = {
	over: "connect",
	connecting: "connecting",
	handshake: "handshake",
	copy: "sync",
	loading: "sync",
	following: "connected",
};

const NOTHING = new Uint8Array(0);
/** A buffer that one long transaction has grown beyond this is let go. */
const HELD_BYTES_KEPT = 1 << 20;
