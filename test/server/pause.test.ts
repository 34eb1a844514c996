import { describe, expect, test } from "bun:test";
import type { ServerOptions } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

function started(directives = "", options: Partial<ServerOptions> = {}) {
	const machine = new VirtualMachine();
	const server = machine.start(directives, options);
	const [a, b] = [machine.network.connect(6379), machine.network.connect(6379)];
	return { machine, server, a, b };
}

describe("CLIENT PAUSE", () => {
	test("holds back everybody's commands and lets them go when the time is over", () => {
		const { machine, a, b } = started();
		expect(a.run("CLIENT", "PAUSE", 1_000)).toBe("+OK\r\n");
		expect(a.run("PING")).toBe("");
		expect(b.run("SET", "key", "1")).toBe("");
		machine.time.advance(999);
		expect([a.take(), b.take()]).toEqual(["", ""]);
		machine.time.advance(1);
		expect([a.take(), b.take()]).toEqual(["+PONG\r\n", "+OK\r\n"]);
		expect(a.run("GET", "key")).toBe("$1\r\n1\r\n");
	});

	test("holds back what stands behind it in the same write, and keeps the order with what comes later", () => {
		const { machine, a } = started();
		a.sendText("INCR n\r\nCLIENT PAUSE 500\r\nINCR n\r\nINCR n\r\n");
		machine.network.settle();
		expect(a.take()).toBe(":1\r\n+OK\r\n");
		a.sendText("INCR n\r\nEC");
		machine.time.advance(400);
		a.sendText("HO done\r\n");
		machine.network.settle();
		expect(a.take()).toBe("");
		machine.time.advance(100);
		expect(a.take()).toBe(":2\r\n:3\r\n:4\r\n$4\r\ndone\r\n");
	});

	test("a long pipeline behind it, in pieces of any length, is executed whole afterwards", () => {
		const { machine, server, a, b } = started();
		a.run("CLIENT", "PAUSE", 500);
		machine.network.faults = { ...machine.network.faults, chunkBytesMax: 3_000 };
		for (let i = 0; i < 2_000; i++) b.send("SET", `key:${i}`, "v".repeat(100));
		machine.network.settle();
		expect(server.keyspace.keyCount()).toBe(0);
		machine.time.advance(500);
		expect(b.take()).toBe("+OK\r\n".repeat(2_000));
		expect(server.keyspace.keyCount()).toBe(2_000);
	});

	test("of more than the limit that waits no more is read, and nothing is lost", () => {
		const pauseLimits = { output_bytes: 1 << 20, input_bytes: 1 << 20, total_bytes: 1 << 30 };
		const { machine, server, a, b } = started("", { pauseLimits });
		a.run("CLIENT", "PAUSE", 500);
		for (let i = 0; i < 300; i++) b.send("SET", `key:${i}`, "v".repeat(10_000));
		machine.network.settle();
		expect(server.clients.queryBytesMax()).toBeLessThan(3 << 20);
		machine.time.advance(500);
		expect(b.take()).toBe("+OK\r\n".repeat(300));
		expect(server.keyspace.keyCount()).toBe(300);
	});

	test("of writes lets reads pass, though not those behind a write of the same client", () => {
		const { machine, a, b } = started();
		a.run("SET", "key", "old");
		a.run("CLIENT", "PAUSE", 1_000, "WRITE");
		expect(a.run("GET", "key")).toBe("$3\r\nold\r\n");
		b.sendText("SET key new\r\nGET key\r\n");
		machine.network.settle();
		expect(b.take()).toBe("");
		expect(a.run("GET", "key")).toBe("$3\r\nold\r\n");
		machine.time.advance(1_000);
		expect(b.take()).toBe("+OK\r\n$3\r\nnew\r\n");
	});

	test("UNPAUSE ends it before its time", () => {
		const { machine, a, b } = started();
		a.run("CLIENT", "PAUSE", 1_000_000, "WRITE");
		b.send("SET", "key", "1");
		machine.time.advance(10);
		expect(a.run("CLIENT", "LIST")).toMatch(/ flags=b .* cmd=(NULL|set) /);
		expect(a.run("CLIENT", "UNPAUSE")).toBe("+OK\r\n");
		expect(b.take()).toBe("+OK\r\n");
		expect(a.run("SET", "key", "2")).toBe("+OK\r\n");
	});

	test("a second one while it lasts can only make it longer", () => {
		const { machine, a, b } = started();
		a.run("CLIENT", "PAUSE", 1_000, "WRITE");
		a.run("CLIENT", "PAUSE", 10, "WRITE");
		b.send("SET", "key", "1");
		machine.time.advance(999);
		expect(b.take()).toBe("");
		a.run("CLIENT", "PAUSE", 500, "WRITE");
		machine.time.advance(499);
		expect(b.take()).toBe("");
		machine.time.advance(1);
		expect(b.take()).toBe("+OK\r\n");
	});

	test("clients that are closed while they wait never run what they sent", () => {
		const { machine, server, a, b } = started();
		const c = machine.network.connect(6379);
		a.run("CLIENT", "PAUSE", 1_000, "WRITE");
		b.send("SET", "b", "1");
		c.send("SET", "c", "1");
		machine.network.settle();
		b.cut();
		expect(a.run("CLIENT", "KILL", "ADDR", c.address())).toBe(":1\r\n");
		machine.time.advance(2_000);
		expect(c.isClosed).toBe(true);
		expect(server.keyspace.keyCount()).toBe(0);
		expect(server.clients.count()).toBe(1);
	});

	test("longer than a timer can wait is still a pause", () => {
		const { machine, a, b } = started("hz 1");
		const month_ms = 30 * 86_400_000;
		expect(a.run("CLIENT", "PAUSE", month_ms, "WRITE")).toBe("+OK\r\n");
		b.send("SET", "key", "1");
		machine.time.advance(1_000);
		expect(b.take()).toBe("");
		a.run("CLIENT", "UNPAUSE");
		expect(b.take()).toBe("+OK\r\n");
	});
});
