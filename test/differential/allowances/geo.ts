/** Differences of the geo group that are right. */
import type { Allowance } from "../allowed.ts";

export const geoAllowances: readonly Allowance[] = [];
