/**
 * A full copy of a master's data on its way into this server: as a file first, or loaded as it arrives.
 *
 *     bytes ─▶ temporary file ─▶ dump.rdb ─▶ loaded                        repl-diskless-load disabled
 *     bytes ─▶ loaded, in place of what there is or beside it              on-empty-db, swapdb
 */
import { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { CopySink } from "./copy-frame.ts";
import type { ReplicationHost } from "./host.ts";

/** Who waits for a copy. */
export interface CopyOwner {
	readonly host: ReplicationHost;
	/** The data of this server is about to go, or has just been replaced: the history it belonged to is over. */
	replacing(): void;
	/** All is there. */
	loaded(copy: ArrivingCopy): void;
	/** It cannot be had, which the log has told. */
	failed(): void;
	/** The master is to send no more for a while, or go on. */
	hold(isHeld: boolean): void;
}

export interface ArrivingCopy extends CopySink {
	/** What it says of the stream behind it. */
	readonly position: { readonly database: number };
	/** All has come: it does not need the link any more. */
	readonly isComplete: boolean;
	/** No more bytes will come. */
	arrived(): void;
	/** It is not wanted any more, or its link is gone. */
	cancel(): void;
}

/** Removes all data, and stops what is being made of it. */
export function emptyForCopy({ host }: CopyOwner): void {
	host.log.notice("MASTER <-> REPLICA sync: Flushing old data");
	stopFiles(host);
	dropData(host);
}

/** Nothing is left, nor of what was loaded by halves. */
export function dropData({ keyspace }: ReplicationHost): void {
	keyspace.clear();
	keyspace.ownDeadlines.clear();
	keyspace.libraries = [];
}

/** What is written now would be of data that is gone. */
export function stopFiles({ persistence }: ReplicationHost): void {
	persistence.saves.cancel();
	persistence.appendOnly.switchTo(false);
}

/** Databases for data that is to take the place of those of the server, all at once. */
export function databasesAside(keyspace: Keyspace): Database[] {
	return keyspace.databases.map(({ index }) => new Database(keyspace, index));
}

/** Exchanges the contents of all databases. */
export function exchange(keyspace: Keyspace, aside: readonly Database[]): void {
	keyspace.ownDeadlines.clear();
	for (const database of keyspace.databases) {
		const other = aside[database.index]!;
		[database.table, other.table] = [other.table, database.table];
		[database.fieldExpiry, other.fieldExpiry] = [other.fieldExpiry, database.fieldExpiry];
	}
}
