import { DEFAULT_USER, DefaultUserAuthenticator } from "../acl/authenticator.ts";
import type { Timer } from "../adapters/clock.ts";
import type { Connection, Receiver } from "../adapters/network.ts";
import { bytesOf } from "../bytes/ascii.ts";
import { Random } from "../bytes/random.ts";
import { allCommands } from "../commands/index.ts";
import type { Config } from "../config/config.ts";
import { REDIS_VERSION } from "../config/parse.ts";
import { Client } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import { CommandTable } from "../dispatch/command-table.ts";
import { type ExecutionObserver, Executor } from "../dispatch/execute.ts";
import { ClientRegistry } from "../introspection/clients.ts";
import { Log } from "../introspection/log.ts";
import { protectedCommandError } from "../introspection/protected-command.ts";
import { Statistics } from "../introspection/statistics.ts";
import { ExpiryCycle } from "../keyspace/expiry.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import { MAXCLIENTS, PROTECTED_MODE } from "../resp/errors.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import { RequestParser } from "../resp/request-parser.ts";
import type { Adapters } from "./adapters.ts";
import { ClientConnection, type ConnectionHost } from "./connection.ts";
import { detachedLink } from "./detached-link.ts";
import { Listeners, type ListenPlan } from "./listeners.ts";
import { mayKeepOutput } from "./output-limits.ts";
import { COMMIT, VERSION } from "./version.ts";

export interface ServerOptions {
	readonly adapters: Adapters;
	readonly config: Config;
	/** Absolute path of the configuration file, "" where there is none. */
	readonly configFile: string;
	/** Take a free port where the configuration says 0: for servers inside tests. */
	readonly anyPort: boolean;
}

/**
 * One server: its databases, commands, clients and listeners, wired together. Nothing here or below is global, so a
 * process can hold any number of them.
 */
export class Server implements ConnectionHost, ExecutionObserver {
	readonly adapters: Adapters;
	readonly config: Config;
	readonly configFile: string;
	readonly keyspace: Keyspace;
	readonly statistics: Statistics;
	readonly clients: ClientRegistry;
	readonly authenticator: DefaultUserAuthenticator;
	readonly log: Log;
	readonly table: CommandTable;
	readonly executor: Executor;
	readonly reply: ReplyWriter;
	readonly expiry: ExpiryCycle;
	readonly startedAt_ms: number;
	/** 40 hexadecimal digits that tell this run of the server from any other. */
	readonly runId: string;
	/** Of Redis, the one we are compatible with. */
	readonly version: string;
	readonly liteVersion: string;
	readonly commit: string;
	/** 40 hexadecimal digits, the name of the data's history. */
	readonly replicationId: string;
	parser: RequestParser;
	/** Kept beside the configuration because every chunk asks. */
	private bulkBytes: number;
	private queryBytes: number;
	private readonly anyPort: boolean;
	private readonly listeners: Listeners;
	private readonly connections: Map<number, ClientConnection>;
	/** Those who have not read all their replies. */
	private readonly slowReaders: Set<ClientConnection>;
	private readonly stopHandlers: ((exitCode: number) => void)[];
	private nextClientId: number;
	private cronTimer: Timer | null;
	private pauseTimer: Timer | null;
	private wrotePidFile: boolean;
	private isStopped: boolean;

	constructor(options: ServerOptions) {
		const { adapters, config } = options;
		const { values } = config;
		this.adapters = adapters;
		this.config = config;
		this.configFile = options.configFile;
		const random = newRandom(adapters);
		this.keyspace = new Keyspace(values.databases, adapters.clock, random, adapters.pages);
		this.statistics = new Statistics();
		this.clients = new ClientRegistry();
		this.authenticator = new DefaultUserAuthenticator(values.requirepass);
		this.log = new Log(adapters, {
			level: values.loglevel,
			file: values.logfile === "" ? "" : adapters.files.resolve(values.logfile),
			syslogIdent: values["syslog-enabled"] ? values["syslog-ident"] : null,
		});
		this.reply = new ReplyWriter();
		this.expiry = new ExpiryCycle(this.keyspace, adapters.clock, adapters.timers);
		this.startedAt_ms = adapters.clock.now_ms();
		this.runId = hexDigits(random, 40);
		this.version = REDIS_VERSION;
		this.liteVersion = VERSION;
		this.commit = COMMIT;
		this.replicationId = hexDigits(random, 40);
		this.parser = new RequestParser();
		this.bulkBytes = values["proto-max-bulk-len"];
		this.queryBytes = values["client-query-buffer-limit"];
		this.anyPort = options.anyPort;
		this.listeners = new Listeners(
			adapters.network,
			(connection) => this.accept(connection),
			(line) => this.log.warning(line),
		);
		this.connections = new Map();
		this.slowReaders = new Set();
		this.stopHandlers = [];
		this.nextClientId = 1;
		this.cronTimer = null;
		this.pauseTimer = null;
		this.wrotePidFile = false;
		this.isStopped = false;
		this.table = new CommandTable(allCommands(this));
		const nobody = new Client(0, detachedLink, this.startedAt_ms);
		this.executor = new Executor(this.table, this.keyspace, this.reply, this, nobody);
		this.hearConfig();
		this.hearPauses();
	}

	/** Opens the listeners and begins to serve; throws a ConfigError where an address cannot be had. */
	start(): void {
		const { log } = this;
		const { pid } = this.adapters.host;
		log.notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
		log.notice(`Redis version=${REDIS_VERSION}, bits=64, commit=${COMMIT}, modified=0, pid=${pid}, just started`);
		if (this.configFile !== "") log.notice("Configuration loaded");
		else log.warning("Warning: no config file specified, using the default config.");
		this.listeners.open(this.listenPlan());
		log.notice(`Running mode=standalone, port=${this.port()}.`);
		log.notice(`PID: ${pid}`);
		this.writePidFile();
		log.notice("Server initialized");
		this.statistics.memoryAtStart_bytes = this.adapters.host.residentBytes();
		this.cron();
		if (this.port() !== 0) log.notice("Ready to accept connections tcp");
		if (this.listeners.hasUnixSocket()) log.notice("Ready to accept connections unix");
	}

	/** The TCP port in use, 0 where there is none. */
	port(): number {
		return this.listeners.port();
	}

	hasUnixSocket(): boolean {
		return this.listeners.hasUnixSocket();
	}

	mode(): string {
		return "standalone";
	}

	role(): string {
		return "master";
	}

	/** Calls back when the server has stopped by itself: SHUTDOWN, or a signal. */
	onStopped(handler: (exitCode: number) => void): void {
		this.stopHandlers.push(handler);
	}

	/** Lets go of everything: listeners, clients, timers. Nothing of this server runs afterwards. */
	stop(): void {
		if (this.isStopped) return;
		this.isStopped = true;
		this.listeners.close();
		this.expiry.stop();
		this.cronTimer?.cancel();
		this.pauseTimer?.cancel();
		for (const connection of [...this.connections.values()]) connection.close();
		if (!this.wrotePidFile) return;
		this.log.notice("Removing the pid file.");
		this.adapters.files.remove(this.config.values.pidfile);
	}

	signalled(signal: "SIGTERM" | "SIGINT"): void {
		this.log.notice(`Received ${signal} scheduling shutdown...`);
		this.shutdown();
	}

	/** What SHUTDOWN does; there is nothing to save yet. */
	shutdown(): void {
		this.log.notice("User requested shutdown...");
		this.stop();
		this.log.notice("Redis is now ready to exit, bye bye...");
		for (const handler of this.stopHandlers) handler(0);
	}

	// What commands ask for

	stringBytesMax(): number {
		return this.bulkBytes;
	}

	isLfuPolicy(): boolean {
		return this.config.values["maxmemory-policy"].endsWith("lfu");
	}

	// Connections

	private accept(connection: Connection): Receiver {
		const { statistics, clients } = this;
		statistics.connectionsReceived++;
		if (clients.count() >= this.config.values.maxclients) return this.turnAway(connection, MAXCLIENTS);
		const { values } = this.config;
		if (values["protected-mode"] && this.authenticator.defaultUserIsOpen() && !connection.isLocal) {
			return this.turnAway(connection, PROTECTED_MODE);
		}
		const receiver = new ClientConnection(this, connection, this.nextClientId++, this.adapters.clock.now_ms());
		receiver.client.authenticated = this.authenticator.defaultUserIsOpen();
		receiver.client.user = DEFAULT_USER;
		connection.setKeepAlive(values["tcp-keepalive"]);
		clients.add(receiver.client);
		this.connections.set(receiver.client.id, receiver);
		return receiver;
	}

	private turnAway(connection: Connection, reason: string): Receiver {
		this.statistics.connectionsRejected++;
		const bytes = bytesOf(`-${reason}\r\n`);
		connection.write(bytes, 0, bytes.length);
		connection.end();
		return { receive() {}, drained() {}, closed() {} };
	}

	beginBatch(): void {
		this.keyspace.advance();
		this.statistics.readsProcessed++;
	}

	endBatch(): void {
		this.expiry.arm();
	}

	bulkBytesMax(): number {
		return this.bulkBytes;
	}

	queryBytesMax(): number {
		return this.queryBytes;
	}

	mayQueue(connection: ClientConnection): boolean {
		this.slowReaders.add(connection);
		const limit = this.config.values["client-output-buffer-limit"].normal;
		if (mayKeepOutput(connection.output, limit, this.keyspace.now_ms)) return true;
		this.logDropped(connection, "closed for overcoming of output buffer limits.");
		return false;
	}

	logDropped(connection: ClientConnection, reason: string): void {
		this.log.warning(`Client ${this.clients.line(connection.client, this.keyspace.now_ms)} ${reason}`);
	}

	closed(connection: ClientConnection): void {
		this.connections.delete(connection.client.id);
		this.slowReaders.delete(connection);
		this.clients.remove(connection.client);
	}

	note(bytesIn: number, bytesOut: number): void {
		this.statistics.networkInput_bytes += bytesIn;
		this.statistics.networkOutput_bytes += bytesOut;
		if (bytesOut > 0) this.statistics.writesProcessed++;
	}

	// Execution

	errorReplied(text: string): void {
		for (const line of this.statistics.countError(text)) this.log.warning(line);
	}

	internalError(command: string, error: unknown): void {
		this.statistics.internalErrors++;
		const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
		this.log.warning(`Internal error in '${command}': ${trace}`);
	}

	protectedCommandError(command: Command, client: Client): string | null {
		return protectedCommandError(command, client.link, this.config.values);
	}

	holdsBack(command: Command, client: Client): boolean {
		return this.clients.isHeldBack(command, client, this.keyspace.now_ms);
	}

	monotonic_us(): number {
		return this.adapters.clock.monotonic_us();
	}

	// Housekeeping

	private cron(): void {
		const { clock, timers, host } = this.adapters;
		const now_ms = clock.now_ms();
		this.statistics.sample(clock.monotonic_us(), this.executor.commandsProcessed);
		this.statistics.noteMemory(host.residentBytes());
		this.dropSlowReaders(now_ms);
		this.dropIdle(now_ms);
		this.cronTimer = timers.after(1000 / this.config.values.hz, () => this.cron());
	}

	private dropSlowReaders(now_ms: number): void {
		const limit = this.config.values["client-output-buffer-limit"].normal;
		for (const connection of this.slowReaders) {
			if (connection.output.bytes === 0) this.slowReaders.delete(connection);
			else if (!mayKeepOutput(connection.output, limit, now_ms)) {
				this.logDropped(connection, "closed for overcoming of output buffer limits.");
				connection.close();
			}
		}
	}

	private dropIdle(now_ms: number): void {
		const limit_ms = this.config.values.timeout * 1000;
		if (limit_ms === 0) return;
		for (const connection of this.connections.values()) {
			if (now_ms - connection.client.lastActive_ms <= limit_ms || connection.suspended) continue;
			this.log.verbose("Closing idle client");
			connection.close();
		}
	}

	// Configuration

	private listenPlan(): ListenPlan {
		const { values } = this.config;
		return {
			bind: values.bind,
			port: values.port,
			anyPort: this.anyPort,
			backlog: values["tcp-backlog"],
			unixSocket: values.unixsocket,
			unixSocketMode: values.unixsocketperm,
		};
	}

	private hearConfig(): void {
		const { config } = this;
		const rebind = (refusal: string) => () => (this.listeners.reopen(this.listenPlan()) ? undefined : refusal);
		config.onChange("bind", rebind("Failed to bind to specified addresses."));
		config.onChange("port", rebind("Unable to listen on this port. Check server logs."));
		config.onChange("requirepass", (password) => {
			this.authenticator.setPassword(password);
			return undefined;
		});
		config.onChange("loglevel", (level) => {
			this.log.setLevel(level);
			return undefined;
		});
		config.onChange("proto-max-bulk-len", (bytes) => {
			this.bulkBytes = bytes;
			return undefined;
		});
		config.onChange("client-query-buffer-limit", (bytes) => {
			this.queryBytes = bytes;
			return undefined;
		});
		config.onChange("maxclients", (clients) => {
			const limit = this.adapters.host.descriptorLimit();
			if (clients + RESERVED_DESCRIPTORS <= limit) return undefined;
			return `The operating system is not able to handle the specified number of clients, try with ${limit - RESERVED_DESCRIPTORS}`;
		});
	}

	private hearPauses(): void {
		const { clients } = this;
		const { timers, clock } = this.adapters;
		const wait = (): void => {
			this.executor.holding = true;
			this.pauseTimer?.cancel();
			const delay_ms = Math.max(1, clients.pauseEnd_ms() - clock.now_ms());
			this.pauseTimer = timers.after(Math.min(delay_ms, TIMER_MAX_MS), () => {
				if (!clients.endPause(clock.now_ms())) wait();
			});
		};
		clients.onPaused.push(wait);
		clients.onUnpaused.push(() => {
			this.executor.holding = false;
			this.pauseTimer?.cancel();
			// Not now: a command is in the middle of being executed.
			timers.soon(() => {
				for (const connection of [...this.connections.values()]) if (connection.suspended) connection.resume();
			});
		});
	}

	private writePidFile(): void {
		const { pidfile } = this.config.values;
		if (pidfile === "") return;
		try {
			this.adapters.files.replaceText(pidfile, `${this.adapters.host.pid}\n`);
			this.wrotePidFile = true;
		} catch (failure) {
			this.log.warning(`Failed to write PID file: ${failure instanceof Error ? failure.message : failure}`);
		}
	}
}

/** Descriptors kept for listeners, files and the runtime. */
const RESERVED_DESCRIPTORS = 32;
/** Longest delay a timer understands. */
const TIMER_MAX_MS = 2 ** 31 - 1;

function newRandom(adapters: Adapters): Random {
	const seed = new Uint8Array(16);
	adapters.entropy.fill(seed);
	return new Random(seed);
}

function hexDigits(random: Random, count: number): string {
	let digits = "";
	while (digits.length < count) digits += random.below(16).toString(16);
	return digits;
}
