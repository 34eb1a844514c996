/** Differences of the hyperloglog group that are right. */
import type { Allowance } from "../allowed.ts";

export const hyperloglogAllowances: readonly Allowance[] = [];
