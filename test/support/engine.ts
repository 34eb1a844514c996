import { Random } from "../../src/bytes/random.ts";
import type { Blocker, BlockRequest } from "../../src/dispatch/blocking.ts";
import type { Call } from "../../src/dispatch/call.ts";
import { Client, type ClientLink } from "../../src/dispatch/client.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";
import { CommandTable } from "../../src/dispatch/command-table.ts";
import { DONE, type ExecutionObserver, Executor } from "../../src/dispatch/execute.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { keyspaceDigest } from "../../src/persistence/digest.ts";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { RequestParser } from "../../src/resp/request-parser.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Encodes a command as clients send it; text stands for its latin-1 bytes. */
export function encodeCommand(...words: (string | number)[]): Uint8Array {
	let text = `*${words.length}\r\n`;
	for (const word of words) text += `$${String(word).length}\r\n${word}\r\n`;
	return new Uint8Array(Buffer.from(text, "latin1"));
}

class NoLink implements ClientLink {
	readonly remoteAddress = "127.0.0.1:50000";
	readonly localAddress = "127.0.0.1:6379";
	readonly descriptor = 8;
	readonly isUnixSocket = false;
	isClosed = false;
	closeAfterReply(): void {
		this.isClosed = true;
	}
	close(): void {
		this.isClosed = true;
	}
	end(): void {}
	push(): void {}
	sendPart(): number {
		return 0;
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

/** Commands, keyspace and executor without sockets, in virtual time: what a test of a command group needs. */
export class TestEngine implements ExecutionObserver, Blocker {
	readonly time = new VirtualTime();
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly link = new NoLink();
	readonly client: Client;
	private readonly reply = new ReplyWriter();
	private readonly parser = new RequestParser();
	private readonly executor: Executor;

	constructor(rows: readonly CommandRow[], databases = 16) {
		this.keyspace = new Keyspace(databases, this.time, new Random(1));
		this.table = new CommandTable(rows);
		this.client = new Client(1, this.link, this.time.now_ms());
		this.client.authenticated = true;
		this.executor = new Executor(this.table, this.keyspace, this.reply, this, this, this.client);
	}

	/** Runs one command and returns the reply's bytes, one character each. */
	run(...words: (string | number)[]): string {
		return this.runRaw(encodeCommand(...words));
	}

	runRaw(bytes: Uint8Array): string {
		this.keyspace.advance();
		this.parser.begin(0);
		this.parser.parse(bytes, bytes.length);
		this.executor.prepare(this.client, this.parser, bytes);
		let done = 0;
		while (done < this.parser.count) {
			done += this.executor.execute(this.client, this.parser, bytes, done);
			if (this.executor.stop === DONE) break;
		}
		const text = Buffer.from(this.reply.bytes.subarray(0, this.reply.length)).toString("latin1");
		this.reply.clear();
		for (const database of this.keyspace.databases) database.table.verify();
		return text;
	}

	/** A hash of all data, as DEBUG DIGEST tells it: the same wherever the same data is. */
	digest(): string {
		return keyspaceDigest(this.keyspace);
	}

	advance(by_ms: number): void {
		this.time.advance(by_ms);
	}

	errorReplied(): void {}
	webRequestReceived(): void {
		this.link.close();
	}
	internalError(command: string, error: unknown): void {
		throw new Error(`${command} failed inside`, { cause: error });
	}
	protectedCommandError(): string | null {
		return null;
	}
	readonly isReady = false;
	serve(): void {}
	/** There is nobody to wait for: a command that blocks is answered as where waiting is not allowed. */
	block(call: Call, request: BlockRequest): void {
		request.timedOut(call.reply);
	}
	makesRoom(): boolean {
		return true;
	}
	holdsBack(): boolean {
		return false;
	}
	monotonic_us(): number {
		return this.time.monotonic_us();
	}
}
