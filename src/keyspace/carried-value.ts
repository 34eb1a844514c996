import { copyBytes } from "../bytes/ascii.ts";
import { INLINE_VALUE_MAX, KIND_MARKS, TYPE_MASK } from "../memory/entry.ts";
import type { External } from "../memory/handles.ts";
import { LongString } from "../memory/long-string.ts";
import type { Table } from "../memory/table.ts";
import { PRIVATE_STRING_KIND, STRING_KIND } from "../types/string.ts";
import type { Database } from "./database.ts";

const FRESH = -1;

/**
 * A value on its way from one key to another, of whatever type: how RENAME, MOVE and COPY work.
 *
 *     carried.take(table)         value, deadline and access stamp of the entry at the cursor
 *     carried.detach()            COPY only: from here on the two keys share nothing
 *     carried.store(database)     under the key of the last find, in place of what is there
 *
 * Invariant: nothing held here lies in a slab, so the tables may change in between; the entry taken from stays as it is.
 */
export class CarriedValue {
	private deadline_ms: number;
	/** The owner's bits of the kind byte: type and mark. */
	private kind: number;
	/** FRESH for a value that counts as new. */
	private stamp: number;
	private external: External | null;
	private readonly inline: Uint8Array;
	private inlineLength: number;

	constructor() {
		this.deadline_ms = Infinity;
		this.kind = 0;
		this.stamp = FRESH;
		this.external = null;
		this.inline = new Uint8Array(INLINE_VALUE_MAX);
		this.inlineLength = 0;
	}

	take(table: Table): void {
		this.deadline_ms = table.deadline();
		this.kind = table.kind() & (TYPE_MASK | KIND_MARKS);
		this.stamp = table.stamp();
		this.external = null;
		this.inlineLength = 0;
		if (table.isExternal()) this.external = table.external();
		else {
			this.inlineLength = table.valueLength();
			copyBytes(table.segment.slab, table.valueStart(), this.inline, 0, this.inlineLength);
		}
	}

	detach(): void {
		this.stamp = FRESH;
		if (this.kind === STRING_KIND) this.kind = PRIVATE_STRING_KIND;
		if (this.external !== null) this.external = this.external.clone();
	}

	store(database: Database): void {
		const external = this.atHomeIn(database);
		// Redis deletes what is there and adds the value anew, which is an event.
		if (database.table.offset !== 0) database.noteNew();
		if (external === null) database.putInline(this.kind, this.inline, 0, this.inlineLength, this.deadline_ms);
		else database.putExternal(this.kind, external, this.deadline_ms);
		if (this.stamp !== FRESH) database.table.setStamp(this.stamp);
		database.scheduleFields();
		this.external = null;
	}

	/** The object; a long string that lies in the room of another database moves. */
	private atHomeIn({ table }: Database): External | null {
		const { external } = this;
		const { strings } = table.handles;
		if (!(external instanceof LongString) || external.isAtHome(strings)) return external;
		const moved = LongString.of(external.bytes, 0, external.length, strings);
		external.free();
		return moved;
	}
}
