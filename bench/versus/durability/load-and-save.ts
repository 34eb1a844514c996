/**
 * How long it takes to load a file that redis-server made, and to save what was loaded.
 *
 * Invariant: each start is on a copy of its own of the same file, just written and so in the page cache for both; a
 * sample counts only where all keys are there afterwards.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { removeDirectory } from "../processes.ts";
import { orderOf, type Seats } from "../seats.ts";
import { BenchServer, type Seat } from "../server.ts";
import { Admin } from "./admin.ts";
import { copyData, type DataFile, dataNames, makeData } from "./files.ts";
import type { LoadResult, LoadSample, SaveResult, SaveSample } from "./results.ts";

export interface LoadPlan {
	readonly keys: number;
	readonly rounds: number;
	readonly loads: boolean;
	readonly saves: boolean;
}

const look_ms = 5;
const patience_ms = 600_000;

export async function measureLoadsAndSaves(
	seats: Seats,
	plan: LoadPlan,
	say: (line: string) => void,
): Promise<{ loads: LoadResult[]; saves: SaveResult[] }> {
	const loads: LoadResult[] = [];
	const saves: SaveResult[] = [];
	for (const name of dataNames) {
		const isRdb = name.startsWith("RDB");
		if (!plan.loads && !isRdb) continue;
		const data = await makeData(name, seats.reference, plan.keys);
		say(`${name}: ${data.keys} keys, ${(data.bytes / 1e6).toFixed(0)} MB`);
		const loaded = { subject: [] as LoadSample[], reference: [] as LoadSample[] };
		const saved = { subject: [] as SaveSample[], reference: [] as SaveSample[] };
		for (let round = 0; round < plan.rounds; round++) {
			for (const seat of orderOf(round)) {
				const sample = await once(seats[seat], data, plan.saves && isRdb);
				loaded[seat].push(sample.load);
				if (sample.save !== null) saved[seat].push(sample.save);
			}
		}
		const { what, keys, bytes } = data;
		const shown = (["subject", "reference"] as const).map((seat) =>
			loaded[seat].map((sample) => sample.client_ms.toFixed(0)).join(" "),
		);
		say(`loading: ${shown.join(" | ")} ms`);
		if (plan.loads) loads.push({ what, keys, bytes, samples: loaded });
		if (plan.saves && isRdb) saves.push({ what: what.replace("RDB of ", ""), keys, samples: saved });
		removeDirectory(data.directory);
	}
	return { loads, saves };
}

async function once(
	seat: Seat,
	data: DataFile,
	saves: boolean,
): Promise<{ load: LoadSample; save: SaveSample | null }> {
	const directory = copyData(data);
	try {
		const { directives } = data;
		await using server = await BenchServer.start(seat, {
			directory,
			directives,
			isUnpinned: true,
			look_ms,
			patience_ms,
		});
		const load = {
			client_ms: server.start_ms,
			own_ms: ownRecord_ms(server.log()),
			cpu_ms: server.cpu_us() / 1000,
			resident_bytes: server.residentBytes(),
		};
		const held = Number(server.command("DBSIZE"));
		if (held !== data.keys)
			throw new Error(`${seat.name} holds ${held} keys after loading ${data.keys}\n${server.log()}`);
		return { load, save: saves ? await save(server) : null };
	} finally {
		removeDirectory(directory);
	}
}

/** "DB loaded from disk: 1.234 seconds", of an append-only file one line for each of its parts and one for all. */
function ownRecord_ms(log: string): number | null {
	const seconds = /DB loaded from (?:disk|append only file): ([\d.]+) seconds/.exec(log)?.[1];
	return seconds === undefined ? null : Number(seconds) * 1000;
}

async function save(server: BenchServer): Promise<SaveSample> {
	using admin = new Admin(server);
	const background_ms = await admin.backgroundSave();
	const begun_ns = Bun.nanoseconds();
	await admin.command("SAVE");
	const save_ms = (Bun.nanoseconds() - begun_ns) / 1e6;
	return { save_ms, background_ms, bytes: statSync(join(server.directory, "dump.rdb")).size };
}
