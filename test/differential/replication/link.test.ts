/**
 * Short campaigns of replication with genuine and our own servers in both roles, while links are cut; and the proof that
 * they would find a replica that differs. `npm run test:replication` has long ones.
 */
import { describe, expect, test } from "bun:test";
import type { ServerMaker } from "../../support/data-server.ts";
import { hasRedisServer, missingRedisServer } from "../../support/redis-server.ts";
import { type LinkCampaign, runLinkCampaign } from "./link-campaign.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`campaigns of replication skipped: ${missing}`);

const groups: readonly (readonly ServerMaker[])[] = [
	["redis-server", "redis-lite"],
	["redis-lite", "redis-server"],
	["redis-lite", "redis-lite"],
	["redis-server", "redis-lite", "redis-server"],
];

const short = (makers: readonly ServerMaker[]): LinkCampaign => ({
	makers,
	seed: makers.length,
	writes: 4000,
	cuts: 2,
	isSmall: true,
});

describe.skipIf(missing !== undefined)("a data set that is written to while links are cut", () => {
	test.each(groups.map((makers) => [makers.join(" -> "), makers] as const))(
		"is the same everywhere: %s",
		async (_, makers) => {
			const { complaints, written, reconnects, partial } = await runLinkCampaign(short(makers));
			expect(complaints).toEqual([]);
			expect(written).toBeGreaterThanOrEqual(4000);
			expect([reconnects, partial]).toEqual([2, 2]);
		},
		60_000,
	);

	test("is found to differ where a key is written to a replica alone", async () => {
		const campaign = { ...short(["redis-server", "redis-server"]), writes: 1000, cuts: 1, canary: true };
		const { complaints } = await runLinkCampaign(campaign);
		expect(complaints.filter((line) => line.endsWith("db 0 key canary: only in the subject"))).toHaveLength(1);
		expect(complaints.some((line) => line.includes("DEBUG DIGEST"))).toBeTrue();
	}, 60_000);
});
