import type { AccessInfo } from "./format.ts";

/** What to write and where. */
export interface SnapshotRequest {
	/** Written under this name as it is; whoever asks gives it its final one. "" where it goes to a `SnapshotSink`. */
	readonly path: string;
	readonly format: "rdb" | "commands";
	/** Beyond what every file says, as ["aof-base", "1"]. */
	readonly auxiliary: readonly (readonly [string, string])[];
	readonly compresses: boolean;
	readonly hasChecksum: boolean;
	/** Syncs to disk every few MB, so that the last sync does not take long. */
	readonly syncsIncrementally: boolean;
	readonly access: AccessInfo;
	/** Microseconds to wait per key, for tests. */
	readonly keyDelay_us: number;
	/** What it does without: keys, libraries of functions. */
	readonly leavesOut?: LeftOut;
}

export interface LeftOut {
	readonly data: boolean;
	readonly functions: boolean;
}

/** Gets the bytes of a snapshot that goes into no file. */
export interface SnapshotSink {
	/** The next ones, which are the sink's from now on. */
	take(bytes: Uint8Array): void;
}

export interface SnapshotResult {
	readonly bytes: number;
	readonly keys: number;
	readonly duration_ms: number;
	/** The most that copies took at a time, which is what Redis calls copy-on-write. */
	readonly copiedBytesMax: number;
}

export type SnapshotDone = (failure: Error | null, result: SnapshotResult | null) => void;

/** What INFO tells of the snapshot at work. */
export interface SnapshotProgress {
	readonly keys: number;
	readonly keysTotal: number;
	readonly copiedBytes: number;
	readonly copiedBytesMax: number;
	readonly startedAt_ms: number;
}

/**
 * Takes snapshots of the whole keyspace, as it is when asked, one at a time. When it calls back, or returns, the file is
 * complete and synced, under the name asked for; where it failed there is none.
 */
export interface Snapshots {
	/** Of the one in the background, or null. */
	progress(): SnapshotProgress | null;
	/**
	 * Begins now; what changes from here on is not in the file. There must be none at work. With a sink there is no file.
	 */
	start(request: SnapshotRequest, done: SnapshotDone, sink?: SnapshotSink): void;
	/** While true the one in the background goes no further than what is under way: its sink has enough. */
	hold(isHeld: boolean): void;
	/** All of it before it returns. Throws what failed. Independent of the one in the background. */
	run(request: SnapshotRequest): SnapshotResult;
	/** Ends the one in the background, if any; its `done` hears of an Error with the code "ECANCELED". */
	cancel(): void;
}
