import type { ReplicationHost } from "./host.ts";
import type { ReplicationStream } from "./stream.ts";

const NONE = -1;

/**
 * Up to which byte of the stream what it did is on the disk: FACK. Known from time to time: a moment is noted, with what
 * the append-only file has to hold for it, and counts once that is synced.
 */
export class SyncedOffset {
	private readonly host: ReplicationHost;
	private readonly stream: ReplicationStream;
	private synced: number;
	private awaited: number;
	/** Of all effects, what the file has to hold. */
	private awaitedEffects: number;

	constructor(host: ReplicationHost, stream: ReplicationStream) {
		this.host = host;
		this.stream = stream;
		this.synced = NONE;
		this.awaited = NONE;
		this.awaitedEffects = 0;
	}

	/** The stream is another one. */
	reset(): void {
		this.synced = NONE;
		this.awaited = NONE;
	}

	/** -1 where there is no append-only file, or nothing is known yet. */
	offset(): number {
		const { appendOnly } = this.host.persistence;
		if (!appendOnly.isOn()) {
			this.reset();
			return NONE;
		}
		this.look();
		this.look();
		return this.synced;
	}

	private look(): void {
		const { keyspace, persistence } = this.host;
		if (this.awaited !== NONE && persistence.appendOnly.hasSynced(this.awaitedEffects)) {
			this.synced = this.awaited;
			this.awaited = NONE;
		}
		if (this.awaited !== NONE) return;
		this.awaited = this.stream.offset;
		this.awaitedEffects = keyspace.effects.position();
	}
}
