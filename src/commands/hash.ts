/** Hashes: fields with values. */
import type { CommandRow } from "../dispatch/command.ts";

export const hashCommands: readonly CommandRow[] = [];
