/**
 * Several connections in lockstep: in random turns each gives a few commands to both servers, and after every turn all of
 * them have to have heard the same, replies and pushes in one order; another one listens to all keyspace events.
 *
 * In the end of a round the data have to be the same, and how often each command was called, refused and failed.
 *
 * The turns come in rounds, each on an empty server with new connections, so that a round shows again what it has shown
 * once; one that fails is cut down to the turns and commands that it takes.
 */
import { describeCommand } from "../support/quoting.ts";
import { type Address, commandText, WireConnection } from "../support/wire.ts";
import {
	blocking,
	conversing,
	fill,
	interleaveKeys,
	reading,
	refused,
	type Words,
	writing,
} from "./interleave-commands.ts";
import { countReplies, withOwnPushesBehind } from "./own-pushes.ts";
import { Party } from "./party.ts";
import { showReply } from "./report.ts";
import { type Protocol, Source } from "./source.ts";
import { compareStates, readState } from "./state.ts";

export interface InterleavingOptions {
	readonly seed: number;
	readonly rounds: number;
	readonly protocol: Protocol;
	/** In the turn with this number the subject alone is given this command, to prove that it would be noticed. */
	readonly canary?: { readonly round: number; readonly turn: number; readonly command: Words };
}

export interface InterleavingResult {
	readonly commands: number;
	/** Replies and pushes that were compared, keyspace events among them. */
	readonly heard: number;
	/** How often EXEC ran what was queued, and how often it did not because of a watched key. */
	readonly executed: number;
	readonly untouched: number;
	/** "" where there was no difference. */
	readonly difference: string;
	/**
	 * Differences that did not show again: the moment may decide which of two clients who waited goes on first, and how far.
	 */
	readonly chances: readonly string[];
}

export interface Seats {
	readonly reference: Address;
	readonly subject: Address;
}

/** What one connection does at a time. */
interface Turn {
	readonly seat: number;
	readonly commands: readonly Words[];
}

const seatCount = 4;
const silencing = 1;
/** Hears keyspace events, and gives no commands. */
const listener = seatCount;
const turnsPerRound = 60;
const commandsMax = 4;
/** How often a round is played again before a difference counts as chance. */
const attempts = 3;
/** Milliseconds: long enough for Redis not to find that the time was over before it began. */
const soon = "12";
/** Keys with a deadline that near are gone when the next turn begins. */
const passing_ms = 14;

export async function runInterleaving(seats: Seats, options: InterleavingOptions): Promise<InterleavingResult> {
	const source = new Source(options.seed, options.protocol);
	const total = { commands: 0, heard: 0, executed: 0, untouched: 0, chances: [] as string[] };
	for (let round = 0; round < options.rounds; round++) {
		const turns = turnsOf(source);
		const canary = options.canary?.round === round ? options.canary : undefined;
		const outcome = await play(seats, turns, options.protocol, canary);
		total.commands += turns.reduce((sum, { commands }) => sum + commands.length, 0);
		total.heard += outcome.heard;
		total.executed += outcome.executed;
		total.untouched += outcome.untouched;
		if (outcome.difference === "") continue;
		if (canary !== undefined) return { ...total, difference: outcome.difference };
		const least = await shrink(seats, turns.slice(0, outcome.turn + 1), options.protocol);
		if (least === "") total.chances.push(`round ${round}: ${outcome.difference}`);
		else return { ...total, difference: `round ${round} of seed ${options.seed}\n${least}` };
	}
	return { ...total, difference: "" };
}

/** The turns of a round. Which connections have probably begun a transaction is kept, so that some are also ended. */
function turnsOf(source: Source): Turn[] {
	const isQueueing = new Array<boolean>(seatCount).fill(false);
	// One in each round: whose turn comes first where several keys change at once depends on a table in Redis.
	const awaited = source.choose(["l2", "z2", "x2"]);
	return Array.from({ length: turnsPerRound }, () => {
		const seat = source.below(seatCount);
		const commands: Words[] = [];
		if (!isQueueing[seat] && source.chance(30)) {
			if (source.chance(70)) commands.push(fill(source, "WATCH <k> <k>"));
			if (source.chance(70)) commands.push(suited(["MULTI"], seat));
		}
		const count = source.between(1, commandsMax);
		while (commands.length < count && !commands.some(passesTime))
			commands.push(commandFor(source, seat, isQueueing[seat] ? "" : awaited));
		if (isQueueing[seat] && source.chance(40) && !commands.some(passesTime)) commands.push(["EXEC"]);
		for (const [name] of commands) {
			if (name === "MULTI") isQueueing[seat] = true;
			else if (name === "EXEC" || name === "RESET" || name === "DISCARD") isQueueing[seat] = false;
		}
		return { seat, commands };
	});
}

/**
 * What has to be there before, for both servers to do the same: since 7.2 consumers come to be even where they get nothing;
 * Redis does not look whether the time of a key is over that RESTORE and its like replace.
 */
export function withNeeds(words: Words): readonly Words[] {
	const [name, first, second, third] = words;
	const replaces = /STORE$|^(SORT|BITOP|GEORADIUS)$/.test(name!);
	if (replaces) return [["EXISTS", ...words.filter((word) => interleaveKeys.includes(word)), ""], words];
	const key = name === "XREADGROUP" ? words[words.indexOf("STREAMS") + 1]! : first!;
	const [group, consumer] = [second!, third!];
	const isNaming = name === "XREADGROUP" || name === "XCLAIM" || name === "XAUTOCLAIM";
	if (!isNaming) return [words];
	return [["XGROUP", "CREATE", key, group, "0", "MKSTREAM"], ["XGROUP", "CREATECONSUMER", key, group, consumer], words];
}

/** The first connection never waits, so that somebody can always act. */
function commandFor(source: Source, seat: number, awaited: string): Words {
	const pick = source.below(100);
	if (pick < 1) return ["PEXPIRE", source.choose(interleaveKeys.filter((key) => !/[lzx]2/.test(key))), soon];
	if (pick < 55) return fill(source, source.choose(writing));
	if (pick < 65) return fill(source, source.choose(reading));
	if (pick < 71)
		return fill(source, source.choose(seat === 0 ? writing : blocking.filter((line) => line.includes(` ${awaited}`))));
	if (pick < 74) return fill(source, source.choose(refused));
	return suited(fill(source, source.choose(conversing)), seat);
}

/**
 * CLIENT REPLY is for the second connection alone, which begins no transactions: inside one Redis sends a part of the
 * reply to EXEC. Nor does it say QUIT, for Redis leaves a connection open that does so and wants no replies. CLIENT KILL
 * is for the first: by one who waited before, Redis has it killed before the reply is written that was being served.
 */
function suited(words: Words, seat: number): Words {
	const isSilencing = words[1] === "REPLY";
	const isSilent = seat === silencing;
	if (isSilent !== isSilencing && (isSilencing || /^(MULTI|QUIT)$/.test(words[0]!))) return ["PING"];
	return words[1] === "KILL" && seat !== 0 ? ["PING"] : words;
}

/** Behind it the servers may not agree whether a key's time is over, but a little later they will. */
function passesTime([name, , time]: Words): boolean {
	return name === "EXEC" || (name === "PEXPIRE" && time === soon);
}

interface Outcome {
	readonly difference: string;
	readonly turn: number;
	readonly heard: number;
	readonly executed: number;
	readonly untouched: number;
}

/** Plays a round on empty servers. */
async function play(
	seats: Seats,
	turns: readonly Turn[],
	protocol: Protocol,
	canary?: InterleavingOptions["canary"],
): Promise<Outcome> {
	const parties = await Promise.all([
		Party.begin(seats.reference, seatCount + 1),
		Party.begin(seats.subject, seatCount + 1),
	]);
	for (const party of parties) await party.ask("CONFIG", "RESETSTAT");
	const counts = { heard: 0, executed: 0, untouched: 0 };
	try {
		for (const party of parties) {
			party.send(listener, commandText(["PSUBSCRIBE", "__key*__:*"]));
			for (let seat = 0; seat < seatCount; seat++) party.send(seat, commandText(["HELLO", String(protocol)]));
			await party.settle();
		}
		for (const [number, { seat, commands }] of turns.entries()) {
			if (number === canary?.turn) await parties[1].ask(...canary.command);
			for (const party of parties) party.send(seat, commands.flatMap(withNeeds).map(commandText).join(""));
			const [expected, actual] = await Promise.all(parties.map((party) => party.settle()));
			const difference = compare(expected!, actual!);
			const what = `turn ${number}, connection ${seat}: ${commands.map((words) => describeCommand(words)).join("; ")}`;
			if (difference !== "") return { ...counts, turn: number, difference: `${what}\n${difference}` };
			count(counts, expected!, commands);
			for (const party of parties) await party.replaceClosed();
			// Who has waited may have gone on with what was sent before.
			const isQuiet = expected!.every((heard, index) => heard === "" || index === seat);
			if (!isQuiet || commands.some(passesTime)) await Bun.sleep(passing_ms);
		}
		const [theirs, ours] = await Promise.all(parties.map(statisticsOf));
		const numbers = theirs!.flatMap((line, i) => (line === ours![i] ? [] : [`counted ${line}, not ${ours![i]}`]));
		const [reference, subject] = await Promise.all([seats.reference, seats.subject].map(stateOf));
		const differences = compareStates(reference!, subject!).map(({ description }) => description);
		return { ...counts, turn: turns.length - 1, difference: [...numbers, ...differences].join("\n") };
	} finally {
		for (const party of parties) await party.end();
	}
}

/**
 * How often each command was called, refused and failed, and each kind of error. In 7.0 who is unblocked by CLIENT UNBLOCK
 * has failed even where it was told that its time is over, and so has CLIENT UNBLOCK itself.
 */
async function statisticsOf(party: Party): Promise<string[]> {
	const text = await party.ask("INFO", "commandstats", "errorstats");
	const lines = text.split("\r\n").filter((line) => /^(cmdstat|errorstat)_/.test(line));
	return lines
		.map((line) => line.replace(/usec=\d+,usec_per_call=[\d.]+,/, ""))
		.map((line) =>
			/^cmdstat_(b[lrz]|xread:|client\|unblock)/.test(line) ? line.replace(/failed_calls=\d+/, "") : line,
		)
		.sort();
}

async function stateOf(address: Address) {
	const connection = await WireConnection.connect(address);
	try {
		return await readState(connection);
	} finally {
		connection.close();
	}
}

function count(
	counts: { heard: number; executed: number; untouched: number },
	heard: readonly string[],
	commands: readonly Words[],
): void {
	counts.heard += heard.reduce((sum, text) => sum + countReplies(text), 0);
	if (!commands.some(([name]) => name === "EXEC")) return;
	if (heard.some((text) => /(^|\n)\*[1-9]/.test(text))) counts.executed++;
	if (heard.some((text) => /(\*-1|_)\r\n$/.test(text))) counts.untouched++;
}

/** "" where every connection has heard the same. */
function compare(expected: readonly string[], actual: readonly string[]): string {
	for (const [seat, heard] of expected.entries()) {
		const [left, right] = [withoutNames(heard), withoutNames(actual[seat]!)];
		if (left === right || withOwnPushesBehind(left) === right) continue;
		const who = seat === listener ? "the listener" : `connection ${seat}`;
		return `${who} heard\n  expected  ${showReply(left, right)}\n  actual    ${showReply(right, left)}`;
	}
	return "";
}

/** What is another for each server: its version, the ids it gives. */
function withoutNames(text: string): string {
	return text
		.replace(/\r\nid\r\n:\d+/g, "\r\nid\r\n:1")
		.replace(/\r\nversion\r\n\$\d+\r\n[\d.]+/g, "\r\nversion\r\n+7");
}

/** The least that still shows a difference, in words; "" where it does not show again. */
async function shrink(seats: Seats, turns: readonly Turn[], protocol: Protocol): Promise<string> {
	let least = turns;
	let outcome = await play(seats, least, protocol);
	for (let again = 1; outcome.difference === "" && again < attempts; again++) {
		outcome = await play(seats, least, protocol);
	}
	if (outcome.difference === "") return "";
	const attempt = async (candidate: readonly Turn[]): Promise<boolean> => {
		const tried = await play(seats, candidate, protocol);
		if (tried.difference === "") return false;
		least = candidate.slice(0, tried.turn + 1);
		outcome = tried;
		return true;
	};
	for (let size = least.length >> 1; size >= 1; size >>= 1) {
		for (let at = 0; at < least.length; ) {
			if (!(await attempt(least.toSpliced(at, size)))) at += size;
		}
	}
	for (let number = 0; number < least.length; number++) {
		for (let at = 0; at < (least[number]?.commands.length ?? 0) && least[number]!.commands.length > 1; ) {
			const { seat, commands } = least[number]!;
			if (!(await attempt(least.with(number, { seat, commands: commands.toSpliced(at, 1) })))) at++;
		}
	}
	const lines = least.map(
		({ seat, commands }) => `  ${seat}: ${commands.map((words) => describeCommand(words)).join("; ")}`,
	);
	return [...lines, outcome.difference].join("\n");
}
