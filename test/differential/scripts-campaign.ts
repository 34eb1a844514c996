/**
 * Long random comparisons of scripts and functions from the command line:
 *
 *     bun test/differential/scripts-campaign.ts --seed 1 --commands 100000 --protocol 3 --groups values,calls
 *
 * The subject is ours in this process, SUBJECT=host:port, or with --self a second redis-server (there must be no
 * mismatch). --mismatches N goes on until N are found. --canary alters one reply, so that the run must fail. A script
 * that fails on empty servers as well is shown once more without the lines and words that do not matter.
 */
import { parseArgs } from "node:util";
import { describeCommand, splitQuoted } from "../support/quoting.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { startSubject } from "../support/subject.ts";
import { type Address, Frame, toBytes, WireConnection } from "../support/wire.ts";
import { type CampaignOptions, type Canary, describeMismatches, runCampaign } from "./lockstep.ts";
import { scriptGroups } from "./scripts/index.ts";
import { shrinkScript } from "./scripts/shrink.ts";
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
	},
});

function options(): CampaignOptions {
	const names = values.groups?.split(",") ?? scriptGroups.map(({ name }) => name);
	const unknown = names.find((name) => !scriptGroups.some((group) => group.name === name));
	if (unknown !== undefined)
		throw new Error(`no group ${unknown}; there are ${scriptGroups.map(({ name }) => name).join(" ")}`);
	if (values.protocol !== "2" && values.protocol !== "3") throw new Error(`no protocol ${values.protocol}`);
	const commands = Number(values.commands);
	const canary: Canary = {
		reply: { index: Math.floor(commands / 2), alter: () => new Frame(toBytes("+a canary\r\n")) },
	};
	return {
		seed: Number(values.seed),
		commands,
		protocol: Number(values.protocol) as Protocol,
		groups: scriptGroups.filter((group) => names.includes(group.name)),
		mismatchLimit: Number(values.mismatches),
		width: 4000,
		...(values.canary ? { canary } : {}),
	};
}

async function main(): Promise<number> {
	if (!hasRedisServer()) {
		console.error(missingRedisServer);
		return 2;
	}
	const campaign = options();
	await using reference = await RedisServer.start([], { first: 8820, last: 8839 });
	await using subject: Address & AsyncDisposable = values.self ? await RedisServer.start() : await startSubject();
	const start_ms = performance.now();
	const result = await runCampaign({ reference, subject }, campaign);
	const seconds = ((performance.now() - start_ms) / 1000).toFixed(1);
	if (result.mismatches.length > 0) {
		console.log(`${describeMismatches(result, campaign).replaceAll("campaign.ts", "scripts-campaign.ts")}\n`);
		const [left, right] = [await WireConnection.connect(reference), await WireConnection.connect(subject)];
		for (const { index, what } of result.mismatches) {
			if (!/^(eval|fcall)/i.test(what) || /…\(\d+ bytes\)/.test(what)) continue;
			const smaller = await shrinkScript(left, right, splitQuoted(what), campaign.protocol);
			if (smaller === null) continue;
			const [expected, actual] = smaller.replies;
			console.log(`#${index} in short: ${describeCommand(smaller.args, 4000)}\n  ${expected}\n  ${actual}`);
		}
		left.close();
		right.close();
	}
	for (const [allowance, count] of result.allowed) console.log(`allowed ${count} times: ${allowance.why}`);
	console.log(
		`${result.executed} scripts and calls, ${result.stateChecks} comparisons of the data, ` +
			`${result.mismatches.length} mismatches, ${seconds} s`,
	);
	return result.mismatches.length === 0 ? 0 : 1;
}

process.exit(await main());
