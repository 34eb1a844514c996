/** Sorted sets: members in the order of their scores. */
import type { CommandRow } from "../dispatch/command.ts";

export const sortedSetCommands: readonly CommandRow[] = [];
