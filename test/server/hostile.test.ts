/** Short versions of the cases of `npm run test:hostile`: memory stays bounded, and others are served. */
import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import type { Server, ServerOptions } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

const WINDOW_BYTES = 5_000;
const VALUE_BYTES = 10_000;
const TOTAL_BYTES = 400_000;
const small: Partial<ServerOptions> = {
	pauseLimits: { output_bytes: 100_000, input_bytes: 50_000, total_bytes: TOTAL_BYTES },
};

function started(directives = "", options = small) {
	const machine = new VirtualMachine();
	const server = machine.start(directives, options);
	const honest = machine.network.connect(6379);
	const mob = (count: number): VirtualClient[] =>
		Array.from({ length: count }, () => machine.network.connect(6379, { window_bytes: WINDOW_BYTES }));
	return { machine, server, honest, mob };
}

/** What is kept for clients. */
function keptBytes(server: Server): number {
	let bytes = 0;
	for (const client of server.clients.all()) bytes += client.link.pendingBytes() + client.link.queryCapacityBytes();
	return bytes;
}

function serves(honest: VirtualClient): void {
	expect(honest.run("SET", "honest", "value")).toBe("+OK\r\n");
	expect(honest.run("GET", "honest")).toBe("$5\r\nvalue\r\n");
}

describe("hostile clients", () => {
	test.each([1, 4, 10, 50])("%d that never read take no more together than the limit, and a reply each", (count) => {
		const { machine, server, honest, mob } = started();
		honest.run("SET", "value", "v".repeat(VALUE_BYTES));
		const deaf = mob(count);
		for (const one of deaf) one.stopReading();
		for (let round = 0; round < 20; round++) {
			for (const one of deaf) one.sendText("GET value\r\n".repeat(50));
			machine.network.settle();
			// Where there is no room left 16 KiB of replies are written before that is found out, and the command at work is run.
			expect(server.connections.backlog.bytes).toBeLessThan(TOTAL_BYTES + count * (16_384 + VALUE_BYTES + 1_000));
			serves(honest);
		}
		for (const one of deaf) one.startReading();
		machine.network.settle();
		for (const one of deaf) expect(one.arrivedBytes()).toBe(20 * 50 * (VALUE_BYTES + 10));
		expect(server.connections.backlog.bytes).toBe(0);
	});

	test("that send all they have before they read are not waited for", () => {
		const { machine, mob, honest } = started();
		honest.run("SET", "value", "v".repeat(1_000));
		const [one] = mob(1);
		one!.stopReading();
		// More output than it may have, all of the input within what it may send ahead.
		one!.sendText("GET value\r\n".repeat(3_000));
		one!.sendText("SET last 1\r\n");
		machine.network.settle();
		one!.startReading();
		machine.network.settle();
		expect(one!.take().endsWith("+OK\r\n")).toBe(true);
		expect(honest.run("GET", "last")).toBe("$1\r\n1\r\n");
	});

	test("that send byte by byte, or half a command, cost what they have sent", () => {
		const { machine, server, honest, mob } = started();
		const slow = mob(50);
		const request = "*3\r\n$3\r\nSET\r\n$4\r\nslow\r\n$5\r\nvalue\r\n";
		for (const one of mob(50)) one.sendText(request.slice(0, 20));
		for (const byte of request) {
			for (const one of slow) one.sendText(byte);
			machine.network.settle();
			serves(honest);
		}
		expect(slow.map((one) => one.take())).toEqual(slow.map(() => "+OK\r\n"));
		expect(keptBytes(server)).toBeLessThan(51 * 20_000);
	});

	test("that announce much and send little cost what they have sent", () => {
		const { machine, server, honest, mob } = started();
		for (const one of mob(50)) one.sendText("*1000000\r\n$3\r\nDEL\r\n");
		for (const one of mob(50)) one.sendText("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n");
		machine.network.settle();
		serves(honest);
		expect(keptBytes(server)).toBeLessThan(100 * 20_000);
		const one = mob(1)[0]!;
		one.sendText("*100001\r\n$3\r\nDEL\r\n");
		for (let i = 0; i < 100; i++) one.sendText("$4\r\nnone\r\n".repeat(1_000));
		machine.network.settle();
		expect(one.take()).toBe(":0\r\n");
		serves(honest);
	});

	test("with lines that do not end are turned away", () => {
		const { machine, server, honest, mob } = started();
		const some = mob(20);
		for (const one of some) one.sendText("x".repeat(70_000));
		machine.network.settle();
		for (const one of some) expect(one.take()).toBe("-ERR Protocol error: too big inline request\r\n");
		expect(server.clients.count()).toBe(1);
		serves(honest);
	});

	test("with ten thousand channels have them, and leave nothing behind", () => {
		const { machine, server, honest, mob } = started("", {});
		const [hoarder] = mob(1);
		const channels = Array.from({ length: 10_000 }, (_, i) => `channel:${i}`);
		hoarder!.send("SUBSCRIBE", ...channels);
		machine.network.settle();
		serves(honest);
		expect(server.pubSub.counts()).toMatchObject({ clients: 1, channels: 10_000 });
		hoarder!.cut();
		expect(server.pubSub.counts()).toMatchObject({ clients: 0, channels: 0 });
	});

	test("that listen and do not read share what they are sent, and are closed beyond their limit", () => {
		const { machine, server, honest, mob } = started("client-output-buffer-limit pubsub 100000 0 0");
		const deaf = mob(1_000);
		for (const one of deaf) {
			one.send("SUBSCRIBE", "news");
			one.stopReading();
		}
		machine.network.settle();
		for (let i = 0; i < 20; i++) {
			const receivers = honest.run("PUBLISH", "news", "m".repeat(6_000));
			expect(receivers).toBe(i < 18 ? ":1000\r\n" : ":0\r\n");
			// Shared bytes are nobody's own.
			expect(server.connections.backlog.bytes).toBe(0);
			serves(honest);
		}
		expect(server.clients.count()).toBe(1);
	});

	test("that queue without end are closed at client-query-buffer-limit", () => {
		const { machine, server, honest, mob } = started("client-query-buffer-limit 1mb");
		const [one] = mob(1);
		one!.send("MULTI");
		let sent = 0;
		while (!one!.isClosed && sent < 10 << 20) {
			one!.sendText(`SET key ${"v".repeat(1_000)}\r\n`.repeat(50));
			sent += 50 * 1_000;
			machine.network.settle();
		}
		expect(sent).toBeGreaterThan(500_000);
		expect(sent).toBeLessThan(2 << 20);
		expect(machine.host.printed.at(-1)).toContain("Closing client that reached max query buffer length");
		expect(server.keyspace.keyCount()).toBe(0);
		serves(honest);
	});

	test("that come and go, or never say who they are, leave nothing behind", () => {
		const { machine, server, honest, mob } = started("requirepass secret");
		expect(honest.run("AUTH", "secret")).toBe("+OK\r\n");
		const pending = machine.time.pendingCount();
		for (let round = 0; round < 50; round++) {
			const some = mob(20);
			some[0]!.sendText("*1000000\r\n");
			some[1]!.sendText("*2\r\n$536870912\r\n");
			some[2]!.sendText("GET honest\r\nMULTI\r\nSUBSCRIBE x\r\nAUTH wrong\r\n");
			some[3]!.sendText("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
			machine.network.settle();
			expect([some[0]!.isClosed, some[1]!.isClosed, some[2]!.isClosed, some[3]!.isClosed]).toEqual([
				true,
				true,
				false,
				true,
			]);
			for (const one of some) one.cut();
			serves(honest);
		}
		expect(server.clients.count()).toBe(1);
		expect(machine.time.pendingCount()).toBe(pending);
	});

	test.each([1, 2, 3])("that are killed in the middle of anything leave nothing behind: seed %d", (seed) => {
		const { machine, server, honest, mob } = started();
		const random = new Random(seed);
		const pending = machine.time.pendingCount();
		honest.run("SET", "value", "v".repeat(VALUE_BYTES));
		machine.network.faults = { ...machine.network.faults, chunkBytesMax: 50, writeBytesMax: 2_000 };
		const texts = [
			"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100\r\nabc",
			"GET value\r\n".repeat(50),
			"MULTI\r\nSET key x\r\nGET key\r\n",
			"WATCH key\r\nSUBSCRIBE news\r\n",
			"BLPOP nothing 0\r\n",
			"PSUBSCRIBE *\r\n",
			"WATCH a\r\nMULTI\r\nGET value\r\nEXEC\r\n",
			"CLIENT TRACKING ON\r\nGET value\r\n",
			"*1000000\r\n$3\r\nDEL\r\n$1\r\na\r\n",
		];
		for (let round = 0; round < 100; round++) {
			const some = mob(5);
			for (const one of some) {
				if (random.below(2) === 0) one.stopReading();
				for (let i = random.below(4); i >= 0; i--) one.sendText(texts[random.below(texts.length)]!);
				const at_ms = random.below(3);
				machine.time.after(at_ms, () => one.cut());
			}
			honest.send("PUBLISH", "news", "x".repeat(100));
			honest.send("INCR", "key:n");
			machine.time.advance(random.below(5));
		}
		machine.time.advance(10);
		expect(server.clients.count()).toBe(1);
		expect(server.connections.backlog.bytes).toBe(0);
		expect(server.pubSub.counts()).toMatchObject({ clients: 0, channels: 0, patterns: 0 });
		expect([server.watches.keyCount(), server.watches.watchingClients(), server.blocked.keyCount()]).toEqual([0, 0, 0]);
		expect(server.statistics.internalErrors).toBe(0);
		expect(machine.time.pendingCount()).toBe(pending);
		honest.take();
		serves(honest);
	});
});
