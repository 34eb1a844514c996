/** The library with data that is kept: in a directory of its own, on the real disk. */
import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { RedisLite } from "../src/index.ts";
import { TemporaryDirectory } from "./support/program.ts";
import { WireConnection } from "./support/wire.ts";

async function ask(server: RedisLite, ...words: string[]): Promise<string> {
	const connection = await WireConnection.connect({ host: "127.0.0.1", port: server.port });
	const reply = (await connection.command(...words)).text();
	connection.close();
	return reply;
}

test("a server keeps its data in its directory, and leaves the program where it was", async () => {
	using directory = new TemporaryDirectory();
	const before = process.cwd();
	{
		await using server = await RedisLite.start({ dir: directory.path });
		await ask(server, "SET", "k", "v");
		expect(await ask(server, "SAVE")).toBe("+OK\r\n");
		expect(existsSync(directory.join("dump.rdb"))).toBe(true);
		await ask(server, "SET", "k", "not saved");
	}
	await using again = await RedisLite.start({ dir: directory.path });
	expect(await ask(again, "GET", "k")).toBe("$1\r\nv\r\n");
	expect(await ask(again, "BGSAVE")).toBe("+Background saving started\r\n");
	await using stranger = await RedisLite.start();
	expect(await ask(stranger, "DBSIZE")).toBe(":0\r\n");
	expect(process.cwd()).toBe(before);
});

test("an append-only file is whole when the server has stopped", async () => {
	using directory = new TemporaryDirectory();
	for (const appendfsync of ["always", "everysec", "no"]) {
		const options = { dir: directory.path, appendonly: true, appendfsync };
		{
			await using server = await RedisLite.start(options);
			await ask(server, "SET", appendfsync, "v");
		}
		await using again = await RedisLite.start(options);
		expect(await ask(again, "GET", appendfsync)).toBe("$1\r\nv\r\n");
	}
	expect(existsSync(directory.join("dump.rdb"))).toBe(false);
});

test("two servers keep their data apart", async () => {
	using one = new TemporaryDirectory();
	using other = new TemporaryDirectory();
	await using a = await RedisLite.start({ dir: one.path, save: [3600, 1] });
	await using b = await RedisLite.start({ dir: other.path, appendonly: "yes" });
	await ask(a, "SET", "k", "a");
	await ask(b, "SET", "k", "b");
	expect(await ask(a, "SAVE")).toBe("+OK\r\n");
	expect([existsSync(one.join("dump.rdb")), existsSync(other.join("dump.rdb"))]).toEqual([true, false]);
	expect(await ask(a, "CONFIG", "GET", "dir")).toContain(one.path);
	expect(await ask(b, "CONFIG", "GET", "dir")).toContain(other.path);
});

test("rejects where the data cannot be loaded, and says why", async () => {
	using directory = new TemporaryDirectory();
	writeFileSync(directory.join("dump.rdb"), "this is no snapshot");
	await expect(RedisLite.start({ dir: directory.path })).rejects.toThrow(
		"the server has not started: Wrong signature trying to load DB from file",
	);
	await expect(RedisLite.start({ dir: directory.join("missing") })).rejects.toThrow("dir");
});
