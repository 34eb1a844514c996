/** Differences of the bitmap group that are right. */
import type { Allowance } from "../allowed.ts";

export const bitmapAllowances: readonly Allowance[] = [];
