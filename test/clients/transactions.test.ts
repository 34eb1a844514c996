/** Transactions and scans through client libraries, as their users write them. */
import { describe, expect, test } from "bun:test";
import { RedisClient } from "bun";
import Redis from "ioredis";
import { createClient, WatchError } from "redis";
import { RedisLite } from "../../src/index.ts";

type Commands = readonly (readonly [string, ...string[]])[];

/** One connection of a library. */
interface Session {
	set(key: string, value: string): Promise<unknown>;
	get(key: string): Promise<string | null>;
	/** The replies, an Error where one failed; rejects where the whole transaction was refused. */
	transaction(commands: Commands): Promise<unknown[]>;
	/** Adds one to a number as it was when it was watched; false where somebody else was faster. */
	addOne(key: string, meanwhile: () => Promise<unknown>): Promise<boolean>;
	scan(pattern: string): AsyncIterable<readonly string[]>;
	close(): void;
}

interface Library {
	readonly name: string;
	connect(port: number): Promise<Session>;
}

const ioredis = (protocol: 2 | 3): Library => ({
	name: `ioredis in RESP${protocol}`,
	async connect(port) {
		const client = new Redis({ port, host: "127.0.0.1", protocol, lazyConnect: true, retryStrategy: () => null });
		await client.connect();
		return {
			set: (key, value) => client.set(key, value),
			get: (key) => client.get(key),
			async transaction(commands) {
				const replies = await client.multi(commands.map(([name, ...args]) => [name.toLowerCase(), ...args])).exec();
				return replies!.map(([error, reply]) => error ?? reply);
			},
			async addOne(key, meanwhile) {
				await client.watch(key);
				const number = Number(await client.get(key));
				await meanwhile();
				return (
					(await client
						.multi()
						.set(key, number + 1)
						.exec()) !== null
				);
			},
			scan: (match) => client.scanStream({ match, count: 100 }),
			close: () => client.disconnect(),
		};
	},
});

const nodeRedis = (protocol: 2 | 3): Library => ({
	name: `node-redis in RESP${protocol}`,
	async connect(port) {
		const client = createClient({ RESP: protocol, socket: { host: "127.0.0.1", port, reconnectStrategy: false } });
		client.on("error", () => {});
		await client.connect();
		return {
			set: (key, value) => client.set(key, value),
			get: (key) => client.get(key),
			async transaction(commands) {
				const multi = client.multi();
				for (const words of commands) multi.addCommand([...words]);
				try {
					return await multi.exec();
				} catch (error) {
					// What was run, with the errors in between.
					const { replies } = error as { replies?: unknown[] };
					if (replies === undefined) throw error;
					return replies;
				}
			},
			async addOne(key, meanwhile) {
				await client.watch(key);
				const number = Number(await client.get(key));
				await meanwhile();
				try {
					await client
						.multi()
						.set(key, String(number + 1))
						.exec();
					return true;
				} catch (error) {
					if (error instanceof WatchError) return false;
					throw error;
				}
			},
			scan: (match) => client.scanIterator({ MATCH: match, COUNT: 100 }),
			close: () => client.destroy(),
		};
	},
});

/** It has no words of its own for either. */
const bunRedis: Library = {
	name: "Bun's RedisClient",
	async connect(port) {
		const client = new RedisClient(`redis://127.0.0.1:${port}`);
		await client.connect();
		const send = (name: string, ...args: string[]) => client.send(name, args);
		return {
			set: (key, value) => client.set(key, value),
			get: (key) => client.get(key),
			async transaction(commands) {
				const queued = [send("MULTI"), ...commands.map((words) => send(...(words as [string])))];
				const [replies] = await Promise.all([send("EXEC"), Promise.allSettled(queued)]);
				return replies as unknown[];
			},
			async addOne(key, meanwhile) {
				await send("WATCH", key);
				const number = Number(await client.get(key));
				await meanwhile();
				await send("MULTI");
				await client.set(key, String(number + 1));
				return (await send("EXEC")) !== null;
			},
			async *scan(match) {
				let cursor = "0";
				do {
					const [next, keys] = (await send("SCAN", cursor, "MATCH", match, "COUNT", "100")) as [string, string[]];
					cursor = next;
					yield keys;
				} while (cursor !== "0");
			},
			close: () => client.close(),
		};
	},
};

const libraries = [ioredis(2), ioredis(3), nodeRedis(2), nodeRedis(3), bunRedis];

describe.each(libraries.map((library) => [library.name, library] as const))("%s", (_name, library) => {
	async function withSessions(use: (mine: Session, other: Session) => Promise<void>): Promise<void> {
		await using server = await RedisLite.start();
		const [mine, other] = [await library.connect(server.port), await library.connect(server.port)];
		try {
			await use(mine, other);
		} finally {
			mine.close();
			other.close();
		}
	}

	test("runs a transaction as one, errors and all", () =>
		withSessions(async (mine) => {
			const replies = await mine.transaction([
				["SET", "text", "abc"],
				["INCR", "count"],
				["INCR", "text"],
				["RPUSH", "list", "a", "b"],
				["LRANGE", "list", "0", "-1"],
			]);
			expect(replies.map((reply) => (reply instanceof Error ? "error" : reply))).toEqual([
				"OK",
				1,
				"error",
				2,
				["a", "b"],
			]);
			expect(await mine.get("text")).toBe("abc");
		}));

	test("hears that a transaction was refused, and nothing of it was run", () =>
		withSessions(async (mine) => {
			const refused = mine.transaction([
				["SET", "key", "value"],
				["SET", "key"],
			]);
			await expect(refused).rejects.toThrow();
			expect(await mine.get("key")).toBeNull();
			expect(await mine.transaction([["SET", "key", "value"]])).toEqual(["OK"]);
		}));

	test("is told when somebody else was faster", () =>
		withSessions(async (mine, other) => {
			await mine.set("n", "1");
			expect(await mine.addOne("n", async () => {})).toBe(true);
			expect(await mine.addOne("n", () => other.set("n", "10"))).toBe(false);
			expect(await mine.addOne("n", () => other.set("another", "1"))).toBe(true);
			expect(await mine.get("n")).toBe("11");
		}));

	test("counts without losing one, though two watch the same number", () =>
		withSessions(async (mine, other) => {
			const each = async (session: Session) => {
				for (let done = 0; done < 250; ) if (await session.addOne("n", async () => {})) done++;
			};
			await mine.set("n", "0");
			await Promise.all([each(mine), each(other)]);
			expect(await mine.get("n")).toBe("500");
		}));

	test("scans what matches, each key once", () =>
		withSessions(async (mine) => {
			const keys = Array.from({ length: 2_000 }, (_, i) => `key:${i}`);
			await mine.transaction([...keys, "other"].map((key) => ["SET", key, "1"]));
			const found: string[] = [];
			for await (const some of mine.scan("key:*")) found.push(...some);
			expect(found.toSorted()).toEqual(keys.toSorted());
		}));
});
