/**
 * An append-only file's base made of commands: replayed by ours and by a genuine redis-server it makes the data it was
 * made from, and it has the very commands of redis-server's own rewriting.
 */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keyspaceDigest } from "../../../src/persistence/digest.ts";
import { baseOf, commandsOf, fixtureOf, noContents } from "../../support/command-base.ts";
import { DataServer } from "../../support/data-server.ts";
import { type Command, everyType, noise } from "../../support/every-type.ts";
import { TemporaryDirectory } from "../../support/program.ts";
import { hasRedisServer, missingRedisServer } from "../../support/redis-server.ts";
import { differences } from "../../support/same-data.ts";
import type { ServerFixture } from "../../support/server-fixture.ts";

if (!hasRedisServer()) console.warn(missingRedisServer);
const withRedis = test.skipIf(!hasRedisServer());

/** Of each stream all that XINFO tells, without what the commands do not carry. */
function streamsOf(fixture: ServerFixture): string[] {
	fixture.engine.run("SELECT", "0");
	const keys = [...new Set(everyType.flatMap((words) => words.filter((word) => /^(expiring:)?stream/.test(word))))];
	return keys.map((key) => {
		const text = fixture.engine.run("XINFO", "STREAM", key, "FULL", "COUNT", "0");
		return `${key} ${text.replace(/\$(9|11)\r\n(seen|active)-time\r\n:-?\d+\r\n/g, "").replace(/radix-tree-\w+\r\n:\d+/g, "")}`;
	});
}

const wide = 3 * 256 * 1024;
/** Larger than a piece, and than the buffer on the way out. */
const largeValues: readonly Command[] = [
	["SET", "large:string", noise(wide)],
	["RPUSH", "large:list", noise(wide, 2), ...Array.from({ length: 3000 }, (_, i) => `${i}`.repeat(60)), "last"],
	[
		"HSET",
		"large:hash",
		...Array.from({ length: 3000 }, (_, i) => [`f${i}`, `${i}`.repeat(80)]).flat(),
		"long",
		noise(wide),
	],
	["SADD", "large:set", ...Array.from({ length: 9000 }, (_, i) => `${i}`.repeat(20)), noise(wide, 3)],
	["ZADD", "large:zset", ...Array.from({ length: 9000 }, (_, i) => [`${i / 3}`, `${i}`.repeat(15)]).flat()],
	...Array.from({ length: 4000 }, (_, i) => ["XADD", "large:stream", `${i + 1}-1`, "field", `${i}`.repeat(50)]),
	["XGROUP", "CREATE", "large:stream", "group", "0"],
	["XREADGROUP", "GROUP", "group", "one", "COUNT", "3000", "STREAMS", "large:stream", ">"],
	["XREADGROUP", "GROUP", "group", "another", "COUNT", "900", "STREAMS", "large:stream", ">"],
];

function claiming(key: string, group: string, consumer: string, ids: readonly string[]): Command {
	return ["XCLAIM", key, group, consumer, "0", ...ids, "TIME", "1600000000000", "JUSTID"];
}

const largeIds = Array.from({ length: 3900 }, (_, i) => `${i + 1}-1`);
/** What is pending was delivered at the same time everywhere. */
const sameTimes: readonly Command[] = [
	claiming("stream:groups", "readers", "first", "1000-0 1001-1 1004-1 1005-2 1006-0 1007-1 1008-2 1009-0".split(" ")),
	claiming("stream:groups", "readers", "second", "1010-1 1012-0 1013-1 1014-2".split(" ")),
	claiming("stream:groups", "behind", "first", "1011-2 1012-0 1013-1 1014-2 1015-0 1016-1 1017-2".split(" ")),
];
const sameLargeTimes: readonly Command[] = [
	claiming("large:stream", "group", "one", largeIds.slice(0, 3000)),
	claiming("large:stream", "group", "another", largeIds.slice(3000)),
];
const small = [...everyType, ...sameTimes];
const all = [...small, ...largeValues, ...sameLargeTimes];

describe("the base of an append-only file as commands", () => {
	test("makes the same data", () => {
		const source = fixtureOf(all);
		const copy = fixtureOf(commandsOf(baseOf(source)));
		expect(keyspaceDigest(copy.keyspace)).toBe(keyspaceDigest(source.keyspace));
		expect(streamsOf(copy)).toEqual(streamsOf(source));
	});

	test("says of 64 elements at a time, how many there are at the end", () => {
		for (const [name, words] of [
			["RPUSH", 1],
			["SADD", 1],
			["ZADD", 2],
			["HSET", 2],
		] as const) {
			for (const count of [1, 63, 64, 65, 128, 129, 700]) {
				const elements = Array.from({ length: count }, (_, i) => Array.from({ length: words }, () => String(i))).flat();
				const commands = commandsOf(baseOf(fixtureOf([[name, "key", ...elements]])));
				const sizes = commands.slice(1).map((command) => (command.length - 2) / words);
				const wholes = Array.from({ length: Math.floor(count / 64) }, () => 64);
				expect(sizes).toEqual(count % 64 === 0 ? wholes : [...wholes, count % 64]);
				const expected = elements.toSorted().join();
				expect(
					commands
						.slice(1)
						.flatMap((command) => command.slice(2))
						.toSorted()
						.join(),
				).toBe(expected);
			}
		}
	});

	test("selects a database before its keys, and tells libraries first", () => {
		const fixture = fixtureOf([
			["SELECT", "3"],
			["SET", "a", "1", "PXAT", "4102444800000"],
		]);
		expect(commandsOf(baseOf(fixture, { ...noContents, libraries: [Buffer.from("#!lua name=l\n…")] }))).toEqual([
			["FUNCTION", "LOAD", Buffer.from("#!lua name=l\n…").toString("latin1")],
			["SELECT", "3"],
			["SET", "a", "1"],
			["PEXPIREAT", "a", "4102444800000"],
		]);
	});

	test("of nothing is nothing", () => {
		expect(baseOf(fixtureOf([])).length).toBe(0);
	});

	test("gives fields their deadlines, in every form of a hash", () => {
		const at_ms = (i: number) => String(4_102_444_800_000 + i);
		const hashes: readonly [string, number, string][] = [
			["inline", 3, "v"],
			["long", 200, "v".repeat(60)],
			["table", 2000, "value"],
			["table of one long value", 2, "v".repeat(200)],
		];
		const setting = hashes.map(([key, count, value]) => [
			"HSET",
			key,
			...Array.from({ length: count }, (_, i) => [`f${i}`, value]).flat(),
		]);
		const deadlines = hashes.flatMap(([key, count]) =>
			[0, 1, count - 1].map((i) => ["HPEXPIREAT", key, at_ms(i), "FIELDS", "1", `f${i}`]),
		);
		const source = fixtureOf([...setting, ...deadlines, ["PEXPIREAT", "long", at_ms(5)]]);
		const commands = commandsOf(baseOf(source));
		const copy = fixtureOf(commands);
		expect(keyspaceDigest(copy.keyspace)).toBe(keyspaceDigest(source.keyspace));
		const expected = [...new Set(deadlines.map(String))].toSorted();
		expect(
			commands
				.filter(([name]) => name === "HPEXPIREAT")
				.map(String)
				.toSorted(),
		).toEqual(expected);
		expect(commands.filter(([name]) => name === "PEXPIREAT")).toEqual([["PEXPIREAT", "long", at_ms(5)]]);
	});

	withRedis("makes the same data in a genuine redis-server", async () => {
		using folder = new TemporaryDirectory();
		using loadedFolder = new TemporaryDirectory();
		await using server = await DataServer.start("redis-server", folder.path);
		await using loaded = await DataServer.start("redis-server", loadedFolder.path);
		await pipeline(server, all);
		await pipeline(loaded, commandsOf(baseOf(fixtureOf(all))));
		expect(await differences(server, loaded, "commands")).toEqual([]);
	});

	withRedis("has the commands of redis-server's own rewriting", async () => {
		using folder = new TemporaryDirectory();
		const directives = ["--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--auto-aof-rewrite-percentage", "0"];
		await using server = await DataServer.start("redis-server", folder.path, directives);
		await pipeline(server, small);
		await server.rewriteAppendOnlyFile();
		const files = readdirSync(folder.join("appendonlydir")).filter((name) => name.endsWith(".base.aof"));
		const expected = byKey(commandsOf(readFileSync(folder.join(join("appendonlydir", files[0]!)))));
		const ours = byKey(commandsOf(baseOf(fixtureOf(small))));
		expect([...ours.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
		for (const [key, commands] of expected) expect([key, ours.get(key)!]).toEqual([key, commands]);
	});
});

async function pipeline(server: DataServer, commands: readonly Command[]): Promise<void> {
	for (let from = 0; from < commands.length; from += 500) await server.pipeline(commands.slice(from, from + 500));
	await server.command("SELECT", "0");
}

/** Of each key its commands; elements that have no order sorted, scores as numbers. */
function byKey(commands: readonly Command[]): Map<string, string[]> {
	const keys = new Map<string, string[]>();
	const elements = new Map<string, string[]>();
	let database = "";
	for (const [name, ...words] of commands) {
		if (name === "SELECT") {
			database = words[0]!;
			continue;
		}
		const key = `${database} ${words[name === "XGROUP" ? 1 : 0]!}`;
		const told = keys.get(key) ?? [];
		keys.set(key, told);
		if (name !== "SADD" && name !== "ZADD" && name !== "HMSET") told.push([name, ...words].join(" "));
		else {
			told.push(`${name} ${words.length - 1}`);
			const found = elements.get(key) ?? [];
			elements.set(key, found);
			if (name === "SADD") found.push(...words.slice(1));
			else for (let i = 1; i < words.length; i += 2) found.push(pairText(name, words[i]!, words[i + 1]!));
		}
	}
	for (const [key, found] of elements) keys.get(key)!.push(found.toSorted().join(" "));
	return keys;
}

/** Scores are told in fewer digits than Redis's 17, and are the same numbers. */
function pairText(name: string, first: string, second: string): string {
	if (name === "HMSET") return `${first}=${second}`;
	const score = first.endsWith("inf") ? first : Object.is(Number(first), -0) ? "-0" : String(Number(first));
	return `${score}=${second}`;
}
