import type { OpenFile } from "../adapters/files.ts";
import { removeLeftover } from "../persistence/failure.ts";
import { LoadFailure } from "../persistence/loading.ts";
import { PositionInFile } from "../persistence/position-in-file.ts";
import { openRdb } from "../persistence/rdb/read/open-rdb.ts";
import { type ArrivingCopy, type CopyOwner, dropData, emptyForCopy } from "./arriving-copy.ts";

/**
 * A copy that becomes a file, and is loaded when all of it is there. The old data is served until then, and what fails
 * before that has done no harm.
 */
export class ArrivingFile implements ArrivingCopy {
	isComplete: boolean;
	readonly position: PositionInFile;
	private readonly owner: CopyOwner;
	private readonly path: string;
	private readonly file: OpenFile;
	private isCanceled: boolean;

	/** Throws where the file cannot be made. */
	constructor(owner: CopyOwner) {
		const { files, host, clock } = owner.host.adapters;
		this.position = new PositionInFile(owner.host.keyspace.databases.length);
		this.isComplete = false;
		this.owner = owner;
		this.path = files.resolve(`temp-${Math.floor(clock.now_ms() / 1000)}.${host.pid}.rdb`);
		this.file = files.open(this.path, "create");
		this.isCanceled = false;
	}

	write(bytes: Uint8Array, from: number, to: number): void {
		for (let at = from; at < to; ) {
			const taken = this.file.write(bytes, at, to);
			if (taken === 0) throw new Error("ENOSPC: No space left on device");
			at += taken;
		}
	}

	arrived(): void {
		this.isComplete = true;
		this.owner.hold(true);
		this.file.syncLater((failure) => {
			if (this.isCanceled) return;
			if (failure === null) this.load();
			else
				this.fail(
					`Failed to sync the temporary RDB file to disk in MASTER <-> REPLICA synchronization: ${failure.message}`,
				);
		});
	}

	/** Gives the file its name and loads it. */
	private load(): void {
		const { owner } = this;
		const { adapters, persistence, log } = owner.host;
		const { files } = adapters;
		const final = persistence.saves.finalPath();
		persistence.saves.cancel();
		try {
			this.file.close();
			files.rename(this.path, final);
			files.syncDirectory(final.slice(0, Math.max(1, final.lastIndexOf("/"))));
		} catch (reason) {
			return this.fail(
				`Failed trying to rename the temp DB into ${final} in MASTER <-> REPLICA synchronization: ${(reason as Error).message}`,
			);
		}
		owner.replacing();
		emptyForCopy(owner);
		log.notice("MASTER <-> REPLICA sync: Loading DB in memory");
		this.loadFrom(final);
	}

	private loadFrom(path: string): void {
		const { owner } = this;
		const { host } = owner;
		const { persistence, log } = host;
		const told = (name: string, value: string) => this.position.hear(name, value);
		try {
			const source = openRdb(host, path, { keepsExpired: true, told });
			if (source !== null) return persistence.loading.begin(source, (isLoaded) => this.ended(isLoaded));
		} catch (failure) {
			if (!(failure instanceof LoadFailure)) throw failure;
			for (const line of failure.lines) log.warning(line);
		}
		this.ended(false);
	}

	private ended(isLoaded: boolean): void {
		const { owner } = this;
		const { host } = owner;
		const { keyspace, log } = host;
		if (this.isCanceled) return;
		this.removeUnwanted();
		if (!isLoaded || !host.loadLibraries()) {
			log.warning("Failed trying to load the MASTER synchronization DB from disk, check server logs.");
			dropData(host);
			return owner.failed();
		}
		keyspace.changes.dirty = 0;
		keyspace.changes.database(-1, 0, false);
		owner.loaded(this);
	}

	/** Where nothing is kept on disk, this is not either. */
	private removeUnwanted(): void {
		const { config, persistence, adapters, log } = this.owner.host;
		const { values } = config;
		if (!values["rdb-del-sync-files"] || values.appendonly || persistence.saves.hasPoints()) return;
		log.notice("Removing the RDB file obtained from the master. This replica has persistence disabled");
		removeLeftover(adapters.files, persistence.saves.finalPath());
	}

	private fail(line: string): void {
		this.owner.host.log.warning(line);
		this.cancel();
		this.owner.failed();
	}

	cancel(): void {
		if (this.isCanceled) return;
		this.isCanceled = true;
		try {
			this.file.close();
		} catch {
			// It is closed already.
		}
		removeLeftover(this.owner.host.adapters.files, this.path);
	}
}
