import type { Database } from "../keyspace/database.ts";
import { PositionInFile } from "../persistence/position-in-file.ts";
import { ByteSource } from "../persistence/rdb/read/byte-source.ts";
import { loaderOf } from "../persistence/rdb/read/open-rdb.ts";
import type { RdbLoader } from "../persistence/rdb/read/rdb-loader.ts";
import {
	type ArrivingCopy,
	type CopyOwner,
	databasesAside,
	dropData,
	emptyForCopy,
	exchange,
	stopFiles,
} from "./arriving-copy.ts";

/** The master is to wait while so much of what it has sent is not loaded, unless an item needs more. */
const HELD_BYTES_MAX = 4 << 20;

/** How a copy is loaded as it arrives. */
export interface StreamOptions {
	/** Beside the old data, which comes back where it fails: swapdb. */
	readonly isAside: boolean;
	/** The old data is of the same history, and is served meanwhile. */
	readonly servesOld: boolean;
	/** Infinity where that is not known. */
	readonly total_bytes: number;
}

/** A copy that is loaded as it arrives. */
export class ArrivingStream implements ArrivingCopy {
	isComplete: boolean;
	readonly position: PositionInFile;
	private readonly owner: CopyOwner;
	private readonly source: ByteSource;
	private readonly loader: RdbLoader;
	private readonly aside: Database[] | null;
	private isHeld: boolean;
	private isLoaded: boolean;
	private isOver: boolean;

	constructor(owner: CopyOwner, { isAside, servesOld, total_bytes }: StreamOptions) {
		const { host } = owner;
		const { keyspace, persistence, log, config } = host;
		this.position = new PositionInFile(keyspace.databases.length);
		this.isComplete = false;
		this.owner = owner;
		this.isHeld = false;
		this.isLoaded = false;
		this.isOver = false;
		if (!isAside) {
			owner.replacing();
			emptyForCopy(owner);
		}
		this.aside = isAside ? databasesAside(keyspace) : null;
		this.source = ByteSource.ofStream(total_bytes, config.values.rdbchecksum);
		this.loader = loaderOf(host, this.source, {
			keepsExpired: true,
			...(this.aside === null ? {} : { databases: this.aside }),
			advanced: () => this.release(),
			told: (name, value) => this.position.hear(name, value),
		});
		log.notice(`MASTER <-> REPLICA sync: Loading DB in memory`);
		persistence.loading.begin(this.loader, (isLoaded) => this.ended(isLoaded), servesOld);
	}

	write(bytes: Uint8Array, from: number, to: number): void {
		if (this.isOver || this.isLoaded) return;
		this.source.push(bytes, from, to);
		const { loading } = this.owner.host.persistence;
		if (this.source.isWorthReading()) loading.more();
		const most = Math.max(HELD_BYTES_MAX, 2 * this.source.expectedBytes());
		if (this.isOver || this.isLoaded || this.isHeld || this.source.heldBytes() < most) return;
		this.isHeld = true;
		this.owner.hold(true);
	}

	arrived(): void {
		this.isComplete = true;
		this.source.endOfStream();
		if (this.isLoaded) this.finish();
		else this.owner.host.persistence.loading.more();
	}

	/** Behind each slice: lets the master go on where most of what it has sent is loaded, or no item is. */
	private release(): void {
		if (!this.isHeld) return;
		if (this.source.isWorthReading() && this.source.heldBytes() > HELD_BYTES_MAX / 2) return;
		this.isHeld = false;
		this.owner.hold(false);
	}

	private ended(isLoaded: boolean): void {
		if (this.isOver) return;
		if (!isLoaded) return this.fail();
		this.isLoaded = true;
		if (this.isHeld) this.owner.hold(false);
		this.isHeld = false;
		if (this.isComplete) this.finish();
	}

	private finish(): void {
		const { owner, aside } = this;
		const { host } = owner;
		const { keyspace } = host;
		if (aside !== null) {
			owner.replacing();
			stopFiles(host);
			exchange(keyspace, aside);
			keyspace.libraries = this.loader.libraries;
			for (const database of aside) database.clear();
			keyspace.changes.database(-1, 0);
		}
		this.isOver = true;
		if (!host.loadLibraries()) return this.drop();
		keyspace.changes.database(-1, 0, false);
		owner.loaded(this);
	}

	/** Loading has failed, or cannot go on. */
	private fail(): void {
		this.owner.host.log.warning("Failed trying to load the MASTER synchronization DB from socket, check server logs.");
		this.drop();
	}

	private drop(): void {
		this.abandon();
		this.owner.failed();
	}

	private abandon(): void {
		this.isOver = true;
		if (this.aside === null) dropData(this.owner.host);
		else for (const database of this.aside) database.clear();
	}

	cancel(): void {
		if (this.isOver) return;
		this.owner.host.persistence.loading.stop();
		this.abandon();
	}
}
