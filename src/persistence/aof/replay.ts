import { bytesOf, copyBytes, equalsIgnoreCase, latin1 } from "../../bytes/ascii.ts";
import type { Blocker } from "../../dispatch/blocking.ts";
import { Call } from "../../dispatch/call.ts";
import { Client } from "../../dispatch/client.ts";
import type { Command } from "../../dispatch/command.ts";
import type { CommandTable } from "../../dispatch/command-table.ts";
import { detachedLink } from "../../dispatch/detached-link.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import { ReplyWriter } from "../../resp/reply-writer.ts";
import { CommandReader } from "./command-reader.ts";

/** What executing the commands of a file needs of a server. */
export interface ReplayHost {
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly log: { warning(line: string): void };
}

/** A command that nobody knows. */
export class UnknownCommand extends Error {}

/** Errors of commands beyond so many are not logged. */
const LOGGED_ERRORS_MAX = 16;
const REPLY_BYTES_MAX = 1 << 16;
const BATCH_COMMANDS_MAX = 64;
const MULTI = bytesOf("multi");
const EXEC = bytesOf("exec");

/** Who waits in a file waits for nothing. */
const nobodyWaits: Blocker = { isReady: false, block() {}, serve() {} };

/**
 * Executes the commands of an append-only file: without the checks that clients are subject to, without statistics, and
 * for no reply. What comes between MULTI and EXEC is put aside and executed when EXEC has come.
 *
 * Time stands still at its beginning meanwhile, so that nothing expires: the end of a key's time is in the file as well.
 */
export class Replay {
	/** Where in the file the newest command ends that was executed; MULTI and what follows count with their EXEC. */
	validTo: number;
	/** Commands behind a MULTI are being put aside. */
	isQueueing: boolean;
	private queue: Uint8Array;
	private queueLength: number;
	private loggedErrors: number;
	private readonly host: ReplayHost;
	private readonly client: Client;
	private readonly reply: ReplyWriter;
	private readonly call: Call;
	private readonly resolved: (Command | null)[];
	private readonly hashes: Int32Array;
	/** Sum of what looking ahead read: keeps the loads from being optimised away. */
	touched: number;

	constructor(host: ReplayHost, validTo: number) {
		this.validTo = validTo;
		this.isQueueing = false;
		this.queue = new Uint8Array(1024);
		this.queueLength = 0;
		this.loggedErrors = 0;
		this.host = host;
		this.client = new Client(0, detachedLink, host.keyspace.now_ms);
		this.client.authenticated = true;
		this.client.isObeyed = true;
		this.reply = new ReplyWriter();
		this.call = new Call(host.keyspace, this.reply, nobodyWaits, this.client, host.table.commands[0]!);
		this.resolved = new Array<Command | null>(BATCH_COMMANDS_MAX).fill(null);
		this.hashes = new Int32Array(BATCH_COMMANDS_MAX);
		this.touched = 0;
	}

	/** Executes the batch that a reader has read; throws an UnknownCommand. */
	run(reader: CommandReader): void {
		const { keyspace } = this.host;
		keyspace.stopTime(true);
		try {
			this.prepare(reader);
			for (let i = 0; i < reader.count; i++) {
				this.next(reader, i);
				if (!this.isQueueing) this.validTo = reader.offsetOf(reader.ends[i]!);
			}
		} finally {
			keyspace.stopTime(false);
		}
	}

	/** Looks commands and keys up ahead, as for the pipelines of clients: the cache misses of a batch overlap. */
	private prepare(reader: CommandReader): void {
		const { bytes, ranges, firsts, count } = reader;
		const { resolved, hashes } = this;
		const database = this.host.keyspace.databases[this.client.database]!;
		const { table } = database;
		let touched = 0;
		for (let i = 0; i < count; i++) {
			const first = firsts[i]!;
			const command = this.host.table.find(bytes, ranges[first]!, ranges[first + 1]!);
			resolved[i] = command;
			hashes[i] = 0;
			if (command === null || command.firstKey === 0) continue;
			const at = first + 2 * command.firstKey;
			if (at >= firsts[i + 1]!) continue;
			const start = ranges[at]!;
			hashes[i] = database.hash(bytes, start, ranges[at + 1]! - start);
		}
		for (let i = 0; i < count; i++) touched += table.touchIndex(hashes[i]!);
		for (let i = 0; i < count; i++) touched += table.touchEntry(hashes[i]!);
		this.touched = touched | 0;
	}

	private next(reader: CommandReader, i: number): void {
		const { bytes, ranges, firsts } = reader;
		const first = firsts[i]!;
		const start = ranges[first]!;
		const end = ranges[first + 1]!;
		const command = this.resolved[i]!;
		// MULTI and EXEC are handled here, whether or not clients may use them.
		if (command === null || command.row.group === "transactions") {
			if (equalsIgnoreCase(bytes, start, end, MULTI)) return this.beginQueue();
			if (equalsIgnoreCase(bytes, start, end, EXEC)) return this.runQueue();
		}
		if (this.isQueueing) this.enqueue(bytes, reader.starts[i]!, reader.ends[i]!);
		else this.execute(reader, i, command, this.hashes[i]!);
	}

	private execute(reader: CommandReader, i: number, found: Command | null, hash: number): void {
		const { bytes, ranges, firsts } = reader;
		const first = firsts[i]!;
		const { call, reply, client } = this;
		call.setInput(bytes, ranges);
		call.setCommand(first, (firsts[i + 1]! - first) >> 1);
		let command = found;
		if (command !== null && command.subcommands !== null && call.argc > 1) {
			command = command.subcommands.get(call.latin1(1).toLowerCase()) ?? null;
		}
		if (command === null || !command.accepts(call.argc))
			throw new UnknownCommand(latin1(bytes, ranges[first]!, ranges[first + 1]!));
		if (command.firstKey !== 0 && command.parent === null) call.setHash(command.firstKey, hash);
		call.database = this.host.keyspace.databases[client.database]!;
		call.command = command;
		const { errors } = reply;
		reply.protocol = 2;
		command.run(call);
		if (reply.errors !== errors) this.logError(reply.lastError, command);
		if (reply.length > REPLY_BYTES_MAX) reply.clear();
		else reply.truncate(0);
	}

	private logError(text: string, command: Command): void {
		if (this.loggedErrors++ >= LOGGED_ERRORS_MAX) return;
		const { log } = this.host;
		const what = `'-${text}' after processing the command '${command.fullName}'`;
		log.warning(`== CRITICAL == This server is sending an error to its AOF-loading-client: ${what}`);
	}

	// Transactions

	private beginQueue(): void {
		this.isQueueing = true;
		this.queueLength = 0;
	}

	private enqueue(bytes: Uint8Array, start: number, end: number): void {
		const length = end - start;
		const needed = this.queueLength + length;
		if (needed > this.queue.length) {
			const grown = new Uint8Array(Math.max(needed, 2 * this.queue.length));
			copyBytes(this.queue, 0, grown, 0, this.queueLength);
			this.queue = grown;
		}
		copyBytes(bytes, start, this.queue, this.queueLength, length);
		this.queueLength = needed;
	}

	private runQueue(): void {
		this.isQueueing = false;
		const { table, keyspace } = this.host;
		const reader = CommandReader.ofBytes(this.queue, this.queueLength);
		while (reader.read()) {
			const { bytes, ranges, firsts, count } = reader;
			for (let i = 0; i < count; i++) {
				const first = firsts[i]!;
				const command = table.find(bytes, ranges[first]!, ranges[first + 1]!);
				const at = first + 2 * (command?.firstKey ?? 0);
				const database = keyspace.databases[this.client.database]!;
				const hasKey = at > first && at < firsts[i + 1]!;
				const hash = hasKey ? database.hash(bytes, ranges[at]!, ranges[at + 1]! - ranges[at]!) : 0;
				this.execute(reader, i, command, hash);
			}
		}
	}
}
