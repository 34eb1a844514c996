/**
 * The corruption campaigns from the command line:
 *
 *     bun test/fuzzers/damage.ts                                      everything: each byte of 100 KB, cut and flipped
 *     bun test/fuzzers/damage.ts --bytes 20000 --stride 3 --subject aof --payloads 1000000 --seed 7
 *
 * --stride N: only each N-th position. --payloads N: how many corrupted DUMP payloads, --subject none for these alone.
 */
import { parseArgs } from "node:util";
import { Random } from "../../src/bytes/random.ts";
import { DamagedFiles, subjects } from "./damaged-files.ts";
import { RestoreCampaign } from "./restore.ts";

const { values } = parseArgs({
	options: {
		bytes: { type: "string", default: "100000" },
		stride: { type: "string", default: "1" },
		subject: { type: "string" },
		payloads: { type: "string", default: "100000" },
		seed: { type: "string", default: "1" },
	},
});

const chosen = values.subject === undefined ? subjects : subjects.filter((name) => name === values.subject);
for (const subject of chosen) {
	const files = new DamagedFiles(subject, Number(values.bytes));
	for (const damage of ["cut", "flip"] as const) {
		const started_ms = performance.now();
		const { cases, loaded, refused, largestBytes } = files.run(damage, 0, Number(values.stride));
		const seconds = ((performance.now() - started_ms) / 1000).toFixed(1);
		console.log(
			`${subject}, ${files.bytes.length} bytes, ${damage}: ${cases} cases, ${loaded} loaded, ${refused} refused, ` +
				`largest array ${largestBytes}, ${seconds} s`,
		);
	}
}

const campaign = new RestoreCampaign();
const started_ms = performance.now();
campaign.run(new Random(Number(values.seed)), Number(values.payloads));
console.log(
	`payloads, seed ${values.seed}: ${campaign.accepted + campaign.refused} cases, ${campaign.accepted} accepted, ` +
		`${campaign.refused} refused, largest array ${campaign.largestBytes}, ` +
		`${((performance.now() - started_ms) / 1000).toFixed(1)} s`,
);
