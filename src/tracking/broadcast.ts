import type { ChangedKeys } from "./changed-keys.ts";
import type { Tracker } from "./tracker.ts";

/** A prefix, who is told of the keys that begin with it, and which of those have changed in this turn of the loop. */
export class Broadcast {
	readonly prefix: Uint8Array;
	readonly trackers: Set<Tracker>;
	/** Null while none has. */
	changed: ChangedKeys | null;

	constructor(prefix: Uint8Array) {
		this.prefix = prefix;
		this.trackers = new Set();
		this.changed = null;
	}
}
