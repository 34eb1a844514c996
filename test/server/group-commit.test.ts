import { describe, expect, test } from "bun:test";
import { AofMachine, commands, INCREMENT } from "../persistence/aof/machine.ts";
import type { SimulatedDisk } from "../support/simulated-disk.ts";

/** What happens to the file and to the clients, in order. */
function observed(machine: AofMachine, clients: readonly { take(): string }[]): string[] {
	const events: string[] = [];
	const disk = machine.disk as SimulatedDisk;
	const look = () => {
		for (const [i, client] of clients.entries()) {
			const text = client.take();
			if (text !== "") events.push(`${i}: ${text.replaceAll("\r\n", " ").trim()}`);
		}
	};
	disk.fault = ({ action, path }) => {
		look();
		if (path === INCREMENT) events.push(action);
		return null;
	};
	return new Proxy(events, {
		get(target, name) {
			look();
			return Reflect.get(target, name) as unknown;
		},
	});
}

describe.each(["always", "everysec", "no"])("replies with appendfsync %s", (policy) => {
	const setUp = (count: number) => {
		const machine = new AofMachine(undefined, [`appendfsync ${policy}`]);
		const clients = Array.from({ length: count }, () => machine.connect());
		return { machine, clients, events: observed(machine, clients) };
	};
	const written = policy === "always" ? ["write", "sync"] : ["write"];

	test("follow one write for all clients of a turn", () => {
		const { machine, clients, events } = setUp(3);
		for (const [i, client] of clients.entries()) client.send("SET", `key:${i}`, i);
		machine.time.advance(0);
		expect([...events]).toEqual([...written, "0: +OK", "1: +OK", "2: +OK"]);
	});

	test("follow it too where they only tell what was changed", () => {
		const { machine, clients, events } = setUp(2);
		clients[0]!.send("SET", "a", 1);
		clients[1]!.send("GET", "a");
		machine.time.advance(0);
		expect([...events]).toEqual([...written, "0: +OK", "1: $1 1"]);
	});

	test("do not wait where nothing changes", () => {
		const { machine, clients, events } = setUp(1);
		clients[0]!.send("GET", "a");
		machine.time.advance(0);
		expect([...events]).toEqual(["0: $-1"]);
	});

	test("keep their order, with what was published between them", () => {
		const { machine, clients, events } = setUp(2);
		clients[0]!.send("SET", "a", 1);
		clients[0]!.send("SUBSCRIBE", "news");
		clients[1]!.send("PUBLISH", "news", "x");
		machine.time.advance(0);
		const subscribed = "*3 $9 subscribe $4 news :1";
		expect([...events]).toEqual([...written, `0: +OK ${subscribed} *3 $7 message $4 news $1 x`, "1: :1"]);
	});

	test("come to clients that are blocked, and to those that leave", () => {
		const { machine, clients, events } = setUp(2);
		clients[0]!.send("BLPOP", "l", 0);
		machine.time.advance(0);
		clients[1]!.sendText(commands("RPUSH l x", "QUIT"));
		machine.time.advance(0);
		expect([...events]).toEqual([...written, "0: *2 $1 l $1 x", "1: :1 +OK"]);
		expect(clients[1]!.isClosed).toBe(true);
		expect(machine.disk.texts.get(INCREMENT)).toContain("LPOP");
	});

	test("of long pipelines are sent when they are all there", () => {
		const { machine, clients } = setUp(1);
		const value = "x".repeat(100_000);
		clients[0]!.sendText(commands(`SET a ${value}`) + commands("GET a").repeat(200));
		machine.time.advance(10);
		expect(clients[0]!.take().length).toBe(5 + 200 * (100_000 + 11));
	});

	test("are kept from a client that was killed", () => {
		const { machine, clients } = setUp(2);
		clients[0]!.send("SET", "a", 1);
		clients[1]!.send("CLIENT", "KILL", "ADDR", clients[0]!.address());
		machine.time.advance(10);
		expect(clients[1]!.take()).toBe(":1\r\n");
		expect(clients[0]!.take()).toBe("");
		expect(clients[0]!.isClosed).toBe(true);
	});
});

test("what nobody hears of is written as well", () => {
	const machine = new AofMachine();
	const client = machine.connect();
	client.sendText(commands("CLIENT REPLY OFF", "SET a 1"));
	machine.time.advance(0);
	expect(machine.disk.texts.get(INCREMENT)).toBe(commands("SELECT 0", "SET a 1"));
});

test("SHUTDOWN is preceded by the replies to what was written", () => {
	const machine = new AofMachine();
	const client = machine.connect();
	client.sendText(commands("SET a 1", "SHUTDOWN"));
	machine.time.advance(10);
	expect(machine.exitCode).toBe(0);
	expect(machine.disk.texts.get(INCREMENT)).toBe(commands("SELECT 0", "SET a 1"));
});
