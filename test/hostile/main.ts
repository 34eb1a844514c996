/**
 * `npm run test:hostile -- [options] [CASE …]`: hostile clients against a server of its own for each case, while honest
 * ones set and get every twenty milliseconds. A case passes where the server stays up, has no internal error, never had
 * more than 512 MB resident, and 99 of 100 honest exchanges took less than 100 ms.
 *
 * The peak of the resident memory is the kernel's own record (VmHWM), so nothing happens between two readings.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { table } from "../../bench/versus/markdown.ts";
import { builtSubject } from "../../bench/versus/options.ts";
import { type PaceResult, paceDuring } from "../../bench/versus/pace.ts";
import { linesOf, separateCores, spawnChild } from "../../bench/versus/processes.ts";
import { seatsFor } from "../../bench/versus/programs.ts";
import { BenchServer } from "../../bench/versus/server.ts";
import { type HostileCase, hostileCases, limits } from "./cases.ts";

const usage = `npm run test:hostile -- [options] [CASE ...]     CASE: the beginning of an attack's name
  --seconds N           of each attack (10)
  --server COMMAND      what to start (${builtSubject})
  --port N              first of the ports to search for free ones (8701)`;

interface Outcome {
	readonly one: HostileCase;
	readonly did: Readonly<Record<string, number>>;
	readonly pace: PaceResult | null;
	readonly peak_bytes: number;
	readonly internalErrors: number;
	/** How long the server was ready to run and had no processor: what others on the machine add to the latencies. */
	readonly starved_ms: number;
	/** Null where nothing is wrong. */
	readonly failure: string | null;
}

const failed = { did: {}, pace: null, peak_bytes: 0, internalErrors: 0, starved_ms: 0 };

class Campaign {
	private readonly server: string;
	private readonly port: number;
	private readonly seconds: number;
	private readonly cores: ReturnType<typeof separateCores>;

	constructor(server: string, port: number, seconds: number) {
		this.server = server;
		this.port = port;
		this.seconds = seconds;
		this.cores = separateCores();
	}

	async run(one: HostileCase): Promise<Outcome> {
		const argv = this.server.split(" ");
		const seat = seatsFor({ subject: argv, reference: argv, firstPort: this.port }, this.cores).subject;
		await using server = await BenchServer.start(seat, { directives: directivesOf(one) });
		try {
			return await this.attack(server, one);
		} catch (error) {
			return { ...failed, one, failure: `${(error as Error).message}\n${server.log().slice(-2000)}` };
		}
	}

	private async attack(server: BenchServer, one: HostileCase): Promise<Outcome> {
		if (one.password !== undefined) server.command("CONFIG", "SET", "requirepass", one.password);
		const attacker = new URL("./attacker.ts", import.meta.url).pathname;
		let did: Record<string, number> = {};
		const before_ms = waited_ms(server.pid);
		const bystander = new URL("./bystander.ts", import.meta.url).href;
		const pace = await paceDuring(bystander, [String(server.port), one.password ?? ""], async () => {
			const child = spawnChild([process.execPath, attacker, one.attack, String(server.port)], {
				stdin: "pipe",
				stdout: "pipe",
				stderr: "inherit",
			});
			const lines = linesOf(child.stdout);
			if ((await lines.next()).value !== "begun") throw new Error("the attack did not begin");
			await Bun.sleep(1000 * this.seconds);
			child.stdin.write("over\n");
			child.stdin.end();
			const { value } = await lines.next();
			if (value === undefined) throw new Error("the attack broke off");
			did = JSON.parse(value);
		});
		const peak_bytes = peakOf(server.pid);
		const password = one.password === undefined ? [] : ["--no-auth-warning", "-a", one.password];
		const info = server.command(...password, "INFO", "everything");
		const internalErrors = Number(/^internal_errors:(\d+)/m.exec(info)?.[1] ?? Number.NaN);
		const starved_ms = waited_ms(server.pid) - before_ms;
		const outcome = { one, did, pace, peak_bytes, internalErrors, starved_ms };
		return { ...outcome, failure: failureOf(pace, peak_bytes, server.log()) };
	}
}

function directivesOf({ directives = [] }: HostileCase): readonly string[] {
	return ["--save", "", "--appendonly", "no", ...directives];
}

/** The most that was ever resident. */
function peakOf(pid: number): number {
	return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** Of the thread that serves clients. */
function waited_ms(pid: number): number {
	return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e6;
}

function failureOf(pace: PaceResult, peak_bytes: number, log: string): string | null {
	const reasons: string[] = [];
	if (pace.p99_ms >= limits.p99_ms) reasons.push(`p99 of honest clients ${pace.p99_ms.toFixed(1)} ms`);
	if (peak_bytes >= limits.resident_bytes) reasons.push(`${megabytes(peak_bytes)} MB resident`);
	const errors = log.split("\n").filter((line) => line.includes("Internal error"));
	if (errors.length > 0) reasons.push(`${errors.length} internal errors, the first: ${errors[0]}`);
	return reasons.length === 0 ? null : reasons.join("; ");
}

function megabytes(bytes: number): string {
	return (bytes / 2 ** 20).toFixed(0);
}

function rowOf({ one, did, pace, peak_bytes, starved_ms, failure }: Outcome): string[] {
	const counts = Object.entries(did).map(([what, count]) =>
		what === "bytes sent" ? `${(count / 1e6).toFixed(1)} MB sent` : `${count.toLocaleString("en")} ${what}`,
	);
	const honest = pace === null ? ["", "", "", ""] : [pace.probes, pace.p50_ms, pace.p99_ms, pace.max_ms].map(shown);
	const verdict = failure === null ? "passed" : "**failed**";
	return [one.title, counts.join(", "), ...honest, starved_ms.toFixed(0), megabytes(peak_bytes), verdict];
}

function shown(value: number, column: number): string {
	return column === 0 ? value.toLocaleString("en") : value.toFixed(2);
}

async function main(): Promise<number> {
	const text = { type: "string" } as const;
	const { values, positionals } = parseArgs({
		args: process.argv.slice(2),
		options: { seconds: text, server: text, port: text, help: { type: "boolean" } },
		allowPositionals: true,
	});
	if (values.help) {
		console.log(usage);
		return 0;
	}
	const chosen = hostileCases.filter(
		({ attack }) => positionals.length === 0 || positionals.some((name) => attack.startsWith(name)),
	);
	const campaign = new Campaign(
		values.server ?? builtSubject,
		Number(values.port ?? 8701),
		Number(values.seconds ?? 10),
	);
	const outcomes: Outcome[] = [];
	for (const one of chosen) {
		console.error(one.title);
		const outcome = await campaign.run(one);
		outcomes.push(outcome);
		console.error(
			`  ${rowOf(outcome).slice(1).join(" | ")}${outcome.failure === null ? "" : `\n  ${outcome.failure}`}`,
		);
	}
	const head = [
		"hostile clients",
		"what they did",
		"honest exchanges",
		"p50 ms",
		"p99 ms",
		"longest ms",
		"starved ms",
		"peak MB",
		"",
	];
	console.log(table(head, outcomes.map(rowOf)));
	const bad = outcomes.filter(({ failure }) => failure !== null).length;
	console.log(`\n${outcomes.length - bad} of ${outcomes.length} cases passed`);
	return bad === 0 && outcomes.length > 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
