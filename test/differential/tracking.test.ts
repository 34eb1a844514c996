/** Client-side caching in random turns, beside a genuine redis-server; see tracking.ts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { runTracking } from "./tracking.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of client-side caching skipped: ${missing}`);

describe.skipIf(missing !== undefined)("client-side caching in turns", () => {
	let reference: RedisServer;
	let other: RedisServer;
	let subject: Subject;

	beforeAll(async () => {
		reference = await RedisServer.start();
		other = await RedisServer.start();
		subject = await startSubject();
	});
	afterAll(async () => {
		await subject.stop();
		await other.stop();
		await reference.stop();
	});

	for (const seed of [1, 2]) {
		test(`seed ${seed}`, async () => {
			const { difference, invalidations, interrupted } = await runTracking(
				{ reference, subject },
				{ seed, rounds: 15 },
			);
			expect(difference).toBe("");
			expect(invalidations).toBeGreaterThan(200);
			// Of 1,260: a message that always comes too early or too late would be in hundreds.
			expect(interrupted).toBeLessThan(60);
		}, 60_000);
	}

	test("one change too many is noticed", async () => {
		const canary = { round: 0, turn: 40, command: ["FLUSHALL"] };
		const { difference } = await runTracking({ reference, subject: other }, { seed: 3, rounds: 1, canary });
		expect(difference).toContain("invalidate");
	}, 60_000);
});
