import type { Clock, Timers } from "../adapters/clock.ts";
import { bytesOf } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { globMatch } from "../bytes/glob.ts";
import type { Client } from "../dispatch/client.ts";
import { GATE_SUBSCRIBED } from "../dispatch/gates.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import { Mail } from "./mail.ts";
import type { Outbox } from "./outbox.ts";
import { Subscriber } from "./subscriber.ts";
import { CHANNEL, PATTERN, SHARD_CHANNEL, type Topic } from "./topic.ts";
import { Topics } from "./topics.ts";

/** A client that sends itself more than this by one command is closed. */
const OWN_BYTES_MAX = 64 << 20;

/** First words of messages, by kind of topic. */
const MESSAGE_WORDS = ["message", "pmessage", "smessage"].map(bytesOf);

/** Where commands are executed. */
export interface Workplace {
	/** The client whose command is at work, null between batches. */
	readonly executing: Client | null;
	/** Messages for that client: they follow the reply of its command. */
	readonly messages: ReplyWriter;
}

/**
 * Who listens to what, and the way of a message to them.
 *
 *     publish      channel, then the patterns that match, each in the order of subscription
 *       → the client at work     behind the reply of its command
 *       → any other              its outbox, sent once the events of this turn of the loop are served
 *
 * A client with messages in an outbox that sends a command itself gets them before the reply: time never runs backwards
 * on a connection.
 *
 * Invariant: `client.subscriptions` is null or a Subscriber of ours with at least one subscription.
 */
export class PubSub {
	/** Clients that listen to something. */
	private clientCount: number;
	private readonly workplace: Workplace;
	/** Also of other messages that no reply carries, so that all keep their order. */
	readonly mail: Mail;
	/** By kind. */
	private readonly topics: readonly Topics[];
	private readonly channels: Topics;
	private readonly shardChannels: Topics;
	/** In the order in which the first of their subscribers came. */
	private readonly patterns: Set<Topic>;
	private readonly message: Message;

	constructor(seed0: number, seed1: number, workplace: Workplace, clock: Clock, timers: Timers) {
		this.clientCount = 0;
		this.workplace = workplace;
		this.mail = new Mail(clock, timers);
		this.topics = [CHANNEL, PATTERN, SHARD_CHANNEL].map((kind) => new Topics(kind, seed0, seed1));
		this.channels = this.topics[CHANNEL]!;
		this.shardChannels = this.topics[SHARD_CHANNEL]!;
		this.patterns = new Set();
		this.message = new Message();
	}

	// Subscriptions

	subscribe(client: Client, kind: number, bytes: Uint8Array, start: number, length: number): void {
		const subscriber = (client.subscriptions as Subscriber | null) ?? this.enter(client);
		const topic = this.topics[kind]!.open(bytes, start, length);
		if (kind === PATTERN) this.patterns.add(topic);
		subscriber.join(topic);
	}

	private enter(client: Client): Subscriber {
		const subscriber = new Subscriber(this, client);
		client.subscriptions = subscriber;
		client.setGate(GATE_SUBSCRIBED, true);
		this.clientCount++;
		return subscriber;
	}

	unsubscribe(client: Client, kind: number, bytes: Uint8Array, start: number, length: number): void {
		const subscriber = client.subscriptions as Subscriber | null;
		const topic = this.topics[kind]!.find(bytes, start, length);
		if (subscriber !== null && topic !== null) this.cancel(subscriber, topic);
	}

	private cancel(subscriber: Subscriber, topic: Topic): void {
		if (!subscriber.leave(topic)) return;
		if (topic.count === 0) {
			this.topics[topic.kind]!.remove(topic);
			if (topic.kind === PATTERN) this.patterns.delete(topic);
		}
		if (subscriber.places.size > 0) return;
		subscriber.client.subscriptions = null;
		subscriber.client.setGate(GATE_SUBSCRIBED, false);
		this.clientCount--;
	}

	/** Of a client that goes away, or begins anew. */
	cancelAll(subscriber: Subscriber): void {
		for (const topic of subscriber.places.keys()) this.cancel(subscriber, topic);
	}

	/** What a client listens to, in the order in which that began. */
	namesOf(client: Client, kind: number): Uint8Array[] {
		const subscriber = client.subscriptions as Subscriber | null;
		if (subscriber === null) return [];
		return [...subscriber.places.keys()].filter((topic) => topic.kind === kind).map((topic) => topic.name);
	}

	/** As the replies of SUBSCRIBE and its like count: channels and patterns together, shard channels apart. */
	subscriptionCount({ subscriptions }: Client, kind: number): number {
		if (subscriptions === null) return 0;
		return kind === SHARD_CHANNEL ? subscriptions.shardChannels : subscriptions.channels + subscriptions.patterns;
	}

	// What PUBSUB and INFO tell

	counts(): { clients: number; channels: number; patterns: number; shardChannels: number } {
		return {
			clients: this.clientCount,
			channels: this.channels.count(),
			patterns: this.patterns.size,
			shardChannels: this.shardChannels.count(),
		};
	}

	subscriberCount(kind: number, bytes: Uint8Array, start: number, length: number): number {
		return this.topics[kind]!.find(bytes, start, length)?.count ?? 0;
	}

	/** In no particular order. */
	topicNames(kind: number): Uint8Array[] {
		return this.topics[kind]!.all().map((topic) => topic.name);
	}

	// Messages

	/** Whether a message to any channel would reach nobody. */
	isDeaf(): boolean {
		return this.patterns.size === 0 && this.channels.count() === 0;
	}

	/** Sends a message to a channel; returns how often it was received: once by each subscription that it met. */
	publish(
		channel: Uint8Array,
		channelStart: number,
		channelLength: number,
		text: Uint8Array,
		textStart: number,
		textLength: number,
	): number {
		const topic = this.channels.find(channel, channelStart, channelLength);
		if (topic === null && this.patterns.size === 0) return 0;
		this.message.set(channel, channelStart, channelLength, text, textStart, textLength);
		let receivers = topic === null ? 0 : this.send(topic);
		if (this.patterns.size > 0) receivers += this.sendToPatterns(channel, channelStart, channelStart + channelLength);
		this.message.forget();
		return receivers;
	}

	private sendToPatterns(channel: Uint8Array, start: number, end: number): number {
		let receivers = 0;
		for (const pattern of this.patterns) {
			const { name } = pattern;
			if (globMatch(name, 0, name.length, channel, start, end, false)) receivers += this.send(pattern);
		}
		return receivers;
	}

	/** As `publish`, to a shard channel. */
	publishToShard(
		channel: Uint8Array,
		channelStart: number,
		channelLength: number,
		text: Uint8Array,
		textStart: number,
		textLength: number,
	): number {
		const topic = this.shardChannels.find(channel, channelStart, channelLength);
		if (topic === null) return 0;
		this.message.set(channel, channelStart, channelLength, text, textStart, textLength);
		const receivers = this.send(topic);
		this.message.forget();
		return receivers;
	}

	/** Sends the message to all subscribers of a topic. Nobody may come or go until it is added for all of them. */
	private send(topic: Topic): number {
		const { resp2, resp3 } = this.mail;
		const { executing } = this.workplace;
		this.mail.makeRoom();
		let inResp2 = false;
		let inResp3 = false;
		let isForOneself = false;
		// Clients that did not keep up have been closed: the topic may have lost some.
		const { subscribers, count } = topic;
		for (let place = 0; place < subscribers.length; place++) {
			const subscriber = subscribers[place]!;
			if (subscriber === null) continue;
			const { client } = subscriber;
			if (client === executing) isForOneself = true;
			else if (client.protocol === 3) {
				if (!inResp3) this.encode(resp3, topic);
				inResp3 = true;
				resp3.add(client);
			} else {
				if (!inResp2) this.encode(resp2, topic);
				inResp2 = true;
				resp2.add(client);
			}
		}
		if (isForOneself) this.sendToOneself(executing!, topic);
		if (inResp2 || inResp3) this.mail.arm();
		return count;
	}

	private encode(outbox: Outbox, topic: Topic): void {
		this.message.write(outbox.begin(), topic);
		outbox.end();
	}

	private sendToOneself(client: Client, topic: Topic): void {
		const { messages } = this.workplace;
		messages.protocol = client.protocol;
		this.message.write(messages, topic);
		if (messages.length > OWN_BYTES_MAX) client.link.close();
	}

	verify(): void {
		const subscribers = new Set<Subscriber>();
		for (const topics of this.topics) {
			topics.verify();
			for (const topic of topics.all())
				for (const subscriber of topic.subscribers) if (subscriber) subscribers.add(subscriber);
		}
		for (const subscriber of subscribers) subscriber.verify();
		assert(subscribers.size === this.clientCount, "clients that listen are counted");
		const patterns = this.topics[PATTERN]!.all();
		assert(
			patterns.length === this.patterns.size && patterns.every((pattern) => this.patterns.has(pattern)),
			"patterns are in order",
		);
		this.mail.verify();
	}
}

/** The message on its way: its channel and text lie where the caller has them. */
class Message {
	private channel: Uint8Array;
	private channelStart: number;
	private channelLength: number;
	private text: Uint8Array;
	private textStart: number;
	private textLength: number;

	constructor() {
		this.channel = EMPTY;
		this.channelStart = 0;
		this.channelLength = 0;
		this.text = EMPTY;
		this.textStart = 0;
		this.textLength = 0;
	}

	set(
		channel: Uint8Array,
		channelStart: number,
		channelLength: number,
		text: Uint8Array,
		textStart: number,
		textLength: number,
	): void {
		this.channel = channel;
		this.channelStart = channelStart;
		this.channelLength = channelLength;
		this.text = text;
		this.textStart = textStart;
		this.textLength = textLength;
	}

	/** Lets go of the caller's bytes, which may be many. */
	forget(): void {
		this.channel = EMPTY;
		this.text = EMPTY;
	}

	/** As the subscribers of a topic receive it. */
	write(writer: ReplyWriter, topic: Topic): void {
		const isMatch = topic.kind === PATTERN;
		writer.push(isMatch ? 4 : 3);
		writer.bulkBytes(MESSAGE_WORDS[topic.kind]!);
		if (isMatch) writer.bulkBytes(topic.name);
		writer.bulk(this.channel, this.channelStart, this.channelLength);
		writer.bulk(this.text, this.textStart, this.textLength);
	}
}

const EMPTY = new Uint8Array(0);
