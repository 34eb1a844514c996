/**
 * Long random comparisons of effects from the command line:
 *
 *     bun test/differential/effects-campaign.ts --seed 1 --commands 100000 --protocol 3 --groups string,generic
 *
 * What ours tells for its append-only file is compared with what a genuine redis-server writes into its own; in the end
 * everything ours told is replayed into a fresh redis-server and into a fresh one of ours, whose data are compared.
 * --stream compares what is sent to replicas instead. --mismatches N goes on until N are found. --lazy has keys whose
 * time is over unlinked.
 */
import { parseArgs } from "node:util";
import { describeReplay, runEffectCampaign, runStreamCampaign } from "./effect-campaign.ts";
import { effectGroups, streamGroups } from "./groups/index.ts";
import { describeMismatches } from "./lockstep.ts";
import type { Protocol } from "./source.ts";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "1" },
		commands: { type: "string", default: "100000" },
		protocol: { type: "string", default: "2" },
		groups: { type: "string" },
		mismatches: { type: "string", default: "1" },
		lazy: { type: "boolean", default: false },
		stream: { type: "boolean", default: false },
	},
});

const known = values.stream ? streamGroups : effectGroups;
const names = values.groups?.split(",") ?? known.map(({ name }) => name);
const options = {
	seed: Number(values.seed),
	commands: Number(values.commands),
	protocol: Number(values.protocol) as Protocol,
	groups: known.filter(({ name }) => names.includes(name)),
	mismatchLimit: Number(values.mismatches),
};
const { result, watch, replay } = await (values.stream ? runStreamCampaign : runEffectCampaign)(options, values.lazy);
if (result.mismatches.length > 0) console.log(`${describeMismatches(result, options)}\n`);
for (const [allowance, count] of [...result.allowed, ...watch.allowed]) {
	console.log(`allowed ${count} times: ${allowance.why}`);
}
console.log(describeReplay(replay));
console.log(
	`${result.executed} commands, ${watch.count} effects, ${result.stateChecks} comparisons of the data, ` +
		`${result.mismatches.length} mismatches, ${replay.keys} keys replayed`,
);
process.exit(result.mismatches.length === 0 && describeReplay(replay) === "" ? 0 : 1);
