import { describe, expect, test } from "bun:test";
import { Random } from "../../../src/bytes/random.ts";
import { INTERNAL_ERROR } from "../../../src/resp/errors.ts";
import { Generator } from "../../differential/generate.ts";
import { groups } from "../../differential/groups/index.ts";
import { SimulatedDisk } from "../../support/simulated-disk.ts";
import type { VirtualClient } from "../../support/virtual-network.ts";
import { commandText, toBytes } from "../../support/wire.ts";
import { AofMachine, commands, INCREMENT } from "./machine.ts";

/** Runs commands as one transaction; the reply to EXEC. */
function together(client: VirtualClient, ...lines: readonly string[]): string {
	for (const line of ["MULTI", ...lines]) client.run(...line.split(" "));
	return client.run("EXEC");
}

/** A machine on the same disk after the end of the one before. */
function next(machine: AofMachine): AofMachine {
	machine.server.stop();
	return new AofMachine(machine.disk as SimulatedDisk, [], machine.time.now_ms() + 1000);
}

function internalErrors(machine: AofMachine): string[] {
	return machine
		.log()
		.split("\n")
		.filter((line) => line.includes("Internal error"));
}

describe("a transaction in the append-only file", () => {
	test("is one unit, with the change of database inside", () => {
		const machine = new AofMachine();
		together(machine.client, "SET a 1", "GET a", "SELECT 1", "INCR n", "SPOP nothing");
		expect(machine.disk.texts.get(INCREMENT)).toBe(
			commands("MULTI", "SELECT 0", "SET a 1", "SELECT 1", "INCR n", "EXEC"),
		);
	});

	test("is the command alone where only one has changed something, and nothing where none has", () => {
		const machine = new AofMachine();
		together(machine.client, "GET a", "SET a 1", "GET a");
		together(machine.client, "GET a", "DEL nothing");
		expect(machine.disk.texts.get(INCREMENT)).toBe(commands("SELECT 0", "SET a 1"));
	});

	test("is there whole or not at all after a crash at any step, and whole where it was answered under always", () => {
		for (const policy of ["always", "everysec"]) {
			const machine = new AofMachine(new SimulatedDisk(), [`appendfsync ${policy}`]);
			const disk = machine.disk as SimulatedDisk;
			const random = new Random(3);
			let isAtWork = false;
			const left: { disk: SimulatedDisk; answered: number }[] = [];
			let answered = 0;
			disk.fault = () => {
				const isPowerCut = policy === "always" && random.below(2) === 0;
				const copy = () => (isPowerCut ? disk.crash(new Random(random.below(2 ** 32))) : disk.killed());
				if (isAtWork) left.push({ disk: copy(), answered });
				return null;
			};
			isAtWork = true;
			for (let i = 1; i <= 35; i++) {
				together(
					machine.client,
					"INCR a",
					"SELECT 1",
					"RPUSH l x",
					"SELECT 0",
					i % 7 === 0 ? "BGREWRITEAOF" : "INCR c",
				);
				answered = i;
				if (i % 7 === 0) machine.run("INCR", "c");
				machine.time.advance(random.below(400));
			}
			isAtWork = false;
			expect(left.length).toBeGreaterThan(60);
			for (const one of left) {
				const other = new AofMachine(one.disk, [], machine.time.now_ms() + 1000);
				const count = Number(other.run("GET", "a").split("\r\n")[1] ?? 0);
				expect(other.run("SELECT", 1)).toBe("+OK\r\n");
				expect(other.run("LLEN", "l")).toBe(`:${count}\r\n`);
				if (policy === "always") expect(count).toBeGreaterThanOrEqual(one.answered);
				other.server.stop();
			}
		}
	});

	test("is loaded whole or not at all, wherever the file ends", () => {
		const machine = new AofMachine();
		machine.run("SET", "before", 1);
		together(machine.client, "SET a 1", "RPUSH l x y", "INCR n", "SELECT 2", "SET b 2");
		const text = machine.disk.texts.get(INCREMENT)!;
		const unitAt = commands("SELECT 0", "SET before 1").length;
		for (let length = unitAt; length <= text.length; length++) {
			const disk = new SimulatedDisk();
			for (const name of ["appendonly.aof.manifest", "appendonly.aof.1.base.rdb"]) {
				disk.lay(`/work/appendonlydir/${name}`, machine.disk.contents(`/work/appendonlydir/${name}`)!.slice());
			}
			disk.lay(INCREMENT, new TextEncoder().encode(text.slice(0, length)));
			const other = new AofMachine(disk);
			const isWhole = length === text.length;
			expect(other.run("EXISTS", "a", "l", "n")).toBe(isWhole ? ":3\r\n" : ":0\r\n");
			expect(other.run("GET", "before")).toBe("$1\r\n1\r\n");
		}
	});
});

describe("inside a transaction", () => {
	test("BGREWRITEAOF is put off to its end, so that no file has half of it", () => {
		const machine = new AofMachine();
		const reply = together(machine.client, "SET a 1", "BGREWRITEAOF", "SET b 2");
		expect(reply).toBe("*3\r\n+OK\r\n+Background append only file rewriting scheduled\r\n+OK\r\n");
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("MULTI", "SELECT 0", "SET a 1", "SET b 2", "EXEC"));
		machine.time.advance(1000);
		expect(machine.manifest()).toContain("appendonly.aof.2.base.rdb");
		expect(machine.text("appendonly.aof.2.incr.aof")).toBe("");
		expect(next(machine).run("MGET", "a", "b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
	});

	test("BGSAVE is put off, too", () => {
		const machine = new AofMachine();
		expect(together(machine.client, "SET a 1", "BGSAVE")).toBe("*2\r\n+OK\r\n+Background saving scheduled\r\n");
		machine.time.advance(1000);
		expect(machine.disk.contents("/work/dump.rdb")).toBeDefined();
	});

	test("CONFIG SET appendonly takes hold behind it", () => {
		const machine = new AofMachine();
		const reply = together(machine.client, "SET a 1", "CONFIG SET appendonly no", "CONFIG GET appendonly", "SET b 2");
		expect(reply).toBe("*4\r\n+OK\r\n+OK\r\n*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n+OK\r\n");
		machine.run("SET", "c", "not kept");
		expect(machine.disk.texts.get(INCREMENT)).toBe(commands("MULTI", "SELECT 0", "SET a 1", "SET b 2", "EXEC"));
		together(machine.client, "SET d 4", "CONFIG SET appendonly yes", "SET e 5");
		machine.time.advance(1000);
		expect(machine.info("aof_enabled")).toBe("1");
		machine.run("SET", "f", 6);
		const other = next(machine);
		expect(other.run("EXISTS", "a", "b", "c", "d", "e", "f")).toBe(":6\r\n");
		expect(internalErrors(other)).toEqual([]);
	});

	test("CONFIG SET appendonly yes that fails shows in the log and in CONFIG GET", () => {
		const machine = new AofMachine();
		machine.run("CONFIG", "SET", "appendonly", "no");
		(machine.disk as SimulatedDisk).fault = ({ action }) => (action === "create" ? "ENOSPC" : null);
		expect(together(machine.client, "CONFIG SET appendonly yes", "SET a 1")).toBe("*2\r\n+OK\r\n+OK\r\n");
		(machine.disk as SimulatedDisk).fault = () => null;
		expect(machine.run("CONFIG", "GET", "appendonly")).toContain("$2\r\nno\r\n");
		expect(machine.log()).toContain("Redis needs to enable the AOF but can't trigger");
	});

	test("commands on the whole server do what they do alone, and none fails within", () => {
		for (const directives of [[], ["appendonly no"], ["save 1 1"], ["appendfsync always"]]) {
			const machine = new AofMachine(new SimulatedDisk(), directives);
			machine.run("SET", "first", 1);
			const lines = [
				"SET a 1",
				"BGREWRITEAOF",
				"BGSAVE",
				"BGSAVE SCHEDULE",
				"CONFIG SET appendonly no",
				"SET b 2",
				"CONFIG SET appendonly yes",
				"SWAPDB 0 1",
				"SET c 3",
				"DEBUG RELOAD",
				"DEBUG LOADAOF",
				"DEBUG JMAP",
				"SWAPDB 0 1",
				"CONFIG REWRITE",
				"CONFIG RESETSTAT",
				"FLUSHALL",
				"SET d 4",
				"FLUSHDB",
				"WAIT 1 10",
				"WAITAOF 1 0 10",
				"MIGRATE 127.0.0.1 1 d 0 10",
				"MIGRATE 127.0.0.1 1 nothing 0 10",
				"CLIENT PAUSE 1",
				"CLIENT UNPAUSE",
				"SHUTDOWN",
				"SET e 5",
				"PEXPIREAT e 1",
				"SET f 6",
				"INFO",
				"COMMAND COUNT",
				"RESTORE g 0 junk",
			];
			const reply = together(machine.client, ...lines.filter((line) => line !== "SHUTDOWN"));
			expect(reply).toStartWith(`*${lines.length - 1}\r\n`);
			expect(reply).not.toContain(INTERNAL_ERROR);
			expect(together(machine.client, "SET a 1", "SHUTDOWN")).toStartWith("-EXECABORT");
			machine.time.advance(3000);
			expect(internalErrors(machine)).toEqual([]);
			machine.run("SET", "last", 1);
			machine.server.keyspace.databases[0]!.table.verify();
			const keys = machine.run("DBSIZE");
			const isKept = machine.info("aof_enabled") === "1";
			if (isKept) expect(next(machine).run("DBSIZE")).toBe(keys);
		}
	});

	test("at random no command fails within, and what is loaded is what there was", () => {
		const random = new Random(7);
		const lines = [
			"SET a 1",
			"INCR n",
			"RPUSH l x",
			"DEL l",
			"SPOP s",
			"SADD s 1 2 3",
			"SELECT 1",
			"SELECT 0",
			"SWAPDB 0 1",
			"FLUSHDB",
			"FLUSHALL",
			"BGREWRITEAOF",
			"BGSAVE",
			"CONFIG SET appendonly no",
			"CONFIG SET appendonly yes",
			"CONFIG SET appendfsync always",
			"CONFIG SET appendfsync everysec",
			"DEBUG RELOAD",
			"MULTI",
			"WATCH a",
			"EXPIRE a 1000",
			"PEXPIREAT n 1",
			"RENAME a b",
			"COPY b a REPLACE",
			"MOVE b 1",
			"BLPOP l 0",
			"XADD x * f v",
			"LPUSH a b",
		];
		let machine = new AofMachine();
		for (let story = 0; story < 150; story++) {
			const chosen = Array.from({ length: 1 + random.below(8) }, () => lines[random.below(lines.length)]!);
			const isAlone = random.below(3) === 0 && !chosen.some((line) => /^(BLPOP|MULTI|WATCH)/.test(line));
			if (isAlone) for (const line of chosen) machine.run(...line.split(" "));
			else together(machine.client, ...chosen);
			if (random.below(4) === 0) machine.time.advance(random.below(2000));
			expect(internalErrors(machine)).toEqual([]);
			if (random.below(10) > 0) continue;
			machine.run("CONFIG", "SET", "appendonly", "yes");
			machine.time.advance(3000);
			machine.run("SELECT", 0);
			const digest = machine.run("DEBUG", "DIGEST");
			machine = next(machine);
			expect(machine.run("DEBUG", "DIGEST")).toBe(digest);
		}
	});

	// A PFADD that fails on a spoiled HyperLogLog may have changed it, as in Redis, which no effect tells.
	const telling = groups.filter(({ name }) => name !== "server" && name !== "hyperloglog");
	for (const [seed, appendonly, chosen] of [
		[1, "yes", telling],
		[2, "yes", telling],
		[3, "yes", groups],
		[4, "no", groups],
	] as const) {
		test(`whatever commands there are, none fails within, seed ${seed}, appendonly ${appendonly}`, () => {
			const machine = new AofMachine(new SimulatedDisk(), [`appendonly ${appendonly}`]);
			const protocol = seed % 2 === 0 ? 3 : 2;
			const generator = new Generator(seed, protocol, chosen);
			const ending = /^(quit|reset|shutdown)$/i;
			let executed = 0;
			for (let i = 0; i < 1500; i++) {
				const step = generator.next();
				if (step.kind !== "pipeline") continue;
				const commands = step.commands.map(({ args }) => args).filter(([name]) => !ending.test(name!));
				const client = machine.connect();
				const whole = [["HELLO", String(protocol)], ["MULTI"], ...commands, ["EXEC"]];
				client.sendBytes(toBytes(whole.map(commandText).join("")));
				machine.time.advance(1);
				const reply = client.take();
				expect(reply).not.toContain(INTERNAL_ERROR);
				if (!reply.includes("EXECABORT")) executed++;
				client.end();
			}
			expect(executed).toBeGreaterThan(1000);
			expect(internalErrors(machine)).toEqual([]);
			for (const { table } of machine.server.keyspace.databases) table.verify();
			if (chosen === groups) return;
			const digest = machine.run("DEBUG", "DIGEST");
			expect(next(machine).run("DEBUG", "DIGEST")).toBe(digest);
		}, 30_000);
	}
});
