/**
 * Transcripts: the same line to both servers. One command a line in redis-cli's quoting; `{x*N}` stands for N times x.
 *
 *     # comment
 *     SET key value            the replies must be the same bytes
 *     ~ TTL key                integers may differ by 5;  ~100 by 100
 *     ? KEYS *                 the elements may come in any order
 *     ?? SCAN 0                the elements of the inner array may
 *     ! FOO                    errors must begin with the same word
 *     % TIME                   the same kind of reply is enough
 *     - CLIENT REPLY OFF       no reply is awaited
 *     <                        awaits one more reply
 *     raw "*1\r\n$3\r\nGET"    bytes as they are, then one reply; `raw*3` three; then a PING that shows whether the
 *                              connection lives
 *     part "*1\r\n"            bytes as they are, no reply is awaited
 *     @2 GET key               on a second connection; {id} and {id:2} are the numbers of the connections
 *     protocol 2               (first line) not in RESP3
 *
 * Invariant: both servers get each line before either gets the next, and a connection one of them closed is closed on
 * both before the next line uses a new one.
 */
import { splitQuoted } from "../support/quoting.ts";
import { type Address, encodeCommand, type Frame, toBytes, WireConnection } from "../support/wire.ts";
import { allowances } from "./allowed.ts";
import {
	agree,
	approximate,
	errorPrefix,
	exact,
	sorted,
	sortedInside,
	sortedPairs,
	typeOnly,
	type Verb,
} from "./compare.ts";
import { clientInfoVerb, helloVerb } from "./groups/connection.ts";
import { debugObjectVerb } from "./groups/server.ts";
import { showReply } from "./report.ts";
import type { Protocol } from "./source.ts";

export interface Line {
	readonly number: number;
	readonly text: string;
	readonly connection: number;
	readonly verb: Verb;
	readonly action: "command" | "raw" | "part" | "await";
	/** How many replies are awaited before the next line. */
	readonly replies: number;
	readonly args: readonly string[];
}

export interface Transcript {
	readonly protocols: readonly Protocol[];
	readonly lines: readonly Line[];
}

const verbOfPrefix: ReadonlyMap<string, Verb> = new Map<string, Verb>([
	["~", approximate(5)],
	["?", sorted],
	["??", sortedInside],
	["!", errorPrefix],
	["%", typeOnly],
]);

export function parseTranscript(text: string): Transcript {
	const lines: Line[] = [];
	let protocols: readonly Protocol[] = [2, 3];
	text.split("\n").forEach((raw, index) => {
		const line = raw.trim();
		if (line === "" || line.startsWith("#")) return;
		const only = /^protocol ([23])$/.exec(line);
		if (only === null) lines.push(parseLine(line, index + 1));
		else protocols = [Number(only[1]) as Protocol];
	});
	return { protocols, lines };
}

function parseLine(text: string, number: number): Line {
	let rest = text;
	let connection = 1;
	const at = /^@(\d+)\s+/.exec(rest);
	if (at !== null) {
		connection = Number(at[1]);
		rest = rest.slice(at[0].length);
	}
	if (rest === "<") return { number, text, connection, verb: exact, action: "await", replies: 1, args: [] };
	let verb: Verb | undefined;
	let replies = 1;
	const prefix = /^(~(\d*)|\?\??|!|%|-)\s+/.exec(rest);
	if (prefix !== null) {
		rest = rest.slice(prefix[0].length);
		if (prefix[1] === "-") replies = 0;
		else verb = prefix[2] ? approximate(Number(prefix[2])) : verbOfPrefix.get(prefix[1]!);
	}
	const args = splitQuoted(rest).map(expand);
	const raw = /^(raw|part)(?:\*(\d+))?$/.exec(args[0] ?? "");
	if (raw !== null) {
		const action = raw[1] as "raw" | "part";
		const count = action === "part" ? 0 : Number(raw[2] ?? 1);
		return { number, text, connection, verb: verb ?? exact, action, replies: count, args: args.slice(1) };
	}
	return { number, text, connection, verb: verb ?? naturalVerb(args), action: "command", replies, args };
}

const expand = (argument: string): string =>
	argument.replace(/\{(.)\*(\d+)\}/g, (_, character: string, count: string) => character.repeat(Number(count)));

/** For replies that hold versions, numbers or addresses, or have no order, whatever the line says. */
function naturalVerb(args: readonly string[]): Verb {
	const [name, subcommand] = args.map((argument) => argument.toUpperCase());
	if (name === "HELLO") return helloVerb;
	if (name === "CLIENT" && subcommand === "INFO") return clientInfoVerb;
	if (name === "DEBUG" && subcommand === "OBJECT") return debugObjectVerb;
	if (name === "CONFIG" && subcommand === "GET") return sortedPairs;
	return exact;
}

/** Every line on which the servers differ, described; nothing is left behind but what the transcript itself leaves. */
export async function runTranscript(
	transcript: Transcript,
	protocol: Protocol,
	seats: { readonly reference: Address; readonly subject: Address },
): Promise<string[]> {
	const reference = new Player(seats.reference, protocol);
	const subject = new Player(seats.subject, protocol);
	const differences: string[] = [];
	for (const line of transcript.lines) {
		const [expected, actual] = await Promise.all([reference.play(line), subject.play(line)]);
		if (!sameOutcome(line, expected, actual)) {
			const [left, right] = [showOutcome(expected), showOutcome(actual)];
			differences.push(
				`line ${line.number}: ${line.text}\n  expected  ${showReply(left, right)}\n  actual    ${showReply(right, left)}`,
			);
		}
		if (expected.closed || actual.closed) {
			reference.drop(line.connection);
			subject.drop(line.connection);
		}
	}
	for (const player of [reference, subject]) await player.end();
	return differences;
}

interface Outcome {
	readonly frames: readonly Frame[];
	readonly closed: boolean;
}

function sameOutcome(line: Line, expected: Outcome, actual: Outcome): boolean {
	if (expected.closed !== actual.closed || expected.frames.length !== actual.frames.length) return false;
	return expected.frames.every((frame, index) => {
		const other = actual.frames[index]!;
		return agree(line.verb, frame, other) || allowances.some((allowance) => allowance.applies(line.args, frame, other));
	});
}

export function showOutcome({ frames, closed }: Outcome): string {
	const replies = frames.map((frame) => frame.text()).join("");
	if (closed) return `${replies}(connection closed)`;
	return replies === "" ? "(no reply)" : replies;
}

interface Playing {
	readonly wire: WireConnection;
	readonly id: string;
}

const patience_ms = 5000;

/** One server's side of a transcript. */
export class Player {
	private readonly address: Address;
	private readonly protocol: Protocol;
	private readonly connections: Map<number, Playing>;

	constructor(address: Address, protocol: Protocol) {
		this.address = address;
		this.protocol = protocol;
		this.connections = new Map();
	}

	async play(line: Line): Promise<Outcome> {
		const { wire } = await this.open(line.connection);
		const args: string[] = [];
		for (const argument of line.args) args.push(await this.substitute(argument, line.connection));
		if (line.action === "command") wire.send(encodeCommand(...args));
		else if (line.action !== "await") wire.send(toBytes(args.join("")));
		const frames = await wire.receive(line.replies, patience_ms);
		if (line.action === "raw" && frames.length === line.replies) {
			// Only after the replies: a server that closed with bytes unread would take its last words back.
			wire.send(encodeCommand("PING"));
			frames.push(...(await wire.receive(1, patience_ms)));
		}
		const closed = line.replies > 0 && wire.closed;
		return { frames, closed };
	}

	/** Forgets a connection, so that the next line that uses it gets a new one. */
	drop(connection: number): void {
		this.connections.get(connection)?.wire.close();
		this.connections.delete(connection);
	}

	async end(): Promise<void> {
		for (const connection of [...this.connections.keys()]) this.drop(connection);
		const { wire } = await this.open(1);
		await wire.command("FLUSHALL");
		this.drop(1);
	}

	private async open(connection: number): Promise<Playing> {
		const known = this.connections.get(connection);
		if (known !== undefined) return known;
		const wire = await WireConnection.connect(this.address);
		if (this.protocol === 3) await wire.command("HELLO", "3");
		const id = (await wire.command("CLIENT", "ID")).tree().text;
		const opened = { wire, id };
		this.connections.set(connection, opened);
		return opened;
	}

	private async substitute(argument: string, connection: number): Promise<string> {
		const match = /\{id(?::(\d+))?\}/.exec(argument);
		if (match === null) return argument;
		const { id } = await this.open(match[1] === undefined ? connection : Number(match[1]));
		return argument.replace(match[0], id);
	}
}
