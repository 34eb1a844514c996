import { assert } from "../bytes/assert.ts";
import type { SharedBytes } from "../dispatch/client.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import { NO_RANGE, type Subscriber } from "./subscriber.ts";

/** With more than this waiting, no message is added before all are sent. */
const WAITING_BYTES_MAX = 1 << 20;
const WAITING_RANGES_MAX = 1 << 18;
/** Subscribers served between two looks at the time. */
const SERVED_PER_READING = 32;

/** Words of a range. */
const FROM = 0;
const TO = 1;
const NEXT = 2;
const RANGE_WORDS = 3;

/**
 * Messages on their way to the clients of one protocol, until the network's turn comes: each is encoded once, however
 * many receive it, and what one subscriber receives in a turn of the event loop goes out in one write.
 *
 *     bytes    message | message | message | message …
 *     ranges   from to next | from to next | …             a chain for each subscriber, in the order of the messages
 *     queue    subscriber  subscriber …                    who has to be served, in the order of their first message
 *
 * Messages of one channel lie one behind the other, so a chain nearly always has a single range, which is written from
 * where it lies. To add one to a subscriber allocates nothing.
 *
 * Invariant: a subscriber with a chain is in the queue; bytes and ranges stay until the queue is empty.
 */
export class Outbox {
	/** Where the message begins and ends that is added to subscribers now. */
	from: number;
	to: number;
	/** Holds the messages. */
	readonly writer: ReplyWriter;
	private ranges: Int32Array;
	private rangesEnd: number;
	private readonly queue: Subscriber[];
	private head: number;
	/** Where a chain of several ranges is put together. */
	private readonly gathered: ReplyWriter;
	private readonly parcel: Parcel;

	constructor(protocol: number) {
		this.from = 0;
		this.to = 0;
		this.writer = new ReplyWriter();
		this.writer.protocol = protocol;
		this.ranges = new Int32Array(64 * RANGE_WORDS);
		this.rangesEnd = 0;
		this.queue = [];
		this.head = 0;
		this.gathered = new ReplyWriter();
		this.parcel = new Parcel();
	}

	/** Whether so much is waiting that it has to be sent first. */
	isFull(): boolean {
		return this.writer.length > WAITING_BYTES_MAX || this.rangesEnd > WAITING_RANGES_MAX * RANGE_WORDS;
	}

	/** What is written from here on is the message. */
	begin(): ReplyWriter {
		this.from = this.writer.length;
		return this.writer;
	}

	/** The message is written. */
	end(): void {
		this.to = this.writer.length;
	}

	/** The message is for this subscriber, too. */
	add(subscriber: Subscriber): void {
		const { ranges } = this;
		const last = subscriber.lastRange;
		if (last !== NO_RANGE && ranges[last + TO]! === this.from) ranges[last + TO] = this.to;
		else this.addRange(subscriber);
	}

	private addRange(subscriber: Subscriber): void {
		const at = this.rangesEnd;
		if (at === this.ranges.length) {
			const grown = new Int32Array(2 * at);
			grown.set(this.ranges);
			this.ranges = grown;
		}
		const { ranges } = this;
		ranges[at + FROM] = this.from;
		ranges[at + TO] = this.to;
		ranges[at + NEXT] = NO_RANGE;
		this.rangesEnd = at + RANGE_WORDS;
		if (subscriber.lastRange === NO_RANGE) subscriber.firstRange = at;
		else ranges[subscriber.lastRange + NEXT] = at;
		subscriber.lastRange = at;
		if (subscriber.isQueued) return;
		subscriber.isQueued = true;
		this.queue.push(subscriber);
	}

	/** Serves those who wait, until `isOver` says to stop; returns whether nobody waits any more. */
	send(isOver: () => boolean): boolean {
		const { queue } = this;
		while (this.head < queue.length) {
			const subscriber = queue[this.head++]!;
			subscriber.isQueued = false;
			this.serve(subscriber);
			if (this.head % SERVED_PER_READING === 0 && isOver()) return false;
		}
		this.writer.clear();
		this.rangesEnd = 0;
		queue.length = 0;
		this.head = 0;
		this.parcel.forget();
		return true;
	}

	/** Sends what is waiting for one subscriber. */
	serve(subscriber: Subscriber): void {
		const { ranges, parcel } = this;
		const first = subscriber.firstRange;
		if (first === NO_RANGE) return;
		subscriber.firstRange = NO_RANGE;
		subscriber.lastRange = NO_RANGE;
		if (ranges[first + NEXT] === NO_RANGE) parcel.wrap(this.writer.bytes, ranges[first + FROM]!, ranges[first + TO]!);
		else this.gather(first);
		subscriber.client.link.push(parcel);
	}

	verify(): void {
		const { ranges, queue } = this;
		assert(this.head <= queue.length, "the queue is served from its head");
		const seen = new Set<Subscriber>();
		for (const subscriber of queue.slice(this.head)) {
			assert(subscriber.isQueued && !seen.has(subscriber), "a subscriber waits once");
			seen.add(subscriber);
			let end = 0;
			let last = NO_RANGE;
			for (let at = subscriber.firstRange; at !== NO_RANGE; at = ranges[at + NEXT]!) {
				assert(at < this.rangesEnd && ranges[at + FROM]! >= end, "messages come in their order");
				end = ranges[at + TO]!;
				last = at;
			}
			assert(last === subscriber.lastRange && end <= this.writer.length, "a chain ends inside of what was written");
		}
	}

	/** Puts a chain of several ranges together. */
	private gather(first: number): void {
		const { ranges, writer, gathered, parcel } = this;
		parcel.forget();
		gathered.clear();
		for (let at = first; at !== NO_RANGE; at = ranges[at + NEXT]!) {
			gathered.raw(writer.bytes, ranges[at + FROM]!, ranges[at + TO]! - ranges[at + FROM]!);
		}
		parcel.wrap(gathered.bytes, 0, gathered.length);
	}
}

/** A range of bytes for one client after the other; the copy made for the first who is slow serves all slow ones. */
class Parcel implements SharedBytes {
	bytes: Uint8Array;
	start: number;
	length: number;
	private copy: Uint8Array | null;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.length = 0;
		this.copy = null;
	}

	/** Bytes at the same place as those before are the same. */
	wrap(bytes: Uint8Array, start: number, end: number): void {
		if (bytes !== this.bytes || start !== this.start || end - start !== this.length) this.copy = null;
		this.bytes = bytes;
		this.start = start;
		this.length = end - start;
	}

	/** The bytes will be others. */
	forget(): void {
		this.copy = null;
	}

	kept(): Uint8Array {
		this.copy ??= this.bytes.slice(this.start, this.start + this.length);
		return this.copy;
	}
}
