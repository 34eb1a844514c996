/** SORT and SORT_RO. */
import type { CommandRow } from "../dispatch/command.ts";

export const sortCommands: readonly CommandRow[] = [];
