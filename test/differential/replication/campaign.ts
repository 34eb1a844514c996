/**
 * Long campaigns of replication between genuine and our own servers, from the command line:
 *
 *     bun test/differential/replication/campaign.ts --leader redis --replica lite --seed 1 --writes 200000 --cuts 20
 *     bun test/differential/replication/campaign.ts --chain redis,lite,redis
 *     bun test/differential/replication/campaign.ts --leader lite --replica redis,lite,lite
 *
 * Several replicas follow one leader; a chain follows one another. --directives "appendonly yes, hz 50" is for all of
 * them. --small leaves out values of megabytes, --no-foreign the commands of the random tests of single commands. --canary
 * writes a key to a replica alone, so that the run must fail.
 */
import { parseArgs } from "node:util";
import type { ServerMaker } from "../../support/data-server.ts";
import { hasRedisServer, missingRedisServer } from "../../support/redis-server.ts";
import { runLinkCampaign } from "./link-campaign.ts";

const { values } = parseArgs({
	options: {
		leader: { type: "string", default: "redis" },
		replica: { type: "string", default: "lite" },
		chain: { type: "string" },
		seed: { type: "string", default: "1" },
		writes: { type: "string", default: "200000" },
		cuts: { type: "string", default: "20" },
		directives: { type: "string", default: "" },
		small: { type: "boolean", default: false },
		"no-foreign": { type: "boolean", default: false },
		canary: { type: "boolean", default: false },
		verbose: { type: "boolean", default: false },
	},
});

export function makerOf(word: string): ServerMaker {
	if (word === "redis") return "redis-server";
	if (word === "lite") return "redis-lite";
	throw new Error(`no server ${word}; there are redis and lite`);
}

async function main(): Promise<number> {
	if (!hasRedisServer()) {
		console.error(missingRedisServer);
		return 2;
	}
	const replicas = values.replica.split(",");
	const start_ms = performance.now();
	const result = await runLinkCampaign({
		makers: (values.chain?.split(",") ?? [values.leader, ...replicas]).map(makerOf),
		isStar: values.chain === undefined,
		seed: Number(values.seed),
		writes: Number(values.writes),
		cuts: Number(values.cuts),
		directives: values.directives
			.split(",")
			.filter((directive) => directive !== "")
			.flatMap((directive) => `--${directive.trim()}`.split(" ")),
		workload: { foreign: !values["no-foreign"] },
		isSmall: values.small,
		canary: values.canary,
		say: values.verbose ? (line) => console.log(line) : () => {},
	});
	for (const complaint of result.complaints) console.log(complaint);
	const seconds = ((performance.now() - start_ms) / 1000).toFixed(1);
	console.log(`${result.summary}; ${result.complaints.length} complaints, ${seconds} s`);
	return result.complaints.length === 0 ? 0 : 1;
}

process.exit(await main());
