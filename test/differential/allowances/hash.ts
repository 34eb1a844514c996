/** Differences of the hash group that are right. */
import type { Allowance } from "../allowed.ts";

export const hashAllowances: readonly Allowance[] = [];
