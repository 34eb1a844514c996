/**
 * What ours sends to replicas, beside what a genuine master sends: read by a replica of sorts from both. Of transcripts,
 * of random commands and transactions; and, where there is an append-only file as well, what both write into that.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { RedisLite } from "../../src/index.ts";
import { hasRedisServer, missingRedisServer } from "../support/redis-server.ts";
import { type Address, WireConnection } from "../support/wire.ts";
import { describeReplay, runStreamCampaign } from "./effect-campaign.ts";
import { EffectReader, EffectWatch, ReferenceEffects, SubjectEffects, type Telling } from "./effects.ts";
import { streamGroups } from "./groups/index.ts";
import { type CampaignOptions, describeMismatches } from "./lockstep.ts";
import { quietMaster, ReferenceStream, ReplicaStream, streamDirectives, subjectStream } from "./replica-stream.ts";
import { compareTransactionStreams } from "./transaction-effects.ts";
import { parseTranscript, runTranscript, type Transcript } from "./transcript.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of streams skipped: ${missing}`);
const commandsPerSeed = 6000;
const names = ["effects", "blocking", "generic", "string", "scripting-effects", "replica-effects"];

function transcriptNamed(name: string): Transcript {
	return parseTranscript(readFileSync(new URL(`transcripts/${name}.txt`, import.meta.url), "latin1"));
}

describe.skipIf(missing !== undefined)("the stream alone", () => {
	let reference: ReferenceStream;
	let server: RedisLite;
	let subject: ReplicaStream;

	beforeAll(async () => {
		reference = await ReferenceStream.start();
		server = await RedisLite.start(streamDirectives);
		subject = await subjectStream(server);
	});
	afterAll(async () => {
		subject[Symbol.dispose]();
		await server.stop();
		await reference[Symbol.asyncDispose]();
	});

	for (const name of names) {
		const transcript = transcriptNamed(name);
		test.each(transcript.protocols)(
			`of ${name}.txt in RESP%i`,
			async (protocol) => {
				const watch = new EffectWatch(reference, subject, true);
				await watch.skip();
				const seats = { reference: reference.server, subject: { host: "127.0.0.1", port: server.port } };
				await runTranscript(transcript, protocol, seats);
				expect(await watch.compare(transcript.lines.map(({ args }) => args))).toBeUndefined();
				expect(watch.count).toBeGreaterThan(20);
			},
			60_000,
		);
	}

	for (const seed of [1, 2]) {
		test(`of ${commandsPerSeed} commands, seed ${seed}`, async () => {
			const options: CampaignOptions = { seed, commands: commandsPerSeed, protocol: 2, groups: streamGroups };
			const { result, watch, replay } = await runStreamCampaign(options, seed === 2);
			expect(describeMismatches(result, options)).toBe("");
			expect(describeReplay(replay)).toBe("");
			expect(watch.count).toBeGreaterThan(commandsPerSeed / 5);
		}, 60_000);

		test(`of transactions chosen at random, seed ${seed}`, async () => {
			const { difference, effects, replay } = await compareTransactionStreams(seed, 400);
			expect(difference).toBe("");
			expect(effects).toBeGreaterThan(600);
			expect(describeReplay(replay)).toBe("");
		}, 60_000);
	}
});

describe.skipIf(missing !== undefined)("keys that go by themselves are told", () => {
	const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`);

	async function ends(seat: Address, stream: Telling, isLazy: boolean, isEviction: boolean): Promise<string[]> {
		const connection = await WireConnection.connect(seat);
		const lazy = isLazy ? "yes" : "no";
		const run = async (...words: string[]) => (await connection.command(...words)).text();
		await run("CONFIG", "SET", "lazyfree-lazy-expire", lazy, "lazyfree-lazy-eviction", lazy);
		await run("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
		for (const [i, key] of keys.entries()) {
			await run("SELECT", String(i % 3));
			await run("SET", key, "v", ...(isEviction ? [] : ["PX", "20"]));
		}
		if (isEviction) await run("CONFIG", "SET", "maxmemory", "1");
		for (let database = 0; database < 3; database++) {
			await run("SELECT", String(database));
			while ((await run("DBSIZE")) !== ":0\r\n") await Bun.sleep(10);
		}
		await run("CONFIG", "SET", "maxmemory", "0");
		connection.close();
		const effects = new EffectReader(false).read(await stream.take());
		return effects.map(({ database, args }) => `${database} ${args.join(" ")}`).filter((line) => !line.includes("SET"));
	}

	test.each([
		["expired", false, false],
		["expired lazily", true, false],
		["evicted", false, true],
		["evicted lazily", true, true],
	] as const)(
		"%s, each once, with its database",
		async (_name, isLazy, isEviction) => {
			await using reference = await ReferenceStream.start();
			await using server = await RedisLite.start(streamDirectives);
			using stream = await subjectStream(server);
			const subject = { host: "127.0.0.1", port: server.port };
			const word = isLazy ? "UNLINK" : "DEL";
			const expected = keys.map((key, i) => `${i % 3} ${word} ${key}`).toSorted();
			expect((await ends(reference.server, reference, isLazy, isEviction)).toSorted()).toEqual(expected);
			expect((await ends(subject, stream, isLazy, isEviction)).toSorted()).toEqual(expected);
		},
		60_000,
	);
});

describe.skipIf(missing !== undefined)("the stream and an append-only file", () => {
	test.each(names)(
		"of %s.txt, each with what is for it",
		async (name) => {
			await using file = await ReferenceEffects.start(quietMaster);
			using stream = await ReplicaStream.of(file.server);
			await using server = await RedisLite.start(streamDirectives);
			const ownFile = new SubjectEffects(server);
			using ownStream = await subjectStream(server);
			// In front of brackets around nothing that is for the file Redis says the database of what is not.
			const watches = [new EffectWatch(file, ownFile), new EffectWatch(stream, ownStream, true)];
			const seats = { reference: file.server, subject: { host: "127.0.0.1", port: server.port } };
			const transcript = transcriptNamed(name);
			await runTranscript(transcript, transcript.protocols[0]!, seats);
			for (const watch of watches) {
				expect(await watch.compare(transcript.lines.map(({ args }) => args))).toBeUndefined();
				expect(watch.count).toBeGreaterThan(20);
			}
		},
		60_000,
	);
});
