import type { Log } from "../introspection/log.ts";
import type { ClientConnection } from "./connection.ts";

/** Closes connections on which nothing has happened for longer than `limit_ms`; 0 is no limit. */
export function dropIdle(connections: Iterable<ClientConnection>, limit_ms: number, now_ms: number, log: Log): void {
	if (limit_ms === 0) return;
	for (const connection of connections) {
		const { lastActive_ms, subscriptions, monitoring, replica } = connection.client;
		if (now_ms - lastActive_ms <= limit_ms || subscriptions !== null || monitoring !== null) continue;
		if (replica !== null || connection.client.isObeyed) continue;
		// A client that is held back or blocked cannot help it; one that does not read can.
		if (connection.suspended && (connection.output.bytes === 0 || connection.client.unblock !== null)) continue;
		log.verbose("Closing idle client");
		connection.close();
	}
}
