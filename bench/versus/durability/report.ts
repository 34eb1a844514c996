/** Tables about durability. */
import { table } from "../markdown.ts";
import type { Both, ThroughputResult } from "../results.ts";
import { seatNames } from "../seats.ts";
import { median } from "../statistics.ts";
import { medians, times } from "../verdicts.ts";
import type { DurabilityResults, LoadResult, SaveResult, SnapshotResult } from "./results.ts";
import {
	growthOf,
	loadSpeed,
	loadTitle,
	longestOf,
	mediansOf,
	percent,
	saveSpeed,
	saveTitle,
	speed,
} from "./verdicts.ts";

export function durabilityTables(results: DurabilityResults): string[] {
	return [
		summaryTable(results),
		...(results.loads.length > 0 ? [loadTable(results.loads)] : []),
		...(results.saves.length > 0 ? [saveTable(results.saves)] : []),
		...results.snapshots.map(snapshotTable),
	];
}

const seconds = (time_ms: number) => (time_ms / 1000).toFixed(2);
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

/** The README has this one. */
function summaryTable({ loads, saves, appending, snapshots }: DurabilityResults): string {
	const timed = (what: string, { subject, reference }: Both<number>): string[] => [
		what,
		`${seconds(subject)} s`,
		`${seconds(reference)} s`,
		times(reference / subject),
	];
	const body = [
		...loads.map((result) =>
			timed(
				`loading ${loadTitle(result)}`,
				mediansOf(result.samples, (sample) => sample.client_ms),
			),
		),
		...saves.map((result) =>
			timed(
				`SAVE of ${saveTitle(result)}`,
				mediansOf(result.samples, (sample) => sample.save_ms),
			),
		),
		...appending.map(appendLine),
		...snapshots.flatMap(snapshotLines),
	];
	return `## In short\n\n${table(["", "redis-lite", "Redis", "how many times as fast"], body)}`;
}

function appendLine(result: ThroughputResult): string[] {
	const { subject, reference } = medians(result, "requests_per_s");
	const shown = (perSecond: number) => `${Math.round(perSecond / 1000)} k/s`;
	return [`${result.row}, -P ${result.depth}`, shown(subject), shown(reference), times(subject / reference)];
}

function snapshotLines({ what, runs }: SnapshotResult): string[][] {
	const milliseconds = seatNames.map((seat) => `${longestOf(runs[seat]).toFixed(1)} ms`);
	const growths = seatNames.map((seat) => percent(median(runs[seat].map(growthOf))));
	return [
		[`BGSAVE under writes, ${what}: longest request`, ...milliseconds, ""],
		[`the same: growth of memory`, ...growths, ""],
	];
}

function loadTable(loads: readonly LoadResult[]): string {
	const body = loads.map((result) => {
		const client = mediansOf(result.samples, (sample) => sample.client_ms);
		const own = mediansOf(result.samples, (sample) => sample.own_ms);
		const cpu = mediansOf(result.samples, (sample) => sample.cpu_ms);
		const resident = mediansOf(result.samples, (sample) => sample.resident_bytes);
		return [
			`${result.what}, ${result.keys} keys, ${megabytes(result.bytes)} MB`,
			seconds(client.subject),
			seconds(client.reference),
			times(loadSpeed(result)),
			seconds(own.subject),
			seconds(own.reference),
			seconds(cpu.subject),
			seconds(cpu.reference),
			megabytes(resident.subject),
			megabytes(resident.reference),
		];
	});
	const text =
		"From exec to the first PONG on a copy of a file that redis-server made, in seconds; as the server's own log has it; " +
		"CPU time of all threads until then; resident MB afterwards. Servers may use both cores.";
	const head = ["", "load", "Redis", "speed", "own log", "Redis", "CPU", "Redis", "MB", "Redis"];
	return `## Loading\n\n${text}\n\n${table(head, body)}`;
}

function saveTable(saves: readonly SaveResult[]): string {
	const body = saves.map((result) => {
		const save = mediansOf(result.samples, (sample) => sample.save_ms);
		const background = mediansOf(result.samples, (sample) => sample.background_ms);
		const bytes = mediansOf(result.samples, (sample) => sample.bytes);
		return [
			saveTitle(result),
			seconds(save.subject),
			seconds(save.reference),
			times(saveSpeed(result)),
			seconds(background.subject),
			seconds(background.reference),
			times(speed(background)),
			megabytes(bytes.subject),
			megabytes(bytes.reference),
		];
	});
	const head = ["", "SAVE", "Redis", "speed", "BGSAVE, idle", "Redis", "speed", "MB", "Redis"];
	return `## Saving\n\nWhat was loaded, in seconds, and the size of the file.\n\n${table(head, body)}`;
}

function snapshotTable({ what, commands_per_s, runs }: SnapshotResult): string {
	const body = seatNames.flatMap((seat) =>
		runs[seat].map((run, index) => [
			`${seat === "subject" ? "redis-lite" : "Redis"}, run ${index + 1}`,
			run.saving.max_ms.toFixed(2),
			run.saving.p999_ms.toFixed(2),
			run.quiet.max_ms.toFixed(2),
			run.quiet.p999_ms.toFixed(2),
			seconds(run.saving_ms),
			(run.latestFork_us / 1000).toFixed(1),
			megabytes(run.before_bytes),
			megabytes(run.peak_bytes - run.before_bytes),
			percent(growthOf(run)),
			Math.max(run.saving.lateness_ms_max, run.quiet.lateness_ms_max).toFixed(2),
		]),
	);
	const text =
		`${commands_per_s / 1000} k commands a second at random places, sent every millisecond, each timed from when it was due. ` +
		"Milliseconds during BGSAVE and without; its seconds; fork in milliseconds; proportional set size of the server and its " +
		"children before (MB) and how much more at the most, in a BGSAVE of its own; the latest the load itself woke.";
	const head = [
		"",
		"longest",
		"p99.9",
		"without: longest",
		"p99.9",
		"seconds",
		"fork",
		"MB before",
		"MB more",
		"growth",
		"load late",
	];
	return `## BGSAVE of ${what}\n\n${text}\n\n${table(head, body)}`;
}
