import type { CommandRow } from "../dispatch/command.ts";
import { algebraCommands } from "./set/algebra.ts";
import { memberCommands } from "./set/members.ts";
import { randomCommands } from "./set/random.ts";
import { scanCommands } from "./set/scan.ts";

/** The group "set", whose handlers lie in `set/` by what they ask of sets. */
export const setCommands: readonly CommandRow[] = [
	...memberCommands,
	...randomCommands,
	...algebraCommands,
	...scanCommands,
];
