import { latin1 } from "../../src/bytes/ascii.ts";
import { Client, type ClientLink, type SharedBytes } from "../../src/dispatch/client.ts";
import { PubSub, type Workplace } from "../../src/pubsub/pub-sub.ts";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { toBytes } from "../support/wire.ts";

/** A client whose link keeps what it is pushed. */
export class Listener implements ClientLink {
	readonly remoteAddress = "127.0.0.1:50000";
	readonly localAddress = "127.0.0.1:6379";
	readonly descriptor = 8;
	readonly isUnixSocket = false;
	readonly client: Client;
	/** What it was pushed so far, and in how many pieces. */
	received = "";
	pushes = 0;
	isClosed = false;
	/** Called for each push instead of noting it. */
	onPush: ((message: SharedBytes) => void) | null = null;

	constructor(id: number, protocol = 2) {
		this.client = new Client(id, this, 0);
		this.client.protocol = protocol;
	}

	push(message: SharedBytes): void {
		this.pushes++;
		if (this.onPush !== null) this.onPush(message);
		else this.received += latin1(message.bytes, message.start, message.start + message.length);
	}

	/** What it was pushed since it last looked. */
	take(): string {
		const { received } = this;
		this.received = "";
		return received;
	}

	closeAfterReply(): void {}
	end(): void {}
	sendPart(): number {
		return 0;
	}
	close(): void {
		this.isClosed = true;
		this.client.subscriptions?.cancelAll();
	}
	queryBytes(): number {
		return 0;
	}
	queryCapacityBytes(): number {
		return 0;
	}
	pendingBytes(): number {
		return 0;
	}
	pendingChunks(): number {
		return 0;
	}
}

/** Pub/sub without a server: texts for bytes, virtual time, and a workplace where nobody works unless a test says so. */
export class Forum {
	readonly time = new VirtualTime();
	readonly workplace: Workplace & { executing: Client | null } = { executing: null, messages: new ReplyWriter() };
	readonly pubSub = new PubSub(1, 2, this.workplace, this.time, this.time);

	subscribe({ client }: Listener, kind: number, name: string): void {
		const bytes = toBytes(`<${name}>`);
		this.pubSub.subscribe(client, kind, bytes, 1, bytes.length - 2);
	}

	unsubscribe({ client }: Listener, kind: number, name: string): void {
		const bytes = toBytes(`<${name}>`);
		this.pubSub.unsubscribe(client, kind, bytes, 1, bytes.length - 2);
	}

	publish(channel: string, text: string): number {
		const bytes = toBytes(`${channel}|${text}`);
		return this.pubSub.publish(bytes, 0, channel.length, bytes, channel.length + 1, text.length);
	}

	publishToShard(channel: string, text: string): number {
		const bytes = toBytes(`${channel}|${text}`);
		return this.pubSub.publishToShard(bytes, 0, channel.length, bytes, channel.length + 1, text.length);
	}

	/** Lets everything that waits be sent. */
	turn(): void {
		this.time.advance(0);
	}

	/** What the client at work gets behind its reply. */
	own(): string {
		const { messages } = this.workplace;
		const text = latin1(messages.bytes, 0, messages.length);
		messages.clear();
		return text;
	}
}

/** A message as a client of that protocol receives it. */
export function message(protocol: number, ...words: readonly string[]): string {
	return `${protocol === 3 ? ">" : "*"}${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}
