/** Publish and subscribe through client libraries, as their users do it. */
import { expect, test } from "bun:test";
import { RedisClient } from "bun";
import Redis from "ioredis";
import { createClient } from "redis";
import { RedisLite } from "../../src/index.ts";

type Heard = (channel: string, text: string) => void;

/** A connection that listens to a channel and a pattern, and one that publishes. */
interface Forum {
	listen(channel: string, pattern: string, heard: Heard): Promise<unknown>;
	silence(channel: string, pattern: string): Promise<unknown>;
	publish(channel: string, text: string): Promise<unknown>;
	close(): void;
}

interface Library {
	readonly name: string;
	connect(port: number): Promise<Forum>;
}

const ioredis = (protocol: 2 | 3): Library => ({
	name: `ioredis in RESP${protocol}`,
	async connect(port) {
		const options = { port, host: "127.0.0.1", retryStrategy: () => 5, protocol };
		const [listener, speaker] = [new Redis(options), new Redis(options)];
		for (const client of [listener, speaker]) client.on("error", () => {});
		return {
			async listen(channel, pattern, heard) {
				listener.on("message", heard);
				listener.on("pmessage", (_pattern, from, text) => heard(from, text));
				await listener.subscribe(channel);
				await listener.psubscribe(pattern);
			},
			async silence(channel, pattern) {
				await listener.unsubscribe(channel);
				await listener.punsubscribe(pattern);
			},
			publish: (channel, text) => speaker.publish(channel, text),
			close() {
				listener.disconnect();
				speaker.disconnect();
			},
		};
	},
});

const nodeRedis = (protocol: 2 | 3): Library => ({
	name: `node-redis in RESP${protocol}`,
	async connect(port) {
		const make = () =>
			createClient({ RESP: protocol, socket: { host: "127.0.0.1", port, reconnectStrategy: () => 5 } });
		const [listener, speaker] = [make(), make()];
		for (const client of [listener, speaker]) {
			client.on("error", () => {});
			await client.connect();
		}
		return {
			async listen(channel, pattern, heard) {
				await listener.subscribe(channel, (text, from) => heard(from, text));
				await listener.pSubscribe(pattern, (text, from) => heard(from, text));
			},
			async silence(channel, pattern) {
				await listener.unsubscribe(channel);
				await listener.pUnsubscribe(pattern);
			},
			publish: (channel, text) => speaker.publish(channel, text),
			close() {
				listener.destroy();
				speaker.destroy();
			},
		};
	},
});

/** It has no patterns. */
const bunRedis: Library = {
	name: "Bun's RedisClient",
	async connect(port) {
		const [listener, speaker] = [
			new RedisClient(`redis://127.0.0.1:${port}`),
			new RedisClient(`redis://127.0.0.1:${port}`),
		];
		await listener.connect();
		await speaker.connect();
		return {
			listen: (channel, _pattern, heard) => listener.subscribe(channel, (text, from) => heard(from, text)),
			silence: (channel) => listener.unsubscribe(channel),
			publish: (channel, text) => speaker.publish(channel, text),
			close() {
				listener.close();
				speaker.close();
			},
		};
	},
};

const withPatterns = [ioredis(2), ioredis(3), nodeRedis(2), nodeRedis(3)];

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await Bun.sleep(1);
}

async function withForum(library: Library, use: (forum: Forum, server: RedisLite) => Promise<void>): Promise<void> {
	await using server = await RedisLite.start({ "notify-keyspace-events": "KEA" });
	const forum = await library.connect(server.port);
	try {
		await use(forum, server);
	} finally {
		forum.close();
	}
}

test.each([...withPatterns, bunRedis].map((library) => [library.name, library] as const))(
	"%s hears 10,000 messages, each once and in order, until it listens no more",
	(_name, library) =>
		withForum(library, async (forum) => {
			const heard: string[] = [];
			await forum.listen("news", "none:*", (channel, text) => heard.push(`${channel} ${text}`));
			const counts = await Promise.all(Array.from({ length: 10_000 }, (_, i) => forum.publish("news", `text ${i}`)));
			await until(() => heard.length === 10_000);
			expect(heard).toEqual(Array.from({ length: 10_000 }, (_, i) => `news text ${i}`));
			expect(counts.map(Number).every((count) => count === 1)).toBe(true);
			await forum.silence("news", "none:*");
			expect(Number(await forum.publish("news", "late"))).toBe(0);
			expect(heard).toHaveLength(10_000);
		}),
);

test.each(withPatterns.map((library) => [library.name, library] as const))(
	"%s hears what patterns match, keyspace events too",
	(_name, library) =>
		withForum(library, async (forum, server) => {
			const heard: string[] = [];
			await forum.listen("other", "__keyevent@0__:*", (channel, text) => heard.push(`${channel} ${text}`));
			const client = new RedisClient(`redis://127.0.0.1:${server.port}`);
			await client.set("key", "value");
			await client.del("key");
			await until(() => heard.length === 2);
			expect(heard).toEqual(["__keyevent@0__:set key", "__keyevent@0__:del key"]);
			client.close();
		}),
);

test.each(withPatterns.map((library) => [library.name, library] as const))(
	"%s listens again when the server comes back",
	async (_name, library) => {
		const first = await RedisLite.start();
		const { port } = first;
		const forum = await library.connect(port);
		const heard: string[] = [];
		await forum.listen("news", "n?w", (_channel, text) => heard.push(text));
		await first.stop();
		await using _second = await RedisLite.start({ port });
		const publish = (channel: string) => forum.publish(channel, channel).catch(() => 0);
		for (const channel of ["news", "new"]) while (Number(await publish(channel)) !== 1) await Bun.sleep(5);
		await until(() => heard.includes("news") && heard.includes("new"));
		forum.close();
	},
);
