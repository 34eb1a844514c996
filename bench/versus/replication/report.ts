/** The part of the page about replication, and its verdicts. */
import { table } from "../markdown.ts";
import { throughputRows } from "../report.ts";
import type { Both } from "../results.ts";
import { seatNames } from "../seats.ts";
import { median } from "../statistics.ts";
import { times, type Verdict } from "../verdicts.ts";
import type { ReplicationResults, SyncResult, SyncRun } from "./results.ts";
import { syncTargets } from "./rows.ts";

export function replicationTables({ syncs, writes }: ReplicationResults): string[] {
	const text =
		"Replicas of both are redis-servers on the core of the load, so that the leader is what differs. Each SET goes to " +
		"every replica.";
	return [`${throughputRows("SET with replicas", writes)}\n\n${text}`, syncTable(syncs)];
}

export function syncVerdicts({ syncs }: ReplicationResults): readonly Verdict[] {
	return syncs.flatMap((result) => {
		const time = mediansOf(result, (run) => run.sync_ms);
		const peak = mediansOf(result, (run) => run.peak_bytes);
		const title = titleOf(result);
		return [
			{
				what: `${title}: speed`,
				wanted: `at least ${times(syncTargets.speed)}`,
				measured: times(time.reference / time.subject),
				isReached: time.reference >= time.subject * syncTargets.speed,
			},
			{
				what: `${title}: the leader's memory meanwhile`,
				wanted: `at most ${times(syncTargets.peak)}`,
				measured: times(peak.subject / peak.reference),
				isReached: peak.subject <= peak.reference * syncTargets.peak,
			},
		];
	});
}

function titleOf({ keys, replica }: SyncResult): string {
	return `full copy of ${keys / 1e6} M keys to ${replica}`;
}

function mediansOf({ runs }: SyncResult, figure: (run: SyncRun) => number): Both<number> {
	return { subject: median(runs.subject.map(figure)), reference: median(runs.reference.map(figure)) };
}

function syncTable(syncs: readonly SyncResult[]): string {
	const head = ["", "leader", "time", "processor of the leader", "its memory before", "at most meanwhile"];
	const body = syncs.flatMap((result) =>
		seatNames.map((seat) => {
			const of = (figure: (run: SyncRun) => number) => mediansOf(result, figure)[seat];
			return [
				titleOf(result),
				seat === "subject" ? "redis-lite" : "Redis",
				`${(of((run) => run.sync_ms) / 1000).toFixed(2)} s`,
				`${(of((run) => run.leaderCpu_ms) / 1000).toFixed(2)} s`,
				`${(of((run) => run.before_bytes) / 1e6).toFixed(0)} MB`,
				`${(of((run) => run.peak_bytes) / 1e6).toFixed(0)} MB`,
			];
		}),
	);
	const text =
		"From REPLICAOF until the replica is up, medians; keys and values of about 20 bytes; both servers may use both cores. " +
		"Redis's processor time is without that of the child it forks.";
	return `## Full copies\n\n${text}\n\n${table(head, body)}`;
}
