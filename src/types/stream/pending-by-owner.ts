import { assert } from "../../bytes/assert.ts";
import { OWNER, PENDING_WORDS } from "./group.ts";

/**
 * What is pending in a group, consumer by consumer, where the records of all come in the order of their ids:
 *
 *     begin(pending)   add(words of a piece) …   end()   countOf(number)   forEachOf(number, …)
 */
export class PendingByOwner {
	private words: Int32Array;
	private length: number;
	/** Numbers of records: those of consumer 0, of consumer 1, … */
	private order: Int32Array;
	/** Where those of a consumer begin. */
	private starts: Int32Array;

	constructor() {
		this.words = new Int32Array(0);
		this.length = 0;
		this.order = new Int32Array(0);
		this.starts = new Int32Array(1);
	}

	begin(pending: number): void {
		this.words = new Int32Array(pending * PENDING_WORDS);
		this.length = 0;
	}

	add(words: Int32Array): void {
		this.words.set(words, this.length);
		this.length += words.length;
	}

	/** All records are there. */
	end(): void {
		const { words } = this;
		assert(this.length === words.length, "as many records come as were announced");
		let owners = 0;
		for (let at = OWNER; at < words.length; at += PENDING_WORDS) owners = Math.max(owners, words[at]! + 1);
		const ends = new Int32Array(owners + 1);
		for (let at = OWNER; at < words.length; at += PENDING_WORDS) ends[words[at]! + 1]!++;
		for (let owner = 0; owner < owners; owner++) ends[owner + 1]! += ends[owner]!;
		this.starts = ends.slice();
		this.order = new Int32Array(words.length / PENDING_WORDS);
		for (let i = 0; i < this.order.length; i++) this.order[ends[words[i * PENDING_WORDS + OWNER]!]!++] = i;
	}

	countOf(owner: number): number {
		return owner + 1 < this.starts.length ? this.starts[owner + 1]! - this.starts[owner]! : 0;
	}

	/** Calls `visit` with where each record of a consumer lies, in the order of ids. */
	forEachOf(owner: number, visit: (words: Int32Array, at: number) => void): void {
		if (owner + 1 >= this.starts.length) return;
		for (let i = this.starts[owner]!; i < this.starts[owner + 1]!; i++) {
			visit(this.words, this.order[i]! * PENDING_WORDS);
		}
	}
}
