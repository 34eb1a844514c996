import type { Clock } from "../../adapters/clock.ts";
import type { Files, OpenFile } from "../../adapters/files.ts";
import type { Config } from "../../config/config.ts";
import { systemErrorText } from "../../config/system-error.ts";
import type { Log } from "../../introspection/log.ts";
import { FOR_NOBODY } from "../../keyspace/effects.ts";
import { LoadFailure, type LoadSource, type Pace } from "../loading.ts";
import { openRdb } from "../rdb/read/open-rdb.ts";
import type { RdbLoader } from "../rdb/read/rdb-loader.ts";
import { CommandReader, type CommandsEnd } from "./command-reader.ts";
import type { AofDirectory } from "./directory.ts";
import { loadedFiles } from "./manifest.ts";
import { Replay, type ReplayHost, UnknownCommand } from "./replay.ts";

/** What loading append-only files needs of a server. */
export interface AofLoadHost extends ReplayHost {
	readonly adapters: { readonly clock: Clock; readonly files: Files };
	readonly config: Config;
	readonly log: Log;
}

/** A file at work: first its snapshot, if it begins with one, then its commands. */
interface Part {
	readonly name: string;
	readonly isBase: boolean;
	readonly isLast: boolean;
	readonly began_us: number;
	rdb: RdbLoader | null;
	reader: CommandReader | null;
	replay: Replay | null;
	file: OpenFile | null;
}

const RDB_MAGIC = "REDIS";
const VALKEY_MAGIC = "VALKEY";

/**
 * Loads what a manifest lists, file by file. Where the last one ends in the middle of a command or a transaction, it is
 * cut back to what is whole, unless `aof-load-truncated no`.
 */
export class AofLoad implements LoadSource {
	readonly totalBytes: number;
	readonly origin = "append only file";
	loadedBytes: number;
	keysLoaded: number;
	keysExpired: number;
	usedMemory_bytes: number;
	private readonly host: AofLoadHost;
	private readonly directory: AofDirectory;
	private readonly names: readonly string[];
	private readonly hasBase: boolean;
	private index: number;
	/** Of the files before the one at work. */
	private bytesBefore: number;
	private part: Part | null;
	private readonly expiredActively: boolean;

	constructor(host: AofLoadHost, directory: AofDirectory, totalBytes: number) {
		this.totalBytes = totalBytes;
		this.loadedBytes = 0;
		this.keysLoaded = 0;
		this.keysExpired = 0;
		this.usedMemory_bytes = 0;
		this.host = host;
		this.directory = directory;
		this.names = loadedFiles(directory.manifest).map(({ name }) => name);
		this.hasBase = directory.manifest.base !== null;
		this.index = 0;
		this.bytesBefore = 0;
		this.part = null;
		const { keyspace } = host;
		this.expiredActively = keyspace.activeExpire;
		// Between two slices, too: what a file says of a key follows what it said before.
		keyspace.activeExpire = false;
	}

	advance(pace: Pace): boolean {
		const { effects, changes } = this.host.keyspace;
		const { published } = changes;
		const audience = effects.restrict(FOR_NOBODY);
		changes.published = 0;
		try {
			while (this.index < this.names.length) {
				if (!this.advancePart(this.part ?? this.beginPart(), pace)) return false;
			}
			return true;
		} finally {
			effects.restrict(audience);
			changes.published = published;
		}
	}

	close(): void {
		this.host.keyspace.activeExpire = this.expiredActively;
		this.closePart();
	}

	private beginPart(): Part {
		const name = this.names[this.index]!;
		const { files, clock } = this.host.adapters;
		this.part = {
			name,
			isBase: this.hasBase && this.index === 0,
			isLast: this.index === this.names.length - 1,
			began_us: clock.monotonic_us(),
			rdb: null,
			reader: null,
			replay: null,
			file: null,
		};
		try {
			this.part.file = files.open(this.directory.path(name), "read");
		} catch (failure) {
			const reason = systemErrorText(failure);
			throw new LoadFailure([`Fatal error: can't open the append log file ${name} for reading: ${reason}`]);
		}
		if (beginsWithSnapshot(this.part.file)) this.openSnapshot(this.part);
		return this.part;
	}

	private openSnapshot(part: Part): void {
		const { host, directory } = this;
		host.log.notice(
			part.name === directory.prefix()
				? "Reading RDB preamble from AOF file..."
				: "Reading RDB base file on AOF loading...",
		);
		part.rdb = openRdb(host, directory.path(part.name), { keepsExpired: true, merges: this.index > 0 });
	}

	/** Loads on in the file at work; true at its end, which is then behind us. */
	private advancePart(part: Part, pace: Pace): boolean {
		if (part.rdb !== null && !this.advanceSnapshot(part, part.rdb, pace)) return false;
		const from = part.rdb?.offset() ?? 0;
		// With a delay per command, the pace is asked about each.
		const isSlow = this.host.config.values["key-load-delay"] !== 0;
		part.reader ??= CommandReader.ofFile(part.file!, from, isSlow ? 1 : undefined);
		part.replay ??= new Replay(this.host, from);
		const { reader, replay } = part;
		while (reader.read()) {
			try {
				replay.run(reader);
			} catch (failure) {
				throw this.explained(part, failure);
			}
			this.loadedBytes = this.bytesBefore + reader.offset();
			if (pace.isOver(this.loadedBytes)) return false;
		}
		this.endPart(part, reader.outcome!, replay);
		return true;
	}

	private advanceSnapshot(part: Part, rdb: RdbLoader, pace: Pace): boolean {
		if (part.reader !== null) return true;
		const { bytesBefore } = this;
		try {
			const isDone = rdb.advance({ isOver: (bytes) => pace.isOver(bytesBefore + bytes) });
			this.loadedBytes = bytesBefore + rdb.loadedBytes;
			this.keysLoaded = rdb.keysLoaded;
			this.usedMemory_bytes = rdb.usedMemory_bytes;
			if (isDone && part.name === this.directory.prefix()) this.host.log.notice("Reading the remaining AOF tail...");
			return isDone;
		} catch (failure) {
			if (!(failure instanceof LoadFailure)) throw failure;
			const what = part.name === this.directory.prefix() ? "preamble of the AOF" : "base";
			throw new LoadFailure([...failure.lines, `Error reading the RDB ${what} file ${part.name}, AOF loading aborted`]);
		}
	}

	private explained(part: Part, failure: unknown): unknown {
		if (!(failure instanceof UnknownCommand)) return failure;
		return new LoadFailure([`Unknown command '${failure.message}' reading the append only file ${part.name}`]);
	}

	private endPart(part: Part, end: CommandsEnd, replay: Replay): void {
		const { log, adapters } = this.host;
		const { name } = part;
		if (end === "malformed") {
			throw new LoadFailure([
				`Bad file format reading the append only file ${name}: make a backup of your AOF file, then use ` +
					"./redis-check-aof --fix <filename.manifest>",
			]);
		}
		if (end === "complete" && replay.isQueueing) {
			log.warning(`Revert incomplete MULTI/EXEC transaction in AOF file ${name}`);
		}
		const isCutOff = end === "cut off" || replay.isQueueing;
		const bytes = part.file!.size();
		this.closePart();
		if (isCutOff) this.truncate(part, replay.validTo);
		this.bytesBefore += bytes;
		this.index++;
		if (bytes === 0) return;
		const duration_s = (adapters.clock.monotonic_us() - part.began_us) / 1e6;
		log.notice(`DB loaded from ${part.isBase ? "base" : "incr"} file ${name}: ${duration_s.toFixed(3)} seconds`);
	}

	private truncate({ name, isLast }: Part, length: number): void {
		const { log, config, adapters } = this.host;
		const path = this.directory.path(name);
		if (config.values["aof-load-truncated"]) {
			log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`);
			log.warning(`!!! Truncating the AOF ${name} at offset ${length} !!!`);
			// Nothing is cut off where that does not make the whole loadable.
			if (!isLast) throw new LoadFailure(["Fatal error: the truncated file is not the last file"]);
			const isCut = this.directory.attempt(`Error truncating the AOF file ${name}`, () => {
				const file = adapters.files.open(path, "append");
				try {
					file.truncate(length);
					file.sync();
				} finally {
					file.close();
				}
			});
			if (isCut) return log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`);
		}
		throw new LoadFailure([
			`Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your AOF file, then ` +
				"use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' " +
				"configuration option to yes and restart the server.",
		]);
	}

	private closePart(): void {
		const { part } = this;
		this.part = null;
		part?.rdb?.close();
		part?.file?.close();
	}
}

export function beginsWithSnapshot(file: OpenFile): boolean {
	const head = new Uint8Array(VALKEY_MAGIC.length);
	const length = file.read(head, 0, head.length, 0);
	const text = String.fromCharCode(...head.subarray(0, length));
	return text.startsWith(RDB_MAGIC) || text === VALKEY_MAGIC;
}
