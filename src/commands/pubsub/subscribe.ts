/** To begin and to end listening. The replies are pushes, one for each channel, and each tells how many are left. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import {
	type CommandRow,
	IN_SUBSCRIBER_MODE,
	type KeySpec,
	LOADING,
	NOSCRIPT,
	PUBSUB,
	REPLIES_BY_PUSH,
	STALE,
} from "../../dispatch/command.ts";
import { block, many, optional, pattern, string } from "../../dispatch/grammar.ts";
import { CHANNEL, PATTERN, SHARD_CHANNEL } from "../../pubsub/topic.ts";
import { SSUBSCRIBE_NOT_HERE } from "../../resp/errors.ts";
import type { PubSubServices } from "./services.ts";

/** First words of the replies, by kind of topic. */
const SUBSCRIBED = ["subscribe", "psubscribe", "ssubscribe"].map(bytesOf);
const UNSUBSCRIBED = ["unsubscribe", "punsubscribe", "sunsubscribe"].map(bytesOf);

function subscribe({ pubSub }: PubSubServices, call: Call, kind: number): void {
	const { bytes, client, reply } = call;
	// In a transaction Redis lets clients listen to channels and patterns, but not to shard channels.
	if (call.isInner && kind === SHARD_CHANNEL) return reply.error(SSUBSCRIBE_NOT_HERE);
	for (let i = 1; i < call.argc; i++) {
		pubSub.subscribe(client, kind, bytes, call.start(i), call.length(i));
		reply.push(3);
		reply.bulkBytes(SUBSCRIBED[kind]!);
		reply.bulk(bytes, call.start(i), call.length(i));
		reply.integer(pubSub.subscriptionCount(client, kind));
	}
}

/** From the named ones, which need not be listened to, or from all. */
function unsubscribe({ pubSub }: PubSubServices, call: Call, kind: number): void {
	const { bytes, client, reply } = call;
	const end = (name: Uint8Array, start: number, length: number): void => {
		pubSub.unsubscribe(client, kind, name, start, length);
		reply.push(3);
		reply.bulkBytes(UNSUBSCRIBED[kind]!);
		reply.bulk(name, start, length);
		reply.integer(pubSub.subscriptionCount(client, kind));
	};
	for (let i = 1; i < call.argc; i++) end(bytes, call.start(i), call.length(i));
	if (call.argc > 1) return;
	const names = pubSub.namesOf(client, kind);
	for (const name of names) end(name, 0, name.length);
	if (names.length > 0) return;
	reply.push(3);
	reply.bulkBytes(UNSUBSCRIBED[kind]!);
	reply.null();
	reply.integer(pubSub.subscriptionCount(client, kind));
}

const flags = PUBSUB | NOSCRIPT | LOADING | STALE | IN_SUBSCRIBER_MODE | REPLIES_BY_PUSH;

/** In a cluster the slots of shard channels say who serves them, as those of keys do. */
const shardChannels: readonly KeySpec[] = [
	{ access: "NOT_KEY", begin: { index: 1 }, find: { last: -1, step: 1, limit: 0 } },
];

export function subscribeCommands(services: PubSubServices): readonly CommandRow[] {
	return [
		{
			name: "subscribe",
			since: "2.0.0",
			group: "pubsub",
			complexity: "O(N), N being the number of channels.",
			summary: "Begins to listen to channels.",
			flags,
			args: [many(string("channel"))],
			channels: { first: 1, last: -1, isPattern: false },
			run: (call) => subscribe(services, call, CHANNEL),
		},
		{
			name: "unsubscribe",
			since: "2.0.0",
			group: "pubsub",
			complexity: "O(N), N being the number of channels.",
			summary: "Listens no more to channels, or to none at all.",
			flags,
			args: [optional(many(string("channel")))],
			run: (call) => unsubscribe(services, call, CHANNEL),
		},
		{
			name: "psubscribe",
			since: "2.0.0",
			group: "pubsub",
			complexity: "O(N), N being the number of patterns.",
			summary: "Begins to listen to all channels whose names match patterns.",
			flags,
			args: [many(block("pattern", pattern("pattern")))],
			channels: { first: 1, last: -1, isPattern: true },
			run: (call) => subscribe(services, call, PATTERN),
		},
		{
			name: "punsubscribe",
			since: "2.0.0",
			group: "pubsub",
			complexity: "O(N), N being the number of patterns.",
			summary: "Listens no more to channels that match patterns, or to no pattern at all.",
			flags,
			args: [optional(many(pattern("pattern")))],
			run: (call) => unsubscribe(services, call, PATTERN),
		},
		{
			name: "ssubscribe",
			since: "7.0.0",
			group: "pubsub",
			complexity: "O(N), N being the number of shard channels.",
			summary: "Begins to listen to shard channels.",
			flags,
			args: [many(string("shardchannel"))],
			keySpecs: shardChannels,
			channels: { first: 1, last: -1, isPattern: false },
			run: (call) => subscribe(services, call, SHARD_CHANNEL),
		},
		{
			name: "sunsubscribe",
			since: "7.0.0",
			group: "pubsub",
			complexity: "O(N), N being the number of shard channels.",
			summary: "Listens no more to shard channels, or to none at all.",
			flags,
			args: [optional(many(string("shardchannel")))],
			keySpecs: shardChannels,
			run: (call) => unsubscribe(services, call, SHARD_CHANNEL),
		},
	];
}
