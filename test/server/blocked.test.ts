import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const [a, b] = [machine.network.connect(6379), machine.network.connect(6379)];
	return { machine, server, a, b };
}

/** WAIT for a replica that does not exist is the plainest way to be blocked. */
describe("a blocked client", () => {
	test("is answered when its time is over, and what it sent meanwhile comes after, in order", () => {
		const { machine, a, b } = started();
		a.sendText("INCR n\r\nWAIT 1 1000\r\nINCR n\r\n");
		machine.network.settle();
		expect(a.take()).toBe(":1\r\n");
		a.sendText("INCR n\r\nEC");
		expect(b.run("GET", "n")).toBe("$1\r\n1\r\n");
		machine.time.advance(999);
		a.sendText("HO done\r\n");
		machine.network.settle();
		expect(a.take()).toBe("");
		machine.time.advance(1);
		expect(a.take()).toBe(":0\r\n:2\r\n:3\r\n$4\r\ndone\r\n");
	});

	test("can be blocked again by what it sent meanwhile", () => {
		const { machine, a } = started();
		a.sendText("WAIT 1 100\r\nWAIT 1 100\r\nPING\r\n");
		machine.time.advance(100);
		expect(a.take()).toBe(":0\r\n");
		machine.time.advance(100);
		expect(a.take()).toBe(":0\r\n+PONG\r\n");
	});

	test("is let go by CLIENT UNBLOCK, as if its time were over or with an error", () => {
		const { machine, server, a, b } = started();
		a.sendText("WAIT 1 0\r\nPING\r\n");
		expect(b.run("CLIENT", "UNBLOCK", 1)).toBe(":1\r\n");
		expect(a.take()).toBe(":0\r\n+PONG\r\n");
		a.sendText("WAIT 1 50\r\nPING\r\n");
		expect(b.run("CLIENT", "UNBLOCK", 1, "ERROR")).toBe(":1\r\n");
		expect(a.take()).toBe("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n+PONG\r\n");
		expect(server.statistics.errors.get("UNBLOCKED")).toBe(1);
		expect(b.run("CLIENT", "UNBLOCK", 1)).toBe(":0\r\n");
		machine.time.advance(100);
		expect(a.take()).toBe("");
	});

	test("gets no late reply where it wants none", () => {
		const { machine, a } = started();
		a.sendText(
			"CLIENT REPLY SKIP\r\nWAIT 1 100\r\nECHO after\r\nCLIENT REPLY OFF\r\nWAIT 1 100\r\nCLIENT REPLY ON\r\n",
		);
		machine.time.advance(300);
		expect(a.take()).toBe("$5\r\nafter\r\n+OK\r\n");
	});

	test("that goes away leaves nothing behind, nor does the server that stops", () => {
		const { machine, server, a, b } = started();
		const c = machine.network.connect(6379);
		const pending = machine.time.pendingCount();
		for (const client of [a, b, c]) client.sendText("WAIT 1 5000\r\nSET late 1\r\n");
		machine.network.settle();
		expect(machine.time.pendingCount()).toBe(pending + 3);
		a.cut();
		expect(machine.network.connect(6379).run("CLIENT", "KILL", "ADDR", b.address())).toBe(":1\r\n");
		expect(machine.time.pendingCount()).toBe(pending + 1);
		server.stop();
		machine.network.settle();
		expect(machine.time.pendingCount()).toBe(0);
		expect(server.keyspace.keyCount()).toBe(0);
	});

	test("is not idle: neither while it waits nor when it is answered", () => {
		const { machine, a } = started("timeout 1");
		a.sendText("WAIT 1 5000\r\n");
		machine.time.advance(5_000);
		expect(a.take()).toBe(":0\r\n");
		machine.time.advance(900);
		expect(a.run("PING")).toBe("+PONG\r\n");
		machine.time.advance(1_200);
		expect(a.isClosed).toBe(true);
	});

	test("whose time is over during CLIENT PAUSE is answered, but goes no further", () => {
		const { machine, a, b } = started();
		a.sendText("WAIT 1 100\r\nPING\r\n");
		b.run("CLIENT", "PAUSE", 500);
		machine.time.advance(100);
		expect(a.take()).toBe(":0\r\n");
		machine.time.advance(400);
		expect(a.take()).toBe("+PONG\r\n");
	});
});
