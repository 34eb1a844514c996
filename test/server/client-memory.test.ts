import { describe, expect, test } from "bun:test";
import { encodeCommand } from "../support/engine.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

const KB = 1024;

function field(text: string, name: string): number {
	return Number(new RegExp(`^${name}:(.*)\r$`, "m").exec(text)![1]);
}

/** The first bytes of a command that is never finished. */
function unfinished(bytes: number): Uint8Array {
	return encodeCommand("SET", "key", "v".repeat(2 * bytes)).subarray(0, bytes);
}

describe("maxmemory-clients", () => {
	test("closes those that use most, until the others fit", () => {
		const machine = new VirtualMachine();
		machine.start("maxmemory-clients 400kb");
		const small = machine.network.connect(6379);
		const clients = [80, 300, 100].map((size) => {
			const client = machine.network.connect(6379);
			client.sendBytes(unfinished(size * KB));
			machine.network.settle();
			return client;
		});
		machine.time.advance(1000);
		expect(clients.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
		expect(field(small.run("INFO", "stats"), "evicted_clients")).toBe(1);
		expect(machine.host.printed.some((line) => /Evicting client: id=3 addr=/.test(line))).toBe(true);
		expect(small.run("CLIENT", "LIST")).not.toContain("id=3 ");
	});

	test("is looked at while commands come, too, not only ten times a second", () => {
		const machine = new VirtualMachine();
		machine.start("maxmemory-clients 200kb");
		const client = machine.network.connect(6379);
		client.sendBytes(unfinished(300 * KB));
		machine.network.settle();
		expect(client.isClosed).toBe(true);
	});

	test("spares clients with NO-EVICT, though what they use counts", () => {
		const machine = new VirtualMachine();
		machine.start("maxmemory-clients 200kb");
		const spared = machine.network.connect(6379);
		const other = machine.network.connect(6379);
		expect(spared.run("CLIENT", "NO-EVICT", "on")).toBe("+OK\r\n");
		spared.sendBytes(unfinished(300 * KB));
		machine.network.settle();
		machine.time.advance(1000);
		expect([spared.isClosed, other.isClosed]).toEqual([false, true]);
		expect(machine.host.printed.at(-1)).toContain("Over client maxmemory after evicting all evictable clients");
	});

	test("is a share of maxmemory, and none where that is none; below 128 KB it would lock everybody out", () => {
		const machine = new VirtualMachine();
		machine.start("maxmemory-clients 10%");
		const asking = machine.network.connect(6379);
		const client = machine.network.connect(6379);
		client.sendBytes(unfinished(150 * KB));
		machine.network.settle();
		machine.time.advance(1000);
		expect(client.isClosed).toBe(false);
		asking.run("CONFIG", "SET", "maxmemory", "10mb");
		machine.time.advance(1000);
		expect(client.isClosed).toBe(false);
		asking.run("CONFIG", "SET", "maxmemory", "1mb");
		machine.time.advance(1000);
		expect(client.isClosed).toBe(true);
		asking.run("CONFIG", "SET", "maxmemory-clients", "1");
		machine.time.advance(1000);
		expect(asking.run("PING")).toBe("+PONG\r\n");
	});
});
