/**
 * Long random comparisons from the command line:
 *
 *     bun test/differential/campaign.ts --seed 1 --commands 1000000 --protocol 3 --groups string,generic
 *
 * The subject is ours in this process, SUBJECT=host:port, or with --self a second redis-server (there must be no
 * mismatch). --mismatches N goes on until N are found. --canary alters one reply, so that the run must fail. --events
 * compares keyspace events as well.
 */
import { parseArgs } from "node:util";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { startSubject } from "../support/subject.ts";
import { type Address, Frame, toBytes } from "../support/wire.ts";
import { eventGroups, groups } from "./groups/index.ts";
import { type CampaignOptions, type Canary, describeMismatches, runCampaign } from "./lockstep.ts";
import type { Protocol } from "./source.ts";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "1" },
		commands: { type: "string", default: "100000" },
		protocol: { type: "string", default: "2" },
		groups: { type: "string" },
		mismatches: { type: "string", default: "1" },
		self: { type: "boolean", default: false },
		canary: { type: "boolean", default: false },
		events: { type: "boolean", default: false },
	},
});

function options(): CampaignOptions {
	const names = values.groups?.split(",") ?? (values.events ? eventGroups : groups).map(({ name }) => name);
	const unknown = names.find((name) => !groups.some((group) => group.name === name));
	if (unknown !== undefined)
		throw new Error(`no group ${unknown}; there are ${groups.map(({ name }) => name).join(" ")}`);
	if (values.protocol !== "2" && values.protocol !== "3") throw new Error(`no protocol ${values.protocol}`);
	const commands = Number(values.commands);
	const canary: Canary = {
		reply: { index: Math.floor(commands / 2), alter: () => new Frame(toBytes("+a canary\r\n")) },
	};
	return {
		seed: Number(values.seed),
		commands,
		protocol: Number(values.protocol) as Protocol,
		groups: groups.filter((group) => names.includes(group.name)),
		mismatchLimit: Number(values.mismatches),
		events: values.events,
		...(values.canary ? { canary } : {}),
	};
}

async function main(): Promise<number> {
	if (!hasRedisServer()) {
		console.error(missingRedisServer);
		return 2;
	}
	const campaign = options();
	await using reference = await RedisServer.start();
	await using subject: Address & AsyncDisposable = values.self ? await RedisServer.start() : await startSubject();
	const start_ms = performance.now();
	const result = await runCampaign({ reference, subject }, campaign);
	const seconds = ((performance.now() - start_ms) / 1000).toFixed(1);
	if (result.mismatches.length > 0) console.log(`${describeMismatches(result, campaign)}\n`);
	for (const [allowance, count] of result.allowed) console.log(`allowed ${count} times: ${allowance.why}`);
	const events = values.events ? `${result.events} events, ` : "";
	console.log(
		`${result.executed} commands, ${events}${result.stateChecks} comparisons of the data, ` +
			`${result.mismatches.length} mismatches, ${seconds} s`,
	);
	return result.mismatches.length === 0 ? 0 : 1;
}

process.exit(await main());
