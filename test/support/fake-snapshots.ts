/** Snapshots that write a few bytes, when the test says so, or fail the way it says. */
import type { Files } from "../../src/adapters/files.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import type {
	SnapshotProgress,
	SnapshotRequest,
	SnapshotResult,
	Snapshots,
} from "../../src/persistence/snapshot/snapshots.ts";

type Done = (failure: Error | null, result: SnapshotResult | null) => void;

export class FakeSnapshots implements Snapshots {
	/** What the next one fails with. */
	failure: Error | null = null;
	readonly requests: SnapshotRequest[] = [];
	private atWork: { readonly request: SnapshotRequest; readonly done: Done; readonly keys: number } | null = null;
	private readonly files: Files;
	private readonly keyspace: Keyspace;

	constructor(files: Files, keyspace: Keyspace) {
		this.files = files;
		this.keyspace = keyspace;
	}

	progress(): SnapshotProgress | null {
		if (this.atWork === null) return null;
		const { keys } = this.atWork;
		return {
			keys: keys >> 1,
			keysTotal: keys,
			copiedBytes: 100,
			copiedBytesMax: 200,
			startedAt_ms: this.keyspace.now_ms,
		};
	}

	start(request: SnapshotRequest, done: Done): void {
		if (this.atWork !== null) throw new Error("one at a time");
		this.requests.push(request);
		this.atWork = { request, done, keys: this.keyspace.keyCount() };
	}

	run(request: SnapshotRequest): SnapshotResult {
		this.requests.push(request);
		return this.write(request, this.keyspace.keyCount());
	}

	hold(): void {}

	cancel(): void {
		if (this.atWork !== null) this.end(Object.assign(new Error("cancelled"), { code: "ECANCELED" }));
	}

	/** Ends the one at work. */
	end(failure: Error | null = this.failure): void {
		const { request, done, keys } = this.atWork!;
		this.atWork = null;
		if (failure !== null) return done(failure, null);
		done(null, this.write(request, keys));
	}

	/** The file says how many keys there were, and nothing else. */
	private write({ path }: SnapshotRequest, keys: number): SnapshotResult {
		if (this.failure !== null) throw this.failure;
		const text = new TextEncoder().encode(`${keys} keys`);
		const file = this.files.open(path, "create");
		file.write(text, 0, text.length);
		file.close();
		return { bytes: 6, keys, duration_ms: 1, copiedBytesMax: 200 };
	}
}
