/** Streams: logs of entries with consumer groups. */
import type { CommandRow } from "../dispatch/command.ts";

export const streamCommands: readonly CommandRow[] = [];
