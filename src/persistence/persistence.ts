/** What keeps the data of one server over its end: snapshots and their schedule, and what INFO tells of it. */
import type { Timers } from "../adapters/clock.ts";
import type { Config } from "../config/config.ts";
import type { PersistenceState } from "../introspection/info/source.ts";
import { AppendOnly, type AppendOnlyHost } from "./aof/append-only.ts";
import { LoadFailure, Loading, type LoadSource, WITHOUT_PAUSE } from "./loading.ts";
import { PositionInFile, type RestoredPosition } from "./position-in-file.ts";
import { loadRdbNow, openRdb } from "./rdb/read/open-rdb.ts";
import { Saves, type SavesHost } from "./saves.ts";
import type { Snapshots } from "./snapshot/snapshots.ts";

/** What persistence needs of its server. It is read while the server runs, so it may be filled later. */
export interface PersistenceHost extends SavesHost, Pick<AppendOnlyHost, "table" | "abort"> {
	readonly adapters: SavesHost["adapters"] & { readonly timers: Timers };
	readonly config: Config;
	/** `writeRefusal` is the error of commands that write, or null: they may. */
	readonly executor: { isLoading: boolean; isLoadingAside: boolean; writeRefusal: string | null };
}

/** How a server ends: the options of SHUTDOWN. */
export interface ShutdownOptions {
	readonly saves: boolean;
	readonly savesNot: boolean;
	/** Ends even if the data could not be saved. */
	readonly isForced: boolean;
	/** Whatever replicas have not got. */
	readonly isNow: boolean;
}

/** As they are named in SHUTDOWN and in the directives shutdown-on-…. */
export function shutdownOptions(words: readonly string[]): ShutdownOptions {
	return {
		saves: words.includes("save"),
		savesNot: words.includes("nosave"),
		isForced: words.includes("force"),
		isNow: words.includes("now"),
	};
}

export class Persistence {
	readonly snapshots: Snapshots;
	readonly saves: Saves;
	readonly loading: Loading;
	readonly appendOnly: AppendOnly;
	/** Where in which history the data ends that was loaded at the start, as the file says; null where it does not. */
	restored: RestoredPosition | null;
	private readonly host: PersistenceHost;

	constructor(host: PersistenceHost, snapshots: Snapshots) {
		this.restored = null;
		this.host = host;
		this.snapshots = snapshots;
		this.saves = new Saves(host, snapshots);
		this.loading = new Loading(host);
		this.appendOnly = new AppendOnly(host, snapshots);
		this.appendOnly.onOutcome = () => this.refreshWriteRefusal();
		this.saves.onOutcome = () => this.refreshWriteRefusal();
		host.config.onChange("appendonly", (isWanted) => this.switchAppendOnly(isWanted));
		for (const name of ["save", "stop-writes-on-bgsave-error"] as const) {
			host.config.onChange(name, () => {
				this.refreshWriteRefusal();
				return undefined;
			});
		}
	}

	/** Brings back what was kept and calls back, perhaps at once; with false where it could not, which the log has told. */
	load(done: (isLoaded: boolean) => void): void {
		let source: LoadSource | null;
		try {
			source = this.sourceAtStart();
		} catch (failure) {
			if (!(failure instanceof LoadFailure)) throw failure;
			for (const line of failure.lines) this.host.log.warning(line);
			return done(false);
		}
		const loaded = (isLoaded: boolean) => done(isLoaded && this.beginWriting());
		if (source === null) loaded(true);
		else this.loading.begin(source, loaded);
	}

	/** What there is to load, or null. */
	private sourceAtStart(): LoadSource | null {
		if (this.host.config.values.appendonly) return this.appendOnly.source();
		const position = new PositionInFile(this.host.keyspace.databases.length);
		const loader = openRdb(this.host, this.saves.finalPath(), {
			told: (name, value) => {
				position.hear(name, value);
				this.restored = position.found();
				// Replicas that go on from there are told of what is over.
				if (loader !== null && this.restored !== null) loader.keepsExpired = true;
			},
		});
		return loader;
	}

	/** Everything is there; false where what comes could not be kept as is configured. */
	private beginWriting(): boolean {
		return !this.host.config.values.appendonly || this.appendOnly.open();
	}

	/** In a transaction behind its end, for no file is to have half of it; where it fails then only the log can tell. */
	private switchAppendOnly(isWanted: boolean): string | undefined {
		const { config, keyspace } = this.host;
		if (!keyspace.effects.isInTransaction) return this.appendOnly.switchTo(isWanted);
		keyspace.effects.whenWhole(() => {
			const error = this.appendOnly.switchTo(config.values.appendonly);
			if (error !== undefined) config.adopt("appendonly", "no");
		});
		return undefined;
	}

	/** Several times a second. */
	cron(): void {
		if (this.loading.isInPlace()) return;
		this.appendOnly.cron();
		this.saves.cron();
	}

	/** Whoever may have changed whether writing is allowed calls it. */
	refreshWriteRefusal(): void {
		this.host.executor.writeRefusal = this.saves.writeError() ?? this.appendOnly.writeError();
	}

	/**
	 * Loads the snapshot under its final name before it returns: in place of all data where `empties`, and in place of keys
	 * of the same name where `merges`. False where that failed, which the log explains.
	 */
	reload(empties: boolean, merges: boolean): boolean {
		if (empties) this.host.keyspace.clear();
		return this.attempt(() => this.loading.note(loadRdbNow(this.host, this.saves.finalPath(), { merges })));
	}

	/** Loads the append-only files, whole as they are, in place of all data. False where that failed or there are none. */
	reloadAppendOnly(): boolean {
		const { keyspace } = this.host;
		if (!this.appendOnly.isOn()) return false;
		this.appendOnly.log.flush(true);
		keyspace.clear();
		const isLoaded = this.attempt(() => {
			const source = this.appendOnly.source();
			if (source === null) return;
			try {
				keyspace.advance();
				source.advance(WITHOUT_PAUSE);
				this.loading.note(source);
			} finally {
				source.close();
			}
		});
		// All of it is in the file.
		keyspace.changes.dirty = 0;
		return isLoaded;
	}

	/** Tells the log what could not be loaded. */
	private attempt(load: () => void): boolean {
		try {
			load();
		} catch (failure) {
			if (!(failure instanceof LoadFailure)) throw failure;
			for (const line of failure.lines) this.host.log.warning(line);
			return false;
		}
		return true;
	}

	/** Makes what is to outlive the server ready for its end; false where that failed. */
	finish(options: ShutdownOptions): boolean {
		const { log } = this.host;
		// What is not all there is not to take the place of what is.
		if (this.loading.isInPlace()) return true;
		if (this.saves.isSaving) log.warning("There is a child saving an .rdb. Killing it!");
		this.saves.cancel();
		if (!this.appendOnly.finish(options.isForced)) {
			log.warning("Errors trying to shut down the server. Check the logs for more information.");
			return false;
		}
		const isWanted = options.saves || (this.saves.hasPoints() && !options.savesNot);
		if (!isWanted) return true;
		log.notice("Saving the final RDB snapshot before exiting.");
		if (this.saves.saveNow()) return true;
		if (options.isForced) {
			log.warning("Error trying to save the DB. Exit anyway.");
			return true;
		}
		log.warning("Error trying to save the DB, can't exit.");
		log.warning("Errors trying to shut down the server. Check the logs for more information.");
		return false;
	}

	/** The server ends: nothing is saved, and nothing is left half done. */
	stop(): void {
		this.loading.stop();
		this.saves.cancel();
		this.appendOnly.stop();
	}

	/** CONFIG RESETSTAT. */
	resetStatistics(): void {
		this.saves.count = 0;
		this.appendOnly.resetStatistics();
	}

	state(): PersistenceState {
		return {
			loading: this.loading.state(),
			loadedKeys: this.loading.loadedKeys,
			expiredKeys: this.loading.expiredKeys,
			snapshot: this.snapshots.progress(),
			saves: this.saves.state(),
			appendOnly: this.appendOnly.info(),
		};
	}
}
