/** SORT and SORT_RO. */
import type { Group } from "../generate.ts";

export const sortGroup: Group = { name: "sort", makers: [] };
