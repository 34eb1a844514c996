import type { Connection, Receiver } from "../adapters/network.ts";
import { discard, grownBytes } from "../bytes/ascii.ts";
import { Client, type ClientLink, REPLY_ON, type SharedBytes } from "../dispatch/client.ts";
import { BLOCKED, CLOSING, FLUSH, FLUSH_BYTES, HELD_BACK, SLICE_OVER } from "../dispatch/execute.ts";
import type { Transaction } from "../dispatch/transaction.ts";
import { protocolError } from "../resp/errors.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import { RequestParser } from "../resp/request-parser.ts";
import type { ConnectionHost } from "./connection-host.ts";
import type { HeldReceiver } from "./group-commit.ts";
import { PAUSE_LIMITS, type PauseLimits } from "./pause-limits.ts";
import { PendingOutput } from "./pending-output.ts";

export type { ConnectionHost } from "./connection-host.ts";
export { PAUSE_LIMITS, type PauseLimits } from "./pause-limits.ts";

/** The longest argument of a master, whatever the limit here. */
const OBEYED_BULK_BYTES_MAX = 2 ** 31 - 1;
const QUERY_BYTES_MIN = 16_384;
const FLUSH_BYTES_MIN = 16_384;
/** Room for so many times what waits may be kept for it. */
const KEPT_QUERY_FACTOR = 4;
const RELEASED_QUERY_BYTES = 65_536;
/** A client that listens to no channel may leave so much unread of what it is told otherwise. */
const PUSHED_BYTES_MAX = 64 << 20;
/** A client that only waits for its turn may send this much ahead: what is left of it is moved after each slice. */
const TURN_INPUT_BYTES = 256 * 1024;

/**
 * One client: bytes in, commands executed, bytes out.
 *
 * Commands are executed where they arrived, in the chunk; only an unfinished one is copied to `query`, which therefore
 * always begins with the start of a command. `suspended` means: what arrives is kept, nothing is executed.
 */
export class ClientConnection implements Receiver, ClientLink, HeldReceiver {
	readonly client: Client;
	readonly remoteAddress: string;
	readonly localAddress: string;
	readonly descriptor: number;
	readonly isUnixSocket: boolean;
	readonly output: PendingOutput;
	/** While true replies wait for the reader, or commands for the client's turn or the end of CLIENT PAUSE. */
	suspended: boolean;
	private waitsForTurn: boolean;
	protected readonly host: ConnectionHost;
	private readonly connection: Connection;
	private readonly pauseLimits: PauseLimits;
	private query: Uint8Array | null;
	private queryLength: number;
	/** Bytes that the unfinished command in `query` claims to need; 0 where unknown. */
	private queryExpected: number;
	/** Set while an unfinished command of many arguments is in `query`. */
	private ownParser: RequestParser | null;
	/** Where in the input the first command begins that was not executed. */
	private heldBackAt: number;
	private inputPaused: boolean;
	/** What of the input is in the backlog of all clients. */
	private waitingInput: number;
	/** Bytes of replies that wait for the commit. */
	private heldBytes: number;
	private isClosed: boolean;
	/** Bytes of what is no reply that were queued since all was read. */
	private pushedBytes: number;
	/** Nothing more is sent. */
	private isDropped: boolean;
	/** A replica that gets a reply mixes it with its stream. */
	private hasNoReplies: boolean;

	constructor(host: ConnectionHost, connection: Connection, id: number, now_ms: number, pauseLimits = PAUSE_LIMITS) {
		this.host = host;
		this.connection = connection;
		this.pauseLimits = pauseLimits;
		this.remoteAddress = connection.remoteAddress;
		this.localAddress = connection.localAddress;
		this.descriptor = connection.descriptor;
		this.isUnixSocket = connection.isUnixSocket;
		this.output = new PendingOutput(host.backlog);
		this.suspended = false;
		this.waitsForTurn = false;
		this.query = null;
		this.queryLength = 0;
		this.queryExpected = 0;
		this.ownParser = null;
		this.heldBackAt = 0;
		this.inputPaused = false;
		this.waitingInput = 0;
		this.heldBytes = 0;
		this.isClosed = false;
		this.pushedBytes = 0;
		this.isDropped = false;
		this.hasNoReplies = false;
		this.client = new Client(id, this, now_ms);
	}

	receive(chunk: Uint8Array): void {
		if (this.client.closing) return;
		this.client.networkInput += chunk.length;
		this.host.note(chunk.length, 0);
		if (this.suspended) {
			this.appendQuery(chunk);
			this.noteWaitingInput(this.queryLength);
			const { input_bytes } = this.pauseLimits;
			const most = this.waitsForTurn ? Math.min(input_bytes, TURN_INPUT_BYTES) : input_bytes;
			if (this.inputPaused || this.queryLength <= this.host.backlog.allowance(most)) return;
			this.inputPaused = true;
			this.connection.pause();
			return;
		}
		if (this.queryLength === 0) this.process(chunk, chunk.length);
		else {
			this.appendQuery(chunk);
			if (!this.client.closing) this.process(this.query!, this.queryLength);
		}
	}

	/** Sends the late reply of a command that had blocked; to go on with what came behind it is for `resume`. */
	sendLate(reply: ReplyWriter): void {
		if (this.isClosed || this.client.closing) return;
		this.noteActivity();
		this.client.waitingIn?.serve(this.client);
		this.flush(reply);
	}

	/** Takes up again what was held back. */
	resume(): void {
		if (!this.suspended || this.isClosed || this.isFull() || this.client.unblock !== null) return;
		this.suspended = false;
		this.waitsForTurn = false;
		this.noteWaitingInput(0);
		if (this.queryLength > 0) this.process(this.query!, this.queryLength);
		if (this.inputPaused && !this.suspended && !this.isClosed) {
			this.inputPaused = false;
			this.connection.resume();
		}
	}

	private noteWaitingInput(bytes: number): void {
		this.host.backlog.bytes += bytes - this.waitingInput;
		this.waitingInput = bytes;
	}

	private process(bytes: Uint8Array, length: number): void {
		try {
			this.processCommands(bytes, length);
		} catch (error) {
			// What else is in the buffer of replies must not reach the next client.
			this.host.executor.abandon();
			this.host.internalError("connection", error);
			this.breakOff();
		}
	}

	/** What the client wants cannot be done, nor what comes behind it. */
	protected breakOff(): void {
		this.close();
	}

	/** Executes what is complete in the first `length` bytes, which begin with a command, and keeps the rest. */
	private processCommands(bytes: Uint8Array, length: number): void {
		const { host, client } = this;
		const parser = this.ownParser ?? host.parser;
		if (this.ownParser === null) parser.begin(0);
		parser.bulkBytesMax = client.isObeyed ? OBEYED_BULK_BYTES_MAX : host.bulkBytesMax();
		host.beginBatch();
		host.executor.beginSlice();
		client.lastActive_ms = host.executor.call.keyspace.now_ms;
		this.hasNoReplies = client.replica !== null;
		client.replica?.heard(client.lastActive_ms);
		if (client.waitingIn !== null) client.waitingIn.serve(client);
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
			if (host.executor.isSliceOver()) {
				this.waitForTurn();
				break;
			}
		}
		if (client.closing || this.suspended) this.finishEarly(parser, bytes, rest, length);
		else this.keepRest(parser, bytes, rest, length);
		this.flush();
		if (this.isFull()) this.suspended = true;
		if (client.isObeyed) this.rested();
		else if (client.transaction !== null) this.boundTransaction(client.transaction);
		host.endBatch();
	}

	/** Lets others go first. */
	private waitForTurn(): void {
		this.suspended = true;
		this.waitsForTurn = true;
		this.host.turns.add(this);
	}

	/** Whether the client has to read before it is served again. */
	private isFull(): boolean {
		const waiting = this.output.bytes + this.heldBytes;
		return waiting > 0 && waiting > this.host.backlog.allowance(this.pauseLimits.output_bytes);
	}

	/** Executes the batch of the parser; false where some of it is left, and `heldBackAt` says from where in the input. */
	private executeBatch(parser: RequestParser, bytes: Uint8Array): boolean {
		const { executor } = this.host;
		executor.prepare(this.client, parser, bytes);
		let done = 0;
		let isWhole = true;
		while (done < parser.count) {
			// Where there is little room left, no more than that is written before a look at whether it is taken.
			executor.flushBytes = Math.max(this.host.backlog.allowance(FLUSH_BYTES), FLUSH_BYTES_MIN);
			done += executor.execute(this.client, parser, bytes, done);
			if (executor.stop === FLUSH) {
				this.flush();
				if (this.isFull()) this.suspended = true;
				if (!this.suspended && !this.client.closing) continue;
			} else if (executor.stop === HELD_BACK || executor.stop === BLOCKED) this.suspended = true;
			else if (executor.stop === SLICE_OVER) this.waitForTurn();
			else if (executor.stop !== CLOSING) continue;
			this.heldBackAt = parser.starts[done]!;
			isWhole = false;
			break;
		}
		if (this.client.isObeyed) this.executed(parser, bytes, done);
		return isWhole;
	}

	/** Of a master: the first `done` commands of the batch were executed. */
	protected executed(_parser: RequestParser, _bytes: Uint8Array, _done: number): void {}

	/** Of a master: nothing more can be executed for now. */
	protected rested(): void {}

	/** Keeps an unfinished command for the next chunk. */
	private keepRest(parser: RequestParser, bytes: Uint8Array, rest: number, length: number): void {
		const restLength = length - rest;
		if (restLength === 0) {
			this.ownParser = null;
			// A big one is given back now, and does not wait for the collector.
			if (bytes === this.query && bytes.length >= RELEASED_QUERY_BYTES) discard(bytes);
			this.query = null;
			this.queryLength = 0;
			return;
		}
		this.queryExpected = parser.needed;
		if (bytes === this.query) {
			if (rest > 0) this.query.copyWithin(0, rest, length);
		} else {
			this.query = new Uint8Array(Math.max(restLength, QUERY_BYTES_MIN));
			this.query.set(bytes.subarray(rest, length));
		}
		this.queryLength = restLength;
		if (!parser.hasExpensiveState()) {
			this.ownParser = null;
			return;
		}
		parser.rebase(rest);
		if (this.ownParser !== null) return;
		this.ownParser = parser;
		this.host.parser = new RequestParser();
	}

	/** Keeps everything from the first command that was not executed. */
	private finishEarly(parser: RequestParser, bytes: Uint8Array, rest: number, length: number): void {
		parser.restoreQuotedLine(bytes, rest);
		this.queryExpected = 0;
		this.ownParser = null;
		if (this.client.closing) {
			this.query = null;
			this.queryLength = 0;
			return;
		}
		this.queryLength = length - rest;
		// A long pipeline comes by here after each slice of time: it is not copied to a new place every time.
		const isRoomy = bytes.length > KEPT_QUERY_FACTOR * this.queryLength + QUERY_BYTES_MIN;
		if (bytes === this.query && !isRoomy) this.query.copyWithin(0, rest, length);
		else this.query = bytes.slice(rest, length);
	}

	private appendQuery(chunk: Uint8Array): void {
		const needed = this.queryLength + chunk.length;
		if (needed > this.host.queryBytesMax() && !this.client.isObeyed) return this.dropForQuery();
		if (this.query === null || needed > this.query.length) this.growQuery(this.queryCapacityFor(needed));
		this.query!.set(chunk, this.queryLength);
		this.queryLength = needed;
	}

	private dropForQuery(): void {
		this.host.logDropped(this, "Closing client that reached max query buffer length");
		this.close();
	}

	/** What is queued counts as not executed yet. */
	private boundTransaction(transaction: Transaction): void {
		if (this.queryLength + transaction.bytesUsed() > this.host.queryBytesMax()) this.dropForQuery();
	}

	/** Doubling, but not beyond what the command says it needs: its word is believed only as far as bytes have come. */
	private queryCapacityFor(needed: number): number {
		const doubled = 2 * this.queryLength;
		return Math.max(needed, this.queryExpected > needed ? Math.min(doubled, this.queryExpected) : doubled);
	}

	private growQuery(capacity: number): void {
		this.query = this.query === null ? new Uint8Array(capacity) : grownBytes(this.query, capacity);
	}

	protected fail(reason: string): void {
		const text = protocolError(reason);
		this.host.errorReplied(text);
		if (this.client.replyMode === REPLY_ON) this.host.reply.error(text);
		this.client.closing = true;
	}

	/** The last that the client hears. */
	refuse(bytes: Uint8Array): void {
		this.client.closing = true;
		this.send(bytes, 0, bytes.length);
		this.endWhereDone();
	}

	/** Hands the replies in the shared buffer to the network; what it does not take waits here. */
	flush(reply = this.host.reply): void {
		const { length } = reply;
		if (length > 0 && this.hasNoReplies) this.refuseReply(reply);
		else if (length > 0) {
			this.client.networkOutput += length;
			this.host.note(0, length);
			if (this.isClosed) {
				// There is nobody to hear it.
			} else if (this.hasToHold() || this.host.groupCommit.gathers(length)) this.hold(reply.bytes, 0, length);
			else this.send(reply.bytes, 0, length);
			reply.clear();
		}
		this.endWhereDone();
	}

	/** What a replica gets is its stream and nothing else: one that asks for more is none. */
	private refuseReply(reply: ReplyWriter): void {
		const command = this.client.lastCommand?.fullName ?? "NULL";
		this.host.logDropped(this, `Replica generated a reply to command '${command}', disconnecting it`);
		reply.clear();
		this.close();
	}

	sendPart(bytes: Uint8Array, start: number, length: number): number {
		if (this.isClosed || this.output.bytes > 0 || this.heldBytes > 0) return 0;
		const sent = this.connection.write(bytes, start, length);
		this.client.networkOutput += sent;
		return sent;
	}

	/** Sends, or keeps what the network does not take. */
	private send(bytes: Uint8Array, start: number, length: number): void {
		let sent = 0;
		if (this.output.bytes === 0) sent = this.connection.write(bytes, start, length);
		if (sent === length || this.isClosed) return;
		this.output.add(bytes, start + sent, length - sent);
		if (!this.host.mayQueue(this)) this.close();
	}

	/** What is sent may rest on something that is not written yet, or follows what is held. */
	private hasToHold(): boolean {
		return this.heldBytes > 0 || this.host.groupCommit.isHolding();
	}

	private hold(bytes: Uint8Array, start: number, length: number): void {
		this.heldBytes += length;
		this.host.groupCommit.hold(this, bytes, start, length);
	}

	release(bytes: Uint8Array, start: number, length: number): void {
		this.heldBytes -= length;
		if (this.isClosed || this.isDropped) return;
		this.send(bytes, start, length);
		if (this.heldBytes > 0) return;
		this.endWhereDone();
		if (this.output.bytes === 0) this.client.replica?.drained();
		if (this.suspended && this.output.bytes === 0) this.host.resumeSoon(this);
	}

	private endWhereDone(): void {
		if (!this.client.closing || this.isClosed) return;
		if (this.output.bytes === 0 && this.heldBytes === 0) this.connection.end();
	}

	drained(): void {
		if (this.output.bytes > 0) this.noteActivity();
		while (this.output.bytes > 0) {
			const chunk = this.output.first();
			const { offset } = this.output;
			const sent = this.connection.write(chunk, offset, this.output.firstEnd() - offset);
			this.output.taken(sent);
			if (this.output.bytes > 0 && this.output.offset > 0) return;
			if (sent === 0) return;
		}
		if (this.client.closing) return this.endWhereDone();
		if (this.suspended) this.resume();
		this.client.replica?.drained();
	}

	/** A client that reads, or waits for what we do, is not idle. */
	private noteActivity(): void {
		const { keyspace } = this.host.executor.call;
		keyspace.advance();
		this.client.lastActive_ms = keyspace.now_ms;
	}

	closed(): void {
		if (this.isClosed) return;
		this.isClosed = true;
		this.client.closing = true;
		this.query = null;
		this.queryLength = 0;
		this.noteWaitingInput(0);
		this.output.clear();
		this.host.turns.forget(this);
		this.host.closed(this);
	}

	closeAfterReply(): void {
		this.client.closing = true;
	}

	end(): void {
		this.client.closing = true;
		this.endWhereDone();
	}

	close(): void {
		this.client.closing = true;
		this.isDropped = true;
		this.output.clear();
		if (!this.isClosed) this.connection.terminate();
	}

	push(message: SharedBytes): void {
		const { client, host, output } = this;
		if (client.closing || client.replica !== null) return;
		client.lastActive_ms = host.executor.call.keyspace.now_ms;
		client.networkOutput += message.length;
		host.note(0, message.length);
		if (this.hasToHold()) return this.hold(message.bytes, message.start, message.length);
		let sent = 0;
		if (output.bytes === 0) {
			sent = this.connection.write(message.bytes, message.start, message.length);
			this.pushedBytes = 0;
		}
		if (sent === message.length) return;
		output.addShared(message.kept(), sent);
		this.pushedBytes += message.length;
		// A client that tracks keys, or a monitor, is told things without end, and no limit of the configuration is about that.
		const isTooMuch = client.subscriptions === null && this.pushedBytes > PUSHED_BYTES_MAX;
		if (isTooMuch) host.logDropped(this, "Closing client that does not read what it is told");
		if (isTooMuch || !host.mayQueue(this)) this.close();
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
		return this.output.bytes + this.heldBytes;
	}

	pendingChunks(): number {
		return this.output.count();
	}
}
