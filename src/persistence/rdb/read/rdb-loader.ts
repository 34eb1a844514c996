import type { OpenFile } from "../../../adapters/files.ts";
import { equalBytes } from "../../../bytes/ascii.ts";
import type { Database } from "../../../keyspace/database.ts";
import type { Keyspace } from "../../../keyspace/keyspace.ts";
import { KIND_MARKS, TYPE_MASK } from "../../../memory/entry.ts";
import { LongString } from "../../../memory/long-string.ts";
import { LonePlace } from "../../../types/lone-place.ts";
import { STRING_KIND } from "../../../types/string.ts";
import { LoadFailure, type LoadSource, type Pace, WITHOUT_PAUSE } from "../../loading.ts";
import { TYPE_HASH_METADATA_PRE_RELEASE, TYPE_STRING } from "../format.ts";
import { BadData, ShortRead } from "./bad-data.ts";
import { ByteSource } from "./byte-source.ts";
import type { Text } from "./rdb-input.ts";
import { RdbReader, WrongHeader } from "./rdb-reader.ts";
import { StringBatch } from "./string-batch.ts";
import { typeName } from "./type-names.ts";

export interface RdbLoadOptions {
	readonly checksChecksum: boolean;
	/** Keys whose time is over are loaded all the same: what follows in an append-only file may rely on them. */
	readonly keepsExpired: boolean;
	/** Adds to what is there, in place of keys of the same name: DEBUG RELOAD MERGE. */
	readonly merges: boolean;
	/** Loads key by key, so that the pace is asked about each. */
	readonly isSlow: boolean;
	/** In place of those of the server, which are left as they are with all libraries: to be swapped when all is there. */
	readonly databases?: readonly Database[];
	notice(line: string): void;
	/** Hears what the file says of itself. */
	told?(name: string, value: string): void;
	/** Called behind each slice. */
	advanced?(): void;
}

/** A key takes so many bytes of a file, hardly ever less: as many as a file can hold are made room for. */
const KEY_BYTES = 8;
/** Where it is not known how long a file is, it is believed so many. */
const KEYS_BELIEVED_MAX = 1 << 16;
/** Empty keys beyond so many are counted and not named. */
const NAMED_EMPTY_KEYS_MAX = 10;
const MEGABYTE = 1024 * 1024;

/**
 * Loads an RDB file into the databases of a server. Where it fails, what was loaded until then is there.
 *
 * The keys come as they are, without being announced: nobody watches, waits or listens for them.
 */
export class RdbLoader extends RdbReader implements LoadSource {
	readonly origin: string;
	/** Those of the file, and of what is merged with it. */
	readonly libraries: Uint8Array[];
	loadedBytes: number;
	/** As the options say, unless somebody knows better by what the file says of itself. */
	keepsExpired: boolean;
	keysLoaded: number;
	keysExpired: number;
	emptyKeys: number;
	/** What the file says was in use when it was written, bytes. */
	usedMemory_bytes: number;
	private readonly file: OpenFile | null;
	private readonly keyspace: Keyspace;
	private readonly databases: readonly Database[];
	private readonly options: RdbLoadOptions;
	private database: Database;
	private readonly lonePlace: LonePlace;
	/** The time as it was when the key at work began. */
	private loadsAt_ms: number;
	private readonly batch: StringBatch;

	constructor(file: OpenFile | ByteSource, keyspace: Keyspace, options: RdbLoadOptions) {
		const databases = options.databases ?? keyspace.databases;
		const database = databases[0]!;
		const lonePlace = new LonePlace(database.table);
		super(file, lonePlace, keyspace.limits, options.checksChecksum, WITHOUT_PAUSE);
		this.origin = file instanceof ByteSource ? "socket" : "disk";
		this.loadedBytes = 0;
		this.keepsExpired = options.keepsExpired;
		this.keysLoaded = 0;
		this.keysExpired = 0;
		this.emptyKeys = 0;
		this.usedMemory_bytes = 0;
		this.file = file instanceof ByteSource ? null : file;
		this.keyspace = keyspace;
		this.databases = databases;
		this.options = options;
		this.database = database;
		this.lonePlace = lonePlace;
		this.loadsAt_ms = keyspace.now_ms;
		this.batch = new StringBatch();
		this.libraries = options.merges ? keyspace.libraries : [];
		if (options.databases === undefined) keyspace.libraries = this.libraries;
	}

	advance(pace: Pace): boolean {
		const { changes } = this.keyspace;
		const { published } = changes;
		// That a key is new is no event here.
		changes.published = 0;
		this.keyspace.stopTime(this.keepsExpired);
		try {
			const isDone = this.read(pace);
			if (isDone) this.logEnd();
			return isDone;
		} catch (failure) {
			throw this.explained(failure);
		} finally {
			changes.published = published;
			this.keyspace.stopTime(false);
			this.loadedBytes = this.offset();
			this.options.advanced?.();
		}
	}

	/** Of a stream: nothing can be read before more has come. */
	isWaiting(): boolean {
		return this.source.isStream && !this.source.isWorthReading();
	}

	close(): void {
		this.file?.close();
	}

	private logEnd(): void {
		const empty = this.emptyKeys > 0 ? `, empty keys skipped: ${this.emptyKeys}` : "";
		this.options.notice(
			`Done loading RDB, keys loaded: ${this.keysLoaded}, keys expired: ${this.keysExpired}${empty}.`,
		);
	}

	/** What is thrown in place of a failure while reading; programming errors are left as they are. */
	private explained(failure: unknown): unknown {
		if (failure instanceof LoadFailure) return failure;
		if (failure instanceof WrongHeader) {
			return new LoadFailure([failure.message, "Fatal error loading the DB, check server logs. Exiting."]);
		}
		const where = `Internal error in RDB reading offset ${this.offset()}, ${this.activity()} -> `;
		if (failure instanceof ShortRead) {
			const line = "Short read or OOM loading DB. Unrecoverable error, aborting now.";
			return new LoadFailure([line, where + failure.message]);
		}
		if (failure instanceof BadData) {
			return new LoadFailure([where + failure.message, "Terminating server after rdb file reading failure."]);
		}
		if (failure instanceof Error && "code" in failure) {
			return new LoadFailure([
				`${where}I/O error: ${failure.message}`,
				"Fatal error loading the DB, check server logs. Exiting.",
			]);
		}
		return failure;
	}

	private activity(): string {
		if (this.valueType < 0) return `doing ${this.doing}`;
		const key = this.doing === "read-object-value" ? ` of key '${this.key.latin1()}'` : "";
		return `doing ${this.doing}${key}, type ${this.valueType} (${typeName(this.valueType)})`;
	}

	// What becomes of what is read

	protected override beginKey(): void {
		this.loadsAt_ms = this.keyspace.now_ms;
	}

	protected selectDatabase(index: number): void {
		const { databases } = this;
		if (index >= databases.length) {
			throw new LoadFailure([
				`FATAL: Data file was created with a Redis server configured to handle more than ${databases.length} databases. Exiting`,
			]);
		}
		this.database = databases[index]!;
	}

	protected expectKeys(keys: number): void {
		const left = this.source.left();
		const most = left === Infinity ? KEYS_BELIEVED_MAX : Math.ceil(left / KEY_BYTES);
		this.database.expectKeys(Math.min(keys, most));
	}

	protected auxiliary(name: string, value: string): void {
		const { notice } = this.options;
		this.options.told?.(name, value);
		switch (name) {
			case "redis-ver":
				return notice(`Loading RDB produced by version ${value}`);
			case "valkey-ver":
				return notice(`Loading RDB produced by Valkey version ${value}`);
			case "ctime": {
				const age_s = Math.floor(this.keyspace.wall_ms / 1000) - Number(value);
				return notice(`RDB age ${Math.max(0, age_s)} seconds`);
			}
			case "used-mem": {
				this.usedMemory_bytes = Number(value);
				return notice(`RDB memory usage when created ${(this.usedMemory_bytes / MEGABYTE).toFixed(2)} Mb`);
			}
			case "aof-base":
				if (value === "1") notice("RDB is base AOF");
				return;
			case "aof-preamble":
				if (value === "1") notice("RDB has an AOF tail");
				return;
			default:
				if (name.startsWith("%")) notice(`RDB '${name}': ${value}`);
		}
	}

	protected moduleAuxiliary(name: string): void {
		throw new BadData(`The RDB file contains AUX module data I can't load: no matching module '${name}'`);
	}

	protected library(text: Text): void {
		const { libraries } = this;
		const { bytes, start, length } = text;
		const isThere = libraries.some((known) => known.length === length && equalBytes(known, 0, bytes, start, length));
		if (!isThere) libraries.push(bytes.slice(start, start + length));
	}

	protected loadFast(): boolean {
		const { options, batch, source, database, keyspace } = this;
		if (options.isSlow || options.merges || this.deadline_ms !== Infinity) return false;
		if (this.idle_s >= 0 || this.frequency >= 0) return false;
		const taken = batch.load(source, database, this.keepsExpired ? -Infinity : keyspace.now_ms);
		if (taken === 0) return false;
		if (batch.duplicateAt >= 0) {
			const { key } = this;
			key.bytes = source.bytes;
			key.start = batch.duplicateAt;
			key.length = batch.duplicateLength;
			throw this.duplicate();
		}
		this.keysLoaded += taken - batch.expired;
		this.keysExpired += batch.expired;
		return true;
	}

	private duplicate(): LoadFailure {
		const line = `RDB has duplicated key '${this.key.latin1()}' in DB ${this.database.index}`;
		return new LoadFailure([line, "Terminating server after rdb file reading failure."]);
	}

	/** Whether the time of the key at work is over, and it is not to be kept all the same. */
	private isDropped(): boolean {
		return !this.keepsExpired && this.deadline_ms < this.loadsAt_ms;
	}

	/** Places the database's cursor for the key at work; false where the key is not to be stored. */
	private place(): boolean {
		const { key, database, options } = this;
		if (this.isDropped()) {
			this.keysExpired++;
			return false;
		}
		const hash = database.hash(key.bytes, key.start, key.length);
		if (database.peek(key.bytes, key.start, key.length, hash) && !options.merges) throw this.duplicate();
		this.keysLoaded++;
		return true;
	}

	protected storeString(value: Text): void {
		if (!this.place()) return;
		this.database.putString(STRING_KIND, value.bytes, value.start, value.length, this.deadline_ms);
		this.setStamp();
	}

	protected storeLongString(length: number): void {
		if (!this.keepsExpired && this.deadline_ms < this.keyspace.now_ms) {
			this.source.skip(length);
			this.keysExpired++;
			return;
		}
		const string = new LongString(length);
		this.source.take(string.bytes, length);
		string.length = length;
		this.place();
		this.database.putExternal(STRING_KIND, string, this.deadline_ms);
		this.setStamp();
	}

	/**
	 * Most values grow under their key at once. Those that are not to be kept do not, nor do hashes whose fields have
	 * deadlines: there the database would not wait for their end.
	 */
	protected override beginValue(): void {
		const { context, database, valueType } = this;
		context.place = this.lonePlace;
		if (!this.place() || valueType >= TYPE_HASH_METADATA_PRE_RELEASE) return;
		if (database.table.offset !== 0) {
			database.remove();
			this.resume();
		}
		context.place = database;
	}

	protected override resumeValue(): void {
		if (this.context.place === this.database) this.resume();
	}

	/** Places the database's cursor for the key at work. */
	private resume(): void {
		const { key, database } = this;
		database.peek(key.bytes, key.start, key.length, database.hash(key.bytes, key.start, key.length));
	}

	protected override abandonValue(): void {
		const { context, database, lonePlace } = this;
		if (lonePlace.table.offset !== 0) lonePlace.remove();
		if (this.doing !== "read-object-value" || this.valueType === TYPE_STRING) return;
		if (this.isDropped()) {
			this.keysExpired--;
			return;
		}
		this.keysLoaded--;
		if (context.place !== database) return;
		this.resume();
		if (database.table.offset !== 0) database.remove();
	}

	protected storeValue(): void {
		const { context, database, lonePlace, deadline_ms } = this;
		if (this.isDropped()) return lonePlace.remove();
		if (context.place === database) {
			if (deadline_ms !== Infinity) database.setDeadline(deadline_ms);
		} else {
			this.resume();
			moveValue(lonePlace, database, deadline_ms);
		}
		this.setStamp();
	}

	private setStamp(): void {
		const { table } = this.database;
		if (this.idle_s >= 0 || this.frequency >= 0) {
			table.setStamp(this.keyspace.toldStamp(table.stamp(), this.idle_s, this.frequency));
		}
	}

	protected emptyCollection(): void {
		if (!this.isDropped()) this.keysLoaded--;
		if (this.emptyKeys++ < NAMED_EMPTY_KEYS_MAX) {
			this.options.notice(`rdbLoadObject failed loading key: '${this.key.latin1()}', empty collection skipped`);
		}
	}

	protected takesModuleValue(): boolean {
		return false;
	}

	protected checksumIsMissing(): void {
		this.options.notice("RDB file was saved with checksum disabled: no check performed.");
	}

	protected checksumIsRight(): void {}
}

/** Moves a value to the key of the database's last find, in place of what is there. */
export function moveValue(place: LonePlace, database: Database, deadline_ms: number): void {
	const { table } = place;
	const kind = table.kind() & (TYPE_MASK | KIND_MARKS);
	if (table.isExternal()) database.putExternal(kind, table.external(), deadline_ms);
	else database.putInline(kind, table.segment.slab, table.valueStart(), table.valueLength(), deadline_ms);
	place.forget();
	database.scheduleFields();
}
