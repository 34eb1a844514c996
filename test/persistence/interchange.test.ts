/**
 * Data moves between ours and a genuine redis-server by its files, both ways: every type and encoding, RDB and append-only
 * files. PROGRAM=/usr/bin/redis-server in the environment puts a genuine one in our place, too, to prove the test itself.
 */
import { describe, expect, test } from "bun:test";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataServer, type ServerMaker } from "../support/data-server.ts";
import { type Command, changesOfEveryType, everyType, pendingGhosts } from "../support/every-type.ts";
import { TemporaryDirectory } from "../support/program.ts";
import { hasRedisServer, missingRedisServer } from "../support/redis-server.ts";
import { differences } from "../support/same-data.ts";

if (!hasRedisServer()) console.warn(missingRedisServer);
const withRedis = test.skipIf(!hasRedisServer());

const ways: readonly (readonly [ServerMaker, ServerMaker])[] = [
	["redis-server", "redis-lite"],
	["redis-lite", "redis-server"],
];
// With `everysec` redis-server puts off writing while it synchronizes, and its files would be copied too early.
const appending = ["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"];

/** The files of `from` in a folder of its own, loaded by `to`, hold what `server`, which wrote them, does. */
async function expectLoads(server: DataServer, from: string, to: ServerMaker, directives?: readonly string[]) {
	using folder = new TemporaryDirectory();
	cpSync(from, folder.path, { recursive: true });
	rmSync(folder.join("log"), { force: true });
	await using loaded = await DataServer.start(to, folder.path, directives);
	const carrier = directives === undefined ? "values" : "commands";
	expect(await differences(server, loaded, carrier)).toEqual([]);
}

function check(program: "redis-check-rdb" | "redis-check-aof", path: string): void {
	const { exitCode, stdout, stderr } = Bun.spawnSync([program, path]);
	if (exitCode !== 0) throw new Error(`${program} refuses ${path}:\n${stdout}${stderr}`);
}

async function made(
	maker: ServerMaker,
	folder: TemporaryDirectory,
	commands: readonly Command[],
	directives?: string[],
) {
	const server = await DataServer.start(maker, folder.path, directives);
	for (let from = 0; from < commands.length; from += 500) await server.pipeline(commands.slice(from, from + 500));
	return server;
}

describe.each(ways)("from %s to %s", (from, to) => {
	withRedis("an RDB file of every type, compressed and with a checksum or not, by SAVE and BGSAVE", async () => {
		using folder = new TemporaryDirectory();
		await using server = await made(from, folder, [...everyType, ...pendingGhosts]);
		const saves: readonly [compressed: string, save: () => Promise<unknown>][] = [
			["yes", () => server.command("SAVE")],
			["no", () => server.backgroundSave()],
		];
		for (const [compressed, save] of saves) {
			await server.command("CONFIG", "SET", "rdbcompression", compressed);
			await save();
			check("redis-check-rdb", folder.join("dump.rdb"));
			await expectLoads(server, folder.path, to);
		}
	});

	withRedis("an RDB file without a checksum", async () => {
		using folder = new TemporaryDirectory();
		await using server = await made(from, folder, [["RPUSH", "list", "a", "b"]], ["--rdbchecksum", "no"]);
		await server.command("SAVE");
		check("redis-check-rdb", folder.join("dump.rdb"));
		await expectLoads(server, folder.path, to);
	});

	withRedis("an RDB file of nothing", async () => {
		using folder = new TemporaryDirectory();
		await using server = await made(from, folder, []);
		await server.command("SAVE");
		check("redis-check-rdb", folder.join("dump.rdb"));
		await expectLoads(server, folder.path, to);
		await server.backgroundSave();
		await expectLoads(server, folder.path, to);
	});

	withRedis.each(["yes", "no"])("an append-only file with changes, aof-use-rdb-preamble %s", async (preamble) => {
		using folder = new TemporaryDirectory();
		const directives = [...appending, "--aof-use-rdb-preamble", preamble];
		await using server = await made(from, folder, everyType, directives);
		await expectAppendOnlyFile(server, folder, to, directives);
		await server.rewriteAppendOnlyFile();
		await server.pipeline(changesOfEveryType);
		await expectAppendOnlyFile(server, folder, to, directives);
	});
});

const library = `#!lua name=counting
local step = 2
redis.register_function('count', function(keys) return redis.call('INCRBY', keys[1], step) end)
redis.register_function{function_name='look', callback=function(keys) return redis.call('GET', keys[1]) end,
	description='bytes \x00\xff', flags={'no-writes', 'allow-stale'}}
`;
const other = `#!lua name=other\nredis.register_function('other', function() return '${"x".repeat(500)}' end)`;

/** All that \`server\` says of its functions is what a server says that has loaded its files. */
async function expectSameFunctions(server: DataServer, from: string, to: ServerMaker, directives?: readonly string[]) {
	using folder = new TemporaryDirectory();
	cpSync(from, folder.path, { recursive: true });
	rmSync(folder.join("log"), { force: true });
	await using loaded = await DataServer.start(to, folder.path, directives);
	const ask = async (of: DataServer, ...args: string[]) => (await of.command(...args)).text();
	// Functions of a library are in no order.
	const list = async (of: DataServer) =>
		(await ask(of, "FUNCTION", "LIST", "LIBRARYNAME", "counting", "WITHCODE")).split("\r\n").sort();
	const before = await list(server);
	expect(before).toContain("look");
	expect(before).toContain("bytes \x00\xff");
	expect(await list(loaded)).toEqual(before);
	expect(await ask(loaded, "FCALL", "other", "0")).toEqual(await ask(server, "FCALL", "other", "0"));
	expect(await ask(loaded, "GET", "counter")).toEqual(await ask(server, "GET", "counter"));
	expect(await ask(loaded, "FCALL", "count", "1", "counter")).toEqual(
		await ask(server, "FCALL", "count", "1", "counter"),
	);
	expect(await ask(loaded, "FCALL_RO", "look", "1", "counter")).toEqual(await ask(server, "GET", "counter"));
}

describe.each(ways)("functions from %s to %s", (from, to) => {
	const commands: readonly Command[] = [
		["FUNCTION", "LOAD", library],
		["FUNCTION", "LOAD", other],
		["FCALL", "count", "1", "counter"],
	];

	withRedis("in an RDB file, after FLUSHALL, too", async () => {
		using folder = new TemporaryDirectory();
		await using server = await made(from, folder, commands);
		await server.command("SAVE");
		check("redis-check-rdb", folder.join("dump.rdb"));
		await expectSameFunctions(server, folder.path, to);
		await server.command("FLUSHALL");
		await server.command("SAVE");
		await expectSameFunctions(server, folder.path, to);
	});

	withRedis.each(["yes", "no"])("in an append-only file, aof-use-rdb-preamble %s", async (preamble) => {
		using folder = new TemporaryDirectory();
		const directives = [...appending, "--aof-use-rdb-preamble", preamble];
		await using server = await made(from, folder, commands, directives);
		await expectSameFunctions(server, folder.path, to, directives);
		await server.rewriteAppendOnlyFile();
		await expectSameFunctions(server, folder.path, to, directives);
		await server.command("FUNCTION", "DELETE", "counting");
		await server.command("FUNCTION", "LOAD", library.replace("step = 2", "step = 3"));
		await expectSameFunctions(server, folder.path, to, directives);
	});

	withRedis("in the payload of FUNCTION DUMP", async () => {
		using folder = new TemporaryDirectory();
		using otherFolder = new TemporaryDirectory();
		await using server = await made(from, folder, commands);
		await using target = await DataServer.start(to, otherFolder.path);
		const payload = (await server.command("FUNCTION", "DUMP")).text();
		await target.command("FUNCTION", "RESTORE", payload.slice(payload.indexOf("\r\n") + 2, -2));
		for (const [name, ...args] of [
			["count", "1", "counter"],
			["look", "1", "counter"],
			["other", "0"],
		] as const) {
			if (name !== "other") await target.command("SET", "counter", "6");
			if (name !== "other") await server.command("SET", "counter", "6");
			const expected = (await server.command("FCALL", name, ...args)).text();
			expect((await target.command("FCALL", name, ...args)).text()).toBe(expected);
		}
	});
});

async function expectAppendOnlyFile(
	server: DataServer,
	folder: TemporaryDirectory,
	to: ServerMaker,
	directives: readonly string[],
): Promise<void> {
	const manifest = join("appendonlydir", "appendonly.aof.manifest");
	expect(readdirSync(folder.join("appendonlydir"))).toContain("appendonly.aof.manifest");
	check("redis-check-aof", folder.join(manifest));
	await expectLoads(server, folder.path, to, directives);
}

withRedis("from redis-server to ours, back, and once more: nothing is lost on the way", async () => {
	using folder = new TemporaryDirectory();
	await using first = await made("redis-server", folder, [...everyType, ...pendingGhosts]);
	await first.command("SAVE");
	for (const maker of ["redis-lite", "redis-server", "redis-lite"] as const) {
		await using next = await DataServer.start(maker, folder.path);
		expect(await differences(first, next, "values")).toEqual([]);
		await next.command("SAVE");
	}
});
