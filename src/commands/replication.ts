/** Commands of replication. */
import type { CommandRow } from "../dispatch/command.ts";
import { failoverCommand } from "./replication/failover.ts";
import { psyncCommands } from "./replication/psync.ts";
import { replconfCommand } from "./replication/replconf.ts";
import { replicaofCommands } from "./replication/replicaof.ts";
import { roleCommand } from "./replication/role.ts";
import type { ReplicationServices } from "./replication/services.ts";

export type { ReplicationServices } from "./replication/services.ts";

export function replicationCommands(services: ReplicationServices): readonly CommandRow[] {
	return [
		...replicaofCommands(services),
		...psyncCommands(services),
		replconfCommand(services),
		roleCommand(services),
		failoverCommand(services),
	];
}
