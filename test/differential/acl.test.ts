/**
 * Random users beside a genuine redis-server: the same rules, the same decisions; and the proof that one wrong decision
 * would be found. `acl-campaign.ts` runs the same for as long as is wanted.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { runDecisions } from "./acl-decisions.ts";
import { groups } from "./groups/index.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of users skipped: ${missing}`);
const rounds = 250;

describe.skipIf(missing !== undefined)("random users", () => {
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

	for (const seed of [1, 2]) {
		test(`seed ${seed}`, async () => {
			const { difference, decisions } = await runDecisions({ reference, subject }, { seed, rounds, groups });
			expect(difference).toBe("");
			const asked = [...decisions].map(([way, { asked, denied }]) => [way, asked > denied && denied > 0]);
			expect(asked).toEqual([
				["ACL DRYRUN", true],
				["at once", true],
				["in MULTI", true],
				["at EXEC", true],
			]);
			expect(decisions.get("ACL DRYRUN")!.asked).toBeGreaterThan(40 * rounds);
		}, 60_000);
	}

	test("one spoiled answer is found", async () => {
		const options = { seed: 3, rounds: 40, groups, canaryRound: 20 };
		const { difference } = await runDecisions({ reference, subject }, options);
		expect(difference).toContain("+spoiled");
	}, 60_000);
});
