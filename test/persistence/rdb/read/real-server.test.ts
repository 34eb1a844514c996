/** What a genuine redis-server dumps is restored to the same, and what it reads of older versions we read as it does. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DataServer } from "../../../support/data-server.ts";
import { everyType, pendingGhosts } from "../../../support/every-type.ts";
import { TemporaryDirectory } from "../../../support/program.ts";
import { hasRedisServer, missingRedisServer } from "../../../support/redis-server.ts";
import { parseReply } from "../../../support/reply.ts";
import { differences } from "../../../support/same-data.ts";
import { VirtualMachine } from "../../../support/virtual-machine.ts";
import { verifyAll } from "./rdb-bytes.ts";

if (!hasRedisServer()) console.warn(missingRedisServer);
const shared = new URL("../../../../../shared/rdb/redis-rdb-tools", import.meta.url).pathname;
/** Of modules, which neither can load. */
const withModules = /module/;

describe.skipIf(!hasRedisServer())("beside a genuine redis-server", () => {
	let folder: TemporaryDirectory;
	let genuine: DataServer;

	beforeAll(async () => {
		folder = new TemporaryDirectory();
		genuine = await DataServer.start("redis-server", folder.path);
		const commands = [...everyType, ...pendingGhosts];
		for (let from = 0; from < commands.length; from += 500) await genuine.pipeline(commands.slice(from, from + 500));
	});

	afterAll(async () => {
		await genuine[Symbol.asyncDispose]();
		folder[Symbol.dispose]();
	});

	test("every key of every type and encoding is restored from its DUMP, with the same digest", async () => {
		const machine = new VirtualMachine();
		const server = machine.start("enable-debug-command yes");
		const client = machine.network.connect(6379);
		const text = (reply: string) => parseReply(Buffer.from(reply, "latin1"));
		const keys = (await genuine.command("KEYS", "*")).tree().items.map((item) => item.text);
		expect(keys.length).toBeGreaterThan(50);
		for (const key of keys) {
			const [dump, digest, moment] = await genuine.pipeline([
				["DUMP", key],
				["DEBUG", "DIGEST-VALUE", key],
				["PEXPIRETIME", key],
			]);
			const until = moment!.tree().text.replace("-1", "0");
			const restored = client.run("RESTORE", key, until, dump!.tree().text, "ABSTTL");
			expect([key, text(restored).text]).toEqual([key, "OK"]);
			expect([key, text(client.run("DEBUG", "DIGEST-VALUE", key)).items[0]?.text]).toEqual([
				key,
				digest!.tree().items[0]?.text,
			]);
		}
		verifyAll(server.keyspace);
	});
});

const oldFiles = existsSync(shared)
	? readdirSync(shared).filter((name) => name.endsWith(".rdb") && !withModules.test(name))
	: [];

describe.skipIf(!hasRedisServer() || oldFiles.length === 0)("files of older versions", () => {
	test.each(oldFiles)("%s is the same data here and there", async (name) => {
		using theirs = new TemporaryDirectory();
		using own = new TemporaryDirectory();
		for (const folder of [theirs, own]) copyFileSync(join(shared, name), folder.join("dump.rdb"));
		await using genuine = await DataServer.start("redis-server", theirs.path);
		await using ours = await DataServer.start("redis-lite", own.path);
		expect(await differences(genuine, ours, "values")).toEqual([]);
	});
});
