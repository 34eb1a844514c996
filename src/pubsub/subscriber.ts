import { assert } from "../bytes/assert.ts";
import type { Client, Subscriptions } from "../dispatch/client.ts";
import type { PubSub } from "./pub-sub.ts";
import { CHANNEL, PATTERN, SHARD_CHANNEL, type Topic } from "./topic.ts";

/** Memory that a subscription to a channel of its own takes, the name aside; measured, see docs/pubsub.md. */
export const SUBSCRIPTION_BYTES = 350;

/** A client as pub/sub sees it: what it listens to. */
export class Subscriber implements Subscriptions {
	readonly client: Client;
	/** What it listens to, in the order in which that began, and its place among the subscribers there. */
	readonly places: Map<Topic, number>;
	channels: number;
	patterns: number;
	shardChannels: number;
	private readonly pubSub: PubSub;
	private nameBytes: number;

	constructor(pubSub: PubSub, client: Client) {
		this.client = client;
		this.places = new Map();
		this.channels = 0;
		this.patterns = 0;
		this.shardChannels = 0;
		this.pubSub = pubSub;
		this.nameBytes = 0;
	}

	/** False where it listens to it already. */
	join(topic: Topic): boolean {
		if (this.places.has(topic)) return false;
		topic.add(this);
		this.count(topic, 1);
		return true;
	}

	/** False where it does not listen to it. */
	leave(topic: Topic): boolean {
		if (!this.places.has(topic)) return false;
		topic.remove(this);
		this.count(topic, -1);
		return true;
	}

	private count({ kind, name }: Topic, change: number): void {
		if (kind === CHANNEL) this.channels += change;
		else if (kind === PATTERN) this.patterns += change;
		else if (kind === SHARD_CHANNEL) this.shardChannels += change;
		this.nameBytes += change * name.length;
	}

	cancelAll(): void {
		this.pubSub.cancelAll(this);
	}

	verify(): void {
		const kinds = [0, 0, 0];
		let nameBytes = 0;
		for (const [topic, place] of this.places) {
			assert(topic.subscribers[place] === this, "a topic knows its subscribers");
			kinds[topic.kind]!++;
			nameBytes += topic.name.length;
		}
		const counted = [this.channels, this.patterns, this.shardChannels];
		assert(kinds.every((count, kind) => count === counted[kind]) && this.places.size > 0, "topics are counted by kind");
		assert(nameBytes === this.nameBytes, "names are counted");
		assert(this.client.subscriptions === this, "a client knows what it listens to");
	}

	bytesUsed(): number {
		return this.nameBytes + this.places.size * SUBSCRIPTION_BYTES;
	}
}
