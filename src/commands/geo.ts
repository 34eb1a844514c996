/** Geo: positions in sorted sets. */
import type { CommandRow } from "../dispatch/command.ts";

export const geoCommands: readonly CommandRow[] = [];
