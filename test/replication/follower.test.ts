import { describe, expect, test } from "bun:test";
import { GATE_BUSY } from "../../src/dispatch/gates.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import {
	command,
	copyTo,
	dataFile,
	type Group,
	ID,
	logOf,
	MASTER_PORT,
	OTHER_ID,
	replicaOf,
	ScriptedMaster,
	sampleData,
	withMark,
} from "./scripted-master.ts";

const DEBUG = "enable-debug-command yes";

describe("the stream", () => {
	function following(directives = DEBUG): Group {
		const group = replicaOf(directives);
		copyTo(group, withMark(dataFile([])), 0);
		return group;
	}

	const pieces = [
		command("SELECT", "2"),
		command("INCR", "n"),
		command("MULTI") + command("INCR", "n") + command("RPUSH", "l", "a") + command("EXEC"),
		command("INCR", "n"),
		command("PING"),
		command("MULTI") + command("SET", "x", "y".repeat(30)) + command("EXEC"),
		command("SELECT", "0") + command("LPUSH", "z", "1"),
	];

	test("cut at every byte counts what was executed, a transaction as a whole, and nothing twice", () => {
		const whole = pieces.join("");
		const ends = pieces.map((_, i) => pieces.slice(0, i + 1).join("").length);
		const starts = [0, ...commandEnds(pieces)];
		for (let at = 0; at <= whole.length; at++) {
			const group = following();
			const { master, machine, server } = group;
			master.say(whole.slice(0, at));
			machine.time.advance(0);
			const { offset } = server.replication.stream;
			expect(offset).toBe(starts.filter((start) => start <= at).at(-1)!);
			master.cut();
			machine.time.advance(1000);
			expect(master.newest()).toBe(`PSYNC ${ID} ${offset + 1}`);
			master.say(`+CONTINUE\r\n${whole.slice(offset)}`);
			machine.time.advance(0);
			const client = machine.network.connect(6379);
			expect(client.run("LLEN", "z")).toBe(":1\r\n");
			client.run("SELECT", "2");
			expect(client.run("GET", "n")).toBe("$1\r\n3\r\n");
			expect(client.run("LLEN", "l")).toBe(":1\r\n");
			expect(server.replication.stream.offset).toBe(ends.at(-1)!);
		}
	});

	test("is kept as it came, for replicas of this one", () => {
		const { master, machine, server } = following();
		master.say(pieces.join(""));
		machine.time.advance(0);
		const { stream } = server.replication;
		const length = stream.find(0);
		const bytes = stream.found.subarray(stream.foundAt, stream.foundAt + length);
		expect(Buffer.from(bytes).toString("latin1")).toBe(pieces.join(""));
	});

	test("has no replies, whatever comes, but for GETACK", () => {
		const { master, machine } = following();
		const said = command("GET", "a") + command("NOSUCH") + command("BLPOP", "nothing", "0") + command("LPUSH");
		master.say(said + command("REPLCONF", "GETACK", "*"));
		machine.time.advance(0);
		const asked = command("REPLCONF", "GETACK", "*").length;
		expect(master.newest()).toBe(`REPLCONF ACK ${said.length + asked}`);
		expect(machine.host.printed.join("\n")).toContain(
			"== CRITICAL == This replica is sending an error to its master: 'wrong number of arguments for 'lpush' command' after " +
				"processing the command 'lpush'",
		);
	});

	test("ends where it makes no sense, and is begun anew", () => {
		const { master, machine, server } = following();
		master.say(`${command("SET", "a", "1")}*1\r\n!garbage\r\n`);
		machine.time.advance(1500);
		expect(master.newest()).toBe("PSYNC ? -1");
		expect(server.replication.follower.state()!.linkIsUp).toBe(false);
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("says what is over by itself: nothing expires on the way", () => {
		const { master, machine } = following();
		const client = machine.network.connect(6379);
		const soon = String(machine.time.now_ms() + 1000);
		master.say(command("SELECT", "0") + command("SET", "k", "1", "PXAT", soon));
		machine.time.advance(5000);
		expect(client.run("GET", "k")).toBe("$-1\r\n");
		expect(client.run("DBSIZE")).toBe(":1\r\n");
		master.say(command("INCR", "k") + command("PERSIST", "k"));
		machine.time.advance(0);
		expect(client.run("GET", "k")).toBe("$1\r\n2\r\n");
	});

	test("waits while a script has made way, and goes on behind it", () => {
		const { master, machine, server } = following();
		server.executor.setGate(GATE_BUSY, true);
		master.say(command("SET", "a", "1"));
		machine.time.advance(1000);
		expect(server.keyspace.keyCount()).toBe(0);
		server.executor.setGate(GATE_BUSY, false);
		machine.time.advance(200);
		expect(server.keyspace.keyCount()).toBe(1);
	});

	for (const [setting, ends] of [
		["no", true],
		["yes", false],
	] as const) {
		test(`that cannot be kept on disk ends the server, replica-ignore-disk-write-errors ${setting}: ${ends}`, () => {
			const group = following(`replica-ignore-disk-write-errors ${setting}`);
			const { master, machine, server } = group;
			const exits: number[] = [];
			server.onStopped((code) => exits.push(code));
			server.executor.writeRefusal = "MISCONF no";
			master.say(command("PING"));
			machine.time.advance(10);
			expect(exits).toEqual([]);
			master.say(command("SET", "a", "1"));
			machine.time.advance(10);
			expect(exits).toEqual(ends ? [1] : []);
			expect(logOf(group)).toContain(
				ends
					? "# Replica was unable to write command to disk."
					: "# Replica is applying a command it is unable to write to disk.",
			);
		});
	}

	test("that is silent for too long is looked for again", () => {
		const group = following("repl-timeout 5");
		const { master, machine } = group;
		machine.time.advance(8000);
		expect(logOf(group)).toContain("MASTER timeout: no data nor PING received...");
		expect(master.newest()).toBe(`PSYNC ${ID} 1`);
	});

	test("goes on under another name, which replicas have to hear of", () => {
		const { master, machine, server } = following();
		master.say(command("SET", "a", "1"));
		machine.time.advance(0);
		const { offset } = server.replication.stream;
		master.cut();
		machine.time.advance(100);
		master.say(`+CONTINUE ${OTHER_ID}\r\n`);
		machine.time.advance(0);
		const { id, secondId, secondOffset } = server.replication.history;
		expect([id, secondId, secondOffset]).toEqual([OTHER_ID, ID, offset + 1]);
	});
});

describe("a role", () => {
	test("changes by REPLICAOF, with its replies", () => {
		const machine = new VirtualMachine();
		const master = new ScriptedMaster(machine);
		const server = machine.start();
		const client = machine.network.connect(6379);
		expect(client.run("REPLICAOF", "NO", "ONE")).toBe("+OK\r\n");
		expect(client.run("REPLICAOF", "127.0.0.1", "x")).toBe("-ERR Invalid master port\r\n");
		expect(client.run("REPLICAOF", "127.0.0.1", "65536")).toBe("-ERR Invalid master port\r\n");
		expect(client.run("SLAVEOF", "127.0.0.1", String(MASTER_PORT))).toBe("+OK\r\n");
		expect(client.run("REPLICAOF", "127.0.0.1", String(MASTER_PORT))).toBe(
			"+OK Already connected to specified master\r\n",
		);
		expect(client.run("CONFIG", "GET", "replicaof")).toContain(`127.0.0.1 ${MASTER_PORT}`);
		expect(client.run("SET", "a", "b")).toStartWith("-READONLY");
		machine.time.advance(100);
		expect(master.newest()).toBe(`PSYNC ${server.replication.history.id} 1`);
		expect(client.run("REPLICAOF", "no", "one")).toBe("+OK\r\n");
		expect(client.run("CONFIG", "GET", "replicaof")).toBe("*2\r\n$9\r\nreplicaof\r\n$0\r\n\r\n");
		expect(client.run("SET", "a", "b")).toBe("+OK\r\n");
		expect(master.isClosed).toBe(true);
	});

	test("has an end for those who wait", () => {
		const machine = new VirtualMachine();
		machine.start();
		const waiting = machine.network.connect(6379);
		expect(waiting.run("BLPOP", "nothing", "0")).toBe("");
		const client = machine.network.connect(6379);
		client.run("REPLICAOF", "127.0.0.1", "1");
		machine.time.advance(0);
		expect(waiting.take()).toBe(
			"-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n",
		);
		expect(waiting.isClosed).toBe(true);
	});

	test("changes inside a transaction as a whole, and CONFIG REWRITE knows of it", () => {
		const machine = new VirtualMachine();
		machine.files.replaceText("/work/redis.conf", "port 6379\n");
		const server = machine.start("appendonly yes", { configFile: "/work/redis.conf" });
		machine.time.advance(1000);
		const client = machine.network.connect(6379);
		client.sendText("MULTI\r\nSET a 1\r\nSLAVEOF 127.0.0.1 7000\r\nCONFIG REWRITE\r\nEXEC\r\n");
		machine.time.advance(10);
		expect(client.take()).toEndWith("*3\r\n+OK\r\n+OK\r\n+OK\r\n");
		expect(machine.files.readText("/work/redis.conf")).toContain("replicaof 127.0.0.1 7000");
		expect(server.statistics.internalErrors).toBe(0);
		client.sendText("MULTI\r\nSLAVEOF NO ONE\r\nCONFIG REWRITE\r\nEXEC\r\n");
		machine.time.advance(10);
		expect(client.take()).toEndWith("*2\r\n+OK\r\n+OK\r\n");
		expect(machine.files.readText("/work/redis.conf")).not.toContain("replicaof");
		expect(client.run("SET", "c", "1")).toBe("+OK\r\n");
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("that is promoted goes on with the history it had, under a name of its own", () => {
		const group = replicaOf();
		const { master, machine, server } = group;
		copyTo(group, withMark(dataFile([])), 100);
		master.say(command("SET", "a", "1"));
		machine.time.advance(0);
		const { offset } = server.replication.stream;
		const client = machine.network.connect(6379);
		client.run("REPLICAOF", "NO", "ONE");
		const { history, stream } = server.replication;
		expect([history.secondId, history.secondOffset]).toEqual([ID, offset + 1]);
		client.run("SET", "b", "2");
		machine.time.advance(0);
		const told = command("SELECT", "0") + command("SET", "b", "2");
		expect(stream.offset).toBe(offset + told.length);
		client.run("REPLICAOF", "127.0.0.1", String(MASTER_PORT));
		machine.time.advance(100);
		expect(master.newest()).toBe(`PSYNC ${history.id} ${stream.offset + 1}`);
	});

	test("that is kept over a restart goes on from where it was", () => {
		const group = replicaOf("save 3600 1");
		const { master, machine, server } = group;
		copyTo(group, withMark(dataFile()), 100);
		master.say(command("SELECT", "3") + command("SET", "a", "1"));
		machine.time.advance(0);
		const { offset } = server.replication.stream;
		machine.network.connect(6379).send("SHUTDOWN");
		machine.time.advance(100);
		const again = machine.start(`save 3600 1\nreplicaof 127.0.0.1 ${MASTER_PORT}`);
		machine.time.advance(1500);
		expect(master.newest()).toBe(`PSYNC ${ID} ${offset + 1}`);
		master.say(`+CONTINUE\r\n${command("INCR", "a")}`);
		machine.time.advance(0);
		const client = machine.network.connect(6379);
		client.run("SELECT", "3");
		expect(client.run("GET", "a")).toBe("$1\r\n2\r\n");
		// What was over when it was loaded is there for the master to say so.
		expect(again.keyspace.keyCount()).toBe(sampleData.length - 1);
	});
});

/** Where the commands end that may be gone on from. */
function commandEnds(pieces: readonly string[]): number[] {
	const ends: number[] = [];
	let at = 0;
	for (const piece of pieces) {
		at += piece.length;
		if (piece.startsWith(command("SELECT", "0"))) ends.push(at - piece.length + command("SELECT", "0").length);
		ends.push(at);
	}
	return ends.sort((a, b) => a - b);
}
