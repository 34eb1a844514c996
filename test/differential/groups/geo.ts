/** The geo group. */
import type { Group } from "../generate.ts";

export const geoGroup: Group = { name: "geo", makers: [] };
