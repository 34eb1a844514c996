/**
 * The performance gate of CI: a small head to head with redis-server whose bounds a noisy neighbour cannot trip. It
 * compares CPU time per request and memory, which a busy machine hardly changes, never wall time.
 *
 * Invariant: a bound is missed only when two independent measurements, each a median of interleaved rounds, missed it.
 * The last line is `N passed, N failed`; the exit code is zero only where none failed.
 */
import { appendDirectives } from "./versus/durability/appending.ts";
import { fillAndWeigh, measureMemory } from "./versus/memory.ts";
import { parseOptions } from "./versus/options.ts";
import { separateCores } from "./versus/processes.ts";
import { requirePrograms, seatsFor } from "./versus/programs.ts";
import { rows } from "./versus/rows.ts";
import { forBoth, type Seats, type Servers, withServers } from "./versus/seats.ts";
import { measureRow, prepare } from "./versus/throughput.ts";
import { medians, ratio, times } from "./versus/verdicts.ts";

const keys = 1_000_000;
const valueBytes = 3;
const plan = { rounds: 3, clients: 50, scale: 0.3 };

/** The most CPU time a request may take, as a ratio to Redis. */
const cpuBounds = [
	{ row: "GET", depth: 64, bound: 0.75 },
	{ row: "SET", depth: 64, bound: 0.75 },
	{ row: "GET", depth: 16, bound: 0.95 },
	{ row: "SET", depth: 16, bound: 0.95 },
	{ row: "GET", depth: 1, bound: 1.25 },
	{ row: "SET", depth: 1, bound: 1.25 },
	{ row: "LPUSH", depth: 64, bound: 1.15 },
	{ row: "HSET", depth: 64, bound: 1.05 },
	{ row: "SADD", depth: 64, bound: 1.1 },
	{ row: "ZADD", depth: 64, bound: 1.2 },
	{ row: "XADD", depth: 64, bound: 0.9 },
	{ row: "LRANGE_100", depth: 64, bound: 0.8 },
] as const;
/** The same for SET with an append-only file that the system syncs when it likes. */
const appendBounds = [{ depth: 16, bound: 0.65 }] as const;
const memoryBound = 0.7;

type Measurement = () => Promise<number>;

/** Measures once, and once more where that missed the bound; returns whether the bound was kept. */
async function check(name: string, bound: number, measure: Measurement, again = measure): Promise<boolean> {
	let measured = await measure();
	let note = "";
	if (!(measured <= bound)) {
		note = ` (second try, first ${times(measured)})`;
		measured = await again();
	}
	const kept = measured <= bound;
	console.log(`${kept ? "pass" : "FAIL"}  ${name}: ${times(measured)}, at most ${times(bound)}${note}`);
	return kept;
}

async function cpuRatio(servers: Servers, rowName: string, depth: number): Promise<number> {
	const row = rows.find((candidate) => candidate.name === rowName)!;
	if (row.members !== undefined) await prepare(servers, row.setup, keys);
	return ratio(medians(await measureRow(servers, row, keys, depth, plan), "cpu_us"));
}

async function gate(seats: Seats): Promise<boolean[]> {
	return [...(await gateInMemory(seats)), ...(await gateAppending(seats))];
}

async function gateAppending(seats: Seats): Promise<boolean[]> {
	const measureAll = async (servers: Servers) => {
		await prepare(servers, "keys", keys);
		const kept: boolean[] = [];
		for (const { depth, bound } of appendBounds) {
			const name = `SET -P ${depth} with an append-only file, CPU per request`;
			kept.push(await check(name, bound, () => cpuRatio(servers, "SET", depth)));
		}
		return kept;
	};
	return await withServers(seats, measureAll, { directives: appendDirectives("no") });
}

async function gateInMemory(seats: Seats): Promise<boolean[]> {
	return await withServers(seats, async (servers) => {
		const weigh = async () => ratio(await forBoth((seat) => fillAndWeigh(servers[seat], keys, valueBytes)));
		const weighAgain = async () => ratio((await measureMemory(seats, keys, valueBytes)).bytesPerKey);
		const kept = [await check(`bytes per key, ${keys} keys`, memoryBound, weigh, weighAgain)];
		for (const { row, depth, bound } of cpuBounds) {
			kept.push(await check(`${row} -P ${depth}, CPU per request`, bound, () => cpuRatio(servers, row, depth)));
		}
		return kept;
	});
}

async function main(): Promise<number> {
	let passed = 0;
	let failed = 0;
	try {
		const options = parseOptions(process.argv.slice(2));
		if (options === "help") throw new Error("takes --subject, --reference and --port, as npm run bench does");
		requirePrograms(options);
		const cores = separateCores();
		const kept = await gate(seatsFor(options, cores));
		passed = kept.filter((value) => value).length;
		failed = kept.length - passed;
	} catch (error) {
		console.log(`FAIL  the gate could not measure: ${(error as Error).message}`);
		failed++;
	}
	console.log(`${passed} passed, ${failed} failed`);
	return failed === 0 ? 0 : 1;
}

process.exit(await main());
