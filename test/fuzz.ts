/**
 * Every fuzzer, and one command line for all of them:
 *
 *     bun test/fuzz.ts NAME [SEED [ROUNDS]]    one fuzzer; without a seed a new one is drawn and printed
 *     bun test/fuzz.ts --list                  names and purposes
 *     bun test/fuzz.ts --smoke                 each shortly, with a fixed seed, the canary expected to fail
 *
 * A new fuzzer is a file beside the tests of what it attacks (or in test/fuzzers/) and a line in the list below.
 */
import { Random } from "../src/bytes/random.ts";
import { canary } from "./fuzzers/canary.ts";
import { commands } from "./fuzzers/commands.ts";
import { crashes } from "./fuzzers/crashes.ts";
import { resp } from "./fuzzers/resp.ts";
import { restore } from "./fuzzers/restore.ts";
import { restoreReference } from "./fuzzers/restore-reference.ts";
import type { Fuzzer } from "./support/fuzzer.ts";

export const fuzzers: readonly Fuzzer[] = [canary, commands, crashes, resp, restore, restoreReference];

const smokeSeed = 1;

/** Undefined where the fuzzer ran and found nothing; otherwise what it found, and the line that shows it again. */
export async function attempt(fuzzer: Fuzzer, seed: number, rounds: number): Promise<string | undefined> {
	try {
		await fuzzer.run(new Random(seed), rounds);
		return undefined;
	} catch (error) {
		const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
		return `${fuzzer.name} failed: ${what}\nagain: bun test/fuzz.ts ${fuzzer.name} ${seed} ${rounds}`;
	}
}

export function smoke(fuzzer: Fuzzer): Promise<string | undefined> {
	return attempt(fuzzer, smokeSeed, fuzzer.smokeRounds);
}

async function runSmoke(): Promise<number> {
	let failures = 0;
	for (const fuzzer of fuzzers) {
		const missing = fuzzer.missing?.();
		if (missing !== undefined) {
			console.log(`${fuzzer.name}: skipped, ${missing}`);
			continue;
		}
		const failure = await smoke(fuzzer);
		const right = (failure !== undefined) === (fuzzer === canary);
		console.log(`${fuzzer.name}: ${right ? "as expected" : (failure ?? "the canary did not fail")}`);
		if (!right) failures++;
	}
	return failures === 0 ? 0 : 1;
}

async function runOne(name: string, seedText: string | undefined, roundsText: string | undefined): Promise<number> {
	const fuzzer = fuzzers.find((candidate) => candidate.name === name);
	if (fuzzer === undefined) {
		console.error(`no fuzzer ${name}; there are: ${fuzzers.map((candidate) => candidate.name).join(" ")}`);
		return 2;
	}
	const missing = fuzzer.missing?.();
	if (missing !== undefined) {
		console.error(missing);
		return 2;
	}
	const seed = seedText === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(seedText);
	const rounds = roundsText === undefined ? 100 * fuzzer.smokeRounds : Number(roundsText);
	console.log(`${name} ${seed} ${rounds}`);
	const failure = await attempt(fuzzer, seed, rounds);
	console.log(failure ?? "nothing found");
	return failure === undefined ? 0 : 1;
}

if (import.meta.main) {
	const [name, seed, rounds] = process.argv.slice(2);
	if (name === undefined || name === "--list") {
		for (const fuzzer of fuzzers) console.log(`${fuzzer.name.padEnd(20)} ${fuzzer.purpose}`);
		process.exit(0);
	}
	process.exit(name === "--smoke" ? await runSmoke() : await runOne(name, seed, rounds));
}
