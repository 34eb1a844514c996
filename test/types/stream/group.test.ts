import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Counter } from "../../../src/types/stream/counter.ts";
import { Footprint } from "../../../src/types/stream/footprint.ts";
import { type Consumer, Group } from "../../../src/types/stream/group.ts";
import { StreamId } from "../../../src/types/stream/stream-id.ts";

interface Pending {
	owner: string;
	time_ms: number;
	count: number;
}

function idOf(number: number): StreamId {
	return Object.assign(new StreamId(), { msLow: number });
}

/** A group beside a map from entries to what is known of them. */
class GroupModel {
	group: Group;
	private readonly pending: Map<number, Pending>;
	private readonly names: Set<string>;
	private footprint: Footprint;
	private now_ms: number;

	constructor() {
		this.footprint = new Footprint();
		this.group = new Group(Buffer.from("group"), this.footprint);
		this.pending = new Map();
		this.names = new Set();
		this.now_ms = 1_700_000_000_000;
	}

	private consumer(name: string): Consumer {
		const bytes = Buffer.from(name);
		this.names.add(name);
		return this.group.findConsumer(bytes, 0, bytes.length) ?? this.group.createConsumer(bytes, this.now_ms);
	}

	deliver(number: number, name: string): void {
		const consumer = this.consumer(name);
		this.group.deliver(idOf(number), consumer, ++this.now_ms);
		this.pending.set(number, { owner: name, time_ms: this.now_ms, count: 1 });
	}

	acknowledge(number: number): void {
		expect(this.group.acknowledge(idOf(number))).toBe(this.pending.delete(number));
	}

	claim(number: number, name: string): void {
		const consumer = this.consumer(name);
		const known = this.pending.get(number);
		expect(this.group.pending.find(idOf(number))).toBe(known !== undefined);
		if (known === undefined) return;
		this.group.setOwner(idOf(number), consumer);
		this.group.countDelivery();
		known.owner = name;
		known.count++;
	}

	removeConsumer(name: string): void {
		const consumer = this.group.findConsumer(Buffer.from(name), 0, name.length);
		expect(consumer !== null).toBe(this.names.delete(name));
		if (consumer === null) return;
		this.group.removeConsumer(consumer);
		for (const [number, { owner }] of this.pending) if (owner === name) this.pending.delete(number);
	}

	cloneItself(): void {
		const footprint = new Footprint();
		const copy = this.group.clone(footprint);
		this.group.verify();
		this.group.retire();
		expect(this.footprint.bytes).toBe(0);
		this.group = copy;
		this.footprint = footprint;
	}

	verify(): void {
		const { group } = this;
		group.verify();
		expect(this.footprint.bytes).toBe(group.bytesUsed());
		expect(group.consumers.map(({ name }) => Buffer.from(name).toString())).toEqual([...this.names].sort());
		expect(group.pending.count).toBe(this.pending.size);
		const count = new Counter();
		for (const [number, { owner, time_ms, count: deliveries }] of this.pending) {
			expect(group.pending.find(idOf(number))).toBe(true);
			group.loadDeliveryCount(count);
			const seen = [Buffer.from(group.owner().name).toString(), group.deliveryTime(), count.number()];
			expect(seen).toEqual([owner, time_ms, deliveries]);
		}
	}
}

const number = fc.nat({ max: 300 });
const name = fc.constantFrom("", "a", "aa", "b", "Zoe", "zoe");
const steps: fc.Arbitrary<(model: GroupModel) => void>[] = [
	fc.tuple(number, name).map(
		([one, who]) =>
			(model) =>
				model.deliver(one, who),
	),
	fc.tuple(number, fc.nat({ max: 100 }), name).map(([from, times, who]) => (model) => {
		for (let i = 0; i < times; i++) model.deliver(from + i, who);
	}),
	fc.array(number, { maxLength: 50 }).map((list) => (model) => {
		for (const one of list) model.acknowledge(one);
	}),
	fc.tuple(fc.array(number, { maxLength: 50 }), name).map(([list, who]) => (model) => {
		for (const one of list) model.claim(one, who);
	}),
	name.map((who) => (model) => model.removeConsumer(who)),
	fc.constant((model) => model.cloneItself()),
];

describe("Group", () => {
	test("beside a map", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 30 }), (list) => {
				const model = new GroupModel();
				for (const step of list) {
					step(model);
					model.verify();
				}
			}),
			{ seed: 1, numRuns: 200 },
		);
	});

	test("counts deliveries and keeps times across the halves of their words", () => {
		const group = new Group(Buffer.from("group"), new Footprint());
		const consumer = group.createConsumer(Buffer.from("c"), 0);
		group.deliver(idOf(1), consumer, 2 ** 32 + 2 ** 31);
		group.setDeliveryCount(0, -1);
		group.countDelivery();
		const count = new Counter();
		group.loadDeliveryCount(count);
		expect([group.deliveryTime(), count.number()]).toEqual([2 ** 32 + 2 ** 31, 2 ** 32]);
		for (const time_ms of [0, 1, 2 ** 31, 2 ** 32 - 1, 1_700_000_000_123, Number.MAX_SAFE_INTEGER]) {
			group.setDeliveryTime(time_ms);
			expect(group.deliveryTime()).toBe(time_ms);
		}
	});
});
