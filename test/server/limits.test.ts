import { describe, expect, test } from "bun:test";
import { MAXCLIENTS, PROTECTED_MODE } from "../../src/resp/errors.ts";
import { encodeCommand } from "../support/engine.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

describe("client-query-buffer-limit", () => {
	const LIMIT = 1 << 20;

	test("a command that does not fit closes the client, and the log says so", () => {
		const machine = new VirtualMachine();
		const server = machine.start(`client-query-buffer-limit ${LIMIT}`);
		const other = machine.network.connect(6379);
		const client = machine.network.connect(6379);
		const command = encodeCommand("SET", "key", "v".repeat(LIMIT));
		for (let at = 0; at < command.length; at += 65_536) client.sendBytes(command.subarray(at, at + 65_536));
		machine.network.settle();
		expect(client.isClosed).toBe(true);
		expect(client.take()).toBe("");
		expect(server.keyspace.keyCount()).toBe(0);
		expect(machine.host.printed.at(-1)).toContain("# Closing client that reached max query buffer length: id=2 ");
		expect(other.run("PING")).toBe("+PONG\r\n");
	});

	test("any number of commands below it pass", () => {
		const machine = new VirtualMachine(1, {
			chunkBytesMax: 100_000,
			writeBytesMax: Infinity,
			delay_ms_max: 0,
			drainsFalsely: false,
		});
		machine.start(`client-query-buffer-limit ${LIMIT}`);
		const client = machine.network.connect(6379);
		for (let i = 0; i < 10; i++) client.send("SET", "key", "v".repeat(LIMIT - 100));
		machine.network.settle();
		expect(client.take()).toBe("+OK\r\n".repeat(10));
	});

	test("follows CONFIG SET", () => {
		const machine = new VirtualMachine();
		machine.start();
		const client = machine.network.connect(6379);
		expect(client.run("CONFIG", "SET", "client-query-buffer-limit", LIMIT)).toBe("+OK\r\n");
		const command = encodeCommand("SET", "key", "v".repeat(LIMIT));
		client.sendBytes(command.subarray(0, LIMIT / 2));
		client.sendBytes(command.subarray(LIMIT / 2));
		machine.network.settle();
		expect(client.isClosed).toBe(true);
	});
});

describe("maxclients", () => {
	test("one too many is told so and closed, until another goes", () => {
		const machine = new VirtualMachine();
		const server = machine.start("maxclients 2");
		const [first, second] = [machine.network.connect(6379), machine.network.connect(6379)];
		const third = machine.network.connect(6379);
		expect(third.run("PING")).toBe(`-${MAXCLIENTS}\r\n`);
		expect(third.isClosed).toBe(true);
		expect([first.run("PING"), second.run("PING")]).toEqual(["+PONG\r\n", "+PONG\r\n"]);
		expect([server.statistics.connectionsReceived, server.statistics.connectionsRejected]).toEqual([3, 1]);
		second.end();
		machine.network.settle();
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});

	test("follows CONFIG SET, as far as there are descriptors", () => {
		const machine = new VirtualMachine();
		machine.host.descriptors = 1_024;
		machine.start("maxclients 500");
		const client = machine.network.connect(6379);
		expect(client.run("CONFIG", "SET", "maxclients", 993)).toContain("try with 992");
		expect(client.run("CONFIG", "GET", "maxclients")).toContain("$3\r\n500\r\n");
		expect(client.run("CONFIG", "SET", "maxclients", 1)).toBe("+OK\r\n");
		expect(machine.network.connect(6379).run("PING")).toBe(`-${MAXCLIENTS}\r\n`);
		expect(client.run("CONFIG", "SET", "maxclients", 992)).toBe("+OK\r\n");
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});
});

describe("protected mode", () => {
	const outside = { from: "192.0.2.7" };

	test("without a password only local clients are served", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const refused = machine.network.connect(6379, outside);
		expect(refused.run("PING")).toBe(`-${PROTECTED_MODE}\r\n`);
		expect(refused.isClosed).toBe(true);
		expect(server.statistics.connectionsRejected).toBe(1);
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});

	test("ends with a password, or when it is turned off", () => {
		const machine = new VirtualMachine();
		machine.start();
		const local = machine.network.connect(6379);
		local.run("CONFIG", "SET", "requirepass", "secret");
		expect(machine.network.connect(6379, outside).run("AUTH", "secret")).toBe("+OK\r\n");
		local.run("CONFIG", "SET", "requirepass", "");
		expect(machine.network.connect(6379, outside).run("PING")).toBe(`-${PROTECTED_MODE}\r\n`);
		local.run("CONFIG", "SET", "protected-mode", "no");
		expect(machine.network.connect(6379, outside).run("PING")).toBe("+PONG\r\n");
	});
});

describe("timeout", () => {
	test("closes a client that was silent for longer", () => {
		const machine = new VirtualMachine();
		const server = machine.start("timeout 5");
		const idle = machine.network.connect(6379);
		const busy = machine.network.connect(6379);
		for (let second = 0; second < 5; second++) {
			machine.time.advance(1_000);
			busy.run("PING");
		}
		expect(idle.isClosed).toBe(false);
		machine.time.advance(200);
		expect(idle.isClosed).toBe(true);
		expect(busy.isClosed).toBe(false);
		expect(server.clients.count()).toBe(1);
	});

	test.each([20_000, 1 << 20])("counts reading, and not what waits to be read: pause at %d bytes", (output_bytes) => {
		const machine = new VirtualMachine();
		machine.start("timeout 5", { pauseLimits: { output_bytes, input_bytes: 1_000, total_bytes: 1 << 30 } });
		const [never, slowly] = [0, 1].map(() => machine.network.connect(6379, { window_bytes: 1_000 }));
		for (const client of [never!, slowly!]) {
			client.stopReading();
			client.send("ECHO", "x".repeat(50_000));
		}
		for (let second = 0; second < 10; second++) {
			machine.time.advance(1_000);
			slowly!.startReading();
			slowly!.flow();
			slowly!.stopReading();
		}
		expect(never!.isClosed).toBe(true);
		expect(slowly!.isClosed).toBe(false);
	});

	test("spares clients that CLIENT PAUSE holds back", () => {
		const machine = new VirtualMachine();
		machine.start("timeout 5");
		const pausing = machine.network.connect(6379);
		const waiting = machine.network.connect(6379);
		pausing.run("CLIENT", "PAUSE", 20_000);
		waiting.send("PING");
		machine.time.advance(15_000);
		expect(pausing.isClosed).toBe(true);
		expect(waiting.isClosed).toBe(false);
		machine.time.advance(5_000);
		expect(waiting.take()).toBe("+PONG\r\n");
	});

	test("follows CONFIG SET", () => {
		const machine = new VirtualMachine();
		machine.start();
		const client = machine.network.connect(6379);
		machine.time.advance(100_000);
		expect(client.run("CONFIG", "SET", "timeout", 1)).toBe("+OK\r\n");
		machine.time.advance(2_000);
		expect(client.isClosed).toBe(true);
	});
});

test("tcp-keepalive is asked for on every new connection", () => {
	const machine = new VirtualMachine();
	machine.start();
	const client = machine.network.connect(6379);
	expect(client.keepAlive_s()).toBe(300);
	client.run("CONFIG", "SET", "tcp-keepalive", 0);
	expect(machine.network.connect(6379).keepAlive_s()).toBe(0);
});
