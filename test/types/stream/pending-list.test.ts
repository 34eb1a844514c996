import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Footprint } from "../../../src/types/stream/footprint.ts";
import { PendingList } from "../../../src/types/stream/pending-list.ts";
import { StreamId } from "../../../src/types/stream/stream-id.ts";

const STRIDE = 5;

function idOf(number: number): StreamId {
	return Object.assign(new StreamId(), { msHigh: 1, sequenceLow: number });
}

/** A list beside a sorted array of numbers; the owner's word of each record is its number, negated. */
class ListModel {
	list: PendingList;
	private numbers: number[];
	private footprint: Footprint;

	constructor() {
		this.footprint = new Footprint();
		this.list = new PendingList(STRIDE, this.footprint);
		this.numbers = [];
	}

	get count(): number {
		return this.numbers.length;
	}

	/** The number of this rank, or one behind all. */
	at(rank: number): number {
		return rank < this.count ? this.numbers[rank]! : (this.numbers.at(-1) ?? 0) + 1;
	}

	insert(number: number): void {
		if (this.list.find(idOf(number))) return;
		this.list.insert(idOf(number));
		this.expectCursor(number, false);
		this.list.words[this.list.at + 4] = -number;
		const place = this.numbers.findIndex((other) => other > number);
		this.numbers.splice(place < 0 ? this.count : place, 0, number);
	}

	remove(number: number): void {
		const index = this.numbers.indexOf(number);
		expect(this.list.find(idOf(number))).toBe(index >= 0);
		if (index < 0) return;
		this.expectCursor(number);
		this.list.remove();
		this.numbers.splice(index, 1);
	}

	seek(number: number): void {
		const there = this.list.seek(idOf(number));
		const index = this.numbers.findIndex((other) => other >= number);
		expect(there).toBe(index >= 0);
		if (index < 0) return;
		this.expectCursor(this.numbers[index]!);
		expect(this.list.next()).toBe(index + 1 < this.count);
		if (index + 1 < this.count) this.expectCursor(this.numbers[index + 1]!);
	}

	copy(): void {
		const footprint = new Footprint();
		const copy = new PendingList(STRIDE, footprint);
		copy.copy(this.list);
		this.list.retire();
		expect(this.footprint.bytes).toBe(0);
		this.list = copy;
		this.footprint = footprint;
	}

	private expectCursor(number: number, hasWord = true): void {
		const { words, at } = this.list;
		expect([...words.subarray(at, at + 4)]).toEqual([1, 0, 0, number]);
		if (hasWord) expect(words[at + 4]).toBe(-number);
	}

	verify(): void {
		const { list } = this;
		list.verify(new StreamId());
		expect(list.count).toBe(this.count);
		expect(this.footprint.bytes).toBe(list.bytesUsed());
		const seen: number[] = [];
		for (let there = list.first(); there; there = list.next()) seen.push(-list.words[list.at + 4]!);
		expect(seen).toEqual(this.numbers);
		expect(list.last()).toBe(this.count > 0);
		if (this.count > 0) this.expectCursor(this.numbers.at(-1)!);
	}
}

type Step = (model: ListModel) => void;

const number = fc.integer({ min: 1, max: 5000 });
const rank = fc.nat({ max: 1000 });
const steps: fc.Arbitrary<Step>[] = [
	fc.nat({ max: 300 }).map((times) => (model) => {
		for (let i = 0; i < times; i++) model.insert(model.at(model.count) + 1);
	}),
	fc.nat({ max: 300 }).map((times) => (model) => {
		for (let i = 0; i < times && model.count > 0; i++) model.remove(model.at(0));
	}),
	fc.nat({ max: 100 }).map((times) => (model) => {
		for (let i = 0; i < times && model.count > 0; i++) model.remove(model.at(model.count - 1));
	}),
	fc.tuple(rank, fc.nat({ max: 300 })).map(([from, times]) => (model) => {
		for (let i = 0; i < times && model.count > 0; i++) model.remove(model.at(from % model.count));
	}),
	fc.array(number, { maxLength: 600, size: "max" }).map((numbers) => (model) => {
		for (const one of numbers) model.insert(one);
	}),
	number.map((one) => (model) => model.remove(one)),
	number.map((one) => (model) => model.seek(one)),
	fc.constant((model) => model.copy()),
];

describe("PendingList", () => {
	test("beside a sorted array", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 40 }), (list) => {
				const model = new ListModel();
				for (const step of list) {
					step(model);
					model.verify();
				}
			}),
			{ seed: 1, numRuns: 200 },
		);
	});

	test("as a queue of any length moves little and keeps little", () => {
		for (const length of [1, 2, 10, 255, 256, 257, 1000]) {
			const footprint = new Footprint();
			const list = new PendingList(STRIDE, footprint);
			for (let next = 0; next < 3000; next++) {
				list.insert(idOf(next));
				if (next < length) continue;
				expect(list.find(idOf(next - length))).toBe(true);
				list.remove();
				expect(list.count).toBe(length);
			}
			list.verify(new StreamId());
			expect(footprint.bytes).toBeLessThan(1000 + 2 * (length + 256) * STRIDE * 4);
		}
	});

	test("lets its blocks go as they are emptied, in any order", () => {
		const footprint = new Footprint();
		const list = new PendingList(STRIDE, footprint);
		const empty = footprint.bytes;
		for (let i = 0; i < 10_000; i++) list.insert(idOf(i));
		const full = footprint.bytes;
		expect(full).toBeLessThan(10_000 * STRIDE * 4 * 1.1);
		for (let i = 0; i < 10_000; i++) {
			if (i % 100 === 0) continue;
			list.find(idOf((i * 7919) % 10_000));
			if (((i * 7919) % 10_000) % 100 !== 0) list.remove();
		}
		for (let i = 0; i < 10_000; i++) if (i % 100 !== 0 && list.find(idOf(i))) list.remove();
		expect(list.count).toBe(100);
		expect(footprint.bytes).toBeLessThan(full / 20);
		for (let i = 0; i < 10_000; i += 100) if (list.find(idOf(i))) list.remove();
		expect([list.count, footprint.bytes]).toEqual([0, empty]);
	});
});
