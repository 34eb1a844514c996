/**
 * A client that caches: it has read keys, is told in RESP3 which of them are no longer valid, and reads these again.
 *
 * Invariant: keys and values have one length each, so that the first byte of a reply tells where it ends.
 */
import { encodeCommands } from "../write-batch.ts";
import type { CachingClient } from "./plan.ts";
import type { Reader, Sockets } from "./sockets.ts";

const digits = 12;
const carriageReturn = 13;
const push = 0x3e;
const zero = 0x30;
/** `>2 $10 invalidate *` */
const headBytes = ">2\r\n$10\r\ninvalidate\r\n*".length;
const getHead = Buffer.from("*2\r\n$3\r\nGET\r\n");

export class CachingReader implements Reader {
	/** Keys it was told of. */
	invalidated: number;
	private readonly sockets: Sockets;
	private readonly descriptor: number;
	private readonly replyBytes: number;
	/** `$16 key`, as it is in messages and in requests. */
	private readonly wordBytes: number;
	/** What arrived of a reply that is not complete, and the chunk behind it. */
	private input: Uint8Array;
	private kept: number;
	private isGreeted: boolean;
	/** Bytes of answers before it is ready. */
	private helloLeft: number;
	private output: Uint8Array;
	private outputBytes: number;

	constructor(sockets: Sockets, port: number, client: CachingClient) {
		const { prefix, valueBytes, keys, hello, helloBytes } = client;
		this.invalidated = 0;
		this.sockets = sockets;
		const keyBytes = prefix.length + digits;
		this.wordBytes = `$${keyBytes}\r\n\r\n`.length + keyBytes;
		this.replyBytes = `$${valueBytes}\r\n\r\n`.length + valueBytes;
		this.input = new Uint8Array(1 << 20);
		this.kept = 0;
		this.isGreeted = false;
		this.helloLeft = helloBytes + keys * this.replyBytes;
		this.output = new Uint8Array(1 << 20);
		this.outputBytes = 0;
		this.descriptor = sockets.connect(port, this);
		this.greet();
		const gets = Array.from({ length: keys }, (_, i) => ["GET", `${prefix}${String(i).padStart(digits, "0")}`]);
		sockets.send(this.descriptor, encodeCommands([...hello, ...gets]));
		sockets.run(() => this.helloLeft <= 0);
		if (this.helloLeft < 0) throw new Error("the caching client read more than it should have");
	}

	/** Goes over to RESP3; how long the answer is differs, how it ends does not. */
	private greet(): void {
		this.sockets.send(this.descriptor, encodeCommands([["HELLO", "3"]]));
		this.sockets.run(() => this.isGreeted);
	}

	received(bytes: Uint8Array, length: number): void {
		if (!this.isGreeted) {
			this.isGreeted = Buffer.from(bytes.subarray(0, length)).toString("latin1").endsWith("modules\r\n*0\r\n");
			return;
		}
		if (this.helloLeft > 0) {
			this.helloLeft -= length;
			return;
		}
		if (this.kept + length > this.input.length) throw new Error("the caching client lags behind");
		this.input.set(bytes.subarray(0, length), this.kept);
		const end = this.kept + length;
		let at = 0;
		while (at < end) {
			const next = this.read(at, end);
			if (next < 0) break;
			at = next;
		}
		this.input.copyWithin(0, at, end);
		this.kept = end - at;
		if (this.outputBytes === 0) return;
		this.sockets.send(this.descriptor, this.output, this.outputBytes);
		this.outputBytes = 0;
	}

	/** Reads the reply at `at`; returns where the next one is, -1 where this one is not complete. */
	private read(at: number, end: number): number {
		const { input } = this;
		if (input[at] !== push) return at + this.replyBytes <= end ? at + this.replyBytes : -1;
		let position = at + headBytes;
		let count = 0;
		for (; position < end && input[position] !== carriageReturn; position++)
			count = count * 10 + input[position]! - zero;
		position += 2;
		const next = position + count * this.wordBytes;
		if (next > end) return -1;
		this.invalidated += count;
		for (let i = 0; i < count; i++) this.ask(position + i * this.wordBytes);
		return next;
	}

	private ask(at: number): void {
		this.output.set(getHead, this.outputBytes);
		this.outputBytes += getHead.length;
		this.output.set(this.input.subarray(at, at + this.wordBytes), this.outputBytes);
		this.outputBytes += this.wordBytes;
	}
}
