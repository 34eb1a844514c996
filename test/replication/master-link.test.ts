import { beforeAll, describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { everyType, noise } from "../support/every-type.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import {
	command,
	copyTo,
	dataFile,
	digest,
	ID,
	logOf,
	OTHER_ID,
	replicaOf,
	sampleData,
	withLength,
	withMark,
} from "./scripted-master.ts";

const DEBUG = "enable-debug-command yes";
const MODES = ["disabled", "on-empty-db", "swapdb"] as const;
const FRAMES = { length: withLength, mark: withMark };

let file: Uint8Array;
let expected: string;

beforeAll(() => {
	file = dataFile();
	const machine = new VirtualMachine();
	machine.start(DEBUG);
	const client = machine.network.connect(6379);
	for (const words of sampleData) client.run(...words);
	machine.time.advance(1000);
	expected = digest(machine);
});

describe("the handshake", () => {
	test("is what Redis says, in its order", () => {
		const group = replicaOf("masteruser somebody\nmasterauth secret\nreplica-announce-ip 10.1.1.1");
		group.master.answers.set("AUTH", "+OK\r\n");
		group.machine.time.advance(3000);
		group.master.cut();
		group.machine.time.advance(1500);
		expect(group.master.requests()).toEqual([
			"PING",
			"AUTH somebody secret",
			"REPLCONF listening-port 6379",
			"REPLCONF ip-address 10.1.1.1",
			"REPLCONF capa eof capa psync2",
			`REPLCONF version ${group.server.version}`,
			"PSYNC ? -1",
		]);
	});

	test("goes on with a master that knows nothing of it but SYNC", () => {
		const group = replicaOf(DEBUG);
		const { master, machine } = group;
		for (const start of ["REPLCONF listening-port", "REPLCONF capa", "REPLCONF version", "PSYNC"]) {
			master.answers.set(start, "-ERR unknown command\r\n");
		}
		master.cut();
		machine.time.advance(1500);
		expect(master.newest()).toBe("SYNC");
		master.say(withLength(file));
		machine.time.advance(100);
		expect(digest(machine)).toBe(expected);
		master.say(command("SET", "more", "1"));
		machine.time.advance(5000);
		expect(machine.network.connect(6379).run("GET", "more")).toBe("$1\r\n1\r\n");
		expect(master.newest()).toBe("SYNC");
		master.cut();
		machine.time.advance(1500);
		expect(master.requests()).toContain("PSYNC ? -1");
	});

	for (const [what, start, reply] of [
		["a ping refused", "PING", "-ERR something\r\n"],
		["a wrong password", "AUTH", "-WRONGPASS no\r\n"],
		["a master that loads", "PSYNC", "-LOADING wait\r\n"],
		["a master without one of its own", "PSYNC", "-NOMASTERLINK wait\r\n"],
		["a wrong FULLRESYNC", "PSYNC", "+FULLRESYNC abc -5\r\n"],
		["a CONTINUE that nobody asked for", "PSYNC", "+CONTINUE\r\n-ERR\r\n"],
		["no protocol at all", "PING", `${"x".repeat(70_000)}`],
	] as const) {
		test(`is tried again a second after ${what}`, () => {
			const group = replicaOf("masterauth secret");
			const { master, machine, server } = group;
			master.answers.set("AUTH", "+OK\r\n");
			master.answers.set(start, reply);
			const before = master.connections;
			master.cut();
			machine.time.advance(5000);
			expect(master.connections).toBeGreaterThan(before + 2);
			expect(master.connections).toBeLessThan(before + 7);
			expect(server.statistics.internalErrors).toBe(0);
		});
	}

	test("is given up where the master says nothing", () => {
		const group = replicaOf("repl-timeout 5");
		const { master, machine } = group;
		master.answers.clear();
		master.cut();
		machine.time.advance(2000);
		const { connections } = master;
		machine.time.advance(4000);
		expect(master.connections).toBe(connections);
		machine.time.advance(3000);
		expect(master.connections).toBe(connections + 1);
		expect(logOf(group)).toContain("# Timeout connecting to the MASTER...");
	});

	test("waits as long as the master says that it is at work on a copy", () => {
		const group = replicaOf("repl-timeout 5\nenable-debug-command yes");
		const { master, machine } = group;
		for (let i = 0; i < 30; i++) {
			master.say("\n");
			machine.time.advance(1000);
		}
		copyTo(group, withMark(file));
		expect(digest(machine)).toBe(expected);
		expect(master.connections).toBe(1);
	});
});

describe("a copy", () => {
	for (const mode of MODES) {
		for (const [name, frame] of Object.entries(FRAMES)) {
			test(`arrives with ${name}, ${mode}, and the stream behind it`, () => {
				const group = replicaOf(`${DEBUG}\nrepl-diskless-load ${mode}`);
				const { master, machine, server } = group;
				copyTo(group, frame(file));
				expect(digest(machine)).toBe(expected);
				expect(server.replication.stream.offset).toBe(100);
				expect(server.replication.history.id).toBe(ID);
				const said = command("SELECT", "0") + command("INCR", "n");
				master.say(said);
				machine.time.advance(1500);
				expect(master.newest()).toBe(`REPLCONF ACK ${100 + said.length}`);
				const state = server.replication.follower.state()!;
				expect([state.role, state.offset, state.readOffset]).toEqual([
					"connected",
					100 + said.length,
					100 + said.length,
				]);
				for (const { table } of server.keyspace.databases) table.verify();
			});

			test(`cut at every byte with ${name}, ${mode}, is the same`, () => {
				const whole = Buffer.concat([
					Buffer.from(`\n+FULLRESYNC ${ID} 7\r\n\n`),
					frame(file),
					Buffer.from(name === "mark" ? "" : command("SET", "behind", "1")),
				]);
				const step = 31;
				for (let at = 1; at < whole.length; at += at < 70 ? 1 : step) {
					const group = replicaOf(`${DEBUG}\nrepl-diskless-load ${mode}`);
					group.master.say(whole.subarray(0, at));
					group.machine.time.advance(0);
					group.master.say(whole.subarray(at));
					group.machine.time.advance(50);
					if (name === "mark") {
						group.master.say(command("SET", "behind", "1"));
						group.machine.time.advance(0);
					}
					const client = group.machine.network.connect(6379);
					expect(client.run("DEL", "behind")).toStartWith("-READONLY");
					expect(client.run("GET", "behind")).toBe("$1\r\n1\r\n");
					expect(client.run("LLEN", "list")).toBe(":16\r\n");
					expect(group.server.keyspace.keyCount()).toBe(sampleData.length - 1);
					expect(group.server.replication.stream.offset).toBe(7 + command("SET", "behind", "1").length);
				}
			});

			test(`broken off at every byte with ${name}, ${mode}, is asked for again`, () => {
				const whole = frame(file);
				for (let at = 0; at < whole.length - 1; at += 37) {
					const group = replicaOf(`${DEBUG}\nrepl-diskless-load ${mode}`);
					const { master, machine, server } = group;
					copyTo(group, whole.subarray(0, at));
					master.cut();
					machine.time.advance(1500);
					expect(master.newest()).toBe("PSYNC ? -1");
					expect(server.keyspace.keyCount()).toBe(0);
					copyTo(group, whole);
					expect(digest(machine)).toBe(expected);
					expect(machine.files.list("/work").filter((file) => file.startsWith("temp-"))).toEqual([]);
				}
			});

			test(`with a wrong byte in it, ${name}, ${mode}, does no harm`, () => {
				const whole = frame(file);
				const head = whole.length - file.length - (name === "mark" ? 40 : 0);
				for (let at = head; at < head + file.length; at += 29) {
					const damaged = Buffer.from(whole);
					damaged[at]! ^= 0x55;
					const group = replicaOf(`${DEBUG}\nrepl-diskless-load ${mode}`);
					const { master, machine, server } = group;
					copyTo(group, damaged);
					machine.time.advance(1500);
					// One in a length may want more than there is, which never comes.
					if (server.replication.follower.state()!.role === "sync") master.cut();
					machine.time.advance(1500);
					expect(server.statistics.internalErrors).toBe(0);
					expect(master.newest()).toBe("PSYNC ? -1");
					copyTo(group, whole);
					expect(digest(machine)).toBe(expected);
				}
			});
		}
	}

	for (const mode of MODES) {
		test(`of every type comes in pieces of all lengths, ${mode}`, () => {
			const large = ["RPUSH", "large", ...Array.from({ length: 3000 }, (_, i) => noise(200, i))];
			const members = ["SADD", "many", ...Array.from({ length: 20_000 }, (_, i) => `member:${i}`)];
			const commands = [...everyType, ["SELECT", "0"], large, members, ["SET", "long", noise(500_000)]];
			const whole = withMark(dataFile(commands));
			const source = new VirtualMachine();
			source.start(DEBUG);
			const client = source.network.connect(6379);
			for (const words of commands) client.run(...words);
			source.time.advance(1000);
			const random = new Random(7);
			for (const most of [5000, 200_000]) {
				const group = replicaOf(`${DEBUG}\nrepl-diskless-load ${mode}`);
				const { machine, master, server } = group;
				master.say(`+FULLRESYNC ${ID} 100\r\n`);
				for (let at = 0; at < whole.length; ) {
					const end = Math.min(whole.length, at + 1 + random.below(most));
					master.say(whole.subarray(at, end));
					machine.time.advance(0);
					at = end;
				}
				machine.time.advance(100);
				expect(server.replication.follower.state()!.linkIsUp).toBe(true);
				expect(digest(machine)).toBe(digest(source));
				for (const { table } of server.keyspace.databases) table.verify();
			}
		});
	}

	for (const [what, frame] of [
		["an error", "-ERR no\r\n"],
		["no length", "$abc\r\n"],
		["a length below zero", "$-1\r\n"],
		["a mark that is too short", "$EOF:abc\r\n"],
		["something else", "+OK\r\n"],
		["a line without an end", "$1".repeat(3000)],
		["nothing", "$0\r\n"],
	] as const) {
		test(`that begins with ${what} is none`, () => {
			const group = replicaOf();
			const { master, machine, server } = group;
			copyTo(group, Buffer.from(frame));
			machine.time.advance(3000);
			expect(master.connections).toBeGreaterThan(1);
			expect(server.statistics.internalErrors).toBe(0);
			expect(server.replication.follower.state()!.linkIsUp).toBe(false);
		});
	}

	test("that claims more than it has is loaded as far as it goes: not at all", () => {
		const group = replicaOf();
		const { master, machine } = group;
		copyTo(group, Buffer.concat([Buffer.from(`$${2 ** 40}\r\n`), file]));
		machine.time.advance(70_000);
		expect(logOf(group)).toContain("Timeout receiving bulk data from MASTER...");
		expect(master.connections).toBeGreaterThan(1);
	});

	test("that fails with swapdb leaves the old data, and the new one comes all at once", () => {
		const group = replicaOf(`${DEBUG}\nrepl-diskless-load swapdb`);
		const { master, machine } = group;
		copyTo(group, withMark(file));
		const client = machine.network.connect(6379);
		master.cut();
		machine.time.advance(100);
		const other = withMark(dataFile([["SET", "new", "1"]]));
		copyTo(group, other.subarray(0, 60), 500, OTHER_ID);
		expect(client.run("GET", "string")).toStartWith("-LOADING");
		master.cut();
		machine.time.advance(1100);
		expect(digest(machine)).toBe(expected);
		// Of the same history the old data is served.
		copyTo(group, other.subarray(0, 60), 500, ID);
		expect(client.run("GET", "string")).toBe("$5\r\nvalue\r\n");
		expect(client.run("INFO", "persistence")).toContain("loading:0\r\nasync_loading:1");
		expect(client.run("REPLICAOF", "NO", "ONE")).toStartWith("-LOADING");
		master.say(other.subarray(60));
		machine.time.advance(10);
		expect(client.run("GET", "string")).toBe("$-1\r\n");
		expect(client.run("GET", "new")).toBe("$1\r\n1\r\n");
	});

	test("is loaded to its end where the master goes when all of it is there", () => {
		const group = replicaOf(`${DEBUG}\nkey-load-delay 20000`);
		const { master, machine, server } = group;
		copyTo(group, withLength(file));
		expect(machine.network.connect(6379).run("GET", "string")).toStartWith("-LOADING");
		master.cut();
		machine.time.advance(400);
		expect(master.newest()).toBe(`PSYNC ${ID} 101`);
		expect(digest(machine)).toBe(expected);
		expect(server.replication.follower.state()!.offset).toBe(100);
	});

	test("begins a new append-only file", () => {
		const group = replicaOf(`${DEBUG}\nappendonly yes`);
		const { machine, master, server } = group;
		copyTo(group, withMark(file));
		machine.time.advance(2000);
		master.say(command("SET", "after", "1"));
		machine.time.advance(2000);
		expect(master.newest()).toMatch(/^REPLCONF ACK 1\d\d FACK 1\d\d$/);
		server.stop();
		machine.start(`${DEBUG}\nappendonly yes`);
		machine.time.advance(1000);
		const client = machine.network.connect(6379);
		expect(client.run("GET", "after")).toBe("$1\r\n1\r\n");
		expect(client.run("LLEN", "list")).toBe(":16\r\n");
	});
});
