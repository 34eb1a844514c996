/** Client-side caching through client libraries, as their users do it. */
import { expect, test } from "bun:test";
import { RedisClient } from "bun";
import Redis from "ioredis";
import { BasicClientSideCache, createClient } from "redis";
import { RedisLite } from "../../src/index.ts";

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await Bun.sleep(1);
}

/** How often a command has reached the server. */
async function callsOf(command: string, port: number): Promise<number> {
	const client = new RedisClient(`redis://127.0.0.1:${port}`);
	const text = String(await client.send("INFO", ["commandstats"]));
	client.close();
	return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(text)?.[1] ?? 0);
}

test("node-redis reads from its cache until a key changes", async () => {
	await using server = await RedisLite.start();
	const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: "LRU" });
	const socket = { host: "127.0.0.1", port: server.port };
	const reader = createClient({ RESP: 3, socket, clientSideCache: cache });
	const writer = createClient({ socket });
	await Promise.all([reader.connect(), writer.connect()]);
	try {
		await writer.set("key", "0");
		await writer.hSet("hash", "field", "0");
		for (let i = 0; i < 50; i++) {
			expect([await reader.get("key"), await reader.hGet("hash", "field")]).toEqual(["0", "0"]);
		}
		expect([await callsOf("get", server.port), await callsOf("hget", server.port)]).toEqual([1, 1]);
		expect(cache.stats().hitCount).toBe(98);
		for (let i = 1; i <= 20; i++) {
			await writer.set("key", String(i));
			await until(() => cache.size() === 1);
			expect(await reader.get("key")).toBe(String(i));
			expect(await reader.get("key")).toBe(String(i));
		}
		expect([await callsOf("get", server.port), await callsOf("hget", server.port)]).toEqual([21, 1]);
		await writer.flushAll();
		await until(() => cache.size() === 0);
		expect([await reader.get("key"), await reader.hGet("hash", "field")]).toEqual([null, null]);
	} finally {
		reader.destroy();
		writer.destroy();
	}
});

test("node-redis's cache is never staler than what writers were told, while several write", async () => {
	await using server = await RedisLite.start();
	const socket = { host: "127.0.0.1", port: server.port };
	const reader = createClient({ RESP: 3, socket, clientSideCache: { ttl: 0, maxEntries: 0 } });
	const writers = Array.from({ length: 4 }, () => createClient({ socket }));
	await Promise.all([reader, ...writers].map((client) => client.connect()));
	try {
		let isDone = false;
		const reading = (async () => {
			const last = [0, 0, 0, 0];
			while (!isDone) {
				for (const [i, before] of last.entries()) {
					last[i] = Number(await reader.get(`key:${i}`));
					expect(last[i]).toBeGreaterThanOrEqual(before);
				}
			}
		})();
		await Promise.all(
			writers.map(async (writer, i) => {
				for (let n = 1; n <= 300; n++) await writer.set(`key:${i}`, n);
			}),
		);
		isDone = true;
		await reading;
		// What a writer was told before is behind all of its invalidations.
		await reader.ping();
		for (let i = 0; i < 4; i++) expect(await reader.get(`key:${i}`)).toBe("300");
	} finally {
		for (const client of [reader, ...writers]) client.destroy();
	}
});

test("node-redis hears invalidations itself", async () => {
	await using server = await RedisLite.start();
	const socket = { host: "127.0.0.1", port: server.port };
	const reader = createClient({ RESP: 3, socket, emitInvalidate: true });
	const writer = createClient({ socket });
	await Promise.all([reader.connect(), writer.connect()]);
	const heard: unknown[] = [];
	reader.on("invalidate", (key) => heard.push(key === null ? null : String(key)));
	try {
		await reader.mGet(["user:1", "user:2"]);
		await writer.mSet({ "user:1": "a", other: "b", "user:2": "c" });
		await until(() => heard.length === 2);
		await writer.flushAll();
		await until(() => heard.length === 3);
		expect(heard).toEqual(["user:1", "user:2", null]);
	} finally {
		reader.destroy();
		writer.destroy();
	}
});

test("ioredis hears invalidations over a second connection", async () => {
	await using server = await RedisLite.start();
	const options = { port: server.port, host: "127.0.0.1", protocol: 2 as const };
	const [reader, listener, writer] = [new Redis(options), new Redis(options), new Redis(options)];
	const heard: unknown[] = [];
	try {
		const id = await listener.client("ID");
		listener.on("message", (channel, keys) => heard.push([channel, String(keys)]));
		await listener.subscribe("__redis__:invalidate");
		await reader.call("CLIENT", "TRACKING", "ON", "REDIRECT", String(id));
		await reader.mget("a", "b");
		await writer.set("a", "1");
		await writer.set("a", "2");
		await writer.set("b", "1");
		await writer.flushall();
		await until(() => heard.length === 3);
		// It shows a null in a message as nothing.
		expect(heard).toEqual([
			["__redis__:invalidate", "a"],
			["__redis__:invalidate", "b"],
			["__redis__:invalidate", ""],
		]);
	} finally {
		for (const client of [reader, listener, writer]) client.disconnect();
	}
});

test("Bun's RedisClient tracks, and takes no harm from invalidations it has no event for", async () => {
	await using server = await RedisLite.start();
	const [reader, writer] = [
		new RedisClient(`redis://127.0.0.1:${server.port}`),
		new RedisClient(`redis://127.0.0.1:${server.port}`),
	];
	try {
		await reader.send("CLIENT", ["TRACKING", "ON"]);
		for (let i = 0; i < 200; i++) {
			expect(await reader.get("key")).toBe(i === 0 ? null : String(i - 1));
			await writer.set("key", String(i));
		}
		expect(String(await writer.send("INFO", ["clients"]))).toContain("tracking_clients:1\r\n");
	} finally {
		reader.close();
		writer.close();
	}
});
