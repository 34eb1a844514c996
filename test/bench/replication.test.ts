import { expect, test } from "bun:test";
import { parseOptions } from "../../bench/versus/options.ts";
import { replicationTables, syncVerdicts } from "../../bench/versus/replication/report.ts";
import type { ReplicationResults, SyncRun } from "../../bench/versus/replication/results.ts";

const run = (sync_ms: number, peak_bytes: number): SyncRun => ({
	sync_ms,
	leaderCpu_ms: 100,
	before_bytes: 1e6,
	peak_bytes,
});

const results: ReplicationResults = {
	writes: [],
	syncs: [
		{
			replica: "Redis",
			keys: 2_000_000,
			runs: { subject: [run(900, 5e6), run(500, 4e6)], reference: [run(1000, 4e6), run(1000, 4e6)] },
		},
	],
};

test("a full copy is judged by the medians of its runs, time the other way round than memory", () => {
	expect(syncVerdicts(results)).toEqual([
		{
			what: "full copy of 2 M keys to Redis: speed",
			wanted: "at least 1.00x",
			measured: "1.43x",
			isReached: true,
		},
		{
			what: "full copy of 2 M keys to Redis: the leader's memory meanwhile",
			wanted: "at most 1.00x",
			measured: "1.13x",
			isReached: false,
		},
	]);
	expect(replicationTables(results).join("\n")).toContain("| redis-lite | 0.70 s | 0.10 s | 1 MB | 5 MB |");
});

test("replication is measured when it is named", () => {
	const options = parseOptions(["--only", "replication"]);
	expect(options === "help" ? [] : [...options.sections]).toEqual(["replication"]);
});
