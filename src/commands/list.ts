/** Lists: deques of byte strings. */
import type { CommandRow } from "../dispatch/command.ts";

export const listCommands: readonly CommandRow[] = [];
