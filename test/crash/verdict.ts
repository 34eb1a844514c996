/**
 * Whether what is there after a crash may be there. Each client wrote to keys of its own, in order, so its keys must be
 * what a prefix of its commands makes of them, all that must not be lost included; and between clients: where a command
 * is there that was sent when another had been answered, the other must be there, too.
 */
import type { Random } from "../../src/bytes/random.ts";
import type { Reply } from "../support/reply.ts";
import { Model, sortedPairs, textOfKey, type Words } from "./model.ts";
import { Workload } from "./workload.ts";

/** A moment of a campaign: a time, and a number that tells apart what happened at that time. */
export interface Moment {
	readonly at_ms: number;
	readonly order: number;
}

/** One client: what it sent since the last crash, and which of it was answered. */
export class Writer {
	readonly name: string;
	/** Its keys as they were found after the last crash. */
	readonly base: Model;
	readonly sent: Words[];
	readonly sentAt: Moment[];
	readonly answeredAt: Moment[];
	private readonly workload: Workload;

	constructor(random: Random, name: string, now_ms: (() => number) | null = null) {
		this.name = name;
		this.base = new Model();
		this.sent = [];
		this.sentAt = [];
		this.answeredAt = [];
		this.workload = new Workload(random, name, now_ms);
	}

	/** The next command, sent at that moment. */
	send(moment: Moment): Words {
		const words = this.workload.next();
		this.sent.push(words);
		this.sentAt.push(moment);
		return words;
	}

	/** A command that was refused has changed nothing, and never will. */
	answered(moment: Moment, isRefused = false): void {
		const index = this.answeredAt.length;
		if (index === this.sent.length) throw new Error(`${this.name} was answered too often`);
		if (isRefused) this.sent[index] = [];
		this.answeredAt.push(moment);
	}

	/** Goes on from what so many commands made; the rest was lost. */
	goOnFrom(count: number): void {
		for (const words of this.sent.slice(0, count)) this.base.apply(words);
		this.sent.length = 0;
		this.sentAt.length = 0;
		this.answeredAt.length = 0;
	}

	/** How many were answered before that. */
	answeredBefore(isBefore: (moment: Moment) => boolean): number {
		const index = this.answeredAt.findIndex((moment) => !isBefore(moment));
		return index < 0 ? this.answeredAt.length : index;
	}
}

/** What to ask to see the whole state, after the names of all keys are known. */
export function stateQueries(keys: readonly string[]): Words[] {
	return keys.flatMap((key) => [readingOf(key), ["PEXPIRETIME", key]]);
}

function readingOf(key: string): Words {
	switch (key.split(":")[1]) {
		case "list":
			return ["LRANGE", key, "0", "-1"];
		case "hash":
			return ["HGETALL", key];
		case "set":
			return ["SMEMBERS", key];
		case "zset":
			return ["ZRANGE", key, "0", "-1", "WITHSCORES"];
		default:
			return ["GET", key];
	}
}

/** The state from the answers to `stateQueries`. */
export function stateFrom(keys: readonly string[], replies: readonly Reply[]): Map<string, string> {
	const state = new Map<string, string>();
	for (const [index, key] of keys.entries()) {
		const value = replies[2 * index]!;
		const deadline = Number(replies[2 * index + 1]!.text);
		if (deadline === -2) continue;
		const texts = value.items.map((item) => item.text);
		const kind = readingOf(key)[0]!;
		if (value.kind === "error") state.set(key, value.text);
		else if (kind === "GET") state.set(key, textOfKey(value.text, deadline));
		else if (kind === "LRANGE") state.set(key, textOfKey(texts, deadline));
		else if (kind === "SMEMBERS") state.set(key, textOfKey(texts.sort(), deadline));
		else state.set(key, textOfKey(sortedPairs(texts), deadline));
	}
	return state;
}

export interface Verdict {
	/** Empty where everything is as it must be. */
	readonly problems: readonly string[];
	/** How many commands of each writer are there. */
	readonly counts: readonly number[];
	/** How many were answered and are not there. */
	readonly lost: number;
}

export interface Bounds {
	/** What was answered then must be there. */
	readonly isKept: (moment: Moment) => boolean;
	/** What was sent from then on cannot be there, as where only a snapshot of that time is. */
	readonly orderEnd?: number;
	/** When the state was read. */
	readonly now_ms: number;
}

export function judge(writers: readonly Writer[], state: ReadonlyMap<string, string>, bounds: Bounds): Verdict {
	const { isKept, orderEnd = Infinity, now_ms } = bounds;
	const problems: string[] = [];
	const found = writers.map((writer) => {
		const least = writer.answeredBefore(isKept);
		const prefixes = matchingPrefixes(writer, state, now_ms, least) ?? matchingPrefixes(writer, state, now_ms, 0);
		if (prefixes === null) problems.push(noPrefix(writer, state, now_ms));
		else if (prefixes.last < least) {
			problems.push(`${writer.name}: ${prefixes.last} commands are there, ${least} were answered and must be`);
		} else {
			const most = writer.sentAt.filter(({ order }) => order < orderEnd).length;
			if (prefixes.first > most)
				problems.push(`${writer.name}: ${prefixes.first} commands are there, at most ${most} may`);
		}
		return prefixes ?? { first: 0, last: writer.sent.length };
	});
	for (const [name, text] of state) {
		if (!writers.some((writer) => name.startsWith(`${writer.name}:`)))
			problems.push(`a key from nowhere: ${name} ${text}`);
	}
	if (problems.length === 0) problems.push(...inconsistencies(writers, found));
	const counts = found.map(({ last }) => last);
	const lost = writers.map((writer, index) => Math.max(0, writer.answeredAt.length - counts[index]!));
	return { problems, counts, lost: lost.reduce((sum, count) => sum + count, 0) };
}

interface Prefixes {
	readonly first: number;
	readonly last: number;
}

/** The shortest and the longest prefix of at least so many commands that make the state; null where none does. */
function matchingPrefixes(
	writer: Writer,
	state: ReadonlyMap<string, string>,
	now_ms: number,
	least: number,
): Prefixes | null {
	const model = writer.base.copy();
	for (const words of writer.sent.slice(0, least)) model.apply(words);
	const isRight = (key: string) => (model.text(key, now_ms) ?? undefined) === state.get(key);
	const different = new Set(keysOf(writer, model, state).filter((key) => !isRight(key)));
	let first = -1;
	let last = -1;
	for (let count = least; count <= writer.sent.length; count++) {
		if (different.size === 0) {
			if (first < 0) first = count;
			last = count;
		}
		const words = writer.sent[count];
		if (words === undefined) break;
		for (const key of model.apply(words)) {
			if (isRight(key)) different.delete(key);
			else different.add(key);
		}
	}
	return first < 0 ? null : { first, last };
}

function keysOf(writer: Writer, model: Model, state: ReadonlyMap<string, string>): string[] {
	return [...new Set([...model.keys(), ...state.keys()])].filter((key) => key.startsWith(`${writer.name}:`));
}

/** The keys that are wrong, seen from the prefix that comes closest. */
function noPrefix(writer: Writer, state: ReadonlyMap<string, string>, now_ms: number): string {
	let closest = { count: 0, different: [] as string[] };
	const model = writer.base.copy();
	for (let count = 0; count <= writer.sent.length; count++) {
		const keys = keysOf(writer, model, state);
		const different = keys.filter((key) => (model.text(key, now_ms) ?? undefined) !== state.get(key));
		if (count === 0 || different.length <= closest.different.length) {
			const told = different.slice(0, 3).map((key) => described(key, model.text(key, now_ms), state.get(key)));
			closest = { count, different: different.length > 3 ? [...told, ...different.slice(3)] : told };
		}
		if (count < writer.sent.length) model.apply(writer.sent[count]!);
	}
	const around = writer.sent.slice(Math.max(0, closest.count - 2), closest.count + 2);
	return (
		`${writer.name}: no prefix of its ${writer.sent.length} commands (${writer.answeredAt.length} answered) makes this; ` +
		`the first ${closest.count} come closest but for ${closest.different.join("; ")}; ` +
		`around it: ${around.map((words) => JSON.stringify(words).slice(0, 100)).join(" ")}`
	);
}

function described(key: string, expected: string | null, actual: string | undefined): string {
	const short = (text: string | null | undefined) => {
		if (text === null || text === undefined) return "nothing";
		return text.length < 160 ? text : `${text.slice(0, 80)}…${text.slice(-70)} (${text.length})`;
	};
	return `${key}: expected ${short(expected)}, found ${short(actual)}`;
}

function inconsistencies(writers: readonly Writer[], found: readonly Prefixes[]): string[] {
	const problems: string[] = [];
	for (const [index, writer] of writers.entries()) {
		const { first } = found[index]!;
		if (first === 0) continue;
		const sent = writer.sentAt[first - 1]!;
		for (const [otherIndex, other] of writers.entries()) {
			const least = other.answeredBefore((moment) => moment.order < sent.order);
			if (found[otherIndex]!.last >= least) continue;
			problems.push(
				`${writer.name} has ${first} commands, the last sent when ${other.name} had ${least} answered, ` +
					`of which ${found[otherIndex]!.last} are there`,
			);
		}
	}
	return problems;
}
