/**
 * What applications do with scripts of their own, through the two client libraries that manage those for them: a lock that
 * only its owner lets go of, and a limiter over a sliding window. Both libraries send EVALSHA, and the source when told
 * that the script is unknown.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Redis from "ioredis";
import { createClient, defineScript } from "redis";
import { RedisLite } from "../../src/index.ts";

/** Takes all of the locks or none. */
const acquire = `
for _, key in ipairs(KEYS) do
	if redis.call("exists", key) == 1 then return 0 end
end
for _, key in ipairs(KEYS) do redis.call("set", key, ARGV[1], "PX", ARGV[2]) end
return #KEYS`;
const extend = `
local count = 0
for _, key in ipairs(KEYS) do
	if redis.call("get", key) == ARGV[1] then count = count + redis.call("pexpire", key, ARGV[2]) end
end
return count`;
const release = `
local count = 0
for _, key in ipairs(KEYS) do
	if redis.pcall("get", key) == ARGV[1] then count = count + redis.pcall("del", key) end
end
return count`;

/** ARGV: the time, the window, the limit, a name. Returns whether it is allowed, how many are left, when to come again. */
const slide = `
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - window)
local count = redis.call("ZCARD", KEYS[1])
if count >= limit then
	local oldest = redis.call("ZRANGE", KEYS[1], 0, 0, "WITHSCORES")
	return { 0, 0, tonumber(oldest[2]) + window - now }
end
redis.call("ZADD", KEYS[1], now, ARGV[4])
redis.call("PEXPIRE", KEYS[1], window)
return { 1, limit - count - 1, 0 }`;

type Words = readonly string[];

/** The four scripts, as either library runs them. */
interface Scripted {
	acquire(keys: Words, args: Words): Promise<unknown>;
	extend(keys: Words, args: Words): Promise<unknown>;
	release(keys: Words, args: Words): Promise<unknown>;
	slide(keys: Words, args: Words): Promise<unknown>;
	set(key: string, value: string): Promise<unknown>;
	flushScripts(): Promise<unknown>;
	close(): void;
}

const sources = { acquire, extend, release, slide };

async function throughIoredis(port: number): Promise<Scripted> {
	const client = new Redis({ port });
	for (const [name, lua] of Object.entries(sources)) client.defineCommand(name, { lua });
	const defined = client as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
	const run = (name: string) => (keys: Words, args: Words) => defined[name]!(keys.length, ...keys, ...args);
	return {
		acquire: run("acquire"),
		extend: run("extend"),
		release: run("release"),
		slide: run("slide"),
		set: (key, value) => client.set(key, value),
		flushScripts: () => client.script("FLUSH"),
		close: () => client.disconnect(),
	};
}

async function throughNodeRedis(port: number): Promise<Scripted> {
	const script = (SCRIPT: string) =>
		defineScript({
			SCRIPT,
			parseCommand(parser, keys: Words, args: Words) {
				parser.push(String(keys.length));
				parser.pushKeys([...keys]);
				parser.push(...args);
			},
			transformReply: (reply: unknown) => reply,
		});
	const scripts = {
		acquire: script(acquire),
		extend: script(extend),
		release: script(release),
		slide: script(slide),
	};
	const client = createClient({ url: `redis://127.0.0.1:${port}`, scripts });
	await client.connect();
	return {
		acquire: (keys, args) => client.acquire(keys, args),
		extend: (keys, args) => client.extend(keys, args),
		release: (keys, args) => client.release(keys, args),
		slide: (keys, args) => client.slide(keys, args),
		set: (key, value) => client.set(key, value),
		flushScripts: () => client.scriptFlush(),
		close: () => client.destroy(),
	};
}

const libraries = { ioredis: throughIoredis, "node-redis": throughNodeRedis };

for (const [library, connect] of Object.entries(libraries)) {
	describe(`scripts through ${library}`, () => {
		let server: RedisLite;
		let client: Scripted;

		beforeAll(async () => {
			server = await RedisLite.start();
			client = await connect(server.port);
		});

		beforeEach(() => client.flushScripts());

		afterAll(async () => {
			client.close();
			await server.stop();
		});

		test("a lock has one owner, who extends it and lets go of it", async () => {
			expect(await client.acquire(["lock:a", "lock:b"], ["owner", "60000"])).toBe(2);
			expect(await client.acquire(["lock:b"], ["thief", "60000"])).toBe(0);
			expect(await client.acquire(["lock:c", "lock:a"], ["thief", "60000"])).toBe(0);
			expect(await client.extend(["lock:a", "lock:b"], ["thief", "60000"])).toBe(0);
			expect(await client.extend(["lock:a", "lock:b"], ["owner", "90000"])).toBe(2);
			expect(await client.release(["lock:a"], ["thief"])).toBe(0);
			expect(await client.release(["lock:a", "lock:b"], ["owner"])).toBe(2);
			expect(await client.acquire(["lock:c", "lock:a"], ["thief", "60000"])).toBe(2);
		});

		test("a limiter lets so many through in any window", async () => {
			const at = (time: number) => client.slide(["limit"], [String(time), "1000", "3", `request ${time}`]);
			const answers: unknown[] = [];
			for (const time of [5000, 5400, 5900, 5950, 6000, 6001, 6401]) answers.push(await at(time));
			expect(answers).toEqual([
				[1, 2, 0],
				[1, 1, 0],
				[1, 0, 0],
				[0, 0, 50],
				[1, 0, 0],
				[0, 0, 399],
				[1, 0, 0],
			]);
		});

		test("an error of a command inside is the script's", async () => {
			await client.set("text", "no sorted set");
			const failed = client.slide(["text"], ["1", "1", "1", "x"]);
			await expect(failed).rejects.toThrow(/^WRONGTYPE .* script: [0-9a-f]{40}, on @user_script:3\.$/);
		});
	});
}
