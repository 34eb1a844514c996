/** Verdicts about durability. Invariant: a speed is Redis's time divided by ours, of medians: above 1 we are faster. */
import type { Both } from "../results.ts";
import { largest, median } from "../statistics.ts";
import { times, type Verdict } from "../verdicts.ts";
import type { DurabilityResults, LoadResult, SaveResult, SnapshotResult, SnapshotRun } from "./results.ts";
import { snapshotTargets, speedTarget } from "./rows.ts";

export function mediansOf<Sample>(
	samples: Both<readonly Sample[]>,
	figure: (sample: Sample) => number | null,
): Both<number> {
	const of = (values: readonly Sample[]) => median(values.map((value) => figure(value) ?? Number.NaN));
	return { subject: of(samples.subject), reference: of(samples.reference) };
}

export function speed(samples: Both<number>): number {
	return samples.reference / samples.subject;
}

export function loadSpeed({ samples }: LoadResult): number {
	return speed(mediansOf(samples, (sample) => sample.client_ms));
}

export function saveSpeed({ samples }: SaveResult): number {
	return speed(mediansOf(samples, (sample) => sample.save_ms));
}

/** Of the resident memory before. */
export function growthOf({ before_bytes, peak_bytes }: SnapshotRun): number {
	return (peak_bytes - before_bytes) / before_bytes;
}

/** The longest of all runs. */
export function longestOf(runs: readonly SnapshotRun[]): number {
	return largest(runs.map((run) => run.saving.max_ms));
}

export function durabilityVerdicts(results: DurabilityResults): readonly Verdict[] {
	return [
		...results.loads.map((result) => faster(`loading ${loadTitle(result)}`, loadSpeed(result))),
		...results.saves.map((result) => faster(`SAVE of ${saveTitle(result)}`, saveSpeed(result))),
		...results.snapshots.flatMap(snapshotVerdicts),
	];
}

export function loadTitle({ what, keys }: LoadResult): string {
	return `an ${what}, ${(keys / 1e6).toFixed(1)} M keys`;
}

export function saveTitle({ what, keys }: SaveResult): string {
	return `${(keys / 1e6).toFixed(1)} M ${what}`;
}

function faster(what: string, measured: number): Verdict {
	return {
		what: `${what}: speed`,
		wanted: `at least ${times(speedTarget)}`,
		measured: times(measured),
		isReached: measured >= speedTarget,
	};
}

function snapshotVerdicts({ what, runs }: SnapshotResult): readonly Verdict[] {
	const longest = longestOf(runs.subject);
	const growth = median(runs.subject.map(growthOf));
	const title = `BGSAVE of ${what}, under writes`;
	return [
		{
			what: `${title}: longest request`,
			wanted: `at most ${snapshotTargets.longest_ms} ms`,
			measured: `${longest.toFixed(2)} ms`,
			isReached: longest <= snapshotTargets.longest_ms,
		},
		{
			what: `${title}: growth of memory`,
			wanted: `below ${percent(snapshotTargets.growth)}`,
			measured: percent(growth),
			isReached: growth < snapshotTargets.growth,
		},
	];
}

export function percent(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}
