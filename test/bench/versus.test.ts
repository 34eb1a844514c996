/** The parts of the head-to-head benchmark that decide what a number means. */
import { describe, expect, test } from "bun:test";
import type { SnapshotRun } from "../../bench/versus/durability/results.ts";
import { collectionScenario, stringScenario } from "../../bench/versus/durability/rows.ts";
import { durabilityVerdicts, loadSpeed } from "../../bench/versus/durability/verdicts.ts";
import { fill } from "../../bench/versus/fill.ts";
import { parseLoad } from "../../bench/versus/load.ts";
import { parseOptions } from "../../bench/versus/options.ts";
import { isReached, rows, setups, targetsFor } from "../../bench/versus/rows.ts";
import { median, percentile } from "../../bench/versus/statistics.ts";
import { WriteBatch } from "../../bench/versus/write-batch.ts";
import { hasRedisServer, RedisServer } from "../support/redis-server.ts";
import { WireConnection } from "../support/wire.ts";

const output = `PING: rps=0.0 (overall: 0.0)\r                \r====== PING ======
  1000 requests completed in 0.40 seconds
  50 parallel clients

Latency by percentile distribution:
0.000% <= 0.167 milliseconds (cumulative count 16)
99.805% <= 4.367 milliseconds (cumulative count 998)
99.902% <= 4.791 milliseconds (cumulative count 999)
100.000% <= 4.935 milliseconds (cumulative count 1000)

Cumulative distribution of latencies:
100.000% <= 5.103 milliseconds (cumulative count 1000)

Summary:
  throughput summary: 503778.31 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        1.469     0.160     1.375     2.431     3.655     4.935
`;

describe("the output of redis-benchmark", () => {
	test("gives throughput and percentiles", () => {
		const expected = { requests_per_s: 503778.31, p50_ms: 1.375, p99_ms: 3.655, p999_ms: 4.791, max_ms: 4.935 };
		expect(parseLoad(output, 1000)).toEqual(expected);
	});

	test("is refused when requests are missing, an error is printed or a figure is gone", () => {
		expect(() => parseLoad(output, 2000)).toThrow("completed 1000 of 2000");
		expect(() => parseLoad(`${output}Error from server: ERR no\n`, 1000)).toThrow("ERR no");
		expect(() => parseLoad(output.replace(/throughput.*/, ""), 1000)).toThrow("unreadable");
		expect(() => parseLoad(output.replace(/^(99\.9|100).*$/gm, ""), 1000)).toThrow("unreadable");
	});
});

describe("statistics", () => {
	test("leave their argument alone and pick by nearest rank", () => {
		const values = [5, 1, 4, 2];
		expect(median(values)).toBe(3);
		expect(median([9, 1, 5])).toBe(5);
		expect(percentile(values, 0.5)).toBe(2);
		expect(percentile(values, 0.999)).toBe(5);
		expect(values).toEqual([5, 1, 4, 2]);
		expect(() => median([])).toThrow("no values");
	});
});

describe("targets", () => {
	test("want more throughput and less of everything else", () => {
		expect(isReached({ measure: "throughput", ratio: 2 }, 2.1)).toBe(true);
		expect(isReached({ measure: "throughput", ratio: 2 }, 1.9)).toBe(false);
		expect(isReached({ measure: "cpu", ratio: 0.75 }, 0.7)).toBe(true);
		expect(isReached({ measure: "cpu", ratio: 0.75 }, 0.8)).toBe(false);
		expect(isReached({ measure: "cpu", ratio: 0.75 }, Number.NaN)).toBe(false);
	});

	test("depend on depth and number of keys", () => {
		const get = rows.find((row) => row.name === "GET")!;
		const throughput = (depth: number, keys: number) =>
			targetsFor(get, depth, keys).find((target) => target.measure === "throughput")?.ratio;
		expect(throughput(64, 1_000_000)).toBe(2);
		expect(throughput(64, 10_000_000)).toBe(2.5);
		expect(throughput(16, 1_000_000)).toBeUndefined();
	});

	test("every row names keys its set-up makes", () => {
		for (const { name, command, setup } of rows.filter((row) => row.members === undefined)) {
			const made = setups[setup].map((series) => series.command[1].replace("__index__", "__rand_int__"));
			for (const argument of command.filter((text) => text.includes("__rand_int__"))) {
				expect(made, name).toContain(argument);
			}
		}
	});
});

describe("options", () => {
	test("only a complete run writes the published results", () => {
		const output = (...argv: string[]) => {
			const options = parseOptions(argv);
			return options === "help" ? "help" : options.output;
		};
		expect(output()).toBe("docs/benchmarks");
		expect(output("--quick")).toBeUndefined();
		expect(output("--rows", "GET")).toBeUndefined();
		expect(output("--subject", "redis-server")).toBeUndefined();
		expect(output("--quick", "--output", "x")).toBe("x");
	});

	test("refuse what they do not know", () => {
		expect(() => parseOptions(["--nope"])).toThrow("nope");
		expect(() => parseOptions(["--rounds", "0"])).toThrow("--rounds");
		expect(() => parseOptions(["--rows", "NOPE"])).toThrow("no row begins with NOPE");
		expect(() => parseOptions(["--only", "nope"])).toThrow("nope");
	});
});

describe("the sections about durability", () => {
	test("are measured when they are named, not in a usual run", () => {
		const measured = (...argv: string[]) => {
			const options = parseOptions(argv);
			return options === "help" ? [] : [...options.sections];
		};
		expect(measured()).not.toContain("snapshot");
		expect(measured("--only", "durability")).toEqual(["load", "save", "append", "snapshot"]);
		expect(measured("--only", "start,save")).toEqual(["start", "save"]);
	});

	test("call a shorter time and a higher throughput faster", () => {
		const sample = (client_ms: number) => ({ client_ms, own_ms: null, cpu_ms: 1, resident_bytes: 1 });
		const samples = { subject: [sample(900), sample(1000), sample(50_000)], reference: [sample(2000)] };
		expect(loadSpeed({ what: "RDB", keys: 1, bytes: 1, samples })).toBe(2);
	});

	test("hold growth and stalls against the bounds, whichever run was the worst", () => {
		const run = (longest_ms: number, peak_bytes: number): SnapshotRun => {
			const pace = {
				probes: 1,
				p50_ms: 1,
				p99_ms: 1,
				p999_ms: 1,
				max_ms: longest_ms,
				lateness_ms_max: 0,
				duration_ms: 1,
			};
			return { quiet: pace, saving: pace, saving_ms: 1, before_bytes: 1000, peak_bytes, latestFork_us: 0 };
		};
		const reached = (...runs: SnapshotRun[]) => {
			const snapshots = [{ what: "data", commands_per_s: 1, runs: { subject: runs, reference: [] } }];
			return durabilityVerdicts({ loads: [], saves: [], appending: [], snapshots }).map(({ isReached }) => isReached);
		};
		expect(reached(run(2.9, 1050), run(2, 1099))).toEqual([true, true]);
		expect(reached(run(2.9, 1050), run(3.1, 1050), run(2, 1050))).toEqual([false, true]);
		expect(reached(run(1, 1100))).toEqual([true, false]);
	});

	test("write batches that differ in digits alone, within their bounds", () => {
		const command = { args: ["LSET", "list", "__rand_index__", "key:__rand_int__"], keys: 2500, replyBytes: 5 };
		const batch = new WriteBatch([command, command]);
		expect(batch.replyBytes).toBe(10);
		const seen = new Set<string>();
		for (let turn = 0; turn < 200; turn++) {
			batch.draw();
			const text = Buffer.from(batch.bytes).toString();
			const one = /\*4\r\n\$4\r\nLSET\r\n\$4\r\nlist\r\n\$4\r\n(\d{4})\r\n\$16\r\nkey:(\d{12})\r\n/y;
			for (let count = 0; count < 2; count++) {
				const [, index, key] = one.exec(text)!;
				expect(Number(index)).toBeWithin(1000, 2500);
				expect(Number(key)).toBeWithin(0, 2500);
				seen.add(index!);
			}
			expect(one.lastIndex).toBe(text.length);
		}
		expect(seen.size).toBeGreaterThan(150);
	});

	test.skipIf(!hasRedisServer())("know how long each reply is", async () => {
		await using server = await RedisServer.start();
		const connection = await WireConnection.connect(server);
		for (const { fill: series, batch } of [stringScenario(80 * 1000), collectionScenario(1000)]) {
			for (const one of series) await fill(server.port, one);
			for (const { args, keys, replyBytes } of batch) {
				const filled = args.map((word) =>
					word.replace("__rand_int__", "0".repeat(12)).replace("__rand_index__", "999"),
				);
				expect(keys).toBe(1000);
				expect((await connection.command(...filled)).bytes.length, args.join(" ")).toBe(replyBytes);
			}
		}
		connection.close();
	});
});

describe("filling", () => {
	/** What a server gets that answers each command, as soon as it begins, by what `reply` says of its number. */
	async function received(count: number, reply: (index: number) => string): Promise<string> {
		let text = "";
		let answered = 0;
		const server = Bun.listen({
			hostname: "127.0.0.1",
			port: 0,
			socket: {
				data: (socket, chunk) => {
					text += chunk.toString();
					const commands = text.split("*2\r\n").length - 1;
					for (; answered < commands; answered++) socket.write(reply(answered));
				},
			},
		});
		try {
			await fill(server.port, { command: ["ECHO", "k:__index__"], count }, { window: 128 });
			return text;
		} finally {
			server.stop(true);
		}
	}

	test("sends every number once, in wire form", async () => {
		const expected = Array.from(
			{ length: 1000 },
			(_, index) => `*2\r\n$4\r\nECHO\r\n$14\r\nk:${String(index).padStart(12, "0")}\r\n`,
		);
		expect(await received(1000, () => "+OK\r\n")).toBe(expected.join(""));
	});

	test("stops at an error reply and says which", async () => {
		await expect(received(1000, (index) => (index === 300 ? "-ERR full\r\n" : "+OK\r\n"))).rejects.toThrow("-ERR full");
	});
});
