/** The list group. */
import type { Group } from "../generate.ts";

export const listGroup: Group = { name: "list", makers: [] };
