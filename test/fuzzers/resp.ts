/**
 * Requests, mostly broken ones, in random pieces to a connection: nothing throws, what comes of them is what a plain
 * model reads in them, however they were cut, and no more memory is kept than twice what was sent.
 */
import { assert } from "../../src/bytes/assert.ts";
import type { Random } from "../../src/bytes/random.ts";
import { TestHost } from "../support/connections.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { commandText, toBytes } from "../support/wire.ts";
import { readRequest } from "./resp-model.ts";

/** What a connection may always keep. */
const queryBytesLeast = 16_384;
const words = [
	"",
	"a",
	"key",
	"*1",
	"$3",
	"\r\n",
	"a b",
	"'",
	'"',
	'\\"',
	"\xff\0\n",
	"x".repeat(9),
	"x".repeat(10),
	"0",
];
const typedWords = ["a", "key", '"a b"', "'a b'", '""', '"\\x41\\n\\q"', "'it\\'s'", 'a"b"', "*1", "$3"];
const lengths = [
	"0",
	"1",
	"-1",
	"2",
	"9",
	"10",
	"11",
	"99",
	"100",
	"1000",
	"16385",
	"536870913",
	"2147483648",
	"",
	"x",
];

export const resp: Fuzzer = {
	name: "resp",
	purpose: "mutated requests in random pieces: the model's outcome however cut, bounded memory, no throw",
	smokeRounds: 50_000,
	run(random, rounds) {
		const open = new TestHost();
		const guarded = new TestHost("secret");
		for (let round = 0; round < rounds; round++) {
			// A quarter of the rounds to clients that have not authenticated.
			const isLimited = random.below(4) === 0;
			const host = isLimited ? guarded : open;
			const text = random.below(8) === 0 ? validStream(random) : mutated(random, validStream(random));
			const cuts = Array.from({ length: random.below(6) }, () => random.below(text.length + 1));
			try {
				const whole = outcome(host, text, []);
				const inPieces = outcome(
					host,
					text,
					cuts.toSorted((a, b) => a - b),
				);
				assert(whole === inPieces, `cut at ${cuts}: ${inPieces} instead of ${whole}`);
				const expected = expectedOutcome(text, isLimited);
				assert(expected === undefined || whole === expected, `${whole} instead of ${expected}`);
			} catch (error) {
				throw new Error(`round ${round}, ${JSON.stringify(text.slice(0, 2000))}`, { cause: error });
			}
		}
	},
};

function validStream(random: Random): string {
	let text = "";
	for (let count = 1 + random.below(4); count > 0; count--) {
		const kind = random.below(400);
		if (kind === 0)
			text += commandText(["RECORD", ...Array.from({ length: 70 + random.below(300) }, (_, i) => `${i}`)]);
		else if (kind === 1) text += commandText(["RECORD", "x".repeat(random.below(40_000))]);
		else if (kind < 100)
			text += `RECORD ${several(random, typedWords).join(" ")}${random.below(2) === 0 ? "\r\n" : "\n"}`;
		else text += commandText(["RECORD", ...several(random, words)]);
	}
	return text;
}

function several(random: Random, choices: readonly string[]): string[] {
	return Array.from({ length: random.below(4) }, () => choices[random.below(choices.length)]!);
}

function mutated(random: Random, text: string): string {
	for (let change = 1 + random.below(3); change > 0; change--) text = mutatedOnce(random, text);
	return text;
}

function mutatedOnce(random: Random, text: string): string {
	const at = random.below(text.length + 1);
	const behind = Math.min(text.length, at + 1 + random.below(8));
	const byte = String.fromCharCode(random.below(256));
	switch (random.below(6)) {
		case 0:
			return text.slice(0, at) + byte + text.slice(at + 1);
		case 1:
			return text.slice(0, at) + text.slice(behind);
		case 2:
			return text.slice(0, at) + byte + text.slice(at);
		case 3:
			return text.slice(0, behind) + text.slice(at);
		case 4:
			return text.slice(0, at);
		default:
			return withOtherLength(random, text, at);
	}
}

/** The first count or length from `at` on becomes another one. */
function withOtherLength(random: Random, text: string, at: number): string {
	const behind = text.slice(at);
	return text.slice(0, at) + behind.replace(/([*$])\d+/, `$1${lengths[random.below(lengths.length)]}`);
}

/** What was recorded, and whether and why the connection was ended. */
function outcome(host: TestHost, text: string, cuts: readonly number[]): string {
	const { stream, connection } = host.connect();
	const bytes = toBytes(text);
	host.recorded.length = 0;
	let start = 0;
	for (const cut of [...cuts, bytes.length]) {
		stream.deliver(bytes.subarray(start, cut));
		start = cut;
		const capacity = connection.queryCapacityBytes();
		assert(capacity <= Math.max(queryBytesLeast, 2 * start), `${capacity} bytes kept of ${start}`);
	}
	const answer = stream.take();
	const error = /-ERR Protocol error: (.*)\r\n$/.exec(answer)?.[1];
	assert((error !== undefined) === stream.isClosed, `closed: ${stream.isClosed}, answered ${answer}`);
	// Names that were changed are unknown, and so not recorded: they count as replies.
	const replies = answer.split("\r\n").length - 1;
	if (!stream.isClosed) stream.terminate();
	return `${host.recorded.join("\n")}\n${replies} ${error}`;
}

function expectedOutcome(text: string, isLimited: boolean): string | undefined {
	const request = readRequest(text, isLimited);
	if (request === undefined) return undefined;
	const known = request.commands.filter((command) => command[0]!.toLowerCase() === "record");
	const recorded = isLimited ? [] : known.map((command) => JSON.stringify(command));
	const replies = request.commands.length + (request.error === null ? 0 : 1);
	return `${recorded.join("\n")}\n${replies} ${request.error?.replace(/[\r\n]/g, " ")}`;
}
