import { allCommands, type CommandServices } from "../../src/commands/index.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";

/** The rows of all groups, for tests that read and do not run them. */
export function commandRows(): readonly CommandRow[] {
	return allCommands({} as CommandServices);
}
