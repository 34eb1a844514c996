/**
 * One run of redis-benchmark.
 *
 * Percentiles come from its text output, not from --csv: the text ends each row with the steps of an HDR histogram
 * (… 99.805%, 99.902%, …), so the 99.9th percentile is the first step at or above it, while --csv stops at p99.
 *
 * Invariant: a result is handed out only where redis-benchmark ended well, wrote nothing to standard error, and
 * completed exactly the requests it was asked for.
 */
import { runChild } from "./processes.ts";

export interface Load {
	readonly port: number;
	/** `__rand_int__` in an argument becomes twelve digits below `keys`. */
	readonly command: readonly string[];
	readonly requests: number;
	readonly depth: number;
	readonly keys: number;
	readonly clients: number;
	/** Further ones of redis-benchmark itself. */
	readonly arguments?: readonly string[];
}

export interface LoadResult {
	readonly requests_per_s: number;
	readonly p50_ms: number;
	readonly p99_ms: number;
	readonly p999_ms: number;
	readonly max_ms: number;
}

/** redis-benchmark spins for ever when a server refuses its connections: no run may take longer. */
const limit_ms = 180_000;

export async function runLoad(load: Load): Promise<LoadResult> {
	const options = {
		"-p": load.port,
		"-c": load.clients,
		"-n": load.requests,
		"-P": load.depth,
		"-r": load.keys,
	};
	const words = [...Object.entries(options).flat().map(String), ...(load.arguments ?? [])];
	const argv = ["redis-benchmark", "-h", "127.0.0.1", ...words, ...load.command];
	const { exitCode, stdout, stderr } = await runChild(argv, limit_ms);
	const complaint = stderr.trim();
	if (exitCode !== 0 || complaint !== "") {
		throw new Error(`refused the result of ${argv.join(" ")} (exit ${exitCode}): ${complaint || stdout.slice(-300)}`);
	}
	return parseLoad(stdout, load.requests);
}

/** Reads the text output of one test. */
export function parseLoad(text: string, requests: number): LoadResult {
	const lines = text.split(/[\r\n]+/);
	const trouble = lines.find((line) => /\berr(or)?\b|\bwarn(ing)?\b/i.test(line) && !line.startsWith("======"));
	if (trouble !== undefined) throw new Error(`refused a result of redis-benchmark: ${trouble}`);
	const completed = Number(/(\d+) requests completed in/.exec(text)?.[1]);
	if (completed !== requests) throw new Error(`redis-benchmark completed ${completed} of ${requests} requests`);
	const requests_per_s = Number(/throughput summary: ([\d.]+) requests per second/.exec(text)?.[1]);
	const heading = lines.findIndex((line) => /^\s*avg\s+min\s+p50\s+p95\s+p99\s+max\s*$/.test(line));
	const [, , p50_ms, , p99_ms, max_ms] = (lines[heading + 1] ?? "").trim().split(/\s+/).map(Number);
	const p999_ms = step(lines, 99.9);
	const result = { requests_per_s, p50_ms: p50_ms!, p99_ms: p99_ms!, p999_ms, max_ms: max_ms! };
	if (!Object.values(result).every(Number.isFinite)) throw new Error(`unreadable output of redis-benchmark:\n${text}`);
	return result;
}

/** The first step of the histogram at or above `percent`. */
function step(lines: readonly string[], percent: number): number {
	for (const line of lines) {
		const match = /^([\d.]+)% <= ([\d.]+) milliseconds/.exec(line);
		if (match !== null && Number(match[1]) >= percent) return Number(match[2]);
	}
	return Number.NaN;
}
