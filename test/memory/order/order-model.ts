import { keepPages } from "../../../src/adapters/pages.ts";
import { OrderCursor } from "../../../src/memory/order/cursor.ts";
import { Element } from "../../../src/memory/order/element.ts";
import { Order } from "../../../src/memory/order.ts";

/** Latin-1, one character a byte, as members are compared. */
const bytesOf = (member: string): Uint8Array => Buffer.from(member, "latin1");

export type Pair = readonly [member: string, score: number];

/** An order and a sorted array side by side: what is done is done to both, and what they say is compared. */
export class OrderModel {
	order: Order;
	readonly scores: Map<string, number>;
	private readonly cursor: OrderCursor;

	constructor() {
		this.order = new Order(keepPages);
		this.scores = new Map();
		this.cursor = new OrderCursor(new Element());
	}

	/** Inserts, or updates where the member is there. */
	set(member: string, score: number): void {
		const bytes = bytesOf(member);
		const old = this.scores.get(member);
		if (old === undefined) this.order.insert(score, bytes, 0, bytes.length);
		else if (old !== score) this.order.update(old, score, bytes, 0, bytes.length);
		this.scores.set(member, score);
	}

	remove(member: string): void {
		const bytes = bytesOf(member);
		const score = this.scores.get(member);
		if (score === undefined) return;
		this.order.remove(score, bytes, 0, bytes.length);
		this.scores.delete(member);
	}

	removeFrom(rank: number, limit: number): void {
		const pairs = this.sorted();
		if (!this.order.seek(this.cursor, rank)) return;
		const removed = Math.min(limit, this.cursor.leftInLeaf());
		this.order.removeHere(removed);
		for (const [member] of pairs.slice(rank, rank + removed)) this.scores.delete(member);
	}

	/** Goes on with a copy; the original is changed, which the copy must not feel. */
	clone(): void {
		const original = this.order;
		this.order = original.clone();
		original.clear();
		original.verify();
	}

	sorted(): Pair[] {
		return [...this.scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
	}

	/** Everything there is to ask, of every element. */
	check(): void {
		const { order } = this;
		order.verify();
		const pairs = this.sorted();
		if (order.count() !== pairs.length) throw new Error("the counts differ");
		this.checkWalks(pairs);
		for (const [rank, [member, score]] of pairs.entries()) {
			const bytes = bytesOf(member);
			if (order.rankOf(score, bytes, 0, bytes.length) !== rank) throw new Error(`rank ${rank} differs`);
			if (!order.seek(this.cursor, rank) || this.pair()[0] !== member) throw new Error(`element ${rank} differs`);
		}
		for (const score of new Set(pairs.slice(0, 100).flatMap(([, each]) => [each, each - 0.5, -Infinity, Infinity]))) {
			const below = pairs.filter(([, each]) => each < score).length;
			const upTo = pairs.filter(([, each]) => each <= score).length;
			if (order.countBelow(score, false) !== below) throw new Error(`below ${score} differs`);
			if (order.countBelow(score, true) !== upTo) throw new Error(`up to ${score} differs`);
		}
		if (order.seek(this.cursor, pairs.length) || order.seek(this.cursor, -1)) throw new Error("beyond the ends");
		if (new Set(pairs.map(([, score]) => score)).size === 1) this.checkMembers(pairs);
	}

	private checkWalks(pairs: readonly Pair[]): void {
		const up: Pair[] = [];
		for (let there = this.order.seek(this.cursor, 0); there; there = this.cursor.next()) up.push(this.pair());
		const down: Pair[] = [];
		const last = pairs.length - 1;
		for (let there = this.order.seek(this.cursor, last); there; there = this.cursor.previous()) down.push(this.pair());
		if (JSON.stringify(up) !== JSON.stringify(pairs)) throw new Error("walking up differs");
		if (JSON.stringify(down.reverse()) !== JSON.stringify(pairs)) throw new Error("walking down differs");
	}

	private checkMembers(pairs: readonly Pair[]): void {
		for (const bound of pairs.slice(0, 100).flatMap(([member]) => [member, `${member}\0`, member.slice(0, -1)])) {
			const bytes = bytesOf(bound);
			const below = pairs.filter(([member]) => member < bound).length;
			const upTo = pairs.filter(([member]) => member <= bound).length;
			if (this.order.countBelowMember(bytes, 0, bytes.length, false) !== below) throw new Error("below differs");
			if (this.order.countBelowMember(bytes, 0, bytes.length, true) !== upTo) throw new Error("up to differs");
		}
	}

	private pair(): Pair {
		const { bytes, start, length, score } = this.cursor.element;
		return [Buffer.from(bytes.subarray(start, start + length)).toString("latin1"), score];
	}
}
