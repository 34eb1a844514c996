import { describe, expect, test } from "bun:test";
import type { ServerOptions } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

const WINDOW_BYTES = 5_000;
const VALUE_BYTES = 10_000;
const small: Partial<ServerOptions> = {
	pauseLimits: { output_bytes: 100_000, input_bytes: 2_000, total_bytes: 1 << 30 },
};

function machineWith(directives = "", options = small) {
	const machine = new VirtualMachine();
	const server = machine.start(directives, options);
	const other = machine.network.connect(6379);
	other.run("SET", "value", "v".repeat(VALUE_BYTES));
	const slow = machine.network.connect(6379, { window_bytes: WINDOW_BYTES });
	slow.stopReading();
	return { machine, server, other, slow };
}

function ask(slow: VirtualClient, count: number, asOneWrite: boolean): void {
	if (asOneWrite) slow.sendText("GET value\r\n".repeat(count));
	else for (let i = 0; i < count; i++) slow.sendText("GET value\r\n");
}

describe("a client that does not read", () => {
	test.each([true, false])("costs bounded memory, whether it asks in one write or in many: %p", (asOneWrite) => {
		const { machine, server, other, slow } = machineWith();
		ask(slow, 2_000, asOneWrite);
		machine.network.settle();
		// One flush of replies and the command at work may come on top.
		expect(server.clients.pendingBytesMax()).toBeGreaterThan(100_000);
		expect(server.clients.pendingBytesMax()).toBeLessThan(100_000 + 300_000);
		expect(server.clients.queryBytesMax()).toBeLessThan(300_000);
		expect(other.run("PING")).toBe("+PONG\r\n");

		slow.startReading();
		machine.network.settle();
		expect(slow.arrivedBytes()).toBe(2_000 * (VALUE_BYTES + 10));
		expect(server.clients.pendingBytesMax()).toBe(0);
		expect(server.clients.queryBytesMax()).toBe(0);
	});

	test("is not read from while it waits, and nothing it sent is lost", () => {
		const { machine, server, slow } = machineWith();
		ask(slow, 100, true);
		machine.network.settle();
		for (let i = 0; i < 2_000; i++) slow.sendText(`SET key${i} ${i}\r\n`);
		machine.network.settle();
		expect(server.clients.queryBytesMax()).toBeLessThan(10_000);
		expect(server.keyspace.keyCount()).toBe(1);
		slow.startReading();
		machine.network.settle();
		expect(server.keyspace.keyCount()).toBe(2_001);
		expect(slow.take().endsWith("+OK\r\n".repeat(2_000))).toBe(true);
	});

	test("may be gone while it waits", () => {
		const { machine, server, other, slow } = machineWith();
		ask(slow, 1_000, true);
		machine.network.settle();
		slow.cut();
		machine.time.advance(1_000);
		expect(server.clients.count()).toBe(1);
		expect(server.clients.pendingBytesMax()).toBe(0);
		expect(other.run("PING")).toBe("+PONG\r\n");
	});

	test("shows in CLIENT LIST what waits for it", () => {
		const { machine, other, slow } = machineWith();
		ask(slow, 3, true);
		machine.network.settle();
		const waiting = 3 * (VALUE_BYTES + 10) - WINDOW_BYTES;
		const line = other
			.run("CLIENT", "LIST")
			.split("\n")
			.find((text) => text.includes(slow.address()));
		expect(line).toContain(` omem=${waiting} `);
		expect(line).toContain(" events=rw ");
	});
});

describe("client-output-buffer-limit", () => {
	test("beyond the hard limit the client is closed at once, and the log says why", () => {
		const { machine, server, other, slow } = machineWith("client-output-buffer-limit normal 50000 0 0");
		ask(slow, 5, true);
		machine.network.settle();
		expect(slow.isClosed).toBe(false);
		ask(slow, 1, true);
		machine.network.settle();
		expect(slow.isClosed).toBe(true);
		expect(server.clients.count()).toBe(1);
		const last = machine.host.printed.at(-1);
		expect(last).toContain(`# Client id=2 addr=${slow.address()} `);
		expect(last).toContain("closed for overcoming of output buffer limits.");
		expect(other.run("PING")).toBe("+PONG\r\n");
	});

	test("commands behind the one that went beyond it are not executed", () => {
		const { machine, server, slow } = machineWith("client-output-buffer-limit normal 50000 0 0");
		slow.sendText(`${"GET value\r\n".repeat(100)}SET late 1\r\n`);
		machine.network.settle();
		expect(slow.isClosed).toBe(true);
		expect(server.keyspace.keyCount()).toBe(1);
	});

	test("beyond the soft limit it is closed when the seconds are over", () => {
		const { machine, slow } = machineWith("client-output-buffer-limit normal 0 20000 10");
		ask(slow, 4, true);
		machine.time.advance(10_000);
		expect(slow.isClosed).toBe(false);
		machine.time.advance(200);
		expect(slow.isClosed).toBe(true);
	});

	test("the seconds begin anew when it has been below the soft limit", () => {
		const { machine, slow } = machineWith("client-output-buffer-limit normal 0 20000 10");
		ask(slow, 4, true);
		machine.time.advance(9_000);
		slow.startReading();
		machine.network.settle();
		slow.stopReading();
		ask(slow, 4, true);
		machine.time.advance(9_000);
		expect(slow.isClosed).toBe(false);
		machine.time.advance(1_500);
		expect(slow.isClosed).toBe(true);
	});

	test("other classes of clients do not count", () => {
		const { machine, slow } = machineWith("client-output-buffer-limit pubsub 1000 0 0 replica 1000 0 0");
		ask(slow, 5, true);
		machine.time.advance(1_000);
		expect(slow.isClosed).toBe(false);
	});

	test("CONFIG SET counts for those who wait already", () => {
		const { machine, other, slow } = machineWith();
		ask(slow, 5, true);
		machine.network.settle();
		expect(other.run("CONFIG", "SET", "client-output-buffer-limit", "normal 30000 0 0")).toBe("+OK\r\n");
		expect(slow.isClosed).toBe(false);
		machine.time.advance(200);
		expect(slow.isClosed).toBe(true);
	});
});
