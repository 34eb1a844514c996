/** ROLE: what a server is in a group of them. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import type { ReplicationServices } from "./services.ts";

function role({ replication }: ReplicationServices, { reply }: Call): void {
	const state = replication.follower.state();
	if (state !== null) {
		reply.array(5);
		reply.bulkText("slave");
		reply.bulkText(state.host);
		reply.integer(state.port);
		reply.bulkText(state.role);
		return reply.integer(state.linkIsUp ? state.offset : -1);
	}
	const online = [...replication.leader.replicas].filter(({ stage }) => stage === "online");
	reply.array(3);
	reply.bulkText("master");
	reply.integer(replication.stream.offset);
	reply.array(online.length);
	for (const replica of online) {
		reply.array(3);
		reply.bulkText(replica.ip());
		reply.bulkText(String(replica.traits.port));
		reply.bulkText(String(replica.acknowledged));
	}
}

export function roleCommand(services: ReplicationServices): CommandRow {
	return {
		name: "role",
		since: "2.8.12",
		group: "server",
		complexity: "O(1)",
		summary: "Says whether the server is a master or a replica, and who follows whom.",
		flags: NOSCRIPT | LOADING | STALE | FAST,
		categories: ["admin", "dangerous"],
		run: (call) => role(services, call),
	};
}
