import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { elementLength, elementStart, nextElement } from "../../../src/bytes/elements.ts";
import { BLOCK_BYTES } from "../../../src/types/list/block-directory.ts";
import { BlockList } from "../../../src/types/list/block-list.ts";
import { toBytes } from "../../support/wire.ts";

function textAt(buffer: Uint8Array, at: number): string {
	const start = elementStart(buffer, at);
	return Buffer.from(buffer.subarray(start, start + elementLength(buffer, at))).toString("latin1");
}

function textsOf(list: BlockList): string[] {
	const texts: string[] = [];
	for (let block = 0; block < list.size; block++) {
		const buffer = list.bufferOf(block);
		for (let at = list.startOf(block); at < list.endOf(block); at = nextElement(buffer, at)) {
			texts.push(textAt(buffer, at));
		}
	}
	return texts;
}

/** A list and an array side by side: each step is taken by both, and what they hold is compared. */
class Pair {
	list = BlockList.of(new Uint8Array(0), 0, 0, 0, 100);
	texts: string[] = [];

	push(atHead: boolean, text: string): void {
		const bytes = toBytes(`(${text})`);
		if (atHead) this.list.pushHead(bytes, 1, text.length);
		else this.list.pushTail(bytes, 1, text.length);
		if (atHead) this.texts.unshift(text);
		else this.texts.push(text);
	}

	drop(atHead: boolean, count: number): void {
		const dropped = Math.min(count, this.texts.length);
		this.list.drop(atHead, dropped);
		this.texts.splice(atHead ? 0 : this.texts.length - dropped, dropped);
		if (this.list.size > 0) this.list.tighten();
	}

	insert(position: number, isBehind: boolean, text: string): void {
		if (this.texts.length === 0) return;
		const index = position % this.texts.length;
		this.seek(index);
		this.list.insert(isBehind, toBytes(text), 0, text.length);
		expect(this.atCursor()).toBe(text);
		this.texts.splice(isBehind ? index + 1 : index, 0, text);
	}

	replace(position: number, text: string): void {
		if (this.texts.length === 0) return;
		const index = position % this.texts.length;
		this.seek(index);
		this.list.replace(toBytes(text), 0, text.length);
		expect(this.atCursor()).toBe(text);
		this.texts[index] = text;
	}

	remove(text: string, limit: number, fromTail: boolean): void {
		const indexes = this.texts.flatMap((other, index) => (other === text ? [index] : []));
		const taken = new Set(fromTail ? indexes.slice(-limit) : indexes.slice(0, limit));
		expect(this.list.removeEqual(toBytes(text), 0, text.length, limit, fromTail)).toBe(taken.size);
		this.texts = this.texts.filter((_, index) => !taken.has(index));
	}

	seek(index: number): void {
		this.list.seek(index);
		expect(this.atCursor()).toBe(this.texts[index]!);
		const { list } = this;
		let at = list.startOf(list.block);
		for (let i = 0; i < list.ordinal; i++) at = nextElement(list.bufferOf(list.block), at);
		expect(at).toBe(list.at);
	}

	atCursor(): string {
		return textAt(this.list.bufferOf(this.list.block), this.list.at);
	}

	/** Goes on with a copy, and spoils the original. */
	copy(): void {
		const { list } = this;
		this.list = list.clone();
		list.verify();
		for (const buffer of list.buffers()) buffer.fill(1);
	}

	verify(): void {
		this.list.verify();
		expect(this.list.count).toBe(this.texts.length);
		expect(textsOf(this.list)).toEqual(this.texts);
		if (this.texts.length === 0) return;
		this.list.seekEnd(true);
		expect([this.atCursor(), this.list.ordinal]).toEqual([this.texts[0]!, 0]);
		this.list.seekEnd(false);
		expect(this.atCursor()).toBe(this.texts.at(-1)!);
		expect(this.list.ordinal).toBe(this.list.countOf(this.list.block) - 1);
	}
}

const lengths = fc.oneof(
	fc.nat(8),
	fc.constantFrom(60, 100, 254, 255, 700, 1000, 2000, 4000, 5000),
	fc.constantFrom(8150, 8170, 8181, 8182, 8183, 8190, 8192, 9000, 20_000),
);
const text = fc.tuple(lengths, fc.constantFrom("a", "b", "7")).map(([length, letter]) => letter.repeat(length));
const end = fc.boolean();
const position = fc.nat(5000);

type Step = (pair: Pair) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.tuple(end, text).map(
		([atHead, value]): Step =>
			(pair) =>
				pair.push(atHead, value),
	),
	fc.tuple(end, fc.integer({ min: 20, max: 400 }), fc.constantFrom(0, 1, 10, 100)).map(
		([atHead, count, length]): Step =>
			(pair) => {
				for (let i = 0; i < count; i++) pair.push(atHead, `${i}`.padStart(length, "x"));
			},
	),
	fc.tuple(end, fc.constantFrom(1, 1, 2, 10, 100, 1000)).map(
		([atHead, count]): Step =>
			(pair) =>
				pair.drop(atHead, count),
	),
	fc.tuple(position, end, text).map(
		([at, isBehind, value]): Step =>
			(pair) =>
				pair.insert(at, isBehind, value),
	),
	fc.tuple(position, text).map(
		([at, value]): Step =>
			(pair) =>
				pair.replace(at, value),
	),
	fc.tuple(text, fc.constantFrom(1, 2, 5, 10_000), end).map(
		([value, limit, fromTail]): Step =>
			(pair) =>
				pair.remove(value, limit, fromTail),
	),
	fc.tuple(position, end).map(
		([at, fromTail]): Step =>
			(pair) => {
				const value = pair.texts[at % Math.max(1, pair.texts.length)];
				if (value !== undefined) pair.remove(value, 3, fromTail);
			},
	),
	fc.constant<Step>((pair) => pair.copy()),
);

describe("a list of blocks", () => {
	test("holds what an array holds, whatever is done to both", () => {
		fc.assert(
			fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), (steps) => {
				const pair = new Pair();
				for (const take of steps) {
					take(pair);
					pair.verify();
				}
			}),
			{ numRuns: 100 },
		);
	});

	test("finds every element by its index", () => {
		const pair = new Pair();
		for (let i = 0; i < 3000; i++) pair.push(i % 3 === 0, `${i}`);
		for (let i = 0; i < 3000; i++) pair.seek(i);
	});

	test("is filled at both ends without waste", () => {
		for (const ends of [[true], [false], [true, false]]) {
			const pair = new Pair();
			for (let i = 0; i < 20_000; i++) pair.push(ends[i % ends.length]!, "12345678");
			pair.verify();
			expect(pair.list.size).toBeLessThanOrEqual(26);
			expect(pair.list.bytesUsed()).toBeLessThan(20_000 * 10 * 1.08);
		}
	});

	test("wastes no eighth of a block on elements that fit badly", () => {
		for (const length of [1500, 2500, 2800, 3000, 4500, 6000]) {
			const pair = new Pair();
			for (let i = 0; i < 200; i++) pair.push(i % 2 === 0, "x".repeat(length));
			pair.verify();
			expect(pair.list.bytesUsed()).toBeLessThan(200 * (length + 10) * 1.15 + BLOCK_BYTES);
		}
	});

	test("as a queue stays small, and takes the same buffers again", () => {
		for (const atHead of [true, false]) {
			for (const queued of [100, 1000, 5000]) {
				const pair = new Pair();
				for (let i = 0; i < queued; i++) pair.push(atHead, "x".repeat(10));
				const bytes = pair.list.bytesUsed();
				const buffers = new Set<Uint8Array>();
				for (let i = 0; i < 30_000; i++) {
					pair.push(atHead, "y".repeat(10));
					pair.drop(!atHead, 1);
					for (const buffer of pair.list.buffers()) buffers.add(buffer);
				}
				pair.verify();
				expect(pair.list.bytesUsed()).toBeLessThan(bytes + 3 * BLOCK_BYTES);
				expect(buffers.size).toBeLessThan(2 * (queued / 500) + 6);
			}
		}
	});

	test("gives memory back when it becomes small", () => {
		for (const atHead of [true, false]) {
			const pair = new Pair();
			for (let i = 0; i < 50_000; i++) pair.push(false, `${i}`);
			expect(pair.list.bytesUsed()).toBeGreaterThan(300_000);
			pair.drop(atHead, 49_900);
			pair.verify();
			expect(pair.list.bytesUsed()).toBeLessThan(3000);
			pair.drop(!atHead, 100);
			pair.verify();
			pair.push(atHead, "again");
			pair.verify();
		}
	});

	test("joins blocks that have lost most of their elements", () => {
		const pair = new Pair();
		for (let i = 0; i < 20_000; i++) pair.push(false, i % 10 === 0 ? "kept" : "gone");
		const { size } = pair.list;
		pair.remove("gone", 20_000, true);
		pair.verify();
		expect(pair.list.size).toBeLessThanOrEqual(size / 8 + 1);
	});

	test("cuts blocks to size that have lost most of their elements and cannot be joined", () => {
		const pair = new Pair();
		for (let i = 0; i < 100_000; i++) pair.push(false, i % 10 === 0 ? "k".repeat(60) : "g".repeat(60));
		expect(pair.list.bytesUsed()).toBeGreaterThan(6_200_000);
		pair.remove("g".repeat(60), 100_000, false);
		pair.verify();
		expect(pair.list.bytesUsed()).toBeLessThan(10_000 * 62 * 1.2);
	});

	test("divides a full block where elements are put in, and fills the halves", () => {
		const pair = new Pair();
		for (let i = 0; i < 3000; i++) pair.push(false, `${i}`);
		for (let i = 0; i < 5000; i++) pair.insert(1500 + i, false, "inserted");
		pair.verify();
		expect(pair.list.bytesUsed()).toBeLessThan(1.6 * (3000 * 6 + 5000 * 10));
	});

	test("notices what is wrong with it", () => {
		const pair = new Pair();
		for (let i = 0; i < 2000; i++) pair.push(false, `${i}`);
		pair.list.verify();
		pair.list.bufferOf(0)[pair.list.startOf(0)]!++;
		expect(() => pair.list.verify()).toThrow();
		pair.list.bufferOf(0)[pair.list.startOf(0)]!--;
		pair.list.count++;
		expect(() => pair.list.verify()).toThrow("counted");
		pair.list.count--;
		pair.list.entries--;
		expect(() => pair.list.verify()).toThrow("entries are counted");
	});
});
