import type { BatchAhead } from "./batch-ahead.ts";
import type { Call } from "./call.ts";
import type { Client } from "./client.ts";
import type { Command } from "./command.ts";
import { GATE_PERMISSIONS, GATE_TRANSACTION } from "./gates.ts";
import type { Performer } from "./perform.ts";
import { SHARED_REPLIES_BYTES_MAX, SHARED_REQUESTS_BYTES_MAX } from "./scale.ts";
import { Transaction } from "./transaction.ts";

/** The transactions of all clients: MULTI begins one, EXEC runs it, DISCARD and the end of the client end it. */
export class Transactions {
	private readonly performer: Performer;
	private readonly ahead: BatchAhead;
	/** Of the commands inside. */
	private readonly inner: Call;
	/** One that nobody uses, for the next MULTI. */
	private spare: Transaction | null;

	/** `inner` is a call for the commands inside. */
	constructor(performer: Performer, ahead: BatchAhead, inner: Call) {
		this.performer = performer;
		this.ahead = ahead;
		this.inner = inner;
		this.inner.isInner = true;
		this.spare = null;
	}

	/** The client's commands are queued from now on. */
	begin(client: Client): void {
		client.transaction = this.spare ?? new Transaction();
		client.transaction.batch = this.ahead.count;
		this.spare = null;
		client.setGate(GATE_TRANSACTION, true);
	}

	/** Forgets what the client has queued, and what it watches. */
	end(client: Client): void {
		const { transaction } = client;
		client.transaction = null;
		client.setGate(GATE_TRANSACTION, false);
		client.watched?.cancelAll();
		if (transaction?.clear() === true) this.spare = transaction;
	}

	/** Replies with the replies of all that the client has queued; nothing comes between them. */
	run(call: Call): void {
		const { inner, performer } = this;
		const { client } = call;
		const { reply } = inner;
		const transaction = client.transaction!;
		client.transaction = null;
		this.end(client);
		transaction.keep();
		const { commands, count, firsts, starts, hashes } = transaction;
		const { errors } = reply;
		inner.client = client;
		inner.database = performer.keyspace.databases[client.database]!;
		inner.setInput(transaction.bytes, transaction.ranges);
		// What has come with EXEC was touched when it came.
		if (transaction.batch !== this.ahead.count) this.ahead.touch(inner.database.table, hashes, count);
		reply.array(count);
		const shared = transaction.length > SHARED_REQUESTS_BYTES_MAX ? 0 : performer.scale.shared;
		let since_us = performer.read_us;
		let replyFrom = reply.length;
		let timedFrom = 0;
		for (let i = 0; i < count; i++) {
			const command = commands[i]!;
			inner.setCommand(firsts[i]!, (firsts[i + 1]! - firsts[i]!) >> 1);
			if (command.firstKey !== 0 && command.parent === null) inner.setHash(command.firstKey, hashes[i]!);
			if (!this.mayStillRun(inner, command)) {
				since_us = this.accountQueued(transaction, timedFrom, i, since_us, replyFrom);
				replyFrom = reply.length;
				timedFrom = i + 1;
				continue;
			}
			performer.perform(inner, command, starts[i]!);
			const isLong = reply.length > replyFrom + SHARED_REPLIES_BYTES_MAX;
			const goesOn = (command.flags & shared) !== 0 && i + 1 < count && (commands[i + 1]!.flags & shared) !== 0;
			if (goesOn && !isLong) continue;
			since_us = this.accountQueued(transaction, timedFrom, i + 1, since_us, replyFrom);
			replyFrom = reply.length;
			timedFrom = i + 1;
		}
		call.database = inner.database;
		// Errors of what was queued are not those of EXEC.
		reply.errors = errors;
		if (transaction.clear()) this.spare = transaction;
	}

	/** What a user may do can have changed since the command was queued. */
	private mayStillRun(call: Call, command: Command): boolean {
		if ((call.client.gates & command.gates & GATE_PERMISSIONS) === 0) return true;
		const text = call.client.permissions!.refusal(call, command, "exec");
		if (text === null) return true;
		call.reply.error(text);
		this.performer.observer.errorReplied(text);
		command.rejectedCalls++;
		return false;
	}

	/** Short commands that follow each other share the time they took, and two readings of the clock. */
	private accountQueued(queued: Transaction, from: number, to: number, since_us: number, replyFrom: number): number {
		const { commands } = queued;
		const { performer } = this;
		if (from === to) return since_us;
		const now_us = performer.observer.monotonic_us();
		performer.accountInside(now_us);
		performer.read_us = now_us;
		const share_us = (now_us - since_us) / (to - from);
		for (let i = from; i < to; i++) {
			const command = commands[i]!;
			command.calls++;
			command.duration_us += share_us;
			if (performer.tracksLatency) command.recordLatency(1, share_us);
		}
		performer.weigh(this.inner, commands[to - 1]!, now_us - since_us, replyFrom);
		return now_us;
	}
}
