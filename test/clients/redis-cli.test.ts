/**
 * The tools that are built into redis-cli, beside each other: the same data, the same call, against a genuine redis-server
 * and against us. What they print has to be the same but for numbers that differ from run to run.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RedisLite } from "../../src/index.ts";
import { hasRedisServer, RedisServer } from "../support/redis-server.ts";
import { commandText, WireConnection } from "../support/wire.ts";

const isMissing = Bun.which("redis-cli") === null || Bun.which("stdbuf") === null || !hasRedisServer();
if (isMissing) console.warn("tests are skipped: redis-cli or redis-server is not installed (apt-get install)");

interface RunOptions {
	readonly input?: string;
	/** Ends it once so many lines have come: some tools run for ever. */
	readonly linesMax?: number;
	/** Called when the first line has come. */
	readonly onFirstLine?: () => unknown;
}

const PATIENCE_MS = 15_000;

/** What redis-cli prints; line by line even though it is no terminal that reads. */
async function redisCli(port: number, args: readonly string[], options: RunOptions = {}): Promise<string[]> {
	const { input = "", linesMax = Infinity, onFirstLine } = options;
	const child = Bun.spawn(["stdbuf", "-oL", "redis-cli", "-p", String(port), ...args], {
		stdin: new Blob([input]),
		stdout: "pipe",
		stderr: "pipe",
	});
	// A tool that prints less than is waited for is not to outlive its test.
	const patience = setTimeout(() => child.kill(), PATIENCE_MS);
	const complaints = new Response(child.stderr).text();
	const decoder = new TextDecoder();
	let text = "";
	for await (const chunk of child.stdout) {
		if (text === "") await onFirstLine?.();
		text += decoder.decode(chunk, { stream: true });
		if (text.split("\n").length > linesMax) break;
	}
	clearTimeout(patience);
	child.kill();
	await child.exited;
	const lines = `${text}${linesMax === Infinity ? await complaints : ""}`.trimEnd().split("\n");
	return lines.slice(0, linesMax);
}

/** Keys of every type, with one that is the biggest by any measure. */
function data(): string[][] {
	const commands: string[][] = [];
	const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
	for (let i = 0; i < 300; i++) {
		commands.push(["SET", `string:${i}`, "x".repeat(10)]);
		commands.push(["RPUSH", `list:${i}`, ...numbers(3)]);
		commands.push(["SADD", `set:${i}`, ...numbers(4)]);
		commands.push(["HSET", `hash:${i}`, ...numbers(10)]);
		commands.push(["ZADD", `zset:${i}`, ...numbers(12)]);
		commands.push(["XADD", `stream:${i}`, "1-1", "field", "value"]);
	}
	commands.push(["SET", "string:big", "x".repeat(100_000)]);
	commands.push(["RPUSH", "list:big", ...numbers(5_000)]);
	commands.push(["SADD", "set:big", ...numbers(6_000)]);
	commands.push(["HSET", "hash:big", ...numbers(7_000)]);
	commands.push(["ZADD", "zset:big", ...numbers(8_000)]);
	for (let i = 2; i < 1_000; i++) commands.push(["XADD", "stream:big", `${i}-1`, "field", "value"]);
	return commands;
}

describe.skipIf(isMissing)("redis-cli", () => {
	let server: RedisLite;
	let reference: RedisServer;

	beforeAll(async () => {
		server = await RedisLite.start();
		reference = await RedisServer.start([], { first: 8640, last: 8649 });
		for (const port of [server.port, reference.port]) {
			const ran = await redisCli(port, ["--pipe"], { input: data().map(commandText).join("") });
			expect(ran.at(-1)).toMatch(/^errors: 0, replies: \d+$/);
		}
	});

	afterAll(async () => {
		await server?.stop();
		await reference?.stop();
	});

	/** Ours, theirs. */
	async function both(args: readonly string[], options: RunOptions = {}): Promise<[string[], string[]]> {
		return [await redisCli(server.port, args, options), await redisCli(reference.port, args, options)];
	}

	async function onBoth(...words: string[]): Promise<void> {
		for (const port of [server.port, reference.port]) {
			const wire = await WireConnection.connect({ host: "127.0.0.1", port });
			await wire.command(...words);
			wire.close();
		}
	}

	function summary(lines: readonly string[]): string[] {
		const start = lines.indexOf("-------- summary -------");
		expect(start).toBeGreaterThan(0);
		return lines.slice(start + 1);
	}

	test("--bigkeys finds the same keys", async () => {
		const [ours, theirs] = (await both(["--bigkeys"])).map(summary);
		expect(theirs!.filter((line) => line.startsWith("Biggest"))).toHaveLength(6);
		expect(ours!.toSorted()).toEqual(theirs!.toSorted());
	});

	test("--memkeys finds the same keys, whatever they weigh", async () => {
		const names = (lines: readonly string[]) =>
			summary(lines)
				.map((line) => line.replaceAll(/\d+ bytes/g, "N bytes").replace(/avg size [\d.]+/, "avg size N"))
				.toSorted();
		const [ours, theirs] = await both(["--memkeys"]);
		expect(names(theirs).filter((line) => /^Biggest .*:big"' has N bytes$/.test(line))).toHaveLength(6);
		expect(names(ours)).toEqual(names(theirs));
	});

	test("--hotkeys needs an LFU policy, and then finds the key that is hot", async () => {
		const [ours, theirs] = await both(["--hotkeys"]);
		expect(theirs.join()).toContain("An LFU maxmemory policy is not selected");
		expect(ours).toEqual(theirs);
		await onBoth("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "0");
		for (let i = 0; i < 50; i++) await onBoth("GET", "string:7");
		const [found, expected] = (await both(["--hotkeys"])).map(summary);
		const hottest = (lines: readonly string[]) => lines.find((line) => line.startsWith("hot key found"))!;
		expect(hottest(expected!)).toMatch(/counter: \d+\tkeyname: "string:7"$/);
		expect(hottest(found!)).toBe(hottest(expected!));
		expect(found![0]).toBe(expected![0]!);
		await onBoth("CONFIG", "SET", "maxmemory-policy", "noeviction", "lfu-log-factor", "10");
	});

	test("--stat shows the same columns, keys and clients", async () => {
		const [ours, theirs] = await both(["--stat", "-i", "0.01"], { linesMax: 4 });
		expect(ours.slice(0, 2)).toEqual(theirs.slice(0, 2));
		const row = /^(\d+) +[\d.]+[KMG] +(\d+) +(\d+) +\d+ \(\+(\d+)\) +\d+\s*$/;
		const columns = (line: string) => row.exec(line)?.slice(1);
		expect(columns(theirs[3]!)).toEqual(["1806", "1", "0", "1"]);
		expect(columns(ours[3]!)).toEqual(columns(theirs[3]!)!);
	});

	test.each([
		["--latency", ["--latency", "-i", "0.05"], 1],
		["--latency-history", ["--latency-history", "-i", "0.05"], 3],
	] as const)("%s measures", async (_, args, linesMax) => {
		const [ours, theirs] = await both(args, { linesMax });
		// Least, most, mean, and how often.
		for (const line of [...ours, ...theirs]) expect(line).toMatch(/^\d+ \d+ \d+\.\d\d \d+$/);
		expect(ours).toHaveLength(linesMax);
	});

	test("--latency-dist shows its legend", async () => {
		const [ours, theirs] = await both(["--latency-dist", "-i", "0.05"], { linesMax: 4 });
		expect(ours).toEqual(theirs);
	});

	test("--pipe counts the same replies and errors", async () => {
		const input = [["SET", "piped", "x"], ["INCR", "piped"], ["DEL", "piped"], ["NOSUCH"], ["SET", "piped"]]
			.map(commandText)
			.join("");
		const [ours, theirs] = await both(["--pipe"], { input });
		expect(theirs).toContain("errors: 3, replies: 5");
		expect(ours.map(sameArguments).toSorted()).toEqual(theirs.map(sameArguments).toSorted());
	});

	/** 7.0 ends the words of an unknown command with a blank. */
	function sameArguments(line: string): string {
		return line.trimEnd();
	}

	test.each([
		["--scan"],
		["--scan --pattern *:big"],
		["--scan --pattern zset:1?"],
		['--scan --quoted-pattern "s\\x65t:2*"'],
	])("%s lists the same keys", async (line) => {
		const [ours, theirs] = await both(line.split(" "));
		expect(theirs.length).toBeGreaterThan(5);
		expect(ours.toSorted()).toEqual(theirs.toSorted());
	});

	test("MONITOR shows the same commands", async () => {
		const shown = async (port: number) => {
			const speak = async () => {
				await redisCli(port, ["-n", "3"], { input: 'SET k "a\\"\\n\\x01"\nGET k\nDEL k\n' });
				await redisCli(port, ["ECHO", "end"]);
			};
			let spoken: Promise<void> = Promise.resolve();
			const onFirstLine = () => {
				spoken = speak();
			};
			const lines = await redisCli(port, ["MONITOR"], { linesMax: 6, onFirstLine });
			await spoken;
			return lines.map((line) => line.replace(/^\d+\.\d{6}/, "TIME").replace(/127\.0\.0\.1:\d+/, "ADDRESS"));
		};
		const theirs = await shown(reference.port);
		expect(theirs).toContain('TIME [3 ADDRESS] "SET" "k" "a\\"\\n\\x01"');
		expect(await shown(server.port)).toEqual(theirs);
	});

	test("SUBSCRIBE prints what is published", async () => {
		const heard = (port: number, protocol: string) =>
			redisCli(port, [protocol, "SUBSCRIBE", "news"], {
				linesMax: 6,
				onFirstLine: () => {
					void redisCli(port, ["PUBLISH", "news", "hello"]);
				},
			});
		for (const protocol of ["-2", "-3"]) {
			const theirs = await heard(reference.port, protocol);
			expect(theirs).toContain("hello");
			expect(await heard(server.port, protocol)).toEqual(theirs);
		}
	});

	test.each([
		[["--json", "HGETALL", "hash:1"], ""],
		[["-2", "--json", "ZRANGE", "zset:1", "0", "-1", "WITHSCORES"], ""],
		[["--csv", "LRANGE", "list:1", "0", "-1"], ""],
		[["--no-raw", "-3", "HGETALL", "hash:1"], ""],
		[["--no-raw", "XRANGE", "stream:1", "-", "+"], ""],
		[["-r", "3", "-i", "0", "INCRBY", "counted", "2"], ""],
		[["-x", "SET", "from-input"], "a value\nof two lines"],
		[["-X", "tag", "SET", "tag", "value"], "from-input"],
		[["--quoted-input", "SET", '"\\x00key"', '"\\xff"'], ""],
		[["-n", "9", "--no-raw"], "MULTI\nSET a 1\nINCR a\nEXEC\nDISCARD\n"],
		[["-n", "9", "--no-raw"], "MULTI\nSET a\nEXEC\n"],
		[["-e", "INCR", "string:1"], ""],
	] as const)("%j with input %j answers the same", async (args, input) => {
		const [ours, theirs] = await both(args, { input });
		expect(ours).toEqual(theirs);
	});
});
