/**
 * BGSAVE under a steady load of writes: how long a request waits, how much memory it takes, how long it lasts.
 *
 * Servers may use both cores, since what is asked is how the work beside the requests disturbs them; the load has
 * real-time priority on its own core, where the system allows it, and a connection that stays busy is all it needs.
 *
 * Invariant: latency and memory are measured in a BGSAVE each, because reading a process's memory map holds it up.
 */
import { fill } from "../fill.ts";
import { type PaceResult, paceDuring } from "../pace.ts";
import { orderOf, type Seats } from "../seats.ts";
import { BenchServer, type Seat } from "../server.ts";
import type { WriteLoad } from "../writer.ts";
import { Admin, proportionalBytes } from "./admin.ts";
import type { SnapshotResult, SnapshotRun } from "./results.ts";
import { collectionScenario, type SnapshotScenario, stringScenario } from "./rows.ts";

export interface SnapshotPlan {
	/** Of the values of the first scenario. */
	readonly bytes: number;
	/** Of each collection of the second. */
	readonly members: number;
	readonly runs: number;
	readonly commands_per_s: number;
}

const quiet_ms = 8000;
/** After filling, for what only that needed. */
const settle_ms = 1500;
/** Between two looks at the memory. */
const weigh_ms = 100;
const exchangesPerSecond = 1000;

export async function measureSnapshots(
	seats: Seats,
	plan: SnapshotPlan,
	say: (line: string) => void,
): Promise<SnapshotResult[]> {
	const results: SnapshotResult[] = [];
	for (const scenario of [stringScenario(plan.bytes), collectionScenario(plan.members)]) {
		const runs = { subject: [] as SnapshotRun[], reference: [] as SnapshotRun[] };
		for (let run = 0; run < plan.runs; run++) {
			for (const seat of orderOf(run)) {
				const measured = await once(seats[seat], scenario, plan.commands_per_s);
				runs[seat].push(measured);
				say(`BGSAVE of ${scenario.what}, ${seat}: ${summary(measured)}`);
			}
		}
		results.push({ what: scenario.what, commands_per_s: plan.commands_per_s, runs });
	}
	return results;
}

async function once(seat: Seat, scenario: SnapshotScenario, commands_per_s: number): Promise<SnapshotRun> {
	await using server = await BenchServer.start(seat, { isUnpinned: true });
	for (const series of scenario.fill) await fill(server.port, series);
	await Bun.sleep(settle_ms);
	using admin = new Admin(server);
	const connections = Math.max(1, Math.round(commands_per_s / exchangesPerSecond / scenario.batch.length));
	const load: WriteLoad = { port: server.port, connections, batch: scenario.batch };
	const writing = (work: () => Promise<unknown>): Promise<PaceResult> =>
		paceDuring("./writer.ts", [JSON.stringify(load)], work);
	const quiet = await writing(() => Bun.sleep(quiet_ms));
	const before_bytes = proportionalBytes(server.pid);
	let saving_ms = 0;
	const saving = await writing(async () => {
		saving_ms = await admin.backgroundSave();
	});
	const latestFork_us = Number(server.info("latest_fork_usec") ?? 0);
	let peak_bytes = before_bytes;
	let weighed_ns = 0;
	await writing(() =>
		admin.backgroundSave(() => {
			if (Bun.nanoseconds() - weighed_ns < weigh_ms * 1e6) return;
			peak_bytes = Math.max(peak_bytes, proportionalBytes(server.pid));
			weighed_ns = Bun.nanoseconds();
		}),
	);
	return { quiet, saving, saving_ms, before_bytes, peak_bytes, latestFork_us };
}

function summary({ quiet, saving, saving_ms, before_bytes, peak_bytes }: SnapshotRun): string {
	const growth = (100 * (peak_bytes - before_bytes)) / before_bytes;
	return (
		`longest ${saving.max_ms.toFixed(2)} ms (${quiet.max_ms.toFixed(2)} without), p99.9 ${saving.p999_ms.toFixed(2)} ` +
		`(${quiet.p999_ms.toFixed(2)}), memory +${growth.toFixed(1)} %, ${(saving_ms / 1000).toFixed(1)} s`
	);
}
