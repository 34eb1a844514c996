/** Differences of the list group that are right. */
import type { Allowance } from "../allowed.ts";

export const listAllowances: readonly Allowance[] = [];
