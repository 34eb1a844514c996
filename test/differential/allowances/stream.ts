/** Differences of the stream group that are right. */
import type { Allowance } from "../allowed.ts";

export const streamAllowances: readonly Allowance[] = [];
