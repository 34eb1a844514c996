/** What any client library has to be able to do with us; each library's own test says how it does it. */
import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { RedisLite } from "../../src/index.ts";

export interface ClientOptions {
	readonly port: number;
	readonly password?: string;
	readonly database?: number;
	readonly protocol?: 2 | 3;
}

/** One connection of a library, by the methods its users call. */
export interface ClientSession {
	set(key: string, value: string | Buffer): Promise<unknown>;
	get(key: string): Promise<string | null>;
	getBytes(key: string): Promise<Uint8Array | null>;
	mget(keys: string[]): Promise<(string | null)[]>;
	incr(key: string): Promise<number>;
	/** True where the key is there. */
	expire(key: string, seconds: number): Promise<boolean>;
	ttl(key: string): Promise<number>;
	send(...words: string[]): Promise<unknown>;
	/** Sends all without waiting; a failed command gives its Error. */
	pipeline(commands: string[][]): Promise<unknown[]>;
	close(): Promise<void> | void;
}

export interface ClientLibrary {
	readonly name: string;
	readonly protocols: readonly (2 | 3)[];
	/** What it says of a wrong password. */
	readonly wrongPassword: string;
	/** Rejects where the server does not let it in. */
	connect(options: ClientOptions): Promise<ClientSession>;
}

async function withClient(
	library: ClientLibrary,
	directives: Parameters<typeof RedisLite.start>[0],
	use: (client: ClientSession, server: RedisLite) => Promise<void>,
	options: Partial<ClientOptions> = {},
): Promise<void> {
	await using server = await RedisLite.start(directives);
	const client = await library.connect({ port: server.port, ...options });
	try {
		await use(client, server);
	} finally {
		await client.close();
	}
}

export function describeClient(library: ClientLibrary): void {
	describe(library.name, () => {
		test("sets, gets, counts and expires", () =>
			withClient(library, {}, async (client) => {
				await client.set("key", "value");
				expect(await client.get("key")).toBe("value");
				expect(await client.get("missing")).toBeNull();
				expect(await client.mget(["key", "missing", "key"])).toEqual(["value", null, "value"]);
				expect([await client.incr("count"), await client.incr("count")]).toEqual([1, 2]);
				expect([await client.expire("key", 100), await client.expire("missing", 100)]).toEqual([true, false]);
				expect(await client.ttl("key")).toBeWithin(99, 101);
				expect(await client.ttl("count")).toBe(-1);
			}));

		test("gets back every byte", () =>
			withClient(library, {}, async (client) => {
				const random = new Random(7);
				for (const length of [0, 1, 256, 3_000, 2_000_000]) {
					const value = Buffer.alloc(length);
					random.fill(value);
					await client.set("key", value);
					const got = Buffer.from((await client.getBytes("key"))!);
					expect(got.equals(value)).toBe(true);
				}
				await client.set("text", "grüße 🌍");
				expect(await client.get("text")).toBe("grüße 🌍");
			}));

		test("sends 10,000 commands without waiting and gets 10,000 replies in order", () =>
			withClient(library, {}, async (client) => {
				const commands = Array.from({ length: 10_000 }, (_, i) =>
					i % 2 === 0 ? ["SET", `key:${i}`, `value:${i}`] : ["GET", `key:${i - 1}`],
				);
				const replies = await client.pipeline(commands);
				const expected = commands.map((_, i) => (i % 2 === 0 ? "OK" : `value:${i - 1}`));
				expect(replies.map(String)).toEqual(expected);
			}));

		test("hears of errors, each at its place", () =>
			withClient(library, {}, async (client) => {
				await client.set("text", "no number");
				await expect(client.incr("text")).rejects.toThrow("value is not an integer or out of range");
				await expect(client.send("NOSUCHCOMMAND", "x")).rejects.toThrow("unknown command 'NOSUCHCOMMAND'");
				await expect(client.send("GET")).rejects.toThrow("wrong number of arguments for 'get' command");
				const replies = await client.pipeline([
					["SET", "a", "1"],
					["INCR", "text"],
					["INCR", "a"],
				]);
				expect(replies[0]).toBe("OK");
				expect(replies[1]).toBeInstanceOf(Error);
				expect(Number(replies[2])).toBe(2);
			}));

		test.each(library.protocols)("speaks RESP%d", (protocol) =>
			withClient(
				library,
				{},
				async (client) => {
					expect(String(await client.send("CLIENT", "INFO"))).toContain(` resp=${protocol} `);
					expect(await client.get("missing")).toBeNull();
					expect(await client.send("ECHO", "text")).toBe("text");
				},
				{ protocol },
			),
		);

		test("is let in with the password, and only with it", async () => {
			await withClient(
				library,
				{ requirepass: "a secret" },
				async (client, server) => {
					await client.set("key", "value");
					const wrong = library.connect({ port: server.port, password: "another" });
					await expect(wrong).rejects.toThrow(library.wrongPassword);
				},
				{ password: "a secret" },
			);
		});

		test("works on the database it chose", () =>
			withClient(
				library,
				{},
				async (client, server) => {
					await client.set("key", "in 3");
					const other = await library.connect({ port: server.port });
					expect(await other.get("key")).toBeNull();
					await other.send("SELECT", "3");
					expect(await other.get("key")).toBe("in 3");
					await other.close();
				},
				{ database: 3 },
			));

		test("comes back when the server does, on the same port", async () => {
			const first = await RedisLite.start();
			const { port } = first;
			const client = await library.connect({ port });
			await client.set("key", "value");
			await first.stop();
			await using _second = await RedisLite.start({ port });
			// What is on its way when the connection breaks may fail; what is sent again has to succeed at last.
			let answer: unknown;
			while (answer !== "here") answer = await client.send("ECHO", "here").catch(() => Bun.sleep(5));
			expect(await client.get("key")).toBeNull();
			await client.close();
		});

		test("is one of fifty", async () => {
			await using server = await RedisLite.start();
			const clients = await Promise.all(Array.from({ length: 50 }, () => library.connect({ port: server.port })));
			const counts = clients.map((client) => Promise.all(Array.from({ length: 100 }, () => client.incr("count"))));
			const seen = (await Promise.all(counts)).flat().sort((a, b) => a - b);
			expect(seen).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
			await Promise.all(clients.map((client) => client.close()));
		});
	});
}
