import type { Clock } from "../../adapters/clock.ts";
import type { Files, OpenFile } from "../../adapters/files.ts";
import { bytesOf, copyBytes } from "../../bytes/ascii.ts";
import type { Values } from "../../config/directives.ts";
import { systemErrorText } from "../../config/system-error.ts";
import type { Log } from "../../introspection/log.ts";
import { FOR_FILE } from "../../keyspace/effects.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";

/** What the file that changes are written to needs of its server. */
export interface AppendLogHost {
	readonly adapters: { readonly clock: Clock; readonly files: Files };
	readonly config: { readonly values: Values };
	readonly keyspace: Keyspace;
	readonly log: Log;
	/** A snapshot is being written, for a save or a rewrite. */
	isSnapshotAtWork(): boolean;
	/** What was promised cannot be kept: ends the server without another word to anyone. */
	abort(exitCode: number): void;
}

/** A sync under way: what was written up to `target` will be on the disk. */
interface SyncJob {
	readonly target: number;
	/** Of the file, as long then. */
	readonly bytes: number;
	isDone: boolean;
}

/** Seconds between two lines about errors of the same kind. */
const ERROR_LOG_INTERVAL_S = 30;
/** How long a write waits for a sync under way, seconds. */
const POSTPONED_MAX_S = 2;
const KEPT_BYTES_MAX = 1 << 20;
const NOTHING = new Uint8Array(0);

/**
 * The file that changes are written to, and when it is synced.
 *
 * Effects are taken once a tick, by one write. Positions count the bytes of all effects there ever were:
 *
 *     … synced │ written, not synced │ waiting (postponed, or the write failed) │ effects.bytes │
 *          syncedTo              writtenTo()                             effects.taken     effects.position()
 *
 * With `appendfsync always` everything written is synced before `flush` returns; what cannot be written or synced ends
 * the server, as replies to others may have been made from it. Otherwise it waits, and `writeError` refuses what would
 * come on top.
 *
 * What a failed sync should have kept is gone for good: the system counts its pages as written, and a later sync that
 * succeeds says nothing of them. So the file is cut back to what is known to be on the disk, and not gone on with.
 */
export class AppendLog {
	/** Bytes of all files that are loaded at a start, and of the one written to. */
	currentBytes: number;
	incrementBytes: number;
	/** Writes that did not wait for a sync any longer. */
	delayedSyncs: number;
	syncedTo: number;
	/** Called when `writeError` may have changed. */
	onOutcome: () => void;
	/** Called when `syncedTo` has grown. */
	onSynced: () => void;
	/** Called when a sync has failed: the file is closed, and `writeError` stands until `trustAgain`. */
	onDistrusted: () => void;
	/** Told how long the file took, by the names that LATENCY has for it. */
	onTimed: (event: string, elapsed_us: number) => void;
	private file: OpenFile | null;
	private waiting: Uint8Array;
	private waitingLength: number;
	/** Of `waiting`, without annotations, with what is not for the file. */
	private waitingEffects: number;
	private writeFailure: string | null;
	private syncFailure: string | null;
	private syncRequestedTo: number;
	/** How much of the file is known to be on the disk. */
	private syncedBytes: number;
	private readonly syncs: SyncJob[];
	private lastSyncAt_s: number;
	private postponedAt_s: number;
	private lastErrorLogAt_s: number;
	/** Of the newest annotation. */
	private annotatedAt_s: number;
	private readonly host: AppendLogHost;

	constructor(host: AppendLogHost) {
		this.currentBytes = 0;
		this.incrementBytes = 0;
		this.delayedSyncs = 0;
		this.syncedTo = 0;
		this.onOutcome = () => {};
		this.onSynced = () => {};
		this.onDistrusted = () => {};
		this.onTimed = () => {};
		this.file = null;
		this.waiting = NOTHING;
		this.waitingLength = 0;
		this.waitingEffects = 0;
		this.writeFailure = null;
		this.syncFailure = null;
		this.syncRequestedTo = 0;
		this.syncedBytes = 0;
		this.syncs = [];
		this.lastSyncAt_s = 0;
		this.postponedAt_s = 0;
		this.lastErrorLogAt_s = 0;
		this.annotatedAt_s = 0;
		this.host = host;
	}

	isOpen(): boolean {
		return this.file !== null;
	}

	/** Why nothing can be kept at the moment, as the system words it; null: it can. */
	writeError(): string | null {
		return this.writeFailure ?? this.syncFailure;
	}

	lastWriteIsOk(): boolean {
		return this.writeError() === null;
	}

	bufferedBytes(): number {
		return this.waitingLength + this.host.keyspace.effects.length;
	}

	pendingSyncs(): number {
		return this.syncs.length;
	}

	private writtenTo(): number {
		return this.host.keyspace.effects.taken - this.waitingEffects;
	}

	private now_s(): number {
		return Math.floor(this.host.adapters.clock.now_ms() / 1000);
	}

	// The file

	/** Goes on in another file, which has so many bytes; the one before is synced and closed while others work. */
	open(file: OpenFile, bytes: number): void {
		const { keyspace } = this.host;
		const old = this.file;
		if (old === null) {
			// Nobody was promised anything for what came before.
			this.syncedTo = keyspace.effects.taken;
			this.syncRequestedTo = this.syncedTo;
			this.lastSyncAt_s = this.now_s();
		} else if (this.syncRequestedTo < this.writtenTo() || this.syncs.length > 0) this.syncLater(old, true);
		else old.close();
		this.file = file;
		this.incrementBytes = bytes;
		this.syncedBytes = bytes;
		keyspace.effects.forgetDatabase();
	}

	/** Writes and syncs all there is. */
	finish(): void {
		const { file } = this;
		if (file === null) return;
		this.flush(true);
		try {
			file.sync();
			this.syncRequestedTo = this.writtenTo();
			this.advance(this.syncRequestedTo);
		} catch (failure) {
			this.host.log.warning(`Fail to fsync the AOF file: ${systemErrorText(failure)}`);
		}
	}

	/** The same, and lets go of the file. */
	close(): void {
		this.finish();
		this.abandon();
		this.host.keyspace.effects.clear();
	}

	/** Lets go of it without a word: the server has ended. */
	abandon(): void {
		const { file } = this;
		this.file = null;
		this.forgetWaiting();
		try {
			file?.close();
		} catch {
			// There is nobody left to be told.
		}
	}

	/** The errors of a file that is out of use are nobody's business. */
	forgetErrors(): void {
		const { log } = this.host;
		if (this.syncFailure !== null) log.warning("AOF reopen, just ignore the AOF fsync error in bio job");
		if (this.writeFailure !== null) log.warning("AOF reopen, just ignore the last error.");
		this.syncFailure = null;
		this.writeFailure = null;
		this.onOutcome();
	}

	/** Everything is in a new file. */
	trustAgain(): void {
		if (this.syncFailure === null) return;
		this.syncFailure = null;
		this.host.log.warning("AOF write error looks solved, Redis can write again.");
		this.onOutcome();
	}

	private forgetWaiting(): void {
		this.waitingLength = 0;
		this.waitingEffects = 0;
		this.postponedAt_s = 0;
	}

	// Writing

	/** Writes what has come, and syncs as is configured. Not forced, a write may wait for the sync that is under way. */
	flush(isForced: boolean): void {
		const { file } = this;
		const { effects } = this.host.keyspace;
		if (file === null) return effects.clear();
		const { appendfsync } = this.host.config.values;
		if (effects.length === 0 && this.waitingLength === 0) {
			const isBehind = appendfsync !== "no" && this.syncRequestedTo < this.writtenTo();
			if (isBehind && this.syncs.length === 0) this.syncAsConfigured(file);
			return;
		}
		if (appendfsync === "everysec" && !isForced && this.syncs.length > 0 && this.mayWait()) return this.absorb();
		this.postponedAt_s = 0;
		if (this.write(file)) this.syncAsConfigured(file);
	}

	private mayWait(): boolean {
		const now_s = this.now_s();
		if (this.postponedAt_s === 0) this.postponedAt_s = now_s;
		if (now_s - this.postponedAt_s < POSTPONED_MAX_S) return true;
		this.delayedSyncs++;
		this.host.log.notice(
			"Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to " +
				"complete, this may slow down Redis.",
		);
		return false;
	}

	/** Puts the effects behind those that wait. */
	private absorb(): void {
		const { effects } = this.host.keyspace;
		this.annotate();
		const part = effects.partFor(FOR_FILE);
		this.wait(part, effects.partLength);
		this.waitingEffects += effects.length;
		effects.clear();
	}

	private wait(bytes: Uint8Array, length: number): void {
		const needed = this.waitingLength + length;
		if (needed > this.waiting.length) {
			const grown = new Uint8Array(Math.max(needed, 2 * this.waiting.length));
			copyBytes(this.waiting, 0, grown, 0, this.waitingLength);
			this.waiting = grown;
		}
		copyBytes(bytes, 0, this.waiting, this.waitingLength, length);
		this.waitingLength = needed;
	}

	/** With `aof-timestamp-enabled`, what comes in a new second begins with a line that says which. */
	private annotate(): void {
		if (!this.host.config.values["aof-timestamp-enabled"] || this.host.keyspace.effects.length === 0) return;
		const now_s = this.now_s();
		if (now_s <= this.annotatedAt_s) return;
		this.annotatedAt_s = now_s;
		const line = bytesOf(`#TS:${now_s}\r\n`);
		this.wait(line, line.length);
	}

	/** One write of all there is; false where it failed. */
	private write(file: OpenFile): boolean {
		const { effects } = this.host.keyspace;
		this.annotate();
		if (this.waitingLength > 0) this.absorb();
		const isDirect = this.waitingLength === 0;
		const bytes = isDirect ? effects.partFor(FOR_FILE) : this.waiting;
		const length = isDirect ? effects.partLength : this.waitingLength;
		let taken = 0;
		let failure: unknown = null;
		const since_us = this.now_us();
		try {
			taken = file.write(bytes, 0, length);
		} catch (reason) {
			failure = reason;
		}
		this.noteWrite(this.now_us() - since_us);
		if (taken < length) {
			this.absorb();
			this.writeFailed(file, taken, length, failure);
			return false;
		}
		this.currentBytes += length;
		this.incrementBytes += length;
		if (isDirect) effects.clear();
		else this.forgetWaiting();
		if (this.waiting.length > KEPT_BYTES_MAX && !isDirect) this.waiting = NOTHING;
		if (this.writeFailure !== null) this.healed();
		return true;
	}

	private noteWrite(elapsed_us: number): void {
		const company = this.host.isSnapshotAtWork() ? "active-child" : "alone";
		this.onTimed(`aof-write-${this.syncs.length > 0 ? "pending-fsync" : company}`, elapsed_us);
		this.onTimed("aof-write", elapsed_us);
	}

	private now_us(): number {
		return this.host.adapters.clock.monotonic_us();
	}

	private healed(): void {
		this.host.log.warning("AOF write error looks solved, Redis can write again.");
		this.writeFailure = null;
		this.onOutcome();
	}

	private writeFailed(file: OpenFile, taken: number, length: number, failure: unknown): void {
		const { log, config } = this.host;
		const now_s = this.now_s();
		const mayLog = now_s - this.lastErrorLogAt_s > ERROR_LOG_INTERVAL_S;
		if (mayLog) this.lastErrorLogAt_s = now_s;
		const reason = failure === null ? "No space left on device" : systemErrorText(failure);
		if (mayLog && failure !== null) log.warning(`Error writing to the AOF file: ${reason}`);
		if (failure === null) {
			if (mayLog) {
				log.warning(`Short write while writing to the AOF file: (nwritten=${taken}, expected=${length})`);
			}
			this.undoShortWrite(file, taken, mayLog);
		}
		if (config.values.appendfsync === "always") {
			log.warning("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
			return this.host.abort(1);
		}
		this.writeFailure = reason;
		this.onOutcome();
	}

	/** Half a command at the end of the file would be in the way of the next attempt. */
	private undoShortWrite(file: OpenFile, taken: number, mayLog: boolean): void {
		if (taken === 0) return;
		try {
			file.truncate(this.incrementBytes);
		} catch (failure) {
			if (mayLog) {
				this.host.log.warning(
					"Could not remove short write from the append-only file.  Redis may refuse to load the AOF the next time it " +
						`starts.  ftruncate: ${systemErrorText(failure)}`,
				);
			}
			// So the next attempt goes on where this one ended.
			this.waiting.copyWithin(0, taken, this.waitingLength);
			this.waitingLength -= taken;
			this.currentBytes += taken;
			this.incrementBytes += taken;
		}
	}

	// Syncing

	private syncAsConfigured(file: OpenFile): void {
		const { config, log } = this.host;
		const { appendfsync } = config.values;
		if (config.values["no-appendfsync-on-rewrite"] && this.host.isSnapshotAtWork()) return;
		if (appendfsync === "everysec") {
			const now_s = this.now_s();
			if (now_s <= this.lastSyncAt_s) return;
			this.lastSyncAt_s = now_s;
			if (this.syncs.length === 0) this.syncLater(file, false);
		} else if (appendfsync === "always") {
			const since_us = this.now_us();
			try {
				file.sync();
			} catch (failure) {
				const reason = systemErrorText(failure);
				log.warning(`Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${reason}. Exiting...`);
				this.cutBack(file);
				return this.host.abort(1);
			}
			this.onTimed("aof-fsync-always", this.now_us() - since_us);
			this.lastSyncAt_s = this.now_s();
			this.noteSynced();
		}
	}

	/** Waits until all that is written is on the disk. */
	settle(): void {
		if (this.file === null || this.syncedTo >= this.writtenTo()) return;
		try {
			this.file.sync();
		} catch (failure) {
			return this.distrust(failure);
		}
		this.noteSynced();
	}

	private noteSynced(): void {
		this.syncedBytes = this.incrementBytes;
		this.syncRequestedTo = this.writtenTo();
		// What an older file is still waiting for comes first.
		if (this.syncs.length === 0) return this.advance(this.syncRequestedTo);
		this.syncs.push({ target: this.syncRequestedTo, bytes: this.syncedBytes, isDone: true });
	}

	private syncLater(file: OpenFile, closes: boolean): void {
		const job: SyncJob = { target: this.writtenTo(), bytes: this.incrementBytes, isDone: false };
		this.syncRequestedTo = job.target;
		this.syncs.push(job);
		file.syncLater((failure) => {
			if (closes) file.close();
			// Of a file that was given up nothing more is expected.
			if (!this.syncs.includes(job)) return;
			if (failure !== null) this.distrust(failure);
			else this.synced(job, file);
		});
	}

	private synced(job: SyncJob, file: OpenFile): void {
		job.isDone = true;
		if (file === this.file) this.syncedBytes = Math.max(this.syncedBytes, job.bytes);
		let reached = this.syncedTo;
		while (this.syncs[0]?.isDone) reached = this.syncs.shift()!.target;
		this.advance(reached);
		// What had to wait for the disk waits no longer.
		if (this.waitingLength > 0 && this.syncs.length === 0) this.flush(false);
	}

	private distrust(failure: unknown): void {
		const { file } = this;
		this.syncs.length = 0;
		if (file === null) return;
		const reason = systemErrorText(failure);
		if (this.syncFailure === null) this.host.log.warning(`Fail to fsync the AOF file: ${reason}`);
		this.syncFailure = reason;
		this.writeFailure = null;
		this.cutBack(file);
		this.abandon();
		this.onDistrusted();
		this.onOutcome();
	}

	private cutBack(file: OpenFile): void {
		try {
			file.truncate(this.syncedBytes);
		} catch {
			// Then the next start may find a hole in it, and will say so.
		}
	}

	private advance(to: number): void {
		if (to <= this.syncedTo) return;
		this.syncedTo = to;
		this.onSynced();
	}
}
