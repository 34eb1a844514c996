/** What of the append-only files is to be loaded at the start. */
import { LoadFailure, type LoadSource } from "../loading.ts";
import { AofLoad, type AofLoadHost } from "./aof-load.ts";
import type { AofDirectory } from "./directory.ts";
import { ManifestError } from "./manifest.ts";

const CANNOT_START = "Fatal error loading the DB. Exiting.";

/** Reads the manifest into `directory`; null where there is nothing to load. Throws a LoadFailure. */
export function openSource(host: AofLoadHost, directory: AofDirectory): LoadSource | null {
	try {
		directory.load();
	} catch (failure) {
		throw new LoadFailure(failure instanceof ManifestError ? failure.report() : [String(failure)]);
	}
	upgrade(host, directory);
	const { base, increments } = directory.manifest;
	if (base === null && increments.length === 0) return null;
	const totalBytes = directory.totalBytes();
	if (Number.isNaN(totalBytes)) throw new LoadFailure([CANNOT_START]);
	return totalBytes === 0 ? null : new AofLoad(host, directory, totalBytes);
}

/**
 * A single file, as before Redis 7, becomes the base: it is listed first, and then moved into the directory. Whatever of
 * this did not come about is done at the next start.
 */
function upgrade(host: AofLoadHost, directory: AofDirectory): void {
	const { files } = host.adapters;
	const name = directory.prefix();
	if (!files.exists(name)) return;
	const { base, increments } = directory.manifest;
	const isFresh = base === null && increments.length === 0;
	const isHalfDone = base?.name === name && increments.length === 0 && !directory.exists(name);
	if (!isFresh && !isHalfDone) return;
	const manifest = { ...directory.manifest, base: { name, sequence: 1 }, baseSequence: 1 };
	if (!directory.make() || directory.persist(manifest) !== "done") throw new LoadFailure([CANNOT_START]);
	const what = `Error trying to move the old AOF file ${name} into dir ${directory.name()}`;
	const isMoved = directory.attempt(what, () => {
		files.rename(name, directory.path(name));
		files.syncDirectory(directory.name());
		files.syncDirectory(".");
	});
	if (!isMoved) throw new LoadFailure([CANNOT_START]);
	host.log.notice(
		`Successfully migrated an old-style AOF file (${name}) into the AOF directory (${directory.name()}).`,
	);
}
