/** The command line of `npm run bench`. Invariant: an option we do not know, or a value that makes no sense, ends it. */
import { parseArgs } from "node:util";
import type { SnapshotPlan } from "./durability/snapshot.ts";
import { type Row, rows } from "./rows.ts";

/** What a run without --only measures. */
const usualSections = ["throughput", "memory", "start", "stall", "drop"] as const;
const durabilitySections = ["load", "save", "append", "snapshot"] as const;
const deploymentSections = ["deployments", "scripting", "replication"] as const;
export const sections = [...usualSections, ...durabilitySections, ...deploymentSections] as const;
export type Section = (typeof sections)[number];

export interface Options {
	readonly subject: readonly string[];
	readonly reference: readonly string[];
	readonly firstPort: number;
	readonly sections: ReadonlySet<Section>;
	readonly rows: readonly Row[];
	/** Beginnings of names, as they were given. */
	readonly rowNames: readonly string[] | undefined;
	readonly keys: readonly number[];
	readonly rounds: number;
	readonly clients: number;
	/** Share of the usual number of requests. */
	readonly scale: number;
	readonly memoryKeys: readonly number[];
	readonly valueBytes: readonly number[];
	/** Keys, or members of the one key, whose memory is compared for each type. */
	readonly memoryMembers: number;
	readonly dropMembers: number;
	readonly starts: number;
	readonly stallKeys: number;
	readonly stallRuns: number;
	/** In the files that are loaded and saved. */
	readonly durableKeys: number;
	readonly snapshot: SnapshotPlan;
	readonly quick: boolean;
	/** File for the raw results. */
	readonly json: string | undefined;
	/** Folder for table, plot and raw results; undefined: only print. */
	readonly output: string | undefined;
}

export const builtSubject = "./redis-lite";

export const usage = `npm run bench -- [options]     redis-lite against redis-server on this machine
  --quick               under a minute, rough numbers, nothing written: for trying out
  --only LIST           of ${usualSections.join(", ")};
                        or of ${durabilitySections.join(", ")}, all of which are durability;
                        or deployments: transactions, pub/sub, tracking, eviction, TLS, ACL; or scripting; or replication
  --rows LIST           rows by the beginning of their names, e.g. GET,MSET
  --keys LIST           numbers of keys (100000,1000000,10000000); of loaded, saved and replicated data the first counts (5000000)
  --bytes N             of the values in a snapshot (1073741824)
  --rounds N            rounds per row (5)
  --json FILE           write the raw results there
  --output FOLDER       write versus.json, versus.md and versus.svg there (docs/benchmarks for a complete run)
  --subject COMMAND     what to start in our place (${builtSubject})
  --reference COMMAND   what to start in Redis's place (redis-server)
  --port N              first of the nineteen ports to search for free ones (7301)`;

export function parseOptions(argv: readonly string[]): Options | "help" {
	const text = { type: "string" } as const;
	const flag = { type: "boolean", default: false } as const;
	const named = { only: text, rows: text, keys: text, bytes: text, rounds: text, json: text, output: text, port: text };
	const { values } = parseArgs({
		args: [...argv],
		options: { ...named, subject: text, reference: text, quick: flag, help: flag },
	});
	if (values.help) return "help";
	const { quick } = values;
	const narrowing = [values.only, values.rows, values.keys, values.bytes, values.subject, values.reference];
	const isComplete = !quick && narrowing.every((value) => value === undefined);
	const keys = values.keys === undefined ? undefined : numbers("--keys", values.keys);
	const rowNames = values.rows?.split(",");
	const sectionsAsked = values.only === undefined ? usualSections : values.only.split(",").flatMap(sectionsNamed);
	const doesThroughput = sectionsAsked.includes("throughput");
	return {
		subject: words(values.subject ?? builtSubject),
		reference: words(values.reference ?? "redis-server"),
		firstPort: number("--port", values.port ?? "7301"),
		sections: new Set(sectionsAsked),
		rows: rowNames === undefined || !doesThroughput ? rows : matching(rowNames),
		rowNames,
		keys: keys ?? (quick ? [100_000] : [100_000, 1_000_000, 10_000_000]),
		rounds: number("--rounds", values.rounds ?? (quick ? "1" : "5")),
		clients: 50,
		scale: quick ? 0.1 : 1,
		memoryKeys: keys ?? (quick ? [200_000] : [1_000_000, 10_000_000]),
		valueBytes: [3, 64],
		memoryMembers: quick ? 50_000 : 1_000_000,
		dropMembers: quick ? 200_000 : 10_000_000,
		starts: quick ? 5 : 20,
		stallKeys: quick ? 500_000 : 10_000_000,
		stallRuns: quick ? 1 : 2,
		durableKeys: keys?.[0] ?? (quick ? 200_000 : 5_000_000),
		snapshot: {
			bytes: number("--bytes", values.bytes ?? (quick ? "67108864" : "1073741824")),
			members: quick ? 100_000 : 1_000_000,
			runs: quick ? 1 : 3,
			commands_per_s: 100_000,
		},
		quick,
		json: values.json,
		output: values.output ?? (isComplete ? "docs/benchmarks" : undefined),
	};
}

function words(command: string): readonly string[] {
	return command.split(/\s+/).filter((word) => word !== "");
}

function number(option: string, text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value <= 0) throw new Error(`${option} takes whole numbers above zero, not ${text}`);
	return value;
}

function numbers(option: string, list: string): readonly number[] {
	return list.split(",").map((text) => number(option, text));
}

function sectionsNamed(name: string): readonly Section[] {
	if (name === "durability") return durabilitySections;
	const found = sections.find((candidate) => candidate === name);
	if (found === undefined) throw new Error(`--only knows ${sections.join(", ")}, durability, not ${name}`);
	return [found];
}

function matching(names: readonly string[]): readonly Row[] {
	return names.flatMap((name) => {
		const found = rows.filter((row) => row.name.toUpperCase().startsWith(name.toUpperCase()));
		if (found.length === 0) throw new Error(`no row begins with ${name}: ${rows.map((row) => row.name).join(", ")}`);
		return found;
	});
}
