import type { CommandTable } from "../../dispatch/command-table.ts";
import type { Monitors } from "../../introspection/monitors.ts";
import type { Observation } from "../../introspection/observation.ts";

/** What the commands need that show what the server has seen itself do. */
export interface ObservationServices {
	readonly observation: Observation;
	readonly monitors: Monitors;
	readonly table: CommandTable;
}
