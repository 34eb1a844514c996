import type { Timer, Timers } from "../adapters/clock.ts";
import { assert } from "../bytes/assert.ts";
import {
	type ChangeListener,
	EVENT_EXPIRED,
	EVENT_GENERIC,
	EVENT_LIST,
	EVENT_SORTED_SET,
	EVENT_STREAM,
} from "../keyspace/change.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { INTERNAL_ERROR } from "../resp/errors.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import type { Blocker, BlockRequest } from "./blocking.ts";
import { Call } from "./call.ts";
import { type Client, REPLY_ON } from "./client.ts";
import type { Command } from "./command.ts";
import { GATE_PERMISSIONS } from "./gates.ts";
import { KeyIndex } from "./key-index.ts";

/** What blocked clients need of their server. */
export interface BlockedClientsHost {
	/** Sends a late reply, and soon afterwards goes on with what the client sent behind the command. */
	deliver(client: Client, reply: ReplyWriter): void;
	errorReplied(text: string): void;
	internalError(command: string, error: unknown): void;
	/** A client that had waited was served by this call. */
	servedLate(call: Call, elapsed_us: number, replyBytes: number): void;
	/** Monotonic clock, microseconds. */
	monotonic_us(): number;
}

/** Longest delay a timer understands. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Commands that waited are kept as words alone. */
const WITHOUT_REQUEST = -1;

/** Kinds of events that may give a value of the types clients wait for. */
const SERVING_EVENTS = EVENT_LIST | EVENT_SORTED_SET | EVENT_STREAM | EVENT_GENERIC;

/** A client that waits, and the command it waits with. */
class Waiting {
	readonly client: Client;
	readonly command: Command;
	readonly request: BlockRequest;
	readonly database: number;
	/** All arguments, and where each begins and ends. */
	readonly bytes: Uint8Array;
	readonly ranges: Int32Array;
	/** CLIENT REPLY held for the command. */
	readonly isSilent: boolean;
	readonly queues: KeyQueue[];
	timer: Timer | null;

	constructor(call: Call, request: BlockRequest) {
		this.client = call.client;
		this.command = call.command;
		this.request = request;
		this.database = call.database.index;
		const words = Array.from({ length: call.argc }, (_, i) => request.replaced?.get(i) ?? call.slice(i));
		this.bytes = new Uint8Array(words.reduce((sum, word) => sum + word.length, 0));
		this.ranges = new Int32Array(2 * words.length);
		let at = 0;
		for (const [i, word] of words.entries()) {
			this.bytes.set(word, at);
			this.ranges[2 * i] = at;
			at += word.length;
			this.ranges[2 * i + 1] = at;
		}
		this.isSilent = call.client.replyMode !== REPLY_ON;
		this.queues = [];
		this.timer = null;
	}
}

/** Who waits for one key, first come first served. */
class KeyQueue {
	readonly database: number;
	readonly key: Uint8Array;
	readonly clients: Set<Waiting>;
	/** How many of them also want to know when the key is gone. */
	wakingWithoutKey: number;
	isReady: boolean;

	constructor(database: number, key: Uint8Array) {
		this.database = database;
		this.key = key;
		this.clients = new Set();
		this.wakingWithoutKey = 0;
		this.isReady = false;
	}
}

/**
 * The clients that wait: for values in keys (BLPOP, XREAD BLOCK and their like), or only for time to pass (WAIT).
 *
 * Every key that somebody waits for has a queue, found by hash. A change of such a key marks the queue ready; when the
 * command that made the change is done, the executor calls `serve`, and each waiting client in turn has its command run
 * again: it then replies, or blocks again and keeps its place. So a write to any other key costs one look-up at most,
 * however many clients wait, and nothing at all where nobody does.
 *
 * Invariant: a client is in the queues of all its keys or in none, and in some exactly while its `unblock` is set.
 */
export class BlockedClients implements Blocker, ChangeListener {
	/** Whether `serve` has something to do. */
	isReady: boolean;
	/** Clients whose wait ends by itself. */
	timedCount: number;
	private readonly keyspace: Keyspace;
	private readonly timers: Timers;
	private readonly host: BlockedClientsHost;
	private readonly reply: ReplyWriter;
	/** Runs the commands of clients that are served; made when the first one is. */
	private call: Call | null;
	/** The client whose command runs again at the moment. */
	private retried: Waiting | null;
	private blockedAgain: boolean;
	private readonly queues: KeyIndex<KeyQueue>;
	private wakingWithoutKey: number;
	private ready: KeyQueue[];

	constructor(keyspace: Keyspace, timers: Timers, host: BlockedClientsHost) {
		this.isReady = false;
		this.timedCount = 0;
		this.keyspace = keyspace;
		this.timers = timers;
		this.host = host;
		this.reply = new ReplyWriter();
		this.call = null;
		this.retried = null;
		this.blockedAgain = false;
		this.queues = new KeyIndex(keyspace);
		this.wakingWithoutKey = 0;
		this.ready = [];
		keyspace.changes.listen(this);
	}

	/** The client whose command runs again at the moment. */
	get served(): Client | null {
		return this.retried === null ? null : this.retried.client;
	}

	/** Keys that somebody waits for. */
	keyCount(): number {
		return this.queues.count;
	}

	/** Keys whose end somebody wants to know. */
	keyCountWithoutKey(): number {
		return this.queues.all().filter((queue) => queue.wakingWithoutKey > 0).length;
	}

	// Waiting

	block(call: Call, request: BlockRequest): void {
		if (this.retried !== null) {
			this.blockedAgain = true;
			return;
		}
		const waiting = new Waiting(call, request);
		for (let i = 0; i < request.keyCount; i++) this.enqueue(waiting, call, request.firstKey + i);
		this.wait(waiting, request.timeout_ms);
	}

	private wait(waiting: Waiting, timeout_ms: number): void {
		const { client } = waiting;
		client.unblock = (error) => this.giveUp(waiting, error);
		if (timeout_ms === 0) return;
		this.timedCount++;
		waiting.timer = this.timers.after(Math.min(timeout_ms, TIMER_MAX_MS), () => client.unblock?.(null));
	}

	/** Ends a wait in vain. */
	private giveUp(waiting: Waiting, error: string | null): void {
		this.release(waiting);
		const { reply } = this;
		reply.protocol = waiting.client.protocol;
		if (error === null) waiting.request.timedOut(reply);
		else {
			reply.error(error);
			waiting.command.failedCalls++;
			this.host.errorReplied(error);
		}
		this.deliver(waiting);
	}

	private release(waiting: Waiting): void {
		waiting.client.unblock = null;
		if (waiting.timer !== null) {
			this.timedCount--;
			waiting.timer.cancel();
		}
		for (const queue of waiting.queues) this.leave(waiting, queue);
	}

	private deliver(waiting: Waiting): void {
		if (waiting.isSilent) this.reply.clear();
		this.host.deliver(waiting.client, this.reply);
		this.reply.clear();
	}

	// Queues

	private enqueue(waiting: Waiting, call: Call, argument: number): void {
		const { database } = waiting;
		let queue = this.queues.find(database, call.bytes, call.start(argument), call.length(argument));
		queue ??= this.addQueue(database, call.slice(argument));
		// A key may be named twice.
		if (queue.clients.has(waiting)) return;
		queue.clients.add(waiting);
		waiting.queues.push(queue);
		if (!waiting.request.wakesWithoutKey) return;
		queue.wakingWithoutKey++;
		this.wakingWithoutKey++;
	}

	private leave(waiting: Waiting, queue: KeyQueue): void {
		queue.clients.delete(waiting);
		if (waiting.request.wakesWithoutKey) {
			queue.wakingWithoutKey--;
			this.wakingWithoutKey--;
		}
		if (queue.clients.size > 0) return;
		this.queues.remove(queue.database, queue.key, 0, queue.key.length);
	}

	private addQueue(database: number, key: Uint8Array): KeyQueue {
		const queue = new KeyQueue(database, key);
		this.queues.add(database, key, 0, key.length, queue);
		return queue;
	}

	// Changes

	keyChanged(
		database: number,
		key: Uint8Array,
		start: number,
		length: number,
		eventClass: number,
		event: string,
	): void {
		if (this.queues.count === 0) return;
		// Every other change of a stream, such as a new consumer, gives nobody anything to read.
		if (eventClass === EVENT_STREAM && event !== "xadd" && event !== "xgroup-destroy") return;
		if ((eventClass & SERVING_EVENTS) === 0 && this.wakingWithoutKey === 0) return;
		const queue = this.queues.find(database, key, start, length);
		if (queue === null) return;
		this.markReady(queue);
		// No command ends behind the end of a key's time.
		if (eventClass === EVENT_EXPIRED) this.timers.soon(() => this.serve());
	}

	databaseChanged(database: number): void {
		if (this.queues.count === 0) return;
		for (const queue of this.queues.all()) {
			if (database < 0 || queue.database === database) this.markReady(queue);
		}
	}

	private markReady(queue: KeyQueue): void {
		if (queue.isReady) return;
		queue.isReady = true;
		this.ready.push(queue);
		this.isReady = true;
	}

	// Serving

	/** Serves whom the changes since the last call let be served, which may make further changes. */
	serve(): void {
		// Behind a command that has made way, at its end.
		if (this.keyspace.isStandingStill) return;
		assert(this.retried === null, "serving is not interrupted by serving");
		while (this.ready.length > 0) {
			const queues = this.ready;
			this.ready = [];
			for (const queue of queues) {
				queue.isReady = false;
				this.serveQueue(queue);
			}
		}
		this.isReady = false;
	}

	private serveQueue(queue: KeyQueue): void {
		const database = this.keyspace.databases[queue.database]!;
		const hash = database.hash(queue.key, 0, queue.key.length);
		for (const waiting of queue.clients) {
			const isThere = database.peek(queue.key, 0, queue.key.length, hash);
			if (!isThere && queue.wakingWithoutKey === 0) return;
			const isServable = isThere && database.type() === waiting.request.type;
			if (isServable || waiting.request.wakesWithoutKey) this.retry(waiting);
		}
	}

	/** Runs the client's command again. */
	private retry(waiting: Waiting): void {
		const { client, command, ranges } = waiting;
		const { reply, keyspace } = this;
		this.call ??= new Call(keyspace, reply, this, client, command);
		const call = this.call;
		call.client = client;
		call.command = command;
		call.database = keyspace.databases[waiting.database]!;
		call.setInput(waiting.bytes, ranges);
		call.setCommand(0, ranges.length >> 1);
		reply.protocol = client.protocol;
		keyspace.touch(!client.noTouch);
		this.retried = waiting;
		this.blockedAgain = false;
		const { errors } = reply;
		const since_us = this.host.monotonic_us();
		// What its user may do can have changed while it waited.
		const isJudged = (client.gates & command.gates & GATE_PERMISSIONS) !== 0;
		const refusal = isJudged ? client.permissions!.refusal(call, command, "toplevel") : null;
		try {
			if (refusal !== null) reply.error(refusal);
			else if (call.effects.isOn) call.runTelling(WITHOUT_REQUEST);
			else command.run(call);
		} catch (error) {
			reply.clear();
			reply.error(INTERNAL_ERROR);
			this.blockedAgain = false;
			this.host.internalError(command.fullName, error);
		}
		this.retried = null;
		if (this.blockedAgain) return client.tracking?.ran(call);
		if (reply.errors !== errors) {
			command.failedCalls++;
			this.host.errorReplied(reply.lastError);
		}
		this.release(waiting);
		this.host.servedLate(call, this.host.monotonic_us() - since_us, reply.length);
		this.deliver(waiting);
		client.tracking?.ran(call);
	}
}
