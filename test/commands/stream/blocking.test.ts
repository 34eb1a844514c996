/** XREAD and XREADGROUP that wait, on a whole server in virtual time. */
import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../../support/virtual-machine.ts";

const entry = (id: string) => `*2\r\n$${id.length}\r\n${id}\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n`;
const served = (key: string, ...ids: string[]) =>
	`*1\r\n*2\r\n$${key.length}\r\n${key}\r\n*${ids.length}\r\n${ids.map(entry).join("")}`;
const NOTHING = "*-1\r\n";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NO_GROUP = (key: string) =>
	`-NOGROUP No such key '${key}' or consumer group 'g' in XREADGROUP with GROUP option\r\n`;

function started(clients: number) {
	const machine = new VirtualMachine();
	const server = machine.start();
	const all = Array.from({ length: clients }, () => machine.network.connect(6379));
	/** Sends a command that blocks, and waits until it does. */
	const block = (client: number, line: string) => {
		all[client]!.sendText(`${line}\r\n`);
		machine.network.settle();
		expect(all[client]!.take()).toBe("");
	};
	const writer = machine.network.connect(6379);
	const run = (line: string) => writer.run(...line.split(" "));
	return { machine, server, clients: all, block, run };
}

describe("XREAD BLOCK", () => {
	test("is served what comes, to everybody who waits", () => {
		const { clients, block, run } = started(2);
		run("XADD s 1-1 f v");
		block(0, "XREAD BLOCK 0 STREAMS s $");
		block(1, "XREAD BLOCK 0 STREAMS t s 0 1-1");
		run("XADD s 1-2 f v");
		for (const client of clients) expect(client.take()).toBe(served("s", "1-2"));
	});

	test("means by $ what was the last when it began to wait", () => {
		const { clients, block, run } = started(3);
		run("XADD s 1-1 f v");
		block(0, "XREAD BLOCK 0 STREAMS s t $ $");
		// Neither what is deleted at once nor other keys end the wait; what is left then does.
		run("SET other 1");
		expect(run("XADD s MAXLEN 0 1-2 f v")).toBe("$3\r\n1-2\r\n");
		expect(clients[0]!.take()).toBe("");
		run("XADD s 1-3 f v");
		expect(clients[0]!.take()).toBe(served("s", "1-3"));
		block(1, "XREAD BLOCK 0 STREAMS missing $");
		run("XADD missing 0-1 f v");
		expect(clients[1]!.take()).toBe(served("missing", "0-1"));
	});

	test("ends when its time is over, but not a moment before", () => {
		const { machine, clients, block } = started(1);
		block(0, "XREAD BLOCK 100 STREAMS s $");
		machine.time.advance(99);
		expect(clients[0]!.take()).toBe("");
		machine.time.advance(1);
		expect(clients[0]!.take()).toBe(NOTHING);
	});

	test("waits through deletion and another type", () => {
		const { clients, block, run } = started(1);
		run("XADD s 1-1 f v");
		block(0, "XREAD BLOCK 0 STREAMS s $");
		run("DEL s");
		run("SET s x");
		expect(clients[0]!.take()).toBe("");
		run("DEL s");
		run("XADD s 1-1 f v");
		expect(clients[0]!.take()).toBe("");
		run("XADD s 1-2 f v");
		expect(clients[0]!.take()).toBe(served("s", "1-2"));
	});

	test("COUNT holds for what comes, too", () => {
		const { clients, block, run } = started(1);
		block(0, "XREAD COUNT 2 BLOCK 0 STREAMS s 0");
		run("XADD s 1-1 f v");
		expect(clients[0]!.take()).toBe(served("s", "1-1"));
	});
});

describe("XREADGROUP BLOCK", () => {
	function grouped(clients: number) {
		const all = started(clients);
		all.run("XADD s 1-1 f v");
		all.run("XGROUP CREATE s g $");
		return all;
	}

	test("serves each entry to one consumer, first come, first served", () => {
		const { clients, block, run } = grouped(2);
		block(0, "XREADGROUP GROUP g a BLOCK 0 STREAMS s >");
		block(1, "XREADGROUP GROUP g b BLOCK 0 STREAMS s >");
		run("XADD s 1-2 f v");
		expect([clients[0]!.take(), clients[1]!.take()]).toEqual([served("s", "1-2"), ""]);
		run("XADD s 1-3 f v");
		expect(clients[1]!.take()).toBe(served("s", "1-3"));
		expect(run("XPENDING s g")).toBe(
			"*4\r\n:2\r\n$3\r\n1-2\r\n$3\r\n1-3\r\n*2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$1\r\nb\r\n$1\r\n1\r\n",
		);
	});

	test("makes its consumer before it waits", () => {
		const { block, run } = grouped(1);
		block(0, "XREADGROUP GROUP g a BLOCK 0 STREAMS s >");
		expect(run("XGROUP CREATECONSUMER s g a")).toBe(":0\r\n");
	});

	test("history never waits", () => {
		const { clients } = grouped(1);
		const reply = clients[0]!.run(..."XREADGROUP GROUP g a BLOCK 0 STREAMS s 0".split(" "));
		expect(reply).toBe("*1\r\n*2\r\n$1\r\ns\r\n*0\r\n");
	});

	test("hears that the key is gone, has another type, or the group is no more", () => {
		for (const [line, reply] of [
			["DEL s", NO_GROUP("s")],
			["SET s x", WRONG_TYPE],
			["XGROUP DESTROY s g", NO_GROUP("s")],
			["RENAME s t", NO_GROUP("s")],
			["FLUSHALL", NO_GROUP("s")],
		] as const) {
			const { clients, block, run } = grouped(1);
			block(0, "XREADGROUP GROUP g a BLOCK 0 STREAMS s >");
			run(line);
			expect(clients[0]!.take()).toBe(reply);
		}
	});

	test("hears that the time of the key is over", () => {
		const { machine, clients, block, run } = grouped(1);
		run("PEXPIRE s 50");
		block(0, "XREADGROUP GROUP g a BLOCK 1000 STREAMS s >");
		machine.time.advance(60);
		expect(clients[0]!.take()).toBe(NO_GROUP("s"));
	});

	test("another consumer's coming changes nothing for those who wait", () => {
		const { clients, block, run } = grouped(3);
		for (const [client, name] of ["a", "b", "c"].entries()) {
			block(client, `XREADGROUP GROUP g ${name} BLOCK 0 STREAMS s >`);
		}
		run("XGROUP CREATECONSUMER s g d");
		run("XGROUP DELCONSUMER s g d");
		run("XSETID s 5-0");
		for (const client of clients) expect(client.take()).toBe("");
	});
});
