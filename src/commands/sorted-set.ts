/** The group "sorted-set", whose handlers lie in `sorted-set/` by what they do: members in the order of their scores. */
import type { CommandRow } from "../dispatch/command.ts";
import { addCommands } from "./sorted-set/add.ts";
import { algebraCommands } from "./sorted-set/algebra.ts";
import { endCommands } from "./sorted-set/ends.ts";
import { memberCommands } from "./sorted-set/members.ts";
import { popCommands } from "./sorted-set/pop.ts";
import { randomCommands } from "./sorted-set/random.ts";
import { rangeCommands } from "./sorted-set/range.ts";
import { scanCommands } from "./sorted-set/scan.ts";
import { storeCommands } from "./sorted-set/store.ts";

export const sortedSetCommands: readonly CommandRow[] = [
	...addCommands,
	...memberCommands,
	...rangeCommands,
	...endCommands,
	...algebraCommands,
	...storeCommands,
	...popCommands,
	...randomCommands,
	...scanCommands,
];
