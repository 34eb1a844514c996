/** The stream group. */
import type { Group } from "../generate.ts";

export const streamGroup: Group = { name: "stream", makers: [] };
