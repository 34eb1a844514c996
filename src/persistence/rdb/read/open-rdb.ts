import type { Files, OpenFile } from "../../../adapters/files.ts";
import type { Config } from "../../../config/config.ts";
import type { Keyspace } from "../../../keyspace/keyspace.ts";
import { LoadFailure, WITHOUT_PAUSE } from "../../loading.ts";
import type { ByteSource } from "./byte-source.ts";
import { RdbLoader, type RdbLoadOptions } from "./rdb-loader.ts";

/** What opening an RDB file needs of a server. */
export interface RdbHost {
	readonly adapters: { readonly files: Files };
	readonly config: Config;
	readonly keyspace: Keyspace;
	readonly log: { notice(line: string): void };
}

/** Opens an RDB file to be loaded; null where there is none. Throws a LoadFailure where it cannot be opened. */
export function openRdb(host: RdbHost, path: string, options: Partial<RdbLoadOptions> = {}): RdbLoader | null {
	try {
		return loaderOf(host, host.adapters.files.open(path, "read"), options);
	} catch (failure) {
		if (!(failure instanceof Error && "code" in failure)) throw failure;
		if (failure.code === "ENOENT") return null;
		throw new LoadFailure([`Fatal error: can't open the RDB file ${path} for reading: ${failure.message}`]);
	}
}

/** Loads what a file holds, or what will be pushed. */
export function loaderOf(host: RdbHost, file: OpenFile | ByteSource, options: Partial<RdbLoadOptions>): RdbLoader {
	const { values } = host.config;
	return new RdbLoader(file, host.keyspace, {
		checksChecksum: values.rdbchecksum,
		keepsExpired: host.keyspace.hidesExpired,
		merges: false,
		isSlow: values["key-load-delay"] !== 0,
		notice: (line) => host.log.notice(line),
		...options,
	});
}

/** Loads a whole RDB file before it returns; throws a LoadFailure, also where there is none. */
export function loadRdbNow(host: RdbHost, path: string, options: Partial<RdbLoadOptions> = {}): RdbLoader {
	const loader = openRdb(host, path, options);
	if (loader === null)
		throw new LoadFailure([`Fatal error: can't open the RDB file ${path} for reading: No such file or directory`]);
	try {
		host.keyspace.advance();
		loader.advance(WITHOUT_PAUSE);
	} finally {
		loader.close();
	}
	return loader;
}
