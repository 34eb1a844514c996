import { genericCommands } from "../../../src/commands/generic.ts";
import { sortedSetCommands } from "../../../src/commands/sorted-set.ts";
import { stringCommands } from "../../../src/commands/string.ts";
import type { CommandRow } from "../../../src/dispatch/command.ts";
import type { Protocol } from "../../differential/source.ts";
import { TestEngine } from "../../support/engine.ts";

export const NULL = "$-1\r\n";
export const EMPTY = "*0\r\n";
export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
export const SYNTAX = "-ERR syntax error\r\n";
export const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
export const NOT_A_FLOAT = "-ERR value is not a valid float\r\n";
export const NO_SCORE_RANGE = "-ERR min or max is not a float\r\n";
export const NO_MEMBER_RANGE = "-ERR min or max not valid string range item\r\n";

export function integer(number: number): string {
	return `:${number}\r\n`;
}

export function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

/** An array of bulk strings, null standing for null. */
export function bulks(...texts: readonly (string | null)[]): string {
	return `*${texts.length}\r\n${texts.map((text) => (text === null ? NULL : bulk(text))).join("")}`;
}

export function wrongArity(name: string): string {
	return `-ERR wrong number of arguments for '${name}' command\r\n`;
}

/** The sorted set commands in an engine, with others to look at what they leave, and what is announced. */
export class SortedSetEngine extends TestEngine {
	private events: string[];

	/** `more` are commands of other groups. */
	constructor(more: readonly CommandRow[] = []) {
		super([
			...sortedSetCommands,
			...stringCommands({ stringBytesMax: () => 512 << 20 }),
			...genericCommands({ isLfuPolicy: () => false, sharesIntegers: () => true, compressesSnapshots: () => true }),
			...more,
		]);
		this.events = [];
		this.keyspace.changes.listen({
			keyChanged: (_, key, start, length, _eventClass, event) => {
				const name = Buffer.from(key.subarray(start, start + length)).toString("latin1");
				this.events.push(`${event} ${name}`);
			},
			databaseChanged() {},
		});
	}

	/** What a command announces, behind by how much it raises the count of changes. */
	effectsOf(...words: (string | number)[]): [dirty: number, ...events: string[]] {
		this.events = [];
		const before = this.keyspace.changes.dirty;
		this.run(...words);
		return [this.keyspace.changes.dirty - before, ...this.events];
	}

	speak(protocol: Protocol): void {
		this.client.protocol = protocol;
	}

	encoding(key: string): string {
		return this.run("OBJECT", "ENCODING", key).split("\r\n")[1]!;
	}

	/** Fills a set with the members "member:000", "member:001" …, whose scores are their numbers. */
	fill(key: string, members: number): void {
		const pairs = Array.from({ length: members }, (_, i) => [i, memberOf(i)]).flat();
		for (let i = 0; i < pairs.length; i += 200) this.run("ZADD", key, ...pairs.slice(i, i + 200));
	}

	/** The elements of an array of bulk strings. */
	list(...words: (string | number)[]): string[] {
		const [header, ...lines] = this.run(...words).split("\r\n");
		if (!header!.startsWith("*")) throw new Error(`not a list: ${header}`);
		return lines.filter((_, i) => i % 2 === 1);
	}
}

export function memberOf(index: number): string {
	return `member:${String(index).padStart(3, "0")}`;
}

/** As many members as make a set of each form: packed, and with an order. */
export const sizes = [5, 500];
