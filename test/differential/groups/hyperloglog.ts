/** The hyperloglog group. */
import type { Group } from "../generate.ts";

export const hyperloglogGroup: Group = { name: "hyperloglog", makers: [] };
