/** The same questions and changes to a genuine redis-server and to us. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Config } from "../../src/config/config.ts";
import type { Directive } from "../../src/config/directive.ts";
import { directives } from "../../src/config/directives.ts";
import { hasRedisServer, RedisServer } from "../support/redis-server.ts";
import type { Reply } from "../support/reply.ts";
import { WireConnection } from "../support/wire.ts";
import { MemoryFiles } from "./memory-files.ts";

const ports = { first: 7201, last: 7209 };
const notSupported = /is not supported by this version of redis-lite$/;

/** Directives of Redis 7.2 that 7.0 has not. */
const newerNames = [
	"set-max-listpack-entries",
	"set-max-listpack-value",
	"cluster-announce-human-nodename",
	"locale-collate",
];

/** Our own, and those of Valkey. */
const ownNames = ["metrics-port", "metrics-bind", "log-format", "log-timestamp-format"];

describe.skipIf(!hasRedisServer())("beside redis-server 7.0", () => {
	let server: RedisServer;
	let wire: WireConnection;
	let ours: Config;

	beforeAll(async () => {
		server = await RedisServer.start(["--enable-protected-configs", "yes"], ports);
		wire = await WireConnection.connect(server);
		const { dir: directory = "" } = await theirs("dir");
		ours = new Config(new MemoryFiles({}, [directory, "/tmp"]));
		const text = [
			`port ${server.port}`,
			"bind 127.0.0.1",
			`dir ${directory}`,
			'save ""',
			"enable-debug-command yes",
			"enable-protected-configs yes",
		].join("\n");
		ours.load([{ name: "as RedisServer starts it", text }]);
	});

	afterAll(async () => {
		wire?.close();
		await server?.stop();
	});

	/** Name by name: Redis answers in the order of a hash table. */
	async function theirs(...patterns: string[]): Promise<Record<string, string>> {
		const flat = (await wire.command("CONFIG", "GET", ...patterns)).tree().items.map(({ text }) => text);
		const found: Record<string, string> = {};
		for (let index = 0; index < flat.length; index += 2) found[flat[index]!] = flat[index + 1]!;
		return found;
	}

	function our(...patterns: string[]): Record<string, string> {
		return Object.fromEntries(ours.get(patterns));
	}

	async function theirSet(...pairs: string[]): Promise<Reply> {
		return (await wire.command("CONFIG", "SET", ...pairs)).tree();
	}

	test("CONFIG GET * has the same names and defaults", async () => {
		const expected = await theirs("*");
		const found = our("*");
		for (const name of [...newerNames, ...ownNames]) {
			expect(expected[name]).toBeUndefined();
			expect(found[name]).toBeDefined();
			delete found[name];
		}
		expect(found).toEqual(expected);
	});

	test("hidden names have the same defaults", async () => {
		const hidden = Object.entries<Directive<unknown>>(directives).flatMap(([name, row]) => (row.hidden ? [name] : []));
		expect(hidden.length).toBeGreaterThan(0);
		// Those of Valkey are unknown there.
		for (const name of hidden.filter((other) => !other.startsWith("commandlog-"))) {
			expect(our(name)).toEqual(await theirs(name));
		}
	});

	const questions: string[][] = [
		["MaxMemory", "maxmemory"],
		["maxmemor?", "MAXMEMORY"],
		["nope", "user", "include", "timeout"],
		["watchdog-perio?", "use-exit-on-pani[c]"],
	];
	test.each(questions.map((patterns) => ({ patterns })))("CONFIG GET $patterns", async ({ patterns }) => {
		expect(our(...patterns)).toEqual(await theirs(...patterns));
	});

	const probes = [
		"",
		"zzz",
		"99999999999999999999",
		"-9223372036854775808",
		"-1",
		"1",
		"05",
		"NO",
		"yes",
		"6%",
		"101%",
	];
	/** They would bind sockets, shut us out, or slow the reference down. */
	const dangerous = ["bind", "port", "dir", "maxclients", "maxmemory-clients", "watchdog-period"];
	/** There whole servers are asked: test/server/tls-reference.test.ts. */
	const ofServers = ["tls-port", "tls-cluster", "tls-replication"];

	test("CONFIG SET accepts and refuses the same words everywhere", async () => {
		const pending = new Set<string>();
		for (const [name] of ours.get(["*"])) {
			if ([...newerNames, ...ownNames].includes(name)) continue;
			if (dangerous.includes(name) || ofServers.includes(name)) continue;
			for (const probe of probes) await compareSet(name, probe, pending);
		}
		expect([...pending].sort()).toEqual(["activedefrag", "oom-score-adj"]);
	});

	/** Sets on both and compares error and effect; what we do not support yet is set on neither. */
	async function compareSet(name: string, text: string, pending: Set<string>): Promise<void> {
		const error = ours.set([name, text], true);
		if (error !== undefined && notSupported.test(error)) {
			pending.add(name);
			return;
		}
		const reply = await theirSet(name, text);
		expect({ name, text, reply: error ?? "OK" }).toEqual({ name, text, reply: reply.text });
		expect(our(name)).toEqual(await theirs(name));
	}

	const composite: [name: string, ...texts: string[]][] = [
		["timeout", "+5", " 5", "5 ", "0x5", "-0", "5.0"],
		["maxmemory", "1k", "1KB", "1m", "1gb", "1t", "k", "1 k", "18446744073709551615k", "1.5k", "0"],
		["client-query-buffer-limit", "1", "9007199254740993", "9223372036854775808", "1gb"],
		["maxmemory-clients", "101%", "-1%", "%", "5.5%", "5%%", "05%", "-1", "0%"],
		["maxclients", "0", "4294967296", "5000"],
		["repl-backlog-size", "0", "1", "16384", "16385"],
		["hz", "0", "501", "100"],
		["save", "900", "900 a", "0 1", "900 -1", " 900   1 ", '""', '"900 1"', "900 1 60", ""],
		["client-output-buffer-limit", "pubsub 1kb 2kb 3", "SLAVE 1 1 1", "normal 1 2", "foo 1 2 3", "normal 1 2 x"],
		["client-output-buffer-limit", "normal -1 2 3", "master 1 2 3", "normal 1 2 3 normal 4 5 6", "normal 1 2 3 pubsub"],
		["oom-score-adj-values", "1 2 3", "1 2", "-2001 0 0", "a 1 2", "1 2 3 4", " 1  2 3", "+1 2 3", "1.0 2 3"],
		["notify-keyspace-events", "foo", "KB", "A A", ""],
		["latency-tracking-info-percentiles", "99 50 50", "100.1", "-1", "50 x", "50.123456789", "1e1", "nan", "inf"],
		["latency-tracking-info-percentiles", " 5 ", "0x10", ".5", "5.", "99.99999999999", "", "50 99 99.9"],
		["shutdown-on-sigterm", "now save", "default now", "NOW", "save save", "save nosave", "foo", "now force nosave"],
		[
			"proc-title-template",
			"{foo}",
			"{title",
			"{title}}",
			"x {port} {tls-port} {unixsocket} {config-file}",
			"{ title }",
		],
		["dir", "/nope", "/tmp", ""],
		["dbfilename", "a/b", "", "dump.rdb"],
		["cluster-announce-hostname", "a b", "-a", "a".repeat(255), "a".repeat(256), ""],
		["maxmemory-policy", "ALLKEYS-LRU", "lru"],
		["no-such-directive", "1"],
		["user", "default"],
		["requirepass", "x y", ""],
		["TIMEOUT", "9", "x"],
	];

	test.each(composite)("CONFIG SET %s", async (name, ...texts) => {
		for (const text of texts) await compareSet(name, text, new Set());
	});

	test.each([
		[["timeout", "abc", "hz", "xyz"]],
		[["hz", "xyz", "nope", "1"]],
		[["daemonize", "yes", "nope", "1"]],
		[["timeout", "5", "TIMEOUT", "6"]],
		[["timeout", "5", "hz"]],
		[["slave-priority", "5", "replica-priority", "6"]],
		[["timeout", "5", "MaxClients", "0"]],
		[["loglevel", "DEBUG", "appendfsync", "ALWAYS"]],
	])("CONFIG SET %j", async (pairs) => {
		const error = ours.set(pairs, true);
		expect(error ?? "OK").toBe((await theirSet(...pairs)).text);
		const names = pairs.filter((_, index) => index % 2 === 0);
		expect(our(...names)).toEqual(await theirs(...names));
	});
});
