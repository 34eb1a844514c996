/**
 * Client connections without sockets: `TestHost` is a server reduced to what a connection needs, `FakeConnection` the
 * byte stream on its other side.
 *
 * Invariant: a chunk that was delivered is overwritten afterwards, as the real network takes it back; so whatever was
 * kept by reference shows.
 */
import type { Connection, Receiver } from "../../src/adapters/network.ts";
import { latin1 } from "../../src/bytes/ascii.ts";
import { unreachable } from "../../src/bytes/assert.ts";
import { Random } from "../../src/bytes/random.ts";
import { connectionCommands } from "../../src/commands/connection.ts";
import type { Call } from "../../src/dispatch/call.ts";
import { Client } from "../../src/dispatch/client.ts";
import { type CommandRow, WRITE } from "../../src/dispatch/command.ts";
import { CommandTable } from "../../src/dispatch/command-table.ts";
import { type ExecutionObserver, Executor } from "../../src/dispatch/execute.ts";
import { ClientRegistry } from "../../src/introspection/clients.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { RequestParser } from "../../src/resp/request-parser.ts";
import { Backlog } from "../../src/server/backlog.ts";
import { ClientConnection, type ConnectionHost, PAUSE_LIMITS } from "../../src/server/connection.ts";
import { GroupCommit } from "../../src/server/group-commit.ts";
import { Turns } from "../../src/server/turns.ts";
import { DefaultUserAlone } from "./default-user-alone.ts";
import { VirtualTime } from "./virtual-time.ts";
import { encodeCommand, toBytes } from "./wire.ts";

export class FakeConnection implements Connection {
	readonly remoteAddress: string;
	readonly localAddress = "127.0.0.1:6379";
	readonly descriptor = 8;
	readonly isLocal = true;
	readonly isUnixSocket = false;
	readonly isTls = false;
	/** Bytes that `write` still takes before it says that the stream is full. */
	room = Number.POSITIVE_INFINITY;
	isPaused = false;
	isEnded = false;
	isTerminated = false;
	receiver: Receiver | null = null;
	private sent = "";

	constructor(remoteAddress: string) {
		this.remoteAddress = remoteAddress;
	}

	write(bytes: Uint8Array, offset: number, length: number): number {
		const taken = Math.min(length, this.room);
		this.room -= taken;
		this.sent += latin1(bytes, offset, offset + taken);
		return taken;
	}

	end(): void {
		this.isEnded = true;
	}

	terminate(): void {
		this.isTerminated = true;
		this.receiver?.closed();
	}

	pause(): void {
		this.isPaused = true;
	}

	resume(): void {
		this.isPaused = false;
	}

	setKeepAlive(): void {}

	/** Hands a chunk to the server. */
	deliver(bytes: Uint8Array): void {
		const chunk = new Uint8Array(bytes);
		this.receiver!.receive(chunk);
		chunk.fill(0xee);
	}

	/** The same bytes in pieces that end at the given places. */
	deliverCut(bytes: Uint8Array, cuts: readonly number[]): void {
		let start = 0;
		for (const cut of [...cuts, bytes.length]) {
			this.deliver(bytes.subarray(start, cut));
			start = cut;
		}
	}

	/** The stream takes `bytes` more. */
	drain(bytes = Number.POSITIVE_INFINITY): void {
		this.room = bytes;
		this.receiver!.drained();
	}

	/** What the client received since it last looked. */
	take(): string {
		const { sent } = this;
		this.sent = "";
		return sent;
	}

	get isClosed(): boolean {
		return this.isEnded || this.isTerminated;
	}
}

/** One end of each: the client's stream, and what the server makes of it. */
export interface Session {
	readonly stream: FakeConnection;
	readonly connection: ClientConnection;
}

export class TestHost implements ConnectionHost, ExecutionObserver {
	readonly time = new VirtualTime();
	readonly keyspace = new Keyspace(16, this.time, new Random(1));
	readonly clients = new ClientRegistry();
	readonly authenticator: DefaultUserAlone;
	readonly reply = new ReplyWriter();
	readonly groupCommit = new GroupCommit(this.keyspace.effects, this.time, () => this.keyspace.effects.clear());
	readonly executor: Executor;
	readonly backlog = new Backlog(1 << 30);
	readonly turns = new Turns(this.time, this.time);
	parser = new RequestParser();
	/** Arguments of each RECORD, as JSON of Latin-1 strings. */
	readonly recorded: string[] = [];
	readonly errors: string[] = [];
	readonly dropped: string[] = [];
	/** Those of a server, unless a test wants others. */
	pauseLimits = PAUSE_LIMITS;
	bulkMax = 512 << 20;
	queryMax = 1 << 30;
	mayKeepOutput = true;
	private lastId = 0;

	constructor(password = "") {
		this.authenticator = new DefaultUserAlone(password);
		const rows = connectionCommands({
			clients: this.clients,
			authenticator: this.authenticator,
			executor: { transactions: { end: (client) => this.executor.transactions.end(client) } },
			tracking: { enable: () => unreachable("nobody tracks here") },
			mode: () => "standalone",
			role: () => "master",
		});
		const table = new CommandTable([...rows, ...this.ownCommands()]);
		const noClient = new Client(0, this.connect().connection, 0);
		this.executor = new Executor(
			table,
			this.keyspace,
			this.reply,
			this,
			{ isReady: false, block: () => unreachable("nothing blocks here"), serve() {} },
			noClient,
		);
		this.clients.onPaused.push(() => {
			this.executor.holding = true;
		});
		this.clients.onUnpaused.push(() => {
			this.executor.holding = false;
		});
	}

	/** RECORD word …: notes its arguments and answers their number. FILL bytes: a reply of that length. WRITE: a write. */
	private ownCommands(): CommandRow[] {
		const common = { since: "1.0.0", group: "generic", complexity: "O(1)", summary: "For tests." } as const;
		const record = (call: Call) => {
			this.recorded.push(JSON.stringify(Array.from({ length: call.argc }, (_, i) => call.latin1(i))));
			call.reply.integer(call.argc);
		};
		const fill = (call: Call) => call.reply.bulkBytes(new Uint8Array(call.integer(1)).fill(0x66));
		return [
			{ ...common, name: "record", flags: 0, arity: -1, run: record },
			{ ...common, name: "fill", flags: 0, arity: 2, run: fill },
			{ ...common, name: "write", flags: WRITE, arity: -1, run: (call) => call.reply.ok() },
		];
	}

	connect(): Session {
		const id = ++this.lastId;
		const stream = new FakeConnection(`127.0.0.1:${50_000 + id}`);
		const connection = new ClientConnection(this, stream, id, this.time.now_ms(), this.pauseLimits);
		stream.receiver = connection;
		this.authenticator.admit(connection.client);
		this.clients.add(connection.client);
		return { stream, connection };
	}

	/** One command on an open connection; its reply as Latin-1. */
	ask(session: Session, ...words: readonly string[]): string {
		session.stream.deliver(encodeCommand(...words));
		return session.stream.take();
	}

	/** Sends to a fresh connection, cut at the given places, and tells everything that came of it. */
	transcript(bytes: Uint8Array | string, cuts: readonly number[] = []): string {
		const { stream } = this.connect();
		this.recorded.length = 0;
		stream.deliverCut(typeof bytes === "string" ? toBytes(bytes) : bytes, cuts);
		const text = `${this.recorded.join("\n")}\n${stream.take()}${stream.isClosed ? "closed" : ""}`;
		if (!stream.isClosed) stream.terminate();
		return text;
	}

	// ConnectionHost

	beginBatch(): void {
		this.keyspace.advance();
	}
	endBatch(): void {}
	resumeSoon(connection: ClientConnection): void {
		this.time.soon(() => connection.resume());
	}
	bulkBytesMax(): number {
		return this.bulkMax;
	}
	queryBytesMax(): number {
		return this.queryMax;
	}
	mayQueue(): boolean {
		return this.mayKeepOutput;
	}
	closed(connection: ClientConnection): void {
		this.clients.remove(connection.client);
	}
	note(): void {}
	logDropped(_connection: ClientConnection, reason: string): void {
		this.dropped.push(reason);
	}

	// ExecutionObserver

	webRequestReceived(client: Client): void {
		client.link.close();
	}

	errorReplied(text: string): void {
		this.errors.push(text);
	}
	internalError(command: string, error: unknown): void {
		throw new Error(`${command} failed inside`, { cause: error });
	}
	protectedCommandError(): string | null {
		return null;
	}
	makesRoom(): boolean {
		return true;
	}
	holdsBack(flags: number, client: Client): boolean {
		return this.clients.isHeldBack(flags, client, this.keyspace.now_ms);
	}
	monotonic_us(): number {
		return this.time.monotonic_us();
	}
}
