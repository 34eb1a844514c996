import type { CommandRow } from "../dispatch/command.ts";
import { type ConnectionServices, connectionCommands } from "./connection.ts";
import { type WaitServices, waitCommands } from "./generic/wait.ts";
import { type GenericServices, genericCommands } from "./generic.ts";
import { type ServerServices, serverCommands } from "./server.ts";
import { type StringServices, stringCommands } from "./string.ts";

/** What all commands together need of their server. */
export type CommandServices = StringServices & GenericServices & WaitServices & ConnectionServices & ServerServices;

/** Every command there is, group by group. */
export function allCommands(services: CommandServices): readonly CommandRow[] {
	return [
		...stringCommands(services),
		...genericCommands(services),
		...waitCommands(services),
		...connectionCommands(services),
		...serverCommands(services),
	];
}
