/**
 * Runs the micro-benchmarks: `bun bench/main.ts [--quick] [NAME …]`. Each file below a folder that mirrors src/ exports
 * `benches()`, which registers them with mitata. NAME narrows to files whose path contains it.
 *
 * `--quick` runs each long enough to prove that it still works, not long enough for its numbers to mean anything.
 *
 * Invariant: a file that cannot be loaded or exports no `benches` is a failure, as is a benchmark that throws; the last
 * line is `N passed, N failed`, counted by benchmark.
 */
import { readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { parseArgs } from "node:util";
import { B, group, measure, run } from "mitata";

type Trial = Awaited<ReturnType<B["run"]>>;
type Outcome = Trial["runs"][number];

/** Where something other than micro-benchmarks lives. */
const elsewhere = ["versus"];
const quickTime_ns = 2e6;

function files(names: readonly string[]): string[] {
	return readdirSync(import.meta.dir, { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith(".ts") && path.includes(sep) && !elsewhere.includes(path.split(sep)[0]!))
		.filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
		.toSorted();
}

/** Registers what a file has. */
async function load(path: string): Promise<void> {
	const module = (await import(join(import.meta.dir, path))) as { readonly benches?: () => unknown };
	const { benches } = module;
	if (typeof benches !== "function") throw new Error("does not export a function `benches`");
	await group(path, async () => await benches());
}

/** What mitata keeps in a benchmark and does not declare. */
interface Internals {
	readonly f: () => unknown;
	readonly _name: string;
	readonly _args: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * Gives every benchmark a short run in place of mitata's two thirds of a second: run() has no option for it, but each
 * benchmark is run by this one method.
 */
function shorten(): void {
	B.prototype.run = async function (this: B): Promise<Trial> {
		const { f, _name, _args } = this as unknown as Internals;
		const runs: Outcome[] = [];
		for (const args of combinations(_args)) {
			const options = { args, min_cpu_time: quickTime_ns, min_samples: 2, warmup_samples: 1, batch_samples: 64 };
			try {
				runs.push({ name: _name, args, stats: await measure(f, options), error: undefined });
			} catch (error) {
				runs.push({ name: _name, args, stats: undefined, error });
			}
		}
		return {
			runs,
			alias: _name,
			baseline: false,
			args: {},
			kind: "static",
			style: { compact: false, highlight: false },
		};
	};
}

function combinations(args: Internals["_args"]): Record<string, unknown>[] {
	let all: Record<string, unknown>[] = [{}];
	for (const [name, values] of Object.entries(args)) {
		all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
	}
	return all;
}

async function main(): Promise<number> {
	const { values, positionals } = parseArgs({
		args: process.argv.slice(2),
		options: { quick: { type: "boolean", default: false } },
		allowPositionals: true,
	});
	if (values.quick) shorten();
	let failed = 0;
	for (const path of files(positionals)) {
		try {
			await load(path);
			console.log(`bench/${path}`);
		} catch (error) {
			failed++;
			console.log(`FAIL  bench/${path}: ${(error as Error).message}`);
		}
	}
	const { benchmarks } = await run({ format: values.quick ? "quiet" : "mitata" });
	const outcomes = benchmarks.flatMap((trial) => trial.runs);
	const broken = outcomes.filter((outcome) => outcome.error !== undefined);
	for (const { name, error } of broken) console.log(`FAIL  ${name}: ${(error as Error).message}`);
	console.log(`${outcomes.length - broken.length} passed, ${failed + broken.length} failed`);
	return failed + broken.length === 0 ? 0 : 1;
}

process.exit(await main());
