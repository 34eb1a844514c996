/** To send a message; the reply is how often it was received. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, LOADING, MAY_REPLICATE, PUBSUB, STALE } from "../../dispatch/command.ts";
import { string } from "../../dispatch/grammar.ts";
import { FOR_REPLICAS } from "../../keyspace/effects.ts";
import type { PubSubServices } from "./services.ts";

function publish({ pubSub }: PubSubServices, call: Call): void {
	const { bytes } = call;
	call.reply.integer(pubSub.publish(bytes, call.start(1), call.length(1), bytes, call.start(2), call.length(2)));
	tellReplicas(call);
}

function spublish({ pubSub }: PubSubServices, call: Call): void {
	const { bytes } = call;
	call.reply.integer(pubSub.publishToShard(bytes, call.start(1), call.length(1), bytes, call.start(2), call.length(2)));
	tellReplicas(call);
}

/** Who listens to a replica hears it as well; a file has no listeners. */
function tellReplicas(call: Call): void {
	if (call.effects.isOn) call.tellWordsTo(FOR_REPLICAS);
}

const flags = PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE;

export function publishCommands(services: PubSubServices): readonly CommandRow[] {
	return [
		{
			name: "publish",
			since: "2.0.0",
			group: "pubsub",
			complexity: "O(N+M), N being the number of the channel's subscribers and M that of all patterns.",
			summary: "Sends a message to all who listen to a channel.",
			flags,
			args: [string("channel"), string("message")],
			channels: { first: 1, last: 1, isPattern: false },
			run: (call) => publish(services, call),
		},
		{
			name: "spublish",
			since: "7.0.0",
			group: "pubsub",
			complexity: "O(N), N being the number of the shard channel's subscribers.",
			summary: "Sends a message to all who listen to a shard channel.",
			flags,
			args: [string("shardchannel"), string("message")],
			channels: { first: 1, last: 1, isPattern: false },
			keySpecs: [{ access: "NOT_KEY", begin: { index: 1 }, find: { last: 0, step: 1, limit: 0 } }],
			run: (call) => spublish(services, call),
		},
	];
}
