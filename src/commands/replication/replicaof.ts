/** REPLICAOF, and SLAVEOF as it was called before: whom this server follows, if anybody. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, NO_ASYNC_LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { block, integer, oneOf, string, token } from "../../dispatch/grammar.ts";
import {
	INVALID_MASTER_PORT,
	NO_REPLICAOF_BY_REPLICA,
	NO_REPLICAOF_IN_CLUSTER,
	NO_REPLICAOF_IN_FAILOVER,
} from "../../resp/errors.ts";
import type { ReplicationServices } from "./services.ts";

const NO = bytesOf("no");
const ONE = bytesOf("one");
const PORT_MAX = 65_535;

function replicaof(services: ReplicationServices, call: Call): void {
	const { reply, client } = call;
	const { config, log, clients } = services;
	const { follower, failover } = services.replication;
	if (config.values["cluster-enabled"]) return reply.error(NO_REPLICAOF_IN_CLUSTER);
	if (failover.isGoingOn()) return reply.error(NO_REPLICAOF_IN_FAILOVER);
	const asked = () => `(user request from '${clients.line(client, call.keyspace.wall_ms)}')`;
	if (call.is(1, NO) && call.is(2, ONE)) {
		if (follower.promote()) log.notice(`MASTER MODE enabled ${asked()}`);
		return reply.ok();
	}
	if (client.replica !== null) return reply.error(NO_REPLICAOF_BY_REPLICA);
	const port = call.integer(2);
	if (Number.isNaN(port) || port < 0 || port > PORT_MAX) return reply.error(INVALID_MASTER_PORT);
	const host = call.utf8(1);
	if (!follower.follow(host, port)) return reply.simple("OK Already connected to specified master");
	log.notice(`REPLICAOF ${host}:${port} enabled ${asked()}`);
	reply.ok();
}

export function replicaofCommands(services: ReplicationServices): readonly CommandRow[] {
	const row = {
		group: "server",
		complexity: "O(1)",
		summary: "Makes this server follow another one, or nobody.",
		flags: ADMIN | NOSCRIPT | STALE | NO_ASYNC_LOADING,
		args: [
			oneOf("args", block("host-port", string("host"), integer("port")), block("no-one", token("no"), token("one"))),
		],
		run: (call: Call) => replicaof(services, call),
	} as const;
	return [
		{ ...row, name: "replicaof", since: "5.0.0" },
		{ ...row, name: "slaveof", since: "1.0.0", deprecatedSince: "5.0.0", replacedBy: "`REPLICAOF`" },
	];
}
