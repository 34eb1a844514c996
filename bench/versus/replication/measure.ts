/** Replication beside redis-server: full copies, and writes with replicas attached. */
import type { Options } from "../options.ts";
import type { ThroughputResult } from "../results.ts";
import { type Seats, seatNames, withServers } from "../seats.ts";
import { BenchServer, type Seat } from "../server.ts";
import { measureRow, prepare, warm } from "../throughput.ts";
import type { ReplicationResults } from "./results.ts";
import { replicaCounts, writeRowName, writeRows } from "./rows.ts";
import { measureSyncs } from "./sync.ts";

/** As redis-benchmark is told with -r. */
const keys = 1_000_000;
const directives = ["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"];
const patience_ms = 60_000;
const look_ms = 50;

export async function measureReplication(
	seats: Seats,
	options: Options,
	say: (line: string) => void,
): Promise<ReplicationResults> {
	const plan = { keys: options.durableKeys, runs: options.quick ? 1 : 3 };
	return { writes: await measureWrites(seats, options, say), syncs: await measureSyncs(seats, plan, say) };
}

/** Replicas are redis-servers beside both, on the core of the load: what differs is who is followed. */
async function measureWrites(
	seats: Seats,
	options: Options,
	say: (line: string) => void,
): Promise<readonly ThroughputResult[]> {
	const results: ThroughputResult[] = [];
	const replica: Seat = { ...seats.reference, core: loadCore(seats.reference) };
	for (const count of replicaCounts) {
		const row = writeRows.find(({ name }) => name === writeRowName(count))!;
		await withServers(
			seats,
			async (servers) => {
				await using attached = new AsyncDisposableStack();
				for (const seat of seatNames) {
					for (let i = 0; i < count; i++) {
						const follows = ["--replicaof", `127.0.0.1 ${servers[seat].port}`];
						attached.use(await BenchServer.start(replica, { directives: [...directives, ...follows] }));
					}
					await online(servers[seat], count);
				}
				await prepare(servers, row.setup, keys);
				await warm(servers, row, keys, options.clients);
				const result = await measureRow(servers, row, keys, 16, options);
				for (const seat of seatNames) await online(servers[seat], count);
				results.push(result);
				const speeds = seatNames.map((seat) =>
					result.samples[seat].map((sample) => Math.round(sample.requests_per_s / 1000)).join(" "),
				);
				say(`${row.name} -P 16: ${speeds.join(" | ")} thousand per second`);
			},
			{ directives },
		);
	}
	return results;
}

/** The core that servers do not have, where there is one. */
function loadCore({ core, allCores }: Seat): number | undefined {
	return allCores
		?.split(",")
		.map(Number)
		.find((one) => one !== core);
}

async function online(server: BenchServer, count: number): Promise<void> {
	const deadline_ns = Bun.nanoseconds() + patience_ms * 1e6;
	for (;;) {
		const text = server.command("INFO", "replication");
		if (text.match(/state=online/g)?.length === count) return;
		if (Bun.nanoseconds() > deadline_ns) throw new Error(`${server.seat} has not ${count} replicas online\n${text}`);
		await Bun.sleep(look_ms);
	}
}
