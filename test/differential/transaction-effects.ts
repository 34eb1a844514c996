/**
 * What random transactions tell for the append-only file, beside what a genuine redis-server writes into its own: the
 * brackets, the changes of database, and every effect between them; and in the end replayed into fresh servers.
 */
import { RedisLite } from "../../src/index.ts";
import { describeCommand } from "../support/quoting.ts";
import { type Address, commandText, toBytes, WireConnection } from "../support/wire.ts";
import { type Replay, replayEverywhere, stateOf } from "./effect-campaign.ts";
import { EffectWatch, ReferenceEffects, SubjectEffects } from "./effects.ts";
import { fill, reading, type Words, writing } from "./interleave-commands.ts";
import { ReferenceStream, streamDirectives, subjectStream } from "./replica-stream.ts";
import { Source } from "./source.ts";

const commandsMax = 8;

export interface TransactionEffectsResult {
	readonly transactions: number;
	readonly effects: number;
	/** "" where there was none. */
	readonly difference: string;
	readonly replay: Replay;
}

export async function compareTransactionEffects(seed: number, transactions: number): Promise<TransactionEffectsResult> {
	await using reference = await ReferenceEffects.start();
	await using server = await RedisLite.start({ port: 0, save: "", "enable-debug-command": "yes" });
	const subject = { host: "127.0.0.1", port: server.port };
	const watch = new EffectWatch(reference, new SubjectEffects(server), true);
	return await compareTransactions(reference.server, subject, watch, seed, transactions);
}

/** The same of what is sent to replicas. */
export async function compareTransactionStreams(seed: number, transactions: number): Promise<TransactionEffectsResult> {
	await using reference = await ReferenceStream.start();
	await using server = await RedisLite.start(streamDirectives);
	const subject = { host: "127.0.0.1", port: server.port };
	using stream = await subjectStream(server);
	const watch = new EffectWatch(reference, stream, true);
	return await compareTransactions(reference.server, subject, watch, seed, transactions);
}

async function compareTransactions(
	reference: Address,
	subject: Address,
	watch: EffectWatch,
	seed: number,
	transactions: number,
): Promise<TransactionEffectsResult> {
	const connections = [await WireConnection.connect(reference), await WireConnection.connect(subject)];
	const source = new Source(seed, 2);
	let difference = "";
	let done = 0;
	for (const connection of connections) await connection.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
	for (; done < transactions && difference === ""; done++) {
		const commands = source.several(0, commandsMax, () => command(source));
		const given = [["MULTI"], ...commands, ["EXEC"]];
		const replies: string[] = [];
		for (const connection of connections) {
			connection.send(toBytes(given.map(commandText).join("")));
			replies.push((await connection.receive(given.length)).map((frame) => frame.text()).join(""));
		}
		const told = await watch.compare(given);
		const what = commands.map((words) => describeCommand(words)).join("; ");
		if (told !== undefined) difference = `${what}\n  expected  ${told.expected}\n  actual    ${told.actual}`;
		if (replies[0] !== replies[1]) difference = `${what}\n  expected  ${replies[0]}\n  actual    ${replies[1]}`;
	}
	await watch.skip();
	for (const connection of connections) connection.close();
	const replay = await replayEverywhere(Buffer.concat(watch.pieces), await stateOf(subject));
	return { transactions: done, effects: watch.count, difference, replay };
}

function command(source: Source): Words {
	const pick = source.below(100);
	if (pick < 8) return fill(source, "SELECT <db>");
	if (pick < 20) return fill(source, source.choose(reading));
	if (pick < 22) return ["PUBLISH", "c", "message"];
	const words = fill(source, source.choose(writing));
	// What a group told of its readers differs on purpose: allowed-effects.ts has how.
	return /^X(READGROUP|CLAIM|AUTOCLAIM)$/.test(words[0]!) ? ["PING"] : words;
}
