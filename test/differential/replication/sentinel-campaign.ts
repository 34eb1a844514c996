/**
 * Failovers by genuine Redis Sentinels under load, from the command line:
 *
 *     bun test/differential/replication/sentinel-campaign.ts --rounds 20 --wait
 *     bun test/differential/replication/sentinel-campaign.ts --rounds 20 --members mixed --end freeze
 *
 * --members lite, redis or mixed, or three of them: lite,redis,lite. --wait asks with WAIT 1 what a replica has: a loss of that
 * fails the run, a loss of what was only acknowledged is told. --end kill ends the leader with kill -9, freeze leaves it
 * running for itself; --lags keeps one replica behind the other. --genuine-periods leaves sentinels the times they come with.
 * --configuration "min-replicas-to-write 1;min-replicas-max-lag 1" is for all servers.
 */
import { parseArgs } from "node:util";
import type { ServerMaker } from "../../support/data-server.ts";
import { runSentinelCampaign } from "./sentinel-rounds.ts";
import { hasRedisSentinel, missingRedisSentinel } from "./sentinels.ts";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "20" },
		members: { type: "string", default: "lite" },
		seed: { type: "string", default: "1" },
		wait: { type: "boolean", default: false },
		end: { type: "string", default: "kill" },
		lags: { type: "boolean", default: false },
		"genuine-periods": { type: "boolean", default: false },
		configuration: { type: "string", default: "" },
		canary: { type: "boolean", default: false },
	},
});

const groups: Readonly<Record<string, readonly ServerMaker[]>> = {
	lite: ["redis-lite", "redis-lite", "redis-lite"],
	redis: ["redis-server", "redis-server", "redis-server"],
	mixed: ["redis-lite", "redis-server", "redis-lite"],
};

const makers: Readonly<Record<string, ServerMaker>> = { lite: "redis-lite", redis: "redis-server" };

function membersOf(words: string): readonly ServerMaker[] {
	return (
		groups[words] ??
		words.split(",").map((word) => {
			const maker = makers[word];
			if (maker === undefined) throw new Error(`no server ${word}; there are redis and lite`);
			return maker;
		})
	);
}

async function main(): Promise<number> {
	if (!hasRedisSentinel()) {
		console.error(missingRedisSentinel);
		return 2;
	}
	const { end } = values;
	if (end !== "kill" && end !== "freeze") throw new Error(`a leader does not end by ${end}; it can kill or freeze`);
	const result = await runSentinelCampaign({
		members: membersOf(values.members),
		rounds: Number(values.rounds),
		seed: Number(values.seed),
		waits: values.wait,
		end,
		lags: values.lags,
		timing: { isSwift: !values["genuine-periods"] },
		configuration: values.configuration.split(";").filter((line) => line !== ""),
		canary: values.canary,
		say: (line) => console.log(line),
	});
	for (const complaint of result.complaints) console.log(complaint);
	console.log(`${result.summary}; ${result.complaints.length} complaints`);
	return result.complaints.length === 0 ? 0 : 1;
}

process.exit(await main());
