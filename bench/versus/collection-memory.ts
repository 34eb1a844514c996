/** Resident bytes of collections: what a server grows by when it is filled with them, everything included. */
import { fill, type Series } from "./fill.ts";
import type { CollectionMemoryResult } from "./results.ts";
import { forBoth, type Seats } from "./seats.ts";
import { BenchServer } from "./server.ts";

/** Time for a server to give back what only the filling needed. */
const settle_ms = 1500;

const member = (i: number) => `member:${i}:__index__`;
const several = (count: number, make: (i: number) => readonly string[]) =>
	Array.from({ length: count }, (_, i) => make(i)).flat();

/** What is weighed, each with the command that is sent `count` times with another `__index__`. */
const kinds: readonly { readonly name: string; readonly command: readonly string[]; readonly lines?: number }[] = [
	{
		name: "hashes of 5 fields",
		command: ["HSET", "hash:__index__", ...several(5, (i) => [`field${i}`, `value:__index__`])],
	},
	{ name: "sets of 10 members", command: ["SADD", "set:__index__", ...several(10, (i) => [member(i)])] },
	{
		name: "sets of 10 integers",
		command: ["SADD", "intset:__index__", ...several(10, (i) => [`${i + 1}__index__`])],
	},
	{
		name: "sorted sets of 10 members",
		command: ["ZADD", "zset:__index__", ...several(10, (i) => [String(10 * i), member(i)])],
	},
	{ name: "lists of 10 elements", command: ["RPUSH", "list:__index__", ...several(10, (i) => [member(i)])] },
	{ name: "members of one set", command: ["SADD", "set", "member:__index__"] },
	{ name: "members of one sorted set", command: ["ZADD", "zset", "__index__", "member:__index__"] },
	{ name: "fields of one hash", command: ["HSET", "hash", "field:__index__", "value:__index__"] },
	{ name: "elements of one list", command: ["RPUSH", "list", "element:__index__"] },
	{
		name: "entries of one stream",
		command: ["XADD", "stream", "1__index__-1", "sensor", "temperature", "value", "__index__"],
		lines: 2,
	},
];

export async function measureCollections(
	seats: Seats,
	count: number,
	say: (line: string) => void,
): Promise<CollectionMemoryResult[]> {
	const results: CollectionMemoryResult[] = [];
	for (const { name, command, lines } of kinds) {
		const what = `${count >= 1_000_000 ? `${count / 1_000_000} M` : `${count / 1000} k`} ${name}`;
		say(`memory of ${what}`);
		const series: Series = { command, count, lines: lines ?? 1 };
		const bytes = await forBoth(async (seat) => {
			await using server = await BenchServer.start(seats[seat]);
			const empty = server.residentBytes();
			await fill(server.port, series);
			await Bun.sleep(settle_ms);
			return server.residentBytes() - empty;
		});
		results.push({ what, bytes });
	}
	return results;
}
