import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { Config } from "../../src/config/config.ts";
import { Exposition } from "../../src/introspection/metrics/exposition.ts";
import { metricsOfFields } from "../../src/introspection/metrics/names.ts";
import { metricsText } from "../../src/introspection/metrics.ts";
import type { Server } from "../../src/server/server.ts";
import { MemoryFiles } from "../config/memory-files.ts";
import { type MetricFamily, parseExposition } from "../support/exposition.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

/** A server that has done a bit of everything, and a client of it. */
function busyServer(directives = ""): { server: Server; client: VirtualClient; machine: VirtualMachine } {
	const machine = new VirtualMachine();
	const server = machine.start(`save 3600 1\n${directives}`);
	const client = machine.network.connect(6379);
	client.run("SET", "a", "1");
	client.run("SET", "b", "1", "EX", "100");
	client.run("GET", "a");
	client.run("MGET", "missing", "too");
	client.run("LPUSH", "a", "1");
	client.run("NOSUCH");
	client.run("SET", "a");
	client.run("SELECT", "3");
	client.run("SET", "c", "1");
	client.run("BGSAVE");
	machine.time.advance(1_500);
	return { server, client, machine };
}

function sample(families: ReadonlyMap<string, MetricFamily>, name: string, labels = ""): number | undefined {
	return families.get(name)?.samples.get(`${name}${labels}`);
}

/** Fields of INFO by name. */
function infoOf(client: VirtualClient): Map<string, string> {
	const text = client.run("INFO", "everything");
	return new Map([...text.matchAll(/^(\w[^:\r\n]*):(.*)\r$/gm)].map(([, name, value]) => [name!, value!]));
}

describe("metrics", () => {
	test("are what INFO says at the same moment", () => {
		const { server, client } = busyServer("appendonly yes\nmaxmemory 1gb\nmaxclients 123");
		// The second of two, so that INFO itself is among the commands, and both see the same clients.
		infoOf(client);
		const families = parseExposition(metricsText(server));
		const info = infoOf(client);
		let compared = 0;
		for (const [field, metrics] of metricsOfFields) {
			const value = info.get(field);
			for (const { name, type, factor } of metrics) {
				const found = sample(families, `redis_${name}`);
				if (value === undefined) expect({ field, found }).toEqual({ field, found: undefined });
				// INFO had to be asked, which counts.
				if (value === undefined || MOVING.has(field)) continue;
				const expected = value === "ok" ? 1 : value === "err" ? 0 : Number(value);
				expect({ field, found }).toEqual({ field, found: expected * factor });
				expect(families.get(`redis_${name}`)!.type).toBe(type);
				compared++;
			}
		}
		expect(compared).toBeGreaterThan(100);
	});

	/** What asking changes. */
	const MOVING = new Set([
		"used_memory",
		"used_memory_overhead",
		"allocator_allocated",
		"allocator_active",
		"allocator_rss_ratio",
		"allocator_rss_bytes",
		"mem_fragmentation_ratio",
		"mem_fragmentation_bytes",
		"mem_clients_normal",
		"used_memory_peak",
		"total_commands_processed",
		"total_net_input_bytes",
		"total_net_output_bytes",
		"total_reads_processed",
		"total_writes_processed",
		"eventloop_duration_cmd_sum",
		"eventloop_duration_sum",
		"eventloop_cycles",
	]);

	test("count commands, errors and keys under their labels", () => {
		const { server } = busyServer();
		const families = parseExposition(metricsText(server));
		const value = (name: string, labels: string) => sample(families, `redis_${name}`, `{${labels}}`);
		expect(value("commands_total", 'cmd="set"')).toBe(3);
		expect(value("commands_rejected_calls_total", 'cmd="set"')).toBe(1);
		expect(value("commands_failed_calls_total", 'cmd="lpush"')).toBe(1);
		expect(value("commands_duration_seconds_total", 'cmd="get"')).toBeNumber();
		expect(value("latency_percentiles_usec", 'cmd="get",quantile="99.9"')).toBeNumber();
		expect(sample(families, "redis_latency_percentiles_usec", '_count{cmd="get"}')).toBe(1);
		expect(value("errors_total", 'err="ERR"')).toBe(2);
		expect(value("errors_total", 'err="WRONGTYPE"')).toBe(1);
		expect([value("db_keys", 'db="db0"'), value("db_keys_expiring", 'db="db0"')]).toEqual([2, 1]);
		expect([value("db_keys", 'db="db3"'), value("db_keys", 'db="db15"')]).toEqual([1, 0]);
		expect(value("db_avg_ttl_seconds", 'db="db0"')).toBeWithin(98, 100);
		expect(sample(families, "redis_up")).toBe(1);
		// By name, once more: the other test believes the table.
		const totals = ["keyspace_hits", "keyspace_misses", "connections_received", "rejected_connections"];
		expect(totals.map((name) => sample(families, `redis_${name}_total`))).toEqual([1, 2, 1, 0]);
		expect(sample(families, "redis_rdb_saves_total")).toBe(1);
	});

	test("of a database begin and end at zero, and are few where there are many databases", () => {
		const machine = new VirtualMachine();
		const server = machine.start("databases 100000");
		const client = machine.network.connect(6379);
		const keys = () => parseExposition(metricsText(server)).get("redis_db_keys")!.samples;
		expect([...keys().values()]).toEqual(Array(16).fill(0));
		client.run("SELECT", "99999");
		client.run("SET", "key", "value");
		expect(keys().get('redis_db_keys{db="db99999"}')).toBe(1);
		expect(keys().size).toBe(17);
		client.run("FLUSHALL");
		expect([...keys().values()]).toEqual(Array(16).fill(0));
	});

	test("say which server it is", () => {
		const { server, client } = busyServer();
		const info = infoOf(client);
		const [labels = ""] = [...parseExposition(metricsText(server)).get("redis_instance_info")!.samples.keys()];
		const told = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
		expect(told).toEqual({
			role: "master",
			redis_version: "7.2.4",
			redis_mode: "standalone",
			maxmemory_policy: "noeviction",
			tcp_port: "6379",
			redis_build_id: info.get("redis_build_id")!,
			os: info.get("os")!,
			run_id: info.get("run_id")!,
			process_id: info.get("process_id")!,
			master_replid: info.get("master_replid")!,
		});
	});

	test("tell of slow commands", () => {
		const machine = new VirtualMachine();
		const server = machine.start("slowlog-log-slower-than 0\nlatency-monitor-threshold 1\nenable-debug-command yes");
		const look = () => parseExposition(metricsText(server));
		expect(sample(look(), "redis_slowlog_length")).toBe(0);
		expect(look().has("redis_latency_spike_last")).toBe(false);
		const client = machine.network.connect(6379);
		client.run("SET", "a", "1");
		client.run("DEBUG", "SLEEP", "0.25");
		const families = look();
		expect(sample(families, "redis_slowlog_length")).toBe(2);
		expect(sample(families, "redis_slowlog_last_id")).toBe(1);
		expect(sample(families, "redis_last_slow_execution_duration_seconds")).toBeCloseTo(0.25, 3);
		const event = '{event_name="command"}';
		expect(sample(families, "redis_latency_spike_duration_seconds", event)).toBe(0.25);
		expect(sample(families, "redis_latency_spike_last", event)).toBe(Math.floor(machine.time.now_ms() / 1000));
	});

	test("have a histogram of each command", () => {
		const { server, client } = busyServer("enable-debug-command yes");
		for (const seconds of ["0.000001", "0.0005", "0.25", "1.5"]) client.run("DEBUG", "SLEEP", seconds);
		const { type, samples } = parseExposition(metricsText(server)).get("redis_commands_latencies_usec")!;
		expect(type).toBe("histogram");
		const name = "redis_commands_latencies_usec";
		const found = [...samples].filter(([sample]) => sample.includes('cmd="debug"'));
		const buckets = found.filter(([sample]) => sample.startsWith(`${name}_bucket`));
		expect(buckets.map(([sample]) => /le="(.*)"/.exec(sample)![1]!)).toEqual([
			...Array.from({ length: 21 }, (_, log2) => String(2 ** log2)),
			"+Inf",
		]);
		const counts = buckets.map(([, count]) => count);
		expect(counts).toEqual(counts.toSorted((a, b) => a - b));
		const below = (limit_us: string) => samples.get(`${name}_bucket{cmd="debug",le="${limit_us}"}`);
		expect([below("256"), below("512"), below("131072"), below("262144"), below("1048576")]).toEqual([1, 2, 2, 3, 3]);
		expect([below("+Inf"), samples.get(`${name}_count{cmd="debug"}`)]).toEqual([4, 4]);
		expect(samples.get(`${name}_sum{cmd="debug"}`)).toBeWithin(1_750_000, 1_752_000);
		const total = parseExposition(metricsText(server)).get("redis_commands_duration_seconds_total")!.samples;
		expect(total.get('redis_commands_duration_seconds_total{cmd="debug"}')).toBeCloseTo(1.7505, 3);
	});

	test("leave out what is not measured", () => {
		const { server } = busyServer("latency-tracking no");
		const families = parseExposition(metricsText(server));
		expect(families.has("redis_latency_percentiles_usec")).toBe(false);
		expect(families.has("redis_commands_latencies_usec")).toBe(false);
		expect(families.has("redis_aof_current_size_bytes")).toBe(false);
		expect(families.has("redis_commands_total")).toBe(true);
	});

	/** Of Grafana's dashboards 763 and 14091, which are the exporter's own, and of the usual alerts. */
	test.each([
		"redis_aof_last_bgrewrite_status",
		"redis_aof_last_write_status",
		"redis_blocked_clients",
		"redis_commands_duration_seconds_total",
		"redis_commands_processed_total",
		"redis_commands_total",
		"redis_config_maxclients",
		"redis_connected_clients",
		"redis_connected_slaves",
		"redis_connections_received_total",
		"redis_cpu_sys_seconds_total",
		"redis_cpu_user_seconds_total",
		"redis_db_keys",
		"redis_db_keys_expiring",
		"redis_evicted_keys_total",
		"redis_expired_keys_total",
		"redis_instance_info",
		"redis_keyspace_hits_total",
		"redis_keyspace_misses_total",
		"redis_loading_dump_file",
		"redis_mem_fragmentation_ratio",
		"redis_memory_fragmentation_ratio",
		"redis_memory_max_bytes",
		"redis_memory_used_bytes",
		"redis_memory_used_rss_bytes",
		"redis_net_input_bytes_total",
		"redis_net_output_bytes_total",
		"redis_rdb_changes_since_last_save",
		"redis_rdb_last_bgsave_status",
		"redis_rdb_last_save_timestamp_seconds",
		"redis_rejected_connections_total",
		"redis_start_time_seconds",
		"redis_total_system_memory_bytes",
		"redis_up",
		"redis_uptime_in_seconds",
	])("have what dashboards ask for: %s", (name) => {
		expect(parseExposition(metricsText(busyServer().server)).has(name)).toBe(true);
	});
});

test("docs/operations.md names no metric that is not there, and directives that are", () => {
	const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
	const { server } = busyServer("slowlog-log-slower-than 0");
	const families = parseExposition(metricsText(server));
	const named = [...page.matchAll(/`(?:rate\()?(redis_[a-z_]+)(?!…)\b/g)].map(([, name]) => name!);
	expect(named.length).toBeGreaterThan(15);
	expect(named.filter((name) => !families.has(name) && name !== "redis_exporter")).toEqual([]);
	const [, lines = ""] = /```conf\n(.*?)```/s.exec(page) ?? [];
	const config = new Config(new MemoryFiles());
	config.load([{ name: "docs/operations.md", text: lines }]);
	expect(config.values).toMatchObject({ "metrics-port": 9121, "metrics-bind": ["127.0.0.1"], "log-format": "json" });
});

test("a label may hold any text", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (value) => {
			const exposition = new Exposition();
			exposition.add("x", "gauge", "Help.", 1, { label: value });
			const [only = ""] = [...parseExposition(exposition.text()).get("redis_x")!.samples.keys()];
			const written = only.slice('redis_x{label="'.length, -'"}'.length);
			expect(written.replaceAll(/\\(.)/gs, (_, escaped) => (escaped === "n" ? "\n" : escaped))).toBe(value);
		}),
	);
});

test("what is no number is no sample", () => {
	const exposition = new Exposition();
	exposition.add("x", "gauge", "Help.", Number.NaN);
	expect(exposition.text()).toBe("\n");
});
