import { bytesOf, latin1 } from "../bytes/ascii.ts";
import { halfSipHash } from "../bytes/siphash.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Touchable } from "../memory/handles.ts";
import type { Table } from "../memory/table.ts";
import {
	INTERNAL_ERROR,
	LOADING_DATA,
	NOAUTH,
	notWhileSubscribed,
	OUT_OF_MEMORY,
	unknownCommand,
	unknownSubcommand,
	wrongArity,
} from "../resp/errors.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import { BATCH_COMMANDS_MAX, type RequestParser } from "../resp/request-parser.ts";
import type { Blocker } from "./blocking.ts";
import { Call } from "./call.ts";
import { type Client, REPLY_OFF, REPLY_ON, REPLY_SKIP, REPLY_SKIP_NEXT } from "./client.ts";
import {
	BRIEF,
	type Command,
	DENYOOM,
	FAST,
	IN_SUBSCRIBER_MODE,
	LOADING,
	MAY_REPLICATE,
	NO_AUTH,
	PROTECTED,
	READONLY,
	REPLIES_BY_PUSH,
	WRITE,
} from "./command.ts";
import type { CommandTable } from "./command-table.ts";

/** What an executor reports to; implemented by the server's statistics and log. */
export interface ExecutionObserver {
	/** An error reply was written; `text` begins with its code. */
	errorReplied(text: string): void;
	/** A handler threw: a defect of ours. */
	internalError(command: string, error: unknown): void;
	/** Null where a command guarded by configuration may run, else the error. */
	protectedCommandError(command: Command, client: Client): string | null;
	/** Asked only while `holding` is set: whether the client has to wait before this command. */
	holdsBack(command: Command, client: Client): boolean;
	/** What came is HTTP: a page somewhere makes a browser talk to us. The connection is to be closed without a word. */
	webRequestReceived(client: Client): void;
	/** Monotonic clock, microseconds. */
	monotonic_us(): number;
}

/** Why `execute` stopped before the end of a batch, or did not. */
export const DONE = 0;
export const CLOSING = 1;
export const HELD_BACK = 2;
/** The client waits for something: a blocking command. */
export const BLOCKED = 4;
/** The reply buffer wants to be flushed before more is executed. */
export const FLUSH = 3;

/** Replies beyond this size are handed to the network in the middle of a batch. */
const FLUSH_BYTES = 256 * 1024;

/**
 * Executes the commands that a parser found, a batch at a time: first all names are looked up, all keys hashed and the
 * memory behind them touched, so that the cache misses of a pipeline overlap instead of queueing; then one after the
 * other is run.
 */
export class Executor {
	readonly call: Call;
	/** The client whose commands are being executed; null between batches. */
	executing: Client | null;
	/** Messages for that client, which follow the reply of the command that caused them. */
	readonly messages: ReplyWriter;
	/** Commands executed. */
	commandsProcessed: number;
	/** Sum of what look-ahead read: keeps the loads from being optimised away. */
	touched: number;
	/** Set while more memory is used than allowed: what may need more is refused. */
	outOfMemory: boolean;
	/** The error of commands that write while what they write could not be kept, and of PING; else null. */
	writeRefusal: string | null;
	/** Set while the data set loads. */
	isLoading: boolean;
	/** Set while CLIENT PAUSE holds. */
	holding: boolean;
	/** False while latency-tracking is off. */
	tracksLatency: boolean;
	/** Why the last `execute` returned: DONE, CLOSING, HELD_BACK, BLOCKED or FLUSH. */
	stop: number;
	private readonly table: CommandTable;
	private readonly keyspace: Keyspace;
	private readonly reply: ReplyWriter;
	private readonly observer: ExecutionObserver;
	private readonly blocker: Blocker;
	private readonly resolved: (Command | null)[];
	private readonly hashes: Int32Array;
	/** Of members, and the tables they are in; null where there is nothing to look ahead at. */
	private readonly memberHashes: Int32Array;
	private readonly memberTables: (Touchable | null)[];

	constructor(
		table: CommandTable,
		keyspace: Keyspace,
		reply: ReplyWriter,
		observer: ExecutionObserver,
		blocker: Blocker,
		initialClient: Client,
	) {
		this.call = new Call(keyspace, reply, blocker, initialClient, table.commands[0]!);
		this.executing = null;
		this.messages = new ReplyWriter();
		this.commandsProcessed = 0;
		this.touched = 0;
		this.outOfMemory = false;
		this.writeRefusal = null;
		this.isLoading = false;
		this.holding = false;
		this.tracksLatency = true;
		this.stop = DONE;
		this.table = table;
		this.keyspace = keyspace;
		this.reply = reply;
		this.observer = observer;
		this.blocker = blocker;
		this.resolved = new Array<Command | null>(BATCH_COMMANDS_MAX).fill(null);
		this.hashes = new Int32Array(BATCH_COMMANDS_MAX);
		this.memberHashes = new Int32Array(BATCH_COMMANDS_MAX);
		this.memberTables = new Array<Touchable | null>(BATCH_COMMANDS_MAX).fill(null);
	}

	/** Looks up, hashes and touches a whole batch. Nothing of it is observable but its speed. */
	prepare(client: Client, parser: RequestParser, bytes: Uint8Array): void {
		const { ranges, firsts, count } = parser;
		const { resolved, hashes } = this;
		const database = this.keyspace.databases[client.database]!;
		const table = database.table;
		let touched = 0;
		let hasMembers = false;
		for (let i = 0; i < count; i++) {
			const first = firsts[i]!;
			const command = this.table.find(bytes, ranges[first]!, ranges[first + 1]!);
			resolved[i] = command;
			hashes[i] = 0;
			if (command === null || command.firstKey === 0) continue;
			const at = first + 2 * command.firstKey;
			if (at >= firsts[i + 1]!) continue;
			const start = ranges[at]!;
			const hash = database.hash(bytes, start, ranges[at + 1]! - start);
			hashes[i] = hash;
			if (command.memberAt !== 0) hasMembers = true;
		}
		if (count > 1) {
			for (let i = 0; i < count; i++) touched += table.touchIndex(hashes[i]!);
			for (let i = 0; i < count; i++) touched += table.touchEntry(hashes[i]!);
			if (hasMembers) touched += this.touchMembers(table, parser, bytes);
		}
		this.touched = touched | 0;
	}

	/** The same for the members of big collections, once their keys are at hand. */
	private touchMembers(table: Table, parser: RequestParser, bytes: Uint8Array): number {
		const { ranges, firsts, count } = parser;
		const { resolved, hashes, memberHashes, memberTables } = this;
		let members: Touchable | null = null;
		let membersOf = 0;
		let touched = 0;
		for (let i = 0; i < count; i++) {
			memberTables[i] = null;
			const at = firsts[i]! + 2 * (resolved[i]?.memberAt ?? 0);
			if (at === firsts[i]! || at >= firsts[i + 1]!) continue;
			const hash = hashes[i]!;
			// A big collection is worth it where neighbours work on it; most keys hold small ones, and are not looked up twice.
			if (hash !== membersOf) {
				if (i + 1 === count || hashes[i + 1] !== hash) continue;
				const key = firsts[i]! + 2;
				const start = ranges[key]!;
				members = table.find(bytes, start, ranges[key + 1]! - start, hash) ? memberTableAt(table) : null;
				membersOf = hash;
			}
			if (members === null) continue;
			const memberHash = halfSipHash(bytes, ranges[at]!, ranges[at + 1]!, members.seed0, members.seed1);
			memberHashes[i] = memberHash;
			memberTables[i] = members;
			touched += members.touchIndex(memberHash);
		}
		for (let i = 0; i < count; i++) touched += memberTables[i]?.touchEntry(memberHashes[i]!) ?? 0;
		return touched;
	}

	/** Runs the prepared commands from number `from`; returns how many are done and leaves why it stopped in `stop`. */
	execute(client: Client, parser: RequestParser, bytes: Uint8Array, from: number): number {
		const { ranges, firsts, count } = parser;
		const { call, reply, observer } = this;
		this.executing = client;
		call.client = client;
		call.setInput(bytes, ranges);
		call.database = this.keyspace.databases[client.database]!;
		reply.protocol = client.protocol;
		this.keyspace.touches = !client.noTouch;
		let since_us = observer.monotonic_us();
		let timed: Command | null = null;
		let timedCalls = 0;
		this.stop = DONE;
		let i = from;
		for (; i < count; i++) {
			const first = firsts[i]!;
			call.setCommand(first, (firsts[i + 1]! - first) >> 1);
			const command = this.admit(this.resolved[i]!);
			if (command === null) {
				if (!client.closing) continue;
				this.stop = CLOSING;
				i++;
				break;
			}
			if (this.holding && observer.holdsBack(command, client)) {
				this.stop = HELD_BACK;
				break;
			}
			// Runs of one short command share two readings of the clock: a reading costs a tenth of a GET.
			if (command !== timed) {
				if (timed !== null) since_us = this.account(timed, timedCalls, since_us);
				timed = command;
				timedCalls = 0;
			}
			timedCalls++;
			// A subcommand's key was not hashed ahead: look-ahead sees the container only.
			if (command.firstKey !== 0 && command.parent === null) call.setHash(command.firstKey, this.hashes[i]!);
			this.run(command, client, parser.starts[i]!);
			if (this.blocker.isReady) this.serveBlocked(client);
			if (this.messages.length !== 0) this.appendMessages();
			if ((command.flags & (FAST | BRIEF)) === 0) {
				since_us = this.account(command, 1, since_us);
				timed = null;
				timedCalls = 0;
				this.keyspace.advance();
			}
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
			if (reply.length > FLUSH_BYTES) {
				this.stop = FLUSH;
				i++;
				break;
			}
		}
		if (timed !== null) this.account(timed, timedCalls, since_us);
		this.executing = null;
		return i - from;
	}

	/** Forgets what is left of a batch that an internal error has ended. */
	abandon(): void {
		this.executing = null;
		this.messages.clear();
		this.reply.clear();
	}

	/** Serves clients that waited for what the last command did; `client` is the one at work. */
	private serveBlocked(client: Client): void {
		this.blocker.serve();
		this.keyspace.touches = !client.noTouch;
	}

	private appendMessages(): void {
		const { messages } = this;
		this.reply.raw(messages.bytes, 0, messages.length);
		messages.clear();
	}

	private account(command: Command, calls: number, since_us: number): number {
		const now_us = this.observer.monotonic_us();
		command.calls += calls;
		command.duration_us += now_us - since_us;
		if (this.tracksLatency) command.recordLatency(calls, now_us - since_us);
		return now_us;
	}

	/** The checks before a call, in Redis's order; an error is replied and null returned where one fails. */
	private admit(found: Command | null): Command | null {
		const call = this.call;
		const client = call.client;
		let command = found;
		if (command === null) return this.rejectUnknown();
		if (command.subcommands !== null && call.argc > 1) {
			const name = call.latin1(1);
			const sub: Command | undefined = command.subcommands.get(name.toLowerCase());
			if (sub === undefined) return this.reject(null, unknownSubcommand(quoted(call, 1), command.row.name));
			command = sub;
		}
		if (!command.accepts(call.argc)) return this.reject(command, wrongArity(command.fullName));
		if ((command.flags & PROTECTED) !== 0) {
			const error = this.observer.protectedCommandError(command, client);
			if (error !== null) return this.reject(command, error);
		}
		if (!client.authenticated && (command.flags & NO_AUTH) === 0) return this.reject(command, NOAUTH);
		if (this.outOfMemory && (command.flags & DENYOOM) !== 0) return this.reject(command, OUT_OF_MEMORY);
		if (this.writeRefusal !== null && ((command.flags & WRITE) !== 0 || command.row.name === "ping")) {
			return this.reject(command, this.writeRefusal);
		}
		if (client.subscriptions !== null && client.protocol === 2 && (command.flags & IN_SUBSCRIBER_MODE) === 0) {
			return this.reject(command, notWhileSubscribed(command.fullName));
		}
		if (this.isLoading && (command.flags & LOADING) === 0) return this.reject(command, LOADING_DATA);
		return command;
	}

	private rejectUnknown(): null {
		const { call } = this;
		if (!call.is(0, POST) && !call.is(0, HOST)) {
			return this.reject(null, unknownCommand(quoted(call, 0), this.quotedArguments()));
		}
		call.client.closing = true;
		this.observer.webRequestReceived(call.client);
		return null;
	}

	private reject(command: Command | null, text: string): null {
		const { reply, call } = this;
		const mark = reply.length;
		reply.error(text);
		this.observer.errorReplied(text);
		if (command !== null) command.rejectedCalls++;
		if (call.client.replyMode !== REPLY_ON) this.suppress(call.client, mark);
		return null;
	}

	private run(command: Command, client: Client, requestStart: number): void {
		const { call, reply } = this;
		const mark = reply.length;
		const errors = reply.errors;
		call.command = command;
		client.lastCommand = command;
		this.commandsProcessed++;
		const { snapshot } = this.keyspace;
		// Of those that read, PFCOUNT writes down what it counted.
		if (snapshot !== null) snapshot.arm((command.flags & (READONLY | MAY_REPLICATE)) !== READONLY);
		try {
			if (call.effects.isOn) call.runTelling(requestStart);
			else command.run(call);
		} catch (error) {
			reply.truncate(mark);
			reply.error(INTERNAL_ERROR);
			this.observer.internalError(command.fullName, error);
		}
		if (snapshot !== null) snapshot.arm(true);
		if (reply.errors !== errors) {
			command.failedCalls++;
			this.observer.errorReplied(reply.lastError);
		}
		if (client.replyMode !== REPLY_ON) {
			this.suppress(client, (command.flags & REPLIES_BY_PUSH) === 0 ? mark : reply.length);
		}
	}

	private suppress(client: Client, mark: number): void {
		this.reply.truncate(mark);
		if (client.replyMode === REPLY_SKIP_NEXT) client.replyMode = REPLY_SKIP;
		else if (client.replyMode !== REPLY_OFF) client.replyMode = REPLY_ON;
	}

	/** The first arguments as the error for an unknown command quotes them, up to about 128 characters in all. */
	private quotedArguments(): string {
		const call = this.call;
		let text = "";
		for (let i = 1; i < call.argc && text.length < QUOTED_CHARACTERS_MAX; i++) {
			text += `'${quoted(call, i, QUOTED_CHARACTERS_MAX - text.length)}' `;
		}
		return text;
	}
}

function memberTableAt(table: Table): Touchable | null {
	return table.isExternal() ? (table.external().memberTable ?? null) : null;
}

/** First words of HTTP requests. */
const POST = bytesOf("post");
const HOST = bytesOf("host:");

const QUOTED_CHARACTERS_MAX = 128;

/** An argument as error texts show it: up to a zero byte, where a C string would end, and not too long. */
function quoted(call: Call, argument: number, charactersMax = QUOTED_CHARACTERS_MAX): string {
	const start = call.start(argument);
	const text = latin1(call.bytes, start, Math.min(call.end(argument), start + charactersMax));
	const zero = text.indexOf("\0");
	return zero < 0 ? text : text.slice(0, zero);
}
