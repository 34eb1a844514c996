/** The parts of the head-to-head benchmark that decide what a number means. */
import { describe, expect, test } from "bun:test";
import { fill } from "../../bench/versus/fill.ts";
import { parseLoad } from "../../bench/versus/load.ts";
import { parseOptions } from "../../bench/versus/options.ts";
import { isReached, rows, setups, targetsFor } from "../../bench/versus/rows.ts";
import { median, percentile } from "../../bench/versus/statistics.ts";

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
