/** Of the server group, the commands that show what the server has seen itself do. */
import type { CommandRow } from "../dispatch/command.ts";
import { latencyCommand } from "./server/latency.ts";
import { monitorCommand } from "./server/monitor.ts";
import type { ObservationServices } from "./server/observation-services.ts";
import { commandlogCommand, slowlogCommand } from "./server/slowlog.ts";

export type { ObservationServices } from "./server/observation-services.ts";

export function observationCommands(services: ObservationServices): readonly CommandRow[] {
	return [slowlogCommand(services), commandlogCommand(services), latencyCommand(services), monitorCommand(services)];
}
