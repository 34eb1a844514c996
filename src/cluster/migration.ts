/**
 * MIGRATE: keys move to another server while everybody else is served.
 *
 *     connect (or take a connection kept from before)
 *     → AUTH, SELECT where needed, and for each key   RESTORE key ttl payload [REPLACE]   in one go
 *     ← a line for each; where it is OK, the key is deleted here
 *
 * Redis stops serving meanwhile. Here a key may change between its payload and the OK, and nothing of that may be lost:
 * each key is watched, and one that has changed is not deleted but sent again, with REPLACE because what is there is
 * ours, or deleted there where it is gone here. After a few rounds of that it stays here alone and the client hears of it.
 *
 * Invariant: a key is deleted here only after the other server said OK to exactly the value it has.
 */
import type { Timer, Timers } from "../adapters/clock.ts";
import { bytesOf } from "../bytes/ascii.ts";
import { EVENT_GENERIC } from "../keyspace/change.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { ValueDump } from "../persistence/rdb/dump.ts";
import { INTERNAL_ERROR, MIGRATED_KEY_CHANGES, migrationFailed, targetError } from "../resp/errors.ts";
import { type KeyWatch, WatchedKey } from "./key-watch.ts";
import { NO_DATABASE, type Peer, type PeerListener } from "./peer.ts";
import type { Peers } from "./peers.ts";

/** What is to go where. */
export interface MigrationRequest {
	readonly host: string;
	readonly port: number;
	readonly database: number;
	readonly targetDatabase: number;
	readonly timeout_ms: number;
	/** The keys stay here as well. */
	readonly copies: boolean;
	readonly replaces: boolean;
	/** Arguments of AUTH, or none. */
	readonly authentication: readonly Uint8Array[];
	/** They exist. */
	readonly keys: readonly Uint8Array[];
}

/** What a migration works with. */
export interface MigrationHost {
	readonly keyspace: Keyspace;
	readonly peers: Peers;
	readonly keyWatch: KeyWatch;
	readonly timers: Timers;
	/** Whether values are sent compressed. */
	compresses(): boolean;
	/** Keys were deleted, and no command runs that anything would follow. */
	keysRemoved(): void;
	internalError(error: unknown): void;
}

/** How often a key that keeps changing is sent. */
const ROUNDS_MAX = 10;
const RESTORE = bytesOf("RESTORE");
const REPLACE = bytesOf("REPLACE");
const DEL = bytesOf("DEL");

export class Migration implements PeerListener {
	private readonly host: MigrationHost;
	private readonly request: MigrationRequest;
	/** Called once, with the error or null. */
	private readonly finished: (error: string | null) => void;
	private peer: Peer | null;
	private timer: Timer | null;
	private isOver: boolean;
	private mayRetry: boolean;
	private round: number;
	/** What the next replies are to: AUTH, SELECT (null) and keys. */
	private awaited: (WatchedKey | null)[];
	/** To be sent again. */
	private changed: Uint8Array[];
	/** Keys were deleted here. */
	private hasRemoved: boolean;
	/** The first error the other server replied. */
	private error: string | null;
	/** AUTH or SELECT has failed: what became of the keys over there is nothing to rely on. */
	private isRefused: boolean;
	private isWithdrawing: boolean;
	private hasReplies: boolean;
	private readonly dump: ValueDump;

	constructor(host: MigrationHost, request: MigrationRequest, finished: (error: string | null) => void) {
		this.host = host;
		this.request = request;
		this.finished = finished;
		this.peer = null;
		this.timer = null;
		this.isOver = false;
		this.mayRetry = true;
		this.round = 0;
		this.awaited = [];
		this.changed = [];
		this.hasRemoved = false;
		this.error = null;
		this.isRefused = false;
		this.isWithdrawing = false;
		this.hasReplies = false;
		this.dump = new ValueDump();
	}

	start(): void {
		const { peers } = this.host;
		const { host, port } = this.request;
		this.armTimer();
		const peer = peers.reuse(host, port);
		if (peer !== null) return this.begin(peer);
		peers.connect(
			host,
			port,
			(opened) => {
				if (!this.isOver) this.begin(opened);
				return !this.isOver;
			},
			// To Redis a connection that is refused is one, until it is written to.
			(isRefused) => this.fail(migrationFailed(isRefused ? "writing to target instance" : "connecting to the client")),
		);
	}

	private begin(peer: Peer): void {
		this.peer = peer;
		peer.listener = this;
		if (!peer.isOpen) return this.broken();
		this.sendRound(this.request.keys, this.request.replaces);
	}

	/** Sends keys; a defect of ours ends the migration and nothing else. */
	private sendRound(keys: readonly Uint8Array[], replaces: boolean): void {
		try {
			this.sendKeys(keys, replaces);
		} catch (error) {
			this.host.internalError(error);
			this.fail(INTERNAL_ERROR);
		}
	}

	// Requests

	/** Sends what leads up to it, and the keys as they are now. */
	private sendKeys(keys: readonly Uint8Array[], replaces: boolean): void {
		const { request, host } = this;
		const peer = this.peer!;
		this.round++;
		if (this.round === 1 && request.authentication.length > 0) {
			this.await(null);
			peer.send(requestOf([bytesOf("AUTH"), ...request.authentication]));
		}
		if (peer.database !== request.targetDatabase) {
			this.await(null);
			peer.send(requestOf([bytesOf("SELECT"), bytesOf(String(request.targetDatabase))]));
		}
		host.keyspace.advance();
		const database = host.keyspace.databases[request.database]!;
		for (const key of keys) this.sendKey(database, key, replaces);
		if (this.awaited.length === 0) this.succeed();
	}

	private sendKey(database: Database, key: Uint8Array, replaces: boolean): void {
		const peer = this.peer!;
		if (!database.peek(key, 0, key.length, database.hash(key, 0, key.length))) {
			// It was there a round ago, and was sent; before that there is nothing to take back.
			if (this.round === 1) return;
			this.await(this.watch(key));
			return peer.send(requestOf([DEL, key]));
		}
		const deadline_ms = database.deadline();
		const left_ms = deadline_ms === Infinity ? 0 : Math.max(1, deadline_ms - this.host.keyspace.now_ms);
		const { dump } = this;
		dump.dump(database.table, this.host.compresses());
		const payload = dump.output.bytes.slice(0, dump.output.length);
		dump.forget();
		this.await(this.watch(key));
		peer.send(requestOf([RESTORE, key, bytesOf(String(left_ms)), payload, ...(replaces ? [REPLACE] : [])]));
	}

	private await(key: WatchedKey | null): void {
		this.awaited.push(key);
	}

	private watch(key: Uint8Array): WatchedKey {
		const watched = new WatchedKey(this.request.database, key);
		this.host.keyWatch.add(watched);
		return watched;
	}

	// Replies

	replied(line: string): void {
		const awaited = this.awaited.shift();
		if (awaited === undefined) return this.broken();
		this.hasReplies = true;
		this.armTimer();
		if (awaited !== null) this.host.keyWatch.remove(awaited);
		if (!this.isWithdrawing) this.judge(line, awaited);
		if (this.awaited.length === 0) this.goOn();
	}

	private judge(line: string, awaited: WatchedKey | null): void {
		if (line.startsWith("-")) {
			this.error ??= targetError(line.slice(1));
			this.isRefused ||= awaited === null;
		} else if (awaited === null) this.accepted();
		else if (!this.isRefused) this.arrived(awaited);
	}

	/** Everything that was sent is answered. */
	private goOn(): void {
		const again = this.changed;
		this.changed = [];
		// Also behind an error, which is about other keys: these would be here and there.
		if (again.length > 0 && this.round < ROUNDS_MAX) this.sendRound(again, true);
		else if (again.length > 0) this.withdraw(again);
		else if (this.error !== null) this.fail(this.error);
		else this.succeed();
	}

	/** They change too fast: they stay here, and here only. */
	private withdraw(keys: readonly Uint8Array[]): void {
		this.error ??= MIGRATED_KEY_CHANGES;
		this.isWithdrawing = true;
		for (const key of keys) {
			this.await(null);
			this.peer!.send(requestOf([DEL, key]));
		}
	}

	/** SELECT comes behind AUTH, so the last one is in force. */
	private accepted(): void {
		if (this.awaited[0] !== null) this.peer!.database = this.request.targetDatabase;
	}

	/** The other server has the value of this key as it was sent. */
	private arrived({ key, isChanged }: WatchedKey): void {
		if (this.request.copies) return;
		const { keyspace } = this.host;
		keyspace.advance();
		const database = keyspace.databases[this.request.database]!;
		const isThere = database.peek(key, 0, key.length, database.hash(key, 0, key.length));
		if (isChanged) this.changed.push(key);
		else if (isThere) {
			database.remove();
			keyspace.changes.key(database.index, key, 0, key.length, EVENT_GENERIC, "del");
			// At once: whoever makes the key anew comes behind it.
			if (keyspace.effects.isOn) keyspace.effects.begin(database.index, 2).word(DEL).word(key);
			this.hasRemoved = true;
		}
	}

	progressed(): void {
		this.armTimer();
	}

	broken(): void {
		if (this.isOver) return;
		// What was kept for a while may have been closed over there: nothing was done with what we sent.
		if (this.mayRetry && this.peer?.isUsed === true && !this.hasReplies) {
			this.mayRetry = false;
			this.forgetPeer();
			this.round = 0;
			return this.start();
		}
		this.failHere();
	}

	// The end

	private armTimer(): void {
		if (this.isOver) return;
		this.timer?.cancel();
		this.timer = this.host.timers.after(this.request.timeout_ms, () => this.failHere());
	}

	/** No answer, or no connection any more. */
	private failHere(): void {
		const { peer } = this;
		if (peer === null) this.fail(migrationFailed("connecting to the client"));
		else this.fail(migrationFailed(`${peer.isSending() ? "writing" : "reading"} to target instance`));
	}

	private succeed(): void {
		const peer = this.peer!;
		this.peer = null;
		this.host.peers.release(peer);
		this.end(null);
	}

	private fail(error: string): void {
		if (this.isOver) return;
		const { peer } = this;
		// After an error the connection is as good as before, where every request was answered.
		if (peer?.isOpen === true && this.awaited.length === 0 && this.hasReplies) {
			peer.database = NO_DATABASE;
			this.peer = null;
			this.host.peers.release(peer);
		}
		this.end(error);
	}

	private forgetPeer(): void {
		for (const awaited of this.awaited) if (awaited !== null) this.host.keyWatch.remove(awaited);
		this.awaited = [];
		const { peer } = this;
		this.peer = null;
		if (peer !== null) this.host.peers.discard(peer);
	}

	private end(error: string | null): void {
		this.isOver = true;
		this.timer?.cancel();
		this.forgetPeer();
		if (this.hasRemoved) this.host.keysRemoved();
		this.finished(error);
	}
}

/** As clients send it. */
function requestOf(words: readonly Uint8Array[]): Uint8Array {
	const heads = words.map(({ length }) => bytesOf(`$${length}\r\n`));
	const head = bytesOf(`*${words.length}\r\n`);
	const bytes = new Uint8Array(words.reduce((sum, word, i) => sum + word.length + heads[i]!.length + 2, head.length));
	bytes.set(head);
	let at = head.length;
	for (const [i, word] of words.entries()) {
		bytes.set(heads[i]!, at);
		at += heads[i]!.length;
		bytes.set(word, at);
		at += word.length;
		bytes[at++] = 0x0d;
		bytes[at++] = 0x0a;
	}
	return bytes;
}
