import type { Host } from "../adapters/host.ts";

/** How much the program itself grows as it warms up: compiled code, pages of the runtime that are used at last. */
const WARM_UP_BYTES = 24 << 20;
/** More than this share of the limit, unexplained, is too much. */
const TOLERATED_SHARE = 0.04;
/** However much is resident, data may have the rest of the limit. */
const OVERHEAD_SHARE_MAX = 0.35;
const COLLECT_EVERY_MS = 1000;
/** Looks until a change has come through for the most part. */
const SMOOTHING = 8;

/**
 * Memory that is resident though nothing that is counted explains it: garbage that the runtime has not collected, and
 * pages of which its allocator uses a part. Where keys change fast that can be a good part of the data, so it has to
 * count against `maxmemory`, or the process would outgrow it. What the program takes at the start, and to warm up, does
 * not count.
 */
export class Residence {
	/** Bytes to count on top of what is counted. */
	overheadBytes: number;
	private readonly host: Host;
	private readonly atStart: number;
	private collectedAt_ms: number;

	constructor(host: Host) {
		this.overheadBytes = 0;
		this.host = host;
		this.atStart = host.residentBytes();
		this.collectedAt_ms = 0;
	}

	/** Called ten times a second while there is a limit. */
	look(counted: number, limit: number, now_ms: number): void {
		if (counted < limit / 2) {
			this.overheadBytes = 0;
			return;
		}
		const unexplained = this.host.residentBytes() - this.atStart - WARM_UP_BYTES - counted;
		const excess = unexplained - limit * TOLERATED_SHARE;
		if (excess > 0 && now_ms - this.collectedAt_ms >= COLLECT_EVERY_MS) {
			this.collectedAt_ms = now_ms;
			this.host.collectGarbage(false);
		}
		const wanted = Math.min(Math.max(0, excess), limit * OVERHEAD_SHARE_MAX);
		this.overheadBytes += Math.trunc((wanted - this.overheadBytes) / SMOOTHING);
	}
}
