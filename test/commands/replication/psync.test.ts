import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../../support/virtual-machine.ts";

function started(directives = "repl-diskless-sync-delay 0") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	return { machine, server, client: machine.network.connect(6379) };
}

describe("REPLCONF", () => {
	// As redis-server 7.0 replies, but for `version`, which came with 7.2.
	test.each([
		["", "+OK"],
		["a", "-ERR syntax error"],
		["a b", "-ERR Unrecognized REPLCONF option: a"],
		["listening-port x", "-ERR value is not an integer or out of range"],
		["listening-port 1 capa", "-ERR syntax error"],
		["listening-port -5", "+OK"],
		["LISTENING-PORT 7000 ip-address 10.0.0.1 capa eof capa psync2 capa unheard-of", "+OK"],
		["rdb-only 2", "-ERR value is out of range, value must between 0 and 1"],
		["rdb-only x", "-ERR value is not an integer or out of range"],
		["rdb-filter-only functions", "+OK"],
		["rdb-filter-only x", "-ERR Unsupported rdb-filter-only option: x"],
		["version 7.2.4", "+OK"],
		["getack *", ""],
		["ack 1", ""],
		["ack x", ""],
	])("%s", (words, reply) => {
		const { client } = started();
		expect(client.run("REPLCONF", ...words.split(" ").filter((word) => word !== ""))).toBe(
			reply === "" ? "" : `${reply}\r\n`,
		);
	});

	test("refuses what is no list of words, and addresses too long for one", () => {
		const { client } = started();
		expect(client.run("REPLCONF", "rdb-filter-only", '"a')).toBe("-ERR Missing rdb-filter-only values\r\n");
		expect(client.run("REPLCONF", "ip-address", "a".repeat(300))).toBe(
			"-ERR REPLCONF ip-address provided by replica instance is too long: 300 bytes\r\n",
		);
	});
});

describe("PSYNC and SYNC", () => {
	test("of a position that is no number, or inside a transaction, are errors", () => {
		const { client } = started();
		expect(client.run("PSYNC", "?", "x")).toBe("-ERR value is not an integer or out of range\r\n");
		client.run("MULTI");
		expect(client.run("SYNC")).toBe("-ERR Command not allowed inside a transaction\r\n");
		expect(client.run("DISCARD")).toBe("+OK\r\n");
	});

	test("behind a command whose reply is not sent are errors", () => {
		const { machine, client } = started();
		client.sendText("PING\r\nPSYNC ? -1\r\n");
		machine.network.settle();
		expect(client.take()).toBe("+PONG\r\n-ERR SYNC and PSYNC are invalid with pending output\r\n");
	});

	test("are refused where the user may not give them, and by a replica that has lost its master", () => {
		const { client, server } = started();
		client.run("ACL", "SETUSER", "default", "-psync");
		expect(client.run("PSYNC", "?", -1)).toStartWith("-NOPERM");
		client.run("ACL", "SETUSER", "default", "+psync");
		server.replication.leader.setUpstream({ isConnected: false, database: 0 });
		expect(client.run("PSYNC", "?", -1)).toBe("-NOMASTERLINK Can't SYNC while not connected with my master\r\n");
		expect(client.run("SYNC")).toBe("-NOMASTERLINK Can't SYNC while not connected with my master\r\n");
	});

	test("of a client that is a replica already change nothing", () => {
		const { machine, client } = started();
		client.send("PSYNC", "?", -1);
		machine.time.advance(100);
		expect(client.take()).toStartWith("+FULLRESYNC");
		client.send("PSYNC", "?", -1);
		machine.time.advance(100);
		expect(client.take()).toBe("");
		expect(client.isClosed).toBe(false);
	});

	test("cost nothing while nobody follows", () => {
		const { client, server } = started();
		client.run("SET", "a", 1);
		expect(client.run("ROLE")).toBe("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
		expect(server.keyspace.effects.isOn).toBe(false);
		expect(server.replication.stream.bytesUsed()).toBe(0);
	});
});
