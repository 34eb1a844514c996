import { copyBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { INLINE_VALUE_MAX } from "../memory/entry.ts";
import { LongString } from "../memory/long-string.ts";
import {
	PACKED_LENGTH_MAX,
	packedBytes,
	packedLength,
	packedNext,
	packedSkip,
	packedStart,
	writePacked,
} from "../memory/packed.ts";
import { KEEP_DEADLINE } from "../memory/table.ts";
import { LARGE_MARK, VOLATILE_MARK } from "./hash/kind.ts";
import {
	deadlineBytes,
	dropExpired,
	readBound,
	readCount,
	readDeadline,
	tupleElements,
	volatileLength,
	writeBound,
	writeCount,
	writeDeadline,
	writeVolatile,
} from "./hash/packed-hash.ts";
import { TableHash } from "./hash/table-hash.ts";
import { DRAFT, draft, HashView, INLINE, LONG, REMAINS, TABLE } from "./hash/view.ts";

/**
 * Fields up to which a hash that reports "hashtable" stays packed: to find one takes 3 ns a field before it, 100 ns here
 * on average, twice what a table takes, for a third of the memory.
 */
const PACKED_FIELDS_MAX = 64;
/** A hash that reports "listpack" keeps its order, so it stays packed, but not beyond this, whatever the limits say. */
const LONG_BYTES_MAX = 1 << 17;
const LONG_FIELDS_MAX = 1024;

/**
 * A hash, whichever form it has: what commands work with. An object of this class serves one hash at a time; it is opened
 * at the cursor of a database, asked and changed, and closed.
 *
 *     if (call.findForWrite(1) && call.database.type() !== HASH) return call.reply.error(WRONG_TYPE);
 *     hash.open(call.database, call.keyspace.limits, call.keyspace.now_ms);      the key may be missing
 *     const isNew = hash.set(call.bytes, start, length, call.bytes, valueStart, valueLength, false);
 *     const isGone = hash.close();                                               true: the key was removed
 *
 * A draft, the form of a hash whose key is missing, becomes inline by `close`, as soon as there is a field. Bytes handed
 * in must not lie in a slab of the database.
 */
export class Hash extends HashView {
	/** Ends the changes; true where no field is left, and the key was removed. */
	close(): boolean {
		assert(this.form !== REMAINS, "what is left of a hash is only read");
		if (this.form === DRAFT) {
			if (this.isEmpty()) return false;
			const length = this.to;
			const start = this.place.createInline(this.kind, length);
			copyBytes(draft, 0, this.place.table.segment.slab, start, length);
			return false;
		}
		if (!this.isEmpty()) return false;
		this.place.remove();
		return true;
	}

	// Changing fields

	/** Says that so many fields are about to be set: Redis makes a table at once where they may become too many. */
	expect(fields: number): void {
		if (fields <= this.limits.hashEntries) return;
		this.becomeLarge();
		if (fields > PACKED_FIELDS_MAX && this.form !== TABLE) this.becomeTable();
	}

	/** Sets a field; true where it is new. A deadline that it had ends unless it `keepsDeadline`. */
	set(
		field: Uint8Array,
		fieldStart: number,
		fieldLength: number,
		value: Uint8Array,
		start: number,
		length: number,
		keepsDeadline: boolean,
	): boolean {
		// Of a table the value need not be loaded.
		const isFound =
			this.form === TABLE
				? this.big.find(field, fieldStart, fieldLength, this.now_ms)
				: this.find(field, fieldStart, fieldLength);
		this.put(isFound, field, fieldStart, fieldLength, value, start, length, keepsDeadline);
		return !isFound;
	}

	/** As `set`, of a field that was looked for last, and found or not. */
	put(
		isFound: boolean,
		field: Uint8Array,
		fieldStart: number,
		fieldLength: number,
		value: Uint8Array,
		start: number,
		length: number,
		keepsDeadline: boolean,
	): void {
		const { form } = this;
		const max = this.limits.hashValueBytes;
		if ((fieldLength > max || length > max) && !this.isLarge()) this.becomeLarge();
		if (this.form !== TABLE && !this.hasRoom(isFound, fieldLength, length)) {
			this.makeRoom(Math.max(fieldLength, length));
		}
		if (this.form !== form) this.find(field, fieldStart, fieldLength);
		this.preserveLong();
		if (this.form === TABLE) {
			if (isFound && this.big.overwrite(value, start, length)) return;
			const deadline_ms = isFound && keepsDeadline ? KEEP_DEADLINE : Infinity;
			const before = this.big.bytesUsed();
			this.big.put(field, fieldStart, fieldLength, value, start, length, deadline_ms);
			this.place.table.handles.bytes += this.big.bytesUsed() - before;
		} else if (isFound) {
			this.overwrite(value, start, length);
			if (!keepsDeadline && this.deadline() !== Infinity) this.setDeadline(Infinity);
		} else this.append(field, fieldStart, fieldLength, value, start, length);
		if (this.form !== TABLE) this.judgeCount();
	}

	/** Whether a value, with a field if there is none yet, fits into the packed form as it is. */
	private hasRoom(isFound: boolean, fieldLength: number, length: number): boolean {
		const added = isFound
			? packedBytes(length) - packedBytes(this.valueLength)
			: packedBytes(fieldLength) + packedBytes(length) + 1;
		const size = this.to - this.head + added;
		if (this.form !== LONG) return size <= INLINE_VALUE_MAX;
		return size <= LONG_BYTES_MAX && Math.max(fieldLength, length) <= PACKED_LENGTH_MAX;
	}

	/** Turns a packed hash into one of the next larger form, which takes an element of so many bytes. */
	private makeRoom(elementBytes: number): void {
		const isOrdered = !this.isLarge() && this.form !== LONG && elementBytes <= PACKED_LENGTH_MAX;
		if (isOrdered) this.becomeLong();
		else this.becomeTable();
	}

	/** The value of the field found last becomes another one. */
	private overwrite(value: Uint8Array, start: number, length: number): void {
		if (length === this.valueLength) {
			copyBytes(value, start, this.bytes, this.valueStart, length);
			return;
		}
		const offset = this.at - this.head;
		const at = packedNext(this.bytes, this.at);
		const to = this.splice(at, packedNext(this.bytes, at) - at, packedBytes(length));
		writePacked(this.bytes, to, value, start, length);
		this.at = this.head + offset;
	}

	private append(
		field: Uint8Array,
		fieldStart: number,
		fieldLength: number,
		value: Uint8Array,
		start: number,
		length: number,
	): void {
		const isVolatile = this.isVolatile();
		const added = packedBytes(fieldLength) + packedBytes(length) + (isVolatile ? 1 : 0);
		this.at = this.splice(this.to, 0, added);
		const { bytes } = this;
		const next = writePacked(bytes, writePacked(bytes, this.at, field, fieldStart, fieldLength), value, start, length);
		if (isVolatile) writeDeadline(bytes, next, Infinity);
		writeCount(bytes, this.head, readCount(bytes, this.head) + 1);
	}

	/** Leaves the packed form where there are too many fields, which is so after an update, too, if limits were lowered. */
	private judgeCount(): void {
		const count = readCount(this.bytes, this.head);
		if (count > this.limits.hashEntries && !this.isLarge()) this.becomeLarge();
		if (count > LONG_FIELDS_MAX || (count > PACKED_FIELDS_MAX && this.isLarge())) this.becomeTable();
	}

	/** Removes a field; false where there is none. */
	remove(field: Uint8Array, start: number, length: number): boolean {
		if (!this.find(field, start, length)) return false;
		this.removeFound();
		return true;
	}

	/** Removes the field found last. */
	removeFound(): void {
		if (this.form === TABLE) {
			const before = this.big.bytesUsed();
			this.big.fields.remove();
			this.place.table.handles.bytes += this.big.bytesUsed() - before;
			return;
		}
		this.preserveLong();
		const { bytes, head, at } = this;
		writeCount(bytes, head, readCount(bytes, head) - 1);
		this.splice(at, packedSkip(bytes, at, tupleElements(this.isVolatile())) - at, 0);
		if (this.form === LONG && this.to < INLINE_VALUE_MAX >> 1) this.becomeInline();
	}

	/**
	 * Replaces `removed` bytes at `at` of a packed hash by `inserted` bytes, which the caller has to write. Returns where
	 * they begin in `bytes`.
	 */
	private splice(at: number, removed: number, inserted: number): number {
		if (this.form === INLINE) {
			const start = this.place.spliceInline(at - this.head, removed, inserted);
			this.loadInline();
			return start;
		}
		const to = this.to + inserted - removed;
		if (this.form === LONG && inserted > removed) this.resizeLong(to);
		this.bytes.copyWithin(at + inserted, at + removed, this.to);
		if (this.form === LONG && inserted < removed) this.resizeLong(to);
		this.to = to;
		return at;
	}

	/** To be told before a packed hash changes: a long one is a string that a snapshot may read. */
	private preserveLong(): void {
		if (this.form === LONG) (this.place.table.external() as LongString).preserve(0, this.to);
	}

	private resizeLong(length: number): void {
		const { table } = this.place;
		const string = table.external() as LongString;
		const before = string.bytesUsed();
		string.resize(length);
		table.handles.bytes += string.bytesUsed() - before;
		this.bytes = string.bytes;
	}

	// Deadlines of fields

	/** Lets fields have deadlines, as Redis does before it gives the first one. */
	becomeVolatile(): void {
		if (this.isVolatile()) return;
		if (this.form !== TABLE) {
			const { bytes, head, to } = this;
			const length = volatileLength(to - head, this.count());
			if (length <= INLINE_VALUE_MAX && this.form !== LONG) {
				this.becomeVolatileInline(length);
				return;
			}
			if (this.isLarge()) this.becomeTable();
			else {
				const string = new LongString(length);
				string.length = length;
				writeVolatile(bytes, head, to, string.bytes);
				this.kind |= VOLATILE_MARK;
				this.putLong(string);
				return;
			}
		}
		this.kind |= VOLATILE_MARK;
		this.place.table.setKind(this.kind);
	}

	private becomeVolatileInline(length: number): void {
		this.kind |= VOLATILE_MARK;
		if (this.form === DRAFT && this.count() === 0) {
			writeBound(draft, 0, Infinity);
			this.setRun(draft, 0, length);
			return;
		}
		assert(this.form !== DRAFT, "a draft becomes volatile before it has fields");
		writeVolatile(this.bytes, this.head, this.to, draft);
		this.replaceInline(draft, length);
	}

	/** Gives the field found last a deadline, or takes it away where it is Infinity. */
	setDeadline(deadline_ms: number): void {
		if (this.form === TABLE) {
			const { fields } = this.big;
			const before = fields.bytesUsed();
			if (deadline_ms === Infinity) fields.clearDeadline();
			else fields.setDeadline(deadline_ms);
			this.place.table.handles.bytes += fields.bytesUsed() - before;
			return;
		}
		this.preserveLong();
		const removed = deadlineBytes(this.deadline());
		const inserted = deadlineBytes(deadline_ms);
		if (this.to - this.head + inserted - removed > (this.form === LONG ? LONG_BYTES_MAX : INLINE_VALUE_MAX)) {
			this.setDeadlineInLarger(deadline_ms);
			return;
		}
		const at = this.splice(packedSkip(this.bytes, this.at, 2), removed, inserted);
		writeDeadline(this.bytes, at, deadline_ms);
		if (deadline_ms < readBound(this.bytes, this.head)) writeBound(this.bytes, this.head, deadline_ms);
	}

	/** The same where the packed form has no room for it. */
	private setDeadlineInLarger(deadline_ms: number): void {
		const start = packedStart(this.bytes, this.at);
		const field = this.bytes.slice(start, start + packedLength(this.bytes, this.at));
		this.makeRoom(field.length);
		this.find(field, 0, field.length);
		this.setDeadline(deadline_ms);
	}

	/**
	 * Removes fields whose time is over, of a table up to `limit`; returns how many. `visit`, if any, is called with each of
	 * them loaded into field….
	 */
	dropExpired(limit: number, visit: (() => void) | null = null): number {
		if (this.form === TABLE) {
			const before = this.big.bytesUsed();
			const load =
				visit === null
					? null
					: () => {
							this.loadTableField();
							visit();
						};
			const dropped = this.big.dropExpired(this.now_ms, limit, load);
			this.place.table.handles.bytes += this.big.bytesUsed() - before;
			return dropped;
		}
		this.preserveLong();
		const { head, to } = this;
		const count = this.count();
		if (visit !== null) {
			this.forEach(() => {
				if (this.deadline() < this.now_ms) visit();
			});
		}
		const end = dropExpired(this.bytes, head, to, this.now_ms);
		const dropped = count - this.count();
		// The bytes behind the end are no use to anybody.
		if (dropped > 0) this.splice(end, to - end, 0);
		return dropped;
	}

	// Other forms

	/** From now on OBJECT ENCODING says "hashtable". */
	private becomeLarge(): void {
		this.kind |= LARGE_MARK;
		if (this.form === LONG) this.becomeTable();
		else if (this.form !== DRAFT) this.place.table.setKind(this.kind);
	}

	private becomeLong(): void {
		this.putLong(LongString.of(this.bytes, this.head, this.to - this.head));
	}

	private putLong(string: LongString): void {
		this.place.putExternal(this.kind, string, KEEP_DEADLINE);
		this.form = LONG;
		this.setRun(string.bytes, 0, string.length);
	}

	/** From a LongString back to the slab. */
	private becomeInline(): void {
		this.replaceInline(this.bytes, this.to);
	}

	/** Makes `length` bytes, which lie in no slab, the packed hash. */
	private replaceInline(source: Uint8Array, length: number): void {
		const start = this.place.createInline(this.kind, length);
		copyBytes(source, 0, this.place.table.segment.slab, start, length);
		this.form = INLINE;
		this.loadInline();
	}

	private becomeTable(): void {
		const { bytes, from, to } = this;
		const isVolatile = this.isVolatile();
		const big = TableHash.like(this.place.table);
		for (let at = from; at < to; ) {
			this.loadPacked(at);
			const third = packedSkip(bytes, at, 2);
			const deadline_ms = isVolatile ? readDeadline(bytes, third) : Infinity;
			big.find(bytes, this.fieldStart, this.fieldLength, 0);
			big.put(bytes, this.fieldStart, this.fieldLength, bytes, this.valueStart, this.valueLength, deadline_ms);
			at = isVolatile ? packedNext(bytes, third) : third;
		}
		this.place.putExternal(this.kind, big, KEEP_DEADLINE);
		this.form = TABLE;
		this.big = big;
	}
}
