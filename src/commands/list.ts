import type { CommandRow } from "../dispatch/command.ts";
import { blockingCommands } from "./list/blocking.ts";
import { editCommands } from "./list/edit.ts";
import { moveCommands } from "./list/move.ts";
import { popCommands } from "./list/pop.ts";
import { pushCommands } from "./list/push.ts";
import { readCommands } from "./list/read.ts";

/** The group "list", whose handlers lie in `list/` by what they do to a list. */
export const listCommands: readonly CommandRow[] = [
	...pushCommands,
	...popCommands,
	...readCommands,
	...editCommands,
	...moveCommands,
	...blockingCommands,
];
