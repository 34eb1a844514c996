/**
 * Long comparisons of client-side caching, from the command line:
 *
 *     bun test/differential/tracking-campaign.ts --seed 1 --rounds 1000
 *
 * With --self a second redis-server is the subject: there must be no difference.
 */
import { parseArgs } from "node:util";
import { RedisServer } from "../support/redis-server.ts";
import { startSubject } from "../support/subject.ts";
import type { Address } from "../support/wire.ts";
import { runTracking } from "./tracking.ts";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "1" },
		rounds: { type: "string", default: "100" },
		self: { type: "boolean", default: false },
	},
});
await using reference = await RedisServer.start();
await using subject: Address & AsyncDisposable = values.self ? await RedisServer.start() : await startSubject();
const result = await runTracking({ reference, subject }, { seed: Number(values.seed), rounds: Number(values.rounds) });
if (result.difference !== "") console.log(`${result.difference}\n`);
console.log(
	`${result.commands} commands, ${result.heard} replies and pushes, ${result.invalidations} of them invalidations, ` +
		`${result.interrupted} turns interrupted, ` +
		(result.difference === "" ? "no difference" : "a difference"),
);
process.exit(result.difference === "" ? 0 : 1);
