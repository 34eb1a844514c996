/** The pubsub group. */
import type { Group } from "../generate.ts";

export const pubSubGroup: Group = { name: "pubsub", makers: [] };
