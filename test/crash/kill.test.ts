/** Twenty kills under load, and proof that the campaign sees a loss; `npm run test:crash` has any number. */
import { describe, expect, test } from "bun:test";
import { program } from "../support/program.ts";
import { hasRedisServer, missingRedisServer } from "../support/redis-server.ts";
import { EVERYSEC_LOSS_MS, killCampaign, persistences } from "./kill-campaign.ts";

const KILLS = 20;
/** For a machine that is busy with other things. */
const PATIENCE_MS = 120_000;

describe("kill -9 under load", () => {
	test(
		`loses nothing that was promised, ${KILLS} times`,
		async () => {
			const report = await killCampaign({ command: program, seed: 1, kills: KILLS, everysecLoss_ms: EVERYSEC_LOSS_MS });
			expect(report.problems).toEqual([]);
			expect(report.kills).toBe(KILLS);
			expect(report.answered).toBeGreaterThan(1000);
		},
		PATIENCE_MS,
	);

	test(
		"is seen to lose what nobody keeps",
		async () => {
			const report = await killCampaign({ command: program, seed: 1, kills: 2, everysecLoss_ms: 0, persistence: "no" });
			expect(report.problems.join("\n")).toContain("were answered and must be");
		},
		PATIENCE_MS,
	);

	if (!hasRedisServer()) console.warn(missingRedisServer);
	test.skipIf(!hasRedisServer()).each([...persistences])(
		"is what Redis stands, too (%s)",
		async (persistence) => {
			const command = ["redis-server"];
			const report = await killCampaign({ command, seed: 2, kills: 2, everysecLoss_ms: EVERYSEC_LOSS_MS, persistence });
			expect(report.problems).toEqual([]);
		},
		PATIENCE_MS,
	);
});
