/** Differences of the sorted-set group that are right. */
import type { Allowance } from "../allowed.ts";

export const sortedSetAllowances: readonly Allowance[] = [];
