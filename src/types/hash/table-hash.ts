import { copyBytes } from "../../bytes/ascii.ts";
import type { Random } from "../../bytes/random.ts";
import { halfSipHash } from "../../bytes/siphash.ts";
import {
	INLINE_VALUE_MAX,
	KIND_DEADLINE,
	KIND_EXTERNAL,
	valueField,
	valueLengthAt,
	valueStartAt,
} from "../../memory/entry.ts";
import type { External } from "../../memory/handles.ts";
import { LongString } from "../../memory/long-string.ts";
import type { TakeBuffer } from "../../memory/snapshot.ts";
import { Table } from "../../memory/table.ts";
import { TableSnapshot } from "../../memory/table-snapshot.ts";

const ATTEMPTS_MAX = 1000;

/**
 * A big hash: a table whose keys are the fields, with values up to INLINE_VALUE_MAX bytes in the entries, longer ones in
 * a LongString, and the deadlines of fields in the table's heaps.
 *
 * Used through the table's cursor, which `find` places. A field whose deadline lies before `now_ms` is there until
 * `dropExpired` comes by, but is not found.
 */
export class TableHash implements External {
	readonly fields: Table;
	readonly memberTable: Table;
	/** Of the last `find`. */
	private hash: number;

	constructor(fields: Table) {
		this.fields = fields;
		this.memberTable = fields;
		this.hash = 0;
	}

	/** An empty one; `table` is any table of the server, for seeds and pages. */
	static like(table: Table): TableHash {
		return new TableHash(new Table(table.seed0, table.seed1, table.pages));
	}

	/** How many fields are alive. */
	count(now_ms: number): number {
		const { fields } = this;
		if (fields.deadlineBound_ms >= now_ms) return fields.count;
		let count = 0;
		fields.forEach((segment, offset) => {
			if (segment.deadline(offset) >= now_ms) count++;
		});
		return count;
	}

	/** Places the cursor on a field that is alive. */
	find(bytes: Uint8Array, start: number, length: number, now_ms: number): boolean {
		const { fields } = this;
		const hash = halfSipHash(bytes, start, start + length, fields.seed0, fields.seed1);
		this.hash = hash;
		return fields.find(bytes, start, length, hash) && (fields.deadlineCount === 0 || fields.deadline() >= now_ms);
	}

	/**
	 * Stores a value under the field of the last `find`, found or not. `deadline_ms` is Infinity for none, KEEP_DEADLINE,
	 * or the moment of a field that is new. Neither field nor value may lie in a slab of this hash.
	 */
	put(
		field: Uint8Array,
		fieldStart: number,
		fieldLength: number,
		value: Uint8Array,
		start: number,
		length: number,
		deadline_ms: number,
	): void {
		const { fields, hash } = this;
		if (length <= INLINE_VALUE_MAX) {
			fields.putInline(field, fieldStart, fieldLength, hash, 0, value, start, length, deadline_ms, 0);
		} else if (this.replaceLong(value, start, length)) {
			if (deadline_ms === Infinity) fields.clearDeadline();
		} else {
			const string = LongString.of(value, start, length);
			fields.putExternal(field, fieldStart, fieldLength, hash, 0, string, deadline_ms, 0);
		}
	}

	/** Writes a value over one of the same length in the entry of the last `find`; false where that is not what is there. */
	overwrite(value: Uint8Array, start: number, length: number): boolean {
		const { fields } = this;
		const { slab } = fields.segment;
		if ((slab[fields.offset]! & (KIND_EXTERNAL | KIND_DEADLINE)) !== 0) return false;
		const field = valueField(slab, fields.offset);
		if (valueLengthAt(slab, field) !== length) return false;
		copyBytes(value, start, slab, valueStartAt(slab, field), length);
		return true;
	}

	/** Writes a long value over another one, which costs a copy and no new buffer; false where there is none. */
	private replaceLong(value: Uint8Array, start: number, length: number): boolean {
		const { fields } = this;
		if (fields.offset === 0 || !fields.isExternal()) return false;
		const string = fields.external() as LongString;
		const before = string.bytesUsed();
		string.replace(value, start, length);
		fields.handles.bytes += string.bytesUsed() - before;
		return true;
	}

	/** Removes up to `limit` fields whose time is over, each after a call of `visit`, if any; returns how many. */
	dropExpired(now_ms: number, limit: number, visit: (() => void) | null = null): number {
		let dropped = 0;
		// A field lives through the millisecond of its deadline.
		while (dropped < limit && this.fields.findDue(now_ms - 1)) {
			visit?.();
			this.fields.remove();
			dropped++;
		}
		return dropped;
	}

	/** Places the cursor on a random field that is alive; false where there is none. */
	findRandom(random: Random, now_ms: number): boolean {
		const { fields } = this;
		// More than one attempt only while many fields have expired at once, and not all of them are removed yet.
		for (let attempt = 0; attempt < ATTEMPTS_MAX && fields.findRandom(random); attempt++) {
			if (fields.deadlineCount === 0 || fields.deadline() >= now_ms) return true;
		}
		let left = random.below(Math.max(1, this.count(now_ms)));
		let found = false;
		fields.forEach((segment, offset) => {
			if (segment.deadline(offset) < now_ms || left-- !== 0) return;
			fields.seek(segment, offset);
			found = true;
		});
		return found;
	}

	*buffers(): Iterable<Uint8Array> {
		yield* this.fields.buffers();
	}

	get snapshot(): TableSnapshot | null {
		return this.fields.snapshot;
	}

	set snapshot(snapshot: TableSnapshot | null) {
		this.fields.snapshot = snapshot;
	}

	beginSnapshot(takeBuffer?: TakeBuffer): TableSnapshot {
		return TableSnapshot.ofMembers(this.fields, takeBuffer);
	}

	bytesUsed(): number {
		return this.fields.bytesUsed();
	}

	clone(): TableHash {
		return new TableHash(this.fields.clone());
	}

	verify(): void {
		this.fields.verify();
	}
}
