/** Differences of the pubsub group that are right. */
import type { Allowance } from "../allowed.ts";

export const pubSubAllowances: readonly Allowance[] = [];
