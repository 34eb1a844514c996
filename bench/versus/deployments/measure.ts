/**
 * The rows about what deployments lean on: each has a fresh pair of servers, rounds are interleaved, and who goes first
 * alternates.
 *
 * Invariant: what counts as the server's CPU time is that between the moment all connections are warm and the last reply.
 */
import { fill } from "../fill.ts";
import { runLoad } from "../load.ts";
import { linesOf, spawnChild } from "../processes.ts";
import { seriesOf } from "../rows.ts";
import { orderOf, type Seats, type Servers, seatNames, withServers } from "../seats.ts";
import type { BenchServer } from "../server.ts";
import { certificate } from "./certificate.ts";
import type { LoadPlan, LoadReport } from "./plan.ts";
import type { DeploymentResult, DeploymentSample } from "./results.ts";
import type { BenchmarkLoad, DeploymentRow, OwnLoad } from "./rows.ts";

export interface DeploymentPlan {
	readonly rounds: number;
	readonly clients: number;
	readonly scale: number;
	/** Beginnings of the names of the rows to measure; all where it is undefined. */
	readonly rowNames: readonly string[] | undefined;
}

export async function measureDeployments(
	seats: Seats,
	rows: readonly DeploymentRow[],
	plan: DeploymentPlan,
	say: (line: string) => void,
): Promise<DeploymentResult[]> {
	const results: DeploymentResult[] = [];
	for (const row of chosen(rows, plan.rowNames)) {
		const measure = async (servers: Servers) => {
			for (const seat of seatNames) await prepare(servers[seat], row);
			for (const depth of row.depths) {
				const result = await measureRow(servers, row, depth, plan);
				results.push(result);
				say(summary(result));
			}
		};
		await withServers(seats, measure, { directives: (port) => directivesOf(row, port) });
	}
	return results;
}

function chosen(rows: readonly DeploymentRow[], names: readonly string[] | undefined): readonly DeploymentRow[] {
	if (names === undefined) return rows;
	return rows.filter((row) => names.some((name) => row.name.toUpperCase().startsWith(name.toUpperCase())));
}

/** Next to the ports of the servers. */
const tlsPortOffset = 20;

function directivesOf(row: DeploymentRow, port: number): readonly string[] {
	const fixed = ["--save", "", "--appendonly", "no", ...row.directives];
	if (!("command" in row.load && row.load.overTls)) return fixed;
	const files = certificate();
	const paths = [
		"--tls-cert-file",
		files.certificate,
		"--tls-key-file",
		files.key,
		"--tls-ca-cert-file",
		files.certificate,
	];
	return [...fixed, "--tls-port", String(port + tlsPortOffset), "--tls-auth-clients", "no", ...paths];
}

async function prepare(server: BenchServer, row: DeploymentRow): Promise<void> {
	for (const command of row.prepare) server.command(...command);
	for (const series of seriesOf(row.setup, 0)) await fill(server.port, series);
	// Compilers and caches are warm then.
	await once(server, row, 16, Math.round(row.requests[1] / 10), 50);
}

async function measureRow(
	servers: Servers,
	row: DeploymentRow,
	depth: number,
	plan: DeploymentPlan,
): Promise<DeploymentResult> {
	const wanted = (depth === row.depths[0] ? row.requests[0] : row.requests[1]) * plan.scale;
	const requests = Math.max(1, Math.round(wanted / depth)) * depth;
	const samples = { subject: [] as DeploymentSample[], reference: [] as DeploymentSample[] };
	for (let round = 0; round < plan.rounds; round++) {
		for (const seat of orderOf(round)) {
			samples[seat].push(await once(servers[seat], row, depth, requests, plan.clients));
		}
	}
	return { row: row.name, keys: 0, depth, requests, samples };
}

function once(
	server: BenchServer,
	{ load }: DeploymentRow,
	depth: number,
	requests: number,
	clients: number,
): Promise<DeploymentSample> {
	return "command" in load
		? benchmark(server, load, depth, requests, clients)
		: own(server, load, depth, requests, clients);
}

async function benchmark(
	server: BenchServer,
	load: BenchmarkLoad,
	depth: number,
	asked: number,
	clients: number,
): Promise<DeploymentSample> {
	const requests = Math.max(1, Math.round(asked / depth)) * depth;
	const port = load.overTls ? server.port + tlsPortOffset : server.port;
	const secured = load.overTls ? ["--tls", "--cacert", certificate().certificate] : [];
	const before_us = server.cpu_us();
	const { command, keys } = load;
	const options = [...secured, ...(load.arguments ?? [])];
	const result = await runLoad({ port, command, requests, depth, keys, clients, arguments: options });
	const cpu_us = (server.cpu_us() - before_us) / requests;
	return { ...result, cpu_us, messages_per_s: 0, loadBusy: 0 };
}

async function own(
	server: BenchServer,
	load: OwnLoad,
	depth: number,
	asked: number,
	connections: number,
): Promise<DeploymentSample> {
	const requests = Math.max(1, Math.round(asked / depth)) * depth;
	const { request, ...others } = load;
	const plan: LoadPlan = { port: server.port, requests, writers: { connections, request, depth }, ...others };
	const script = new URL("./load.ts", import.meta.url).pathname;
	const argv = [process.execPath, script, JSON.stringify(plan)];
	const child = spawnChild(argv, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
	const lines = linesOf(child.stdout);
	if ((await lines.next()).value !== "ready") throw new Error(`the load of ${server.seat} did not begin`);
	const before_us = server.cpu_us();
	child.stdin.write("\n");
	child.stdin.flush();
	const { value } = await lines.next();
	const cpu_us = (server.cpu_us() - before_us) / requests;
	await child.exited;
	if (value === undefined) throw new Error(`the load of ${server.seat} ended without a result`);
	const { busy, ...report } = JSON.parse(value) as LoadReport;
	return { ...report, cpu_us, loadBusy: busy };
}

function summary(result: DeploymentResult): string {
	const figures = seatNames.map((seat) =>
		result.samples[seat]
			.map(({ requests_per_s, cpu_us, loadBusy }) => {
				const busy = loadBusy === 0 ? "" : `,${(100 * loadBusy).toFixed(0)}%`;
				return `${(requests_per_s / 1000).toFixed(1)}(${cpu_us.toFixed(2)}µs${busy})`;
			})
			.join(" "),
	);
	return `${result.row} -P ${result.depth}: ${figures.join(" | ")} thousand per second`;
}
