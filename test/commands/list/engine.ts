import { genericCommands } from "../../../src/commands/generic.ts";
import { listCommands } from "../../../src/commands/list.ts";
import { stringCommands } from "../../../src/commands/string.ts";
import { TestEngine } from "../../support/engine.ts";

export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
export const SYNTAX = "-ERR syntax error\r\n";
export const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
export const OK = "+OK\r\n";
export const NULL = "$-1\r\n";
export const NULL_ARRAY = "*-1\r\n";
export const EMPTY = "*0\r\n";
/** Elements that lie in the slab, and elements that fill several blocks. */
export const fillers: readonly string[] = ["", "x".repeat(500)];

export function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

export function array(...items: string[]): string {
	return `*${items.length}\r\n${items.map(bulk).join("")}`;
}

export function wrongArity(name: string): string {
	return `-ERR wrong number of arguments for '${name}' command\r\n`;
}

/** `prefix` with the numbers from one up to but without the other. */
export function range(from: number, to: number, prefix = ""): string[] {
	return Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`);
}

/** The list commands in an engine, with those that look at keys from outside. */
export class ListEngine extends TestEngine {
	private events: string[] = [];

	constructor() {
		super([
			...stringCommands({ stringBytesMax: () => 512 << 20 }),
			...genericCommands({ isLfuPolicy: () => false, sharesIntegers: () => true, compressesSnapshots: () => true }),
			...listCommands,
		]);
		this.keyspace.changes.listen({
			keyChanged: (_database, key, start, length, eventClass, event) => {
				const name = Buffer.from(key.subarray(start, start + length)).toString("latin1");
				this.events.push(`${name}:${event}:${Math.log2(eventClass)}`);
			},
			databaseChanged() {},
		});
		this.run("SET", "string", "x");
	}

	/** A list of these elements, the first one at its head. */
	fill(key: string, ...elements: string[]): void {
		this.run("DEL", key);
		if (elements.length > 0) this.run("RPUSH", key, ...elements);
	}

	/** The reply to LRANGE of all of it. */
	all(key: string): string {
		return this.run("LRANGE", key, 0, -1);
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
}
