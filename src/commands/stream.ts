import type { CommandRow } from "../dispatch/command.ts";
import { addCommands } from "./stream/add.ts";
import { claimCommands } from "./stream/claim.ts";
import { groupCommand } from "./stream/group.ts";
import { infoCommand } from "./stream/info.ts";
import { pendingCommands } from "./stream/pending.ts";
import { rangeCommands } from "./stream/range.ts";
import { readCommands } from "./stream/read.ts";

/** Streams: logs of entries with consumer groups. The handlers lie in `stream/`. */
export const streamCommands: readonly CommandRow[] = [
	...addCommands,
	...rangeCommands,
	...readCommands,
	groupCommand,
	...pendingCommands,
	...claimCommands,
	infoCommand,
];
