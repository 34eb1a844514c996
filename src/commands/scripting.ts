/** The scripting group: Lua that runs where the data is. */
import type { CommandRow } from "../dispatch/command.ts";
import { evalCommands } from "./scripting/eval.ts";
import { fcallCommands } from "./scripting/fcall.ts";
import { functionCommand } from "./scripting/function.ts";
import { scriptCommand } from "./scripting/script.ts";
import type { ScriptingServices } from "./scripting/services.ts";

export type { ScriptingServices } from "./scripting/services.ts";

export function scriptingCommands(services: ScriptingServices): readonly CommandRow[] {
	return [...evalCommands(services), ...fcallCommands(services), functionCommand(services), scriptCommand(services)];
}
