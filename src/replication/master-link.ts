import type { Acceptor, Connection, Receiver } from "../adapters/network.ts";
import { bytesOf, latin1 } from "../bytes/ascii.ts";
import type { ArrivingCopy } from "./arriving-copy.ts";
import { CopyFrame, WrongFrame } from "./copy-frame.ts";
import type { Handover } from "./handover.ts";
import { Handshake, type HandshakeHost, type Introduction, type Outcome, type Position } from "./handshake.ts";
import type { ReplicationHost } from "./host.ts";
import type { MasterClient, MasterListener } from "./master-client.ts";

/** Whoever follows a master by a link. */
export interface LinkOwner {
	readonly host: ReplicationHost;
	readonly handover: Handover;
	introduction(): Introduction;
	/** Where the data of this server ends, or null. */
	position(): Position | null;
	/** The master will go on from the position that was asked for, in a history of this name. */
	continues(id: string): void;
	/** The master sends a copy of this, in this frame; what is returned takes it. Throws where it cannot be taken. */
	copies(id: string, offset: number, frame: CopyFrame): ArrivingCopy;
	/** Nothing has come of it, or the copy has broken off; with the line for the log, "" where that was told. */
	failed(line: string): void;
	/** The master that was followed is gone. */
	lost(isUnsound: boolean): void;
	applied(bytes: Uint8Array, from: number, to: number): void;
	postponed(bytes: Uint8Array, from: number, to: number): void;
	rested(): void;
}

export type LinkPhase = "connecting" | "handshake" | "copy" | "loading" | "following" | "over";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Whoever answers with more has not understood what it is asked. */
const LINE_BYTES_MAX = 64 * 1024;
const NEWLINE = bytesOf("\n");
/** What the master may send behind a copy while that is loaded, before it has to wait. */
const REST_BYTES_MAX = 1 << 20;

/**
 * One connection to a master, from the attempt to its end; there is no second attempt with the same one.
 *
 *     "connecting" ─▶ "handshake" ─▶ "copy" ─▶ "loading" ─▶ "following" ─▶ "over"
 *                          └──────────── partial ──────────────▲
 */
export class MasterLink implements Receiver, HandshakeHost, MasterListener {
	phase: LinkPhase;
	/** When the master was last heard, or the attempt begun. */
	lastIo_ms: number;
	/** The frame of the copy that comes, null where none does. */
	frame: CopyFrame | null;
	client: MasterClient | null;
	private readonly owner: LinkOwner;
	private readonly handshake: Handshake;
	private connection: Connection | null;
	private copy: ArrivingCopy | null;
	private copyId: string;
	private copyOffset: number;
	private line: string;
	/** What the network has not taken yet. */
	private unsent: Uint8Array[];
	/** What has come behind the copy while that was loaded. */
	private rest: Uint8Array[];
	private restBytes: number;
	private isHeld: boolean;

	constructor(owner: LinkOwner) {
		this.phase = "connecting";
		this.lastIo_ms = owner.host.adapters.clock.now_ms();
		this.frame = null;
		this.client = null;
		this.owner = owner;
		this.handshake = new Handshake(this, owner.introduction());
		this.connection = null;
		this.copy = null;
		this.copyId = "";
		this.copyOffset = 0;
		this.line = "";
		this.unsent = [];
		this.rest = [];
		this.restBytes = 0;
		this.isHeld = false;
	}

	connect(host: string, port: number): void {
		const { network, timers } = this.owner.host.adapters;
		const accept: Acceptor = (connection) => {
			this.connection = connection;
			// Not within the call that hands over the connection: its receiver is not known there yet.
			timers.soon(() => {
				if (this.phase === "over") return connection.terminate();
				this.phase = "handshake";
				this.touch();
				this.handshake.begin();
			});
			return this;
		};
		const failed = (reason: Error) => this.fail(`Error condition on socket for SYNC: ${reasonOf(reason)}`);
		const tls = this.owner.host.outgoingTls();
		if (tls === null) network.connectTcp(host, port, accept, failed);
		else network.connectTls(host, port, tls, accept, failed);
	}

	/** Ends it without a word to its owner. */
	abandon(): void {
		if (this.phase === "over") return;
		this.phase = "over";
		this.rest = [];
		this.unsent = [];
		if (this.client !== null) this.client.close();
		else this.connection?.terminate();
	}

	private fail(line: string): void {
		if (this.phase === "over") return;
		this.abandon();
		this.owner.failed(line);
	}

	private touch(): void {
		this.lastIo_ms = this.owner.host.adapters.clock.now_ms();
	}

	/** The master is to send no more for a while, or go on. */
	hold(isHeld: boolean): void {
		if (isHeld === this.isHeld || this.connection === null || this.phase === "over") return;
		this.isHeld = isHeld;
		if (isHeld) this.connection.pause();
		else this.connection.resume();
	}

	/** Tells the master that the replica is there, while the copy is made room for and loaded. */
	sayAlive(): void {
		const mayPing = this.phase === "copy" || this.phase === "loading";
		if (mayPing && this.unsent.length === 0) this.connection!.write(NEWLINE, 0, 1);
	}

	// Receiver

	receive(chunk: Uint8Array): void {
		if (this.phase === "over") return;
		this.touch();
		if (this.phase === "following") return this.client!.receive(chunk);
		this.owner.host.statistics.networkInput_bytes += chunk.length;
		try {
			this.receiveEarly(chunk);
		} catch (failure) {
			if (failure instanceof WrongFrame) return this.fail(failure.message);
			if (!(failure instanceof Error && "code" in failure)) this.owner.host.internalError("replication", failure);
			this.fail(
				`Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA synchronization: ${reasonOf(failure)}`,
			);
		}
	}

	/** What comes before the stream. A phase may end within a chunk. */
	private receiveEarly(chunk: Uint8Array): void {
		let at = 0;
		while (at < chunk.length) {
			switch (this.phase) {
				case "handshake":
					at = this.readLines(chunk, at);
					break;
				case "copy":
					at = this.readCopy(chunk, at);
					break;
				case "loading":
					return this.keep(chunk, at);
				case "following":
					return this.client!.receive(at === 0 ? chunk : chunk.slice(at));
				default:
					return;
			}
		}
	}

	private readLines(chunk: Uint8Array, from: number): number {
		for (let at = from; at < chunk.length; at++) {
			if (chunk[at] !== LINE_FEED) continue;
			const end = at > from && chunk[at - 1] === CARRIAGE_RETURN ? at - 1 : at;
			const line = (this.line + latin1(chunk, from, end)).replace(/\r$/, "");
			this.line = "";
			this.handshake.hear(line);
			return at + 1;
		}
		this.line += latin1(chunk, from, chunk.length);
		if (this.line.length > LINE_BYTES_MAX) this.fail("Error reading a line from MASTER: it is too long");
		return chunk.length;
	}

	private readCopy(chunk: Uint8Array, from: number): number {
		const frame = this.frame!;
		let at = from;
		if (!frame.hasBegun) {
			at = frame.readLine(chunk, from);
			if (!frame.hasBegun) return at;
			this.copy = this.owner.copies(this.copyId, this.copyOffset, frame);
		}
		if (!frame.isDone) at = frame.read(chunk, at, this.copy!);
		// The copy may have failed in that.
		if (frame.isDone && this.phase === "copy") {
			this.phase = "loading";
			this.copy!.arrived();
		}
		return at;
	}

	private keep(chunk: Uint8Array, from: number): void {
		this.rest.push(chunk.slice(from));
		this.restBytes += chunk.length - from;
		if (this.restBytes > REST_BYTES_MAX) this.hold(true);
	}

	drained(): void {
		if (this.client !== null) this.client.drained();
		else this.flush();
	}

	closed(): void {
		const { client } = this;
		if (client === null)
			return this.fail(this.phase === "handshake" ? "" : "I/O error trying to sync with MASTER: connection lost");
		// Its owner reads which database was the last.
		client.closed();
		this.client = null;
	}

	// Handshake

	send(bytes: Uint8Array): void {
		this.unsent.push(bytes);
		this.flush();
	}

	private flush(): void {
		while (this.unsent.length > 0 && this.phase !== "over") {
			const first = this.unsent[0]!;
			const taken = this.connection!.write(first, 0, first.length);
			if (taken < first.length) {
				this.unsent[0] = first.subarray(taken);
				return;
			}
			this.unsent.shift();
		}
	}

	notice(line: string): void {
		this.owner.host.log.notice(line);
	}

	warning(line: string): void {
		this.owner.host.log.warning(line);
	}

	position(): Position | null {
		return this.owner.position();
	}

	get handover(): Handover {
		return this.owner.handover;
	}

	failed(): void {
		this.fail("");
	}

	done(outcome: Outcome): void {
		if (outcome.kind === "continue") return this.owner.continues(outcome.id);
		this.phase = "copy";
		this.frame = new CopyFrame();
		this.copyId = outcome.id;
		this.copyOffset = outcome.offset;
	}

	/** The data is that of the master: what it sends from now on is executed, beginning in this database. */
	follow(database: number): void {
		const { host } = this.owner;
		this.phase = "following";
		this.frame = null;
		this.copy = null;
		this.touch();
		this.client = host.openMaster(this.connection!, this);
		this.client.client.database = database;
		const { rest } = this;
		this.rest = [];
		this.restBytes = 0;
		for (const chunk of rest) this.client?.receive(chunk);
		this.hold(false);
	}

	// The master's commands

	applied(bytes: Uint8Array, from: number, to: number): void {
		this.owner.applied(bytes, from, to);
	}

	postponed(bytes: Uint8Array, from: number, to: number): void {
		this.owner.postponed(bytes, from, to);
	}

	rested(): void {
		this.owner.rested();
	}

	lost(isUnsound: boolean): void {
		if (this.phase === "over") return;
		this.phase = "over";
		this.owner.lost(isUnsound);
	}
}

function reasonOf(failure: unknown): string {
	if (!(failure instanceof Error)) return String(failure);
	return REASONS[(failure as { code?: string }).code ?? ""] ?? failure.message;
}

/** In the words of the system, which log watchers look for. */
const REASONS: Readonly<Record<string, string>> = {
	ECONNREFUSED: "Connection refused",
	ECONNRESET: "Connection reset by peer",
	ETIMEDOUT: "Connection timed out",
	EHOSTUNREACH: "No route to host",
};
