import { assert } from "../bytes/assert.ts";
import { type Client, type MessageQueue, NO_MESSAGE, type SharedBytes } from "../dispatch/client.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";

/** With more than this waiting, no message is added before all are sent. */
const WAITING_BYTES_MAX = 1 << 20;
const WAITING_RANGES_MAX = 1 << 18;
/** Clients served between two looks at the time. */
const SERVED_PER_READING = 32;

/** Words of a range. */
const FROM = 0;
const TO = 1;
const NEXT = 2;
const RANGE_WORDS = 3;

/**
 * Messages on their way to the clients of one protocol, until the network's turn comes: each is encoded once, however
 * many receive it, and what one client receives in a turn of the event loop goes out in one write.
 *
 *     bytes    message | message | message | message …
 *     ranges   from to next | from to next | …             a chain for each client, in the order of the messages
 *     queue    client  client …                            who has to be served, in the order of their first message
 *
 * Messages of one channel lie one behind the other, so a chain nearly always has a single range, which is written from
 * where it lies. To add one to a client allocates nothing.
 *
 * Invariant: a client with a chain is in the queue; bytes and ranges stay until the queue is empty.
 */
export class Outbox implements MessageQueue {
	/** Where the message begins and ends that is added to clients now. */
	from: number;
	to: number;
	/** Holds the messages. */
	readonly writer: ReplyWriter;
	private ranges: Int32Array;
	private rangesEnd: number;
	private readonly queue: Client[];
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

	/** The message is for this client, too. */
	add(client: Client): void {
		const { ranges } = this;
		const last = client.lastMessage;
		if (last !== NO_MESSAGE && ranges[last + TO]! === this.from) ranges[last + TO] = this.to;
		else this.addRange(client);
	}

	private addRange(client: Client): void {
		const at = this.rangesEnd;
		if (at === this.ranges.length) {
			const grown = new Int32Array(2 * at);
			grown.set(this.ranges);
			this.ranges = grown;
		}
		const { ranges } = this;
		ranges[at + FROM] = this.from;
		ranges[at + TO] = this.to;
		ranges[at + NEXT] = NO_MESSAGE;
		this.rangesEnd = at + RANGE_WORDS;
		if (client.lastMessage === NO_MESSAGE) client.firstMessage = at;
		else ranges[client.lastMessage + NEXT] = at;
		client.lastMessage = at;
		client.waitingIn = this;
		if (client.queuedIn === this) return;
		client.queuedIn = this;
		this.queue.push(client);
	}

	/** Serves those who wait, until `isOver` says to stop; returns whether nobody waits any more. */
	send(isOver: () => boolean): boolean {
		const { queue } = this;
		while (this.head < queue.length) {
			const client = queue[this.head++]!;
			if (client.queuedIn === this) client.queuedIn = null;
			this.serve(client);
			if (this.head % SERVED_PER_READING === 0 && isOver()) return false;
		}
		this.writer.clear();
		this.rangesEnd = 0;
		queue.length = 0;
		this.head = 0;
		this.parcel.forget();
		return true;
	}

	/** Sends what is waiting here for one client; it may have changed its protocol since it came. */
	serve(client: Client): void {
		const { ranges, parcel } = this;
		if (client.waitingIn !== this) return;
		const first = client.firstMessage;
		client.firstMessage = NO_MESSAGE;
		client.lastMessage = NO_MESSAGE;
		client.waitingIn = null;
		if (ranges[first + NEXT] === NO_MESSAGE) parcel.wrap(this.writer.bytes, ranges[first + FROM]!, ranges[first + TO]!);
		else this.gather(first);
		client.link.push(parcel);
	}

	verify(): void {
		const { ranges, queue } = this;
		assert(this.head <= queue.length, "the queue is served from its head");
		for (const client of new Set(queue.slice(this.head))) {
			if (client.waitingIn !== this) continue;
			assert(client.queuedIn === this, "a client knows where it is queued");
			let end = 0;
			let last = NO_MESSAGE;
			for (let at = client.firstMessage; at !== NO_MESSAGE; at = ranges[at + NEXT]!) {
				assert(at < this.rangesEnd && ranges[at + FROM]! >= end, "messages come in their order");
				end = ranges[at + TO]!;
				last = at;
			}
			assert(last === client.lastMessage && end <= this.writer.length, "a chain ends inside of what was written");
		}
	}

	/** Puts a chain of several ranges together. */
	private gather(first: number): void {
		const { ranges, writer, gathered, parcel } = this;
		parcel.forget();
		gathered.clear();
		for (let at = first; at !== NO_MESSAGE; at = ranges[at + NEXT]!) {
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
