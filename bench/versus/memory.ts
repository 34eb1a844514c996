/** Resident bytes per key: what a server grows by when it is filled, divided by the keys, everything included. */
import { fill } from "./fill.ts";
import type { MemoryResult } from "./results.ts";
import { forBoth, type Seats } from "./seats.ts";
import { BenchServer } from "./server.ts";

/** Time for a server to give back what only the filling needed. */
const settle_ms = 1500;

export async function measureMemory(seats: Seats, keys: number, valueBytes: number): Promise<MemoryResult> {
	const bytesPerKey = await forBoth(async (seat) => {
		await using server = await BenchServer.start(seats[seat]);
		return await fillAndWeigh(server, keys, valueBytes);
	});
	return { keys, valueBytes, bytesPerKey };
}

/** Fills an empty server with keys of 16 bytes and returns the bytes per key. */
export async function fillAndWeigh(server: BenchServer, keys: number, valueBytes: number): Promise<number> {
	const empty = server.residentBytes();
	await fill(server.port, { command: ["SET", "key:__index__", "x".repeat(valueBytes)], count: keys });
	const size = Number(server.command("DBSIZE"));
	if (size !== keys) throw new Error(`${server.seat} holds ${size} keys after filling ${keys}`);
	await Bun.sleep(settle_ms);
	return (server.residentBytes() - empty) / keys;
}
