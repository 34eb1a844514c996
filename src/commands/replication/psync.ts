/** PSYNC and SYNC: the client becomes a replica. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, NO_ASYNC_LOADING, NO_MULTI, NOSCRIPT } from "../../dispatch/command.ts";
import { integer, string } from "../../dispatch/grammar.ts";
import {
	NO_MASTER_LINK,
	NO_PROMOTION_BY_OTHERS,
	NO_PROMOTION_OF_MASTER,
	NO_SYNC_IN_FAILOVER,
	NOT_AN_INTEGER,
	SYNC_WITH_PENDING_OUTPUT,
} from "../../resp/errors.ts";
import type { ReplicationServices } from "./services.ts";

const FAILOVER = bytesOf("failover");

/** Replies an error where the client cannot be one, or is one; false then. */
function mayFollow({ replication }: ReplicationServices, { client, reply }: Call): boolean {
	if (client.replica !== null || client.monitoring !== null) return false;
	const error = refusal(replication, reply.length > 0 || client.link.pendingBytes() > 0);
	if (error !== null) reply.error(error);
	return error === null;
}

function refusal({ leader, failover }: ReplicationServices["replication"], isOwedReplies: boolean): string | null {
	if (failover.isGoingOn()) return NO_SYNC_IN_FAILOVER;
	if (!leader.mayBeFollowed()) return NO_MASTER_LINK;
	// What is said before the stream has to be heard before it.
	return isOwedReplies ? SYNC_WITH_PENDING_OUTPUT : null;
}

/** The master of this server is to be its replica; replies an error, and returns false, where that is not its master. */
function takeOver({ replication, log, clients }: ReplicationServices, call: Call, id: string): boolean {
	const { client, reply, keyspace } = call;
	const { follower, failover } = replication;
	log.warning(`Failover request received for replid ${id}.`);
	let error: string | null = null;
	if (follower.master === null) error = NO_PROMOTION_OF_MASTER;
	else if (follower.position()?.id !== id.toLowerCase()) error = NO_PROMOTION_BY_OTHERS;
	else if (failover.isGoingOn()) error = NO_SYNC_IN_FAILOVER;
	// Refused before, and not behind, the change of roles.
	else if (Number.isNaN(call.clampedInteger(2))) error = NOT_AN_INTEGER;
	else if (reply.length > 0 || client.link.pendingBytes() > 0) error = SYNC_WITH_PENDING_OUTPUT;
	if (error !== null) {
		reply.error(error);
		return false;
	}
	follower.promote();
	log.notice(`MASTER MODE enabled (failover request from '${clients.line(client, keyspace.wall_ms)}')`);
	return true;
}

function psync(services: ReplicationServices, call: Call): void {
	const { leader } = services.replication;
	const { client } = call;
	const isToLead = call.argc > 3 && call.is(3, FAILOVER);
	if (isToLead && client.replica === null && !takeOver(services, call, call.latin1(1))) return;
	if (!mayFollow(services, call)) return;
	leader.announce(client);
	const wanted = call.clampedInteger(2);
	if (Number.isNaN(wanted)) {
		leader.announceWrong(client);
		return call.reply.error(NOT_AN_INTEGER);
	}
	leader.follow(client, { id: call.latin1(1), wanted });
}

function sync(services: ReplicationServices, call: Call): void {
	const { leader } = services.replication;
	if (!mayFollow(services, call)) return;
	leader.announce(call.client);
	leader.follow(call.client, null);
}

export function psyncCommands(services: ReplicationServices): readonly CommandRow[] {
	return [
		{
			name: "psync",
			since: "2.8.0",
			group: "server",
			complexity: "O(N) where a copy is needed, N being the number of keys, else O(1).",
			summary: "Asks for the replication stream from a position on, or for a copy to begin with.",
			flags: ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI,
			args: [string("replicationid"), integer("offset")],
			arity: -3,
			run: (call) => psync(services, call),
		},
		{
			name: "sync",
			since: "1.0.0",
			group: "server",
			complexity: "O(N), N being the number of keys.",
			summary: "Asks for a copy and what follows it.",
			flags: ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI,
			run: (call) => sync(services, call),
		},
	];
}
