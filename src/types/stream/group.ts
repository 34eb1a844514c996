import { assert } from "../../bytes/assert.ts";
import { Counter } from "./counter.ts";
import type { Footprint } from "./footprint.ts";
import type { FrozenGroup } from "./frozen-group.ts";
import { indexOfName } from "./names.ts";
import { ID_WORDS, PendingList } from "./pending-list.ts";
import { Position } from "./position.ts";
import { StreamId } from "./stream-id.ts";

// Words of a group's pending record behind its id.
export const TIME_HIGH = ID_WORDS;
export const TIME_LOW = ID_WORDS + 1;
export const COUNT_HIGH = ID_WORDS + 2;
export const COUNT_LOW = ID_WORDS + 3;
export const OWNER = ID_WORDS + 4;
export const PENDING_WORDS = ID_WORDS + 5;

const HALF = 2 ** 32;
const GROUP_OVERHEAD_BYTES = 400;
const CONSUMER_OVERHEAD_BYTES = 200;
/** Not active yet. */
export const NEVER_MS = -1;

/** One who reads for a group. */
export class Consumer {
	readonly name: Uint8Array;
	/** What stands for it in the records of the group. */
	readonly number: number;
	/** Of the entries delivered to it and not acknowledged, the ids. */
	readonly pending: PendingList;
	/** When it last tried to read or claim. */
	seen_ms: number;
	/** When it last got something, or NEVER_MS. */
	active_ms: number;

	constructor(name: Uint8Array, number: number, now_ms: number, pending: PendingList) {
		this.name = name;
		this.number = number;
		this.pending = pending;
		this.seen_ms = now_ms;
		this.active_ms = NEVER_MS;
	}
}

/**
 * A consumer group: how far it has read, its consumers, and what was delivered to them and not acknowledged.
 *
 * A pending entry is a record in the group's list, with the time and the number of deliveries and the consumer's number,
 * and one in the list of its consumer, with the id alone. The cursor of `pending` says which entry is meant.
 */
export class Group {
	readonly name: Uint8Array;
	/** Of the last entry delivered as new. */
	readonly lastId: StreamId;
	/** How many entries were added to the stream up to `lastId`, or unknown. */
	readonly entriesRead: Counter;
	readonly pending: PendingList;
	/** By name. */
	readonly consumers: Consumer[];
	/** Where the entry behind `lastId` lies. */
	readonly position: Position;
	/** The group as it was when a snapshot began, while that has not taken it. */
	frozen: FrozenGroup | null;
	private readonly numbered: (Consumer | null)[];
	private readonly freeNumbers: number[];
	private readonly footprint: Footprint;

	constructor(name: Uint8Array, footprint: Footprint) {
		this.name = name;
		this.lastId = new StreamId();
		this.entriesRead = new Counter();
		this.pending = new PendingList(PENDING_WORDS, footprint);
		this.consumers = [];
		this.position = new Position();
		this.frozen = null;
		this.numbered = [];
		this.freeNumbers = [];
		this.footprint = footprint;
		footprint.bytes += GROUP_OVERHEAD_BYTES + name.length;
	}

	/** A snapshot has begun, or where it is null has taken the group. */
	freeze(frozen: FrozenGroup | null): void {
		this.frozen = frozen;
		this.pending.frozen = frozen === null ? null : frozen.pending;
	}

	/** To be told before `entriesRead` changes. */
	touch(): void {
		if (this.frozen !== null) this.frozen.note();
	}

	/** What was delivered as new ends with this id. */
	moveTo(id: StreamId): void {
		this.touch();
		this.lastId.copy(id);
	}

	// Consumers

	findConsumer(bytes: Uint8Array, start: number, length: number): Consumer | null {
		const index = indexOfName(this.consumers, bytes, start, length);
		return index < 0 ? null : this.consumers[index]!;
	}

	/** The name must be new. */
	createConsumer(name: Uint8Array, now_ms: number): Consumer {
		const index = indexOfName(this.consumers, name, 0, name.length);
		assert(index < 0, "a consumer is created once");
		this.touch();
		const number = this.freeNumbers.pop() ?? this.numbered.length;
		const consumer = new Consumer(name, number, now_ms, new PendingList(ID_WORDS, this.footprint));
		this.numbered[number] = consumer;
		this.consumers.splice(-1 - index, 0, consumer);
		this.footprint.bytes += CONSUMER_OVERHEAD_BYTES + name.length;
		return consumer;
	}

	/** A consumer tries to read or to claim. */
	saw(consumer: Consumer, now_ms: number): void {
		if (this.frozen !== null) this.frozen.preserveConsumer(consumer);
		consumer.seen_ms = now_ms;
	}

	/** A consumer got something. */
	served(consumer: Consumer, now_ms: number): void {
		if (this.frozen !== null) this.frozen.preserveConsumer(consumer);
		consumer.active_ms = now_ms;
	}

	/** Removes a consumer with all that is pending for it. */
	removeConsumer(consumer: Consumer): void {
		this.touch();
		const id = new StreamId();
		for (let there = consumer.pending.first(); there; there = consumer.pending.next()) {
			id.load(consumer.pending.words, consumer.pending.at);
			const isPending = this.pending.find(id);
			assert(isPending, "what is pending for a consumer is so for its group");
			this.pending.remove();
		}
		this.footprint.bytes -= CONSUMER_OVERHEAD_BYTES + consumer.name.length;
		consumer.pending.retire();
		this.consumers.splice(this.consumers.indexOf(consumer), 1);
		this.numbered[consumer.number] = null;
		this.freeNumbers.push(consumer.number);
	}

	// Pending entries

	/** An entry was delivered as new: it is pending for this consumer, once, whoever had it before. */
	deliver(id: StreamId, consumer: Consumer, now_ms: number): void {
		if (this.pending.find(id)) this.setOwner(id, consumer);
		else this.add(id, consumer);
		this.setDeliveryTime(now_ms);
		this.setDeliveryCount(0, 1);
	}

	/** Makes an entry pending that was not. Its time and count are to be set. */
	add(id: StreamId, consumer: Consumer): void {
		this.pending.insert(id);
		this.pending.words[this.pending.at + OWNER] = consumer.number;
		consumer.pending.insert(id);
	}

	/** Gives the entry at the cursor, whose id is `id`, to a consumer. */
	setOwner(id: StreamId, consumer: Consumer): void {
		const owner = this.owner();
		if (owner === consumer) return;
		this.removeFrom(owner, id);
		consumer.pending.insert(id);
		this.pending.touch();
		this.pending.words[this.pending.at + OWNER] = consumer.number;
	}

	/** Removes the entry at the cursor, whose id is `id`. */
	remove(id: StreamId): void {
		this.removeFrom(this.owner(), id);
		this.pending.remove();
	}

	private removeFrom(owner: Consumer, id: StreamId): void {
		const isPending = owner.pending.find(id);
		assert(isPending, "what is pending for a group is so for a consumer");
		owner.pending.remove();
	}

	/** Returns whether the entry was pending. */
	acknowledge(id: StreamId): boolean {
		if (!this.pending.find(id)) return false;
		this.remove(id);
		return true;
	}

	// The pending entry at the cursor

	owner(): Consumer {
		const consumer = this.numbered[this.pending.words[this.pending.at + OWNER]!];
		assert(consumer !== null && consumer !== undefined, "a pending entry has an owner");
		return consumer;
	}

	deliveryTime(): number {
		const { words, at } = this.pending;
		return words[at + TIME_HIGH]! * HALF + (words[at + TIME_LOW]! >>> 0);
	}

	setDeliveryTime(time_ms: number): void {
		this.pending.touch();
		const { words, at } = this.pending;
		words[at + TIME_HIGH] = Math.floor(time_ms / HALF);
		words[at + TIME_LOW] = time_ms | 0;
	}

	/** Loads how often it was delivered. */
	loadDeliveryCount(count: Counter): void {
		const { words, at } = this.pending;
		count.high = words[at + COUNT_HIGH]!;
		count.low = words[at + COUNT_LOW]!;
	}

	setDeliveryCount(high: number, low: number): void {
		this.pending.touch();
		const { words, at } = this.pending;
		words[at + COUNT_HIGH] = high;
		words[at + COUNT_LOW] = low;
	}

	countDelivery(): void {
		this.pending.touch();
		const { words, at } = this.pending;
		const low = (words[at + COUNT_LOW]! + 1) | 0;
		words[at + COUNT_LOW] = low;
		if (low === 0) words[at + COUNT_HIGH] = (words[at + COUNT_HIGH]! + 1) | 0;
	}

	// The whole

	/** Lets everything go. */
	retire(): void {
		for (const consumer of this.consumers) {
			consumer.pending.retire();
			this.footprint.bytes -= CONSUMER_OVERHEAD_BYTES + consumer.name.length;
		}
		this.pending.retire();
		this.footprint.bytes -= GROUP_OVERHEAD_BYTES + this.name.length;
	}

	clone(footprint: Footprint): Group {
		const copy = new Group(this.name, footprint);
		copy.lastId.copy(this.lastId);
		copy.entriesRead.copy(this.entriesRead);
		copy.pending.copy(this.pending);
		for (const { name, number, seen_ms, active_ms, pending } of this.consumers) {
			const consumer = new Consumer(name, number, seen_ms, new PendingList(ID_WORDS, footprint));
			consumer.active_ms = active_ms;
			consumer.pending.copy(pending);
			copy.consumers.push(consumer);
			copy.numbered[number] = consumer;
			footprint.bytes += CONSUMER_OVERHEAD_BYTES + name.length;
		}
		for (let number = 0; number < this.numbered.length; number++) copy.numbered[number] ??= null;
		for (const number of this.freeNumbers) copy.freeNumbers.push(number);
		return copy;
	}

	bytesUsed(): number {
		let bytes = GROUP_OVERHEAD_BYTES + this.name.length + this.pending.bytesUsed();
		for (const { name, pending } of this.consumers) {
			bytes += CONSUMER_OVERHEAD_BYTES + name.length + pending.bytesUsed();
		}
		return bytes;
	}

	verify(): void {
		const id = new StreamId();
		this.pending.verify(id);
		let pending = 0;
		for (const [index, consumer] of this.consumers.entries()) {
			const { name } = consumer;
			assert(indexOfName(this.consumers, name, 0, name.length) === index, "consumers are sorted by name");
			assert(this.numbered[consumer.number] === consumer, "a number means its consumer");
			consumer.pending.verify(id);
			pending += consumer.pending.count;
			for (let there = consumer.pending.first(); there; there = consumer.pending.next()) {
				id.load(consumer.pending.words, consumer.pending.at);
				assert(this.pending.find(id) && this.owner() === consumer, "an entry is pending for its owner");
			}
		}
		assert(pending === this.pending.count, "every pending entry has one owner");
		assert(this.numbered.length === this.consumers.length + this.freeNumbers.length, "numbers are used or free");
	}
}
