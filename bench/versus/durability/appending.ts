/** SET with an append-only file under each `appendfsync`: as the rows of throughput, on servers that write one. */

import type { ThroughputResult } from "../results.ts";
import { type Seats, seatNames, withServers } from "../seats.ts";
import type { BenchServer } from "../server.ts";
import { measureRow, prepare, type ThroughputPlan, warm } from "../throughput.ts";
import { appendRowName, appendRows, fsyncPolicies } from "./rows.ts";

/** As redis-benchmark is told with -r. */
const keys = 1_000_000;

export async function measureAppending(
	seats: Seats,
	plan: Pick<ThroughputPlan, "rounds" | "clients" | "scale">,
	say: (line: string) => void,
): Promise<ThroughputResult[]> {
	const results: ThroughputResult[] = [];
	for (const policy of fsyncPolicies) {
		const row = appendRows.find(({ name }) => name === appendRowName(policy))!;
		await withServers(
			seats,
			async (servers) => {
				await prepare(servers, row.setup, keys);
				for (const seat of seatNames) requireAppending(servers[seat], policy);
				await warm(servers, row, keys, plan.clients);
				for (const depth of row.depths ?? []) {
					const result = await measureRow(servers, row, keys, depth, plan);
					results.push(result);
					say(`${row.name} -P ${depth}: ${speeds(result)} thousand per second`);
				}
			},
			{ directives: appendDirectives(policy) },
		);
	}
	return results;
}

/** Rewriting is left out: it would come at a moment that depends on the speed. */
export function appendDirectives(policy: string): readonly string[] {
	return ["--save", "", "--appendonly", "yes", "--appendfsync", policy, "--auto-aof-rewrite-percentage", "0"];
}

function requireAppending(server: BenchServer, policy: string): void {
	if (server.info("aof_enabled") !== "1") throw new Error(`${server.seat} has no append-only file`);
	const [, found] = server.command("CONFIG", "GET", "appendfsync").split("\n");
	if (found !== policy) throw new Error(`${server.seat} has appendfsync ${found}`);
}

function speeds({ samples }: ThroughputResult): string {
	return seatNames
		.map((seat) => samples[seat].map((sample) => (sample.requests_per_s / 1000).toFixed(1)).join(" "))
		.join(" | ");
}
