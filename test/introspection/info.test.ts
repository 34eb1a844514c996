/**
 * INFO beside a genuine redis-server: every section, every field name, in its order; and the values that mean something
 * already.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Call } from "../../src/dispatch/call.ts";
import { BRIEF, type CommandRow, FAST } from "../../src/dispatch/command.ts";
import { humanBytes } from "../../src/introspection/human-bytes.ts";
import { infoText } from "../../src/introspection/info.ts";
import { commandRows } from "../support/command-rows.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { ServerFixture } from "../support/server-fixture.ts";
import { WireConnection } from "../support/wire.ts";

const ports = { first: 7533, last: 7539 };
const sections = [
	"server",
	"clients",
	"memory",
	"persistence",
	"stats",
	"replication",
	"cpu",
	"modules",
	"commandstats",
	"errorstats",
	"latencystats",
	"cluster",
	"keyspace",
];

/** Fields the reference cannot have: those of 7.2, and our own. */
const further = new Set([
	"redis_lite_version",
	"listener0",
	"pubsub_clients",
	"watching_clients",
	"total_watched_keys",
	"total_blocking_keys",
	"total_blocking_keys_on_nokey",
	"eventloop_cycles",
	"eventloop_duration_sum",
	"eventloop_duration_cmd_sum",
	"instantaneous_eventloop_cycles_per_sec",
	"instantaneous_eventloop_duration_usec",
	"acl_access_denied_auth",
	"acl_access_denied_cmd",
	"acl_access_denied_key",
	"acl_access_denied_channel",
	"internal_errors",
]);

/** Fields of a text, in order. */
function fields(text: string): [name: string, value: string][] {
	const lines = text.split("\r\n").filter((line) => line !== "" && !line.startsWith("#"));
	return lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
}

/** How a value is written: digits, a number with so many places, a word. */
function form(value: string): string {
	const number = /-?\d+(\.\d+)?/g;
	return value.replace(number, (_, places: string | undefined) => `0${(places ?? "").replace(/\d/g, "0")}`);
}

function withoutServerGroup(): CommandRow[] {
	return commandRows().filter((row) => row.group !== "server");
}

/** An error, an expiring key, a subcommand: so that every section has something in it. */
const exercise: readonly (readonly string[])[] = [
	["SET", "a", "1"],
	["SET", "b", "1", "EX", "100"],
	["GET", "a"],
	["GET", "nothing"],
	["CONFIG", "GET", "hz"],
	["CONFIG", "FOO"],
	["GET"],
];

describe.if(hasRedisServer())("beside redis-server", () => {
	let server: RedisServer;
	let connection: WireConnection;
	const ours = new ServerFixture(withoutServerGroup());

	beforeAll(async () => {
		server = await RedisServer.start([], ports);
		connection = await WireConnection.connect(server);
		for (const command of exercise) {
			await connection.command(...command);
			ours.run(...command);
		}
		ours.statistics.countError("ERR as the executor's observer would");
	});
	afterAll(async () => {
		connection.close();
		await server.stop();
	});

	async function theirText(...names: string[]): Promise<string> {
		return (await connection.command("INFO", ...names)).tree().text;
	}

	for (const section of sections) {
		test(`section ${section}`, async () => {
			const theirs = await theirText(section);
			const text = infoText(ours, [section]);
			expect(text.split("\r\n")[0]).toBe(theirs.split("\r\n")[0]!);
			expect(text.endsWith("\r\n")).toBe(true);
			const isOurs = ([name]: readonly [string, string]) => further.has(name);
			const mine = fields(text);
			if (["commandstats", "latencystats"].includes(section)) {
				// Commands come in another order, and one that asked for these very numbers is not counted yet.
				const told = new Map(fields(theirs));
				for (const [name, value] of mine) expect([name, form(value)]).toEqual([name, form(told.get(name) ?? "")]);
				expect(mine.length).toBeGreaterThan(2);
				return;
			}
			expect(mine.filter((field) => !isOurs(field)).map(([name]) => name)).toEqual(
				fields(theirs).map(([name]) => name),
			);
		});
	}

	test("numbers are written alike", async () => {
		const different = new Set([
			// Names and paths.
			"os",
			"gcc_version",
			"atomicvar_api",
			"executable",
			"run_id",
			"redis_build_id",
			"master_replid",
			"mem_allocator",
		]);
		const theirs = new Map(fields(await theirText("everything")));
		for (const [name, value] of fields(infoText(ours, ["everything"]))) {
			if (further.has(name) || different.has(name) || !theirs.has(name)) continue;
			if (name.endsWith("_human")) expect(value).toMatch(/^\d+(B|\.\d\d[KMGT])$/);
			else expect([name, form(value)]).toEqual([name, form(theirs.get(name)!)]);
		}
	});

	for (const names of [
		[],
		["default"],
		["all"],
		["everything"],
		["KEYSPACE", "Server"],
		["default", "commandstats"],
		["cpu", "nosuch", "cpu"],
		["nosuch"],
		["all", "modules"],
	]) {
		test(`INFO ${names.join(" ")} has the same sections`, async () => {
			const headers = (text: string) => text.split("\r\n").filter((line) => line.startsWith("#"));
			const text = ours.ask("INFO", ...names).text;
			expect(headers(text)).toEqual(headers(await theirText(...names)));
		});
	}
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);

function value(text: string, name: string): string | undefined {
	return new Map(fields(text)).get(name);
}

describe("layout", () => {
	test("sections are parted by an empty line", () => {
		const ours = new ServerFixture();
		expect(infoText(ours, ["cluster", "modules", "keyspace"])).toBe(
			"# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n",
		);
		expect(infoText(ours, ["nosuch"])).toBe("");
	});

	test("RESP3 has it as text, also where it is empty", () => {
		const ours = new ServerFixture();
		ours.protocol = 3;
		expect(ours.run("INFO", "cluster")).toBe("=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n");
		expect(ours.run("INFO", "nosuch")).toBe("=4\r\ntxt:\r\n");
		ours.protocol = 2;
		expect(ours.run("INFO", "nosuch")).toBe("$0\r\n\r\n");
	});

	test("sizes for people", () => {
		expect([0, 1023, 1024, 1536, 1024 ** 2 - 1, 1024 ** 2, 1.5 * 1024 ** 3, 2 ** 50].map(humanBytes)).toEqual([
			"0B",
			"1023B",
			"1.00K",
			"1.50K",
			"1024.00K",
			"1.00M",
			"1.50G",
			"1.00P",
		]);
	});
});

describe("values", () => {
	test("of the process", () => {
		const ours = new ServerFixture([], "/etc/redis.conf");
		ours.engine.advance(3 * 86_400_000 + 1500);
		const text = ours.ask("INFO", "server").text;
		expect(value(text, "redis_version")).toBe("7.2.4");
		expect(value(text, "redis_lite_version")).toBe("0.1.0");
		expect(value(text, "uptime_in_seconds")).toBe(String(3 * 86_400 + 1));
		expect(value(text, "uptime_in_days")).toBe("3");
		expect(value(text, "config_file")).toBe("/etc/redis.conf");
		expect(value(text, "lru_clock")).toBe(String(ours.keyspace.accessClock));
		expect(value(text, "listener0")).toBe("name=tcp,bind=*,bind=-::*,port=6379");
		expect(value(text, "listener1")).toBeUndefined();
		ours.hasUnixSocket = () => true;
		ours.config.adopt("unixsocket", "/run/redis.sock");
		ours.port = () => 0;
		expect(value(infoText(ours, ["server"]), "listener0")).toBe("name=unix,bind=/run/redis.sock");
	});

	test("of memory", () => {
		const ours = new ServerFixture();
		const empty = Number(value(infoText(ours, ["memory"]), "used_memory"));
		ours.run("DEBUG", "POPULATE", 10_000, "key", 100);
		const text = infoText(ours, ["memory"]);
		const used = Number(value(text, "used_memory"));
		expect(used - empty).toBeGreaterThan(1_000_000);
		const dataset = Number(value(text, "used_memory_dataset"));
		const { indexes, heaps } = ours.keyspace.databases[0]!.table.overheadBytes();
		expect(dataset).toBeGreaterThan(1_000_000);
		expect(Number(value(text, "used_memory_overhead"))).toBe(used - dataset);
		expect(ours.keyspace.bytesUsed() - dataset).toBeLessThan(indexes + heaps + 2500);
		expect(value(text, "used_memory_rss_human")).toBe("50.00M");
		ours.run("FLUSHALL");
		const after = infoText(ours, ["memory"]);
		expect(Number(value(after, "used_memory"))).toBeLessThan(used);
		expect(Number(value(after, "used_memory_peak"))).toBe(used);
		expect(Number.parseFloat(value(after, "used_memory_peak_perc")!)).toBeLessThan(100);
	});

	test("of the keyspace", () => {
		const ours = new ServerFixture(withoutServerGroup());
		ours.run("SET", "a", "1");
		for (const [name, seconds] of [
			["b", 10],
			["c", 20],
			["d", 60],
		] as const) {
			ours.run("SET", name, "1", "EX", seconds);
		}
		ours.run("SWAPDB", 0, 3);
		ours.run("SET", "a", "1");
		expect(infoText(ours, ["keyspace"])).toBe(
			"# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\ndb3:keys=4,expires=3,avg_ttl=30000\r\n",
		);
	});

	test("of commands: calls, time, refusals, failures", () => {
		const ours = new ServerFixture([slow("slow", BRIEF, 3), slow("mixed", FAST, 1)]);
		function slow(name: string, flags: number, by_ms: number): CommandRow {
			const run = (call: Call): void => {
				ours.engine.advance(by_ms);
				if (call.argc > 1) call.reply.error("ERR no");
				else call.reply.ok();
			};
			return { name, since: "1.0.0", group: "generic", complexity: "", summary: "", flags, arity: -1, run };
		}
		for (let i = 0; i < 9; i++) ours.run("slow");
		ours.run("slow", "x");
		ours.run("mixed");
		ours.run("TIME", "too", "many");
		expect(infoText(ours, ["commandstats"])).toBe(
			"# Commandstats\r\n" +
				"cmdstat_time:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0\r\n" +
				"cmdstat_slow:calls=10,usec=30000,usec_per_call=3000.00,rejected_calls=0,failed_calls=1\r\n" +
				"cmdstat_mixed:calls=1,usec=1000,usec_per_call=1000.00,rejected_calls=0,failed_calls=0\r\n",
		);
		const latency = value(infoText(ours, ["latencystats"]), "latency_percentiles_usec_slow")!;
		const [, p50] = /^p50=(\d+\.\d{3}),p99=\d+\.\d{3},p99\.9=\d+\.\d{3}$/.exec(latency)!;
		expect(Number(p50)).toBeGreaterThanOrEqual(3000);
		expect(Number(p50)).toBeLessThan(3100);
		ours.config.set(["latency-tracking-info-percentiles", "0 33.3 100"], true);
		expect(value(infoText(ours, ["latencystats"]), "latency_percentiles_usec_mixed")).toMatch(
			/^p0=.*,p33\.3=.*,p100=.*$/,
		);
		ours.config.set(["latency-tracking-info-percentiles", ""], true);
		expect(value(infoText(ours, ["latencystats"]), "latency_percentiles_usec_mixed")).toBe("");
		ours.config.set(["latency-tracking", "no"], true);
		expect(infoText(ours, ["latencystats"])).toBe("# Latencystats\r\n");
	});

	test("commands that were never called keep no histogram, nor any while tracking is off", () => {
		const ours = new ServerFixture(withoutServerGroup());
		ours.executor.tracksLatency = false;
		ours.run("SET", "a", "1");
		expect([...ours.table.all()].every((command) => command.latency === null)).toBe(true);
		ours.executor.tracksLatency = true;
		ours.run("SET", "a", "1");
		expect([...ours.table.all()].filter((command) => command.latency !== null).map(({ fullName }) => fullName)).toEqual(
			["set"],
		);
	});

	test("of errors, sorted by code", () => {
		const ours = new ServerFixture();
		for (const text of ["WRONGTYPE x", "ERR x", "NOAUTH x", "ERR y"]) ours.statistics.countError(text);
		expect(infoText(ours, ["errorstats"])).toBe(
			"# Errorstats\r\nerrorstat_ERR:count=2\r\nerrorstat_NOAUTH:count=1\r\nerrorstat_WRONGTYPE:count=1\r\n",
		);
	});

	test("of traffic", () => {
		const ours = new ServerFixture();
		const { statistics } = ours;
		statistics.sample(0, 0);
		for (let tenth = 1; tenth <= 16; tenth++) {
			statistics.networkInput_bytes += 102.4;
			statistics.readsProcessed += 2;
			statistics.sample(tenth * 100_000, 50 * tenth, 300 * tenth);
		}
		statistics.internalErrors = 7;
		const text = infoText(ours, ["stats"]);
		expect(value(text, "instantaneous_ops_per_sec")).toMatch(/^(499|500)$/);
		expect(value(text, "instantaneous_input_kbps")).toBe("1.00");
		expect(value(text, "instantaneous_eventloop_cycles_per_sec")).toMatch(/^(29|30)$/);
		expect(value(text, "instantaneous_eventloop_duration_usec")).toBe("100");
		expect(value(text, "internal_errors")).toBe("7");
	});
});
