import type { Connection, Receiver } from "../adapters/network.ts";
import { Client, type ClientLink } from "../dispatch/client.ts";
import { CLOSING, type Executor, FLUSH, HELD_BACK } from "../dispatch/execute.ts";
import { protocolError } from "../resp/errors.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import { RequestParser } from "../resp/request-parser.ts";
import { PendingOutput } from "./pending-output.ts";

/** What a connection needs of its server. */
export interface ConnectionHost {
	readonly executor: Executor;
	readonly reply: ReplyWriter;
	/** Parser for connections in the middle of nothing; one that is in the middle of something takes it along. */
	parser: RequestParser;
	/** Before a chunk is executed: time moves on. */
	beginBatch(): void;
	/** After a chunk was executed and answered. */
	endBatch(): void;
	/** Longest argument and largest query buffer, bytes. */
	bulkBytesMax(): number;
	queryBytesMax(): number;
	/** Called whenever replies had to be queued: says whether the client may keep them. */
	mayQueue(connection: ClientConnection): boolean;
	closed(connection: ClientConnection): void;
	note(bytesIn: number, bytesOut: number): void;
	/** A line for the log about a client that is dropped. */
	logDropped(connection: ClientConnection, reason: string): void;
}

/**
 * Commands of a client with this much output waiting are not executed until it has read: memory stays bounded however
 * slowly it reads, and nobody else waits.
 */
const OUTPUT_PAUSE_BYTES = 64 << 20;
/** A client that waits (paused, slow) may send this much ahead before its socket is no longer read. */
const INPUT_PAUSE_BYTES = 1 << 20;
const QUERY_BYTES_MIN = 16_384;

/**
 * One client: bytes in, commands executed, bytes out.
 *
 * Commands are executed where they arrived, in the chunk; only an unfinished one is copied to `query`, which therefore
 * always begins with the start of a command. `suspended` means: what arrives is kept, nothing is executed.
 */
export class ClientConnection implements Receiver, ClientLink {
	readonly client: Client;
	readonly remoteAddress: string;
	readonly localAddress: string;
	readonly descriptor: number;
	readonly isUnixSocket: boolean;
	readonly output: PendingOutput;
	/** While true replies wait for the reader, or commands for the end of CLIENT PAUSE. */
	suspended: boolean;
	private readonly host: ConnectionHost;
	private readonly connection: Connection;
	private query: Uint8Array | null;
	private queryLength: number;
	/** Set while an unfinished command of many arguments is in `query`. */
	private ownParser: RequestParser | null;
	/** Where in the input the first command begins that was not executed. */
	private heldBackAt: number;
	private inputPaused: boolean;
	private isClosed: boolean;

	constructor(host: ConnectionHost, connection: Connection, id: number, now_ms: number) {
		this.host = host;
		this.connection = connection;
		this.remoteAddress = connection.remoteAddress;
		this.localAddress = connection.localAddress;
		this.descriptor = connection.descriptor;
		this.isUnixSocket = connection.isUnixSocket;
		this.output = new PendingOutput();
		this.suspended = false;
		this.query = null;
		this.queryLength = 0;
		this.ownParser = null;
		this.heldBackAt = 0;
		this.inputPaused = false;
		this.isClosed = false;
		this.client = new Client(id, this, now_ms);
	}

	receive(chunk: Uint8Array): void {
		if (this.client.closing) return;
		this.client.networkInput += chunk.length;
		this.host.note(chunk.length, 0);
		if (this.suspended) {
			this.appendQuery(chunk);
			if (this.queryLength > INPUT_PAUSE_BYTES && !this.inputPaused) {
				this.inputPaused = true;
				this.connection.pause();
			}
			return;
		}
		if (this.queryLength === 0) this.process(chunk, chunk.length);
		else {
			this.appendQuery(chunk);
			if (!this.client.closing) this.process(this.query!, this.queryLength);
		}
	}

	/** Takes up again what was held back. */
	resume(): void {
		if (!this.suspended || this.isClosed || this.output.bytes > OUTPUT_PAUSE_BYTES) return;
		this.suspended = false;
		if (this.queryLength > 0) this.process(this.query!, this.queryLength);
		if (this.inputPaused && !this.suspended && !this.isClosed) {
			this.inputPaused = false;
			this.connection.resume();
		}
	}

	/** Executes what is complete in the first `length` bytes, which begin with a command, and keeps the rest. */
	private process(bytes: Uint8Array, length: number): void {
		const { host, client } = this;
		const parser = this.ownParser ?? host.parser;
		if (this.ownParser === null) parser.begin(0);
		parser.bulkBytesMax = host.bulkBytesMax();
		host.beginBatch();
		client.lastActive_ms = host.executor.call.keyspace.now_ms;
		let rest = 0;
		for (;;) {
			parser.unauthenticated = !client.authenticated;
			const more = parser.parse(bytes, length);
			const { count } = parser;
			if (count > 0 && !this.executeBatch(parser, bytes)) {
				rest = this.heldBackAt;
				break;
			}
			rest = parser.starts[count]!;
			if (parser.error !== null) {
				this.fail(parser.error);
				break;
			}
			parser.nextBatch();
			if (!more) break;
		}
		if (client.closing || this.suspended) this.finishEarly(bytes, rest, length);
		else this.keepRest(parser, bytes, rest, length);
		this.flush();
		host.endBatch();
	}

	/** Executes the batch of the parser; false where some of it is left, and `heldBackAt` says from where in the input. */
	private executeBatch(parser: RequestParser, bytes: Uint8Array): boolean {
		const { executor } = this.host;
		executor.prepare(this.client, parser, bytes);
		let done = 0;
		while (done < parser.count) {
			done += executor.execute(this.client, parser, bytes, done);
			if (executor.stop === FLUSH) {
				this.flush();
				if (this.output.bytes > OUTPUT_PAUSE_BYTES) this.suspended = true;
				if (!this.suspended && !this.client.closing) continue;
			} else if (executor.stop === HELD_BACK) this.suspended = true;
			else if (executor.stop !== CLOSING) continue;
			this.heldBackAt = parser.starts[done]!;
			return false;
		}
		return true;
	}

	/** Keeps an unfinished command for the next chunk. */
	private keepRest(parser: RequestParser, bytes: Uint8Array, rest: number, length: number): void {
		const restLength = length - rest;
		if (restLength === 0) {
			this.ownParser = null;
			this.query = null;
			this.queryLength = 0;
			return;
		}
		const needed = parser.needed;
		if (bytes === this.query) {
			if (rest > 0) this.query.copyWithin(0, rest, length);
			this.queryLength = restLength;
		} else {
			this.query = new Uint8Array(Math.max(restLength, Math.min(2 * restLength, needed), QUERY_BYTES_MIN));
			this.query.set(bytes.subarray(rest, length));
			this.queryLength = restLength;
		}
		// The length a header claims is believed only as far as bytes have come.
		if (needed > this.query.length) this.growQuery(Math.min(needed, 2 * restLength));
		if (!parser.hasExpensiveState()) {
			this.ownParser = null;
			return;
		}
		parser.rebase(rest);
		if (this.ownParser !== null) return;
		this.ownParser = parser;
		this.host.parser = new RequestParser();
	}

	private finishEarly(bytes: Uint8Array, rest: number, length: number): void {
		this.ownParser = null;
		if (this.client.closing) {
			this.query = null;
			this.queryLength = 0;
			return;
		}
		this.query = bytes.slice(rest, length);
		this.queryLength = length - rest;
	}

	private appendQuery(chunk: Uint8Array): void {
		const needed = this.queryLength + chunk.length;
		if (needed > this.host.queryBytesMax()) {
			this.host.logDropped(this, "Closing client that reached max query buffer length");
			this.close();
			return;
		}
		if (this.query === null || needed > this.query.length) this.growQuery(Math.max(needed, 2 * this.queryLength));
		this.query!.set(chunk, this.queryLength);
		this.queryLength = needed;
	}

	private growQuery(capacity: number): void {
		const grown = new Uint8Array(capacity);
		if (this.query !== null) grown.set(this.query.subarray(0, this.queryLength));
		this.query = grown;
	}

	private fail(reason: string): void {
		this.host.reply.protocol = this.client.protocol;
		this.host.reply.error(protocolError(reason));
		this.client.closing = true;
	}

	/** Hands the replies in the shared buffer to the network; what it does not take waits here. */
	flush(): void {
		const { reply } = this.host;
		const { length } = reply;
		if (length > 0) {
			this.client.networkOutput += length;
			this.host.note(0, length);
			let sent = 0;
			if (this.output.bytes === 0 && !this.isClosed) sent = this.connection.write(reply.bytes, 0, length);
			if (sent < length && !this.isClosed) {
				this.output.add(reply.bytes, sent, length - sent);
				if (!this.host.mayQueue(this)) this.close();
			}
			reply.clear();
		}
		if (this.client.closing && this.output.bytes === 0 && !this.isClosed) this.connection.end();
	}

	drained(): void {
		while (this.output.bytes > 0) {
			const chunk = this.output.first();
			const sent = this.connection.write(chunk, this.output.offset, chunk.length - this.output.offset);
			this.output.taken(sent);
			if (this.output.bytes > 0 && this.output.offset > 0) return;
			if (sent === 0) return;
		}
		if (this.client.closing) this.connection.end();
		else if (this.suspended) this.resume();
	}

	closed(): void {
		if (this.isClosed) return;
		this.isClosed = true;
		this.client.closing = true;
		this.query = null;
		this.queryLength = 0;
		this.output.clear();
		this.host.closed(this);
	}

	closeAfterReply(): void {
		this.client.closing = true;
	}

	close(): void {
		this.client.closing = true;
		this.output.clear();
		if (!this.isClosed) this.connection.terminate();
	}

	/** Sends bytes that are no reply to a command: a push, an error before the first command. */
	send(bytes: Uint8Array): void {
		if (this.isClosed) return;
		let sent = 0;
		if (this.output.bytes === 0) sent = this.connection.write(bytes, 0, bytes.length);
		if (sent < bytes.length) {
			this.output.add(bytes, sent, bytes.length - sent);
			if (!this.host.mayQueue(this)) this.close();
		}
		if (this.client.closing && this.output.bytes === 0) this.connection.end();
	}

	setKeepAlive(seconds: number): void {
		this.connection.setKeepAlive(seconds);
	}

	queryBytes(): number {
		return this.queryLength;
	}

	queryCapacityBytes(): number {
		return this.query === null ? 0 : this.query.length;
	}

	pendingBytes(): number {
		return this.output.bytes;
	}

	pendingChunks(): number {
		return this.output.count();
	}
}
