/**
 * `npm run bench`: redis-lite and redis-server head to head on this machine.
 *
 * Invariant: a page, a plot and raw results are written only when all that was asked for has been measured.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureCollections } from "./collection-memory.ts";
import { measureDeployments } from "./deployments/measure.ts";
import { deploymentRows } from "./deployments/rows.ts";
import { measureDrops } from "./drop.ts";
import { measureDurability } from "./durability/measure.ts";
import { describeMachine } from "./machine.ts";
import { measureMemory } from "./memory.ts";
import { type Options, parseOptions, type Section, usage } from "./options.ts";
import { plot } from "./plot.ts";
import { separateCores } from "./processes.ts";
import { requirePrograms, seatsFor } from "./programs.ts";
import { measureReplication } from "./replication/measure.ts";
import { markdown } from "./report.ts";
import type { MemoryResult, Results } from "./results.ts";
import { measureScripting } from "./scripting/measure.ts";
import { measureStall } from "./stall.ts";
import { measureStart } from "./startup.ts";
import { measureThroughput } from "./throughput.ts";

function say(line: string): void {
	console.error(line);
}

async function measure(options: Options): Promise<Results> {
	const cores = separateCores();
	const seats = seatsFor(options, cores);
	const machine = describeMachine(seats, cores);
	const does = (section: Section) => options.sections.has(section);
	const start_ms = does("start") ? await measureStart(seats, options.starts) : null;
	const throughput = does("throughput") ? await measureThroughput(seats, options, say) : [];
	const memory: MemoryResult[] = [];
	for (const keys of does("memory") ? options.memoryKeys : []) {
		for (const valueBytes of options.valueBytes) {
			say(`memory of ${keys} keys, ${valueBytes}-byte values`);
			memory.push(await measureMemory(seats, keys, valueBytes));
		}
	}
	if (does("stall")) say(`stalls while filling ${options.stallKeys} keys`);
	const stall = does("stall") ? await measureStall(seats, options.stallKeys, options.stallRuns) : null;
	const collectionMemory = does("memory") ? await measureCollections(seats, options.memoryMembers, say) : [];
	const drops = does("drop") ? await measureDrops(seats, options.dropMembers, options.stallRuns, say) : [];
	const durability = await measureDurability(seats, options, say);
	const deployments = does("deployments") ? await measureDeployments(seats, deploymentRows, options, say) : [];
	const scripting = does("scripting") ? await measureScripting(seats, options, say) : null;
	const replication = does("replication") ? await measureReplication(seats, options, say) : null;
	const { quick, rounds, clients } = options;
	const usual = { throughput, memory, collectionMemory, drops, start_ms, stall };
	return { machine, quick, rounds, clients, ...usual, durability, deployments, scripting, replication };
}

function write(results: Results, options: Options): void {
	const raw = `${JSON.stringify(results, null, "\t")}\n`;
	if (options.json !== undefined) writeFileSync(options.json, raw);
	console.log(markdown(results));
	if (options.output === undefined) return;
	mkdirSync(options.output, { recursive: true });
	writeFileSync(join(options.output, "versus.json"), raw);
	writeFileSync(join(options.output, "versus.md"), `${markdown(results)}\n![ratios](versus.svg)\n`);
	writeFileSync(join(options.output, "versus.svg"), plot(results));
	say(`written: versus.json, versus.md, versus.svg in ${options.output}`);
}

async function main(): Promise<number> {
	try {
		const options = parseOptions(process.argv.slice(2));
		if (options === "help") {
			console.log(usage);
			return 0;
		}
		requirePrograms(options);
		write(await measure(options), options);
		return 0;
	} catch (error) {
		console.error(`bench: ${(error as Error).message}`);
		return 1;
	}
}

if (import.meta.main) process.exit(await main());
