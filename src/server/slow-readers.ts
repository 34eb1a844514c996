import type { OutputBufferLimit } from "../config/composite-types.ts";
import type { ClientConnection } from "./connection.ts";
import type { PendingOutput } from "./pending-output.ts";

/** Clients that have not read all their replies, and `client-output-buffer-limit`, which says for how long they may. */
export class SlowReaders {
	private readonly connections: Set<ClientConnection>;
	private readonly limit: (connection: ClientConnection) => OutputBufferLimit;
	/** Told of each client that has to go, before it is closed. */
	private readonly dropping: (connection: ClientConnection) => void;

	constructor(
		limit: (connection: ClientConnection) => OutputBufferLimit,
		dropping: (connection: ClientConnection) => void,
	) {
		this.connections = new Set();
		this.limit = limit;
		this.dropping = dropping;
	}

	/** Called whenever replies of a client had to be queued; false where it may not keep them and is to be closed. */
	mayQueue(connection: ClientConnection, now_ms: number): boolean {
		this.connections.add(connection);
		if (mayKeepOutput(connection.output, this.limit(connection), now_ms)) return true;
		this.dropping(connection);
		return false;
	}

	/** Closes those whose time over the soft limit is up, and forgets those who have caught up. */
	sweep(now_ms: number): void {
		for (const connection of this.connections) {
			if (connection.output.bytes === 0) this.connections.delete(connection);
			else if (!mayKeepOutput(connection.output, this.limit(connection), now_ms)) {
				this.dropping(connection);
				connection.close();
			}
		}
	}

	forget(connection: ClientConnection): void {
		this.connections.delete(connection);
	}
}

/**
 * Whether a client may keep the replies it has not read: never more than the hard limit, and more than the soft one only
 * for so many seconds. Zero is no limit.
 */
export function mayKeepOutput(output: PendingOutput, limit: OutputBufferLimit, now_ms: number): boolean {
	if (limit.hard_bytes > 0 && output.bytes > limit.hard_bytes) return false;
	if (limit.soft_bytes === 0 || output.bytes <= limit.soft_bytes) {
		output.overSoftLimitSince_ms = 0;
		return true;
	}
	if (output.overSoftLimitSince_ms === 0) output.overSoftLimitSince_ms = now_ms;
	return now_ms - output.overSoftLimitSince_ms <= limit.soft_seconds * 1000;
}
