import type { Config } from "../../config/config.ts";
import type { ClientRegistry } from "../../introspection/clients.ts";
import type { Log } from "../../introspection/log.ts";
import type { Replication } from "../../replication/replication.ts";

/** What the commands of replication need of their server. It is read when a command runs. */
export interface ReplicationServices {
	readonly replication: Replication;
	readonly config: Config;
	readonly clients: ClientRegistry;
	readonly log: Log;
}
