/** The set group. */
import type { Group } from "../generate.ts";

export const setGroup: Group = { name: "set", makers: [] };
