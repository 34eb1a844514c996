/**
 * Several connections that listen, publish and change keys in random turns, the same ones to both servers; after each
 * turn every connection has to have received the same, in the same order.
 *
 * Invariant: one connection has commands under way at a time, and after it each is asked for a token: what it received
 * before the token is what it is to receive. What Redis sends in the order of a hash table is put in order first: messages
 * of several patterns that match, and the names that UNSUBSCRIBE without arguments ends.
 */
import { describeCommand } from "../support/quoting.ts";
import { type Address, commandText, encodeCommand, type Frame, toBytes, WireConnection } from "../support/wire.ts";
import { print } from "./compare.ts";
import { showReply } from "./report.ts";
import { Source } from "./source.ts";

export interface ListeningOptions {
	readonly seed: number;
	readonly turns: number;
	/** Before the turn with this number the subject alone is given the command, to prove that it would be noticed. */
	readonly canary?: { readonly turn: number; readonly command: readonly string[] };
}

const seatCount = 5;
const commandsMax = 6;
const names = ["a", "b", "news:1", "news:2", "", "\xff\x00\r\n", "__keyevent@0__:set", "__keyspace@0__:k1"];
const patterns = ["*", "?", "news:*", "news:[2-9]", "__key*__:*", "", "a"];
const keys = ["k1", "k2", ""];

/** The differences found, at most one: after it nothing can be trusted. */
export async function runListening(
	seats: { readonly reference: Address; readonly subject: Address },
	{ seed, turns, canary }: ListeningOptions,
): Promise<string[]> {
	const source = new Source(seed, 2);
	const reference = new Party(seats.reference);
	const subject = new Party(seats.subject);
	try {
		for (const party of [reference, subject]) await party.begin();
		for (let turn = 0; turn < turns; turn++) {
			if (turn === canary?.turn) await subject.once(canary.command);
			const seat = source.below(seatCount);
			const commands = source.several(1, commandsMax, () => command(source, turn));
			const token = `token ${turn}`;
			const [expected, actual] = await Promise.all([
				reference.take(seat, commands, token),
				subject.take(seat, commands, token),
			]);
			for (const [index, lines] of expected.entries()) {
				const [left, right] = [lines.join("\n"), actual[index]!.join("\n")];
				if (left === right) continue;
				const what = commands.map((args) => describeCommand(args)).join("; ");
				const received = `  expected  ${showReply(left, right)}\n  actual    ${showReply(right, left)}`;
				return [`turn ${turn}, connection ${seat}: ${what}\n connection ${index} received\n${received}`];
			}
		}
		return [];
	} finally {
		for (const party of [reference, subject]) await party.end();
	}
}

function command(source: Source, turn: number): readonly string[] {
	const some = (from: readonly string[], low: number, high: number) =>
		source.several(low, high, () => source.choose(from));
	const pick = source.below(100);
	if (pick < 12) return [source.word("SUBSCRIBE"), ...some(names, 1, 3)];
	if (pick < 20) return ["UNSUBSCRIBE", ...some(names, 0, 2)];
	if (pick < 26) return ["PSUBSCRIBE", ...some(patterns, 1, 2)];
	if (pick < 32) return ["PUNSUBSCRIBE", ...some(patterns, 0, 2)];
	if (pick < 36) return ["SSUBSCRIBE", ...some(names, 1, 2)];
	if (pick < 40) return ["SUNSUBSCRIBE", ...some(names, 0, 2)];
	// Each text is another, so that the copies of one message are known from those of the next.
	if (pick < 60)
		return ["PUBLISH", source.choose(names), `${turn}.${source.below(1e9)}${source.letters(source.below(30))}`];
	if (pick < 66) return ["SPUBLISH", source.choose(names), `${turn}.${source.below(1e9)}`];
	if (pick < 70) return ["SET", source.choose(keys), source.choose(["1", "2"])];
	if (pick < 73) return ["DEL", ...some(keys, 1, 3)];
	if (pick < 75) return ["RENAME", source.choose(keys), source.choose(keys)];
	if (pick < 78) return ["GET", source.choose(keys)];
	if (pick < 81) return ["PING", ...some(["", "x"], 0, 2)];
	if (pick < 84) return ["PUBSUB", "NUMSUB", ...names];
	if (pick < 86) return ["PUBSUB", "SHARDNUMSUB", ...names];
	if (pick < 88) return ["PUBSUB", source.choose(["CHANNELS", "SHARDCHANNELS"]), ...some(patterns, 0, 1)];
	if (pick < 90) return ["PUBSUB", "NUMPAT"];
	if (pick < 93) return ["CLIENT", "INFO"];
	if (pick < 97) return ["HELLO", source.choose(["2", "3", "3"])];
	return [source.choose(["RESET", "RESET", "QUIT"])];
}

/** The connections to one server. */
class Party {
	private readonly address: Address;
	private readonly connections: WireConnection[];

	constructor(address: Address) {
		this.address = address;
		this.connections = [];
	}

	async begin(): Promise<void> {
		await this.once(["FLUSHALL"]);
		await this.once(["CONFIG", "SET", "notify-keyspace-events", "KEA"]);
		for (let seat = 0; seat < seatCount; seat++) this.connections.push(await WireConnection.connect(this.address));
	}

	async end(): Promise<void> {
		for (const connection of this.connections) connection.close();
		await this.once(["CONFIG", "SET", "notify-keyspace-events", ""]);
		await this.once(["FLUSHALL"]);
	}

	/** A command on a connection of its own. */
	async once(args: readonly string[]): Promise<void> {
		const connection = await WireConnection.connect(this.address);
		await connection.command(...args);
		connection.close();
	}

	/** Gives the commands to one connection; what each connection received then, in lines. */
	async take(seat: number, commands: readonly (readonly string[])[], token: string): Promise<string[][]> {
		const asked = [this.connections[seat]!, ...this.connections.filter((_, index) => index !== seat)];
		asked[0]!.send(toBytes(commands.map(commandText).join("")));
		const received = new Map<WireConnection, string[]>();
		for (const connection of asked) received.set(connection, await receiveUntil(connection, token));
		const lines = this.connections.map((connection) => received.get(connection)!);
		if (this.connections[seat]!.closed) this.connections[seat] = await WireConnection.connect(this.address);
		return lines;
	}
}

/** Everything up to the reply to a PING with this token: replies, and pushes behind them. */
async function receiveUntil(connection: WireConnection, token: string): Promise<string[]> {
	connection.send(encodeCommand("PING", token));
	const frames: Frame[] = [];
	for (;;) {
		const [frame] = await connection.receive(1);
		if (frame === undefined || frame.text().includes(token)) break;
		frames.push(frame);
	}
	const lines = [...ordered(frames), "pushes:", ...ordered(connection.takePushes())];
	return connection.closed ? [...lines, connection.condition()] : lines;
}

/** One line a frame, those put in order that have none. */
function ordered(frames: readonly Frame[]): string[] {
	const lines: string[] = [];
	for (let from = 0, to = 0; from < frames.length; from = to) {
		const kind = runOf(frames[from]!);
		do to++;
		while (kind !== "" && to < frames.length && runOf(frames[to]!) === kind);
		const run = frames.slice(from, to).map(describeFrame);
		if (kind !== "") run.sort();
		lines.push(...run);
	}
	return lines;
}

/** What the frames have in common whose order does not count; "" where it does. */
function runOf(frame: Frame): string {
	const [word, , channel, text] = frame.tree().items.map((item) => item.text);
	if (word === "pmessage") return `pmessage ${channel} ${text}`;
	return /^[ps]?unsubscribe$/.test(word ?? "") ? word! : "";
}

const stableFields = /^(db|sub|psub|ssub|resp|flags)=/;

function describeFrame(frame: Frame): string {
	const tree = frame.tree();
	const [word, name, count] = tree.items.map((item) => item.text);
	// Which name is the first to go is up to the table, how many are left is not.
	if (/^[ps]?unsubscribe$/.test(word ?? "")) return `${tree.kind} ${word} ${name} ${name === "_" ? count : ""}`;
	if (word === "server") return `${tree.kind} HELLO`;
	if (/^(txt:)?id=\d+ addr=/.test(tree.text))
		return tree.text
			.trim()
			.split(" ")
			.filter((field) => stableFields.test(field))
			.join(" ");
	// Names of channels, in the order of a table, too.
	const isNames = tree.kind === "array" && tree.items.every((item) => names.includes(item.text));
	return isNames ? print(tree, 0) : frame.text();
}
