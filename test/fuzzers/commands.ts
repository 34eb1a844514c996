/**
 * Garbage commands to a whole server: names that exist with arguments that do not fit, names that do not exist, frames
 * cut and changed at random. The server must answer every whole command with exactly one well-formed reply, close only
 * what it may close, and go on serving others.
 */
import { assert } from "../../src/bytes/assert.ts";
import type { Random } from "../../src/bytes/random.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { describeCommand } from "../support/quoting.ts";
import { startSubject } from "../support/subject.ts";
import { type Address, commandText, toBytes, WireConnection } from "../support/wire.ts";

const commandsPerRound = 50;

// They end, stop, silence or reroute what the fuzzer talks through, answer more than once, or wait for what never comes.
const forbidden = new Set(
	(
		"shutdown debug client reset quit monitor sync psync replicaof slaveof failover module pfselftest pfdebug " +
		"subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe " +
		"config acl hello auth multi wait waitaof blpop brpop blmove blmpop brpoplpush bzpopmin bzpopmax bzmpop xread " +
		"xreadgroup bgsave save bgrewriteaof migrate script function eval eval_ro evalsha evalsha_ro fcall fcall_ro cluster"
	).split(" "),
);

export const commands: Fuzzer = {
	name: "commands",
	purpose: "random commands and broken frames to a whole server: one reply each, and it stays up",
	smokeRounds: 40,
	async run(random, rounds) {
		await using subject = await startSubject();
		const names = await commandNames(subject);
		for (let round = 0; round < rounds; round++) {
			await wholeCommands(subject, random, names, round);
			await brokenFrames(subject, random, names, round);
		}
	},
};

async function commandNames(address: Address): Promise<string[]> {
	const connection = await WireConnection.connect(address);
	const reply = await connection.command("COMMAND", "LIST");
	connection.close();
	const names = reply.tree().items.map((item) => item.text);
	assert(names.length > 0, "COMMAND LIST names no command");
	return names.filter((name) => !forbidden.has(name) && !name.includes("|"));
}

async function wholeCommands(address: Address, random: Random, names: readonly string[], round: number): Promise<void> {
	const connection = await WireConnection.connect(address);
	const planned = Array.from({ length: commandsPerRound }, () => randomCommand(random, names));
	connection.send(toBytes(planned.map(commandText).join("")));
	const frames = await connection.receive(planned.length);
	const silent = planned[frames.length];
	assert(silent === undefined, `round ${round}: ${connection.condition()} after ${describeCommand(silent ?? [])}`);
	for (const frame of frames) frame.tree();
	await assertServes(connection, round);
}

/** Bytes changed, dropped or doubled anywhere: the connection may be closed, the server may not. */
async function brokenFrames(address: Address, random: Random, names: readonly string[], round: number): Promise<void> {
	const victim = await WireConnection.connect(address);
	const bytes = Array.from(toBytes(commandText(randomCommand(random, names)).repeat(3)));
	for (let change = random.below(4) + 1; change > 0; change--) {
		const position = random.below(bytes.length);
		const kind = random.below(3);
		if (kind === 0) bytes[position] = random.below(256);
		else if (kind === 1) bytes.splice(position, 1 + random.below(5));
		else bytes.splice(position, 0, random.below(256), random.below(256));
	}
	victim.send(Uint8Array.from(bytes));
	// Not a wait for the victim, whose frame may never be complete: only what is read after it must be served.
	await assertServes(await WireConnection.connect(address), round);
	assert(victim.malformed === "", `round ${round}: ${victim.malformed} after ${JSON.stringify(bytes)}`);
	victim.close();
}

async function assertServes(connection: WireConnection, round: number): Promise<void> {
	const echo = await connection.command("ECHO", `round ${round}`);
	assert(echo.tree().text === `round ${round}`, `round ${round}: ECHO answered ${echo.text()}`);
	connection.close();
}

const words =
	"0 1 -1 10 1.5 nan inf 9223372036854775807 -9223372036854775808 9223372036854775808 * ? ( [ - + $ a b c".split(" ");
const options =
	"NX XX GT LT EX PX EXAT PXAT KEEPTTL GET REPLACE DB MATCH COUNT TYPE LEN IDX BY STORE LIMIT WITHSCORES".split(" ");

function randomCommand(random: Random, names: readonly string[]): string[] {
	const name = random.below(20) === 0 ? randomText(random) : names[random.below(names.length)]!;
	return [name, ...Array.from({ length: random.below(7) }, () => randomArgument(random))];
}

function randomArgument(random: Random): string {
	const pick = random.below(10);
	if (pick < 4) return words[random.below(words.length)]!;
	if (pick < 6) return options[random.below(options.length)]!;
	if (pick < 9) return randomText(random);
	return "x".repeat(random.below(3000));
}

function randomText(random: Random): string {
	let text = "";
	for (let length = random.below(12); length > 0; length--) text += String.fromCharCode(random.below(256));
	return text;
}
