import { assert, unreachable } from "../bytes/assert.ts";
import type { External } from "../memory/handles.ts";
import type { Subscriber } from "./subscriber.ts";

/** Kinds of topics. */
export const CHANNEL = 0;
export const PATTERN = 1;
/** Of SSUBSCRIBE and SPUBLISH: a namespace of its own, which no pattern reaches. */
export const SHARD_CHANNEL = 2;

/** More holes than this, and than subscribers, are closed up. */
const HOLES_MAX = 16;

/**
 * A channel, a shard channel or a pattern: its name and who listens, in the order in which they came.
 *
 *     subscribers   a  b  -  c  -  d        a hole where one has left; each subscriber knows its places
 *
 * So coming and leaving cost O(1) on average, and a message goes down a plain array.
 *
 * Invariant: `subscribers[place]` is the subscriber exactly where its place in this topic is `place`; `count` are not
 * holes. Nobody comes or leaves while a message goes down the array.
 */
export class Topic implements External {
	readonly kind: number;
	readonly name: Uint8Array;
	readonly subscribers: (Subscriber | null)[];
	count: number;

	constructor(kind: number, name: Uint8Array) {
		this.kind = kind;
		this.name = name;
		this.subscribers = [];
		this.count = 0;
	}

	/** The subscriber must not listen yet. */
	add(subscriber: Subscriber): void {
		subscriber.places.set(this, this.subscribers.length);
		this.subscribers.push(subscriber);
		this.count++;
	}

	/** The subscriber must listen. */
	remove(subscriber: Subscriber): void {
		this.subscribers[subscriber.places.get(this)!] = null;
		subscriber.places.delete(this);
		this.count--;
		const holes = this.subscribers.length - this.count;
		if (holes > HOLES_MAX && holes > this.count) this.closeUp();
	}

	private closeUp(): void {
		const { subscribers } = this;
		let place = 0;
		for (const subscriber of subscribers) {
			if (subscriber === null) continue;
			subscriber.places.set(this, place);
			subscribers[place++] = subscriber;
		}
		subscribers.length = place;
	}

	/** Without its subscribers: they count what they listen to. */
	bytesUsed(): number {
		return this.name.length;
	}

	clone(): Topic {
		return unreachable("a topic is one of a kind");
	}

	verify(): void {
		let count = 0;
		for (const [place, subscriber] of this.subscribers.entries()) {
			if (subscriber === null) continue;
			assert(subscriber.places.get(this) === place, "a subscriber knows its place");
			count++;
		}
		assert(count === this.count, "subscribers are counted");
		assert(this.subscribers.length - count <= Math.max(count, HOLES_MAX), "holes are closed up");
	}
}
