/** RDB files put together by hand, and what comes of loading them. */
import { Random } from "../../../../src/bytes/random.ts";
import { Keyspace } from "../../../../src/keyspace/keyspace.ts";
import { LoadFailure, WITHOUT_PAUSE } from "../../../../src/persistence/loading.ts";
import { RdbLoader, type RdbLoadOptions } from "../../../../src/persistence/rdb/read/rdb-loader.ts";
import { Hash } from "../../../../src/types/hash.ts";
import { List } from "../../../../src/types/list.ts";
import { MemberSet } from "../../../../src/types/set.ts";
import { SortedSet } from "../../../../src/types/sorted-set.ts";
import { Stream } from "../../../../src/types/stream.ts";
import { HASH, LIST, SET, SORTED_SET } from "../../../../src/types/type.ts";
import { MemoryFiles } from "../../../config/memory-files.ts";
import { VirtualTime } from "../../../support/virtual-time.ts";

export type Part = string | Uint8Array | readonly number[];

/** Text is latin-1. */
export function bytesOf(...parts: readonly Part[]): Uint8Array {
	return new Uint8Array(
		Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part)))),
	);
}

export function lengthBytes(length: number): Uint8Array {
	if (length < 64) return bytesOf([length]);
	return bytesOf([0x80, length >>> 24, length >>> 16, length >>> 8, length]);
}

export function stringBytes(text: string | Uint8Array): Uint8Array {
	return bytesOf(lengthBytes(text.length), text);
}

/** A file whose checksum says that there is none. */
export function rdbFile(version: number, ...parts: readonly Part[]): Uint8Array {
	const digits = String(version).padStart(4, "0");
	return bytesOf("REDIS", digits, ...parts, [0xff], version >= 5 ? new Uint8Array(8) : "");
}

/** Type, key and value. */
export function entry(type: number, key: string, ...value: readonly Part[]): Uint8Array {
	return bytesOf([type], stringBytes(key), ...value);
}

export interface Loaded {
	readonly keyspace: Keyspace;
	readonly loader: RdbLoader;
	/** Null where all was loaded. */
	readonly failure: readonly string[] | null;
	readonly notices: readonly string[];
}

export function load(bytes: Uint8Array, options: Partial<RdbLoadOptions> = {}, keyspace = newKeyspace()): Loaded {
	const files = new MemoryFiles();
	files.lay("/work/dump.rdb", bytes);
	const notices: string[] = [];
	const loader = new RdbLoader(files.open("/work/dump.rdb", "read"), keyspace, {
		checksChecksum: true,
		keepsExpired: false,
		merges: false,
		isSlow: false,
		notice: (line) => notices.push(line),
		...options,
	});
	try {
		loader.advance(WITHOUT_PAUSE);
	} catch (failure) {
		if (!(failure instanceof LoadFailure)) throw failure;
		return { keyspace, loader, failure: failure.lines, notices };
	} finally {
		loader.close();
	}
	return { keyspace, loader, failure: null, notices };
}

export function newKeyspace(): Keyspace {
	return new Keyspace(16, new VirtualTime(), new Random(1));
}

/** Checks every structure there is. */
export function verifyAll({ databases, limits }: Keyspace): void {
	const list = new List();
	const hash = new Hash();
	const set = new MemberSet();
	const sortedSet = new SortedSet();
	for (const database of databases) {
		const { table } = database;
		table.verify();
		table.forEach((segment, offset) => {
			table.seek(segment, offset);
			const type = table.type();
			if (type === LIST) {
				list.open(database, limits);
				list.verify();
			} else if (type === HASH) {
				hash.open(database, limits, 0);
				hash.verify();
			} else if (type === SET) {
				set.open(database, limits);
				set.verify();
			} else if (type === SORTED_SET) {
				sortedSet.open(database);
				sortedSet.verify();
			} else if (table.isExternal() && table.external() instanceof Stream) (table.external() as Stream).verify();
		});
	}
}
