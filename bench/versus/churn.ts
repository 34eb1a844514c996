/**
 * How closely the resident memory of a server follows `maxmemory` while everything in it changes: strings of 10 bytes to
 * 100 KB, lists, hashes, sets, sorted sets and streams, made, overwritten, cut and deleted at random, with eviction going
 * on all the time. Prints RSS / maxmemory now and then, and the most it was.
 *
 *     bun bench/versus/churn.ts [--megabytes 300] [--seconds 30] [--port 8390] [--program redis-server]
 *         [--mix strings|collections|all|lists|hashes|sets|sorted-sets|streams]
 */
import { connect } from "node:net";
import { parseArgs } from "node:util";
import { Random } from "../../src/bytes/random.ts";

const { values: options } = parseArgs({
	options: {
		megabytes: { type: "string", default: "300" },
		seconds: { type: "string", default: "30" },
		mix: { type: "string", default: "all" },
		port: { type: "string", default: "8390" },
		program: { type: "string", default: "" },
		policy: { type: "string", default: "allkeys-lru" },
		largest: { type: "string", default: "100000" },
	},
});
const limit = Number(options.megabytes) * 1024 * 1024;
const port = Number(options.port);
const settings = ["--port", String(port), "--save", "", "--dbfilename", "churn-none.rdb", "--maxmemory", String(limit)];
settings.push("--maxmemory-policy", options.policy);
const main = new URL("../../src/main.ts", import.meta.url).pathname;
const command = options.program === "" ? [process.execPath, main, ...settings] : [options.program, ...settings];
const server = Bun.spawn(command, { stdout: "ignore", stderr: "inherit" });

const random = new Random(1);
const chance = () => random.uint32() / 2 ** 32;
/** As many small as large ones, by order of magnitude. */
const size = (from: number, to: number) => Math.floor(from * (to / from) ** chance());
const filler = Buffer.alloc(1 << 20, "abcdefghijklmnopqrstuvwxyz0123456789");
const bytes = (length: number) => filler.subarray(random.below(1000)).subarray(0, length);

type Word = string | number | Buffer;
function encode(words: readonly Word[]): Buffer[] {
	const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
	for (const word of words) {
		const content = Buffer.isBuffer(word) ? word : Buffer.from(String(word));
		parts.push(Buffer.from(`$${content.length}\r\n`), content, Buffer.from("\r\n"));
	}
	return parts;
}

/** Keys are far more than fit, of each kind. */
const name = (kind: string, keys: number) => `${kind}:${random.below(keys)}`;
const largest = Number(options.largest);

function stringCommand(): Word[] {
	const key = name("s", 3_000_000);
	const what = chance();
	if (what < 0.8) return ["SET", key, bytes(size(10, largest))];
	if (what < 0.9) return ["APPEND", key, bytes(size(10, 2000))];
	return ["DEL", key];
}

function members(count: number, to: number): Word[] {
	return Array.from({ length: count }, () => `${random.below(to)}${bytes(size(4, 200))}`);
}

const collections: Readonly<Record<string, (count: number) => Word[]>> = {
	lists: (count) =>
		chance() < 0.8
			? ["RPUSH", name("l", 20_000), ...Array.from({ length: count }, () => bytes(size(4, 400)))]
			: ["LTRIM", name("l", 20_000), 10, -10],
	hashes: (count) => ["HSET", name("h", 20_000), ...members(count, 5000).flatMap((m) => [m, bytes(size(4, 400))])],
	sets: (count) =>
		chance() < 0.8 ? ["SADD", name("e", 20_000), ...members(count, 5000)] : ["SPOP", name("e", 20_000), 50],
	"sorted-sets": (count) =>
		chance() < 0.8
			? ["ZADD", name("z", 20_000), ...members(count, 5000).flatMap((m) => [random.below(1000), m])]
			: ["ZREMRANGEBYRANK", name("z", 20_000), 0, 50],
	streams: () => ["XADD", name("x", 5000), "MAXLEN", "~", 1000, "*", "field", bytes(size(4, 400))],
};
const kinds = Object.keys(collections);

function collectionCommand(): Word[] {
	if (chance() < 0.05) return ["DEL", name("lhezx"[random.below(5)]!, 20_000)];
	const kind = kinds.includes(options.mix) ? options.mix : kinds[random.below(kinds.length)]!;
	return collections[kind]!(size(1, 200));
}

function nextCommand(): Word[] {
	if (options.mix === "strings") return stringCommand();
	if (options.mix !== "all") return collectionCommand();
	return chance() < 0.5 ? stringCommand() : collectionCommand();
}

async function resident(): Promise<number> {
	const status = await Bun.file(`/proc/${server.pid}/status`).text();
	return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

await Bun.sleep(1500);
const baseline = await resident();
const socket = connect(port, "127.0.0.1");
let text = "";
let wakeUp: (() => void) | null = null;
let failures = 0;
socket.on("data", (chunk) => {
	const content = chunk.toString("latin1");
	failures += content.split("\n-").length - 1 + (content.startsWith("-") ? 1 : 0);
	text = (text + content).slice(-8192);
	wakeUp?.();
});
await new Promise((resolve) => socket.on("connect", resolve));

async function until(isDone: () => boolean): Promise<void> {
	while (!isDone()) await new Promise<void>((resolve) => (wakeUp = resolve));
}

async function field(section: string, field: string): Promise<number> {
	text = "";
	socket.write(`INFO ${section}\r\n`);
	await until(() => (text.includes(`\r\n${field}:`) && text.endsWith("\r\n\r\n")) || text.endsWith("\r\n"));
	await Bun.sleep(5);
	return Number(new RegExp(`${field}:([0-9]+)`).exec(text)?.[1]);
}

const started = performance.now();
const share = (part: number) => (part / limit).toFixed(3);
let most = 0;
let commands = 0;
let shownAt = 0;
let settled = false;
let resident_sum = 0;
let samples = 0;
console.log(`baseline ${(baseline / 1048576).toFixed(0)} MB; maxmemory ${options.megabytes} MB; ${options.mix}`);
while (performance.now() - started < Number(options.seconds) * 1000) {
	const batch: Buffer[] = [];
	const expected = 50;
	let sent = 0;
	// Replies of these commands are one line each, but for SPOP's and XADD's: counted by an echo behind them.
	for (let i = 0; i < expected; i++) {
		const words = nextCommand();
		for (const part of encode(words)) {
			batch.push(part);
			sent += part.length;
		}
	}
	commands += expected;
	const mark = `mark-${commands}`;
	batch.push(...encode(["ECHO", mark]));
	text = "";
	socket.write(
		Buffer.concat(batch, sent + 200).subarray(
			0,
			batch.reduce((sum, part) => sum + part.length, 0),
		),
	);
	await until(() => text.includes(mark));
	const elapsed_s = (performance.now() - started) / 1000;
	const rss = await resident();
	if (settled) {
		most = Math.max(most, rss);
		resident_sum += rss;
		samples++;
	}
	if (elapsed_s - shownAt < Number(options.seconds) / 10) continue;
	shownAt = elapsed_s;
	const used = await field("memory", "used_memory");
	const evicted = await field("stats", "evicted_keys");
	settled ||= evicted > 1000;
	console.log(
		`${elapsed_s.toFixed(0).padStart(4)} s  commands ${commands}  used/max ${share(used)}  rss/max ${share(rss)}  ` +
			`(rss-baseline)/max ${share(rss - baseline)}  evicted ${evicted}`,
	);
}
console.log(
	`with eviction going on: rss/max mean ${share(resident_sum / samples)}, most ${share(most)}; without the baseline mean ` +
		`${share(resident_sum / samples - baseline)}, most ${share(most - baseline)}; error replies ${failures}`,
);
socket.destroy();
server.kill();
