import type { Call } from "../../dispatch/call.ts";
import { LookAhead } from "../../dispatch/look-ahead.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { MemberBatch, MemberSet } from "../../types/set.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { SET, SORTED_SET } from "../../types/type.ts";

/** What the members of a plain set count for. */
const SCORE_OF_PLAIN = 1;

const nothing = new Uint8Array(0);
/** Sorted sets need none. */
const noBatch = new MemberBatch();
const lookAhead = new LookAhead();

/**
 * A sorted set or a plain one, as ZUNION and its like take them: read only, and good until the database changes.
 *
 *     for (let there = input.first(); there; there = input.next()) … input.bytes, input.start, …
 */
export class Input {
	/** How many members; 0 where the key is missing. */
	readonly count: number;
	/** What scores are multiplied with. */
	weight: number;
	/** The member at the cursor, and its score. */
	bytes: Uint8Array;
	start: number;
	length: number;
	score: number;
	/** Set by `find`. */
	scoreFound: number;
	private readonly sorted: SortedSet | null;
	private readonly plain: MemberSet | null;
	private readonly batch: MemberBatch;
	/** The place of the cursor in the batch. */
	private at: number;

	/** Opens what is at the cursor of the call's database. */
	constructor({ database, keyspace }: Call) {
		const isPlain = database.table.offset !== 0 && database.type() === SET;
		this.weight = 1;
		this.bytes = nothing;
		this.start = 0;
		this.length = 0;
		this.score = SCORE_OF_PLAIN;
		this.scoreFound = SCORE_OF_PLAIN;
		this.plain = isPlain ? new MemberSet() : null;
		this.sorted = isPlain ? null : new SortedSet();
		this.batch = isPlain ? new MemberBatch() : noBatch;
		this.at = 0;
		this.plain?.open(database, keyspace.limits);
		this.sorted?.open(database);
		this.count = this.plain?.count ?? this.sorted!.count;
	}

	/** Whether it is a member; `scoreFound` is its score then. */
	find(bytes: Uint8Array, start: number, length: number): boolean {
		if (this.sorted === null) return this.plain!.has(bytes, start, length);
		if (!this.sorted.find(bytes, start, length)) return false;
		this.scoreFound = this.sorted.score;
		return true;
	}

	/** Places the cursor on the first member; false where there is none. */
	first(): boolean {
		if (this.sorted !== null) return this.take(this.sorted.seek(0));
		this.plain!.rewind();
		return this.plain!.read(this.batch) && this.takeFromBatch(0);
	}

	/** Moves the cursor on; false behind the last member. */
	next(): boolean {
		if (this.sorted !== null) return this.take(this.sorted.next());
		if (this.at + 1 < this.batch.count) return this.takeFromBatch(this.at + 1);
		return this.plain!.read(this.batch) && this.takeFromBatch(0);
	}

	private take(there: boolean): boolean {
		if (!there) return false;
		const { bytes, start, length, score } = this.sorted!;
		this.bytes = bytes;
		this.start = start;
		this.length = length;
		this.score = score;
		return true;
	}

	private takeFromBatch(at: number): true {
		const { bytes, starts, lengths } = this.batch;
		this.bytes = bytes;
		this.start = starts[at]!;
		this.length = lengths[at]!;
		this.at = at;
		return true;
	}
}

/** The inputs at `count` keys from argument `first` on; null after an error reply. */
export function openInputs(call: Call, first: number, count: number): Input[] | null {
	const { database } = call;
	const inputs: Input[] = [];
	// All keys are found before any is opened: to find one whose time is over is a change.
	lookAhead.begin(call, first, 1);
	for (let i = first; i < first + count; i++) {
		lookAhead.reach(call, i);
		if (!call.findForRead(i) || database.type() === SORTED_SET || database.type() === SET) continue;
		call.reply.error(WRONG_TYPE);
		return null;
	}
	for (let i = first; i < first + count; i++) {
		call.peek(i);
		inputs.push(new Input(call));
	}
	return inputs;
}
