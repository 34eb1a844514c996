/**
 * SAVE, BGSAVE and save points: when a snapshot is taken, where it goes, and what came of it.
 *
 * A snapshot is written under a temporary name, and synced, by `Snapshots`; here it gets its final name, which is synced
 * in turn. So the file under `dbfilename` is always a whole one, and the old one until the new one is.
 *
 * Invariant: `isSaving` exactly while the snapshot at work in the background is one of ours and not a rewrite of the
 * append-only file; `changes.dirty` counts what is in no file under `dbfilename`.
 */
import type { Clock } from "../adapters/clock.ts";
import type { Files } from "../adapters/files.ts";
import type { Host } from "../adapters/host.ts";
import type { Values } from "../config/directives.ts";
import type { SavesState } from "../introspection/info/source.ts";
import type { Log } from "../introspection/log.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { CANNOT_SAVE } from "../resp/errors.ts";
import { removeLeftover } from "./failure.ts";
import type { AuxiliaryFields } from "./rdb/auxiliary.ts";
import type { AccessInfo } from "./snapshot/format.ts";
import type { SnapshotRequest, SnapshotResult, Snapshots } from "./snapshot/snapshots.ts";

/** What saving needs of its server. */
export interface SavesHost {
	readonly adapters: { readonly clock: Clock; readonly files: Files; readonly host: Host };
	readonly config: { readonly values: Values };
	readonly keyspace: Keyspace;
	readonly log: Log;
}

/** How long after a failure save points and scheduled saves wait before they try again. */
const RETRY_DELAY_S = 5;
const NEVER = -1;
/** Of the failure that `Snapshots.cancel` causes. */
const CANCELED = "ECANCELED";

export class Saves {
	isSaving: boolean;
	/** A snapshot for replicas is at work, which others take for a save. */
	isForReplicas: boolean;
	/** Where in the history of a group of servers the data is, as files say it. */
	position: () => AuxiliaryFields;
	/** The file has its final name, which is on its way to the disk. */
	private isPublishing: boolean;
	/** BGSAVE SCHEDULE: to be started when the rewrite of the append-only file is done. */
	isScheduled: boolean;
	/** Of the last good save, or of the start. */
	lastSaveAt_ms: number;
	/** False while the last save in the background has failed. */
	lastIsOk: boolean;
	/** Called when `lastIsOk` may have changed. */
	onOutcome: () => void;
	private lastTryAt_ms: number;
	private last_s: number;
	/** Times that somebody asked for a save. */
	count: number;
	private lastCopiedBytes: number;
	private started: number;
	private startedAt_ms: number;
	/** Changes that the snapshot at work contains. */
	private dirtyBefore: number;
	private readonly server: SavesHost;
	private readonly snapshots: Snapshots;

	constructor(server: SavesHost, snapshots: Snapshots) {
		this.isSaving = false;
		this.isForReplicas = false;
		this.position = () => [];
		this.isPublishing = false;
		this.isScheduled = false;
		this.lastSaveAt_ms = server.adapters.clock.now_ms();
		this.lastIsOk = true;
		this.onOutcome = () => {};
		this.lastTryAt_ms = 0;
		this.last_s = NEVER;
		this.count = 0;
		this.lastCopiedBytes = 0;
		this.started = 0;
		this.startedAt_ms = 0;
		this.dirtyBefore = 0;
		this.server = server;
		this.snapshots = snapshots;
	}

	state(): SavesState {
		const { lastSaveAt_ms, lastIsOk, last_s, count, lastCopiedBytes } = this;
		return { isSaving: this.isBusy(), lastSaveAt_ms, lastIsOk, last_s, count, lastCopiedBytes };
	}

	/** Whether `save` says when to save. */
	hasPoints(): boolean {
		return this.server.config.values.save.length > 0;
	}

	/** The error of commands that write, while what they would write could not be saved; else null. */
	writeError(): string | null {
		if (this.lastIsOk || !this.hasPoints()) return null;
		return this.server.config.values["stop-writes-on-bgsave-error"] ? CANNOT_SAVE : null;
	}

	/** Saves everything before it returns; false where that failed, which the log explains. */
	saveNow(position = this.position()): boolean {
		const { server, snapshots } = this;
		const temporary = this.temporaryPath("");
		try {
			snapshots.run(this.request(temporary, position));
			this.publish(temporary, this.finalPath());
		} catch (failure) {
			this.failed(temporary, failure);
			return false;
		}
		// What is at work is older, and must not take the place of this.
		this.cancel();
		server.keyspace.changes.dirty = 0;
		this.succeeded();
		server.log.notice("DB saved on disk");
		return true;
	}

	/** Begins a save in the background; false where that failed. Nothing must be at work there. */
	start(): boolean {
		const { server, snapshots } = this;
		// A name of its own each time: the writer of one that was cancelled may still be at it for a moment.
		const temporary = this.temporaryPath(`-${++this.started}`);
		const final = this.finalPath();
		this.lastTryAt_ms = server.adapters.clock.now_ms();
		this.startedAt_ms = this.lastTryAt_ms;
		this.dirtyBefore = server.keyspace.changes.dirty;
		this.count++;
		try {
			snapshots.start(this.request(temporary), (failure, result) => this.ended(temporary, final, failure, result));
		} catch (failure) {
			server.log.warning(`Can't save in background: ${reasonOf(failure)}`);
			this.lastIsOk = false;
			this.onOutcome();
			return false;
		}
		this.isSaving = true;
		server.log.notice(`Background saving started by pid ${server.adapters.host.pid}`);
		return true;
	}

	/** Whether a save in the background is not over yet, or a snapshot for replicas. */
	isBusy(): boolean {
		return this.isSaving || this.isPublishing || this.isForReplicas;
	}

	/** Ends the save in the background, if there is one, as if it had never begun. */
	cancel(): void {
		if (this.isSaving) this.snapshots.cancel();
	}

	/** All data was removed: what is being saved is obsolete, and so is the file, where there is one. */
	flushed(): void {
		this.cancel();
		// The removal is not in the history yet: whoever goes on from what was before it has it still to come.
		if (this.hasPoints()) this.saveNow([]);
	}

	/** What save points and BGSAVE SCHEDULE ask for; called several times a second. */
	cron(): void {
		if (this.snapshots.progress() !== null || this.isPublishing) return;
		const { config, keyspace, log, adapters } = this.server;
		const { dirty } = keyspace.changes;
		const now_s = seconds(adapters.clock.now_ms());
		if (!this.lastIsOk && now_s - seconds(this.lastTryAt_ms) <= RETRY_DELAY_S) return;
		const past_s = now_s - seconds(this.lastSaveAt_ms);
		const point = config.values.save.find((one) => dirty >= one.changes && past_s > one.seconds);
		if (point !== undefined) {
			log.notice(`${point.changes} changes in ${point.seconds} seconds. Saving...`);
			this.start();
		} else if (this.isScheduled && this.start()) this.isScheduled = false;
	}

	private ended(temporary: string, final: string, failure: Error | null, result: SnapshotResult | null): void {
		const { adapters, keyspace, log } = this.server;
		this.isSaving = false;
		this.last_s = seconds(adapters.clock.now_ms() - this.startedAt_ms);
		if (failure !== null && codeOf(failure) === CANCELED) {
			removeLeftover(adapters.files, temporary);
			log.warning("Background saving terminated before its end: it was no longer wanted");
			return;
		}
		if (failure !== null) return this.notSaved(temporary, failure);
		try {
			adapters.files.rename(temporary, final);
		} catch (reason) {
			return this.notSaved(temporary, reason);
		}
		// It is a save when its name is on the disk, too; nobody waits for that.
		const { dirtyBefore } = this;
		this.isPublishing = true;
		adapters.files.syncDirectoryLater(folderOf(final), (reason) => {
			this.isPublishing = false;
			if (reason !== null) return this.notSaved(temporary, reason);
			this.lastCopiedBytes = result?.copiedBytesMax ?? 0;
			keyspace.changes.dirty = Math.max(0, keyspace.changes.dirty - dirtyBefore);
			log.notice("DB saved on disk");
			this.succeeded();
			log.notice("Background saving terminated with success");
		});
	}

	private notSaved(temporary: string, reason: unknown): void {
		this.failed(temporary, reason);
		this.server.log.warning("Background saving error");
		this.lastIsOk = false;
		this.onOutcome();
	}

	private succeeded(): void {
		this.lastSaveAt_ms = this.server.adapters.clock.now_ms();
		this.lastIsOk = true;
		this.onOutcome();
	}

	/** Lets go of what there is of a file, and says why. */
	private failed(temporary: string, failure: unknown): void {
		const { adapters, log } = this.server;
		log.warning(`Write error saving DB on disk (${temporary}): ${reasonOf(failure)}`);
		removeLeftover(adapters.files, temporary);
	}

	/** Gives a file that is complete and synced its final name, which is on the disk afterwards. */
	private publish(temporary: string, final: string): void {
		const { files } = this.server.adapters;
		files.rename(temporary, final);
		files.syncDirectory(folderOf(final));
	}

	private temporaryPath(suffix: string): string {
		const { files, host } = this.server.adapters;
		return files.resolve(`temp-${host.pid}${suffix}.rdb`);
	}

	finalPath(): string {
		return this.server.adapters.files.resolve(this.server.config.values.dbfilename);
	}

	request(path: string, position = this.position()): SnapshotRequest {
		const { values } = this.server.config;
		return {
			path,
			format: "rdb",
			auxiliary: [...position, ["aof-base", "0"]],
			compresses: values.rdbcompression,
			hasChecksum: values.rdbchecksum,
			syncsIncrementally: values["rdb-save-incremental-fsync"],
			access: accessInfo(values["maxmemory-policy"]),
			keyDelay_us: values["rdb-key-save-delay"],
		};
	}
}

/** What a file says of the use of its keys is what eviction goes by. */
export function accessInfo(policy: string): AccessInfo {
	if (policy.endsWith("lru")) return "idle";
	return policy.endsWith("lfu") ? "frequency" : "none";
}

function seconds(time_ms: number): number {
	return Math.floor(time_ms / 1000);
}

function codeOf(failure: Error): string {
	return (failure as { code?: string }).code ?? "";
}

function reasonOf(failure: unknown): string {
	return failure instanceof Error ? failure.message : String(failure);
}

function folderOf(path: string): string {
	return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}
