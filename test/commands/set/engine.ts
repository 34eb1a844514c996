import { genericCommands } from "../../../src/commands/generic.ts";
import { setCommands } from "../../../src/commands/set.ts";
import { stringCommands } from "../../../src/commands/string.ts";
import { TestEngine } from "../../support/engine.ts";

export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
export const SYNTAX = "-ERR syntax error\r\n";
export const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
export const NULL = "$-1\r\n";
export const EMPTY = "*0\r\n";

export function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

export function array(...items: string[]): string {
	return `*${items.length}\r\n${items.map(bulk).join("")}`;
}

export function wrongArity(name: string): string {
	return `-ERR wrong number of arguments for '${name}' command\r\n`;
}

/** Whole numbers as texts, from one up to but without the other. */
export function range(from: number, to: number): string[] {
	return Array.from({ length: to - from }, (_, i) => String(from + i));
}

/** The strings of an array or set reply, in the order they came; the header must count them. */
export function members(reply: string): string[] {
	const lines = reply.split("\r\n");
	const items: string[] = [];
	let at = lines[0]!.length + 2;
	while (at < reply.length) {
		const end = reply.indexOf("\r\n", at);
		const length = Number(reply.slice(at + 1, end));
		items.push(reply.slice(end + 2, end + 2 + length));
		at = end + 4 + length;
	}
	if (!/^[*~]/.test(reply) || Number(lines[0]!.slice(1)) !== items.length) throw new Error(`no list: ${reply}`);
	return items;
}

/** The set commands in an engine, with those that look at keys from outside. */
export class SetEngine extends TestEngine {
	private events: string[] = [];

	constructor() {
		super([
			...stringCommands({ stringBytesMax: () => 512 << 20 }),
			...genericCommands({ isLfuPolicy: () => false, sharesIntegers: () => true, compressesSnapshots: () => true }),
			...setCommands,
		]);
		this.keyspace.changes.listen({
			keyChanged: (_database, key, start, length, eventClass, event) => {
				const name = Buffer.from(key.subarray(start, start + length)).toString("latin1");
				this.events.push(`${name}:${event}:${Math.log2(eventClass)}`);
			},
			databaseChanged() {},
		});
	}

	/** The members of a reply, sorted. */
	sorted(...words: (string | number)[]): string[] {
		return members(this.run(...words)).sort();
	}

	/** "" where there is no such key. */
	encoding(key: string): string {
		return this.run("OBJECT", "ENCODING", key).split("\r\n")[1] ?? "";
	}

	/** What a command announces, with the class of each event, behind by how much it raises the count of changes. */
	effectsOf(...words: (string | number)[]): [dirty: number, ...events: string[]] {
		this.events = [];
		const before = this.keyspace.changes.dirty;
		this.run(...words);
		return [this.keyspace.changes.dirty - before, ...this.events];
	}

	/** Hits and misses that a command counts. */
	lookups(...words: (string | number)[]): [hits: number, misses: number] {
		const { hits, misses } = this.keyspace;
		this.run(...words);
		return [this.keyspace.hits - hits, this.keyspace.misses - misses];
	}
}
