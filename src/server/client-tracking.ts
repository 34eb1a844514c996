import type { Config } from "../config/config.ts";
import type { BlockedClients } from "../dispatch/blocked-clients.ts";
import type { Executor } from "../dispatch/execute.ts";
import type { ClientRegistry } from "../introspection/clients.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { PubSub } from "../pubsub/pub-sub.ts";
import { Trackers } from "../tracking/trackers.ts";
import type { Adapters } from "./adapters.ts";

/** What client-side caching needs of its server. */
interface TrackingServer {
	readonly adapters: Adapters;
	readonly config: Config;
	readonly keyspace: Keyspace;
	readonly clients: ClientRegistry;
	readonly executor: Executor;
	readonly blocked: BlockedClients;
	readonly pubSub: PubSub;
}

/** Client-side caching of a server, within the limit of its configuration. */
export function openTracking(server: TrackingServer): Trackers {
	const { adapters, config, keyspace, clients, executor, blocked, pubSub } = server;
	const trackers = new Trackers({
		keyspace,
		timers: adapters.timers,
		mail: pubSub.mail,
		workplace: executor,
		clientOf: (id) => clients.get(id),
		working: () => blocked.served ?? executor.executing,
		setGate: (gate, isShut) => executor.setGate(gate, isShut),
	});
	executor.admission.trackedKeys = trackers;
	trackers.setLimit(config.values["tracking-table-max-keys"]);
	config.onChange("tracking-table-max-keys", (keys) => {
		trackers.setLimit(keys);
		return undefined;
	});
	return trackers;
}
