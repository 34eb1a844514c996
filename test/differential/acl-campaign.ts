/**
 * Long comparisons of users and what they may do, from the command line:
 *
 *     bun test/differential/acl-campaign.ts --seed 1 --rounds 1000
 *
 * With --self a second redis-server is the subject. --canary spoils one answer, so that the run must fail.
 */
import { parseArgs } from "node:util";
import { RedisServer } from "../support/redis-server.ts";
import { startSubject } from "../support/subject.ts";
import type { Address } from "../support/wire.ts";
import { runDecisions } from "./acl-decisions.ts";
import { groups } from "./groups/index.ts";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "1" },
		rounds: { type: "string", default: "200" },
		self: { type: "boolean", default: false },
		canary: { type: "boolean", default: false },
	},
});
const rounds = Number(values.rounds);
await using reference = await RedisServer.start([], { first: 8110, last: 8129 });
await using subject: Address & AsyncDisposable = values.self ? await RedisServer.start() : await startSubject();
const canary = values.canary ? { canaryRound: Math.floor(rounds / 2) } : {};
const result = await runDecisions({ reference, subject }, { seed: Number(values.seed), rounds, groups, ...canary });
if (result.difference !== "") console.log(`${result.difference}\n`);
for (const [way, { asked, denied }] of result.decisions) console.log(`${way}: ${asked} decisions, ${denied} denials`);
console.log(`${result.changes} changes of rules, ${result.difference === "" ? "no difference" : "a difference"}`);
process.exit(result.difference === "" ? 0 : 1);
