/** Sets: members without order. */
import type { CommandRow } from "../dispatch/command.ts";

export const setCommands: readonly CommandRow[] = [];
