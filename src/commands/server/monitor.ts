/** MONITOR: shows the client every command from now on. */
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { MONITOR_INSIDE } from "../../resp/errors.ts";
import type { ObservationServices } from "./observation-services.ts";

/** Whoever is a monitor already gets no reply, as in Redis. */
function monitor({ monitors }: ObservationServices, call: Call): void {
	if (call.isInner) return call.reply.error(MONITOR_INSIDE);
	if (call.client.monitoring !== null) return;
	monitors.add(call.client);
	call.reply.ok();
}

export function monitorCommand(services: ObservationServices): CommandRow {
	return {
		name: "monitor",
		since: "1.0.0",
		group: "server",
		complexity: "",
		summary: "Shows every command that the server runs.",
		flags: ADMIN | NOSCRIPT | LOADING | STALE,
		run: (call) => monitor(services, call),
	};
}
