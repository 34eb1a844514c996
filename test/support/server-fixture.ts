import { Random } from "../../src/bytes/random.ts";
import { type ServerServices, serverCommands } from "../../src/commands/server.ts";
import { Config } from "../../src/config/config.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";
import type { CommandTable } from "../../src/dispatch/command-table.ts";
import type { Executor } from "../../src/dispatch/execute.ts";
import { ClientRegistry } from "../../src/introspection/clients.ts";
import { Log } from "../../src/introspection/log.ts";
import { Statistics } from "../../src/introspection/statistics.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import { Persistence, type ShutdownOptions } from "../../src/persistence/persistence.ts";
import { PubSub } from "../../src/pubsub/pub-sub.ts";
import { History } from "../../src/replication/history.ts";
import { ReplicationStream } from "../../src/replication/stream.ts";
import { MemoryFiles } from "../config/memory-files.ts";
import { TestEngine } from "./engine.ts";
import { FakeHost } from "./fake-host.ts";
import { FakeSnapshots } from "./fake-snapshots.ts";
import { parseReply, type Reply } from "./reply.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** The server group and whatever other rows a test wants, with everything around them simulated. */
export class ServerFixture implements ServerServices {
	readonly engine: TestEngine;
	readonly adapters: {
		readonly clock: VirtualTime;
		readonly timers: VirtualTime;
		readonly host: FakeHost;
		readonly files: MemoryFiles;
	};
	readonly config: Config;
	readonly configFile: string;
	readonly keyspace: Keyspace;
	readonly table: CommandTable;
	readonly executor: Executor;
	readonly statistics = new Statistics();
	readonly expiry = { spent_us: 0, slicesCutShort: 0 };
	readonly watches = { keyCount: () => 0, watchingClients: () => 0 };
	readonly blocked = { timedCount: 0, keyCount: () => 0, keyCountWithoutKey: () => 0 };
	readonly clients = new ClientRegistry();
	readonly memory = {
		evictedKeys: () => 0,
		exceededTotal_ms: () => 0,
		exceededNow_ms: () => 0,
		overheadBytes: () => 0,
		purge() {},
		resetStatistics() {},
	};
	readonly scripting = {
		memory: () => ({
			engine: 0,
			functionEngine: 0,
			scripts: 0,
			functions: 0,
			scriptCount: 0,
			functionCount: 0,
			libraryCount: 0,
		}),
		busyError: () => null,
		loadsLibraries: () => true,
	};
	readonly clientMemory = { evictedClients: 0 };
	readonly pubSub: PubSub;
	readonly tracking = { counts: () => ({ clients: 0, keys: 0, items: 0, prefixes: 0 }), bytesUsed: () => 0 };
	readonly log: Log;
	readonly version = "7.2.4";
	readonly liteVersion = "0.1.0";
	readonly commit = "00000000";
	readonly runId = "0123456789abcdef0123456789abcdef01234567";
	readonly replication = {
		history: new History(new Random(7)),
		stream: new ReplicationStream(1 << 20),
		follower: { state: () => null },
		failover: { state: "no-failover" },
		leader: { replicas: new Set<never>(), goodReplicas: () => 0 },
	};
	readonly startedAt_ms: number;
	readonly accounts = { configLines: () => new Map() };
	readonly migrations = { connectionCount: () => 0 };
	readonly snapshots: FakeSnapshots;
	readonly persistence: Persistence;
	/** How often the server ended, or would have if its end had not failed. */
	shutdowns = 0;

	constructor(moreRows: readonly CommandRow[] = [], configFile = "") {
		this.engine = new TestEngine([...serverCommands(this), ...moreRows]);
		const files = new MemoryFiles();
		this.adapters = { clock: this.engine.time, timers: this.engine.time, host: new FakeHost(), files };
		this.config = new Config(files);
		this.config.load([{ name: "the fixture", text: 'save ""' }]);
		this.configFile = configFile;
		this.keyspace = this.engine.keyspace;
		this.table = this.engine.table;
		this.executor = this.engine["executor"];
		this.pubSub = new PubSub(1, 2, this.executor, this.engine.time, this.engine.time);
		this.log = new Log(this.adapters, { level: "notice", file: "", syslogIdent: null });
		this.snapshots = new FakeSnapshots(files, this.keyspace);
		this.persistence = new Persistence(this, this.snapshots);
		this.startedAt_ms = this.engine.time.now_ms();
		this.clients.add(this.engine.client);
	}

	mode(): string {
		return "standalone";
	}
	role(): string {
		return "master";
	}
	port(): number {
		return 6379;
	}
	hasUnixSocket(): boolean {
		return false;
	}
	compressesSnapshots(): boolean {
		return this.config.values.rdbcompression;
	}

	sharesIntegers(): boolean {
		return true;
	}
	readonly ending = {
		begin: (options: ShutdownOptions) => {
			if (!this.persistence.finish(options)) return "failed" as const;
			this.shutdowns++;
			return "ended" as const;
		},
		join() {},
		abort: () => false,
		left_ms: () => null,
	};

	abort(): void {
		this.shutdowns++;
	}

	run(...words: (string | number)[]): string {
		return this.engine.run(...words);
	}

	/** The reply as a tree, in the client's protocol. */
	ask(...words: (string | number)[]): Reply {
		return parseReply(Buffer.from(this.run(...words), "latin1"));
	}

	set protocol(version: 2 | 3) {
		this.engine.client.protocol = version;
	}
}
