/** The bitmap group. */
import type { Group } from "../generate.ts";

export const bitmapGroup: Group = { name: "bitmap", makers: [] };
