import { genericCommands } from "../../../src/commands/generic.ts";
import { hashCommands } from "../../../src/commands/hash.ts";
import { stringCommands } from "../../../src/commands/string.ts";
import { Hash } from "../../../src/types/hash.ts";
import { HASH } from "../../../src/types/type.ts";
import type { Protocol } from "../../differential/source.ts";
import { TestEngine } from "../../support/engine.ts";

export const OK = "+OK\r\n";
export const NULL = "$-1\r\n";
export const ONE = ":1\r\n";
export const ZERO = ":0\r\n";
export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
export const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
export const SYNTAX = "-ERR syntax error\r\n";

export function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

/** An array of bulk strings, null standing for null. */
export function bulks(...texts: readonly (string | null)[]): string {
	return `*${texts.length}\r\n${texts.map((text) => (text === null ? NULL : bulk(text))).join("")}`;
}

export function integers(...numbers: readonly number[]): string {
	return `*${numbers.length}\r\n${numbers.map((number) => `:${number}\r\n`).join("")}`;
}

export function wrongArity(name: string): string {
	return `-ERR wrong number of arguments for '${name}' command\r\n`;
}

const hash = new Hash();

/** The hash commands in an engine, with the generic ones to look at what they leave, and what is announced. */
export class HashEngine extends TestEngine {
	private events: string[];

	constructor() {
		super([
			...hashCommands,
			...stringCommands({ stringBytesMax: () => 512 << 20 }),
			...genericCommands({ isLfuPolicy: () => false, sharesIntegers: () => true, compressesSnapshots: () => true }),
		]);
		this.events = [];
		this.keyspace.changes.listen({
			keyChanged: (database, key, start, length, _eventClass, event) => {
				const name = Buffer.from(key.subarray(start, start + length)).toString("latin1");
				this.events.push(database === 0 ? `${event} ${name}` : `${event} ${name} in ${database}`);
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

	/** The events since they were last taken. */
	takeEvents(): string[] {
		const { events } = this;
		this.events = [];
		return events;
	}

	speak(protocol: Protocol): void {
		this.client.protocol = protocol;
	}

	encoding(key: string): string {
		return this.run("OBJECT", "ENCODING", key).split("\r\n")[1]!;
	}

	/** Fills a hash with so many fields, "field:0" with "value:0" and so on, of a form that depends on the number. */
	fill(key: string, fields: number): void {
		const pairs = Array.from({ length: fields }, (_, i) => [`field:${i}`, `value:${i}`]).flat();
		for (let i = 0; i < pairs.length; i += 200) this.run("HSET", key, ...pairs.slice(i, i + 200));
	}

	/** The elements of an array of bulk strings, or of a map. */
	list(...words: (string | number)[]): string[] {
		const [header, ...lines] = this.run(...words).split("\r\n");
		if (!/^[*%]/.test(header!)) throw new Error(`not a list: ${header}`);
		return lines.filter((_, i) => i % 2 === 1);
	}

	/** Checks all structures, and what they have to know of each other. */
	verify(): void {
		const { keyspace } = this;
		for (const database of keyspace.databases) {
			const { table, fieldExpiry } = database;
			table.verify();
			fieldExpiry.verify();
			let held = 0;
			table.forEach((segment, offset) => {
				table.seek(segment, offset);
				if (table.isExternal()) held += table.external().bytesUsed();
				if (table.type() !== HASH) return;
				hash.open(database, keyspace.limits, keyspace.now_ms);
				hash.verify();
				if (hash.deadlineBound() < fieldExpiry.bound_ms()) throw new Error("nobody would come for a field");
			});
			if (held !== table.handles.bytes) throw new Error("bytes outside the slab are miscounted");
		}
	}
}
