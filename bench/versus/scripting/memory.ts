/** Resident bytes of scripts that are known: what a server grows by when so many distinct ones are loaded. */
import { fill, type Series } from "../fill.ts";
import type { CollectionMemoryResult } from "../results.ts";
import { forBoth, type Seats } from "../seats.ts";
import { BenchServer } from "../server.ts";

const scripts = 10_000;
/** Time for a server to give back what only the filling needed. */
const settle_ms = 1500;

/** Of the length that locks and limiters have. */
const source = `local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return redis.error_reply('LOCKED by ' .. owner) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', tonumber(ARGV[2]))
redis.call('HINCRBY', 'locks:__index__', ARGV[1], 1)
return redis.status_reply('OK')`;

const series = (count: number): Series => ({ command: ["SCRIPT", "LOAD", source], count, lines: 2 });

export async function measureScriptMemory(seats: Seats): Promise<CollectionMemoryResult> {
	const bytes = await forBoth(async (seat) => {
		await using server = await BenchServer.start(seats[seat]);
		// Lua itself comes with the first script.
		await fill(server.port, series(1));
		const empty = server.residentBytes();
		await fill(server.port, series(scripts));
		await Bun.sleep(settle_ms);
		return server.residentBytes() - empty;
	});
	return { what: `${scripts / 1000} k scripts`, bytes };
}
