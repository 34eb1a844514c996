/**
 * Every transcript of test/differential/transcripts, line by line, in each of its protocols: to the reference and to
 * us, and to two references, between which no line may differ or it could not be trusted.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import type { Address } from "../support/wire.ts";
import { parseTranscript, runTranscript, type Transcript } from "./transcript.ts";

const directory = new URL("transcripts/", import.meta.url);
const transcripts: readonly (readonly [string, Transcript])[] = readdirSync(directory)
	.filter((name) => name.endsWith(".txt"))
	.map((name) => [name, parseTranscript(readFileSync(new URL(name, directory), "latin1"))]);

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`transcripts skipped: ${missing}`);

let reference: RedisServer;
beforeAll(async () => {
	if (missing === undefined) reference = await RedisServer.start();
});
afterAll(() => reference?.stop());

function playAll(subject: () => Address): void {
	for (const [name, transcript] of transcripts) {
		for (const protocol of transcript.protocols) {
			test(`${name} in RESP${protocol}`, async () => {
				const differences = await runTranscript(transcript, protocol, { reference, subject: subject() });
				expect(differences.join("\n")).toBe("");
			}, 60_000);
		}
	}
}

describe.skipIf(missing !== undefined)("reference and subject", () => {
	let subject: Subject;
	beforeAll(async () => {
		subject = await startSubject();
	});
	afterAll(() => subject.stop());
	playAll(() => subject);
});

describe.skipIf(missing !== undefined)("two references", () => {
	let other: RedisServer;
	beforeAll(async () => {
		other = await RedisServer.start();
	});
	afterAll(() => other.stop());
	playAll(() => other);

	/** The numbers of the lines that differ between a server and one that got `command` before. */
	async function differingLines(text: string, command: readonly string[]): Promise<number[]> {
		await using changed = await RedisServer.start(command);
		const differences = await runTranscript(parseTranscript(text), 2, { reference, subject: changed });
		return differences.map((difference) => Number(/^line (\d+):/.exec(difference)![1]));
	}

	test("a line whose reply differs is reported, and only that one", async () => {
		const text = "PING\n\nCONFIG GET hz\n# comment\n% CONFIG GET hz\n? CONFIG GET hz\nGET a";
		expect(await differingLines(text, ["--hz", "20"])).toEqual([3, 6]);
	});

	test("a connection that only one side closes is reported, and the next line starts afresh on both", async () => {
		const tooLong = 'raw "*2\\r\\n$4\\r\\nECHO\\r\\n$1048577\\r\\n{x*1048577}\\r\\n"';
		const text = `PING\n${tooLong}\nPING\nraw "*1\\r\\n$x\\r\\n"\nPING`;
		expect(await differingLines(text, ["--proto-max-bulk-len", "1mb"])).toEqual([2]);
	});
});
