/**
 * The longest stall while a server is filled: a prober in a process of its own sends a PING every millisecond.
 *
 * The load and the prober share a core. So that the prober is not starved, the load is held to 70 % of what the slower
 * server takes, and the prober runs with real-time priority where the system allows it (as root it does).
 *
 * Each server is filled from a fresh start, and then, emptied, once more: the first time the runtime still compiles.
 *
 * Invariant: both servers are filled at the same rate, from empty, with the same keys.
 */
import { fill } from "./fill.ts";
import { type PaceResult, paceDuring } from "./pace.ts";
import type { Both, StallResult, StallRun } from "./results.ts";
import { forBoth, orderOf, type Seats } from "./seats.ts";
import { BenchServer } from "./server.ts";

const loadShare = 0.7;
/** Commands in flight: deep enough to keep a server busy, short enough that a PING behind them is not late by itself. */
const window = 256;
const idle_ms = 2000;

export async function measureStall(seats: Seats, keys: number, runs: number): Promise<StallResult> {
	const series = { command: ["SET", "key:__index__", "xxx"], count: keys };
	const seconds = await forBoth(async (seat) => {
		await using server = await BenchServer.start(seats[seat]);
		return await fill(server.port, series, { window });
	});
	const rate_per_s = Math.floor((loadShare * keys) / Math.max(seconds.subject, seconds.reference));
	const results = { subject: [] as StallRun[], reference: [] as StallRun[] };
	for (let run = 0; run < runs; run++) {
		for (const seat of orderOf(run)) {
			await using server = await BenchServer.start(seats[seat]);
			const idle = await probeDuring(server.port, () => Bun.sleep(idle_ms));
			server.command("CONFIG", "RESETSTAT");
			const filling = await probeDuring(server.port, () => fill(server.port, series, { window, rate_per_s }));
			const serverSide_ms = ownRecord(server);
			server.command("FLUSHALL");
			const again = await probeDuring(server.port, () => fill(server.port, series, { window, rate_per_s }));
			results[seat].push({ idle, filling, again, serverSide_ms });
		}
	}
	return { keys, rate_per_s, runs: results satisfies Both<readonly StallRun[]> };
}

function ownRecord(server: BenchServer): number | null {
	const longest_us = server.info("eventloop_duration_max");
	return longest_us === undefined ? null : Number(longest_us) / 1000;
}

export function probeDuring(port: number, work: () => Promise<unknown>): Promise<PaceResult> {
	return paceDuring("./prober.ts", [String(port)], work);
}
