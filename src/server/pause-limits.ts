/** From where on a client that does not keep up has to wait. */
export interface PauseLimits {
	/**
	 * Commands of a client with more output waiting than this are not executed until it has read all of it: memory stays
	 * bounded however slowly it reads, and nobody else waits.
	 */
	readonly output_bytes: number;
	/**
	 * A client that waits (held back, slow) may send this much ahead before its socket is no longer read: one that sends
	 * all it has before it reads a reply must not wait for us while we wait for it.
	 */
	readonly input_bytes: number;
	/** Of all clients together; the closer they come to it the less each may have. */
	readonly total_bytes: number;
}

export const PAUSE_LIMITS: PauseLimits = { output_bytes: 1 << 20, input_bytes: 64 << 20, total_bytes: 128 << 20 };
