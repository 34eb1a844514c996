/**
 * Client-side caching of several connections in lockstep: in random turns each gives a few commands to both servers, and
 * after every turn all of them have to have heard the same, invalidations and replies in one order; what INFO counts has
 * to be the same, too.
 *
 * The commands of a turn are sent at once, so that both servers execute them in one cycle of their event loops: what
 * BCAST gathers in a cycle is the same. But ours lets others have their turn when a client's slice of time is over, which
 * on a busy machine it is after any command, and tells then what has changed so far. Where that is all that differs the
 * turn is counted as interrupted, and the keys told and the replies have to be the same each by themselves. So is a turn
 * whose difference does not show again in three plays.
 *
 * In which order a connection hears of one change that several redirect to it is up to the tables of the server, so what
 * those connections hear is compared in the order of its text.
 *
 * Blocking commands are left out: 7.0 tells who waited of its own changes before the reply, 7.2 behind it.
 */
import { describeCommand } from "../support/quoting.ts";
import { type Address, commandText } from "../support/wire.ts";
import { fill, interleaveKeys, reading, type Words, writing } from "./interleave-commands.ts";
import { withNeeds } from "./interleaving.ts";
import { countReplies } from "./own-pushes.ts";
import { Party } from "./party.ts";
import { showReply } from "./report.ts";
import { Source } from "./source.ts";

export interface TrackingOptions {
	readonly seed: number;
	readonly rounds: number;
	/** In this turn the subject alone is given this command, to prove that it would be noticed. */
	readonly canary?: { readonly round: number; readonly turn: number; readonly command: Words };
}

export interface TrackingResult {
	readonly commands: number;
	/** Replies and pushes that were compared, and how many of them were invalidations. */
	readonly heard: number;
	readonly invalidations: number;
	/** Turns in which what was told came at another moment. */
	readonly interrupted: number;
	/** "" where there was no difference. */
	readonly difference: string;
}

interface Seats {
	readonly reference: Address;
	readonly subject: Address;
}

interface Turn {
	readonly seat: number;
	readonly commands: readonly Words[];
}

/** Those that give commands; the second alone may want no replies, and begins no transactions. */
const actingCount = 4;
const silencing = 1;
/** Listens in RESP2, listens in RESP3, and one in RESP3 that comes and goes. */
const channelSeat = 4;
const pushSeat = 5;
const passingSeat = 6;
const seatCount = 7;
const turnsPerRound = 80;
const commandsMax = 7;
/** Keys with a deadline this near are gone when the next turn begins. */
const passing_ms = 4;

const lines = (text: string): readonly string[] => text.trim().split(/\s*\n\s*/);

const redirect = [
	"",
	"",
	"",
	"",
	"",
	"",
	"",
	"REDIRECT {id 4}",
	"REDIRECT {id 5}",
	"REDIRECT {id 6}",
	"REDIRECT 999999",
];
const modes = lines(`
	ON
	ON
	ON NOLOOP
	ON OPTIN
	ON OPTOUT
	ON OPTIN NOLOOP
	ON BCAST
	ON BCAST NOLOOP
	ON BCAST PREFIX s PREFIX l
	ON BCAST PREFIX s1
	ON BCAST PREFIX x PREFIX z1
	ON BCAST PREFIX t NOLOOP
	ON PREFIX s
	ON OPTIN OPTOUT
	OFF
	OFF
`);
const conversing = lines(`
	CLIENT CACHING YES
	CLIENT CACHING YES
	CLIENT CACHING NO
	CLIENT CACHING NO
	CLIENT CACHING maybe
	CLIENT TRACKINGINFO
	CLIENT INFO
	CLIENT GETNAME
	MULTI
	MULTI
	EXEC
	EXEC
	EXEC
	DISCARD
	SELECT 0
	SELECT 1
	HELLO 3
	HELLO 3
	HELLO 3
	HELLO 2
	RESET
	QUIT
	NOSUCH
	CLIENT NOSUCH
	GET
	CLIENT REPLY OFF
	CLIENT REPLY ON
	CLIENT REPLY ON
	CLIENT REPLY SKIP
`);
/** Further ways to read. */
const looking = lines(`
	OBJECT REFCOUNT h1
	SORT_RO <t> ALPHA
	SUBSTR <s> 0 1
	GETRANGE <s> 0 1
	BITCOUNT <s>
	PFCOUNT <s> <s>
	SISMEMBER <t> a
	SINTERCARD 2 <t> <t>
	ZUNION 2 <z> <z>
	ZINTERCARD 2 <z> <t>
	XINFO STREAM <x>
	GETBIT <s> 1
	LINDEX <l> 0
	HSTRLEN <h> f
	XREAD COUNT 1 STREAMS <x> <x> 0 0
	BITFIELD_RO <s> GET u8 0
	GEOPOS <z> a
`);

/** The two servers need not see a command in the same millisecond. */
const timeless = reading.filter((line) => !line.startsWith("PEXPIRETIME"));

export async function runTracking(seats: Seats, options: TrackingOptions): Promise<TrackingResult> {
	const source = new Source(options.seed, 3);
	const total = { commands: 0, heard: 0, invalidations: 0, interrupted: 0 };
	for (let round = 0; round < options.rounds; round++) {
		const first = Array.from({ length: actingCount }, (_, seat) => ({ seat, commands: [tracking(source)] }));
		const turns = [...first, ...Array.from({ length: turnsPerRound }, () => turnOf(source))];
		const canary = options.canary?.round === round ? options.canary : undefined;
		const outcome = await play(seats, turns, canary);
		total.commands += turns.reduce((sum, { commands }) => sum + commands.length, 0);
		total.heard += outcome.heard;
		total.invalidations += outcome.invalidations;
		total.interrupted += outcome.interrupted;
		if (outcome.difference === "") continue;
		if (canary !== undefined) return { ...total, difference: outcome.difference };
		const least = await shrink(seats, turns.slice(0, outcome.turn + 1));
		if (least === "") {
			total.interrupted++;
			continue;
		}
		return { ...total, difference: `round ${round} of seed ${options.seed}\n${least}` };
	}
	return { ...total, difference: "" };
}

function turnOf(source: Source): Turn {
	if (source.chance(2)) return { seat: passingSeat, commands: [["QUIT"]] };
	if (source.chance(2)) {
		const name = source.choose(["SUBSCRIBE", "UNSUBSCRIBE"]);
		return { seat: channelSeat, commands: [[name, "__redis__:invalidate"]] };
	}
	const seat = source.below(actingCount);
	const commands: Words[] = [];
	const count = source.between(1, commandsMax);
	while (commands.length < count && !commands.some(passesTime)) commands.push(commandFor(source, seat));
	return { seat, commands };
}

function commandFor(source: Source, seat: number): Words {
	const pick = source.below(100);
	if (pick < 1) return ["PEXPIRE", source.choose(interleaveKeys), "1"];
	if (pick < 35) return suited(fill(source, source.choose(writing)), seat);
	if (pick < 55) return fill(source, source.choose(timeless));
	if (pick < 80) return fill(source, source.choose(looking));
	if (pick < 85) return tracking(source);
	return suited(source.choose(conversing).split(" "), seat);
}

function tracking(source: Source): Words {
	return ["CLIENT", "TRACKING", ...`${source.choose(modes)} ${source.choose(redirect)}`.trim().split(" ")];
}

/** CLIENT REPLY is for one connection alone: inside a transaction Redis sends a part of the reply to EXEC. */
function suited(words: Words, seat: number): Words {
	const isSilencing = words[1] === "REPLY";
	const isSilent = seat === silencing;
	if (isSilent !== isSilencing && (isSilencing || /^(MULTI|QUIT)$/.test(words[0]!))) return ["PING"];
	return words;
}

/** Behind it the servers may not agree whether a key's time is over, but a little later they will. */
function passesTime([name, , time]: Words): boolean {
	return name === "EXEC" || (name === "PEXPIRE" && time === "1");
}

interface Outcome {
	readonly difference: string;
	readonly turn: number;
	readonly heard: number;
	readonly invalidations: number;
	readonly interrupted: number;
}

async function play(seats: Seats, turns: readonly Turn[], canary?: TrackingOptions["canary"]): Promise<Outcome> {
	const parties = await Promise.all([Party.begin(seats.reference, seatCount), Party.begin(seats.subject, seatCount)]);
	const counts = { heard: 0, invalidations: 0, interrupted: 0 };
	try {
		for (const party of parties) {
			for (let seat = 0; seat < seatCount; seat++) {
				if (seat !== channelSeat) party.send(seat, commandText(["HELLO", "3"]));
			}
			party.send(channelSeat, commandText(["SUBSCRIBE", "__redis__:invalidate"]));
			// One that always tracks: when the last one goes we forget everything, and Redis does not.
			party.send(pushSeat, commandText(["CLIENT", "TRACKING", "ON"]));
			await party.settle();
		}
		for (const [number, { seat, commands }] of turns.entries()) {
			if (number === canary?.turn) await parties[1].ask(...canary.command);
			for (const party of parties) party.send(seat, commands.flatMap(withNeeds).map(commandText).join(""));
			const [expected, actual] = await Promise.all(parties.map((party) => party.settle()));
			const [left, right] = await Promise.all(parties.map(countsOf));
			let difference = compare(expected!, actual!);
			if (difference !== "" && compare(expected!.map(apart), actual!.map(apart)) === "") {
				counts.interrupted++;
				difference = "";
			}
			if (difference === "" && left !== right) difference = `INFO says\n  expected  ${left}\n  actual    ${right}`;
			if (difference !== "") return { ...counts, turn: number, difference };
			for (const text of expected!) {
				counts.heard += countReplies(text);
				counts.invalidations += text.split("invalidate\r\n").length - 1;
			}
			for (const party of parties) {
				const isGone = expected![passingSeat]!.endsWith("(closed)");
				await party.replaceClosed();
				if (isGone) party.send(passingSeat, commandText(["HELLO", "3"]));
			}
			if (commands.some(passesTime)) await Bun.sleep(passing_ms);
		}
		return { ...counts, turn: turns.length - 1, difference: "" };
	} finally {
		for (const party of parties) await party.end();
	}
}

async function countsOf(party: Party): Promise<string> {
	const text = (await party.ask("INFO", "clients")) + (await party.ask("INFO", "stats"));
	return [...text.matchAll(/tracking_\w+:\d+/g)].join(" ");
}

/** "" where every connection has heard the same. */
function compare(expected: readonly string[], actual: readonly string[]): string {
	for (const [seat, heard] of expected.entries()) {
		const [left, right] = [heard, actual[seat]!].map((text) => (seat < actingCount ? plain(text) : inOrder(text)));
		if (left === right) continue;
		return `connection ${seat} heard\n  expected  ${showReply(left!, right!)}\n  actual    ${showReply(right!, left!)}`;
	}
	return "";
}

/** The replies, and behind them the keys that were told, each once. */
function apart(text: string): string {
	const told = new Set<string>();
	let replies = "";
	for (let rest = text; rest !== ""; ) {
		const head = /^>2\r\n\$10\r\ninvalidate\r\n(?:\*(\d+)\r\n|_\r\n|\$-1\r\n)/.exec(rest);
		if (head === null) {
			replies += rest[0];
			rest = rest.slice(1);
			continue;
		}
		rest = rest.slice(head[0].length);
		if (head[1] === undefined) told.add("everything");
		for (let left = Number(head[1] ?? 0); left > 0; left--) {
			const key = /^\$\d+\r\n[^\r]*\r\n/.exec(rest)![0];
			told.add(key);
			rest = rest.slice(key.length);
		}
	}
	return `${replies}(told) ${[...told].sort().join("")}`;
}

function inOrder(text: string): string {
	return plain(text)
		.split(/(?=[>*][23]\r\n\$(?:10\r\ninval|7\r\nmess|21\r\ntrack))/)
		.sort()
		.join("");
}

/** Without what is another for each server: its version, the ids it gives. */
function plain(text: string): string {
	return text
		.replace(/(\$2\r\nid\r\n):\d+/g, "$1")
		.replace(/\$7\r\nversion\r\n\$\d+\r\n[\d.]+/g, "version")
		.replace(/((?:redirect|tracking-redir-broken)\r\n):[1-9]\d*/g, "$1:id")
		.replace(/[$=]\d+\r\n(txt:)?id=\d+ .* flags=(\w+) .* redir=(-?\d)\d* .*\n\r\n/g, (_, _kind, flags, redir) => {
			// Inside EXEC Redis says so.
			return `flags=${flags.replace(/^x$/, "N").replace("x", "")} redir=${redir > 0 ? "id" : redir}\r\n`;
		});
}

/**
 * The least that still shows a difference, in words; "" where it does not show again: an interruption may also come between
 * a change and the end of tracking.
 */
async function shrink(seats: Seats, turns: readonly Turn[]): Promise<string> {
	let least = turns;
	let outcome = await play(seats, least);
	for (let again = 0; again < 2 && outcome.difference === ""; again++) outcome = await play(seats, least);
	if (outcome.difference === "") return "";
	const attempt = async (candidate: readonly Turn[]): Promise<boolean> => {
		const tried = await play(seats, candidate);
		if (tried.difference === "") return false;
		least = candidate.slice(0, tried.turn + 1);
		outcome = tried;
		return true;
	};
	for (let size = least.length >> 1; size >= 1; size >>= 1) {
		for (let at = 0; at < least.length; ) if (!(await attempt(least.toSpliced(at, size)))) at += size;
	}
	for (let number = 0; number < least.length; number++) {
		for (let at = 0; at < (least[number]?.commands.length ?? 0) && least[number]!.commands.length > 1; ) {
			const { seat, commands } = least[number]!;
			if (!(await attempt(least.with(number, { seat, commands: commands.toSpliced(at, 1) })))) at++;
		}
	}
	const told = least.map(
		({ seat, commands }) => `  ${seat}: ${commands.map((words) => describeCommand(words)).join("; ")}`,
	);
	return `${told.join("\n")}\n${outcome.difference}`;
}
