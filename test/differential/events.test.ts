/**
 * Keyspace events of random commands, beside a genuine redis-server: every class, every event, in order, in both channels;
 * and the proof that one event too many, one too few or another order would be found.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { eventGroups } from "./groups/index.ts";
import { type CampaignOptions, describeMismatches, runCampaign } from "./lockstep.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of keyspace events skipped: ${missing}`);
const commandsPerSeed = 30_000;

describe.skipIf(missing !== undefined)("keyspace events", () => {
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

	for (const seed of [1, 2, 3]) {
		test(`of ${commandsPerSeed} commands, seed ${seed}`, async () => {
			const protocol = seed % 2 === 0 ? 3 : 2;
			const options: CampaignOptions = { seed, commands: commandsPerSeed, protocol, groups: eventGroups, events: true };
			const result = await runCampaign({ reference, subject }, options);
			expect(describeMismatches(result, options)).toBe("");
			expect(result.events).toBeGreaterThan(commandsPerSeed / 2);
		}, 60_000);
	}

	test("of two genuine servers are the same, and one too many is found", async () => {
		// Not the reference of above, whose configuration the commands may have changed.
		await using one = await RedisServer.start();
		await using other = await RedisServer.start();
		const seats = { reference: one, subject: other };
		const options: CampaignOptions = { seed: 4, commands: 2000, protocol: 2, groups: eventGroups, events: true };
		expect(describeMismatches(await runCampaign(seats, options), options)).toBe("");
		for (const event of [0, 700, 1999]) {
			const { mismatches } = await runCampaign(seats, { ...options, canary: { event } });
			expect(mismatches).toHaveLength(1);
			expect(mismatches[0]!.what).toStartWith("(events) ");
			// What is told is the end of the batch.
			expect(mismatches[0]!.index).toBeWithin(event, event + 1000);
		}
	}, 60_000);
});
