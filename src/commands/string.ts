import type { CommandRow } from "../dispatch/command.ts";
import { lcsCommands } from "./string/lcs.ts";
import { multiCommands } from "./string/multi.ts";
import { numberCommands } from "./string/numbers.ts";
import { rangeCommands } from "./string/ranges.ts";
import type { StringServices } from "./string/services.ts";
import { setCommands } from "./string/set.ts";

export type { StringServices };

/** The group "string", whose handlers lie in `string/` by what they do to a string. */
export function stringCommands(services: StringServices): readonly CommandRow[] {
	return [...setCommands, ...multiCommands, ...numberCommands, ...rangeCommands(services), ...lcsCommands(services)];
}
