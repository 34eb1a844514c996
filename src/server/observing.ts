import { Monitors } from "../introspection/monitors.ts";
import { Observation } from "../introspection/observation.ts";
import type { Server } from "./server.ts";

/** What the server sees itself do: the logs of commands, the latency monitor. */
export function openObservation(server: Server): Observation {
	const { executor, config, adapters, expiry, memory, persistence } = server;
	const observation = new Observation(executor.scale, config, adapters.clock);
	const { latency } = observation;
	expiry.sliceEnded = (elapsed_us) => latency.note("expire-cycle", elapsed_us);
	persistence.appendOnly.log.onTimed = (event, elapsed_us) => latency.note(event, elapsed_us);
	// Each eviction is timed, but not for nothing.
	const took = (event: string, elapsed_us: number) => latency.note(event, elapsed_us);
	config.follow("latency-monitor-threshold", (threshold_ms) => {
		memory.witness = threshold_ms > 0 ? { took } : null;
	});
	return observation;
}

/** Who is shown every command. */
export function openMonitors(server: Server): Monitors {
	const { executor, pubSub, adapters } = server;
	return new Monitors(executor, pubSub.mail, adapters.clock, (client) => server.connections.logUnread(client));
}
