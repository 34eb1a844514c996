import { unreachable } from "../../bytes/assert.ts";
import type { Random } from "../../bytes/random.ts";
import {
	INLINE_VALUE_MAX,
	isLive,
	KIND_MARKS,
	SLAB_START,
	strideOf,
	TYPE_MASK,
	valueField,
	valueLengthAt,
	valueStartAt,
} from "../../memory/entry.ts";
import { LongString } from "../../memory/long-string.ts";
import {
	findPackedKey,
	findRarePacked,
	packedLength,
	packedNext,
	packedSkip,
	packedStart,
} from "../../memory/packed.ts";
import type { Segment } from "../../memory/segment.ts";
import { Table } from "../../memory/table.ts";
import { Limits } from "../limits.ts";
import type { Place } from "../place.ts";
import { HASH_KIND, LARGE_MARK, VOLATILE_MARK } from "./kind.ts";
import {
	dropExpired,
	headBytes,
	readBound,
	readCount,
	readDeadline,
	tupleElements,
	verifyPackedHash,
	writeCount,
} from "./packed-hash.ts";
import { TableHash } from "./table-hash.ts";

/** Forms of a hash. */
export const DRAFT = 0;
export const INLINE = 1;
export const LONG = 2;
export const TABLE = 3;
export const REMAINS = 4;

/** Stands for the table of a hash that has none. */
const noTable = new TableHash(new Table(0, 0));
/** Where a hash is that was never open. */
const refuse = (): never => unreachable("a hash is open while it is used");
const nowhere: Place = {
	table: noTable.fields,
	createInline: refuse,
	spliceInline: refuse,
	putExternal: refuse,
	remove: refuse,
};
const noLimits = new Limits();

/** Where hashes grow whose key does not exist yet. */
export const draft = new Uint8Array(INLINE_VALUE_MAX);

/**
 * A hash as it lies in a database, to be read. `open` looks which form it has:
 *
 *     draft    the key is missing: packed, in a buffer of ours
 *     inline   packed (hash/packed-hash.ts) in the slab, up to INLINE_VALUE_MAX bytes
 *     long     packed in a LongString: reports "listpack" and is too long for the slab
 *     table    a TableHash
 *     remains  a packed one without the fields whose time is over, a copy: where a replica still has them; to be read only
 *
 * What `find`, `loadRandom` and `forEach` leave in field… and value… is good until the next change of the database.
 */
export class HashView {
	fieldBytes: Uint8Array;
	fieldStart: number;
	fieldLength: number;
	valueBytes: Uint8Array;
	valueStart: number;
	valueLength: number;
	/** Of a packed hash: its bytes, where they begin, where its run of elements begins, and where they end. */
	bytes: Uint8Array;
	from: number;
	to: number;
	protected head: number;
	/** Of the field found last. */
	protected at: number;
	protected form: number;
	protected kind: number;
	/** Of a hash in table form. */
	protected big: TableHash;
	protected place: Place;
	protected limits: Limits;
	protected now_ms: number;

	constructor() {
		this.fieldBytes = draft;
		this.fieldStart = 0;
		this.fieldLength = 0;
		this.valueBytes = draft;
		this.valueStart = 0;
		this.valueLength = 0;
		this.bytes = draft;
		this.from = 0;
		this.to = 0;
		this.head = 0;
		this.at = 0;
		this.form = DRAFT;
		this.kind = HASH_KIND;
		this.big = noTable;
		this.place = nowhere;
		this.limits = noLimits;
		this.now_ms = 0;
	}

	/** The key of the place's last find holds a hash or does not exist. */
	open(place: Place, limits: Limits, now_ms: number): void {
		this.openWhole(place, limits, now_ms);
		if (this.isVolatile() && this.form !== TABLE && readBound(this.bytes, this.head) < now_ms) this.leaveOut();
	}

	private leaveOut(): void {
		const bytes = this.bytes.slice(this.head, this.to);
		this.form = REMAINS;
		this.setRun(bytes, 0, dropExpired(bytes, 0, bytes.length, this.now_ms));
	}

	/** The same with the fields of a packed hash whose time is over, if nobody has removed them. */
	openWhole(place: Place, limits: Limits, now_ms: number): void {
		const { table } = place;
		this.place = place;
		this.limits = limits;
		this.now_ms = now_ms;
		if (table.offset === 0) {
			this.kind = HASH_KIND;
			this.form = DRAFT;
			this.setRun(draft, 0, headBytes(false));
			writeCount(draft, 0, 0);
			return;
		}
		this.kind = table.kind() & (TYPE_MASK | KIND_MARKS);
		if (table.isExternal()) this.openExternal();
		else {
			this.form = INLINE;
			this.loadInline();
		}
	}

	private openExternal(): void {
		const value = this.place.table.external();
		if (value instanceof LongString) {
			this.form = LONG;
			this.setRun(value.bytes, 0, value.length);
		} else {
			this.form = TABLE;
			this.big = value as TableHash;
		}
	}

	protected loadInline(): void {
		const { segment, offset } = this.place.table;
		const { slab } = segment;
		const field = valueField(slab, offset);
		const start = valueStartAt(slab, field);
		this.setRun(slab, start, start + valueLengthAt(slab, field));
	}

	protected setRun(bytes: Uint8Array, head: number, to: number): void {
		this.bytes = bytes;
		this.head = head;
		this.from = head + headBytes(this.isVolatile());
		this.to = to;
	}

	protected isEmpty(): boolean {
		return this.form === TABLE ? this.big.fields.count === 0 : readCount(this.bytes, this.head) === 0;
	}

	/** Whether fields may have deadlines. */
	isVolatile(): boolean {
		return (this.kind & VOLATILE_MARK) !== 0;
	}

	/** Whether OBJECT ENCODING says "hashtable". */
	isLarge(): boolean {
		return (this.kind & LARGE_MARK) !== 0;
	}

	isPacked(): boolean {
		return this.form !== TABLE;
	}

	/** Whether [from, to) of `bytes` is fields and values and nothing else. */
	isRunOfPairs(): boolean {
		return this.form !== TABLE && !this.isVolatile();
	}

	// Reading

	count(): number {
		return this.form === TABLE ? this.big.count(this.now_ms) : readCount(this.bytes, this.head);
	}

	/** Leaves the field's value in value…, where there is such a field. */
	find(field: Uint8Array, start: number, length: number): boolean {
		if (this.form === TABLE) {
			if (!this.big.find(field, start, length, this.now_ms)) return false;
			this.loadTableValue();
			return true;
		}
		const { bytes, from, to } = this;
		const at = this.isVolatile()
			? findRarePacked(bytes, from, to, 3, field, start, length)
			: findPackedKey(bytes, from, to, field, start, length);
		this.at = at;
		if (at < 0) return false;
		const value = packedNext(bytes, at);
		this.valueBytes = bytes;
		this.valueStart = packedStart(bytes, value);
		this.valueLength = packedLength(bytes, value);
		return true;
	}

	protected loadTableValue(): void {
		const { fields } = this.big;
		if (fields.isExternal()) {
			const string = fields.external() as LongString;
			this.valueBytes = string.bytes;
			this.valueStart = 0;
			this.valueLength = string.length;
			return;
		}
		const { slab } = fields.segment;
		const field = valueField(slab, fields.offset);
		this.valueBytes = slab;
		this.valueStart = valueStartAt(slab, field);
		this.valueLength = valueLengthAt(slab, field);
	}

	protected loadTableField(): void {
		const { fields } = this.big;
		fields.loadKey();
		this.fieldBytes = fields.keyBytes;
		this.fieldStart = fields.keyFrom;
		this.fieldLength = fields.keyTo - fields.keyFrom;
		this.loadTableValue();
	}

	protected loadPacked(at: number): void {
		const { bytes } = this;
		this.at = at;
		this.fieldBytes = bytes;
		this.fieldStart = packedStart(bytes, at);
		this.fieldLength = packedLength(bytes, at);
		const value = packedNext(bytes, at);
		this.valueBytes = bytes;
		this.valueStart = packedStart(bytes, value);
		this.valueLength = packedLength(bytes, value);
	}

	/** Loads one field after the other into field… and value… and calls `visit`, which must not change the hash. */
	forEach(visit: () => void): void {
		if (this.form === TABLE) return this.forEachInTable(visit);
		const { bytes, to } = this;
		const step = tupleElements(this.isVolatile());
		for (let at = this.from; at < to; at = packedSkip(bytes, at, step)) {
			this.loadPacked(at);
			visit();
		}
	}

	private forEachInTable(visit: () => void): void {
		for (const segment of this.big.fields.segments()) this.forEachInSegment(segment, visit);
	}

	/** In the order of the slab, so that memory is read from front to back: mostly that in which the fields came. */
	private forEachInSegment(segment: Segment, visit: () => void): void {
		const { slab, used } = segment;
		for (let offset = SLAB_START; offset < used; ) {
			const stride = strideOf(slab, offset);
			if (isLive(slab, offset)) this.visitEntry(segment, offset, visit);
			offset += stride;
		}
	}

	private visitEntry(segment: Segment, offset: number, visit: () => void): void {
		const { fields } = this.big;
		if (fields.deadlineCount > 0 && segment.deadline(offset) < this.now_ms) return;
		fields.segment = segment;
		fields.offset = offset;
		this.loadTableField();
		visit();
	}

	/** As `forEach` for one page of a scan, `wanted` fields or so: packed ones are one page. Returns the next cursor. */
	scan(cursor: number, wanted: number, visit: () => void): number {
		if (this.form === TABLE) {
			const { fields } = this.big;
			return fields.scan(cursor, wanted, (segment, offset) => this.visitEntry(segment, offset, visit));
		}
		this.forEach(visit);
		return 0;
	}

	/** Loads a random field; false where there is none. */
	loadRandom(random: Random): boolean {
		if (this.form === TABLE) {
			if (!this.big.findRandom(random, this.now_ms)) return false;
			this.loadTableField();
			return true;
		}
		const count = this.count();
		if (count === 0) return false;
		const step = tupleElements(this.isVolatile());
		this.loadPacked(packedSkip(this.bytes, this.from, step * random.below(count)));
		return true;
	}

	/** Deadline of the field found last: milliseconds, or Infinity. */
	deadline(): number {
		if (!this.isVolatile()) return Infinity;
		if (this.form === TABLE) return this.big.fields.deadline();
		return readDeadline(this.bytes, packedSkip(this.bytes, this.at, 2));
	}

	/** No field has a deadline before this moment; Infinity where none has any. */
	deadlineBound(): number {
		if (!this.isVolatile()) return Infinity;
		return this.form === TABLE ? this.big.fields.deadlineBound_ms : readBound(this.bytes, this.head);
	}

	/** Whether any field has a deadline; a packed hash is looked through for it. */
	hasDeadlines(): boolean {
		if (!this.isVolatile()) return false;
		if (this.form === TABLE) return this.big.fields.deadlineCount > 0;
		let found = false;
		this.forEach(() => {
			if (this.deadline() !== Infinity) found = true;
		});
		return found;
	}

	verify(): void {
		if (this.form === TABLE) this.big.verify();
		else verifyPackedHash(this.bytes, this.head, this.to, this.isVolatile());
	}
}
