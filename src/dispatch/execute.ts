import { bytesOf, latin1 } from "../bytes/ascii.ts";
import { halfSipHash } from "../bytes/siphash.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Touchable } from "../memory/handles.ts";
import type { Table } from "../memory/table.ts";
import {
	changedPermissions,
	executionAborted,
	INTERNAL_ERROR,
	LOADING_DATA,
	NOAUTH,
	NOT_IN_TRANSACTION,
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
import { type Client, type CommandWitness, REPLY_OFF, REPLY_ON, REPLY_SKIP, REPLY_SKIP_NEXT } from "./client.ts";
import type { Command } from "./command.ts";
import type { CommandTable } from "./command-table.ts";
import {
	BRIEF,
	DENYOOM,
	FAST,
	MAY_REPLICATE,
	NO_MULTI,
	NOT_QUEUED,
	QUEUED_FLAGS_COUNT,
	READONLY,
	REFUSED_WITH_WRITES,
	REPLIES_BY_PUSH,
	WRITE,
} from "./flags.ts";
import {
	GATE_LOADING,
	GATE_LOGIN,
	GATE_MEMORY,
	GATE_MONITORED,
	GATE_PAUSE,
	GATE_PERMISSIONS,
	GATE_PROTECTED,
	GATE_SUBSCRIBED,
	GATE_TRACKED,
	GATE_TRANSACTION,
	GATE_WRITES,
	GATES_ALWAYS,
	GATES_BEHIND,
} from "./gates.ts";
import { Transaction } from "./transaction.ts";

/** What an executor reports to; implemented by the server's statistics and log. */
export interface ExecutionObserver {
	/** An error reply was written; `text` begins with its code. */
	errorReplied(text: string): void;
	/** A handler threw: a defect of ours. */
	internalError(command: string, error: unknown): void;
	/** Null where a command guarded by configuration may run, else the error. */
	protectedCommandError(command: Command, client: Client): string | null;
	/** Asked before commands that may need memory while there is a limit: false where no room could be made. */
	makesRoom(): boolean;
	/** Asked only while `holding` is set: whether the client has to wait before a command with these flags. */
	holdsBack(flags: number, client: Client): boolean;
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
	/** Gates that are shut for everybody: bits of `gates.ts`. */
	gates: number;
	/** Sees every command while GATE_MONITORED is shut. */
	monitor: CommandWitness | null;
	/** False while latency-tracking is off. */
	tracksLatency: boolean;
	/** Why the last `execute` returned: DONE, CLOSING, HELD_BACK, BLOCKED or FLUSH. */
	stop: number;
	private readonly table: CommandTable;
	private readonly keyspace: Keyspace;
	private readonly reply: ReplyWriter;
	private readonly observer: ExecutionObserver;
	private readonly blocker: Blocker;
	/** The error behind GATE_WRITES. */
	private refusal: string | null;
	/** Of commands inside another one. */
	private readonly inner: Call;
	/** One that nobody uses, for the next MULTI. */
	private spare: Transaction | null;
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
		this.gates = GATES_ALWAYS;
		this.monitor = null;
		this.tracksLatency = true;
		this.stop = DONE;
		this.table = table;
		this.keyspace = keyspace;
		this.reply = reply;
		this.observer = observer;
		this.blocker = blocker;
		this.refusal = null;
		this.inner = new Call(keyspace, reply, blocker, initialClient, table.commands[0]!);
		this.inner.isInner = true;
		this.spare = null;
		this.resolved = new Array<Command | null>(BATCH_COMMANDS_MAX).fill(null);
		this.hashes = new Int32Array(BATCH_COMMANDS_MAX);
		this.memberHashes = new Int32Array(BATCH_COMMANDS_MAX);
		this.memberTables = new Array<Touchable | null>(BATCH_COMMANDS_MAX).fill(null);
	}

	setGate(gate: number, isShut: boolean): void {
		if (isShut) this.gates |= gate;
		else this.gates &= ~gate;
	}

	/** The error of commands that write while what they write could not be kept, and of PING; else null. */
	get writeRefusal(): string | null {
		return this.refusal;
	}

	set writeRefusal(error: string | null) {
		this.refusal = error;
		this.setGate(GATE_WRITES, error !== null);
	}

	/** Set while the data set loads. */
	get isLoading(): boolean {
		return (this.gates & GATE_LOADING) !== 0;
	}

	set isLoading(isLoading: boolean) {
		this.setGate(GATE_LOADING, isLoading);
	}

	/** Set while CLIENT PAUSE holds. */
	set holding(isHolding: boolean) {
		this.setGate(GATE_PAUSE, isHolding);
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
			const command = this.admit(this.resolved[i]!, parser.starts[i]!, this.hashes[i]!);
			if (command === null) {
				if (this.stop === HELD_BACK) break;
				if (!client.closing) continue;
				this.stop = CLOSING;
				i++;
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

	// Transactions

	/** The client's commands are queued from now on. */
	beginTransaction(client: Client): void {
		client.transaction = this.spare ?? new Transaction();
		this.spare = null;
		client.setGate(GATE_TRANSACTION, true);
	}

	/** Forgets what the client has queued, and what it watches. */
	endTransaction(client: Client): void {
		const { transaction } = client;
		client.transaction = null;
		client.setGate(GATE_TRANSACTION, false);
		client.watched?.cancelAll();
		if (transaction?.clear() === true) this.spare = transaction;
	}

	/** Replies with the replies of all that the client has queued; nothing comes between them. */
	runTransaction(client: Client): void {
		const { inner, reply, observer } = this;
		const transaction = client.transaction!;
		client.transaction = null;
		this.endTransaction(client);
		const { commands, count, firsts, starts, hashes } = transaction;
		const { errors } = reply;
		inner.client = client;
		inner.database = this.keyspace.databases[client.database]!;
		inner.setInput(transaction.bytes, transaction.ranges);
		this.touchQueued(transaction);
		reply.array(count);
		let since_us = observer.monotonic_us();
		let calls = 0;
		for (let i = 0; i < count; i++) {
			const command = commands[i]!;
			inner.setCommand(firsts[i]!, (firsts[i + 1]! - firsts[i]!) >> 1);
			if (command.firstKey !== 0 && command.parent === null) inner.setHash(command.firstKey, hashes[i]!);
			if (!this.mayStillRun(inner, command)) continue;
			this.perform(inner, command, starts[i]!);
			calls++;
			if (commands[i + 1] === command && (command.flags & (FAST | BRIEF)) !== 0) continue;
			since_us = this.account(command, calls, since_us);
			calls = 0;
		}
		this.call.database = inner.database;
		// Errors of what was queued are not those of EXEC.
		reply.errors = errors;
		if (transaction.clear()) this.spare = transaction;
	}

	/** What a user may do can have changed since the command was queued. */
	private mayStillRun(call: Call, command: Command): boolean {
		if ((call.client.gates & command.gates & GATE_PERMISSIONS) === 0) return true;
		const error = call.client.permissions!.refusal(call, command, "multi");
		if (error === null) return true;
		const text = changedPermissions(error);
		this.reply.error(text);
		this.observer.errorReplied(text);
		command.rejectedCalls++;
		return false;
	}

	private touchQueued({ hashes, count }: Transaction): void {
		const { table } = this.inner.database;
		let touched = 0;
		for (let i = 0; i < count; i++) touched += table.touchIndex(hashes[i]!);
		for (let i = 0; i < count; i++) touched += table.touchEntry(hashes[i]!);
		this.touched = touched | 0;
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

	/** Whether the command may run now; null where it was refused or queued, or, `stop` says so, held back. */
	private admit(found: Command | null, requestStart: number, hash: number): Command | null {
		const { call } = this;
		if (found !== null && (found.gates & (this.gates | call.client.gates) & ~GATES_BEHIND) === 0) {
			if (found.accepts(call.argc)) return found;
		}
		const command = this.check(found);
		if (command === null || (call.client.gates & GATE_TRANSACTION) === 0 || (command.flags & NOT_QUEUED) !== 0) {
			return command;
		}
		call.client.transaction!.add(call, command, requestStart, hash);
		const mark = this.reply.length;
		this.reply.simple("QUEUED");
		if (call.client.replyMode !== REPLY_ON) this.suppress(call.client, mark);
		return null;
	}

	/** The checks before a call, in Redis's order; an error is replied and null returned where one fails. */
	private check(found: Command | null): Command | null {
		const { call, observer } = this;
		const { client } = call;
		let command = found;
		if (command === null) return this.rejectUnknown();
		if (command.subcommands !== null && call.argc > 1) {
			const name = call.latin1(1);
			const sub: Command | undefined = command.subcommands.get(name.toLowerCase());
			if (sub === undefined) return this.reject(null, unknownSubcommand(quoted(call, 1), command.row.name));
			command = sub;
		}
		if (!command.accepts(call.argc)) return this.reject(command, wrongArity(command.fullName));
		const shut = command.gates & (this.gates | client.gates);
		if ((shut & GATE_PROTECTED) !== 0) {
			const error = observer.protectedCommandError(command, client);
			if (error !== null) return this.reject(command, error);
		}
		if ((shut & GATE_LOGIN) !== 0) return this.reject(command, NOAUTH);
		const { transaction } = client;
		if (transaction !== null && (command.flags & NO_MULTI) !== 0) return this.reject(command, NOT_IN_TRANSACTION);
		if ((shut & GATE_PERMISSIONS) !== 0) {
			const error = client.permissions!.refusal(call, command, transaction === null ? "toplevel" : "multi");
			if (error !== null) return this.reject(command, error);
		}
		let { flags } = command;
		if (transaction !== null && (flags & QUEUED_FLAGS_COUNT) !== 0) flags |= transaction.flags;
		const isQueued = transaction !== null && (flags & NOT_QUEUED) === 0;
		// What is queued takes memory, too.
		if (((shut | (isQueued ? this.gates : 0)) & GATE_MEMORY) !== 0 && !observer.makesRoom()) {
			if (isQueued || (flags & DENYOOM) !== 0) return this.reject(command, OUT_OF_MEMORY);
		}
		if ((shut & GATE_WRITES) !== 0 && (flags & (WRITE | REFUSED_WITH_WRITES)) !== 0) {
			return this.reject(command, this.refusal!);
		}
		if ((shut & GATE_SUBSCRIBED) !== 0 && client.protocol === 2) {
			return this.reject(command, notWhileSubscribed(command.fullName));
		}
		if ((shut & GATE_LOADING) !== 0) return this.reject(command, LOADING_DATA);
		if ((shut & GATE_PAUSE) !== 0 && observer.holdsBack(flags, client)) {
			this.stop = HELD_BACK;
			return null;
		}
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

	private reject(command: Command | null, reason: string): null {
		const { reply, call } = this;
		const { client } = call;
		const mark = reply.length;
		let text = reason;
		if (client.transaction !== null) {
			client.transaction.isAborted = true;
			if (command !== null && (command.flags & QUEUED_FLAGS_COUNT) !== 0) {
				this.endTransaction(client);
				text = executionAborted(reason);
			}
		}
		reply.error(text);
		this.observer.errorReplied(text);
		if (command !== null) command.rejectedCalls++;
		if (client.replyMode !== REPLY_ON) this.suppress(client, mark);
		return null;
	}

	private run(command: Command, client: Client, requestStart: number): void {
		const mark = this.reply.length;
		client.lastCommand = command;
		this.perform(this.call, command, requestStart);
		if (client.replyMode !== REPLY_ON) {
			this.suppress(client, (command.flags & REPLIES_BY_PUSH) === 0 ? mark : this.reply.length);
		}
	}

	/** Runs an admitted command, whose request begins at `requestStart` of the call's bytes, with all that goes with it. */
	private perform(call: Call, command: Command, requestStart: number): void {
		const { reply } = this;
		const mark = reply.length;
		const errors = reply.errors;
		call.command = command;
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
		const behind = command.gates & (this.gates | call.client.gates) & GATES_BEHIND;
		if (behind !== 0) this.show(call, behind);
	}

	/** To those who want to know what has run. */
	private show(call: Call, behind: number): void {
		if ((behind & GATE_TRACKED) !== 0) call.client.tracking?.ran(call);
		if ((behind & GATE_MONITORED) !== 0) this.monitor?.ran(call);
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
