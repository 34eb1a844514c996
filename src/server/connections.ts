import type { Authenticator } from "../acl/authenticator.ts";
import type { Connection, Receiver } from "../adapters/network.ts";
import { bytesOf } from "../bytes/ascii.ts";
import type { Config } from "../config/config.ts";
import type { Client } from "../dispatch/client.ts";
import type { Executor } from "../dispatch/execute.ts";
import type { ClientRegistry } from "../introspection/clients.ts";
import type { Log } from "../introspection/log.ts";
import type { Statistics } from "../introspection/statistics.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { MasterListener } from "../replication/master-client.ts";
import { MAXCLIENTS, PROTECTED_MODE } from "../resp/errors.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import { RequestParser } from "../resp/request-parser.ts";
import type { Adapters } from "./adapters.ts";
import { Backlog } from "./backlog.ts";
import { ClientConnection, type ConnectionHost, PAUSE_LIMITS, type PauseLimits } from "./connection.ts";
import type { GroupCommit } from "./group-commit.ts";
import { dropIdle } from "./idle-clients.ts";
import { MasterConnection } from "./master-connection.ts";
import { SlowReaders } from "./slow-readers.ts";
import { Turns } from "./turns.ts";

/** What the connections need of their server. */
export interface ConnectionsHost {
	readonly adapters: Adapters;
	readonly config: Config;
	readonly keyspace: Keyspace;
	readonly statistics: Statistics;
	readonly clients: ClientRegistry;
	readonly authenticator: Authenticator;
	readonly log: Log;
	readonly executor: Executor;
	readonly reply: ReplyWriter;
	readonly groupCommit: GroupCommit;
	/** Before and after a chunk is executed. */
	beginBatch(): void;
	endBatch(): void;
	errorReplied(text: string): void;
	internalError(where: string, error: unknown): void;
}

/**
 * The connections of a server: who is let in, how much is kept for each, and what is let go when one ends.
 *
 * Invariant: a connection is in here from its beginning until it is closed; its client is registered for as long, unless
 * it was killed.
 */
export class Connections implements ConnectionHost {
	readonly executor: Executor;
	readonly reply: ReplyWriter;
	readonly groupCommit: GroupCommit;
	readonly backlog: Backlog;
	readonly turns: Turns;
	parser: RequestParser;
	private readonly host: ConnectionsHost;
	private readonly pauseLimits: PauseLimits;
	private readonly byClient: Map<number, ClientConnection>;
	private readonly slowReaders: SlowReaders;
	private nextClientId: number;
	/** Kept beside the configuration because every chunk asks. */
	private bulkBytes: number;
	private queryBytes: number;

	/** `pauseLimits` says from where on clients that do not keep up have to wait. */
	constructor(host: ConnectionsHost, pauseLimits = PAUSE_LIMITS) {
		const { config } = host;
		this.host = host;
		this.executor = host.executor;
		this.reply = host.reply;
		this.groupCommit = host.groupCommit;
		this.backlog = new Backlog(pauseLimits.total_bytes);
		this.turns = new Turns(host.adapters.clock, host.adapters.timers);
		this.parser = new RequestParser();
		this.pauseLimits = pauseLimits;
		this.byClient = new Map();
		this.slowReaders = new SlowReaders(
			({ client }) => config.values["client-output-buffer-limit"][limitName(client)],
			({ client }) => this.logUnread(client),
		);
		this.nextClientId = 1;
		this.bulkBytes = 0;
		this.queryBytes = 0;
		config.follow("proto-max-bulk-len", (bytes) => {
			this.bulkBytes = bytes;
		});
		config.follow("client-query-buffer-limit", (bytes) => {
			this.queryBytes = bytes;
		});
	}

	/** Takes a new connection in, or turns it away; what it returns hears of the bytes that arrive. */
	accept(connection: Connection): Receiver {
		const { statistics, clients, config, authenticator, adapters } = this.host;
		const { values } = config;
		statistics.connectionsReceived++;
		if (clients.count() >= values.maxclients) return this.turnAway(connection, MAXCLIENTS);
		const isProtected = values["protected-mode"] && authenticator.defaultUserHasNoPassword();
		const isDenied = isProtected && !connection.isLocal;
		// Behind TLS it can be told only later, and is a client until then.
		if (isDenied && !connection.isTls) return this.turnAway(connection, PROTECTED_MODE);
		const now_ms = adapters.clock.now_ms();
		const receiver = new ClientConnection(this, connection, this.nextClientId++, now_ms, this.pauseLimits);
		authenticator.admit(receiver.client);
		connection.setKeepAlive(values["tcp-keepalive"]);
		clients.add(receiver.client);
		this.byClient.set(receiver.client.id, receiver);
		if (isDenied) {
			statistics.connectionsRejected++;
			receiver.refuse(bytesOf(`-${PROTECTED_MODE}\r\n`));
		}
		return receiver;
	}

	/** The master of this server, which has not come here by itself. */
	openMaster(connection: Connection, listener: MasterListener): MasterConnection {
		const { adapters, clients, config } = this.host;
		const now_ms = adapters.clock.now_ms();
		const master = new MasterConnection(this, connection, this.nextClientId++, now_ms, this.pauseLimits, listener);
		connection.setKeepAlive(config.values["tcp-keepalive"]);
		clients.add(master.client);
		this.byClient.set(master.client.id, master);
		return master;
	}

	private turnAway(connection: Connection, reason: string): Receiver {
		this.host.statistics.connectionsRejected++;
		const bytes = bytesOf(`-${reason}\r\n`);
		connection.write(bytes, 0, bytes.length);
		connection.end();
		return { receive() {}, drained() {}, closed() {} };
	}

	/** Of a client that is connected, also where it was killed and its connection is not closed yet. */
	of(client: Client): ClientConnection | undefined {
		return this.byClient.get(client.id);
	}

	/** Not at once with what came behind: the command of another client may be at work. */
	deliver(client: Client, reply: ReplyWriter): void {
		const connection = this.of(client);
		if (connection === undefined) return;
		connection.sendLate(reply);
		this.resumeSoon(connection);
	}

	/** Lets those go on who were held back. */
	resumeAll(): void {
		for (const connection of [...this.byClient.values()]) if (connection.suspended) connection.resume();
	}

	/** Those who wait for something wait in vain, and hear why; nothing more of theirs is served. */
	unblockAll(error: string): void {
		for (const { client } of [...this.byClient.values()]) {
			if (client.unblock === null) continue;
			client.unblock(error);
			client.link.end();
		}
	}

	closeAll(): void {
		for (const connection of [...this.byClient.values()]) connection.close();
	}

	/** Lets go of those who have not read, or not said anything, for too long; called ten times a second. */
	sweep(now_ms: number): void {
		const { config, log } = this.host;
		this.slowReaders.sweep(now_ms);
		dropIdle(this.byClient.values(), config.values.timeout * 1000, now_ms, log);
	}

	// What a connection asks for

	beginBatch(): void {
		this.host.beginBatch();
	}

	endBatch(): void {
		this.host.endBatch();
	}

	resumeSoon(connection: ClientConnection): void {
		this.host.adapters.timers.soon(() => connection.resume());
	}

	bulkBytesMax(): number {
		return this.bulkBytes;
	}

	queryBytesMax(): number {
		return this.queryBytes;
	}

	mayQueue(connection: ClientConnection): boolean {
		return this.slowReaders.mayQueue(connection, this.host.keyspace.now_ms);
	}

	/** A client is closed for what it has not read. */
	logUnread(client: Client): void {
		const line = this.host.clients.line(client, this.host.keyspace.now_ms);
		this.host.log.warning(`Client ${line} closed for overcoming of output buffer limits.`);
	}

	logDropped({ client }: ClientConnection, reason: string): void {
		this.host.log.warning(`${reason}: ${this.host.clients.line(client, this.host.keyspace.now_ms)}`);
	}

	closed(connection: ClientConnection): void {
		const { client } = connection;
		this.byClient.delete(client.id);
		this.slowReaders.forget(connection);
		this.host.clients.remove(client);
		client.subscriptions?.cancelAll();
		client.tracking?.stop();
		client.monitoring?.stop();
		client.replica?.closed();
		this.executor.transactions.end(client);
		// Its timer, where it is blocked, has nobody to answer.
		client.unblock?.(null);
	}

	note(bytesIn: number, bytesOut: number): void {
		const { statistics } = this.host;
		statistics.networkInput_bytes += bytesIn;
		statistics.networkOutput_bytes += bytesOut;
		if (bytesOut > 0) statistics.writesProcessed++;
	}

	errorReplied(text: string): void {
		this.host.errorReplied(text);
	}

	internalError(where: string, error: unknown): void {
		this.host.internalError(where, error);
	}
}

/** The class of a client in `client-output-buffer-limit`. */
function limitName({ replica, subscriptions }: Client): "normal" | "replica" | "pubsub" {
	if (replica !== null) return "replica";
	return subscriptions === null ? "normal" : "pubsub";
}
