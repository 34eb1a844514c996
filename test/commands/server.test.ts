/** The server group: what it does, and that it answers byte for byte as a genuine redis-server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { CommandRow } from "../../src/dispatch/command.ts";
import { commandRows } from "../support/command-rows.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { ServerFixture } from "../support/server-fixture.ts";
import { WireConnection } from "../support/wire.ts";

const ports = { first: 7533, last: 7539 };

function otherRows(): CommandRow[] {
	return commandRows().filter((row) => row.group !== "server");
}

/** Asked of both servers in this order, answered with the same bytes; words are parted by blanks, '' is an empty one. */
const transcript: readonly string[] = [
	// Databases as a whole
	"FLUSHALL",
	"DBSIZE",
	"SET a 1",
	"SET b hello",
	"DBSIZE",
	"DBSIZE x",
	"SWAPDB 0 1",
	"DBSIZE",
	"GET a",
	"SWAPDB 1 0",
	"GET a",
	"SWAPDB 0 0",
	"GET a",
	"SWAPDB",
	"SWAPDB 0",
	"SWAPDB a 1",
	"SWAPDB 1 a",
	"SWAPDB '' 1",
	"SWAPDB 0 16",
	"SWAPDB 16 0",
	"SWAPDB -1 0",
	"SWAPDB 0 -1",
	"SWAPDB 2147483648 0",
	"SWAPDB 0 -2147483649",
	"SWAPDB 99999999999999999999 1",
	"SWAPDB 0 15",
	"SWAPDB 0 15",
	"FLUSHDB FOO",
	"FLUSHDB ASYNC SYNC",
	"FLUSHDB ''",
	"FLUSHDB aSYNC",
	"DBSIZE",
	"SET a 1",
	"FLUSHDB sync",
	"EXISTS a",
	"SET a 1",
	"FLUSHALL foo",
	"FLUSHALL SYNC ASYNC",
	"FLUSHALL Async",
	"EXISTS a",
	"FLUSHALL SYNC",
	// TIME, LOLWUT
	"TIME x",
	"LOLWUT VERSION a",
	"LOLWUT VERSION 99999999999999999999",
	"LOLWUT VERSION 5 a",
	"LOLWUT VERSION 5 10 a",
	"LOLWUT VERSION 5 10 10 a",
	"LOLWUT VERSION 6 a",
	// CONFIG
	"CONFIG",
	"CONFIG FOO",
	"CONFIG ''",
	"CONFIG GET",
	"CONFIG GET hz",
	"CONFIG GET HZ hz",
	"CONFIG GET maxmemory-pol*",
	"CONFIG GET nosuch",
	"CONFIG SET",
	"CONFIG SET hz",
	"CONFIG SET hz 20",
	"CONFIG SET hz 20 timeout",
	"CONFIG SET hz 30 timeout 5",
	"CONFIG GET hz timeout",
	"CONFIG SET hz 40 timeout x",
	"CONFIG GET hz timeout",
	"CONFIG SET hz 1 hz 2",
	"CONFIG SET nosuch 1",
	"CONFIG SET enable-debug-command yes",
	"CONFIG SET dir /tmp",
	"CONFIG SET hz 10 timeout 0",
	"CONFIG RESETSTAT x",
	"CONFIG RESETSTAT",
	"CONFIG REWRITE",
	"CONFIG REWRITE x",
	"CONFIG HELP x",
	// COMMAND
	"COMMAND FOO",
	"COMMAND COUNT x",
	"COMMAND HELP x",
	"COMMAND INFO get set nosuch GET",
	"COMMAND INFO config|get CONFIG|SET config|nosuch config|get|x |get '' get|",
	"COMMAND DOCS nosuch",
	"COMMAND DOCS config|nosuch ''",
	"COMMAND LIST FOO",
	"COMMAND LIST FILTERBY",
	"COMMAND LIST FILTERBY PATTERN",
	"COMMAND LIST FILTERBY PATTERN a b",
	"COMMAND LIST FILTERBY FOO bar",
	"COMMAND LIST FILTERBY MODULE foo",
	"COMMAND LIST FILTERBY ACLCAT nosuch",
	"COMMAND LIST FILTERBY ACLCAT @string",
	"COMMAND LIST filterby pattern lolwu?",
	"COMMAND LIST FILTERBY PATTERN config|g*",
	"COMMAND GETKEYS",
	"COMMAND GETKEYS nosuch a",
	"COMMAND GETKEYS '' a",
	"COMMAND GETKEYS GET a",
	"COMMAND GETKEYS GET a b",
	"COMMAND GETKEYS MGET a b c",
	"COMMAND GETKEYS MSET a 1 b 2",
	"COMMAND GETKEYS CONFIG GET hz",
	"COMMAND GETKEYS CONFIG FOO hz",
	"COMMAND GETKEYS CONFIG|GET hz",
	"COMMAND GETKEYS OBJECT ENCODING a",
	"COMMAND GETKEYS OBJECT FREQ",
	"COMMAND GETKEYS INFO x",
	"COMMAND GETKEYSANDFLAGS GET a",
	"COMMAND GETKEYSANDFLAGS MSET a 1 b 2",
	"COMMAND GETKEYSANDFLAGS RENAME a b",
	"COMMAND GETKEYSANDFLAGS nosuch b",
	// SHUTDOWN, as far as it does not
	"SHUTDOWN FOO",
	"SHUTDOWN ''",
	"SHUTDOWN SAVE NOSAVE",
	"SHUTDOWN NOSAVE SAVE NOW",
	"SHUTDOWN ABORT",
	"SHUTDOWN ABORT ABORT",
	"SHUTDOWN ABORT NOW",
	"SHUTDOWN abort force",
	"SHUTDOWN NOW SAVE FORCE NOSAVE x y",
	// DEBUG
	"DEBUG",
	"DEBUG FOO",
	"DEBUG foo bar",
	"DEBUG HELP x",
	"DEBUG ''",
	"DEBUG SLEEP",
	"DEBUG SLEEP 0",
	"DEBUG SLEEP abc",
	"DEBUG SLEEP -1",
	"DEBUG SLEEP 0 0",
	"DEBUG ERROR",
	"DEBUG ERROR FOO",
	"DEBUG SET-ACTIVE-EXPIRE",
	"DEBUG SET-ACTIVE-EXPIRE a",
	"DEBUG SET-ACTIVE-EXPIRE 0",
	"DEBUG SET-ACTIVE-EXPIRE 1",
	"DEBUG OBJECT",
	"DEBUG OBJECT nosuch",
	"DEBUG OBJECT a b c",
	"DEBUG LOG",
	"DEBUG LOG hello",
	"DEBUG PROTOCOL",
	"DEBUG PROTOCOL foo",
	...["string", "integer", "double", "bignum", "null", "array", "set", "map", "attrib", "push"].map(
		(type) => `DEBUG PROTOCOL ${type}`,
	),
	"DEBUG PROTOCOL verbatim",
	"DEBUG PROTOCOL TRUE",
	"DEBUG PROTOCOL false",
	"DEBUG POPULATE",
	"DEBUG POPULATE a",
	"DEBUG POPULATE -1",
	"DEBUG POPULATE 1 p a",
	"DEBUG POPULATE 1 p -1",
	"DEBUG POPULATE 0",
	"DBSIZE",
	"SET key:1 mine",
	"DEBUG POPULATE 3",
	"DBSIZE",
	"GET key:0",
	"GET key:1",
	"GET key:2",
	"DEBUG POPULATE 11 q 20",
	"GET q:0",
	"GET q:10",
	"STRLEN q:3",
	"DEBUG POPULATE 1 short 3",
	"GET short:0",
	"DEBUG POPULATE 1 long 5000",
	"GET long:0",
	"DEBUG POPULATE 1 zero 0",
	"GET zero:0",
	"DEBUG POPULATE 1 '' 2",
	"GET :0",
	"DEBUG POPULATE 1 a b c",
	"DEBUG HTSTATS",
	"DEBUG HTSTATS 99",
	"DEBUG HTSTATS -1",
	"DEBUG HTSTATS a",
	"DEBUG QUICKLIST-PACKED-THRESHOLD",
	"DEBUG QUICKLIST-PACKED-THRESHOLD 100b",
	"DEBUG QUICKLIST-PACKED-THRESHOLD 0",
	"DEBUG QUICKLIST-PACKED-THRESHOLD 5gb",
	"DEBUG QUICKLIST-PACKED-THRESHOLD x",
	"INFO nosuch",
	"INFO cluster",
	"FLUSHALL",
];

/** Where 7.2 differs from the reference. */
const newer: ReadonlyMap<string, string> = new Map([
	["COMMAND GETKEYS GET", "-ERR Invalid number of arguments specified for command\r\n"],
	["COMMAND GETKEYS PING", "-ERR The command has no key arguments\r\n"],
	["COMMAND GETKEYSANDFLAGS PING", "-ERR The command has no key arguments\r\n"],
]);

function split(line: string): string[] {
	return line.split(" ").map((word) => (word === "''" ? "" : word));
}

describe.if(hasRedisServer())("beside redis-server", () => {
	let server: RedisServer;
	let connection: WireConnection;

	beforeAll(async () => {
		server = await RedisServer.start([], ports);
		connection = await WireConnection.connect(server);
	});
	afterAll(async () => {
		connection.close();
		await server.stop();
	});

	for (const protocol of [2, 3] as const) {
		test(`the same bytes in RESP${protocol}`, async () => {
			await connection.command("HELLO", String(protocol));
			const ours = new ServerFixture(otherRows());
			ours.protocol = protocol;
			for (const line of transcript) {
				const words = split(line);
				let theirs = (await connection.command(...words)).text();
				// The example of a push is a push, and its reply comes behind it.
				if (line === "DEBUG PROTOCOL push" && protocol === 3) {
					theirs = (await connection.receivePush())!.text() + theirs;
				}
				const mine = ours.run(...words);
				if (/^(COMMAND LIST|CONFIG GET)/.test(line)) expect([line, sorted(mine)]).toEqual([line, sorted(theirs)]);
				else if (line.startsWith("COMMAND INFO"))
					expect([line, withoutNotes(mine)]).toEqual([line, withoutNotes(theirs)]);
				else expect([line, mine]).toEqual([line, theirs]);
			}
		});
	}

	test("DEBUG OBJECT, but for address, clock and compressed size", async () => {
		const ours = new ServerFixture(otherRows());
		const strip = (text: string) => text.replace(/(at:0x|serializedlength:|lru:|lru_seconds_idle:)[0-9a-f]+/g, "$1");
		for (const value of ["1", "0", "9999", "10000", "-1", "127", "128", "-32769", "2147483648", "x", "y".repeat(45)]) {
			await connection.command("SET", "a", value);
			ours.run("SET", "a", value);
			const theirs = (await connection.command("DEBUG", "OBJECT", "a")).text();
			const mine = ours.run("DEBUG", "OBJECT", "a");
			expect([value, strip(mine)]).toEqual([value, strip(theirs)]);
			const size = (text: string) => /serializedlength:(\d+)/.exec(text)![1];
			// Longer strings are compressed there.
			if (value.length <= 20) expect([value, size(mine)]).toEqual([value, size(theirs)]);
		}
	});

	test("help has as many words of heading", async () => {
		const ours = new ServerFixture();
		for (const container of ["COMMAND", "CONFIG", "DEBUG"]) {
			const theirs = (await connection.command(container, "HELP")).tree().items;
			const mine = ours.ask(container, "HELP").items;
			expect(mine[0]).toEqual(theirs[0]!);
			expect(mine.at(-2)).toEqual(theirs.at(-2)!);
			expect(new Set(mine.map(({ kind }) => kind))).toEqual(new Set(["simple"]));
		}
	});

	test("changes are counted alike", async () => {
		const ours = new ServerFixture(otherRows());
		await connection.command("FLUSHALL");
		const before = await theirDirty();
		for (const line of [
			"SET a 1",
			"SET b 1",
			"FLUSHDB",
			"FLUSHDB",
			"FLUSHALL",
			"SET a 1",
			"SWAPDB 0 1",
			"SWAPDB 0 0",
			"FLUSHALL",
			"DEBUG POPULATE 5",
		]) {
			await connection.command(...split(line));
			ours.run(...split(line));
			expect([line, ours.keyspace.changes.dirty]).toEqual([line, (await theirDirty()) - before]);
		}
	});

	async function theirDirty(): Promise<number> {
		const text = (await connection.command("INFO", "persistence")).text();
		return Number(/rdb_changes_since_last_save:(\d+)/.exec(text)![1]);
	}
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);

function sorted(reply: string): string {
	return reply.split("\r\n").sort().join();
}

/** Rows need not have the notes of key specifications. */
function withoutNotes(reply: string): string {
	return reply.replace(/\$5\r\nnotes\r\n\$\d+\r\n[^\r]*\r\n/g, "").replace(/([*%])\d\r\n(?=\$5\r\nflags)/g, "$1");
}

test("where 7.2 differs from the reference", () => {
	const ours = new ServerFixture(otherRows());
	for (const [line, reply] of newer) expect([line, ours.run(...split(line))]).toEqual([line, reply]);
});

describe("alone", () => {
	let ours: ServerFixture;
	const { error, ok } = { error: /^-ERR /, ok: "+OK\r\n" };

	beforeEach(() => {
		ours = new ServerFixture(otherRows());
	});

	test("DBSIZE, FLUSHDB and FLUSHALL see their databases", () => {
		ours.run("SET", "a", "1");
		ours.run("SWAPDB", 0, 2);
		ours.run("SET", "b", "1");
		ours.run("SET", "c", "1");
		expect(ours.run("DBSIZE")).toBe(":2\r\n");
		ours.run("FLUSHDB");
		expect(ours.run("DBSIZE")).toBe(":0\r\n");
		expect(ours.keyspace.databases[2]!.table.count).toBe(1);
		ours.run("FLUSHALL");
		expect(ours.keyspace.keyCount()).toBe(0);
	});

	test("whole databases are announced", () => {
		const heard: number[] = [];
		ours.keyspace.changes.listen({ keyChanged() {}, databaseChanged: (database) => heard.push(database) });
		ours.run("FLUSHDB");
		ours.run("FLUSHALL");
		ours.run("SWAPDB", 3, 5);
		ours.run("SWAPDB", 4, 4);
		ours.run("SWAPDB", 4, 16);
		// To exchange a database with itself is a change, but nothing has changed.
		expect(heard).toEqual([0, -1, 3, 5]);
	});

	test("deadlines go with a swapped database", () => {
		ours.run("SET", "a", "1", "PX", 100);
		ours.run("SWAPDB", 0, 1);
		ours.run("SWAPDB", 1, 2);
		ours.run("SWAPDB", 2, 0);
		expect(ours.run("PTTL", "a")).toBe(":100\r\n");
		ours.engine.advance(101);
		expect(ours.run("GET", "a")).toBe("$-1\r\n");
	});

	test("TIME is the clock's", () => {
		ours.engine.advance(1234);
		expect(ours.run("TIME")).toBe("*2\r\n$10\r\n1700000001\r\n$6\r\n234000\r\n");
	});

	test("LOLWUT draws a picture of the size it was asked for", () => {
		const picture = (...words: (string | number)[]) => {
			const lines = Buffer.from(ours.ask("LOLWUT", ...words).text, "latin1")
				.toString("utf8")
				.split("\n");
			expect(lines.slice(-3)).toEqual(["", "Redis ver. 7.2.4", ""]);
			return lines.slice(0, -3);
		};
		const first = picture();
		expect(first.every((line) => /^[╭╮╰╯]+$/.test(line))).toBe(true);
		expect([first.length, first[0]!.length]).toEqual([10, 60]);
		expect(picture()).not.toEqual(first);
		for (const version of [5, 6]) {
			const small = picture("VERSION", version, 20, 3);
			expect([small.length, small[0]!.length]).toEqual([3, 20]);
			const least = picture("version", version, -5, -5);
			expect([least.length, least[0]!.length]).toEqual([1, 2]);
		}
		const largest = picture("VERSION", 6, 99999999, 99999999);
		expect([largest.length, largest[0]!.length]).toEqual([1000, 1000]);
		expect(picture("VERSION", 7, "x").length).toBe(10);
		expect(picture("x").length).toBe(10);
		ours.protocol = 3;
		expect(ours.run("LOLWUT")).toMatch(/^=\d+\r\ntxt:/);
	});

	test("CONFIG RESETSTAT begins to count anew", () => {
		ours.run("SET", "a", "1");
		ours.run("GET", "a");
		ours.run("GET", "b");
		ours.statistics.connectionsReceived = 5;
		ours.run("CONFIG", "RESETSTAT");
		expect(ours.statistics.connectionsReceived).toBe(0);
		expect(ours.keyspace.hits + ours.keyspace.misses).toBe(0);
		expect(ours.ask("INFO", "commandstats").text).toMatch(
			/^# Commandstats\r\ncmdstat_config\|resetstat:calls=1,[^\n]*\n$/,
		);
		// The INFO just sent.
		expect(ours.executor.commandsProcessed).toBe(1);
	});

	test("CONFIG REWRITE writes the file and says so", () => {
		const rewriting = new ServerFixture([], "/work/redis.conf");
		rewriting.adapters.files.replaceText("/work/redis.conf", "# mine\nhz 10\n");
		rewriting.run("CONFIG", "SET", "hz", "25");
		expect(rewriting.run("CONFIG", "REWRITE")).toBe(ok);
		const text = rewriting.adapters.files.readText("/work/redis.conf");
		expect(text).toContain("# mine\nhz 25\n");
		expect(rewriting.adapters.host.printed.join()).toMatch(/ \* CONFIG REWRITE executed with success\.$/);
		rewriting.adapters.files.remove("/work/redis.conf");
		expect(rewriting.run("CONFIG", "REWRITE")).toBe(ok);
		expect(rewriting.adapters.files.readText("/work/redis.conf")).toContain("hz 25\n");
		rewriting.adapters.files.replaceText = () => {
			throw new Error("EACCES: permission denied, open '/work/redis.conf'");
		};
		expect(rewriting.run("CONFIG", "REWRITE")).toBe("-ERR Rewriting config file: Permission denied\r\n");
		expect(rewriting.adapters.host.printed.at(-1)).toMatch(/ # CONFIG REWRITE failed: Permission denied$/);
	});

	test("CONFIG GET sends text as UTF-8 and takes it as such", () => {
		const name = Buffer.from("grün", "utf8").toString("latin1");
		expect(ours.run("CONFIG", "SET", "masteruser", name)).toBe(ok);
		expect(ours.config.values.masteruser).toBe("grün");
		expect(ours.run("CONFIG", "GET", "masteruser")).toBe(`*2\r\n$10\r\nmasteruser\r\n$5\r\n${name}\r\n`);
	});

	test("protected directives are for those who are allowed, local or not", () => {
		const refused =
			"-ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config\r\n";
		expect(ours.run("CONFIG", "SET", "dbfilename", "x.rdb")).toBe(refused);
		ours.config.adopt("enable-protected-configs", "local");
		expect(ours.run("CONFIG", "SET", "dbfilename", "x.rdb")).toBe(ok);
		Object.assign(ours.engine.link, { remoteAddress: "10.0.0.1:5000" });
		expect(ours.run("CONFIG", "SET", "dbfilename", "y.rdb")).toBe(refused);
	});

	test("SHUTDOWN ends the server without a reply", () => {
		for (const words of [[], ["NOSAVE"], ["now"], ["FORCE", "NOW", "NOSAVE"], ["SAVE"], ["save", "now"]]) {
			expect(ours.run("SHUTDOWN", ...words)).toBe("");
		}
		expect(ours.shutdowns).toBe(6);
	});

	test("DEBUG SLEEP sleeps on the host", () => {
		for (const seconds of ["0", "abc", "-1", "inf", "Infinity", "nan", ""])
			expect(ours.run("DEBUG", "SLEEP", seconds)).toBe(ok);
		expect(ours.adapters.host.slept_ms).toBe(0);
		ours.run("DEBUG", "SLEEP", "0.25");
		ours.run("DEBUG", "SLEEP", "1.5x");
		expect(ours.adapters.host.slept_ms).toBe(1750);
	});

	test("DEBUG SET-ACTIVE-EXPIRE switches active expiry", () => {
		ours.run("DEBUG", "SET-ACTIVE-EXPIRE", "0");
		expect(ours.keyspace.activeExpire).toBe(false);
		ours.run("DEBUG", "SET-ACTIVE-EXPIRE", "1");
		expect(ours.keyspace.activeExpire).toBe(true);
	});

	test("DEBUG LOG and ERROR", () => {
		ours.run("DEBUG", "LOG", "hello");
		expect(ours.adapters.host.printed.at(-1)).toMatch(/^4711:M .* # DEBUG LOG: hello$/);
		expect(ours.run("DEBUG", "ERROR", "A\r\nb")).toBe("-A  b\r\n");
		expect(ours.table.named("debug")!.failedCalls).toBe(0);
	});

	test("DEBUG OBJECT neither counts nor touches, and says more or less", () => {
		ours.run("SET", "a", "hello");
		ours.engine.advance(5000);
		expect(ours.run("DEBUG", "OBJECT", "a")).toMatch(
			/^\+Value at:0x0 refcount:1 encoding:embstr serializedlength:6 lru:\d+ lru_seconds_idle:5\r\n$/,
		);
		expect(ours.run("DEBUG", "OBJECT", "a", "FAST")).toMatch(/^\+Value at:0x0 refcount:1 encoding:embstr lru:\d+ /);
		expect(ours.run("DEBUG", "OBJECT", "a", "slow")).toMatch(error);
		expect(ours.keyspace.hits).toBe(0);
	});

	test("DEBUG POPULATE tells watchers, and counts no change", () => {
		const heard: string[] = [];
		ours.keyspace.changes.listen({
			keyChanged(database, key, start, length, eventClass) {
				const name = Buffer.from(key.subarray(start, start + length)).toString();
				heard.push(`${database} ${name} ${eventClass}`);
			},
			databaseChanged() {},
		});
		ours.run("SET", "x:1", "1");
		heard.length = 0;
		const { dirty } = ours.keyspace.changes;
		ours.run("DEBUG", "POPULATE", 3, "x");
		expect(heard).toEqual(["0 x:0 0", "0 x:2 0"]);
		expect(ours.keyspace.changes.dirty).toBe(dirty);
	});

	test("commands of later capabilities do not exist", () => {
		for (const name of ["MONITOR", "SLOWLOG", "LATENCY", "ACL", "REPLICAOF"]) {
			expect(ours.run(name, "x")).toMatch(/^-ERR unknown command /);
		}
	});

	test("containers explain themselves", () => {
		for (const name of ["COMMAND", "CONFIG", "DEBUG"]) {
			const [heading, ...rest] = ours.ask(name, "HELP").items;
			expect(heading!.text).toBe(`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
			expect(rest.slice(-2).map((item) => item.text)).toEqual(["HELP", "    Print this help."]);
		}
	});

	test("COMMAND COUNT counts commands, LIST names subcommands too", () => {
		expect(ours.run("COMMAND", "COUNT")).toBe(`:${ours.table.commands.length}\r\n`);
		const names = ours.ask("COMMAND", "LIST").items.map((item) => item.text);
		expect(names).toEqual([...ours.table.all()].map((command) => command.fullName));
		const dangerous = ours.ask("COMMAND", "LIST", "FILTERBY", "ACLCAT", "Dangerous").items.map((item) => item.text);
		expect(dangerous).toContain("config|set");
		expect(dangerous).toContain("flushall");
		expect(dangerous).not.toContain("get");
	});
});
