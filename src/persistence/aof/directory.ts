import type { Files } from "../../adapters/files.ts";
import { bytesOf } from "../../bytes/ascii.ts";
import type { Values } from "../../config/directives.ts";
import { systemErrorText } from "../../config/system-error.ts";
import type { Log } from "../../introspection/log.ts";
import { EMPTY_MANIFEST, formatManifest, loadedFiles, type Manifest, parseManifest } from "./manifest.ts";

/** What the directory of the append-only files needs of its server. */
export interface DirectoryHost {
	readonly adapters: { readonly files: Files };
	readonly config: { readonly values: Values };
	readonly log: Log;
}

/**
 * The directory of the append-only files, and its manifest.
 *
 * Invariant: `manifest` is what the disk says. A new one is believed when it is written, synced, has its name, and the
 * names in the directory are synced as well: files are made before they are in it, and deleted after they are not.
 */
export class AofDirectory {
	manifest: Manifest;
	private readonly host: DirectoryHost;

	constructor(host: DirectoryHost) {
		this.manifest = EMPTY_MANIFEST;
		this.host = host;
	}

	/** First part of all names: `appendonly.aof`. */
	prefix(): string {
		return this.host.config.values.appendfilename;
	}

	name(): string {
		return this.host.config.values.appenddirname;
	}

	path(name: string): string {
		return `${this.name()}/${name}`;
	}

	private manifestName(): string {
		return `${this.prefix()}.manifest`;
	}

	/** What changes come into while the first rewrite is at work, as nobody can tell yet what they follow. */
	temporaryIncrement(): string {
		return `temp-${this.prefix()}.incr`;
	}

	exists(name: string): boolean {
		return this.host.adapters.files.exists(this.path(name));
	}

	/** Reads the manifest, where there is one; throws a ManifestError, or what the file system throws. */
	load(): void {
		const { files } = this.host.adapters;
		const name = this.manifestName();
		this.manifest = this.exists(name) ? parseManifest(files.readText(this.path(name))) : EMPTY_MANIFEST;
	}

	/** Makes the directory unless it is there; false where that fails, which the log explains. */
	make(): boolean {
		const { files } = this.host.adapters;
		const { base, increments } = this.manifest;
		// Only a manifest proves that whoever made it has also seen its name on the disk.
		if (files.exists(this.name()) && (base !== null || increments.length > 0)) return true;
		return this.attempt(`Can't open or create append-only dir ${this.name()}`, () => {
			files.makeDirectory(this.name());
			files.syncDirectory(".");
		});
	}

	/** Waits until its names are on the disk: whoever was here before may have been killed too early. False: it failed. */
	settle(): boolean {
		return this.attempt(`Fail to fsync AOF directory ${this.name()}`, () =>
			this.host.adapters.files.syncDirectory(this.name()),
		);
	}

	/**
	 * Makes a manifest the one that counts, on disk and then here. Where it is "unsure" it has its name, but a power cut
	 * may bring the old one back: nothing that either of them lists may be deleted.
	 */
	persist(manifest: Manifest): "done" | "failed" | "unsure" {
		const { files } = this.host.adapters;
		const name = this.manifestName();
		const temporary = `temp-${name}`;
		const isWritten = this.attempt(`Error trying to write the temporary AOF manifest file ${temporary}`, () =>
			this.write(this.path(temporary), formatManifest(manifest)),
		);
		if (!isWritten) return "failed";
		// The names it lists are on the disk before it is: nothing says that the disk keeps the order of names.
		if (!this.settle()) return "failed";
		const isRenamed = this.attempt(
			`Error trying to rename the temporary AOF manifest file ${temporary} into ${name}`,
			() => files.rename(this.path(temporary), this.path(name)),
		);
		if (!isRenamed) return "failed";
		const isSynced = this.attempt(`Fail to fsync AOF directory ${this.path(name)}`, () =>
			files.syncDirectory(this.name()),
		);
		if (!isSynced) return "unsure";
		this.manifest = manifest;
		return "done";
	}

	private write(path: string, text: string): void {
		const file = this.host.adapters.files.open(path, "create");
		try {
			const bytes = bytesOf(text);
			if (file.write(bytes, 0, bytes.length) < bytes.length) throw new Error("ENOSPC");
			file.sync();
		} finally {
			file.close();
		}
	}

	/** Runs a step; where it fails, the log says what it was and why. */
	attempt(what: string, step: () => void): boolean {
		try {
			step();
			return true;
		} catch (failure) {
			this.host.log.warning(`${what}: ${systemErrorText(failure)}`);
			return false;
		}
	}

	/** Bytes of all files that are loaded; NaN where one is missing, which the log says. */
	totalBytes(): number {
		let total = 0;
		for (const { name } of loadedFiles(this.manifest)) total += this.sizeOf(name);
		return total;
	}

	/** NaN where it cannot be told. */
	sizeOf(name: string): number {
		let size = Number.NaN;
		this.attempt(`Unable to obtain the AOF file ${name} length. stat`, () => {
			const file = this.host.adapters.files.open(this.path(name), "read");
			size = file.size();
			file.close();
		});
		return size;
	}

	/** Deletes what no manifest needs any more; where that fails, it is tried again at the next start or rewrite. */
	deleteHistory(): void {
		const { config, log } = this.host;
		const { history } = this.manifest;
		if (history.length === 0 || config.values["aof-disable-auto-gc"]) return;
		for (const { name } of history) {
			log.notice(`Removing the history file ${name} in the background`);
			this.delete(name);
		}
		this.persist({ ...this.manifest, history: [] });
	}

	delete(name: string): void {
		this.attempt(`Can't remove the AOF file ${name}`, () => this.host.adapters.files.remove(this.path(name)));
	}
}
