/**
 * Failovers by genuine Redis Sentinels under load, one round each, and the proof that a lost write would be found.
 * `npm run test:sentinel` has long ones.
 */
import { describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer } from "../../support/redis-server.ts";
import { runSentinelCampaign, type SentinelCampaign } from "./sentinel-rounds.ts";
import { hasRedisSentinel, missingRedisSentinel } from "./sentinels.ts";

const missing = !hasRedisSentinel() ? missingRedisSentinel : !hasRedisServer() ? missingRedisServer : undefined;
if (missing !== undefined) console.warn(`failovers by Sentinel skipped: ${missing}`);

const round: SentinelCampaign = {
	members: ["redis-lite", "redis-lite", "redis-lite"],
	rounds: 1,
	seed: 1,
	waitsFor: 1,
	end: "kill",
};

describe.skipIf(missing !== undefined)("three sentinels and a leader", () => {
	test("that is killed: another is promoted, clients go on, what WAIT confirmed is there, or its loss is found", async () => {
		const result = await runSentinelCampaign({ ...round, canary: true });
		expect(result.complaints).toEqual(["round 1: 1 confirmed writes are lost"]);
		expect([result.lostConfirmed, result.promotions_ms.length]).toEqual([1, 1]);
		expect(result.confirmed).toBeGreaterThan(100);
	}, 60_000);

	test("that freezes, in a group with a genuine server: what only it had acknowledged is lost, and told", async () => {
		const members = ["redis-lite", "redis-server", "redis-lite"] as const;
		const result = await runSentinelCampaign({ ...round, members, waitsFor: 0, end: "freeze" });
		expect(result.complaints).toEqual([]);
		expect([result.lossyRounds, result.lost > 0]).toEqual([1, true]);
		expect(result.acknowledged).toBeGreaterThan(result.lost);
	}, 60_000);
});
