/**
 * Random scripts to a genuine redis-server and to us, replies and data compared; and the proof that one altered reply would
 * be found. `scripts-campaign.ts` runs the same for as long as is wanted.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { Frame, toBytes } from "../support/wire.ts";
import { type CampaignOptions, describeMismatches, runCampaign } from "./lockstep.ts";
import { scriptGroups } from "./scripts/index.ts";
import type { Protocol } from "./source.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of scripts skipped: ${missing}`);
const commands = 4000;
const protocols: readonly Protocol[] = [2, 3];

describe.skipIf(missing !== undefined)("random scripts", () => {
	let reference: RedisServer;
	let subject: Subject;

	beforeAll(async () => {
		reference = await RedisServer.start();
		subject = await startSubject();
	});

	afterAll(async () => {
		await subject.stop();
		await reference.stop();
	});

	for (const protocol of protocols) {
		test(`${commands} in RESP${protocol}`, async () => {
			const options: CampaignOptions = { seed: 1, commands, protocol, groups: scriptGroups, width: 4000 };
			const result = await runCampaign({ reference, subject }, options);
			expect(describeMismatches(result, options)).toBe("");
			expect(result.executed).toBeGreaterThanOrEqual(commands);
		}, 60_000);
	}

	test("one altered reply is found", async () => {
		const alter = () => new Frame(toBytes("+a canary\r\n"));
		const canary = { reply: { index: 150, alter } };
		const options: CampaignOptions = { seed: 2, commands: 400, protocol: 2, groups: scriptGroups.slice(0, 1), canary };
		const result = await runCampaign({ reference, subject }, options);
		expect(result.mismatches.map(({ index }) => index)).toEqual([150]);
	}, 60_000);
});
