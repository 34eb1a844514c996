/**
 * Exchanges with a server at a steady pace, each timed, until standard input ends; then what was seen is printed as JSON.
 * A line that says "ready" comes first, once connections and code are warm: nothing before counts. `paceDuring` starts
 * the process of it and hands the result over.
 *
 * It may share a core with the load, so three things keep it from measuring itself: blocking system calls in place of an
 * event loop, nothing allocated between start and end, and, where the system allows it (as root it does), real-time
 * priority. How late it woke all the same is reported beside the result.
 *
 * Invariant: an exchange is timed from the moment it was due. One that was held up by the one before it counts with the
 * time it waited, so a stall of ten milliseconds is ten slow ones and not one.
 */
import { ptr } from "bun:ffi";
import { writeSync } from "node:fs";
import { library } from "./blocking-client.ts";
import { spawnChild } from "./processes.ts";
import { percentile } from "./statistics.ts";

export interface PaceResult {
	readonly probes: number;
	readonly p50_ms: number;
	readonly p99_ms: number;
	readonly p999_ms: number;
	readonly max_ms: number;
	/** The latest it ever woke: what of the maximum may be the pacer's own. */
	readonly lateness_ms_max: number;
	/** From the first to the last. */
	readonly duration_ms: number;
}

const readyLine = "ready";
/** Twenty minutes. */
const capacity = 1_200_000;
/** Exchanges between two looks at standard input. */
const lookEvery = 16;
/** Exchanges that are not counted: the first ones wait for the server's accept and for our own compiler. */
const warmUp = 300;

/** To be called in a process of its own. */
export function keepPace(exchange: () => void, interval_ms = 1): void {
	const pace = new Pace(exchange, interval_ms * 1e6);
	pace.run(warmUp);
	writeSync(1, `${readyLine}\n`);
	const count = pace.run(capacity);
	writeSync(1, `${JSON.stringify(pace.result(count))}\n`);
}

class Pace {
	private readonly exchange: () => void;
	private readonly interval_ns: number;
	/** struct pollfd of standard input, waiting for data or its end. */
	private readonly standardInput: Int32Array;
	private readonly latencies_ms: Float64Array;
	private lateness_ms_max: number;
	private duration_ms: number;

	constructor(exchange: () => void, interval_ns: number) {
		this.exchange = exchange;
		this.interval_ns = interval_ns;
		this.standardInput = new Int32Array([0, 1]);
		this.latencies_ms = new Float64Array(capacity);
		this.lateness_ms_max = 0;
		this.duration_ms = 0;
	}

	/** Goes on until `limit` or the end of standard input; forgets what was measured before. */
	run(limit: number): number {
		const begun_ns = Bun.nanoseconds();
		this.lateness_ms_max = 0;
		let count = 0;
		while (count < limit) {
			this.latencies_ms[count] = this.once(begun_ns + count * this.interval_ns);
			count++;
			if (count % lookEvery === 0 && library.poll(ptr(this.standardInput), 1, 0) !== 0) break;
		}
		this.duration_ms = (Bun.nanoseconds() - begun_ns) / 1e6;
		return count;
	}

	result(count: number): PaceResult {
		const seen = this.latencies_ms.subarray(0, count);
		const { lateness_ms_max, duration_ms } = this;
		return {
			probes: count,
			p50_ms: percentile(seen, 0.5),
			p99_ms: percentile(seen, 0.99),
			p999_ms: percentile(seen, 0.999),
			max_ms: percentile(seen, 1),
			lateness_ms_max,
			duration_ms,
		};
	}

	/** Waits until the exchange is due, makes it, and returns how long it took. */
	private once(due_ns: number): number {
		let from_ns = due_ns;
		const wait_ns = due_ns - Bun.nanoseconds();
		if (wait_ns > 0) {
			library.usleep(Math.ceil(wait_ns / 1000));
			from_ns = Bun.nanoseconds();
			this.lateness_ms_max = Math.max(this.lateness_ms_max, (from_ns - due_ns) / 1e6);
		}
		this.exchange();
		return (Bun.nanoseconds() - from_ns) / 1e6;
	}
}

/** Runs a script that keeps pace from before `work` to after it. */
export async function paceDuring(
	script: string,
	args: readonly string[],
	work: () => Promise<unknown>,
): Promise<PaceResult> {
	const argv = [...priority(), process.execPath, new URL(script, import.meta.url).pathname, ...args];
	const child = spawnChild(argv, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
	const decoder = new TextDecoder();
	const ready = Promise.withResolvers<void>();
	let text = "";
	const read = (async () => {
		for await (const chunk of child.stdout) {
			text += decoder.decode(chunk, { stream: true });
			if (text.includes(readyLine)) ready.resolve();
		}
		ready.reject(new Error(`${script} ended before it was ready`));
	})();
	try {
		await ready.promise;
		await work();
	} finally {
		child.stdin.end();
	}
	await read;
	const exitCode = await child.exited;
	if (exitCode !== 0) throw new Error(`${script} failed with exit code ${exitCode}`);
	return JSON.parse(text.slice(text.indexOf(readyLine) + readyLine.length)) as PaceResult;
}

let prefix: readonly string[] | undefined;

function priority(): readonly string[] {
	const realTime = ["chrt", "--fifo", "10"];
	if (prefix === undefined) {
		const allowed = Bun.which("chrt") !== null && Bun.spawnSync([...realTime, "true"]).success;
		prefix = allowed ? realTime : [];
	}
	return prefix;
}
