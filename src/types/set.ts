import { copyBytes } from "../bytes/ascii.ts";
import { INT64_TEXT_MAX } from "../bytes/int64.ts";
import { INLINE_VALUE_MAX } from "../memory/entry.ts";
import { findPacked, packedBytes, packedNext, writePacked } from "../memory/packed.ts";
import { KEEP_DEADLINE, type Table } from "../memory/table.ts";
import type { Limits } from "./limits.ts";
import { LonePlace } from "./lone-place.ts";
import type { Place } from "./place.ts";
import { BigSet } from "./set/big-set.ts";
import {
	HASHTABLE,
	HASHTABLE_KIND,
	INTEGERS_KIND,
	INTSET,
	LISTPACK,
	LISTPACK_KIND,
	WIDE_INTEGERS_KIND,
} from "./set/encodings.ts";
import { longestInteger, printInteger, widenIntegers } from "./set/integers.ts";
import { BATCH, MemberBatch } from "./set/member-batch.ts";
import { BIG, INTEGERS, NONE, PACKED, PACKED_MEMBERS_MAX, SetReader, WIDEST } from "./set/set-reader.ts";

export { BATCH, MemberBatch };

const scratch = new Uint8Array(INLINE_VALUE_MAX);

/**
 * A set, whichever form it has: what commands work with. An object of this class serves one set at a time; it is opened
 * at the cursor of a database, asked and changed, and closed.
 *
 *     if (call.findForWrite(1) && call.database.type() !== SET) return call.reply.error(WRONG_TYPE);
 *     set.open(call.database, call.keyspace.limits);       the key may be missing: `count` is 0 then
 *     const isNew = set.add(call.bytes, start, length);
 *     const isGone = set.close();                          true: it became empty, and the key was removed
 *
 * The forms, of which the first two are inline values:
 *
 *     INTEGERS   [width:1] integer …        ascending; no width where it is 8          (set/integers.ts)
 *     PACKED     count:1  length bytes …    in the order they came in                  (memory/packed.ts)
 *     BIG                                   a table whose keys are the members         (set/big-set.ts)
 *
 * The form follows from the size alone; what OBJECT ENCODING says is kept beside it (set/encodings.ts).
 *
 * It has a cursor, too: where it stands, `bytes`, `start` and `length` are a member. What was opened is good until the next
 * change of the database's table, also one by a find that meets an expired key: who needs several sets at once finds
 * all keys first and opens them in a second round, by `peek`. Members handed in must not lie in a slab of the table the set
 * itself lies in.
 */
export class MemberSet extends SetReader {
	/** How many members a set that belongs to no key may get. */
	private expected: number;

	constructor() {
		super();
		this.expected = 0;
	}

	// Opening and closing

	/** Begins a set that belongs to no key and expects so many members; `table` is any table of the server. */
	begin(table: Table, limits: Limits, encoding: number, members = 0): void {
		this.open(new LonePlace(table), limits);
		this.encoding = encoding;
		this.expected = members;
	}

	/** Begins a set that belongs to no key as a copy of one that is copiable. */
	beginCopy(original: MemberSet): void {
		const copy = original.big!.clone();
		copy.encoding = HASHTABLE;
		const place = new LonePlace(copy.members);
		place.putExternal(LISTPACK_KIND, copy, Infinity);
		this.open(place, original.limits!);
	}

	/** Whether as many members make a hashtable in whatever order they are added, so that a copy is as good. */
	isCopiable(): boolean {
		const { intsetEntries, setEntries } = this.limits!;
		return this.form === BIG && this.count > Math.max(intsetEntries, setEntries);
	}

	/** Ends the use. A set without members is removed with its key: returns whether that happened. */
	close(): boolean {
		const isGone = this.count === 0 && this.form !== NONE;
		if (isGone) this.place!.remove();
		this.letGo();
		return isGone;
	}

	protected override letGo(): void {
		super.letGo();
		this.expected = 0;
	}

	/**
	 * Stores what was begun, which must have members, under the key of the place's last find, in place of what is there;
	 * `deadline_ms` is Infinity or KEEP_DEADLINE.
	 */
	store(place: Place, deadline_ms: number): void {
		(this.place as LonePlace).moveTo(place, deadline_ms);
		this.letGo();
	}

	// Adding

	/**
	 * Says that so many members will be added, of which the given one is the first. Redis looks at that number for the
	 * encoding, even where some of them are equal.
	 */
	expect(members: number, first: Uint8Array, start: number, length: number): void {
		const { intsetEntries, setEntries } = this.limits!;
		if (this.form === NONE) {
			if (members <= intsetEntries && this.number.parse(first, start, start + length)) this.encoding = INTSET;
			else this.encoding = members <= setEntries ? LISTPACK : HASHTABLE;
		} else if (this.encoding !== HASHTABLE && members > (this.encoding === INTSET ? intsetEntries : setEntries)) {
			this.setEncoding(HASHTABLE);
		}
	}

	/** Makes it a member; returns whether it was none before. */
	add(bytes: Uint8Array, start: number, length: number): boolean {
		if (this.form === BIG) return this.addBig(bytes, start, length, this.big!.hash(bytes, start, length));
		if (this.form === PACKED) return this.addPacked(bytes, start, length);
		const isNumber = this.encoding === INTSET && this.number.parse(bytes, start, start + length);
		if (isNumber && this.form === INTEGERS && this.findNumber() >= 0) return false;
		this.setEncoding(this.encodingWith(isNumber, length));
		if (this.encoding === INTSET && this.addNumber()) return true;
		// It has become a set of strings, or there are too many numbers.
		if (this.form === NONE) this.create(bytes, start, length);
		else this.add(bytes, start, length);
		return true;
	}

	/** The encoding of the set with one more member. */
	private encodingWith(isNumber: boolean, length: number): number {
		const { encoding, count } = this;
		const { intsetEntries, setEntries, setValueBytes } = this.limits!;
		if (encoding === HASHTABLE) return HASHTABLE;
		if (encoding === INTSET && isNumber) return count < intsetEntries ? INTSET : HASHTABLE;
		if (count >= setEntries || length > setValueBytes) return HASHTABLE;
		return encoding === INTSET && this.longest() > setValueBytes ? HASHTABLE : LISTPACK;
	}

	/** Bytes of the longest member of an intset, or a bound where it is big. */
	private longest(): number {
		if (this.form === INTEGERS) return longestInteger(this.slab, this.from, this.count, this.width);
		return INT64_TEXT_MAX;
	}

	/** Sets what OBJECT ENCODING says, which may mean to give up the form of INTEGERS. */
	private setEncoding(encoding: number): void {
		if (encoding === this.encoding) return;
		this.encoding = encoding;
		if (this.form === BIG) this.big!.encoding = encoding;
		else if (this.form === PACKED) this.place!.table.setKind(packedKind(encoding));
		else if (this.form === INTEGERS) this.leaveIntegers();
	}

	private addBig(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
		const big = this.big!;
		const before = big.bytesUsed();
		if (!big.add(bytes, start, length, hash)) return false;
		this.place!.table.handles.bytes += big.bytesUsed() - before;
		if (this.encoding !== HASHTABLE) {
			const isNumber = this.encoding === INTSET && this.number.parse(bytes, start, start + length);
			this.setEncoding(this.encodingWith(isNumber, length));
		}
		this.count++;
		return true;
	}

	private addPacked(bytes: Uint8Array, start: number, length: number): boolean {
		const { count, from, to } = this;
		if (findPacked(this.slab, from, to, bytes, start, length) >= 0) return false;
		this.setEncoding(this.encodingWith(false, length));
		const size = packedBytes(length);
		if (count === PACKED_MEMBERS_MAX || 1 + to - from + size > INLINE_VALUE_MAX) {
			this.becomeBig();
			return this.add(bytes, start, length);
		}
		const place = this.place!;
		const at = place.spliceInline(1 + to - from, 0, size);
		const { slab } = place.table.segment;
		slab[at - (to - from) - 1] = count + 1;
		this.slab = slab;
		this.from = at - (to - from);
		this.to = writePacked(slab, at, bytes, start, length);
		this.count = count + 1;
		return true;
	}

	/** Makes the first member of a set of strings. */
	private create(bytes: Uint8Array, start: number, length: number): void {
		const place = this.place!;
		const size = 1 + packedBytes(length);
		if (size > INLINE_VALUE_MAX) {
			const big = BigSet.like(place.table, this.encoding, this.expected);
			big.add(bytes, start, length, big.hash(bytes, start, length));
			place.putExternal(LISTPACK_KIND, big, KEEP_DEADLINE);
		} else {
			const at = place.createInline(packedKind(this.encoding), size);
			const { slab } = place.table.segment;
			slab[at] = 1;
			writePacked(slab, at + 1, bytes, start, length);
		}
		this.load();
	}

	/** Makes all of a batch members; returns how many were none before. */
	addBatch(batch: MemberBatch): number {
		const { bytes, starts, lengths, hashes, count } = batch;
		let added = 0;
		let i = 0;
		for (; i < count && this.big === null; i++) if (this.add(bytes, starts[i]!, lengths[i]!)) added++;
		if (this.big === null) return added;
		batch.hash(this.big.members);
		for (; i < count; i++) if (this.addBig(bytes, starts[i]!, lengths[i]!, hashes[i]!)) added++;
		return added;
	}

	// Removing

	/** Returns whether it was a member. */
	remove(bytes: Uint8Array, start: number, length: number): boolean {
		if (this.form === PACKED) {
			this.position = findPacked(this.slab, this.from, this.to, bytes, start, length);
			if (this.position < 0) return false;
		} else if (this.form === INTEGERS) {
			if (!this.number.parse(bytes, start, start + length)) return false;
			this.position = this.findNumber();
			if (this.position < 0) return false;
		} else if (!this.has(bytes, start, length)) return false;
		this.removeCurrent();
		return true;
	}

	/** Removes the member at the cursor. */
	removeCurrent(): void {
		const { position } = this;
		if (this.form === BIG) {
			const big = this.big!;
			const before = big.bytesUsed();
			big.members.remove();
			this.place!.table.handles.bytes += big.bytesUsed() - before;
		} else if (this.form === INTEGERS) {
			this.splice(position * this.width, this.width, 0);
		} else {
			const size = packedNext(this.slab, position) - position;
			this.slab[this.from - 1] = this.count - 1;
			this.splice(position - this.from, size, 0);
		}
		this.count--;
	}

	/** Replaces bytes at `at`, counted from the first member, of an inline set; what is inserted is to be written. */
	private splice(at: number, removed: number, inserted: number): void {
		const place = this.place!;
		const head = this.form === INTEGERS && this.width === WIDEST ? 0 : 1;
		const start = place.spliceInline(head + at, removed, inserted);
		this.slab = place.table.segment.slab;
		this.to += start - at - this.from + inserted - removed;
		this.from = start - at;
	}

	// Numbers

	/** Adds `number`, which is none yet, to a set of integers, or to none; false where it has no room for it. */
	private addNumber(): boolean {
		const { count, width: old } = this;
		if (this.form === NONE) return this.createInteger();
		const index = -1 - this.findNumber();
		const width = Math.max(old, this.number.width());
		const size = (width === WIDEST ? 0 : 1) + (count + 1) * width;
		if (size > INLINE_VALUE_MAX) {
			this.becomeBig();
			return false;
		}
		if (width === old) {
			this.splice(index * width, 0, width);
			this.number.store(this.slab, this.from + index * width, width);
		} else this.widen(index, width);
		this.count = count + 1;
		return true;
	}

	private createInteger(): boolean {
		const width = this.number.width();
		const place = this.place!;
		const head = width === WIDEST ? 0 : 1;
		const at = place.createInline(integersKind(width), head + width);
		const { slab } = place.table.segment;
		if (head === 1) slab[at] = width;
		this.number.store(slab, at + head, width);
		this.load();
		return true;
	}

	/** Puts `number`, to whom this width is due, before all others or behind them. */
	private widen(index: number, width: number): void {
		const { count, from } = this;
		const place = this.place!;
		const first = index === 0 ? width : 0;
		const size = (count + 1) * width;
		widenIntegers(this.slab, from, count, this.width, scratch, first, width);
		this.number.store(scratch, index === 0 ? 0 : size - width, width);
		const head = width === WIDEST ? 0 : 1;
		const at = place.spliceInline(0, this.to - from + 1, head + size);
		const { table } = place;
		const { slab } = table.segment;
		if (head === 1) slab[at] = width;
		copyBytes(scratch, 0, slab, at + head, size);
		table.setKind(integersKind(width));
		this.load();
	}

	/** Makes a set of integers one of strings. */
	private leaveIntegers(): void {
		const { count, encoding } = this;
		if (count > PACKED_MEMBERS_MAX) return this.becomeBig();
		let to = 1;
		scratch[0] = count;
		for (let i = 0; i < count; i++) {
			const length = printInteger(this.slab, this.from + i * this.width, this.width, this.text, 0);
			to = writePacked(scratch, to, this.text, 0, length);
		}
		const { table } = this.place!;
		const at = this.place!.spliceInline(0, table.valueLength(), to);
		copyBytes(scratch, 0, table.segment.slab, at, to);
		table.setKind(packedKind(encoding));
		this.load();
	}

	/** Moves the members of an inline set to a table. */
	private becomeBig(): void {
		const place = this.place!;
		const big = BigSet.like(place.table, this.encoding, this.expected);
		this.forEach((bytes, start, length) => {
			big.add(bytes, start, length, big.hash(bytes, start, length));
		});
		place.putExternal(LISTPACK_KIND, big, KEEP_DEADLINE);
		this.load();
	}
}

function packedKind(encoding: number): number {
	return encoding === HASHTABLE ? HASHTABLE_KIND : LISTPACK_KIND;
}

function integersKind(width: number): number {
	return width === WIDEST ? WIDE_INTEGERS_KIND : INTEGERS_KIND;
}
