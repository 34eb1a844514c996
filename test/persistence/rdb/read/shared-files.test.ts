/** Files that genuine servers wrote, from Redis 2.2 to 7.4 and Redis Enterprise: see ../shared/rdb/README.md. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseReply, type Reply } from "../../../support/reply.ts";
import { VirtualMachine } from "../../../support/virtual-machine.ts";
import type { VirtualClient } from "../../../support/virtual-network.ts";
import { load, verifyAll } from "./rdb-bytes.ts";

const folder = new URL("../../../../../shared/rdb", import.meta.url).pathname;
const isThere = existsSync(folder);
if (!isThere) console.warn(`${folder} is not there: the files of genuine servers are not tested`);
const withFiles = describe.skipIf(!isThere);

function filesOf(name: string): string[] {
	if (!isThere) return [];
	return readdirSync(join(folder, name))
		.filter((file) => file.endsWith(".rdb"))
		.map((file) => join(name, file));
}

const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

/** Of each file that is to be refused, what the log has to name. */
const refused: Readonly<Record<string, RegExp>> = {
	"librdb/invalid_chksum_v8.rdb": /offset 209, .*RDB CRC error/,
	"librdb/future_v19.rdb": /Can't handle RDB format version 99/,
	"librdb/module.rdb": /offset 105, .*key 'key1', type 7 \(module-value\).*module type 'test__rdb'/,
	"redis-rdb-tools/redis_40_with_module.rdb": /offset 204, .*key 'foo'.*module type 'ReJSON-RL'/,
	"redis-rdb-tools/redis_60_with_module_aux.rdb": /offset 101, .*AUX module data .*module 'test__rdb'/,
};

function started(name: string): { client: VirtualClient; printed: string[] } {
	const machine = new VirtualMachine();
	machine.files.lay("/work/dump.rdb", read(name));
	machine.start();
	return { client: machine.network.connect(6379), printed: machine.host.printed };
}

function ask(client: VirtualClient, ...words: string[]): Reply {
	return parseReply(Buffer.from(client.run(...words), "latin1"));
}

const texts = (reply: Reply) => reply.items.map((item) => item.text);

/** What is under a key, in the words of the JSON files. */
function contentOf(client: VirtualClient, key: string): unknown {
	const type = ask(client, "TYPE", key).text;
	switch (type) {
		case "string":
			return ask(client, "GET", key).text;
		case "list":
			return texts(ask(client, "LRANGE", key, "0", "-1"));
		case "set":
			return texts(ask(client, "SMEMBERS", key)).sort();
		case "hash":
			return paired(texts(ask(client, "HGETALL", key)));
		case "zset":
			return paired(texts(ask(client, "ZRANGE", key, "0", "-1", "WITHSCORES")));
		default:
			throw new Error(`${key} is a ${type}`);
	}
}

function paired(flat: readonly string[]): Record<string, string> {
	const pairs: [string, string][] = [];
	for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
	return Object.fromEntries(pairs);
}

/** Scores are the same numbers, however they are written. */
function sameNumbers(content: unknown, isSortedSet: boolean): unknown {
	if (!isSortedSet) return content;
	const entries = Object.entries(content as Record<string, string>);
	return Object.fromEntries(entries.map(([member, score]) => [member, Number(score.replace("inf", "Infinity"))]));
}

type Content = Readonly<Record<string, unknown>>;

function expectedOf(name: string): readonly Content[] | null {
	const stem = join(folder, name.replace(/\.rdb$/, ""));
	const path = [`${stem}_data.json`, `${stem}.json`].find((candidate) => existsSync(candidate));
	if (path === undefined) return null;
	const text = readFileSync(path, "latin1").trim();
	return text.startsWith("[") ? JSON.parse(text) : [JSON.parse(`{${text}}`)];
}

withFiles("files of genuine servers", () => {
	const names = [...filesOf("librdb"), ...filesOf("redis-rdb-tools")];

	test.each(names)("%s is loaded, or refused with what was met and where", (name) => {
		const { keyspace, failure } = load(read(name), { keepsExpired: true });
		const reason = refused[name];
		if (reason === undefined) expect(failure).toBeNull();
		else expect(failure?.join("\n")).toMatch(reason);
		verifyAll(keyspace);
	});

	test.each(names.filter((name) => refused[name] === undefined && expectedOf(name) !== null))(
		"%s holds what its JSON says",
		(name) => {
			const { client } = started(name);
			for (const [index, database] of expectedOf(name)!.entries()) {
				ask(client, "SELECT", String(index));
				const keys = Object.keys(database).filter((key) => !key.startsWith("__"));
				expect(texts(ask(client, "KEYS", "*")).sort()).toEqual(keys.sort());
				for (const key of keys) {
					const isSortedSet = ask(client, "TYPE", key).text === "zset";
					const isSet = ask(client, "TYPE", key).text === "set";
					const expected = isSet ? [...(database[key] as string[])].sort() : database[key];
					expect(sameNumbers(contentOf(client, key), isSortedSet)).toEqual(sameNumbers(expected, isSortedSet));
				}
			}
		},
	);

	test("functions are kept as their sources", () => {
		const { keyspace } = load(read("librdb/function2.rdb"));
		const expected = expectedOf("librdb/function2.rdb")![0]!["__func__"] as Record<string, string>;
		expect(keyspace.libraries.map((source) => Buffer.from(source).toString("latin1"))).toEqual(Object.values(expected));
	});

	test("what the versions without JSON hold", () => {
		const at = (name: string) => started(`redis-rdb-tools/${name}.rdb`).client;
		const dictionary = at("dictionary");
		expect(ask(dictionary, "HLEN", "force_dictionary").text).toBe("1000");
		expect(ask(dictionary, "HGET", "force_dictionary", "ZMU5WEJDG7KU89AOG5LJT6K7HMNB3DEI43M6EYTJ83VRJ6XNXQ").text).toBe(
			"T63SOS8DQJF0Q0VJEZ0D1IQFCYTIPSBOUIAI9SB0OV57MQR1FI",
		);
		const lists = at("linkedlist");
		expect(ask(lists, "LLEN", "force_linkedlist").text).toBe("1000");
		const compressed = at("easily_compressible_string_key");
		expect(ask(compressed, "DBSIZE").text).toBe("1");
		expect(texts(ask(compressed, "KEYS", "*"))[0]).toBe("a".repeat(200));
		expect(texts(ask(at("intset_16"), "SMEMBERS", "intset_16"))).toEqual(["32764", "32765", "32766"]);
		expect(texts(ask(at("intset_32"), "SMEMBERS", "intset_32"))).toEqual(["2147418108", "2147418109", "2147418110"]);
		expect(texts(ask(at("intset_64"), "SMEMBERS", "intset_64"))).toEqual([
			"9223090557583032316",
			"9223090557583032317",
			"9223090557583032318",
		]);
		expect(ask(at("regular_set"), "SCARD", "regular_set").text).toBe("6");
		expect(ask(at("regular_sorted_set"), "ZCARD", "force_sorted_set").text).toBe("500");
		expect(ask(at("zipmap_with_big_values"), "HLEN", "zipmap_with_big_values").text).toBe("5");
		// Its one key had until Christmas of 2022.
		expect(ask(at("keys_with_expiry"), "DBSIZE").text).toBe("0");
		expect(ask(at("redis_50_with_streams"), "XLEN", "mystream").text).not.toBe("0");
	});

	test("hash fields with deadlines, of Redis 7.4, go when their time is over", () => {
		const { keyspace, failure } = load(read("librdb/hash_lp_with_hexpire_v12.rdb"));
		expect(failure).toBeNull();
		expect(keyspace.databases[0]!.fieldExpiry.count()).toBe(1);
	});
});
