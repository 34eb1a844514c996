/**
 * What `/metrics` answers: the fields of INFO as metrics, and what commands of their own tell of slow commands and of
 * settings. Nothing is measured here.
 */
import type { Values } from "../config/directives.ts";
import type { InfoSource } from "./info/source.ts";
import { allFields } from "./info.ts";
import { Exposition } from "./metrics/exposition.ts";
import { metricsOfFields } from "./metrics/names.ts";
import { addReplication } from "./metrics/replication.ts";
import type { Observation } from "./observation.ts";

export interface MetricsSource extends InfoSource {
	readonly observation: Pick<Observation, "slow" | "latency">;
}

/** Databases that are listed even where they are empty, so that a graph begins with the first key and ends at zero. */
const DATABASES_SHOWN = 16;
const US_PER_S = 1e6;
const MS_PER_S = 1e3;

export function metricsText(source: MetricsSource): string {
	// Time goes on where no client has asked for a while, too.
	source.keyspace.advance();
	const text = new Exposition();
	text.add("up", "gauge", "Whether the server answers; it says so itself.", 1);
	const fields = new Map<string, string>();
	for (const [name, value] of allFields(source)) fields.set(name, String(value));
	addInstance(text, fields);
	addSettings(text, source.config.values);
	text.add("start_time_seconds", "gauge", "When the server was started.", Math.floor(source.startedAt_ms / MS_PER_S));
	addDatabases(text, source);
	addReplication(text, source);
	addSlowCommands(text, source.observation);
	addHistograms(text, source);
	for (const [name, value] of fields) {
		for (const metric of metricsOfFields.get(name) ?? []) {
			text.add(metric.name, metric.type, metric.help, numberIn(value) * metric.factor);
		}
		addLabelled(text, name, value, fields);
	}
	return text.text();
}

/** A status is 1 where all is well. */
function numberIn(value: string): number {
	if (value === "ok") return 1;
	if (value === "err" || value === "fail") return 0;
	return value === "" ? Number.NaN : Number(value);
}

function addInstance(text: Exposition, fields: ReadonlyMap<string, string>): void {
	const taken = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, fields.get(name) ?? ""]));
	text.add("instance_info", "gauge", "What server this is.", 1, taken(INSTANCE_LABELS));
	text.add("lite_build_info", "gauge", "What build of redis-lite this is.", 1, {
		version: fields.get("redis_lite_version") ?? "",
		commit: fields.get("redis_git_sha1") ?? "",
		runtime: fields.get("gcc_version") ?? "",
	});
}

const INSTANCE_LABELS = [
	"role",
	"redis_version",
	"redis_build_id",
	"redis_mode",
	"os",
	"maxmemory_policy",
	"tcp_port",
	"run_id",
	"process_id",
	"master_replid",
];

function addSettings(text: Exposition, values: Values): void {
	text.add("config_maxclients", "gauge", "How many clients may be connected.", values.maxclients);
	text.add("config_maxmemory", "gauge", "Configured limit of memory; 0 is none.", values.maxmemory);
	text.add("config_io_threads", "gauge", "Threads for I/O as configured; there is one.", values["io-threads"]);
}

/** What SLOWLOG and LATENCY LATEST tell, which INFO does not. */
function addSlowCommands(text: Exposition, { slow, latency }: MetricsSource["observation"]): void {
	const last = slow.newest(1)[0];
	text.add("slowlog_length", "gauge", "Entries of the slow log.", slow.count());
	text.add("slowlog_last_id", "gauge", "Number of its newest entry.", last?.id ?? 0);
	text.add("last_slow_execution_duration_seconds", "gauge", "Time of that command.", (last?.amount ?? 0) / US_PER_S);
	for (const event of latency.all()) {
		const { at_s, latency_ms } = event.latest();
		const labels = { event_name: event.name };
		text.add("latency_spike_last", "gauge", "When an event last took long.", at_s, labels);
		text.add("latency_spike_duration_seconds", "gauge", "How long it took.", latency_ms / MS_PER_S, labels);
	}
}

/** All with the same limits, from a microsecond to a second, so that servers can be added up. */
function addHistograms(text: Exposition, { table, config }: MetricsSource): void {
	if (!config.values["latency-tracking"]) return;
	for (const { fullName: cmd, latency, duration_us } of table.all()) {
		if (latency === null) continue;
		const add = (suffix: string, value: number, labels: Record<string, string> = {}) =>
			text.add("commands_latencies_usec", "histogram", "Latency of a command.", value, { cmd, ...labels }, suffix);
		for (let log2 = 0; log2 <= LOG2_LAST; log2++) {
			add("_bucket", latency.countBelow(2 ** log2 * 1000), { le: String(2 ** log2) });
		}
		add("_bucket", latency.total, { le: "+Inf" });
		add("_sum", Math.round(duration_us));
		add("_count", latency.total);
	}
}

/** Microseconds; what takes longer has no limit. */
const LOG2_LAST = 20;

/** INFO lists those with keys; here the others are zero, and what INFO says takes their place. */
function addDatabases(text: Exposition, { keyspace }: InfoSource): void {
	const shown = Math.min(keyspace.databases.length, DATABASES_SHOWN);
	for (let index = 0; index < shown; index++) addDatabase(text, `db${index}`, 0, 0);
}

function addDatabase(text: Exposition, db: string, keys: number, expiring: number): void {
	text.add("db_keys", "gauge", "Keys of a database.", keys, { db });
	text.add("db_keys_expiring", "gauge", "Keys of a database with a deadline.", expiring, { db });
}

/** A field whose name says what it is about: a command, a kind of error, a database. */
function addLabelled(text: Exposition, name: string, value: string, fields: ReadonlyMap<string, string>): void {
	if (/^db\d+$/.test(name)) {
		const part = partsOf(value);
		addDatabase(text, name, part("keys"), part("expires"));
		text.add("db_avg_ttl_seconds", "gauge", "Mean time that is left.", part("avg_ttl") / MS_PER_S, { db: name });
		return;
	}
	const cut = name.indexOf("_", name.startsWith(LATENCY) ? LATENCY.length - 1 : 0) + 1;
	const about = name.slice(cut);
	switch (name.slice(0, cut)) {
		case COMMAND:
			return addCommand(text, about, partsOf(value));
		case "errorstat_":
			return text.add("errors_total", "counter", "Error replies of a kind.", partsOf(value)("count"), { err: about });
		case LATENCY:
			return addLatency(text, about, value, fields);
	}
}

const COMMAND = "cmdstat_";
const LATENCY = "latency_percentiles_usec_";

function addCommand(text: Exposition, cmd: string, part: (name: string) => number): void {
	const add = (name: string, help: string, number: number) => text.add(name, "counter", help, number, { cmd });
	add("commands_total", "Calls of a command.", part("calls"));
	add("commands_duration_seconds_total", "Time of all calls of a command.", part("usec") / US_PER_S);
	add("commands_rejected_calls_total", "Calls that were refused before they began.", part("rejected_calls"));
	add("commands_failed_calls_total", "Calls that ended with an error.", part("failed_calls"));
}

/** Quantiles go by their percent, "99.9", since that is how dashboards ask for them. */
function addLatency(text: Exposition, cmd: string, value: string, fields: ReadonlyMap<string, string>): void {
	const add = (number: number, labels: Record<string, string>, suffix = "") =>
		text.add("latency_percentiles_usec", "summary", "Latency of a command.", number, { cmd, ...labels }, suffix);
	for (const pair of value.split(",")) {
		const [percentile = "", duration_us = ""] = pair.split("=");
		add(numberIn(duration_us), { quantile: percentile.slice(1) });
	}
	const part = partsOf(fields.get(`${COMMAND}${cmd}`) ?? "calls=0,usec=0");
	add(part("usec"), {}, "_sum");
	add(part("calls"), {}, "_count");
}

/** `keys=1,expires=0`: the number behind a name. */
function partsOf(value: string): (name: string) => number {
	const parts = new Map(value.split(",").map((pair) => [pair.slice(0, pair.indexOf("=")), pair]));
	return (name) => numberIn(parts.get(name)?.slice(name.length + 1) ?? "");
}
