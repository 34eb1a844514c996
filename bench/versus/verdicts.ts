/**
 * From raw results to medians, ratios and verdicts.
 *
 * Invariant: a ratio is ours divided by Redis's, of the medians over all rounds; each target that applies to something
 * measured has exactly one verdict, reached or not.
 */
import { deploymentRows } from "./deployments/rows.ts";
import { durabilityVerdicts } from "./durability/verdicts.ts";
import { syncVerdicts } from "./replication/report.ts";
import { writeRows } from "./replication/rows.ts";
import type {
	Both,
	CollectionMemoryResult,
	DropResult,
	MemoryResult,
	Results,
	Sample,
	StallResult,
	ThroughputResult,
} from "./results.ts";
import {
	collectionMemoryTarget,
	isReached,
	memoryTarget,
	type Row,
	rowNamed,
	stallTarget_ms,
	type Target,
	targetsFor,
} from "./rows.ts";
import { scriptingRows, scriptMemoryTarget } from "./scripting/rows.ts";
import { largest, median } from "./statistics.ts";

export type Figure = keyof Sample;

export interface Verdict {
	readonly what: string;
	readonly wanted: string;
	readonly measured: string;
	readonly isReached: boolean;
}

export function medians(result: ThroughputResult, figure: Figure): Both<number> {
	const of = (samples: readonly Sample[]) => median(samples.map((sample) => sample[figure]));
	return { subject: of(result.samples.subject), reference: of(result.samples.reference) };
}

export function ratio(both: Both<number>): number {
	return both.subject / both.reference;
}

/** The ratio a target of a row speaks of. */
export function ratioFor(result: ThroughputResult, target: Target): number {
	const figures = { throughput: "requests_per_s", cpu: "cpu_us", p999: "p999_ms", memory: "requests_per_s" } as const;
	return ratio(medians(result, figures[target.measure]));
}

const measureNames = { throughput: "throughput", cpu: "CPU per request", p999: "p99.9", memory: "bytes per key" };

export function verdictsOf(results: Results): readonly Verdict[] {
	return [
		...[...results.throughput, ...(results.durability?.appending ?? [])].flatMap((result) => {
			const row = rowNamed(result.row);
			return row === undefined ? [] : rowVerdicts(row, result);
		}),
		...results.deployments.flatMap((result) =>
			rowVerdicts(deploymentRows.find(({ name }) => name === result.row)!, result),
		),
		...(results.scripting?.rows ?? []).flatMap((result) =>
			rowVerdicts(scriptingRows.find(({ name }) => name === result.row)!, result),
		),
		...(results.scripting?.memory == null ? [] : [scriptMemoryVerdict(results.scripting.memory)]),
		...(results.replication?.writes ?? []).flatMap((result) =>
			rowVerdicts(writeRows.find(({ name }) => name === result.row)!, result),
		),
		...(results.replication === null ? [] : syncVerdicts(results.replication)),
		...results.memory.map(memoryVerdict),
		...results.collectionMemory.map(({ what, bytes }) => verdict(what, collectionMemoryTarget, ratio(bytes))),
		...results.drops.map(dropVerdict),
		...(results.stall === null ? [] : [stallVerdict(results.stall)]),
		...(results.durability === null ? [] : durabilityVerdicts(results.durability)),
	];
}

export function longestStall_ms(stall: StallResult): Both<number> {
	const longest = (seat: keyof Both<unknown>) => largest(stall.runs[seat].map((run) => run.filling.max_ms));
	return { subject: longest("subject"), reference: longest("reference") };
}

function rowVerdicts(row: Pick<Row, "targets">, result: ThroughputResult): readonly Verdict[] {
	const keys = result.keys === 0 ? "" : `, ${thousands(result.keys)} keys`;
	const title = `${result.row} at -P ${result.depth}${keys}`;
	return targetsFor(row, result.depth, result.keys).map((target) => verdict(title, target, ratioFor(result, target)));
}

function scriptMemoryVerdict({ what, bytes }: CollectionMemoryResult): Verdict {
	return verdict(what, scriptMemoryTarget, ratio(bytes));
}

function memoryVerdict(result: MemoryResult): Verdict {
	const title = `${thousands(result.keys)} keys, ${result.valueBytes}-byte values`;
	return verdict(title, memoryTarget, ratio(result.bytesPerKey));
}

function verdict(title: string, target: Target, measured: number): Verdict {
	const bound = target.measure === "throughput" ? "at least" : "at most";
	return {
		what: `${title}: ${measureNames[target.measure]}`,
		wanted: `${bound} ${times(target.ratio)}`,
		measured: times(measured),
		isReached: isReached(target, measured),
	};
}

function dropVerdict({ type, members, dropping_ms }: DropResult): Verdict {
	const longest = median(dropping_ms.subject);
	return {
		what: `PING beside the deletion of a ${type} of ${thousands(members)}: longest`,
		wanted: `below ${stallTarget_ms} ms`,
		measured: `${longest.toFixed(2)} ms`,
		isReached: longest < stallTarget_ms,
	};
}

function stallVerdict(stall: StallResult): Verdict {
	const longest = longestStall_ms(stall).subject;
	return {
		what: `longest stall while filling ${thousands(stall.keys)} keys`,
		wanted: `below ${stallTarget_ms} ms`,
		measured: `${longest.toFixed(2)} ms`,
		isReached: longest < stallTarget_ms,
	};
}

export function times(value: number): string {
	return `${value.toFixed(2)}x`;
}

export function thousands(count: number): string {
	if (count >= 1_000_000) return `${count / 1_000_000} M`;
	return count >= 1000 ? `${count / 1000} k` : String(count);
}
