import type { LatencyEvent, LatencySample } from "./latency-monitor.ts";

/** LATENCY GRAPH and DOCTOR: what the monitor has seen, for people. */

const COLUMNS_MAX = 80;
const ROWS = 4;
/** From low to high within a row; below it the column is filled. */
const LEVELS = "_o#";
const FILL = "|";

/** A curve of four rows, the newest sample at the right, and below each column how long ago that was. */
export function latencyGraph({ name, samples, worst_ms }: LatencyEvent, now_s: number): string {
	const latencies = samples.map(({ latency_ms }) => latency_ms);
	const high_ms = Math.max(...latencies);
	const low_ms = Math.min(...latencies);
	const head = `${name} - high ${high_ms} ms, low ${low_ms} ms (all time high ${worst_ms} ms)\n${"-".repeat(80)}\n`;
	const curves: string[] = [];
	for (let i = 0; i < samples.length; i += COLUMNS_MAX) {
		curves.push(rows(samples.slice(i, i + COLUMNS_MAX), low_ms, high_ms, now_s));
	}
	return head + curves.join("\n");
}

function rows(samples: readonly LatencySample[], low_ms: number, high_ms: number, now_s: number): string {
	const steps = ROWS * LEVELS.length;
	const heights = samples.map(({ latency_ms }) => {
		const share = high_ms === low_ms ? 0 : (latency_ms - low_ms) / (high_ms - low_ms);
		return Math.min(Math.floor(share * steps), steps - 1);
	});
	let text = "";
	for (let row = ROWS - 1; row >= 0; row--) {
		for (const height of heights) text += levelOf(height - row * LEVELS.length);
		text += "\n";
	}
	const ages = samples.map(({ at_s }) => age(now_s - at_s));
	const longest = Math.max(...ages.map(({ length }) => length));
	text += `${" ".repeat(samples.length)}\n`;
	for (let i = 0; i < longest; i++) text += `${ages.map((label) => label[i] ?? " ").join("")}\n`;
	return text;
}

function levelOf(height: number): string {
	if (height < 0) return " ";
	return LEVELS[height] ?? FILL;
}

/** One number with its unit: 5s, 12m, 3h, 2d. */
function age(span_s: number): string {
	if (span_s < 60) return `${span_s}s`;
	if (span_s < 3600) return `${Math.floor(span_s / 60)}m`;
	if (span_s < 86_400) return `${Math.floor(span_s / 3600)}h`;
	return `${Math.floor(span_s / 86_400)}d`;
}

/** What can be done about an event, by the beginning of its name. */
const ADVICE: readonly (readonly [event: string, advice: string])[] = [
	[
		"command",
		"Some commands do much at once. SLOWLOG GET shows which; CONFIG SET slowlog-log-slower-than says from when on.",
	],
	[
		"fast-command",
		"Commands that should be quick were not: arguments or replies are very large, or the machine had no time for us.",
	],
	[
		"aof-",
		"The disk is slow for the append-only file: consider appendfsync everysec, or a disk with nothing else to do.",
	],
	["expire-", "Many keys end at the same time: spread their deadlines."],
	["eviction-", "Keys have to be evicted in large numbers: consider a higher maxmemory, or fewer big values."],
	["rdb-", "The disk is slow for snapshots."],
];

/** What was seen, and what may help. */
export function latencyDiagnosis(events: readonly LatencyEvent[], threshold_ms: number): string {
	if (threshold_ms === 0 && events.length === 0) {
		return (
			"Latency monitoring is off in this server. CONFIG SET latency-monitor-threshold <milliseconds> turns it on; what " +
			"takes longer is remembered from then on.\n"
		);
	}
	if (events.length === 0) return "Nothing has taken longer than the threshold: there is nothing to report.\n";
	const lines = ["Events that took longer than the threshold:", ""];
	for (const [i, event] of events.entries()) lines.push(`${i + 1}. ${diagnosisOf(event)}`);
	lines.push("", "What may help:", "");
	for (const [name, advice] of ADVICE) {
		if (events.some((event) => event.name.startsWith(name))) lines.push(`- ${advice}`);
	}
	return `${lines.join("\n")}\n`;
}

function diagnosisOf({ name, samples, worst_ms }: LatencyEvent): string {
	const latencies = samples.map(({ latency_ms }) => latency_ms);
	const mean_ms = mean(latencies);
	const deviation_ms = mean(latencies.map((latency_ms) => Math.abs(latency_ms - mean_ms)));
	const span_s = samples.at(-1)!.at_s - samples[0]!.at_s;
	return (
		`${name}: ${samples.length} latency spikes (average ${Math.floor(mean_ms)}ms, mean deviation ` +
		`${Math.floor(deviation_ms)}ms, period ${(span_s / samples.length).toFixed(2)} sec). ` +
		`Worst all time event ${worst_ms}ms.`
	);
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
