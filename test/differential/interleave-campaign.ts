/**
 * Long comparisons of several connections in lockstep, from the command line:
 *
 *     bun test/differential/interleave-campaign.ts --seed 1 --rounds 1000 --protocol 3
 *
 * With --self a second redis-server is the subject: there must be no difference.
 */
import { parseArgs } from "node:util";
import { RedisServer } from "../support/redis-server.ts";
import type { Address } from "../support/wire.ts";
import { runInterleaving } from "./interleaving.ts";
import type { Protocol } from "./source.ts";
import { startSteadySubject } from "./steady-subject.ts";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "1" },
		rounds: { type: "string", default: "100" },
		protocol: { type: "string", default: "2" },
		self: { type: "boolean", default: false },
	},
});
if (values.protocol !== "2" && values.protocol !== "3") throw new Error(`no protocol ${values.protocol}`);
await using reference = await RedisServer.start();
await using subject: Address & AsyncDisposable = values.self ? await RedisServer.start() : await startSteadySubject();
const result = await runInterleaving(
	{ reference, subject },
	{ seed: Number(values.seed), rounds: Number(values.rounds), protocol: Number(values.protocol) as Protocol },
);
if (result.difference !== "") console.log(`${result.difference}\n`);
for (const chance of result.chances) console.log(`by chance: ${chance}`);
console.log(
	`${result.commands} commands, ${result.heard} replies and pushes, EXEC ran ${result.executed} times and ` +
		`${result.untouched} times not for a watched key, ${result.chances.length} differences by chance, ${result.difference === "" ? "no difference" : "a difference"}`,
);
process.exit(result.difference === "" ? 0 : 1);
