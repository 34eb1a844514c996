/** A full copy of the data on its way to replicas, made from one snapshot. */
import type { Files } from "../adapters/files.ts";
import type { Log } from "../introspection/log.ts";
import type { LeftOut, SnapshotRequest, Snapshots } from "../persistence/snapshot/snapshots.ts";
import type { Replica } from "./replica.ts";

export interface OutgoingCopy {
	/** The stream goes on behind so many bytes. */
	readonly offset: number;
	readonly leavesOut: LeftOut;
	/** Nothing of it has been sent yet, so a replica that comes now can have it, too. */
	readonly isOpen: boolean;
	/** No length is said beforehand, so who has it has to say so. */
	readonly isStreamed: boolean;
	/** Begins the snapshot, of the keyspace as it is now. */
	begin(): void;
	add(replica: Replica): void;
	/** Sends what there is and the network takes. */
	send(replica: Replica): void;
	/** The replica is gone, or has all of it. */
	leave(replica: Replica): void;
}

/** Who has replicas to be copied to. */
export interface CopyOwner {
	/** Sends to the replica what is next. */
	goOn(replica: Replica): void;
	/** The replica has the whole copy. */
	copied(replica: Replica, copy: OutgoingCopy): void;
	/** There will be no copy. */
	failed(replica: Replica): void;
	/** Nobody needs the copy any more. */
	ended(copy: OutgoingCopy): void;
	/** Nothing is written in the background any more. */
	written(): void;
}

/** What a copy needs. */
export interface CopyTools {
	readonly owner: CopyOwner;
	readonly snapshots: Snapshots;
	readonly files: Files;
	readonly log: Log;
	soon(action: () => void): void;
}

export interface CopyPlan {
	readonly request: SnapshotRequest;
	readonly offset: number;
	readonly leavesOut: LeftOut;
}
