/**
 * What ours tells for its append-only file, beside what a genuine redis-server writes into its own: of transcripts, of
 * random commands, and the proof that a missing, an altered or an unbracketed effect would be found. Replayed into a fresh
 * redis-server and into a fresh one of ours it gives the same data.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { RedisLite } from "../../src/index.ts";
import { hasRedisServer, missingRedisServer } from "../support/redis-server.ts";
import { describeReplay, replayEverywhere, runEffectCampaign, stateOf } from "./effect-campaign.ts";
import { EffectWatch, ReferenceEffects, SubjectEffects } from "./effects.ts";
import { effectGroups } from "./groups/index.ts";
import { type CampaignOptions, describeMismatches } from "./lockstep.ts";
import type { Protocol } from "./source.ts";
import { compareTransactionEffects } from "./transaction-effects.ts";
import { parseTranscript, runTranscript } from "./transcript.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of effects skipped: ${missing}`);
const commandsPerSeed = 6000;

function encode(...words: string[]): Buffer {
	return Buffer.from(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`);
}

describe.skipIf(missing !== undefined)("effects", () => {
	let reference: ReferenceEffects;
	let server: RedisLite;
	let subject: SubjectEffects;

	beforeAll(async () => {
		reference = await ReferenceEffects.start();
		server = await RedisLite.start({ "enable-debug-command": "yes" });
		subject = new SubjectEffects(server);
	});
	afterAll(async () => {
		await server.stop();
		await reference[Symbol.asyncDispose]();
	});

	for (const name of ["effects", "blocking", "generic", "string", "scripting-effects"]) {
		const transcript = parseTranscript(readFileSync(new URL(`transcripts/${name}.txt`, import.meta.url), "latin1"));
		test.each(transcript.protocols)(
			`of ${name}.txt in RESP%i, with their databases and brackets`,
			async (protocol) => {
				const watch = new EffectWatch(reference, subject, true);
				await watch.skip();
				const seats = { reference: reference.server, subject: { host: "127.0.0.1", port: server.port } };
				await runTranscript(transcript, protocol, seats);
				expect(await watch.compare(transcript.lines.map(({ args }) => args))).toBeUndefined();
				expect(watch.count).toBeGreaterThan(50);
			},
			60_000,
		);
	}

	for (const [seed, isLazy] of [
		[1, false],
		[2, true],
	] as const) {
		const lazy = isLazy ? ", expired keys unlinked" : "";
		test(`of ${commandsPerSeed} commands, seed ${seed}${lazy}`, async () => {
			const protocol: Protocol = seed % 2 === 0 ? 3 : 2;
			const options: CampaignOptions = { seed, commands: commandsPerSeed, protocol, groups: effectGroups };
			const { result, watch, replay } = await runEffectCampaign(options, isLazy);
			expect(describeMismatches(result, options)).toBe("");
			expect(describeReplay(replay)).toBe("");
			expect(watch.count).toBeGreaterThan(commandsPerSeed / 5);
			expect(replay.keys).toBeGreaterThan(50);
		}, 60_000);
	}
});

describe.skipIf(missing !== undefined)("effects of transactions", () => {
	for (const seed of [1, 2]) {
		test(`chosen at random, seed ${seed}, with brackets and databases`, async () => {
			const { difference, effects, replay } = await compareTransactionEffects(seed, 400);
			expect(difference).toBe("");
			expect(effects).toBeGreaterThan(600);
			expect(describeReplay(replay)).toBe("");
		}, 60_000);
	}
});

describe("a difference is found", () => {
	const told = Buffer.concat([encode("SET", "k", "v"), encode("DEL", "k")]);

	async function differs(actual: Buffer): Promise<boolean> {
		const watch = new EffectWatch({ take: () => told }, { take: () => actual }, true);
		return (await watch.compare([])) !== undefined;
	}

	test("whatever it is", async () => {
		expect(await differs(told)).toBeFalse();
		expect(await differs(encode("SET", "k", "v"))).toBeTrue();
		expect(await differs(Buffer.concat([told, encode("DEL", "k")]))).toBeTrue();
		expect(await differs(Buffer.concat([encode("DEL", "k"), encode("SET", "k", "v")]))).toBeTrue();
		expect(await differs(Buffer.concat([encode("SET", "k", "w"), encode("DEL", "k")]))).toBeTrue();
		expect(await differs(Buffer.concat([encode("SELECT", "1"), told]))).toBeTrue();
		expect(await differs(Buffer.concat([encode("MULTI"), told, encode("EXEC")]))).toBeTrue();
	});

	test("within seconds moments are the same, and nothing else is", async () => {
		const until = (moment: string) => encode("PEXPIREAT", "k", moment);
		const compare = (expected: Buffer, actual: Buffer) =>
			new EffectWatch({ take: () => expected }, { take: () => actual }).compare([]);
		expect(await compare(until("1795281125994"), until("1795281125000"))).toBeUndefined();
		expect(await compare(until("1795281125994"), until("1795281135994"))).toBeDefined();
		expect(await compare(until("1994"), until("1995"))).toBeDefined();
	});
});

describe.skipIf(missing !== undefined)("a replay that gives other data", () => {
	test("is told, with errors", async () => {
		await using server = await RedisLite.start({});
		const effects = Buffer.concat([encode("SET", "k", "v"), encode("LPUSH", "k", "x")]);
		const { complaints } = await replayEverywhere(effects, await stateOf({ host: "127.0.0.1", port: server.port }));
		for (const lines of complaints.values()) {
			expect(lines[0]).toStartWith("-WRONGTYPE");
			expect(lines[1]).toContain("only in the subject");
		}
		expect([...complaints.keys()]).toEqual(["redis-server", "redis-lite"]);
	}, 60_000);
});
