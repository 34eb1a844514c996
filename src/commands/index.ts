import type { CommandRow } from "../dispatch/command.ts";
import { type AclServices, aclCommands } from "./acl.ts";
import { bitmapCommands } from "./bitmap.ts";
import { type ConnectionServices, connectionCommands } from "./connection.ts";
import { type MigrateServices, migrateCommands } from "./generic/migrate.ts";
import { type WaitServices, waitCommands } from "./generic/wait.ts";
import { type GenericServices, genericCommands } from "./generic.ts";
import { geoCommands } from "./geo.ts";
import { hashCommands } from "./hash.ts";
import { hyperloglogCommands } from "./hyperloglog.ts";
import { listCommands } from "./list.ts";
import { type ObservationServices, observationCommands } from "./observation.ts";
import { type PubSubServices, pubSubCommands } from "./pubsub.ts";
import { type ReplicationServices, replicationCommands } from "./replication.ts";
import { type ScriptingServices, scriptingCommands } from "./scripting.ts";
import { type ServerServices, serverCommands } from "./server.ts";
import { setCommands } from "./set.ts";
import { sortCommands } from "./sort.ts";
import { sortedSetCommands } from "./sorted-set.ts";
import { streamCommands } from "./stream.ts";
import { type StringServices, stringCommands } from "./string.ts";
import { type TransactionServices, transactionCommands } from "./transactions.ts";

/** What all commands together need of their server. */
export type CommandServices = StringServices &
	GenericServices &
	WaitServices &
	ConnectionServices &
	MigrateServices &
	PubSubServices &
	TransactionServices &
	ScriptingServices &
	AclServices &
	ObservationServices &
	ReplicationServices &
	ServerServices;

/** Every command there is, group by group. */
export function allCommands(services: CommandServices): readonly CommandRow[] {
	return [
		...stringCommands(services),
		...bitmapCommands(services),
		...hyperloglogCommands,
		...listCommands,
		...hashCommands,
		...setCommands,
		...sortedSetCommands,
		...geoCommands,
		...streamCommands,
		...genericCommands(services),
		...sortCommands,
		...migrateCommands(services),
		...waitCommands(services),
		...connectionCommands(services),
		...pubSubCommands(services),
		...transactionCommands(services),
		...scriptingCommands(services),
		...aclCommands(services),
		...serverCommands(services),
		...replicationCommands(services),
		...observationCommands(services),
	];
}
