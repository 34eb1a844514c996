/**
 * How long others wait while one huge collection is deleted: a PING every millisecond, from before the DEL until two
 * seconds after it, when all memory should be on its way back.
 */
import { fill, type Series } from "./fill.ts";
import type { DropResult } from "./results.ts";
import { forBoth, type Seats } from "./seats.ts";
import { BenchServer } from "./server.ts";
import { probeDuring } from "./stall.ts";

const before_ms = 200;
const after_ms = 2000;
const membersPerCommand = 10;

function seriesFor(type: string, members: number): Series {
	const count = Math.ceil(members / membersPerCommand);
	const several = (make: (i: number) => readonly string[]) =>
		Array.from({ length: membersPerCommand }, (_, i) => make(i)).flat();
	switch (type) {
		case "set":
			return { command: ["SADD", "huge", ...several((i) => [`member:${i}__index__`])], count };
		case "hash":
			return { command: ["HSET", "huge", ...several((i) => [`field:${i}__index__`, "value"])], count };
		case "sorted set":
			return { command: ["ZADD", "huge", ...several((i) => ["__index__", `member:${i}__index__`])], count };
		case "list":
			return { command: ["RPUSH", "huge", ...several((i) => [`element:${i}__index__`])], count };
		default:
			return { command: ["XADD", "huge", "1__index__-1", "field", "value"], count: members, lines: 2 };
	}
}

export async function measureDrops(
	seats: Seats,
	members: number,
	runs: number,
	say: (line: string) => void,
): Promise<DropResult[]> {
	const results: DropResult[] = [];
	for (const type of ["list", "hash", "set", "sorted set", "stream"]) {
		say(`deleting a ${type} of ${members}`);
		const series = seriesFor(type, members);
		const idle = { subject: 0, reference: 0 };
		const dropping_ms = await forBoth(async (seat) => {
			await using server = await BenchServer.start(seats[seat]);
			const longest: number[] = [];
			for (let run = 0; run < runs; run++) {
				await fill(server.port, series);
				idle[seat] = (await probeDuring(server.port, () => Bun.sleep(before_ms + after_ms))).max_ms;
				const dropping = await probeDuring(server.port, async () => {
					await Bun.sleep(before_ms);
					await fill(server.port, { command: ["DEL", "huge"], count: 1 });
					await Bun.sleep(after_ms);
				});
				longest.push(dropping.max_ms);
			}
			return longest;
		});
		results.push({ type, members, idle_ms: { ...idle }, dropping_ms });
	}
	return results;
}
