import { assert } from "../../bytes/assert.ts";
import { INT64_TEXT_MAX } from "../../bytes/int64.ts";
import type { Random } from "../../bytes/random.ts";
import { KIND_MARK, KIND_MARKS, KIND_SECOND_MARK } from "../../memory/entry.ts";
import { findPacked, packedLength, packedSkip, packedStart, verifyPacked } from "../../memory/packed.ts";
import { TableWalk } from "../../memory/table-walk.ts";
import type { Limits } from "../limits.ts";
import type { Place } from "../place.ts";
import type { BigSet } from "./big-set.ts";
import { HASHTABLE, INTSET, LISTPACK } from "./encodings.ts";
import { findInteger, printInteger, verifyIntegers } from "./integers.ts";
import { BATCH, MemberBatch } from "./member-batch.ts";
import { WideInteger } from "./wide-integer.ts";

/** The forms of a set; see MemberSet. */
export const NONE = 0;
export const INTEGERS = 1;
export const PACKED = 2;
export const BIG = 3;

/** Most members that are kept where finding one is a matter of looking at each. */
export const PACKED_MEMBERS_MAX = 128;
/** Integers of this width say so in the kind of their entry, not in a byte before them. */
export const WIDEST = 8;

const nothing = new Uint8Array(0);

/** Hears of members; their bytes are good during the call only. */
export type MemberVisitor = (bytes: Uint8Array, start: number, length: number) => void;

/** The half of MemberSet that reads. */
export class SetReader {
	count: number;
	/** INTSET, LISTPACK or HASHTABLE; of a set without members what it would begin as. */
	encoding: number;
	/** The member at the cursor. */
	bytes: Uint8Array;
	start: number;
	length: number;
	protected form: number;
	protected place: Place | null;
	protected limits: Limits | null;
	/** Of an inline set: where its members lie, and how wide integers are. */
	protected slab: Uint8Array;
	protected from: number;
	protected to: number;
	protected width: number;
	protected big: BigSet | null;
	/** Where the cursor is: number of an integer, offset of a packed member. */
	protected position: number;
	protected readonly walk: TableWalk;
	protected readonly text: Uint8Array;
	/** Of an argument, where it is one. */
	protected readonly number: WideInteger;

	constructor() {
		this.count = 0;
		this.encoding = INTSET;
		this.bytes = nothing;
		this.start = 0;
		this.length = 0;
		this.form = NONE;
		this.place = null;
		this.limits = null;
		this.slab = nothing;
		this.from = 0;
		this.to = 0;
		this.width = 0;
		this.big = null;
		this.position = 0;
		this.walk = new TableWalk();
		this.text = new Uint8Array(INT64_TEXT_MAX);
		this.number = new WideInteger();
	}

	/** The key of the place's last find holds a set, or does not exist and comes with the first member. */
	open(place: Place, limits: Limits): void {
		this.place = place;
		this.limits = limits;
		this.load();
	}

	/** Forgets the set. */
	protected letGo(): void {
		this.form = NONE;
		this.count = 0;
		this.place = null;
		this.slab = nothing;
		this.bytes = nothing;
		this.big = null;
		this.walk.end();
	}

	/** Reads the head of the set at the table's cursor. */
	protected load(): void {
		const { table } = this.place!;
		this.big = null;
		if (table.offset === 0) {
			this.form = NONE;
			this.count = 0;
			this.encoding = INTSET;
			return;
		}
		if (table.isExternal()) {
			this.big = table.external() as BigSet;
			this.form = BIG;
			this.count = this.big.members.count;
			this.encoding = this.big.encoding;
			return;
		}
		const slab = table.segment.slab;
		const start = table.valueStart();
		const marks = table.kind() & KIND_MARKS;
		this.slab = slab;
		this.to = start + table.valueLength();
		if ((marks & KIND_MARK) !== 0) {
			const isWidest = marks === KIND_MARKS;
			this.form = INTEGERS;
			this.encoding = INTSET;
			this.width = isWidest ? WIDEST : slab[start]!;
			this.from = isWidest ? start : start + 1;
			this.count = (this.to - this.from) / this.width;
		} else {
			this.form = PACKED;
			this.encoding = (marks & KIND_SECOND_MARK) === 0 ? LISTPACK : HASHTABLE;
			this.from = start + 1;
			this.count = slab[start]!;
		}
	}

	/** Whether its members lie in a table of their own, where each is found and drawn at once. */
	isBig(): boolean {
		return this.form === BIG;
	}

	/** Whether it is a member. */
	has(bytes: Uint8Array, start: number, length: number): boolean {
		switch (this.form) {
			case BIG:
				return this.big!.members.find(bytes, start, length, this.big!.hash(bytes, start, length));
			case PACKED:
				return findPacked(this.slab, this.from, this.to, bytes, start, length) >= 0;
			case INTEGERS:
				return this.number.parse(bytes, start, start + length) && this.findNumber() >= 0;
			default:
				return false;
		}
	}

	/** Of a batch of members of another set, keeps those that are members of this one, or those that are not. */
	filter(batch: MemberBatch, keepsMembers: boolean): void {
		const { big } = this;
		if (big !== null) batch.hash(big.members);
		let kept = 0;
		for (let i = 0; i < batch.count; i++) {
			const start = batch.starts[i]!;
			const length = batch.lengths[i]!;
			const isMember =
				big === null
					? this.has(batch.bytes, start, length)
					: big.members.find(batch.bytes, start, length, batch.hashes[i]!);
			if (isMember === keepsMembers) batch.move(i, kept++);
		}
		batch.count = kept;
	}

	/** Place of `number` among the integers, or -1 minus the one where it would go. */
	protected findNumber(): number {
		return findInteger(this.slab, this.from, this.count, this.width, this.number);
	}

	// The cursor

	/** Places the cursor on a member drawn at random, each equally likely; the set must have members. */
	seekRandom(random: Random): void {
		if (this.form === BIG) {
			const { members } = this.big!;
			members.findRandom(random);
			members.loadKey();
			this.bytes = members.keyBytes;
			this.start = members.keyFrom;
			this.length = members.keyTo - members.keyFrom;
		} else if (this.form === PACKED) {
			const at = packedSkip(this.slab, this.from, random.below(this.count));
			this.position = at;
			this.bytes = this.slab;
			this.start = packedStart(this.slab, at);
			this.length = packedLength(this.slab, at);
		} else {
			this.position = random.below(this.count);
			this.bytes = this.text;
			this.start = 0;
			this.length = this.print(this.position, this.text, 0);
		}
	}

	private print(index: number, target: Uint8Array, to: number): number {
		return printInteger(this.slab, this.from + index * this.width, this.width, target, to);
	}

	// All members

	/** Makes the next `read` begin with the first member. */
	rewind(): void {
		if (this.form === BIG) this.walk.begin(this.big!.members);
		else this.position = this.form === PACKED ? this.from : 0;
	}

	/** Fills the batch with the next members; false where there are none left. The set must not change in between. */
	read(batch: MemberBatch): boolean {
		if (this.form === BIG) {
			const count = this.walk.next(batch.starts, batch.lengths);
			batch.fill(this.walk.bytes, count);
		} else if (this.form === PACKED) this.readPacked(batch);
		else if (this.form === INTEGERS) this.readIntegers(batch);
		else batch.clear();
		return batch.count > 0;
	}

	private readPacked(batch: MemberBatch): void {
		const { slab, to } = this;
		const { starts, lengths } = batch;
		let at = this.position;
		let count = 0;
		for (; at < to && count < BATCH; count++) {
			const start = packedStart(slab, at);
			const length = packedLength(slab, at);
			starts[count] = start;
			lengths[count] = length;
			at = start + length;
		}
		this.position = at;
		batch.fill(slab, count);
	}

	private readIntegers(batch: MemberBatch): void {
		const { starts, lengths, text } = batch;
		let index = this.position;
		let count = 0;
		let at = 0;
		for (; index < this.count && count < BATCH; index++, count++) {
			const length = this.print(index, text, at);
			starts[count] = at;
			lengths[count] = length;
			at += length;
		}
		this.position = index;
		batch.fill(text, count);
	}

	/** Calls `visit` for every member; it must not change the set. */
	forEach(visit: MemberVisitor): void {
		const batch = new MemberBatch();
		this.rewind();
		while (this.read(batch)) {
			for (let i = 0; i < batch.count; i++) visit(batch.bytes, batch.starts[i]!, batch.lengths[i]!);
		}
	}

	/**
	 * As Table's scan: visits the members of the next stretch, about `wanted`, and returns the position to go on from, 0 at
	 * the end. A small set is visited whole.
	 */
	scan(position: number, wanted: number, visit: MemberVisitor): number {
		if (this.form !== BIG) {
			this.forEach(visit);
			return 0;
		}
		const { members } = this.big!;
		return members.scan(position, wanted, (segment, offset) => {
			members.loadKeyOf(segment, offset);
			visit(members.keyBytes, members.keyFrom, members.keyTo - members.keyFrom);
		});
	}

	verify(): void {
		const { count } = this;
		if (this.form === NONE) return;
		assert(count > 0, "a set has members");
		if (this.form === BIG) {
			const { members } = this.big!;
			members.verify();
			assert(members.count === count, "the members of a big set are counted");
			assert(this.big!.encoding === this.encoding, "the encoding of a big set is kept with it");
		} else if (this.form === INTEGERS) {
			assert((this.to - this.from) % this.width === 0, "integers fill their range");
			verifyIntegers(this.slab, this.from, count, this.width);
		} else {
			assert(count <= PACKED_MEMBERS_MAX, "packed members are few");
			assert(verifyPacked(this.slab, this.from, this.to, 1) === count, "packed members are counted");
		}
	}
}
