import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { encodeCommand } from "../support/engine.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { NetworkFaults, VirtualClient } from "../support/virtual-network.ts";

function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

/** One client that sends random commands and knows what has to come back: its keys are its own. */
class Conversation {
	readonly client: VirtualClient;
	readonly commands: Uint8Array[] = [];
	expected = "";
	received = "";
	private readonly name: string;
	private readonly values = new Map<string, string>();
	private readonly random: Random;

	constructor(client: VirtualClient, name: string, random: Random) {
		this.client = client;
		this.name = name;
		this.random = random;
	}

	plan(commands: number): void {
		for (let i = 0; i < commands; i++) this.planOne();
	}

	private planOne(): void {
		const key = `${this.name}:${this.random.below(5)}`;
		const held = this.values.get(key);
		switch (this.random.below(6)) {
			case 0:
			case 1: {
				const value = this.text();
				this.values.set(key, value);
				return this.add("+OK\r\n", "SET", key, value);
			}
			case 2:
				return this.add(held === undefined ? "$-1\r\n" : bulk(held), "GET", key);
			case 3: {
				const value = `${held ?? ""}${this.text()}`.slice(0, 200_000);
				if (value.length === 200_000) return this.add("+PONG\r\n", "PING");
				const added = value.slice(held?.length ?? 0);
				this.values.set(key, value);
				return this.add(`:${value.length}\r\n`, "APPEND", key, added);
			}
			case 4:
				this.values.delete(key);
				return this.add(held === undefined ? ":0\r\n" : ":1\r\n", "DEL", key);
			default: {
				const text = this.text();
				return this.add(bulk(text), "ECHO", text);
			}
		}
	}

	/** Mostly short, sometimes longer than a chunk of the network. */
	private text(): string {
		const length = this.random.below(20) === 0 ? this.random.below(70_000) : this.random.below(60);
		return String.fromCharCode(this.random.below(256)).repeat(length);
	}

	private add(reply: string, ...words: string[]): void {
		this.commands.push(encodeCommand(...words));
		this.expected += reply;
	}

	/** Sends the next commands as one write. */
	sendSome(): void {
		this.client.sendBytes(Buffer.concat(this.commands.splice(0, 1 + this.random.below(80))));
	}
}

const harsh: NetworkFaults = { chunkBytesMax: 5_000, writeBytesMax: 8_000, delay_ms_max: 3, drainsFalsely: true };

describe("pipelines", () => {
	test.each([1, 2, 3, 4, 5, 6])("of many clients, cut anywhere, under short writes: seed %d", (seed) => {
		const machine = new VirtualMachine(seed, harsh);
		const server = machine.start("", {
			pauseLimits: { output_bytes: 20_000, input_bytes: 5_000, total_bytes: 1 << 30 },
		});
		const random = new Random(seed);
		let mostPending_bytes = 0;
		const conversations = Array.from({ length: 8 }, (_, i) => {
			const client = machine.network.connect(6379, { window_bytes: 1 + random.below(100_000) });
			const conversation = new Conversation(client, `client${i}`, random);
			conversation.plan(300);
			return conversation;
		});
		for (let step = 0; step < 3000; step++) {
			for (const conversation of conversations) {
				if (conversation.commands.length > 0 && random.below(3) === 0) conversation.sendSome();
				const { client } = conversation;
				if (random.below(10) === 0) client.stopReading();
				else client.startReading();
			}
			machine.time.advance(1 + random.below(5));
			mostPending_bytes = Math.max(mostPending_bytes, server.clients.pendingBytesMax());
			for (const conversation of conversations) conversation.received += conversation.client.take();
			if (conversations.every(({ received, expected }) => received.length === expected.length)) break;
		}
		// Not toEqual: a difference of megabytes would be printed.
		for (const { received, expected } of conversations) expect(received === expected).toBe(true);
		expect(mostPending_bytes).toBeGreaterThan(20_000);
		expect(server.statistics.internalErrors).toBe(0);
		for (const { table } of server.keyspace.databases) table.verify();
	});

	test.each([1, 63, 64, 65, 1000, 20_000])("%d commands in one write are answered in order", (depth) => {
		const machine = new VirtualMachine();
		machine.start();
		const client = machine.network.connect(6379);
		client.sendText(Array.from({ length: depth }, (_, i) => `ECHO ${i}\r\n`).join(""));
		machine.network.settle();
		expect(client.take() === Array.from({ length: depth }, (_, i) => bulk(String(i))).join("")).toBe(true);
	});

	test("byte by byte a command is answered when its last byte has come", () => {
		const machine = new VirtualMachine();
		machine.start();
		const client = machine.network.connect(6379);
		const bytes = encodeCommand("SET", "key", "value");
		for (const byte of bytes.subarray(0, -1)) client.sendBytes(Uint8Array.of(byte));
		machine.network.settle();
		expect(client.take()).toBe("");
		client.sendBytes(bytes.subarray(-1));
		machine.network.settle();
		expect(client.take()).toBe("+OK\r\n");
	});

	test("a command of many arguments is read once, however many pieces it comes in", () => {
		const machine = new VirtualMachine(1, { ...harsh, chunkBytesMax: 700, writeBytesMax: 100_000 });
		const server = machine.start();
		const client = machine.network.connect(6379);
		const other = machine.network.connect(6379);
		const words = Array.from({ length: 20_000 }, (_, i) => `k${i}`);
		client.send("MSET", ...words);
		for (let i = 0; i < 100; i++) other.send("ECHO", i);
		machine.time.advance(1_000);
		expect(client.take()).toBe("+OK\r\n");
		expect(other.take()).toBe(Array.from({ length: 100 }, (_, i) => bulk(String(i))).join(""));
		expect(server.keyspace.keyCount()).toBe(10_000);
	});

	test("what is behind QUIT is not executed, and the connection closes after the reply", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const client = machine.network.connect(6379);
		client.sendText("SET a 1\r\nQUIT\r\nSET b 2\r\n");
		machine.network.settle();
		expect(client.take()).toBe("+OK\r\n+OK\r\n");
		expect(client.isClosed).toBe(true);
		expect(server.keyspace.keyCount()).toBe(1);
		expect(server.clients.count()).toBe(0);
	});

	test("a protocol error is answered behind the replies before it, and closes", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const client = machine.network.connect(6379);
		client.sendText("PING\r\n*1\r\n!bad\r\nPING\r\n");
		machine.network.settle();
		expect(client.take()).toBe("+PONG\r\n-ERR Protocol error: expected '$', got '!'\r\n");
		expect(client.isClosed).toBe(true);
		expect(server.clients.count()).toBe(0);
	});

	test("a reply that is still on its way when QUIT is read arrives whole", () => {
		const machine = new VirtualMachine();
		machine.start();
		const client = machine.network.connect(6379, { window_bytes: 1000 });
		const text = "x".repeat(50_000);
		client.stopReading();
		client.send("ECHO", text);
		client.send("QUIT");
		machine.network.settle();
		expect(client.isClosed).toBe(false);
		client.startReading();
		machine.network.settle();
		expect(client.take() === `${bulk(text)}+OK\r\n`).toBe(true);
		expect(client.isClosed).toBe(true);
	});

	test("a connection that breaks in the middle of a command leaves nothing behind", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const client = machine.network.connect(6379);
		client.sendBytes(encodeCommand("SET", "key", "value").subarray(0, 20));
		machine.network.settle();
		expect(server.clients.count()).toBe(1);
		client.cut();
		machine.network.settle();
		expect(server.clients.count()).toBe(0);
		expect(server.keyspace.keyCount()).toBe(0);
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});

	test("what was sent before the client closed its side is executed", () => {
		const machine = new VirtualMachine(3, { ...harsh, chunkBytesMax: 3 });
		const server = machine.start();
		const client = machine.network.connect(6379);
		for (let i = 0; i < 20; i++) client.send("SET", `key${i}`, "value");
		client.end();
		machine.time.advance(5_000);
		expect(server.keyspace.keyCount()).toBe(20);
		expect(server.clients.count()).toBe(0);
	});
});
