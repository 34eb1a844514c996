import type { Authenticator } from "../acl/authenticator.ts";
import type { Timer } from "../adapters/clock.ts";
import type { Connection, Receiver, TlsSettings } from "../adapters/network.ts";
import { Migrations } from "../cluster/migrations.ts";
import { allCommands } from "../commands/index.ts";
import type { Config } from "../config/config.ts";
import { ConfigError, REDIS_VERSION } from "../config/parse.ts";
import { BlockedClients, type BlockedClientsHost } from "../dispatch/blocked-clients.ts";
import type { Call } from "../dispatch/call.ts";
import { Client } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import { CommandTable } from "../dispatch/command-table.ts";
import { detachedLink } from "../dispatch/detached-link.ts";
import { type ExecutionObserver, Executor } from "../dispatch/execute.ts";
import { Watches } from "../dispatch/watches.ts";
import { ClientRegistry } from "../introspection/clients.ts";
import { cpuTime_us } from "../introspection/info/process.ts";
import { Log } from "../introspection/log.ts";
import { usedMemory } from "../introspection/memory-use.ts";
import type { Monitors } from "../introspection/monitors.ts";
import type { Observation } from "../introspection/observation.ts";
import { protectedCommandError } from "../introspection/protected-command.ts";
import { Statistics } from "../introspection/statistics.ts";
import { ExpiryCycle } from "../keyspace/expiry.ts";
import { FOR_PAUSE, Keyspace } from "../keyspace/keyspace.ts";
import { Persistence } from "../persistence/persistence.ts";
import { SnapshotRunner } from "../persistence/snapshot/runner.ts";
import type { PubSub } from "../pubsub/pub-sub.ts";
import type { MasterClient, MasterListener } from "../replication/master-client.ts";
import { Replication } from "../replication/replication.ts";
import { UNBLOCKED_BY_ROLE } from "../resp/errors.ts";
import { ReplyWriter } from "../resp/reply-writer.ts";
import type { Scripting } from "../scripting/scripting.ts";
import type { Trackers } from "../tracking/trackers.ts";
import { Accounts } from "./accounts.ts";
import type { Adapters } from "./adapters.ts";
import { ClientMemory } from "./client-memory.ts";
import { openTracking } from "./client-tracking.ts";
import type { PauseLimits } from "./connection.ts";
import { Connections, type ConnectionsHost } from "./connections.ts";
import { followLimits } from "./encoding-limits.ts";
import { Ending } from "./ending.ts";
import { GroupCommit } from "./group-commit.ts";
import { OperatorPort } from "./http/operator-port.ts";
import { hexDigits, newRandom } from "./identity.ts";
import { Listeners, type ListenPlan } from "./listeners.ts";
import { MemoryLimit } from "./memory-limit.ts";
import { openMonitors, openObservation } from "./observing.ts";
import { Pauses } from "./pauses.ts";
import { PidFile } from "./pid-file.ts";
import { openPubSub } from "./publishing.ts";
import { ReplicaRules } from "./replica-rules.ts";
import { openScripting } from "./running-scripts.ts";
import { TlsPort } from "./tls-port.ts";
import { COMMIT, VERSION } from "./version.ts";

export interface ServerOptions {
	readonly adapters: Adapters;
	readonly config: Config;
	/** Absolute path of the configuration file, "" where there is none. */
	readonly configFile: string;
	/** Take a free port where the configuration says 0: for servers inside tests. */
	readonly anyPort: boolean;
	/** False: what a server left in `dir` is not loaded. */
	readonly loads?: boolean;
	/** Is told `READY=1` and `STOPPING=1`, as systemd words it. */
	readonly tellSupervisor?: (state: string) => void;
	/** The process is there for this server alone. */
	readonly ownsProcess?: boolean;
	/** Where clients that do not keep up have to wait; for tests. */
	readonly pauseLimits?: PauseLimits;
}

/**
 * One server: its databases, commands, clients and listeners, wired together. Nothing here or below is global, so a
 * process can hold any number of them.
 */
export class Server implements ConnectionsHost, ExecutionObserver, BlockedClientsHost {
	readonly adapters: Adapters;
	readonly config: Config;
	readonly configFile: string;
	readonly keyspace: Keyspace;
	readonly statistics: Statistics;
	readonly clients: ClientRegistry;
	readonly authenticator: Authenticator;
	readonly accounts: Accounts;
	readonly log: Log;
	readonly table: CommandTable;
	readonly executor: Executor;
	readonly reply: ReplyWriter;
	readonly expiry: ExpiryCycle;
	readonly blocked: BlockedClients;
	readonly watches: Watches;
	readonly scripting: Scripting;
	readonly pubSub: PubSub;
	readonly tracking: Trackers;
	readonly observation: Observation;
	readonly monitors: Monitors;
	readonly persistence: Persistence;
	readonly groupCommit: GroupCommit;
	readonly memory: MemoryLimit;
	readonly clientMemory: ClientMemory;
	readonly migrations: Migrations;
	readonly startedAt_ms: number;
	/** 40 hexadecimal digits that tell this run of the server from any other. */
	readonly runId: string;
	/** Of Redis, the one we are compatible with. */
	readonly version: string;
	readonly liteVersion: string;
	readonly commit: string;
	readonly replication: Replication;
	readonly ending: Ending;
	private readonly anyPort: boolean;
	private readonly loads: boolean;
	private readonly tellSupervisor: (state: string) => void;
	private readonly listeners: Listeners;
	private readonly tls: TlsPort;
	private readonly operatorPort: OperatorPort;
	readonly connections: Connections;
	private readonly pauses: Pauses;
	private readonly replicaRules: ReplicaRules;
	private readonly pidFile: PidFile;
	private readonly stopHandlers: ((exitCode: number) => void)[];
	private cronTimer: Timer | null;
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
		this.log = new Log(adapters, {
			level: values.loglevel,
			file: values.logfile === "" ? "" : adapters.files.resolve(values.logfile),
			syslogIdent: values["syslog-enabled"] ? values["syslog-ident"] : null,
		});
		this.reply = new ReplyWriter();
		this.expiry = new ExpiryCycle(this.keyspace, adapters.clock, adapters.timers);
		this.blocked = new BlockedClients(this.keyspace, adapters.timers, this);
		this.watches = new Watches(this.keyspace);
		this.startedAt_ms = adapters.clock.now_ms();
		this.runId = hexDigits(random, 40);
		this.version = REDIS_VERSION;
		this.liteVersion = VERSION;
		this.commit = COMMIT;
		this.anyPort = options.anyPort;
		this.loads = options.loads ?? true;
		this.tellSupervisor = options.tellSupervisor ?? (() => {});
		this.listeners = new Listeners(
			adapters.network,
			(connection) => this.accept(connection),
			(line) => this.log.warning(line),
		);
		this.tls = new TlsPort(this, (connection) => this.accept(connection));
		this.operatorPort = new OperatorPort(this);
		this.pidFile = new PidFile(adapters.files, this.log);
		this.migrations = new Migrations(this, () => this.tls.outgoing());
		this.persistence = new Persistence(this, new SnapshotRunner(this));
		this.replication = new Replication(this, random);
		this.ending = new Ending(this);
		this.replication.leader.onAcknowledged.push(() => this.ending.heard());
		const { appendOnly } = this.persistence;
		this.groupCommit = new GroupCommit(
			this.keyspace.effects,
			adapters.timers,
			() => appendOnly.commit(),
			adapters.network.gathered_bytes,
		);
		this.stopHandlers = [];
		this.cronTimer = null;
		this.isStopped = false;
		this.table = new CommandTable(allCommands(this));
		const nobody = new Client(0, detachedLink, this.startedAt_ms);
		this.executor = new Executor(this.table, this.keyspace, this.reply, this, this.blocked, nobody);
		this.scripting = openScripting(this);
		this.pubSub = openPubSub(this.keyspace, this.executor, config, adapters);
		this.accounts = new Accounts(this);
		this.authenticator = this.accounts.users;
		this.tracking = openTracking(this);
		this.memory = new MemoryLimit(this, options.ownsProcess ?? false);
		this.clientMemory = new ClientMemory(this);
		this.observation = openObservation(this);
		this.monitors = openMonitors(this);
		this.replicaRules = new ReplicaRules(this);
		this.hearConfig();
		this.connections = new Connections(this, options.pauseLimits);
		const rest = (rests: boolean) => this.rest(rests);
		this.pauses = new Pauses(this.clients, this.executor, adapters, rest, () => this.connections.resumeAll());
	}

	/** Opens the listeners and begins to serve; throws a ConfigError where an address cannot be had. */
	start(): void {
		const { log } = this;
		const { pid } = this.adapters.host;
		log.notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
		log.notice(`Redis version=${REDIS_VERSION}, bits=64, commit=${COMMIT}, modified=0, pid=${pid}, just started`);
		if (this.configFile !== "") log.notice("Configuration loaded");
		else log.warning("Warning: no config file specified, using the default config.");
		this.openListeners();
		log.notice(`Running mode=standalone, port=${this.port() || this.config.values["tls-port"]}.`);
		log.notice(`PID: ${pid}`);
		this.pidFile.write(this.config.values.pidfile, pid);
		log.notice("Server initialized");
		this.statistics.memoryAtStart_bytes = usedMemory(this);
		this.replication.follower.prepare();
		this.cron();
		const loaded = (isLoaded: boolean) => (isLoaded && this.scripting.loadsLibraries() ? this.begin() : this.abort(1));
		if (this.loads) this.persistence.load(loaded);
		else this.begin();
	}

	/** The data is there. */
	private begin(): void {
		if (this.port() !== 0) this.log.notice("Ready to accept connections tcp");
		if (this.listeners.hasUnixSocket()) this.log.notice("Ready to accept connections unix");
		if (this.tls.isOpen()) this.log.notice("Ready to accept connections tls");
		this.tellSupervisor("READY=1");
		this.replication.follower.begin(this.persistence.restored);
	}

	/** Ends at once, without another word to anyone. */
	abort(code: number): void {
		this.groupCommit.forget();
		this.stop();
		for (const handler of this.stopHandlers) handler(code);
	}

	private openListeners(): void {
		try {
			// Nobody is let in before it is known who may do what.
			this.accounts.load();
			this.listeners.open(this.listenPlan(this.anyPort));
			this.tls.open();
			this.operatorPort.open();
		} catch (failure) {
			if (failure instanceof ConfigError) this.log.warning(failure.message);
			this.stop();
			throw failure;
		}
		// From here on it is the port like any other: a change of `bind` keeps it.
		if (this.anyPort && this.config.values.port === 0) this.config.adopt("port", String(this.port()));
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

	/** "master" or "replica". */
	role(): string {
		return this.replication.isReplica() ? "replica" : "master";
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
		this.tls.close();
		this.operatorPort.close();
		this.expiry.stop();
		this.scripting.stop();
		this.cronTimer?.cancel();
		this.pauses.stop();
		this.connections.closeAll();
		this.migrations.stop();
		this.ending.stop();
		this.replication.stop();
		this.persistence.stop();
		this.pidFile.remove();
	}

	signalled(signal: "SIGTERM" | "SIGINT"): void {
		this.ending.signalled(signal);
	}

	/** The orderly end, once what is to be kept is kept. */
	leave(): void {
		this.groupCommit.run();
		// What the network has taken for them is to arrive.
		for (const { client } of [...this.replication.leader.replicas]) client.link.end();
		this.tellSupervisor("STOPPING=1");
		this.stop();
		this.log.notice("Redis is now ready to exit, bye bye...");
		for (const handler of this.stopHandlers) handler(0);
	}

	// What commands ask for

	stringBytesMax(): number {
		return this.config.values["proto-max-bulk-len"];
	}

	isLfuPolicy(): boolean {
		return this.config.values["maxmemory-policy"].endsWith("lfu");
	}

	compressesSnapshots(): boolean {
		return this.config.values.rdbcompression;
	}

	sharesIntegers(): boolean {
		const { maxmemory, "maxmemory-policy": policy } = this.config.values;
		return maxmemory === 0 || !/l[rf]u$/.test(policy);
	}

	// Connections

	/** Takes a new connection in, or turns it away; what it returns hears of the bytes that arrive. */
	accept(connection: Connection): Receiver {
		return this.connections.accept(connection);
	}

	beginBatch(): void {
		this.keyspace.advance();
		this.statistics.readsProcessed++;
		this.memory.beginBatch();
	}

	endBatch(): void {
		this.clientMemory.endBatch();
		this.expiry.arm();
		if (this.keyspace.effects.length !== 0) this.groupCommit.schedule();
	}

	roleChanged(isReplica: boolean, linkIsUp: boolean): void {
		this.replicaRules.change(isReplica, linkIsUp);
		this.log.role = isReplica ? "S" : "M";
	}

	outgoingTls(): TlsSettings | null {
		return this.tls.toMaster();
	}

	openMaster(connection: Connection, listener: MasterListener): MasterClient {
		return this.connections.openMaster(connection, listener);
	}

	unblockAll(): void {
		this.connections.unblockAll(UNBLOCKED_BY_ROLE);
	}

	loadLibraries(): boolean {
		return this.scripting.loadsLibraries();
	}

	resumeHeldBack(): void {
		this.adapters.timers.soon(() => this.connections.resumeAll());
	}

	commitNow(): void {
		this.groupCommit.run();
	}

	// Execution

	errorReplied(text: string): void {
		for (const line of this.statistics.countError(text)) this.log.warning(line);
		const client = this.executor.executing;
		if (client?.isObeyed === true) this.replication.follower.commandFailed(text, client.lastCommand);
	}

	internalError(command: string, error: unknown): void {
		this.statistics.internalErrors++;
		const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
		this.log.warning(`Internal error in '${command}': ${trace}`);
	}

	protectedCommandError(command: Command, client: Client): string | null {
		return protectedCommandError(command, client.link, this.config.values);
	}

	webRequestReceived(client: Client): void {
		this.log.warning(
			"Possible SECURITY ATTACK detected. Somebody sends HTTP (POST or Host:), which a web page can make a browser do " +
				`to reach servers like this one. Connection from ${client.link.remoteAddress} aborted.`,
		);
		client.link.close();
	}

	deliver(client: Client, reply: ReplyWriter): void {
		this.connections.deliver(client, reply);
	}

	servedLate(call: Call, elapsed_us: number, replyBytes: number): void {
		this.observation.servedLate(call, elapsed_us, replyBytes);
	}

	holdsBack(flags: number, client: Client): boolean {
		return this.clients.isHeldBack(flags, client, this.keyspace.now_ms);
	}

	monotonic_us(): number {
		return this.adapters.clock.monotonic_us();
	}

	// Housekeeping

	makesRoom(): boolean {
		return this.memory.makesRoom();
	}

	/** Nothing changes by itself, or does again. */
	private rest(rests: boolean): void {
		this.keyspace.hideExpired(FOR_PAUSE, rests);
		this.memory.rests = rests;
		if (!rests) this.expiry.arm();
	}

	private cron(): void {
		const { clock, timers } = this.adapters;
		const now_ms = clock.now_ms();
		this.statistics.sample(clock.monotonic_us(), this.executor.commandsProcessed, cpuTime_us(this.adapters.host));
		this.statistics.noteMemory(usedMemory(this));
		this.memory.cron();
		this.clientMemory.cron();
		this.connections.sweep(now_ms);
		if (!this.keyspace.isStandingStill) {
			if (this.keyspace.ownDeadlines.expireSome()) this.endBatch();
			this.persistence.cron();
			this.replication.cron();
			this.ending.cron();
			if (this.isStopped) return;
		}
		this.cronTimer = timers.after(1000 / this.config.values.hz, () => this.cron());
	}

	// Configuration

	private listenPlan(anyPort: boolean): ListenPlan {
		const { values } = this.config;
		return {
			bind: values.bind,
			port: values.port,
			anyPort,
			backlog: values["tcp-backlog"],
			unixSocket: values.unixsocket,
			unixSocketMode: values.unixsocketperm,
			hasOthers: values["tls-port"] !== 0,
		};
	}

	private hearConfig(): void {
		const { config } = this;
		followLimits(config, this.keyspace.limits);
		config.follow("lazyfree-lazy-expire", (isLazy) => {
			this.keyspace.effects.unlinksExpired = isLazy;
		});
		const rebind = (refusal: string) => () => (this.listeners.reopen(this.listenPlan(false)) ? undefined : refusal);
		config.onChange("bind", rebind("Failed to bind to specified addresses."));
		config.onChange("port", rebind("Unable to listen on this port. Check server logs."));
		this.log.follow(config);
		config.follow("latency-tracking", (isOn) => {
			this.executor.tracksLatency = isOn;
		});
		config.onChange("maxclients", (clients) => {
			const limit = this.adapters.host.descriptorLimit();
			if (clients + RESERVED_DESCRIPTORS <= limit) return undefined;
			return `The operating system is not able to handle the specified number of clients, try with ${limit - RESERVED_DESCRIPTORS}`;
		});
	}
}

/** Descriptors kept for listeners, files and the runtime. */
const RESERVED_DESCRIPTORS = 32;
