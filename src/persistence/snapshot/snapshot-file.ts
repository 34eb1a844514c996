import type { Files, OpenFile } from "../../adapters/files.ts";
import { removeLeftover, systemFailure } from "../failure.ts";
import type { ByteTarget } from "./format.ts";

/** Written between two syncs where a file is synced as it grows. */
const SYNC_BYTES = 4 << 20;

/** Where the bytes of a snapshot go; all of it, or nothing that stays. */
export interface SnapshotOutput extends ByteTarget {
	/** Bytes written. */
	readonly bytes: number;
	/** All of it is where it should be when this returns. */
	finish(): void;
	/** Whatever there is of it goes. */
	abandon(): void;
}

/** The file a snapshot is written to. It is made at once, and removed where it is not finished. */
export class SnapshotFile implements SnapshotOutput {
	bytes: number;
	private readonly files: Files;
	private readonly path: string;
	private readonly file: OpenFile;
	private readonly syncsIncrementally: boolean;
	private syncedBytes: number;

	constructor(files: Files, path: string, syncsIncrementally: boolean) {
		this.bytes = 0;
		this.files = files;
		this.path = path;
		this.file = files.open(path, "create");
		this.syncsIncrementally = syncsIncrementally;
		this.syncedBytes = 0;
	}

	write(bytes: Uint8Array, from: number, to: number): void {
		for (let at = from; at < to; ) {
			const taken = this.file.write(bytes, at, to);
			if (taken === 0) throw systemFailure("ENOSPC", "No space left on device");
			at += taken;
			this.bytes += taken;
		}
		if (!this.syncsIncrementally || this.bytes - this.syncedBytes < SYNC_BYTES) return;
		this.file.sync();
		this.syncedBytes = this.bytes;
	}

	/** All of it is on the disk when this returns. */
	finish(): void {
		this.file.sync();
		this.file.close();
	}

	/** Whatever there is of it goes. */
	abandon(): void {
		this.file.close();
		removeLeftover(this.files, this.path);
	}
}
