import type { OutputBufferLimit } from "../config/composite-types.ts";
import type { PendingOutput } from "./pending-output.ts";

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
