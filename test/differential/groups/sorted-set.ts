/** The sorted-set group. */
import type { Group } from "../generate.ts";

export const sortedSetGroup: Group = { name: "sorted-set", makers: [] };
