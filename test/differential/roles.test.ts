/**
 * What replicas and masters say to clients because of their role, beside a genuine replica of the same genuine master.
 */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisLite } from "../../src/index.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Address, WireConnection } from "../support/wire.ts";
import { parseTranscript, runTranscript } from "./transcript.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of roles skipped: ${missing}`);

const library = `#!lua name=l
redis.register_function("f1", function() return redis.call("SET", "k", 1) end)
redis.register_function{function_name="fro", callback=function() return redis.call("GET", "k") end, flags={"no-writes"}}
redis.register_function{
	function_name="fst",
	callback=function() return redis.call("GET", "k") end,
	flags={"no-writes", "allow-stale"}
}`;

/** In a folder of its own: a replica leaves the copy there that it was sent. */
const plain = () => ({ port: 0, save: "", dir: mkdtempSync(join(tmpdir(), "redis-lite-roles-")) });

async function play(name: string, reference: Address, subject: Address): Promise<string> {
	const url = new URL(`transcripts/roles/${name}.txt`, import.meta.url);
	const transcript = parseTranscript(readFileSync(url, "latin1"));
	return (await runTranscript(transcript, 2, { reference, subject })).join("\n");
}

async function until(address: Address, condition: (info: string) => boolean): Promise<void> {
	const connection = await WireConnection.connect(address);
	while (!condition((await connection.command("INFO", "replication")).text())) await Bun.sleep(20);
	connection.close();
}

async function positionOf(address: Address): Promise<{ offset: number }> {
	const connection = await WireConnection.connect(address);
	const info = (await connection.command("INFO", "replication")).text();
	connection.close();
	return { offset: Number(/master_repl_offset:(\d+)/.exec(info)![1]) };
}

async function statistic(address: Address, name: string): Promise<number> {
	const connection = await WireConnection.connect(address);
	const info = (await connection.command("INFO", "stats")).text();
	connection.close();
	return Number(new RegExp(`\\n${name}:(\\d+)`).exec(info)![1]);
}

async function tell(address: Address, ...args: string[]): Promise<void> {
	const connection = await WireConnection.connect(address);
	const reply = (await connection.command(...args)).text();
	if (reply.startsWith("-")) throw new Error(reply);
	connection.close();
}

describe.skipIf(missing !== undefined)("the replies of", () => {
	test("a replica, with its master and without it", async () => {
		await using master = await RedisServer.start(["--repl-diskless-sync-delay", "0"]);
		await tell(master, "FUNCTION", "LOAD", library);
		await tell(master, "RPUSH", "l", "1");
		await tell(master, "SET", "k", "v");
		const following = ["--replicaof", `127.0.0.1 ${master.port}`];
		await using reference = await RedisServer.start(following);
		await using server = await RedisLite.start({ ...plain(), replicaof: `127.0.0.1 ${master.port}` });
		const subject = { host: "127.0.0.1", port: server.port };
		const seats = [reference, subject];
		for (const seat of seats) await until(seat, (info) => info.includes("master_link_status:up"));
		expect(await play("replica", reference, subject)).toBe("");
		await master.stop();
		for (const seat of seats) await until(seat, (info) => info.includes("master_link_status:down"));
		expect(await play("replica", reference, subject)).toBe("");
		for (const seat of seats) await tell(seat, "CONFIG", "SET", "replica-serve-stale-data", "no");
		expect(await play("replica", reference, subject)).toBe("");
		for (const seat of seats) await tell(seat, "CONFIG", "SET", "replica-read-only", "no");
		expect(await play("replica", reference, subject)).toBe("");
	}, 60_000);

	test("a replica about keys whose time is over", async () => {
		await using master = await RedisServer.start(["--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes"]);
		const directives = { replicaof: `127.0.0.1 ${master.port}`, "enable-debug-command": "yes" };
		await using reference = await RedisServer.start(
			Object.entries(directives).flatMap(([name, word]) => [`--${name}`, word]),
		);
		await using server = await RedisLite.start({ ...plain(), ...directives });
		const subject = { host: "127.0.0.1", port: server.port };
		const seats = [reference, subject];
		for (const seat of seats) await until(seat, (info) => info.includes("master_link_status:up"));
		await tell(master, "DEBUG", "SET-ACTIVE-EXPIRE", "0");
		for (const name of ["e", "l"]) {
			for (let i = 1; i <= 18; i++) await tell(master, "SET", `${name}${i}`, String(i));
			await tell(master, "RPUSH", `${name}list`, "1", "2", "3");
			await tell(master, "HSET", `${name}hash`, "f", "v");
			await tell(master, "SADD", `${name}set`, "a", "b");
			await tell(master, "GEOADD", `${name}zset`, "1", "1", "a");
			await tell(master, "XADD", `${name}stream`, "1-1", "f", "v");
		}
		const over = [...Array.from({ length: 18 }, (_, i) => `e${i + 1}`), "elist", "ehash", "eset", "ezset", "estream"];
		for (const key of over) await tell(master, "PEXPIRE", key, "1");
		const { offset } = await positionOf(master);
		for (const seat of seats) await until(seat, (info) => Number(/slave_repl_offset:(\d+)/.exec(info)?.[1]) >= offset);
		await Bun.sleep(10);
		expect(await play("expired", reference, subject)).toBe("");
		for (const seat of seats) expect(await statistic(seat, "expired_keys")).toBe(0);
		for (const seat of seats) await tell(seat, "CONFIG", "SET", "replica-read-only", "no");
		expect(await play("expired-writable", reference, subject)).toBe("");
		// What the master has set stays, what clients have set goes; on a master everything does.
		await tell(master, "SET", "e", "v", "PX", "1");
		const last = await positionOf(master);
		for (const seat of seats) {
			await until(seat, (info) => Number(/slave_repl_offset:(\d+)/.exec(info)?.[1]) >= last.offset);
			const connection = await WireConnection.connect(seat);
			const reply = async (...words: string[]) => (await connection.command(...words)).text();
			for (const key of ["own", "kept"]) await reply("SET", key, "v", "PX", "30");
			await reply("PERSIST", "kept");
			while ((await statistic(seat, "slave_expires_tracked_keys")) > 0) await Bun.sleep(20);
			expect(await reply("DBSIZE")).toBe(":2\r\n");
			expect(await reply("EXISTS", "e", "own", "kept")).toBe(":1\r\n");
			await reply("REPLICAOF", "NO", "ONE");
			while ((await reply("DBSIZE")) !== ":1\r\n") await Bun.sleep(20);
			expect(await reply("GET", "kept")).toBe("$1\r\nv\r\n");
			connection.close();
		}
	}, 60_000);

	test("a master with too few replicas", async () => {
		await using reference = await RedisServer.start(["--min-replicas-to-write", "1"]);
		await using server = await RedisLite.start({ ...plain(), "min-replicas-to-write": "1" });
		expect(await play("lonely-master", reference, { host: "127.0.0.1", port: server.port })).toBe("");
	}, 60_000);

	test("servers whose role changes", async () => {
		await using reference = await RedisServer.start();
		await using server = await RedisLite.start(plain());
		expect(await play("change", reference, { host: "127.0.0.1", port: server.port })).toBe("");
	}, 60_000);
});
