/**
 * Keys and what is derived from key specifications, for every command a genuine redis-server has: rows are made from what
 * it says of them, and our derivations are compared with its own.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { categoriesOf } from "../../src/dispatch/categories.ts";
import { Command, type CommandRow, FAST, NO_MANDATORY_KEYS, READONLY, WRITE } from "../../src/dispatch/command.ts";
import { CommandTable } from "../../src/dispatch/command-table.ts";
import { flagNames } from "../../src/dispatch/describe.ts";
import { arityOf, block, integer, key, many, optional, string, token, withToken } from "../../src/dispatch/grammar.ts";
import { accessNames, legacyRange } from "../../src/dispatch/key-rule.ts";
import { KeyFinder, type Words } from "../../src/dispatch/keys.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import type { Reply } from "../support/reply.ts";
import { WireConnection } from "../support/wire.ts";
import { type ReferenceCommand, referenceCommands } from "./reference-rows.ts";

const ports = { first: 7533, last: 7539 };

class TextWords implements Words {
	readonly bytes: Uint8Array;
	private readonly ends: number[] = [];

	constructor(words: readonly string[]) {
		let text = "";
		for (const word of words) {
			text += word;
			this.ends.push(text.length);
		}
		this.bytes = Buffer.from(text, "latin1");
	}

	start(word: number): number {
		return word === 0 ? 0 : this.ends[word - 1]!;
	}

	end(word: number): number {
		return this.ends[word]!;
	}
}

const finder = new KeyFinder();

/** The keys as "word:RW,access …", or "invalid". */
function keysOf(command: Command, words: readonly string[], offset = 0): string {
	if (!finder.find(command, new TextWords(words), offset, words.length - offset)) return "invalid";
	const found: string[] = [];
	for (let i = 0; i < finder.count; i++) {
		found.push(`${words[offset + finder.positions[i]!]}:${accessNames(finder.access[i]!).join(",")}`);
	}
	return found.join(" ");
}

// Keys are k1, k2 …, destinations d, and words that only look like options are keys or values on purpose.
const lines: readonly string[] = [
	"GET k1",
	"SET k1 v",
	"SET k1 v GET",
	"SET k1 v EX 10 get",
	"SET k1 GET",
	"MSET k1 v k2 v",
	"MSET k1 v k2",
	"MGET k1 k2 k3",
	"DEL k1 k2",
	"RENAME k1 k2",
	"COPY k1 k2 REPLACE",
	"BITOP AND d k1 k2",
	"BITFIELD k1 GET u8 0",
	"BITFIELD k1 GET u8 0 SET u8 0 1",
	"BITFIELD k1 INCRBY u8 0 1",
	"LMOVE k1 k2 LEFT RIGHT",
	"BLPOP k1 k2 0",
	"LMPOP 2 k1 k2 LEFT",
	"LMPOP 0 k1 LEFT",
	"LMPOP x k1 LEFT",
	"LMPOP 9 k1 LEFT",
	"LMPOP -1 k1 LEFT",
	"BLMPOP 0 2 k1 k2 LEFT",
	"SINTERCARD 2 k1 k2 LIMIT 1",
	"SINTERSTORE d k1 k2",
	"ZUNIONSTORE d 2 k1 k2 WEIGHTS 1 2",
	"ZUNIONSTORE d 0 k1",
	"ZUNIONSTORE d 9 k1",
	"ZUNION 1 k1",
	"ZINTERCARD 2 k1 k2",
	"ZRANGESTORE d k1 0 -1",
	"ZMPOP 1 k1 MIN",
	"XREAD STREAMS k1 0",
	"XREAD COUNT 2 BLOCK 0 STREAMS k1 k2 0 0",
	"XREAD COUNT 2 STREAMS k1 k2 0",
	"XREAD COUNT 2 STREAMS k1",
	"XREADGROUP GROUP g c COUNT 1 STREAMS k1 k2 > >",
	"XGROUP CREATE k1 g $",
	"XINFO STREAM k1",
	"OBJECT ENCODING k1",
	"MEMORY USAGE k1 SAMPLES 5",
	"SORT k1",
	"SORT k1 BY nosort GET # STORE d",
	"SORT k1 BY store LIMIT 0 10 GET store DESC ALPHA STORE d",
	"SORT k1 STORE d STORE d2",
	"SORT k1 STORE d GET store DESC",
	"SORT k1 STORE d LIMIT store 10 DESC",
	"SORT k1 STORE",
	"SORT_RO k1 BY w GET p",
	"GEORADIUS k1 1 1 1 km",
	"GEORADIUS k1 1 1 1 km COUNT 1 STORE d",
	"GEORADIUS k1 1 1 1 km STOREDIST d",
	"GEORADIUSBYMEMBER k1 m 1 km STORE d",
	"GEOSEARCHSTORE d k1 FROMMEMBER m BYRADIUS 1 km",
	"EVAL s 2 k1 k2 a",
	"EVAL s 0 a",
	"EVAL s 3 k1 k2",
	"EVAL s x k1",
	"EVALSHA s 1 k1",
	"EVAL_RO s 1 k1",
	"FCALL f 1 k1 a",
	"MIGRATE h 1 k1 0 10",
	"PFMERGE d k1 k2",
	"PFCOUNT k1 k2",
	"LCS k1 k2 IDX",
	"WATCH k1 k2",
	"DUMP k1",
	"RESTORE k1 0 x",
	"HSET k1 f v",
	"APPEND k1 v",
	"SMOVE k1 k2 m",
];

describe.if(hasRedisServer())("beside redis-server", () => {
	let server: RedisServer;
	let connection: WireConnection;
	let reference: ReferenceCommand[];
	let table: CommandTable;

	beforeAll(async () => {
		server = await RedisServer.start([], ports);
		connection = await WireConnection.connect(server);
		reference = await referenceCommands(connection);
		table = new CommandTable(reference.map(({ row }) => withVariableAccess(row)));
	});
	afterAll(async () => {
		connection.close();
		await server.stop();
	});

	function everyCommand(): [ReferenceCommand, Command][] {
		const all = reference.flatMap((command) => [command, ...command.subcommands]);
		return all.map((command) => [command, table.named(command.name)!]);
	}

	test("first key, last key and step follow from the key specifications", () => {
		for (const [theirs, ours] of everyCommand()) {
			expect([theirs.name, ...legacyRange(ours.keyRules)]).toEqual([theirs.name, ...theirs.range]);
		}
	});

	test("so does whether keys are movable", () => {
		for (const [theirs, ours] of everyCommand()) {
			expect([theirs.name, ...flagNames(ours)]).toEqual([theirs.name, ...theirs.flags]);
		}
	});

	test("categories follow from flags and group, but for a few that rows name", () => {
		const exceptions: string[] = [];
		for (const [theirs, ours] of everyCommand()) {
			const isContainer = ours.subcommands !== null && theirs.name !== "command";
			const { run: _, ...container } = ours.row;
			const command = isContainer ? new Command(container, null) : ours;
			const derived = categoriesOf(command).map((category) => `@${category}`);
			if (derived.join() === theirs.categories.join()) continue;
			exceptions.push(theirs.name);
			// What rows can add and take away has to be enough.
			const row: CommandRow = {
				...command.row,
				categories: theirs.categories.map((category) => category.slice(1)),
				withoutCategories: derived.filter((name) => !theirs.categories.includes(name)).map((name) => name.slice(1)),
			};
			const named = categoriesOf(new Command(row, null)).map((category) => `@${category}`);
			expect([theirs.name, ...named]).toEqual([theirs.name, ...theirs.categories]);
		}
		expect(exceptions.sort()).toEqual(categoryExceptions);
	});

	test("arity follows from the grammar, but for a few", () => {
		const exceptions: string[] = [];
		for (const [theirs, ours] of everyCommand()) {
			if (ours.subcommands !== null) continue;
			const arity = arityOf(ours.parent === null ? 1 : 2, ours.row.args ?? []);
			if (arity !== theirs.arity) exceptions.push(theirs.name);
		}
		expect(exceptions.sort()).toEqual(arityExceptions);
	});

	test("keys and their access", async () => {
		for (const line of lines) {
			const words = line.split(" ");
			const reply = (await connection.command("COMMAND", "GETKEYSANDFLAGS", ...words)).tree();
			const first = table.named(words[0]!)!;
			const command = first.subcommands?.get(words[1]!.toLowerCase()) ?? first;
			expect(`${line} -> ${keysOf(command, words)}`).toBe(`${line} -> ${toldKeys(reply)}`);
		}
	});
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);

/** Commands of the reference whose rows name categories. */
const categoryExceptions: string[] = [
	"asking",
	"command",
	"command|count",
	"command|docs",
	"command|getkeys",
	"command|getkeysandflags",
	"command|help",
	"command|info",
	"command|list",
	"dbsize",
	"flushall",
	"flushdb",
	"info",
	"keys",
	"lastsave",
	"migrate",
	"readonly",
	"readwrite",
	"restore",
	"restore-asking",
	"role",
	"sort",
	"sort_ro",
	"swapdb",
	"wait",
];

/** Commands of the reference whose documented arguments do not give their arity. */
const arityExceptions: string[] = [
	"client|kill",
	"command|getkeys",
	"command|getkeysandflags",
	"debug",
	"geohash",
	"geopos",
	"pfmerge",
	"psync",
	"quit",
	"replconf",
];

/** What COMMAND INFO cannot say. */
function withVariableAccess(row: CommandRow): CommandRow {
	if (row.name === "set") {
		return { ...row, variableAccess: { words: ["get"], from: 3, present: "RW ACCESS UPDATE", absent: "OW UPDATE" } };
	}
	if (row.name !== "bitfield") return row;
	return {
		...row,
		variableAccess: { words: ["set", "incrby"], from: 2, present: "RW ACCESS UPDATE", absent: "RO ACCESS" },
	};
}

function toldKeys(reply: Reply): string {
	if (reply.kind === "error") return reply.text.includes("Invalid arguments") ? "invalid" : reply.text;
	return reply.items
		.map(({ items }) => `${items[0]!.text}:${items[1]!.items.map((flag) => flag.text).join()}`)
		.join(" ");
}

function row(name: string, flags: number, more: Partial<CommandRow>): Command {
	return new Command({ name, since: "1.0.0", group: "generic", complexity: "", summary: "", flags, ...more }, null);
}

describe("from the grammar alone", () => {
	test("a key, keys, a block with a key", () => {
		expect(keysOf(row("get", READONLY | FAST, { args: [key("RO ACCESS")] }), ["get", "a"])).toBe("a:RO,access");
		const del = row("del", WRITE, { args: [many(key("RM DELETE"))] });
		expect(keysOf(del, ["del", "a", "b"])).toBe("a:RM,delete b:RM,delete");
		const mset = row("mset", WRITE, { args: [many(block("data", key("OW UPDATE"), string("value")))] });
		expect(keysOf(mset, ["mset", "a", "1", "b", "2"])).toBe("a:OW,update b:OW,update");
		const blpop = row("blpop", WRITE, { args: [many(key("RW ACCESS DELETE")), integer("timeout")] });
		expect(keysOf(blpop, ["blpop", "a", "b", "0"])).toBe("a:RW,access,delete b:RW,access,delete");
	});

	test("more keys than the finder had room for", () => {
		const words = Array.from({ length: 1000 }, (_, i) => `k${i}`);
		const del = row("del", WRITE, { args: [many(key("RM DELETE"))] });
		expect(keysOf(del, ["del", ...words])).toBe(words.map((word) => `${word}:RM,delete`).join(" "));
	});

	test("words in front of the command", () => {
		const get = row("get", READONLY, { args: [key("RO ACCESS")] });
		expect(keysOf(get, ["command", "getkeys", "get", "a"], 2)).toBe("a:RO,access");
	});

	test("a key behind an option, which may also be a value", () => {
		const sort = row("sort", WRITE, {
			args: [
				key("RO ACCESS"),
				optional(withToken("LIMIT", block("limit", integer("offset"), integer("count")))),
				optional(many(string("get", "GET"))),
				optional(token("desc")),
				optional(key("OW UPDATE", "destination", "STORE")),
			],
			keySpecs: [
				{ access: "RO ACCESS", begin: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
				{ access: "OW UPDATE", begin: { unknown: true }, find: { unknown: true } },
			],
		});
		expect(keysOf(sort, ["sort", "a"])).toBe("a:RO,access");
		expect(keysOf(sort, ["sort", "a", "get", "store", "desc", "Store", "d"])).toBe("a:RO,access d:OW,update");
		expect(keysOf(sort, ["sort", "a", "limit", "store", "1", "desc"])).toBe("a:RO,access");
		expect(keysOf(sort, ["sort", "a", "store", "d", "get", "store", "desc"])).toBe("a:RO,access d:OW,update");
		expect(keysOf(sort, ["sort", "a", "store"])).toBe("a:RO,access");
	});

	test("keys behind a keyword, which is searched from the front or from the end", () => {
		const rest = { last: -1, step: 1, limit: 0 };
		const behind = (startFrom: number) =>
			row("migrate", WRITE, { keySpecs: [{ access: "RW", begin: { keyword: "KEYS", startFrom }, find: rest }] });
		const words = ["migrate", "keys", "a", "Keys", "b", "c"];
		expect(keysOf(behind(1), words)).toBe("a:RW Keys:RW b:RW c:RW");
		expect(keysOf(behind(2), words)).toBe("b:RW c:RW");
		expect(keysOf(behind(-2), words)).toBe("b:RW c:RW");
		expect(keysOf(behind(-4), words)).toBe("a:RW Keys:RW b:RW c:RW");
		expect(keysOf(behind(1), ["migrate", "a", "keys"])).toBe("invalid");
	});

	test("no keys where some are needed, and where none are", () => {
		const spec = { access: "RW", begin: { index: 1 }, find: { keyNumberIndex: 0, firstKey: 1, step: 1 } };
		const needs = row("lmpop", WRITE, { keySpecs: [spec] });
		const may = row("eval", NO_MANDATORY_KEYS, { keySpecs: [spec] });
		for (const count of ["0", "-1", "x", "2", "99999999999999999999", ""]) {
			expect(keysOf(needs, ["lmpop", count, "a"])).toBe("invalid");
			expect(keysOf(may, ["eval", count, "a"])).toBe("");
		}
		expect(keysOf(may, ["eval", "1", "a"])).toBe("a:RW");
	});

	test("an access flag that does not exist is a mistake in a row", () => {
		expect(() => row("get", READONLY, { args: [key("RO READ")] })).toThrow("no access flag is called READ");
	});
});
