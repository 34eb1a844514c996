/** Time from exec to the first PONG, the two servers in turn. Pinning by taskset is part of it, for both alike. */
import type { Both } from "./results.ts";
import { orderOf, type Seats } from "./seats.ts";
import { BenchServer } from "./server.ts";

export async function measureStart(seats: Seats, starts: number): Promise<Both<readonly number[]>> {
	const times = { subject: [] as number[], reference: [] as number[] };
	for (let round = 0; round < starts; round++) {
		for (const seat of orderOf(round)) {
			await using server = await BenchServer.start(seats[seat]);
			times[seat].push(server.start_ms);
		}
	}
	return times;
}
