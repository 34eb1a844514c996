/** HyperLogLog: how many different elements there were. */
import type { CommandRow } from "../dispatch/command.ts";

export const hyperloglogCommands: readonly CommandRow[] = [];
