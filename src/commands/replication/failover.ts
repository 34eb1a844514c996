/** FAILOVER: the server becomes a replica of one of its replicas. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { block, integer, optional, string, token, withToken } from "../../dispatch/grammar.ts";
import type { FailoverRequest } from "../../replication/failover.ts";
import {
	FAILOVER_BY_REPLICA,
	FAILOVER_FORCE_INCOMPLETE,
	FAILOVER_GOES_ON,
	FAILOVER_TARGET_NOT_ONLINE,
	FAILOVER_TARGET_UNKNOWN,
	FAILOVER_TIMEOUT_NOT_POSITIVE,
	FAILOVER_WITHOUT_REPLICAS,
	NO_FAILOVER,
	NO_FAILOVER_IN_CLUSTER,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import type { ReplicationServices } from "./services.ts";

const TIMEOUT = bytesOf("timeout");
const TO = bytesOf("to");
const ABORT = bytesOf("abort");
const FORCE = bytesOf("force");

function failover({ config, replication }: ReplicationServices, call: Call): void {
	const { reply } = call;
	if (config.values["cluster-enabled"]) return reply.error(NO_FAILOVER_IN_CLUSTER);
	if (call.argc === 2 && call.is(1, ABORT)) {
		if (!replication.failover.isGoingOn()) return reply.error(NO_FAILOVER);
		replication.failover.abort("Failover manually aborted");
		return reply.ok();
	}
	const request = read(call);
	if (typeof request === "string") return reply.error(request);
	const error = refusal(replication, request);
	if (error !== null) return reply.error(error);
	replication.failover.begin(request);
	reply.ok();
}

/** The options, each once and in any order; or an error text. */
function read(call: Call): FailoverRequest | string {
	const request: { -readonly [Part in keyof FailoverRequest]: FailoverRequest[Part] } = {
		target: null,
		timeout_ms: 0,
		isForced: false,
	};
	for (let i = 1; i < call.argc; i++) {
		if (call.is(i, TIMEOUT) && i + 1 < call.argc && request.timeout_ms === 0) {
			const timeout_ms = call.clampedInteger(++i);
			if (Number.isNaN(timeout_ms)) return NOT_AN_INTEGER;
			if (timeout_ms <= 0) return FAILOVER_TIMEOUT_NOT_POSITIVE;
			request.timeout_ms = timeout_ms;
		} else if (call.is(i, TO) && i + 2 < call.argc && request.target === null) {
			const port = call.clampedInteger(i + 2);
			if (Number.isNaN(port)) return NOT_AN_INTEGER;
			request.target = { host: call.utf8(i + 1), port };
			i += 2;
		} else if (call.is(i, FORCE) && !request.isForced) request.isForced = true;
		else return SYNTAX_ERROR;
	}
	return request;
}

function refusal(
	{ failover, leader, follower }: ReplicationServices["replication"],
	{ target, timeout_ms, isForced }: FailoverRequest,
): string | null {
	if (failover.isGoingOn()) return FAILOVER_GOES_ON;
	if (follower.master !== null) return FAILOVER_BY_REPLICA;
	if (leader.replicas.size === 0) return FAILOVER_WITHOUT_REPLICAS;
	if (isForced && (timeout_ms === 0 || target === null)) return FAILOVER_FORCE_INCOMPLETE;
	if (target === null) return null;
	const replica = failover.replicaAt(target);
	if (replica === null) return FAILOVER_TARGET_UNKNOWN;
	return replica.stage === "online" ? null : FAILOVER_TARGET_NOT_ONLINE;
}

export function failoverCommand(services: ReplicationServices): CommandRow {
	return {
		name: "failover",
		since: "6.2.0",
		group: "server",
		complexity: "O(1)",
		summary: "Makes one of the replicas the master, and this server its replica.",
		flags: ADMIN | NOSCRIPT | STALE,
		args: [
			optional(withToken("TO", block("target", string("host"), integer("port"), optional(token("force"))))),
			optional(token("abort")),
			optional(integer("milliseconds", "TIMEOUT")),
		],
		run: (call) => failover(services, call),
	};
}
