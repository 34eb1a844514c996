import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

/** A network whose clients wake up at every write; `writes` are who was written to, in order. */
function started(gathered_bytes: number) {
	const machine = new VirtualMachine();
	machine.network.gathered_bytes = gathered_bytes;
	const server = machine.start();
	const [a, b] = [machine.network.connect(6379), machine.network.connect(6379)];
	return { machine, server, a, b };
}

describe("small replies", () => {
	test("keep their order with large ones and with messages", () => {
		const { machine, a, b } = started(100);
		a.run("SET", "small", "x");
		a.run("SET", "large", "y".repeat(1_000));
		const [small, large] = ["$1\r\nx\r\n", `$1000\r\n${"y".repeat(1_000)}\r\n`];
		// One chunk each, as of three packets: no large reply overtakes a small one.
		a.send("GET", "small");
		a.send("GET", "large");
		a.send("GET", "small");
		machine.network.settle();
		expect(a.take()).toBe(small + large + small);

		b.run("SUBSCRIBE", "news");
		b.send("PING");
		a.send("PUBLISH", "news", "z".repeat(500));
		b.send("PING");
		machine.network.settle();
		const pong = "*2\r\n$4\r\npong\r\n$0\r\n\r\n";
		expect(b.take()).toBe(`${pong}*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$500\r\n${"z".repeat(500)}\r\n${pong}`);
	});

	test("are sent before a connection ends, and nothing to one that is gone", () => {
		const { machine, server, a, b } = started(100);
		expect(a.run("QUIT")).toBe("+OK\r\n");
		expect(a.isClosed).toBe(true);
		b.send("SET", "key", "x");
		b.send("PING");
		machine.network.later(() => b.cut());
		machine.network.settle();
		expect([server.clients.count(), server.keyspace.keyCount()]).toEqual([0, 1]);
	});

	test.each([0, 100])("mean the same as sent at once: %d", (gathered_bytes) => {
		const { machine, a, b } = started(gathered_bytes);
		machine.network.faults = { ...machine.network.faults, chunkBytesMax: 20, writeBytesMax: 15 };
		let expected = "";
		for (let i = 0; i < 200; i++) {
			a.send("APPEND", "text", "x".repeat(i % 7));
			b.send("SET", `key:${i}`, i);
			a.send("GET", "text");
		}
		machine.network.settle();
		let length = 0;
		for (let i = 0; i < 200; i++) {
			length += i % 7;
			expected += `:${length}\r\n$${length}\r\n${"x".repeat(length)}\r\n`;
		}
		expect(a.take()).toBe(expected);
		expect(b.take()).toBe("+OK\r\n".repeat(200));
	});
});
