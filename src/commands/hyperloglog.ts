import type { CommandRow } from "../dispatch/command.ts";
import { countingCommands } from "./hyperloglog/counting.ts";
import { debugCommands } from "./hyperloglog/debug.ts";

/** The group "hyperloglog": how many different elements there were, roughly, in 12 KB at most. */
export const hyperloglogCommands: readonly CommandRow[] = [...countingCommands, ...debugCommands];
