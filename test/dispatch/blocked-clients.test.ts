/** Clients that wait for keys, on whole servers in virtual time. */
import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

function started(clients: number) {
	const machine = new VirtualMachine();
	const server = machine.start("maxclients 20000");
	const all = Array.from({ length: clients }, () => machine.network.connect(6379));
	/** Sends a command that blocks, and waits until it does. */
	const block = (client: number, line: string) => {
		all[client]!.sendText(`${line}\r\n`);
		machine.network.settle();
		expect(all[client]!.take()).toBe("");
	};
	const counts = () => [server.blocked.keyCount(), server.blocked.keyCountWithoutKey(), server.blocked.timedCount];
	return { machine, server, clients: all, block, counts };
}

const popped = (key: string, value: string) => `*2\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;

describe("a client that waits for keys", () => {
	test("is served first come, first served, by whichever of its keys comes, and leaves all its queues", () => {
		const { clients, block, counts } = started(4);
		const [a, b, c, d] = clients;
		block(0, "BLPOP x y 0");
		block(1, "BLPOP y x 0");
		block(2, "BLPOP y 0");
		expect(counts()).toEqual([2, 0, 0]);
		expect(d!.run("RPUSH", "y", "1")).toBe(":1\r\n");
		expect(a!.take()).toBe(popped("y", "1"));
		expect(d!.run("RPUSH", "x", "2")).toBe(":1\r\n");
		expect(b!.take()).toBe(popped("x", "2"));
		expect(counts()).toEqual([1, 0, 0]);
		expect(d!.run("RPUSH", "y", "3", "4")).toBe(":2\r\n");
		expect(c!.take()).toBe(popped("y", "3"));
		expect(counts()).toEqual([0, 0, 0]);
		expect(d!.run("LRANGE", "y", 0, -1)).toBe("*1\r\n$1\r\n4\r\n");
	});

	test("is served once a key that it names twice", () => {
		const { clients, block, counts } = started(2);
		block(0, "BLPOP k k k 0");
		expect(clients[1]!.run("RPUSH", "k", "1", "2")).toBe(":2\r\n");
		expect(clients[0]!.take()).toBe(popped("k", "1"));
		expect(clients[1]!.run("LLEN", "k")).toBe(":1\r\n");
		expect(counts()).toEqual([0, 0, 0]);
	});

	test("goes on with what it sent behind, after the reply, and may wait again", () => {
		const { machine, clients } = started(2);
		clients[0]!.sendText("BLPOP k 0\r\nBLPOP k 0\r\nECHO done\r\n");
		machine.network.settle();
		expect(clients[1]!.run("RPUSH", "k", "1")).toBe(":1\r\n");
		expect(clients[0]!.take()).toBe(popped("k", "1"));
		expect(clients[1]!.run("RPUSH", "k", "2")).toBe(":1\r\n");
		expect(clients[0]!.take()).toBe(`${popped("k", "2")}$4\r\ndone\r\n`);
	});

	test("waits as long as it said, fractions of a second included", () => {
		const { machine, clients, block, counts } = started(1);
		block(0, "BLPOP k 0.25");
		expect(counts()).toEqual([1, 0, 1]);
		machine.time.advance(249);
		expect(clients[0]!.take()).toBe("");
		machine.time.advance(1);
		expect(clients[0]!.take()).toBe("*-1\r\n");
		expect(counts()).toEqual([0, 0, 0]);
	});

	test("keeps its place and its time when somebody else takes what came", () => {
		const { machine, clients, block } = started(3);
		block(0, "BLPOP k 1");
		machine.time.advance(600);
		clients[1]!.sendText("RPUSH k 1\r\nLPOP k\r\n");
		machine.network.settle();
		expect(clients[0]!.take()).toBe(popped("k", "1"));
		expect(clients[1]!.take()).toBe(":1\r\n$-1\r\n");
		block(0, "BLPOP k 1");
		machine.time.advance(600);
		expect(clients[2]!.run("SET", "k", "a string")).toBe("+OK\r\n");
		machine.time.advance(399);
		expect(clients[0]!.take()).toBe("");
		machine.time.advance(1);
		expect(clients[0]!.take()).toBe("*-1\r\n");
	});

	test("may feed another one, and that one the next", () => {
		const { clients, block } = started(4);
		block(0, "BLMOVE a b LEFT RIGHT 0");
		block(1, "BLMOVE b c LEFT RIGHT 0");
		block(2, "BLPOP c 0");
		expect(clients[3]!.run("RPUSH", "a", "1")).toBe(":1\r\n");
		expect(clients[0]!.take()).toBe("$1\r\n1\r\n");
		expect(clients[1]!.take()).toBe("$1\r\n1\r\n");
		expect(clients[2]!.take()).toBe(popped("c", "1"));
		expect(clients[3]!.run("DBSIZE")).toBe(":0\r\n");
	});

	test("gets its reply in its own protocol and keeps silent where it wants none", () => {
		const { machine, clients, block } = started(3);
		clients[0]!.run("HELLO", 3);
		block(0, "BLPOP k 0.1");
		block(1, "CLIENT REPLY OFF\r\nBLPOP k 0");
		machine.time.advance(100);
		expect(clients[0]!.take()).toBe("_\r\n");
		expect(clients[2]!.run("RPUSH", "k", "1")).toBe(":1\r\n");
		clients[1]!.sendText("CLIENT REPLY ON\r\n");
		machine.network.settle();
		expect(clients[1]!.take()).toBe("+OK\r\n");
		expect(clients[2]!.run("EXISTS", "k")).toBe(":0\r\n");
	});

	test("leaves nothing behind when it goes away", () => {
		const { machine, server, clients, block, counts } = started(3);
		const pending = machine.time.pendingCount();
		block(0, "BLPOP x y 10");
		block(1, "BLPOP y z 10");
		expect(counts()).toEqual([3, 0, 2]);
		clients[0]!.cut();
		clients[1]!.cut();
		machine.network.settle();
		expect(counts()).toEqual([0, 0, 0]);
		expect(machine.time.pendingCount()).toBe(pending);
		expect(clients[2]!.run("RPUSH", "y", "1")).toBe(":1\r\n");
		expect(clients[2]!.run("LLEN", "y")).toBe(":1\r\n");
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("costs a write to other keys nothing but a look-up, however many there are", () => {
		const { machine, server, clients, block } = started(2);
		const waiting = Array.from({ length: 10_000 }, () => machine.network.connect(6379));
		for (const [i, client] of waiting.entries()) client.sendText(`BLPOP shared own:${i} 0\r\n`);
		machine.network.settle();
		block(0, "BLPOP shared 0");
		expect(server.blocked.keyCount()).toBe(10_001);
		// Nobody's command is run again: each run would be a call of the handler.
		const runs = server.executor.commandsProcessed;
		for (let i = 0; i < 100; i++) clients[1]!.run("RPUSH", `other:${i}`, "1");
		expect(server.executor.commandsProcessed - runs).toBe(100);
		expect(server.blocked.isReady).toBe(false);
		expect(clients[1]!.run("RPUSH", "own:9999", "mine")).toBe(":1\r\n");
		expect(waiting[9999]!.take()).toBe(popped("own:9999", "mine"));
		expect(clients[1]!.run("RPUSH", "shared", "first")).toBe(":1\r\n");
		expect(waiting[0]!.take()).toBe(popped("shared", "first"));
		expect(server.blocked.keyCount()).toBe(9999);
	});

	test("of a stream is not disturbed by what gives nobody anything to read", () => {
		const { server, clients, block } = started(2);
		const [reader, other] = clients;
		expect(other!.run("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")).toBe("+OK\r\n");
		block(0, "XREADGROUP GROUP g me BLOCK 0 STREAMS s >");
		let served = 0;
		const { serve } = server.blocked;
		server.blocked.serve = () => {
			served++;
			serve.call(server.blocked);
		};
		for (const line of ["XGROUP CREATECONSUMER s g you", "XGROUP SETID s g 0", "XDEL s 1-1", "XSETID s 5-5"]) {
			other!.run(...line.split(" "));
		}
		expect(served).toBe(0);
		expect(other!.run("XADD", "s", "6-1", "f", "v")).toBe("$3\r\n6-1\r\n");
		expect(served).toBe(1);
		expect(reader!.take()).toContain("6-1");
	});

	test("is told of the end of its group, whatever ended it", () => {
		const endings = ["DEL s", "SET s string", "XGROUP DESTROY s g", "FLUSHALL", "RENAME s t", "PEXPIRE s 1"];
		for (const ending of endings) {
			const { machine, clients, block, counts } = started(2);
			const [reader, other] = clients;
			expect(other!.run("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")).toBe("+OK\r\n");
			block(0, "XREADGROUP GROUP g me BLOCK 0 STREAMS s >");
			expect(counts()).toEqual([1, 1, 0]);
			other!.run(...ending.split(" "));
			machine.time.advance(10);
			const reply = reader!.take();
			expect([ending, /^-(NOGROUP|WRONGTYPE) /.test(reply)]).toEqual([ending, true]);
			expect(counts()).toEqual([0, 0, 0]);
		}
	});
});
