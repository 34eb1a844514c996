import { stringCommands } from "../../src/commands/string.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";
import type { Database } from "../../src/keyspace/database.ts";
import type { External } from "../../src/memory/handles.ts";
import { StringView, stringEncoding } from "../../src/types/string.ts";
import { LIST } from "../../src/types/type.ts";
import { TestEngine } from "./engine.ts";

export const STRING_BYTES_MAX = 64 * 1024;

/** A bulk reply, as the engine returns it. */
export function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

export const OK = "+OK\r\n";
export const NULL = "$-1\r\n";

class FakeList implements External {
	bytesUsed(): number {
		return 0;
	}
	clone(): FakeList {
		return new FakeList();
	}
}

/** Stores something that is no string. */
const putList: CommandRow = {
	name: "putlist",
	since: "",
	group: "list",
	complexity: "",
	summary: "",
	flags: 0,
	arity: 2,
	run: (call) => {
		call.findForWrite(1);
		call.database.putExternal(LIST, new FakeList(), Infinity);
		call.reply.ok();
	},
};

/** The string commands in an engine, with a look behind the replies: events, deadlines, encodings, bytes. */
export class StringEngine extends TestEngine {
	private events: string[] = [];
	private readonly view = new StringView();

	/** `more` are commands of another group that works on strings. */
	constructor(more: readonly CommandRow[] = []) {
		super([...stringCommands({ stringBytesMax: () => STRING_BYTES_MAX }), ...more, putList]);
		this.keyspace.changes.listen({
			keyChanged: (_database, key, start, length, _eventClass, event) => {
				this.events.push(`${event} ${Buffer.from(key.subarray(start, start + length)).toString("latin1")}`);
			},
			databaseChanged() {},
		});
	}

	/** The events since they were last taken, "set a" each. */
	takeEvents(): string[] {
		const events = this.events;
		this.events = [];
		return events;
	}

	database(): Database {
		return this.keyspace.databases[0]!;
	}

	/** Null where there is no such key. */
	value(key: string): string | null {
		if (!this.peek(key)) return null;
		const { bytes, start, length } = this.view;
		return Buffer.from(bytes.subarray(start, start + length)).toString("latin1");
	}

	/** Milliseconds left to live, Infinity for ever, NaN where there is no such key. */
	left_ms(key: string): number {
		return this.peek(key) ? this.database().deadline() - this.time.now_ms() : Number.NaN;
	}

	encoding(key: string): string {
		return this.peek(key) ? stringEncoding(this.database().table.kind(), this.view) : "none";
	}

	isLong(key: string): boolean {
		return this.peek(key) && this.database().table.isExternal();
	}

	private peek(key: string): boolean {
		this.keyspace.advance();
		const bytes = Buffer.from(key, "latin1");
		const database = this.database();
		if (!database.peek(bytes, 0, bytes.length, database.hash(bytes, 0, bytes.length))) return false;
		this.view.load(database.table);
		return true;
	}

	/** What the long strings hold, counted one by one; the table's own sum has to be the same. */
	longBytes(): number {
		const { table } = this.database();
		let bytes = 0;
		table.forEach((segment, offset) => {
			table.seek(segment, offset);
			if (table.isExternal()) bytes += table.external().bytesUsed();
		});
		return bytes;
	}
}
