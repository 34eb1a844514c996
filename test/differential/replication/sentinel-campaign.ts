/**
 * Failovers by genuine Redis Sentinels under load, from the command line:
 *
 *     bun test/differential/replication/sentinel-campaign.ts --rounds 20 --wait
 *     bun test/differential/replication/sentinel-campaign.ts --rounds 20 --members mixed --end freeze
 *
 * --members lite, redis or mixed, or three of them: lite,redis,lite. --wait asks with WAIT 1 whether a replica has what was
 * written, --wait-for 2 whether both have: a loss of that fails the run, a loss of what was only acknowledged is told. --end
 * kill ends the leader with kill -9; freeze leaves it running for itself; failover has it hand over by the command of that
 * name, and sentinel has a sentinel promote another. --lags keeps one replica behind the other when the leader ends.
 * --genuine-periods leaves sentinels the times they come with. --configuration "min-replicas-to-write 1" is for all servers,
 * lines being separated by semicolons. --canary takes a confirmed write away, so that the run must fail.
 */
import { parseArgs } from "node:util";
import type { ServerMaker } from "../../support/data-server.ts";
import { endings, isEnding, runSentinelCampaign } from "./sentinel-rounds.ts";
import { hasRedisSentinel, missingRedisSentinel } from "./sentinels.ts";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "20" },
		members: { type: "string", default: "lite" },
		seed: { type: "string", default: "1" },
		wait: { type: "boolean", default: false },
		"wait-for": { type: "string" },
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
	if (!isEnding(end)) throw new Error(`a leader does not end by ${end}, but by ${endings.join(", ")}`);
	const result = await runSentinelCampaign({
		members: membersOf(values.members),
		rounds: Number(values.rounds),
		seed: Number(values.seed),
		waitsFor: values["wait-for"] === undefined ? Number(values.wait) : Number(values["wait-for"]),
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
