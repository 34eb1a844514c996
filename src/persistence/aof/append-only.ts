/**
 * The append-only files of one server: opened at the start, written to, rewritten, and switched on and off.
 *
 *     "off"  ──── CONFIG SET appendonly yes ───▶  "waiting"  ──── first rewrite done ───▶  "on"
 *                                                 changes go to a temporary file while the rewrite is at work
 *
 * A rewrite begins by going on in a new file, which the manifest lists before anything is written to it; then a snapshot
 * of the moment of the change-over is made under a temporary name. When that is there it becomes the base, by a manifest
 * that lists it together with the new file, and what both replace is history. So whatever is listed at any moment loads.
 */
import type { Clock } from "../../adapters/clock.ts";
import type { Files } from "../../adapters/files.ts";
import type { Host } from "../../adapters/host.ts";
import type { Config } from "../../config/config.ts";
import type { Client } from "../../dispatch/client.ts";
import type { CommandTable } from "../../dispatch/command-table.ts";
import type { AppendOnlyState } from "../../introspection/info/source.ts";
import type { Log } from "../../introspection/log.ts";
import { FOR_FILE } from "../../keyspace/effects.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import { appendOnlyError } from "../../resp/errors.ts";
import type { LoadSource } from "../loading.ts";
import type { SnapshotRequest, SnapshotResult, Snapshots } from "../snapshot/snapshots.ts";
import { AppendLog } from "./append-log.ts";
import { AofDirectory } from "./directory.ts";
import { withNewBase, withNewIncrement, withRewritten } from "./manifest.ts";
import { openSource } from "./open-source.ts";
import { RewriteLimit } from "./rewrite-limit.ts";
import { SyncWaiters } from "./sync-waiters.ts";

/** What the append-only files need of their server. */
export interface AppendOnlyHost {
	readonly adapters: { readonly clock: Clock; readonly files: Files; readonly host: Host };
	readonly config: Config;
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly log: Log;
	/** Ends the server without another word to anyone: what was promised cannot be kept. */
	abort(exitCode: number): void;
}

const NEVER = -1;
const CANCELED = "ECANCELED";

export class AppendOnly {
	readonly log: AppendLog;
	/** A rewrite was asked for while it could not begin. */
	isRewriteScheduled: boolean;
	isRewriting: boolean;
	/** Called when `writeError` may have changed. */
	onOutcome: () => void;
	private state: "off" | "waiting" | "on";
	private readonly directory: AofDirectory;
	private readonly limit: RewriteLimit;
	private readonly waiters: SyncWaiters;
	private baseBytes: number;
	private startedAt_ms: number;
	private last_s: number;
	private lastIsOk: boolean;
	private attempts: number;
	private rewrites: number;
	private failuresInARow: number;
	private lastCopiedBytes: number;
	private triedAt_s: number;
	private readonly host: AppendOnlyHost;
	private readonly snapshots: Snapshots;

	constructor(host: AppendOnlyHost, snapshots: Snapshots) {
		this.host = host;
		this.snapshots = snapshots;
		this.log = new AppendLog({
			adapters: host.adapters,
			config: host.config,
			keyspace: host.keyspace,
			log: host.log,
			isSnapshotAtWork: () => snapshots.progress() !== null,
			abort: (exitCode) => host.abort(exitCode),
		});
		this.log.onOutcome = () => this.onOutcome();
		this.log.onSynced = () => this.waiters.wake();
		this.log.onDistrusted = () => this.startAfresh();
		this.isRewriteScheduled = false;
		this.isRewriting = false;
		this.onOutcome = () => {};
		this.state = "off";
		this.directory = new AofDirectory(host);
		this.limit = new RewriteLimit();
		this.waiters = new SyncWaiters();
		this.baseBytes = 0;
		this.startedAt_ms = 0;
		this.last_s = NEVER;
		this.lastIsOk = true;
		this.attempts = 0;
		this.rewrites = 0;
		this.failuresInARow = 0;
		this.lastCopiedBytes = 0;
		this.triedAt_s = 0;
	}

	isOn(): boolean {
		return this.state !== "off";
	}

	/** The error of commands that write, while what they would write could not be kept; else null. */
	writeError(): string | null {
		const reason = this.state === "off" ? null : this.log.writeError();
		return reason === null ? null : appendOnlyError(reason);
	}

	/** Writes what has come; called once a tick, before anybody hears of it. */
	commit(): void {
		this.log.flush(false);
	}

	// Start and end

	/** What is to be loaded at the start, or null; throws a LoadFailure. */
	source(): LoadSource | null {
		return openSource(this.host, this.directory);
	}

	/** Everything is loaded: begins to write. False where it cannot, which the log explains. */
	open(): boolean {
		const { directory, host } = this;
		if (!directory.make() || !directory.settle()) return false;
		let { manifest } = directory;
		if (manifest.base === null && manifest.increments.length === 0) {
			manifest = withNewBase(manifest, directory.prefix(), this.writesRdb());
			const { name } = manifest.base!;
			if (!this.writeBaseNow(name)) return false;
			host.log.notice(`Creating AOF base file ${name} on server start`);
		}
		const isNew = manifest.increments.length === 0;
		if (isNew) manifest = withNewIncrement(manifest, directory.prefix());
		const { name } = manifest.increments.at(-1)!;
		const isOpen = directory.attempt(`Can't open the append-only file ${name}`, () => {
			const file = host.adapters.files.open(directory.path(name), "append");
			this.log.open(file, file.size());
		});
		if (!isOpen || (manifest !== directory.manifest && directory.persist(manifest) !== "done")) return false;
		host.log.notice(`${isNew ? "Creating" : "Opening"} AOF incr file ${name} on server start`);
		this.state = "on";
		host.keyspace.effects.want(FOR_FILE, true);
		this.log.currentBytes = directory.totalBytes() || 0;
		this.baseBytes = manifest.base === null ? 0 : directory.sizeOf(manifest.base.name) || 0;
		directory.deleteHistory();
		return true;
	}

	private writeBaseNow(name: string): boolean {
		const { files, host } = this.host.adapters;
		const temporary = files.resolve(`temp-rewriteaof-${host.pid}.aof`);
		return this.directory.attempt("Write error writing append only file on disk", () => {
			this.snapshots.run(this.request(temporary));
			files.rename(temporary, this.directory.path(name));
		});
	}

	/** Writes and syncs everything before the server ends; false where it must not end yet, which the log explains. */
	finish(isForced: boolean): boolean {
		const { log } = this.host;
		if (this.state === "off") return true;
		if (this.isRewriting) {
			if (this.state === "waiting") {
				log.warning(isForced ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit.");
				if (!isForced) return false;
			}
			log.warning("There is a child rewriting the AOF. Killing it!");
			this.cancelRewrite();
		}
		log.notice("Calling fsync() on the AOF file.");
		this.log.finish();
		return true;
	}

	/** Lets go of everything as it is. */
	stop(): void {
		this.cancelRewrite();
		this.log.abandon();
	}

	// On and off

	/** What CONFIG SET appendonly does; returns the error where it fails. */
	switchTo(isWanted: boolean): string | undefined {
		if (isWanted === this.isOn()) return undefined;
		if (!isWanted) this.switchOff();
		else if (!this.switchOn()) return "Unable to turn on AOF. Check server logs.";
		return undefined;
	}

	private switchOff(): void {
		this.log.close();
		this.host.keyspace.effects.want(FOR_FILE, false);
		this.state = "off";
		this.isRewriteScheduled = false;
		this.cancelRewrite();
		this.onOutcome();
		this.waiters.wakeAll();
	}

	private switchOn(): boolean {
		const { log } = this.host;
		this.state = "waiting";
		this.log.currentBytes = 0;
		if (this.isRewriting) {
			log.warning(
				"AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a " +
					"rewrite now.",
			);
			this.cancelRewrite();
		}
		if (this.snapshots.progress() !== null) {
			this.isRewriteScheduled = true;
			log.warning(
				"AOF was enabled but there is already another background operation. An AOF background was scheduled to start " +
					"when possible.",
			);
		} else if (!this.rewrite()) {
			this.state = "off";
			log.warning(
				"Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for " +
					"more info about the error.",
			);
			return false;
		}
		this.log.forgetErrors();
		return true;
	}

	// Rewriting

	/** What BGREWRITEAOF does. */
	requestRewrite(): "started" | "scheduled" | "already" | "failed" {
		if (this.isRewriting) return "already";
		// Half a transaction must not be in one file and the other half in the next.
		if (this.snapshots.progress() !== null || this.host.keyspace.effects.isInTransaction) {
			this.isRewriteScheduled = true;
			this.failuresInARow = 0;
			return "scheduled";
		}
		return this.rewrite() ? "started" : "failed";
	}

	/** Begins one in the background; false where that fails, which the log explains. Nothing must be at work there. */
	private rewrite(): boolean {
		const { host, directory, snapshots } = this;
		const { files } = host.adapters;
		// A name of its own each time: the writer of one that was cancelled may still be at it for a moment.
		const temporary = files.resolve(`temp-rewriteaof-bg-${host.adapters.host.pid}-${++this.attempts}.aof`);
		this.triedAt_s = this.now_s();
		this.log.flush(true);
		// Only the last file of a manifest may end in the middle of a command.
		this.log.settle();
		if (!directory.make() || (this.state !== "off" && !this.beginIncrement())) {
			this.lastIsOk = false;
			return false;
		}
		this.rewrites++;
		const isStarted = directory.attempt("Can't rewrite append only file in background", () =>
			snapshots.start(this.request(temporary), (failure, result) => this.rewritten(temporary, failure, result)),
		);
		if (!isStarted) {
			this.failed();
			return false;
		}
		this.isRewriting = true;
		this.isRewriteScheduled = false;
		this.startedAt_ms = host.adapters.clock.now_ms();
		host.log.notice(`Background append only file rewriting started by pid ${host.adapters.host.pid}`);
		return true;
	}

	private failed(): void {
		this.lastIsOk = false;
		this.failuresInARow++;
	}

	/** Goes on in a new file. */
	private beginIncrement(): boolean {
		const { host, directory } = this;
		const isFirst = this.state === "waiting";
		const manifest = withNewIncrement(directory.manifest, directory.prefix());
		const name = isFirst ? directory.temporaryIncrement() : manifest.increments.at(-1)!.name;
		const isOpen = directory.attempt(`Can't open the append-only file ${name}`, () => {
			const file = host.adapters.files.open(directory.path(name), "create");
			if (!isFirst && directory.persist(manifest) !== "done") {
				file.close();
				throw new Error("the manifest could not be written");
			}
			this.log.open(file, 0);
		});
		if (!isOpen) return false;
		host.keyspace.effects.want(FOR_FILE, true);
		host.log.notice(`Creating AOF incr file ${name} on background rewrite`);
		return true;
	}

	private rewritten(temporary: string, failure: Error | null, result: SnapshotResult | null): void {
		const { host } = this;
		this.isRewriting = false;
		this.last_s = Math.floor((host.adapters.clock.now_ms() - this.startedAt_ms) / 1000);
		if (failure === null) this.lastCopiedBytes = result?.copiedBytesMax ?? 0;
		const isCanceled = failure !== null && (failure as { code?: string }).code === CANCELED;
		if (isCanceled) host.log.warning("Background AOF rewrite terminated by signal 10");
		else if (failure !== null) {
			host.log.warning(`Write error writing append only file on disk: ${failure.message}`);
			host.log.warning("Background AOF rewrite terminated with error");
		} else {
			host.log.notice("Background AOF rewrite terminated with success");
			if (this.publish(temporary)) return this.published();
		}
		if (!isCanceled) this.failed();
		this.directory.attempt(`Can't remove ${temporary}`, () => host.adapters.files.remove(temporary));
		if (this.state === "waiting") this.abandonIncrement();
	}

	/** The file cannot be trusted: nothing is accepted until a rewrite has put everything into a new one. */
	private startAfresh(): void {
		const { effects } = this.host.keyspace;
		if (this.state === "off") return;
		this.state = "waiting";
		this.cancelRewrite();
		effects.want(FOR_FILE, false);
		effects.clear();
		this.isRewriteScheduled = true;
	}

	/** What the first rewrite should have preceded is worth nothing without it. */
	private abandonIncrement(): void {
		const { host, directory } = this;
		host.keyspace.effects.want(FOR_FILE, false);
		host.keyspace.effects.clear();
		this.log.abandon();
		const name = directory.temporaryIncrement();
		host.log.notice(`Removing the temp incr aof file ${name} in the background`);
		directory.delete(name);
		this.isRewriteScheduled = true;
	}

	/** Makes the new files the ones that are loaded; false where that fails, and the old ones still are. */
	private publish(temporary: string): boolean {
		const { directory, host } = this;
		const { files } = host.adapters;
		let manifest = withNewBase(directory.manifest, directory.prefix(), this.writesRdb());
		const base = manifest.base!.name;
		const shown = temporary.slice(temporary.lastIndexOf("/") + 1);
		const isBase = directory.attempt(`Error trying to rename the temporary AOF base file ${shown} into ${base}`, () =>
			files.rename(temporary, directory.path(base)),
		);
		if (!isBase) return false;
		host.log.notice(`Successfully renamed the temporary AOF base file ${shown} into ${base}`);
		const unlisted = [base];
		if (this.state === "waiting") {
			manifest = withNewIncrement(manifest, directory.prefix());
			const from = directory.temporaryIncrement();
			const { name } = manifest.increments.at(-1)!;
			const isIncrement = directory.attempt(
				`Error trying to rename the temporary AOF incr file ${from} into ${name}`,
				() => files.rename(directory.path(from), directory.path(name)),
			);
			if (isIncrement) {
				unlisted.push(name);
				host.log.notice(`Successfully renamed the temporary AOF incr file ${from} into ${name}`);
			}
			if (!isIncrement) return this.unpublish(unlisted);
		}
		manifest = withRewritten(manifest, this.log.isOpen() ? 1 : 0);
		const outcome = directory.persist(manifest);
		return outcome === "failed" ? this.unpublish(unlisted) : outcome === "done";
	}

	private unpublish(names: readonly string[]): false {
		for (const name of names) this.directory.delete(name);
		return false;
	}

	private published(): void {
		const { directory, host } = this;
		if (this.log.isOpen()) {
			const bytes = directory.sizeOf(directory.manifest.base!.name) || 0;
			this.log.currentBytes = bytes + this.log.incrementBytes;
			this.baseBytes = this.log.currentBytes;
		}
		directory.deleteHistory();
		this.lastIsOk = true;
		this.failuresInARow = 0;
		host.log.notice("Background AOF rewrite finished successfully");
		if (this.state !== "waiting") return;
		this.state = "on";
		this.log.trustAgain();
		this.waiters.wake();
	}

	private cancelRewrite(): void {
		if (this.isRewriting) this.snapshots.cancel();
	}

	private writesRdb(): boolean {
		return this.host.config.values["aof-use-rdb-preamble"];
	}

	private request(path: string): SnapshotRequest {
		const { values } = this.host.config;
		return {
			path,
			format: this.writesRdb() ? "rdb" : "commands",
			auxiliary: [["aof-base", "1"]],
			compresses: values.rdbcompression,
			hasChecksum: values.rdbchecksum,
			syncsIncrementally: values["aof-rewrite-incremental-fsync"],
			access: "none",
			keyDelay_us: values["rdb-key-save-delay"],
		};
	}

	// Time

	/** What is scheduled, what has grown, and what could not be written; called several times a second. */
	cron(): void {
		this.log.flush(false);
		if (this.snapshots.progress() !== null) return;
		if (this.isRewriteScheduled && !this.isLimited()) this.rewrite();
		else if (this.state === "on") this.rewriteGrown();
	}

	private rewriteGrown(): void {
		const { values } = this.host.config;
		const percentage = values["auto-aof-rewrite-percentage"];
		const { currentBytes } = this.log;
		if (percentage === 0 || currentBytes <= values["auto-aof-rewrite-min-size"]) return;
		const growth = Math.floor((currentBytes * 100) / Math.max(1, this.baseBytes)) - 100;
		if (growth < percentage || this.isLimited()) return;
		this.host.log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
		this.rewrite();
	}

	private now_s(): number {
		return Math.floor(this.host.adapters.clock.now_ms() / 1000);
	}

	/** While nothing is accepted, it is tried once a second. */
	private isLimited(): boolean {
		const now_s = this.now_s();
		if (this.state === "waiting" && this.log.writeError() !== null) return now_s === this.triedAt_s;
		return this.limit.holds(this.failuresInARow, now_s, (minutes) =>
			this.host.log.warning(
				`Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ${minutes} minutes`,
			),
		);
	}

	// WAITAOF

	/** Whether all that a client has changed is on the disk. */
	isSynced(client: Client): boolean {
		return client.effectsTo === 0 || (this.state === "on" && this.log.syncedTo >= client.effectsTo);
	}

	/** Whether all effects up to this position are on the disk. */
	hasSynced(position: number): boolean {
		return this.state === "on" && this.log.syncedTo >= position;
	}

	/** Wakes a blocked client, as if its time were over, when more is on the disk and `isServed` says so. */
	wakeWhen(client: Client, isServed: () => boolean): void {
		this.waiters.add(client, isServed);
	}

	// INFO

	/** CONFIG RESETSTAT. */
	resetStatistics(): void {
		this.rewrites = 0;
		this.failuresInARow = 0;
		this.log.delayedSyncs = 0;
	}

	info(): AppendOnlyState {
		const { log } = this;
		const now_ms = this.host.adapters.clock.now_ms();
		return {
			isOn: this.isOn(),
			isRewriting: this.isRewriting,
			isRewriteScheduled: this.isRewriteScheduled,
			lastRewrite_s: this.last_s,
			currentRewrite_s: this.isRewriting ? Math.floor((now_ms - this.startedAt_ms) / 1000) : NEVER,
			lastRewriteIsOk: this.lastIsOk,
			rewrites: this.rewrites,
			failuresInARow: this.failuresInARow,
			lastWriteIsOk: log.lastWriteIsOk() && log.writeError() === null,
			lastCopiedBytes: this.lastCopiedBytes,
			currentBytes: log.currentBytes,
			baseBytes: this.baseBytes,
			bufferedBytes: log.bufferedBytes(),
			pendingSyncs: log.pendingSyncs(),
			delayedSyncs: log.delayedSyncs,
		};
	}
}
