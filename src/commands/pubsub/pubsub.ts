/** PUBSUB: who listens to what. */
import { globMatch } from "../../bytes/glob.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, LOADING, PUBSUB, STALE } from "../../dispatch/command.ts";
import { type Argument, many, optional, pattern, string } from "../../dispatch/grammar.ts";
import { CHANNEL, SHARD_CHANNEL } from "../../pubsub/topic.ts";
import { subcommandSyntax } from "../../resp/errors.ts";
import type { PubSubServices } from "./services.ts";

const HELP = [
	"PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"CHANNELS [<pattern>]",
	"    The channels that somebody listens to, all or those that match.",
	"NUMPAT",
	"    How many different patterns somebody listens to.",
	"NUMSUB [<channel> ...]",
	"    How many listen to each of the channels, not counting patterns.",
	"SHARDCHANNELS [<pattern>]",
	"    The shard channels that somebody listens to, all or those that match.",
	"SHARDNUMSUB [<shardchannel> ...]",
	"    How many listen to each of the shard channels.",
	"HELP",
	"    Print this help.",
];

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

function channels({ pubSub }: PubSubServices, call: Call, kind: number): void {
	const { argc, bytes, reply } = call;
	if (argc > 3) return reply.error(subcommandSyntax(call.latin1(1), "pubsub"));
	let names = pubSub.topicNames(kind);
	if (argc === 3) {
		const [start, end] = [call.start(2), call.end(2)];
		names = names.filter((name) => globMatch(bytes, start, end, name, 0, name.length, false));
	}
	reply.array(names.length);
	for (const name of names) reply.bulkBytes(name);
}

function subscriberCounts({ pubSub }: PubSubServices, call: Call, kind: number): void {
	const { argc, bytes, reply } = call;
	reply.array(2 * (argc - 2));
	for (let i = 2; i < argc; i++) {
		reply.bulk(bytes, call.start(i), call.length(i));
		reply.integer(pubSub.subscriberCount(kind, bytes, call.start(i), call.length(i)));
	}
}

function subcommand(
	name: string,
	since: string,
	complexity: string,
	summary: string,
	args: readonly Argument[],
	run: (call: Call) => void,
): CommandRow {
	return { name, since, group: "pubsub", complexity, summary, flags: PUBSUB | LOADING | STALE, args, run };
}

const OF_CHANNELS = "O(N), N being the number of channels that somebody listens to.";
const OF_NAMED = "O(N), N being the number of channels named.";

export function pubSubCommand(services: PubSubServices): CommandRow {
	return {
		name: "pubsub",
		since: "2.8.0",
		group: "pubsub",
		complexity: "Depends on the subcommand.",
		summary: "Holds the subcommands that tell who listens to what.",
		flags: 0,
		subcommands: [
			subcommand(
				"channels",
				"2.8.0",
				OF_CHANNELS,
				"Lists the channels that somebody listens to.",
				[optional(pattern("pattern"))],
				(call) => channels(services, call, CHANNEL),
			),
			{
				name: "help",
				since: "6.2.0",
				group: "pubsub",
				complexity: "O(1)",
				summary: "Explains the subcommands.",
				flags: LOADING | STALE,
				run: help,
			},
			subcommand("numpat", "2.8.0", "O(1)", "Counts the patterns that somebody listens to.", [], (call) =>
				call.reply.integer(services.pubSub.counts().patterns),
			),
			subcommand(
				"numsub",
				"2.8.0",
				OF_NAMED,
				"Counts the subscribers of channels.",
				[optional(many(string("channel")))],
				(call) => subscriberCounts(services, call, CHANNEL),
			),
			subcommand(
				"shardchannels",
				"7.0.0",
				OF_CHANNELS,
				"Lists the shard channels that somebody listens to.",
				[optional(pattern("pattern"))],
				(call) => channels(services, call, SHARD_CHANNEL),
			),
			subcommand(
				"shardnumsub",
				"7.0.0",
				OF_NAMED,
				"Counts the subscribers of shard channels.",
				[optional(many(string("shardchannel")))],
				(call) => subscriberCounts(services, call, SHARD_CHANNEL),
			),
		],
	};
}
