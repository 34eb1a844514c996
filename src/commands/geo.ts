import type { CommandRow } from "../dispatch/command.ts";
import { positionCommands } from "./geo/positions.ts";
import { radiusCommands } from "./geo/radius.ts";
import { searchCommands } from "./geo/search.ts";

/** The group "geo": sorted sets whose scores are positions. */
export const geoCommands: readonly CommandRow[] = [...positionCommands, ...searchCommands, ...radiusCommands];
