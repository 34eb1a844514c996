/** Connections that listen and publish in random turns, beside a genuine redis-server; see listening.ts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { runListening } from "./listening.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of pub/sub skipped: ${missing}`);
const turns = 3000;

describe.skipIf(missing !== undefined)("listening in turns", () => {
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

	for (const seed of [1, 2, 3]) {
		test(`${turns} turns, seed ${seed}`, async () => {
			expect(await runListening({ reference, subject }, { seed, turns })).toEqual([]);
		}, 60_000);
	}

	test("two genuine servers agree, and one message too many is noticed", async () => {
		const seats = { reference, subject: other };
		expect(await runListening(seats, { seed: 4, turns: 1000 })).toEqual([]);
		const canary = { turn: 300, command: ["PUBLISH", "a", "canary"] };
		expect(await runListening(seats, { seed: 4, turns: 1000, canary })).toHaveLength(1);
	}, 60_000);
});
