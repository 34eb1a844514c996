import { bytesOf } from "../bytes/ascii.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { executionAborted } from "../resp/errors.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import type { RequestParser } from "../resp/request-parser.ts";
import { ADMITTED, Admission, WAITS } from "./admission.ts";
import { BatchAhead } from "./batch-ahead.ts";
import type { Blocker } from "./blocking.ts";
import { Call } from "./call.ts";
import { type Client, REPLY_OFF, REPLY_ON, REPLY_SKIP, REPLY_SKIP_NEXT } from "./client.ts";
import type { Command } from "./command.ts";
import type { CommandTable } from "./command-table.ts";
import { NOT_QUEUED, QUEUED_FLAGS_COUNT, REPLIES_BY_PUSH } from "./flags.ts";
import { type ExecutionObserver, Performer } from "./perform.ts";
import { SHARED_REPLIES_BYTES_MAX, SHARED_REQUESTS_BYTES_MAX, SHORT } from "./scale.ts";
import { Transactions } from "./transactions.ts";

export type { ExecutionObserver } from "./perform.ts";

/** Why `execute` stopped before the end of a batch, or did not. */
export const DONE = 0;
export const CLOSING = 1;
export const HELD_BACK = 2;
/** The reply buffer wants to be flushed before more is executed. */
export const FLUSH = 3;
/** The client waits for something: a blocking command. */
export const BLOCKED = 4;
/** The client has had its slice of time. */
export const SLICE_OVER = 5;

/** Time that the commands of one client may take before others have their turn; a command is never interrupted. */
const SLICE_US = 1000;
/** How far the time that commands see may lie behind, where they are not short ones. */
const TIME_US = 100;
/** Replies beyond this size are handed to the network in the middle of a batch, as a rule. */
export const FLUSH_BYTES = 256 * 1024;

/**
 * Executes the commands that a parser found, a batch at a time: first all names are looked up, all keys hashed and the
 * memory behind them touched, so that the cache misses of a pipeline overlap instead of queueing; then one after the
 * other is run.
 */
export class Executor extends Performer {
	readonly call: Call;
	/** The client whose commands are being executed; null between batches. */
	executing: Client | null;
	/** Messages for that client, which follow the reply of the command that caused them. */
	readonly messages: ReplyWriter;
	readonly admission: Admission;
	readonly transactions: Transactions;
	/** When the slice of the client at work ends; 0 where it has not begun. */
	private sliceEnd_us: number;
	/** Bytes of replies behind which they are handed to the network in the middle of a batch. */
	flushBytes: number;
	/** Why the last `execute` returned: DONE, CLOSING, HELD_BACK, BLOCKED, SLICE_OVER or FLUSH. */
	stop: number;
	private readonly reply: ReplyWriter;
	private readonly blocker: Blocker;
	private readonly ahead: BatchAhead;

	constructor(
		table: CommandTable,
		keyspace: Keyspace,
		reply: ReplyWriter,
		observer: ExecutionObserver,
		blocker: Blocker,
		initialClient: Client,
	) {
		super(keyspace, observer);
		const newCall = () => new Call(keyspace, reply, blocker, initialClient, table.commands[0]!);
		this.call = newCall();
		this.executing = null;
		this.messages = new ReplyWriter();
		this.sliceEnd_us = 0;
		this.flushBytes = FLUSH_BYTES;
		this.stop = DONE;
		this.reply = reply;
		this.blocker = blocker;
		this.ahead = new BatchAhead(table);
		this.admission = new Admission(this);
		this.transactions = new Transactions(this, this.ahead, newCall());
	}

	/** Looks ahead at the commands that `execute` will run. */
	prepare(client: Client, parser: RequestParser, bytes: Uint8Array): void {
		this.ahead.read(this.keyspace.databases[client.database]!, parser, bytes);
	}

	/** Runs the prepared commands from number `from`; returns how many are done and leaves why it stopped in `stop`. */
	execute(client: Client, parser: RequestParser, bytes: Uint8Array, from: number): number {
		const { ranges, firsts, count } = parser;
		const { call, reply, observer, flushBytes } = this;
		const { commands, hashes } = this.ahead;
		this.executing = client;
		call.client = client;
		call.setInput(bytes, ranges);
		call.database = this.keyspace.databases[client.database]!;
		reply.protocol = client.protocol;
		this.keyspace.touch(!client.noTouch);
		// What is over a master says itself.
		this.keyspace.stopTime(client.isObeyed);
		const isLarge = parser.starts[count]! - parser.starts[from]! > SHARED_REQUESTS_BYTES_MAX;
		const shared = isLarge ? 0 : this.scale.shared;
		let since_us = observer.monotonic_us();
		this.read_us = since_us;
		let advanced_us = since_us;
		if (this.sliceEnd_us === 0) this.sliceEnd_us = since_us + SLICE_US;
		let replyFrom = reply.length;
		let replyMark = Math.min(replyFrom + SHARED_REPLIES_BYTES_MAX, flushBytes);
		let timed: Command | null = null;
		let timedCalls = 0;
		this.stop = DONE;
		let i = from;
		for (; i < count; i++) {
			const resolved = commands[i]!;
			// Runs of one short command share two readings of the clock: a reading costs a tenth of a GET.
			if (timed !== null && resolved !== timed) {
				since_us = this.account(call, timed, timedCalls, since_us, replyFrom);
				replyFrom = reply.length;
				timed = null;
				timedCalls = 0;
			}
			const first = firsts[i]!;
			call.setCommand(first, (firsts[i + 1]! - first) >> 1);
			const command = this.admit(resolved, parser.starts[i]!, hashes[i]!);
			if (command === null) {
				if (this.stop === HELD_BACK) break;
				if (!client.closing) continue;
				this.stop = CLOSING;
				i++;
				break;
			}
			timed = command;
			timedCalls++;
			// A subcommand's key was not hashed ahead: look-ahead sees the container only.
			if (command.aheadKey !== 0 && command.parent === null) call.setHash(command.aheadKey, hashes[i]!);
			this.run(command, client, parser.starts[i]!);
			const isLong = reply.length > replyMark;
			const isServing = this.blocker.isReady;
			if (isLong || isServing || (command.flags & shared) === 0) {
				since_us = this.account(call, command, timedCalls, since_us, replyFrom);
				if (isServing) since_us = this.serveBlocked(client);
				replyFrom = reply.length;
				replyMark = Math.min(replyFrom + SHARED_REPLIES_BYTES_MAX, flushBytes);
				timed = null;
				timedCalls = 0;
				if ((command.flags & SHORT) === 0 && since_us > advanced_us + TIME_US) {
					this.keyspace.advance();
					advanced_us = since_us;
				}
			}
			if (this.messages.length !== 0) this.appendMessages();
			if (client.closing) {
				this.stop = CLOSING;
				i++;
				break;
			}
			if (client.unblock !== null) {
				this.stop = BLOCKED;
				i++;
				break;
			}
			if (isLong && reply.length > flushBytes) {
				this.stop = FLUSH;
				i++;
				break;
			}
			if (since_us > this.sliceEnd_us) {
				this.stop = SLICE_OVER;
				i++;
				break;
			}
		}
		if (timed !== null) this.account(call, timed, timedCalls, since_us, replyFrom);
		if (client.transaction !== null) client.transaction.keep();
		this.keyspace.stopTime(false);
		this.executing = null;
		return i - from;
	}

	/** The commands that come next are those of another client, or of one that has waited for its turn. */
	beginSlice(): void {
		this.sliceEnd_us = 0;
	}

	/** As far as the clock was read. */
	isSliceOver(): boolean {
		return this.read_us > this.sliceEnd_us;
	}

	/** A script that made way for others is over: those are served who waited for what it did. */
	serveWaiting(): void {
		if (this.blocker.isReady) this.blocker.serve();
	}

	/** Forgets what is left of a batch that an internal error has ended. */
	abandon(): void {
		this.executing = null;
		this.keyspace.stopTime(false);
		this.messages.clear();
		this.reply.clear();
	}

	/** Serves clients that waited for what the last command did; `client` is the one at work. */
	private serveBlocked(client: Client): number {
		const { keyspace } = this;
		keyspace.stopTime(false);
		this.blocker.serve();
		keyspace.touch(!client.noTouch);
		keyspace.stopTime(client.isObeyed);
		this.read_us = this.observer.monotonic_us();
		return this.read_us;
	}

	private appendMessages(): void {
		const { messages } = this;
		this.reply.raw(messages.bytes, 0, messages.length);
		messages.clear();
	}

	/** Whether the command may run now; null where it was refused or queued, or, `stop` says so, held back. */
	private admit(found: Command | null, requestStart: number, hash: number): Command | null {
		const { call } = this;
		if (found !== null && (found.gates & (this.gates | call.client.gates) & call.client.heeds) === 0) {
			if (found.accepts(call.argc)) return found;
		}
		const outcome = this.admission.check(call, found);
		const { command } = this.admission;
		if (outcome !== ADMITTED) {
			if (outcome === WAITS) this.stop = HELD_BACK;
			else if (!call.client.closing) this.reject(command, this.admission.error);
			return null;
		}
		const { transaction } = call.client;
		if (transaction === null || (command!.flags & NOT_QUEUED) !== 0) return command;
		transaction.add(call, command!, requestStart, hash, this.admission.flags);
		const mark = this.reply.length;
		this.reply.raw(QUEUED, 0, QUEUED.length);
		if (call.client.replyMode !== REPLY_ON) this.suppress(call.client, mark);
		return null;
	}

	private reject(command: Command | null, reason: string): void {
		const { reply, call } = this;
		const { client } = call;
		const mark = reply.length;
		let text = reason;
		if (client.transaction !== null) client.transaction.isAborted = true;
		// An EXEC that is refused ends the transaction, even where there is none.
		if (command !== null && (command.flags & QUEUED_FLAGS_COUNT) !== 0) {
			this.transactions.end(client);
			text = executionAborted(reason);
		}
		reply.error(text);
		this.observer.errorReplied(text);
		if (command !== null) command.rejectedCalls++;
		client.tracking?.refused(command);
		if (client.replyMode !== REPLY_ON) this.suppress(client, mark);
	}

	private run(command: Command, client: Client, requestStart: number): void {
		const mark = this.reply.length;
		client.lastCommand = command;
		this.perform(this.call, command, requestStart);
		if (client.replyMode !== REPLY_ON) {
			this.suppress(client, (command.flags & REPLIES_BY_PUSH) === 0 ? mark : this.reply.length);
		}
	}

	private suppress(client: Client, mark: number): void {
		this.reply.truncate(mark);
		if (client.replyMode === REPLY_SKIP_NEXT) client.replyMode = REPLY_SKIP;
		else if (client.replyMode !== REPLY_OFF) client.replyMode = REPLY_ON;
	}
}

const QUEUED = bytesOf("+QUEUED\r\n");
