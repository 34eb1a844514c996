/**
 * kill -9 under load from the command line:
 *
 *     bun test/crash/main.ts --rounds 200 --seed 1
 *     bun test/crash/main.ts --program redis-server        another server, to prove the campaign itself
 *     bun test/crash/main.ts --persistence no              the canary, which must lose something
 *
 * Without --program it is ours from source, or the binary that PROGRAM names. --loss N: milliseconds that everysec may
 * lose.
 */
import { parseArgs } from "node:util";
import { program } from "../support/program.ts";
import { EVERYSEC_LOSS_MS, killCampaign, type Persistence, persistences } from "./kill-campaign.ts";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "100" },
		seed: { type: "string" },
		program: { type: "string" },
		persistence: { type: "string" },
		loss: { type: "string", default: String(EVERYSEC_LOSS_MS) },
	},
});

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const persistence = [...persistences, "no" as const].find((name) => name === values.persistence);
if (values.persistence !== undefined && persistence === undefined) throw new Error(`no ${values.persistence}`);
console.log(`seed ${seed}`);
const report = await killCampaign({
	command: values.program === undefined ? program : [values.program],
	seed,
	kills: Number(values.rounds),
	everysecLoss_ms: Number(values.loss),
	tell: console.log,
	...(persistence === undefined ? {} : { persistence: persistence satisfies Persistence }),
});
for (const problem of report.problems) console.error(problem);
const { kills, answered, lost, problems } = report;
console.log(`${kills} kills, ${answered} writes answered, ${lost} not kept, ${problems.length} problems`);
process.exit(report.problems.length === 0 ? 0 : 1);
