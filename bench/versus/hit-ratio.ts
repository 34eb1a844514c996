/**
 * How good eviction is at keeping what is asked for: a cache under a Zipf load (a key that misses is stored), with room
 * for the same number of keys here and in redis-server. Prints hits per hundred requests by policy.
 *
 *     bun bench/versus/hit-ratio.ts [--seconds 10] [--keys 20000] [--space 400000] [--exponent 0.99] [--port 8392]
 *                                     [--moving]      what is popular changes all the time
 */
import { parseArgs } from "node:util";
import { Random } from "../../src/bytes/random.ts";

const { values: options } = parseArgs({
	options: {
		seconds: { type: "string", default: "10" },
		keys: { type: "string", default: "20000" },
		space: { type: "string", default: "400000" },
		exponent: { type: "string", default: "0.99" },
		port: { type: "string", default: "8392" },
		moving: { type: "boolean", default: false },
	},
});
const space = Number(options.space);
const wanted = Number(options.keys);
const BATCH = 100;
const main = new URL("../../src/main.ts", import.meta.url).pathname;

/** Ranks by a table of sums: rank r has weight 1 / r^s. */
const sums = new Float64Array(space);
let sum = 0;
for (let i = 0; i < space; i++) sums[i] = sum += 1 / (i + 1) ** Number(options.exponent);

function rankOf(part: number): number {
	let low = 0;
	let high = space - 1;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (sums[middle]! < part * sum) low = middle + 1;
		else high = middle;
	}
	return low;
}

class Cache {
	private readonly random = new Random(5);
	private readonly server: Bun.Subprocess;
	private readonly client: Bun.RedisClient;
	private requests = 0;

	constructor(program: readonly string[], port: number, policy: string) {
		const settings = ["--port", String(port), "--save", "", "--dbfilename", "hit-ratio-none.rdb"];
		settings.push("--maxmemory-policy", policy);
		this.server = Bun.spawn([...program, ...settings], { stdout: "ignore", stderr: "inherit" });
		this.client = new Bun.RedisClient(`redis://127.0.0.1:${port}`);
	}

	async command(name: string, ...words: string[]): Promise<unknown> {
		return await this.client.send(name, words);
	}

	async size(): Promise<number> {
		return Number(await this.command("DBSIZE"));
	}

	/** Asks for so long; returns the share of requests that hit. */
	async ask(seconds: number): Promise<number> {
		const until = performance.now() + seconds * 1000;
		let hits = 0;
		let asked = 0;
		while (performance.now() < until) {
			const keys: string[] = [];
			for (let i = 0; i < BATCH; i++) {
				const rank = rankOf(this.random.uint32() / 2 ** 32);
				const shift = options.moving ? Math.floor(this.requests / 200) : 0;
				keys.push(`key:${(rank + shift) % space}`);
				this.requests++;
			}
			const values = (await Promise.all(keys.map((key) => this.client.get(key)))) as (string | null)[];
			const missing = new Set(keys.filter((_, i) => values[i] === null));
			asked += BATCH;
			hits += values.filter((value) => value !== null).length;
			await Promise.all([...missing].map((key) => this.client.set(key, VALUE)));
		}
		return hits / asked;
	}

	/** Finds the limit with which about `wanted` keys are held. */
	async settle(): Promise<void> {
		let limit = wanted * 120 + (Number(await this.used()) || 0);
		for (let round = 0; round < 6; round++) {
			await this.command("CONFIG", "SET", "maxmemory", String(Math.floor(limit)));
			await this.ask(1.5);
			const size = await this.size();
			if (Math.abs(size - wanted) < wanted / 200) return;
			limit += (wanted - size) * 100;
		}
	}

	private async used(): Promise<string> {
		const text = String(await this.command("INFO", "memory"));
		return /used_memory:(\d+)/.exec(text)![1]!;
	}

	stop(): void {
		this.client.close();
		this.server.kill();
	}
}

const VALUE = "v".repeat(50);

for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"]) {
	for (const program of [[process.execPath, main], ["redis-server"]]) {
		const cache = new Cache(program, Number(options.port), policy);
		await Bun.sleep(1500);
		await cache.settle();
		const ratio = await cache.ask(Number(options.seconds));
		const held = await cache.size();
		const name = program.length > 1 ? "redis-lite" : program[0]!;
		console.log(`${policy.padEnd(15)} ${name.padEnd(13)} keys held ${held}  hits ${(100 * ratio).toFixed(2)} %`);
		cache.stop();
		await Bun.sleep(300);
	}
}
process.exit(0);
