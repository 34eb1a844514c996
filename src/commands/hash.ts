import type { CommandRow } from "../dispatch/command.ts";
import { expireCommands } from "./hash/expire.ts";
import { extendedCommands } from "./hash/extended.ts";
import { numberCommands } from "./hash/numbers.ts";
import { readCommands } from "./hash/read.ts";
import { scanCommands } from "./hash/scan.ts";
import { writeCommands } from "./hash/write.ts";

/** The group "hash", whose handlers lie in `hash/` by what they do to a hash. */
export const hashCommands: readonly CommandRow[] = [
	...readCommands,
	...writeCommands,
	...numberCommands,
	...scanCommands,
	...expireCommands,
	...extendedCommands,
];
