/** The hash group. */
import type { Group } from "../generate.ts";

export const hashGroup: Group = { name: "hash", makers: [] };
