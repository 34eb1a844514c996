/**
 * Users with the same random rules on a genuine redis-server and on ours: the same answers to ACL SETUSER, the same user
 * in ACL GETUSER, and the same decision about random commands, asked for by ACL DRYRUN, met at once, met when a command is
 * queued, and met at EXEC behind a change of the rules.
 *
 * Redis 7.0 shows the commands of a user by the categories that fit them best, 7.2 and we by the rules that were given.
 * So our line of ACL LIST is given to the reference as another user's rules, and the two users there have to be one.
 */
import { Random } from "../../src/bytes/random.ts";
import { CommandTable } from "../../src/dispatch/command-table.ts";
import { commandRows } from "../support/command-rows.ts";
import { describeCommand, quoteAll } from "../support/quoting.ts";
import type { Reply } from "../support/reply.ts";
import { sampleOf } from "../support/sample-commands.ts";
import { type Address, commandText, type Frame, toBytes, WireConnection } from "../support/wire.ts";
import { beginnings, type RuleNames, randomNarrowing, randomRules } from "./acl-rules.ts";
import { Generator, type Group } from "./generate.ts";
import type { Source } from "./source.ts";

export interface DecisionOptions {
	readonly seed: number;
	/** Each with a change of the rules and some commands. */
	readonly rounds: number;
	readonly groups: readonly Group[];
	/** Spoils one answer of the subject in this round, so that the run must fail. */
	readonly canaryRound?: number;
}

export interface DecisionResult {
	/** What is different first, with how to see it again; "" where nothing is. */
	readonly difference: string;
	readonly changes: number;
	/** How often a decision was compared, by way of asking, and how often it was "no". */
	readonly decisions: ReadonlyMap<string, { readonly asked: number; readonly denied: number }>;
}

interface Seats {
	readonly reference: Address;
	readonly subject: Address;
}

/** A connection to each server. */
interface Pair {
	readonly reference: WireConnection;
	readonly subject: WireConnection;
}

class Difference extends Error {}

const USER = "u";
/** What the reference is told of `USER` by the subject. */
const TWIN = "twin";
const COMMANDS_PER_ROUND = 40;
const SAMPLES_PER_ROUND = 15;
/** Every command of ours, subcommands in place of their containers. */
const tableRows = [...new CommandTable(commandRows()).all()].filter(({ subcommands }) => subcommands === null);
/** Commands that end the connection or change who the client is, or whose names are no commands of both servers. */
const NOT_RUN = new Set(
	(
		"quit reset auth hello client subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe multi exec " +
		"discard watch acl shutdown config debug flushall monitor migrate blpop brpop blmove brpoplpush blmpop bzmpop " +
		"bzpopmin bzpopmax xread xreadgroup save bgsave bgrewriteaof wait select swapdb replicaof slaveof failover"
	).split(" "),
);

export async function runDecisions(seats: Seats, options: DecisionOptions): Promise<DecisionResult> {
	const run = new Decisions(seats, options);
	try {
		return await run.run();
	} finally {
		run.disconnect();
	}
}

class Decisions {
	private readonly seats: Seats;
	private readonly options: DecisionOptions;
	private readonly generator: Generator;
	private readonly source: Source;
	private readonly random: Random;
	private readonly decisions: Map<string, { asked: number; denied: number }>;
	private readonly pairs: Pair[];
	private changes: number;
	/** Rules given to the user since it was made. */
	private history: string[];
	private names: RuleNames;
	/** Commands that one server alone knows, or that take another number of words. */
	private unlike: ReadonlySet<string>;

	constructor(seats: Seats, options: DecisionOptions) {
		this.seats = seats;
		this.options = options;
		this.generator = new Generator(options.seed, 2, options.groups);
		this.source = this.generator.source;
		this.decisions = new Map();
		this.pairs = [];
		this.changes = 0;
		this.history = [];
		this.names = { commands: [], categories: [] };
		this.unlike = new Set();
		this.random = new Random(options.seed);
	}

	async run(): Promise<DecisionResult> {
		let difference = "";
		try {
			const admin = await this.connect();
			await this.readNames(admin);
			await both(admin, ["ACL", "DELUSER", USER, TWIN]);
			for (let round = 0; round < this.options.rounds; round++) await this.round(admin, round);
		} catch (failure) {
			if (!(failure instanceof Difference)) throw failure;
			const rules = this.history.map((line) => `  ACL SETUSER ${USER} ${line}`).join("\n");
			difference = `${failure.message}\n${rules}\nseed ${this.options.seed}`;
		}
		return { difference, changes: this.changes, decisions: this.decisions };
	}

	disconnect(): void {
		for (const { reference, subject } of this.pairs) {
			reference.close();
			subject.close();
		}
	}

	private async connect(): Promise<Pair> {
		const [reference, subject] = await Promise.all([
			WireConnection.connect(this.seats.reference),
			WireConnection.connect(this.seats.subject),
		]);
		const pair = { reference, subject };
		this.pairs.push(pair);
		return pair;
	}

	/** Rules name commands that mean the same to both. */
	private async readNames(admin: Pair): Promise<void> {
		const [theirs, ours] = await both(admin, ["COMMAND"]);
		const [expected, actual] = [aritiesOf(theirs.tree()), aritiesOf(ours.tree())];
		const all = new Set([...expected.keys(), ...actual.keys()]);
		this.unlike = new Set([...all].filter((name) => expected.get(name) !== actual.get(name)));
		const [categories] = await both(admin, ["ACL", "CAT"]);
		this.names = {
			commands: [...all].filter((name) => !this.unlike.has(name)).sort(),
			categories: categories.tree().items.map(({ text }) => text),
		};
	}

	private async round(admin: Pair, round: number): Promise<void> {
		if (this.source.chance(10)) {
			const beginning = this.source.choose(beginnings);
			await both(admin, ["ACL", "DELUSER", USER]);
			await both(admin, ["ACL", "SETUSER", USER, ...beginning]);
			this.history = [quoteAll(beginning)];
		}
		await this.change(admin);
		await this.compareUser(admin);
		const commands = this.commands();
		await this.askDry(admin, commands, round === this.options.canaryRound);
		if (!this.source.chance(30)) return;
		const client = await this.connect();
		await both(admin, ["ACL", "SETUSER", USER, "on", "nopass"]);
		this.history.push("on nopass");
		await both(client, ["AUTH", USER, "any"]);
		const runnable = commands.filter((args) => !NOT_RUN.has(args[0]!.toLowerCase()) && !isJudgedOtherwise(args));
		await this.askByRunning(client, runnable.slice(0, 12));
		await this.askInTransaction(admin, client, runnable.slice(12));
		for (const connection of [client.reference, client.subject]) connection.close();
		this.pairs.splice(this.pairs.indexOf(client), 1);
	}

	private async change(admin: Pair, rules: readonly string[] = randomRules(this.source, this.names)): Promise<void> {
		this.history.push(quoteAll(rules));
		this.changes++;
		const [expected, actual] = await both(admin, ["ACL", "SETUSER", USER, ...rules]);
		if (!expected.equals(actual)) this.differ("ACL SETUSER", expected.text(), actual.text());
	}

	private async compareUser(admin: Pair): Promise<void> {
		const [expected, actual] = await both(admin, ["ACL", "GETUSER", USER]);
		const [theirs, ours] = [userOf(expected), userOf(actual)];
		if (theirs.open !== ours.open) this.differ("ACL GETUSER", theirs.open, ours.open);
		const list = await admin.subject.command("ACL", "LIST");
		const line = list.tree().items.find(({ text }) => text.startsWith(`user ${USER} `))?.text;
		if (line === undefined) return;
		const rules = line.split(" ").slice(2);
		const outcome = await admin.reference.command("ACL", "SETUSER", TWIN, "reset", ...rules);
		const twin = userOf(await admin.reference.command("ACL", "GETUSER", TWIN));
		if (outcome.text() !== "+OK\r\n") this.differ("our rules given to the reference", "+OK", outcome.text());
		if (twin.open !== ours.open) this.differ("our rules given to the reference", ours.open, twin.open);
		if (twin.commands !== theirs.commands) this.differ("what our rules allow", theirs.commands, twin.commands);
	}

	private commands(): (readonly string[])[] {
		const commands: (readonly string[])[] = [];
		for (let left = SAMPLES_PER_ROUND; left > 0; left--) {
			const sample = sampleOf(this.source.choose(tableRows), this.random).words;
			if (this.meansTheSame(sample)) commands.push(sample);
		}
		while (commands.length < COMMANDS_PER_ROUND) {
			const step = this.generator.next();
			if (step.kind !== "pipeline") continue;
			for (const { args } of step.commands) {
				const isShort = args.reduce((bytes, word) => bytes + word.length, 0) < 2000;
				// 7.0 names keys in a dry run up to their first zero byte, 7.2 whole.
				if (isShort && this.meansTheSame(args) && !args.some((word) => word.includes("\0"))) commands.push(args);
			}
		}
		return commands;
	}

	/** Whether both servers know the command, and the same number of words for it. */
	private meansTheSame([name = "", subcommand = ""]: readonly string[]): boolean {
		const [container, part] = [name.toLowerCase(), `${name}|${subcommand}`.toLowerCase()];
		return this.names.commands.includes(container) && !this.unlike.has(container) && !this.unlike.has(part);
	}

	private async askDry(admin: Pair, commands: readonly (readonly string[])[], isCanary: boolean): Promise<void> {
		const answers = await pipeline(
			admin,
			commands.map((command) => ["ACL", "DRYRUN", USER, ...command]),
		);
		for (const [index, [expected, actual]] of answers.entries()) {
			const theirs = withoutUser(expected.text());
			const ours = isCanary && index === 0 ? "+spoiled\r\n" : withoutUser(actual.text());
			this.count("ACL DRYRUN", theirs.startsWith("$"));
			if (theirs !== ours && !isJudgedOtherwise(commands[index]!))
				this.differ(`ACL DRYRUN ${USER} ${describeCommand(commands[index]!)}`, theirs, ours);
		}
	}

	private async askByRunning(client: Pair, commands: readonly (readonly string[])[]): Promise<void> {
		for (const [index, [expected, actual]] of (await pipeline(client, commands)).entries()) {
			this.compareDecision("at once", commands[index]!, expected.text(), actual.text());
		}
	}

	private async askInTransaction(admin: Pair, client: Pair, commands: readonly (readonly string[])[]): Promise<void> {
		await both(client, ["MULTI"]);
		const accepted: (readonly string[])[] = [];
		for (const [index, [expected, actual]] of (await pipeline(client, commands)).entries()) {
			this.compareDecision("in MULTI", commands[index]!, expected.text(), actual.text());
			if (expected.text() === "+QUEUED\r\n") accepted.push(commands[index]!);
		}
		// Those alone that were queued, so that EXEC runs them.
		await both(client, ["DISCARD"]);
		await both(client, ["MULTI"]);
		await pipeline(client, accepted);
		const narrowing = randomNarrowing(this.source);
		await this.change(admin, this.source.chance(60) ? narrowing : randomRules(this.source, this.names));
		const [expected, actual] = await both(client, ["EXEC"]);
		const [theirs, ours] = [expected.tree().items, actual.tree().items];
		if (theirs.length !== ours.length) this.differ("EXEC", expected.text(), actual.text());
		for (const [index, item] of theirs.entries()) {
			this.compareDecision("at EXEC", accepted[index]!, errorOf(item), errorOf(ours[index]!));
		}
	}

	private compareDecision(way: string, command: readonly string[], expected: string, actual: string): void {
		const [theirs, ours] = [denialOf(expected), denialOf(actual)];
		this.count(way, theirs !== "");
		if (theirs !== ours) this.differ(`${way}: ${describeCommand(command)}`, expected, actual);
	}

	private count(way: string, isDenied: boolean): void {
		const counts = this.decisions.get(way) ?? { asked: 0, denied: 0 };
		counts.asked++;
		if (isDenied) counts.denied++;
		this.decisions.set(way, counts);
	}

	private differ(what: string, expected: string, actual: string): never {
		throw new Difference(
			`${what}\n  redis-server: ${JSON.stringify(expected)}\n  ours:         ${JSON.stringify(actual)}`,
		);
	}
}

async function both(pair: Pair, args: readonly string[]): Promise<[expected: Frame, actual: Frame]> {
	return Promise.all([pair.reference.command(...args), pair.subject.command(...args)]);
}

async function pipeline(pair: Pair, commands: readonly (readonly string[])[]): Promise<[Frame, Frame][]> {
	const bytes = toBytes(commands.map((args) => commandText(args)).join(""));
	pair.reference.send(bytes);
	pair.subject.send(bytes);
	const [expected, actual] = await Promise.all([
		pair.reference.receive(commands.length),
		pair.subject.receive(commands.length),
	]);
	if (expected.length < commands.length || actual.length < commands.length) {
		const where = Math.min(expected.length, actual.length);
		throw new Difference(
			`no reply to ${describeCommand(commands[where]!)}\n  redis-server: ${pair.reference.condition()}\n` +
				`  ours:         ${pair.subject.condition()}`,
		);
	}
	return expected.map((frame, index) => [frame, actual[index]!]);
}

/** Where the commands that say how many keys they have say so. */
const keyCountAt: Readonly<Record<string, number>> = {
	...Object.fromEntries(
		["sintercard", "zunion", "zinter", "zdiff", "zintercard", "lmpop", "zmpop"].map((name) => [name, 1]),
	),
	...Object.fromEntries(["zunionstore", "zinterstore", "zdiffstore", "blmpop", "bzmpop"].map((name) => [name, 2])),
};

/**
 * PFMERGE of one key alone asks for no right to it in Redis, but does in ours. What is not well formed comes to nothing in
 * either server, so that it does not matter what its keys are: Redis takes a number of keys up to what is no digit, and a
 * BITFIELD that it does not understand for one that writes; ours asks for the keys it can find.
 */
function isJudgedOtherwise([name = "", ...words]: readonly string[]): boolean {
	if (/^pfmerge$/i.test(name)) return words.length === 1;
	if (/^bitfield$/i.test(name)) return !words.some((word) => /^(set|incrby)$/i.test(word));
	const at = keyCountAt[name.toLowerCase()];
	if (at === undefined) return false;
	const count = words[at - 1] ?? "";
	return !/^[1-9]\d*$/.test(count) || Number(count) > words.length - at;
}

/** By name, those of subcommands, too, as COMMAND has them. */
function aritiesOf({ items }: Reply): Map<string, string> {
	return new Map(items.flatMap((item) => [[item.items[0]!.text, item.items[1]!.text], ...aritiesOf(item.items[9]!)]));
}

/** A user in what both versions show alike, and its commands in an order that does not matter. */
function userOf(frame: Frame): { readonly open: string; readonly commands: string } {
	const fields = fieldsOf(frame.tree());
	const commands: string[] = [];
	const selectorOf = (selector: ReadonlyMap<string, Reply>): string => {
		// 7.2 shows first arguments in small letters.
		commands.push((selector.get("commands")?.text ?? "").toLowerCase().split(" ").sort().join(" "));
		// Redis shows it as "~*", which means more, and which it does not take back before other patterns.
		const keys = selector.get("keys")?.text.replaceAll(/%RW~\*(?= |$)/g, "~*");
		return `${keys} / ${selector.get("channels")?.text}`;
	};
	// Since 7.2 a new user has this flag, which says nothing.
	const flags = fields
		.get("flags")
		?.items.map(({ text }) => text)
		.filter((flag) => flag !== "sanitize-payload");
	const passwords = fields.get("passwords")?.items.map(({ text }) => text);
	const root = selectorOf(fields);
	const selectors = fields.get("selectors")?.items.map((item) => selectorOf(fieldsOf(item)));
	return { open: JSON.stringify({ flags, passwords, root, selectors }), commands: commands.join("\n") };
}

function fieldsOf({ items }: Reply): Map<string, Reply> {
	const fields = new Map<string, Reply>();
	for (let i = 0; i < items.length; i += 2) fields.set(items[i]!.text, items[i + 1]!);
	return fields;
}

/** 7.2 names the user; the length of the text follows from that. */
function withoutUser(answer: string): string {
	return answer.replace(/^\$\d+\r\n(This user|User u) has/, "$ has");
}

/** What was denied, as both versions say it; "" where nothing was. */
function denialOf(reply: string): string {
	if (/^-ERR (BY|GET) option of SORT denied/.test(reply)) return reply;
	const [, text] = /^-NOPERM (.*)/.exec(reply) ?? [];
	if (text === undefined) return "";
	const command = /^(?:this user|User u) has no permissions to run the '(.*)' command$/.exec(text);
	if (command !== null) return `command ${command[1]}`;
	if (/access one of the keys|^No permissions to access a key$/.test(text)) return "key";
	if (/access one of the channels|^No permissions to access a channel$/.test(text)) return "channel";
	return text;
}

function errorOf({ kind, text }: Reply): string {
	return kind === "error" ? `-${text}` : "";
}
