/** Differences of the set group that are right. */
import type { Allowance } from "../allowed.ts";

export const setAllowances: readonly Allowance[] = [];
