/**
 * Throughput, latency and CPU time of the rows: for each number of keys and each set-up one fresh pair of servers, then
 * row by row and depth by depth, rounds interleaved.
 *
 * Invariant: before a row is measured, both servers hold exactly the keys of its set-up.
 */
import { fill, type Series } from "./fill.ts";
import { runLoad } from "./load.ts";
import type { Sample, ThroughputResult } from "./results.ts";
import { depths, type Row, type SetupName, seriesOf, setups } from "./rows.ts";
import { forBoth, orderOf, type Seats, type Servers, seatNames, withServers } from "./seats.ts";
import type { BenchServer } from "./server.ts";

export interface ThroughputPlan {
	readonly rows: readonly Row[];
	readonly keys: readonly number[];
	readonly rounds: number;
	readonly clients: number;
	/** Share of the usual number of requests. */
	readonly scale: number;
}

/** Sent to both servers before a row is measured: neither compiler nor cache is cold then. */
const warmUp = { depth: 16, requests: 100_000 };

/** Requests that take one to three seconds at each depth. */
const requestsAtDepth: ReadonlyMap<number, number> = new Map([
	[1, 200_000],
	[16, 2_000_000],
	[64, 4_000_000],
]);

export function requestsFor(row: Row, depth: number, scale: number): number {
	const requests = ((requestsAtDepth.get(depth) ?? 1_000_000) * scale) / row.cost;
	// redis-benchmark sends whole pipelines.
	return Math.max(1, Math.round(requests / depth)) * depth;
}

export async function measureThroughput(
	seats: Seats,
	plan: ThroughputPlan,
	say: (line: string) => void,
): Promise<ThroughputResult[]> {
	const results: ThroughputResult[] = [];
	const measure = async (rows: readonly Row[], keys: number) => {
		for (const setup of new Set(rows.map((row) => row.setup))) {
			await withServers(seats, async (servers) => {
				await prepare(servers, setup, keys);
				for (const row of rows.filter((candidate) => candidate.setup === setup)) {
					await warm(servers, row, keys, plan.clients);
					for (const depth of row.depths ?? depths) {
						const result = await measureRow(servers, row, row.members ?? keys, depth, plan);
						results.push(result);
						say(summary(result));
					}
				}
			});
		}
	};
	const aboutKeys = plan.rows.filter((row) => row.members === undefined);
	for (const keys of plan.keys) await measure(aboutKeys, keys);
	await measure(
		plan.rows.filter((row) => row.members !== undefined),
		0,
	);
	return results;
}

/** Fills both servers and makes sure that they hold the same number of keys. */
export async function prepare(servers: Servers, setup: SetupName, keys: number): Promise<void> {
	const sizes = await forBoth(async (seat) => {
		await send(servers[seat], seriesOf(setups[setup], keys));
		return Number(servers[seat].command("DBSIZE"));
	});
	if (sizes.subject !== sizes.reference) {
		throw new Error(`set-up ${setup}: ${sizes.subject} keys in the subject, ${sizes.reference} in the reference`);
	}
}

export async function warm(servers: Servers, row: Row, keys: number, clients: number): Promise<void> {
	const requests = Math.max(1, Math.round(warmUp.requests / row.cost / warmUp.depth)) * warmUp.depth;
	const members = row.members ?? keys;
	for (const seat of seatNames) {
		await send(servers[seat], seriesOf(row.before ?? [], keys));
		const { port } = servers[seat];
		const { command } = row;
		await runLoad({ port, command, requests, depth: warmUp.depth, keys: members, clients: row.clients ?? clients });
	}
}

export async function measureRow(
	servers: Servers,
	row: Row,
	keys: number,
	depth: number,
	plan: Pick<ThroughputPlan, "rounds" | "clients" | "scale">,
): Promise<ThroughputResult> {
	const requests = requestsFor(row, depth, plan.scale);
	const samples = { subject: [] as Sample[], reference: [] as Sample[] };
	for (let round = 0; round < plan.rounds; round++) {
		for (const seat of orderOf(round)) {
			await send(servers[seat], seriesOf(row.before ?? [], keys));
			samples[seat].push(await measureOnce(servers[seat], row, keys, depth, requests, plan.clients));
		}
	}
	return { row: row.name, keys: row.members === undefined ? keys : 0, depth, requests, samples };
}

async function measureOnce(
	server: BenchServer,
	row: Row,
	keys: number,
	depth: number,
	requests: number,
	clients: number,
): Promise<Sample> {
	const before_us = server.cpu_us();
	const { command } = row;
	const result = await runLoad({
		port: server.port,
		command,
		requests,
		depth,
		keys,
		clients: row.clients ?? clients,
	});
	return { ...result, cpu_us: (server.cpu_us() - before_us) / requests };
}

async function send(server: BenchServer, series: readonly Series[]): Promise<void> {
	for (const one of series) await fill(server.port, one);
}

function summary(result: ThroughputResult): string {
	const speeds = (["subject", "reference"] as const).map((seat) =>
		result.samples[seat].map((sample) => Math.round(sample.requests_per_s / 1000)).join(" "),
	);
	const keys = result.keys === 0 ? "" : ` ${result.keys} keys`;
	return `${result.row} -P ${result.depth}${keys}: ${speeds[0]} | ${speeds[1]} thousand per second`;
}
