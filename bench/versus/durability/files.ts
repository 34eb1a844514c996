/** The files that both servers load: made by the reference, so that they are the same, and what Redis writes. */
import { cpSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fill } from "../fill.ts";
import { makeDirectory } from "../processes.ts";
import { BenchServer, type Seat } from "../server.ts";
import { mixedSeries } from "./rows.ts";

export interface DataFile {
	readonly what: string;
	readonly keys: number;
	readonly directory: string;
	/** Of the file, or of all in the directory of the append-only one. */
	readonly bytes: number;
	/** What a server that is to load it is started with. */
	readonly directives: readonly string[];
}

const valueBytes = 16;
const withRdb = ["--save", "", "--appendonly", "no"];
const withAof = ["--save", "", "--appendonly", "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0"];
const debugging = ["--enable-debug-command", "yes"];

const makers = {
	"RDB of strings": { directives: withRdb, make: populateAndSave },
	"RDB of small collections": { directives: withRdb, make: collectAndSave },
	"AOF of SET": { directives: [...withAof, "--aof-use-rdb-preamble", "no"], make: append },
} as const;

export type DataName = keyof typeof makers;

export const dataNames = Object.keys(makers) as readonly DataName[];

export async function makeData(name: DataName, reference: Seat, keys: number): Promise<DataFile> {
	const { directives, make } = makers[name];
	const directory = makeDirectory();
	const plan = { directory, directives: [...directives, ...debugging], isUnpinned: true };
	await using server = await BenchServer.start(reference, plan);
	await make(server, keys);
	const held = Number(server.command("DBSIZE"));
	return { what: name, keys: held, directory, bytes: sizeOf(directory), directives };
}

async function populateAndSave(server: BenchServer, keys: number): Promise<void> {
	server.command("DEBUG", "POPULATE", String(keys), "key", String(valueBytes));
	server.command("SAVE");
}

async function collectAndSave(server: BenchServer, keys: number): Promise<void> {
	for (const series of mixedSeries(keys)) await fill(server.port, series);
	server.command("SAVE");
}

async function append(server: BenchServer, keys: number): Promise<void> {
	await fill(server.port, { command: ["SET", "key:__index__", "x".repeat(valueBytes)], count: keys });
}

/** Its own copy for one server. */
export function copyData(data: DataFile): string {
	const directory = makeDirectory();
	const isData = (name: string) => name.startsWith("dump.") || name.startsWith("appendonly");
	for (const name of readdirSync(data.directory).filter(isData)) {
		cpSync(join(data.directory, name), join(directory, name), { recursive: true });
	}
	return directory;
}

export function sizeOf(directory: string): number {
	return readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && entry.name !== "log")
		.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
