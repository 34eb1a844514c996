import { expect } from "bun:test";
import { streamCommands } from "../../../src/commands/stream.ts";
import { stringCommands } from "../../../src/commands/string.ts";
import type { Stream } from "../../../src/types/stream.ts";
import { STREAM } from "../../../src/types/type.ts";
import { TestEngine } from "../../support/engine.ts";

export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
export const SYNTAX = "-ERR syntax error\r\n";
export const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
export const INVALID_ID = "-ERR Invalid stream ID specified as stream command argument\r\n";
export const OK = "+OK\r\n";
export const ID_MAX = "18446744073709551615-18446744073709551615";

/** What a reply says: a map is one in RESP3 and a flat array in RESP2. */
export type Said = string | number | bigint | null | readonly Said[] | ReadonlyMap<string, Said> | NullArray;

/** A null that stands for an array. */
class NullArray {
	readonly isNullArray = true;
}

export const NO_ARRAY = new NullArray();

export function map(fields: Record<string, Said>): ReadonlyMap<string, Said> {
	return new Map(Object.entries(fields));
}

/** An entry as replies show it: its id, its fields and values. */
export function entry(id: string, ...strings: string[]): Said {
	return [id, strings.length === 0 ? ["f", "v"] : strings];
}

/** The stream commands in an engine, with a look behind the replies. Every stream is checked after every command. */
export class StreamEngine extends TestEngine {
	private events: string[] = [];

	constructor(protocol = 2) {
		super([...stringCommands({ stringBytesMax: () => 2 ** 29 }), ...streamCommands]);
		this.client.protocol = protocol;
		this.keyspace.changes.listen({
			keyChanged: (_database, key, start, length, _eventClass, event) => {
				this.events.push(`${event} ${Buffer.from(key.subarray(start, start + length)).toString("latin1")}`);
			},
			databaseChanged() {},
		});
	}

	override run(...words: (string | number)[]): string {
		const reply = super.run(...words);
		this.verify();
		return reply;
	}

	/** Expects a reply, to the byte. */
	expect(command: string, said: Said): void {
		expect(this.run(...command.split(" "))).toBe(this.wire(said));
	}

	/** As `expect`, of a command whose reply is an error. */
	expectError(command: string, text: string): void {
		expect(this.run(...command.split(" "))).toBe(`-${text}\r\n`);
	}

	/** Adds entries with these ids, and a field `f` with the value `v` each. */
	add(key: string, ...ids: string[]): void {
		for (const id of ids) this.expect(`XADD ${key} ${id} f v`, id);
	}

	wire(said: Said): string {
		const isThird = this.client.protocol === 3;
		if (said === NO_ARRAY) return isThird ? "_\r\n" : "*-1\r\n";
		if (said === null) return isThird ? "_\r\n" : "$-1\r\n";
		if (typeof said === "number" || typeof said === "bigint") return `:${said}\r\n`;
		if (typeof said === "string") return `$${said.length}\r\n${said}\r\n`;
		if (said instanceof Map) {
			const fields = [...said].map(([name, value]) => this.wire(name) + this.wire(value)).join("");
			return `${isThird ? `%${said.size}` : `*${2 * said.size}`}\r\n${fields}`;
		}
		const items = said as readonly Said[];
		return `*${items.length}\r\n${items.map((item) => this.wire(item)).join("")}`;
	}

	/** What XREAD says of streams: a map in RESP3, pairs in RESP2. */
	streams(...pairs: [name: string, entries: Said][]): Said {
		return this.client.protocol === 3 ? new Map(pairs) : pairs;
	}

	/** The events since they were last taken, "xadd s" each, and by how much the count of changes grew. */
	takeChanges(): { events: string[]; dirty: number } {
		const { events } = this;
		const { dirty } = this.keyspace.changes;
		this.events = [];
		this.keyspace.changes.dirty = 0;
		return { events, dirty };
	}

	private verify(): void {
		for (const { table } of this.keyspace.databases) {
			let bytes = 0;
			table.forEach((segment, offset) => {
				table.seek(segment, offset);
				if (!table.isExternal()) return;
				bytes += table.external().bytesUsed();
				if (table.type() === STREAM) (table.external() as Stream).verify();
			});
			expect(table.handles.bytes).toBe(bytes);
		}
	}
}
