/** Debian's prometheus-redis-exporter, the program our own metrics take their names from, beside redis-server and us. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RedisLite } from "../../src/index.ts";
import { type MetricFamily, parseExposition } from "../support/exposition.ts";
import { eventually, freePort } from "../support/program.ts";
import { hasRedisServer, RedisServer } from "../support/redis-server.ts";
import { WireConnection } from "../support/wire.ts";

const exporter = "prometheus-redis-exporter";
const isMissing = Bun.which(exporter) === null || !hasRedisServer();
if (isMissing) console.warn(`tests are skipped: ${exporter} or redis-server is not installed (apt-get install)`);

type Families = ReadonlyMap<string, MetricFamily>;

/** What both servers are asked to do before they are looked at. */
const workload = [
	"CONFIG SET latency-monitor-threshold 1",
	"CONFIG SET slowlog-log-slower-than 0",
	"SET a 1 EX 100",
	"SET b 2",
	"GET a",
	"GET missing",
	"RPUSH list 1 2 3",
	"INCR list",
	"NOSUCH",
	"SELECT 2",
	"SET c 3",
	"CONFIG SET slowlog-log-slower-than -1",
];

/** About the exporter, not the server. */
const ownOfTheExporter = /^redis_(exporter_|target_scrape_|last_key_groups_)/;
/** What asking changes, or time. */
const moving =
	/^redis_(commands_|connect|latency_p|net_|total_.*_processed|memory_used|mem_|allocator_|cpu_|uptime|db_avg|start_|instance_|client_recent)/;
/** It calls a counter a gauge in this version, not in later ones. */
const typedLater = ["redis_expired_time_cap_reached_total"];

describe.skipIf(isMissing)(exporter, () => {
	let theirs: Families;
	let ours: Families;
	let own: Families;
	const ends: (() => unknown)[] = [];

	beforeAll(async () => {
		const metricsPort = freePort();
		const server = await RedisLite.start({ "metrics-port": metricsPort });
		ends.push(() => server.stop());
		const reference = await RedisServer.start([], { first: 8620, last: 8629 });
		ends.push(() => reference.stop());
		for (const address of [{ host: "127.0.0.1", port: server.port }, reference]) {
			const wire = await WireConnection.connect(address);
			for (const line of workload) await wire.command(...line.split(" "));
			wire.close();
		}
		const port = freePort();
		const child = Bun.spawn([exporter, "-web.listen-address", `127.0.0.1:${port}`, "-redis.addr", ""], {
			stdin: "ignore",
			stdout: "ignore",
			stderr: "pipe",
		});
		ends.push(() => child.kill("SIGKILL"));
		await answers(`http://127.0.0.1:${port}/health`);
		const scrape = async (target: number) =>
			await familiesAt(`http://127.0.0.1:${port}/scrape?target=redis://127.0.0.1:${target}`);
		theirs = await scrape(reference.port);
		ours = await scrape(server.port);
		own = await familiesAt(`http://127.0.0.1:${metricsPort}/metrics`);
	});

	afterAll(async () => {
		for (const end of ends.toReversed()) await end();
	});

	const names = (families: Families) => [...families.keys()].filter((name) => !ownOfTheExporter.test(name)).sort();

	test("finds every metric in us that it finds in redis-server", () => {
		expect(names(theirs).length).toBeGreaterThan(110);
		expect(ours.get("redis_exporter_last_scrape_error")!.samples).toEqual(
			new Map([['redis_exporter_last_scrape_error{err=""}', 0]]),
		);
		expect(names(theirs).filter((name) => !ours.has(name))).toEqual([]);
	});

	test("finds the same commands, errors and databases", () => {
		for (const name of ["redis_commands_total", "redis_errors_total", "redis_db_keys", "redis_db_keys_expiring"]) {
			const found = counts(ours.get(name)!);
			expect(found).toEqual(counts(theirs.get(name)!));
			expect(found.size).toBeGreaterThan(0);
		}
	});

	/** What the exporter itself asks depends on what it was told before. */
	function counts({ samples }: MetricFamily): Map<string, number> {
		return new Map([...samples].filter(([name]) => !/slowlog|info|latency|client|config\|get/.test(name)).sort());
	}

	test("gives each the name, type and labels that our own port gives it", () => {
		const labels = ({ samples }: MetricFamily) => new Set([...samples.keys()].flatMap((name) => labelNames(name)));
		for (const name of names(ours)) {
			const [theirFamily, ourFamily] = [ours.get(name)!, own.get(name)];
			expect({ name, isThere: ourFamily !== undefined }).toEqual({ name, isThere: true });
			if (!typedLater.includes(name)) expect({ name, type: ourFamily!.type }).toEqual({ name, type: theirFamily.type });
			for (const label of labels(theirFamily)) expect([name, ...labels(ourFamily!)]).toContain(label);
		}
	});

	test("reads the numbers that our own port gives", () => {
		const compared = names(ours).filter((name) => !moving.test(name));
		expect(compared.length).toBeGreaterThan(70);
		for (const name of compared) expect(own.get(name)!.samples).toEqual(new Map(ours.get(name)!.samples));
	});
});

function labelNames(sample: string): string[] {
	return [...sample.matchAll(/[{,](\w+)="/g)].map(([, label]) => label!);
}

async function familiesAt(url: string): Promise<Families> {
	const response = await fetch(url);
	expect(response.status).toBe(200);
	return parseExposition(await response.text());
}

async function answers(url: string): Promise<void> {
	let isThere = false;
	void (async () => {
		while (!isThere) {
			const response = await fetch(url).catch(() => null);
			isThere = response?.status === 200;
			if (!isThere) await Bun.sleep(10);
		}
	})();
	await eventually(url, () => (isThere ? true : undefined));
}
