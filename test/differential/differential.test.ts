/**
 * Random commands to a genuine redis-server and to us, replies and data compared; and the proof that a single wrong
 * byte in a reply, or a single wrong key in the data, would be found.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { Frame, toBytes } from "../support/wire.ts";
import { groups } from "./groups/index.ts";
import { type CampaignOptions, describeMismatches, runCampaign } from "./lockstep.ts";
import type { Protocol } from "./source.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests skipped: ${missing}`);

const protocols: readonly Protocol[] = [2, 3];
const seeds = [1, 2];
const commandsPerSeed = 125_000;

describe.skipIf(missing !== undefined)("random commands", () => {
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
		for (const seed of seeds) {
			test(`${commandsPerSeed} in RESP${protocol}, seed ${seed}`, async () => {
				const options: CampaignOptions = { seed, commands: commandsPerSeed, protocol, groups };
				const result = await runCampaign({ reference, subject }, options);
				expect(describeMismatches(result, options)).toBe("");
				expect(result.executed).toBeGreaterThanOrEqual(commandsPerSeed);
				expect(result.stateChecks).toBeGreaterThanOrEqual(Math.floor(commandsPerSeed / 6000));
			}, 300_000);
		}
	}
});

describe.skipIf(missing !== undefined)("the harness itself, two genuine servers", () => {
	let reference: RedisServer;
	let other: RedisServer;
	const commands = 2000;

	beforeAll(async () => {
		reference = await RedisServer.start();
		other = await RedisServer.start();
	});

	afterAll(async () => {
		await other.stop();
		await reference.stop();
	});

	const campaign = (options: Partial<CampaignOptions>) =>
		runCampaign({ reference, subject: other }, { seed: 1, commands, protocol: 2, groups, ...options });

	test("finds nothing where there is nothing", async () => {
		for (const protocol of protocols) {
			const options: CampaignOptions = { seed: 3, commands: 20_000, protocol, groups };
			expect(describeMismatches(await campaign(options), options)).toBe("");
		}
	});

	test("finds one altered byte, and says where", async () => {
		const random = new Random(1);
		for (let round = 0; round < 40; round++) {
			const seed = 100 + round;
			const index = random.below(commands);
			let before = "";
			const alter = (actual: Frame): Frame => {
				before = actual.text();
				return new Frame(flipFirstByte(actual));
			};
			const result = await campaign({ seed, protocol: protocols[round % 2]!, canary: { reply: { index, alter } } });
			// The one command of a scan or a session may stand at the index: there is no reply of its own to alter.
			if (before !== "") expect(result.mismatches.map((mismatch) => mismatch.index)).toEqual([index]);
		}
	});

	test("finds a reply that is missing or one too many", async () => {
		const twice = (actual: Frame) => new Frame(toBytes(actual.text() + actual.text()));
		const result = await campaign({ canary: { reply: { index: 700, alter: twice } } });
		expect(result.mismatches).toHaveLength(1);
	});

	test("finds a value, an encoding, a deadline and a key that only the data shows", async () => {
		const changes = [
			["SET", "only here", "1"],
			["FLUSHALL"],
			["MSET", "a", "changed", "b", "changed", "key", "changed", "n1", "changed"],
			["SWAPDB", "0", "1"],
		];
		for (const command of changes) {
			const result = await campaign({ commands: 5500, canary: { command } });
			expect(result.mismatches.map((mismatch) => mismatch.what)).toEqual([expect.stringMatching(/^\(state\)/)]);
		}
	});

	test("the same seed gives the same commands, another seed others", async () => {
		const first = await campaign({ canary: { reply: { index: 1500, alter: () => new Frame(toBytes("+x\r\n")) } } });
		const again = await campaign({ canary: { reply: { index: 1500, alter: () => new Frame(toBytes("+x\r\n")) } } });
		const different = await campaign({
			seed: 2,
			canary: { reply: { index: 1500, alter: () => new Frame(toBytes("+x\r\n")) } },
		});
		expect(first.mismatches).toHaveLength(1);
		expect(again.mismatches[0]!.what).toBe(first.mismatches[0]!.what);
		expect(different.mismatches[0]!.what).not.toBe(first.mismatches[0]!.what);
	});
});

/** Another kind of reply with the same length: every verb but `ignored` must see it. */
function flipFirstByte(frame: Frame): Uint8Array {
	const bytes = Uint8Array.from(frame.bytes);
	const text = frame.text();
	return text.startsWith("+") || text.startsWith("-")
		? toBytes(":7\r\n")
		: text === ":7\r\n"
			? bytes
			: toBytes("+7\r\n");
}
