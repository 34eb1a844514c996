import type { SnapshotTaker } from "../../keyspace/keyspace-snapshot.ts";

export type { ValueHead } from "../../keyspace/keyspace-snapshot.ts";

/** Where a file's bytes go. The bytes are good during the call only. */
export interface ByteTarget {
	write(bytes: Uint8Array, from: number, to: number): void;
}

/** What a file says of how long a key has not been used: nothing, seconds, or a frequency. */
export type AccessInfo = "none" | "idle" | "frequency";

/** What is known of a snapshot before its first key. A plain object: it is sent to another thread. */
export interface SnapshotContents {
	/** Name and value, in order. */
	readonly auxiliary: readonly (readonly [string, string])[];
	/** Sources of the libraries of functions. */
	readonly libraries: readonly Uint8Array[];
	/** Of the databases that are not empty; keys with a deadline are those of `deadlines`. */
	readonly databases: readonly { readonly index: number; readonly keys: number; readonly deadlines: number }[];
	/** Whether any hash has fields with deadlines, which old versions of the file cannot say. */
	readonly hasFieldDeadlines: boolean;
	readonly compresses: boolean;
	readonly hasChecksum: boolean;
	readonly access: AccessInfo;
	/** As Keyspace.accessClock at the start, to tell from a stamp how long a key was idle. */
	readonly accessClock: number;
	/** As Frequency has them, to tell how often it was used. */
	readonly minutes: number;
	readonly decay_minutes: number;
}

/**
 * How a snapshot becomes a file: an RDB file, or the commands that make the data anew. Called in the order
 *
 *     begin  { entries | beginValue piece… endValue }…  end
 *
 * where databases may follow each other in any order, and again and again.
 */
export interface SnapshotFormat extends SnapshotTaker {
	begin(contents: SnapshotContents): void;
	end(): void;
}
