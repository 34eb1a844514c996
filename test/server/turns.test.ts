import { describe, expect, test } from "bun:test";
import { Turns } from "../../src/server/turns.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import { VirtualTime } from "../support/virtual-time.ts";

/** A clock that a taker's slice moves on. */
class SlowTime extends VirtualTime {
	spent_us = 0;

	override monotonic_us(): number {
		return this.spent_us;
	}
}

describe("turns", () => {
	test("go round, a slice each, and end after a millisecond so that the network comes first", () => {
		const time = new SlowTime();
		const turns = new Turns(time, time);
		const events: string[] = [];
		const slices = new Map([
			["a", 3],
			["b", 1],
			["c", 2],
		]);
		const takers = [...slices.keys()].map((name) => {
			const taker = {
				resume() {
					events.push(name);
					time.spent_us += 600;
					slices.set(name, slices.get(name)! - 1);
					if (slices.get(name)! > 0) turns.add(taker);
				},
			};
			return taker;
		});
		for (const taker of takers) turns.add(taker);
		turns.add(takers[0]!);
		time.soon(() => events.push("network"));
		time.advance(0);
		expect(events).toEqual(["a", "b", "network", "c", "a", "c", "a"]);
		expect(time.pendingCount()).toBe(0);
	});

	test("pass over who has gone", () => {
		const time = new SlowTime();
		const turns = new Turns(time, time);
		const events: string[] = [];
		const a = { resume: () => void events.push("a") };
		turns.add(a);
		turns.add({ resume: () => void events.push("b") });
		turns.forget(a);
		time.advance(0);
		expect(events).toEqual(["b"]);
	});
});

describe("a client with a long pipeline", () => {
	/** Each reading of the clock finds it so much later. */
	function started(perReading_us: number) {
		const machine = new VirtualMachine();
		let now_us = 0;
		machine.time.monotonic_us = () => {
			now_us += perReading_us;
			return now_us;
		};
		const server = machine.start();
		const [busy, other] = [machine.network.connect(6379), machine.network.connect(6379)];
		return { machine, server, busy, other };
	}

	test("does not keep others waiting to its end, and loses nothing", () => {
		const { machine, busy, other } = started(300);
		let seenByOther = -1;
		other.onNews = () => {
			if (seenByOther < 0) seenByOther = busy.arrivedBytes();
		};
		let text = "";
		let expected = "";
		for (let i = 0; i < 2_000; i++) {
			text += `INCR n\r\nECHO ${i}\r\n`;
			expected += `:${i + 1}\r\n$${String(i).length}\r\n${i}\r\n`;
		}
		busy.sendText(text);
		other.send("PING");
		machine.network.settle();
		expect(seenByOther).toBeGreaterThan(0);
		expect(seenByOther).toBeLessThan(expected.length / 10);
		expect(busy.take()).toBe(expected);
		expect(other.take()).toBe("+PONG\r\n");
		expect(machine.time.pendingCount()).toBeLessThan(5);
	});

	test.each([
		["short commands", "", "INCR n\r\n", 2_000],
		["queued ones", "MULTI\r\n", "SET key x\r\n", 2_000],
		["long ones in one batch", "", "KEYS *\r\n", 40],
	])("of %s is cut where its time is over", (_name, before, command, count) => {
		const { machine, busy, other } = started(700);
		let seenByOther = -1;
		other.onNews = () => {
			if (seenByOther < 0) seenByOther = busy.arrivedBytes();
		};
		busy.sendText(before + command.repeat(count));
		other.send("PING");
		machine.network.settle();
		expect(seenByOther).toBeGreaterThan(0);
		expect(seenByOther).toBeLessThan(busy.arrivedBytes() / 4);
	});

	test("keeps its order with what comes later, in pieces of any length", () => {
		const { machine, busy, other } = started(900);
		machine.network.faults = { ...machine.network.faults, chunkBytesMax: 700, writeBytesMax: 300 };
		let expected = "";
		for (let i = 0; i < 1_500; i++) {
			busy.sendText(i % 3 === 0 ? "MULTI\r\nINCR n\r\nEXEC\r\n" : "INCR n\r\n");
			expected += i % 3 === 0 ? `+OK\r\n+QUEUED\r\n*1\r\n:${i + 1}\r\n` : `:${i + 1}\r\n`;
			if (i % 100 === 0) other.send("PING");
		}
		machine.network.settle();
		expect(busy.take()).toBe(expected);
		expect(other.take()).toBe("+PONG\r\n".repeat(15));
	});

	test("may send only a little ahead, and may be gone while it waits for its turn", () => {
		const { machine, server, busy, other } = started(5_000);
		machine.network.faults = { ...machine.network.faults, chunkBytesMax: 60_000 };
		for (let i = 0; i < 100; i++) busy.sendText("INCR n\r\n".repeat(5_000));
		let most = 0;
		let pings = 0;
		other.onNews = () => {
			most = Math.max(most, server.clients.queryBytesMax());
			if (++pings < 200) other.send("PING");
			else busy.cut();
		};
		other.send("PING");
		machine.network.settle();
		expect(pings).toBe(200);
		expect(most).toBeGreaterThan(200_000);
		expect(most).toBeLessThan(600_000);
		expect(server.clients.count()).toBe(1);
		expect(server.connections.backlog.bytes).toBe(0);
	});
});
